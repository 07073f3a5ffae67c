/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * toml.h - TOML 1.0 text to a tree that remembers where everything stood
 *
 * Strict and complete: whatever https://toml.io/en/v1.0.0 allows is read, and
 * whatever it forbids is refused with its place. Parsing goes on after a
 * mistake (at the next line), so that one run shows them all.
 */
#ifndef SBOX_TOML_H
#define SBOX_TOML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"

#define TOML_MAX_SIZE ((size_t)1024 * 1024) /* of a text; longer ones are refused */
#define TOML_MAX_DEPTH 64                   /* of arrays and tables in each other */

enum toml_type {
	TOML_STRING,
	TOML_INTEGER,
	TOML_FLOAT,
	TOML_BOOL,
	TOML_DATETIME, /* offset or local date-time, local date, local time */
	TOML_ARRAY,
	TOML_TABLE,
};

struct toml_value {
	enum toml_type type;
	struct srcpos pos; /* of the value; for a table its header or its brace */

	/* In a table: the key and its place. In an array: NULL. */
	const char *key;
	struct srcpos key_pos;
	struct toml_value *next; /* the next in the same table or array, in text order */

	union {
		struct {
			const char *s; /* NUL-terminated, with no NUL inside */
			size_t len;
		} string;
		int64_t integer;
		double real;
		bool boolean;
		const char *datetime; /* as written, checked for range and leap years */
		struct toml_value *first; /* of an array or a table; NULL if empty */
	};
};

/*
 * Parses the @len bytes at @text, known to @diags as @file (diag_source()). The
 * tree and all its strings are in @arena. Returns the root table, or NULL after
 * mistakes, which are in @diags then. @text must be UTF-8; a byte-order mark,
 * a bare CR and control characters are mistakes, as the specification says.
 * An escaped NUL in a string or key ("\u0000") is valid TOML and refused all the
 * same: no name, path or value of ours can hold one.
 */
struct toml_value *toml_parse(struct arena *arena, struct diags *diags, const char *file,
			      const char *text, size_t len);

/*
 * Parses @text as one value, as it would stand to the right of "=", for
 * --set=KEY=VALUE. Positions count from @pos.
 */
struct toml_value *toml_parse_value(struct arena *arena, struct diags *diags,
				    const struct srcpos *pos, const char *text);

/* The member of @table called @key, or NULL. */
struct toml_value *toml_get(const struct toml_value *table, const char *key);

/* The type in words: "a string", "an array", ... */
const char *toml_type_name(enum toml_type type);

#endif
