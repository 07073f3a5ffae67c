/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * diag.h - mistakes in a text, collected and shown with their lines
 *
 * A profile is read to its end before anything is said, so that one run shows
 * every mistake (the first DIAG_MAX of them):
 *
 *	build.toml:4:8: unknown key "fs.raed": did you mean "fs.read"?
 *	    4 | raed = ["/usr"]
 *	      | ^
 */
#ifndef SBOX_DIAG_H
#define SBOX_DIAG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"

#define DIAG_MAX 20

struct diag {
	struct srcpos pos;
	const char *msg;
};

/* A text that positions refer to; srcpos.file == name (the same pointer). */
struct source {
	const char *name;
	const char *text;
	size_t len;
	struct source *next;
};

/* All-zero but for @arena (and @all) is empty. Everything in it belongs to @arena. */
struct diags {
	struct arena *arena;
	struct source *sources;
	struct diag *list;
	size_t len;   /* how many are in @list, DIAG_MAX at most unless @all */
	size_t total; /* how many there were */
	bool all;     /* keep every one: for who wants to mend them all */
};

/*
 * Makes @text known under @name; both are kept by reference and must live as
 * long as @diags. Returns @name, to be used as srcpos.file.
 */
const char *diag_source(struct diags *diags, const char *name, const char *text,
			size_t len);

/* Adds a mistake at @pos (copied; line 0: no place). Always returns -1. */
_printf_(3, 4) int diag_add(struct diags *diags, const struct srcpos *pos,
			    const char *fmt, ...);

/* Everything that was added, in the order of adding, escaped for a terminal, as above. */
void diag_print(const struct diags *diags, struct strbuf *out);

/*
 * "did you mean" for names: the one of @names (NULL-terminated) nearest to @name by
 * edits (insert, delete, replace, swap of neighbours), NULL if none is near enough.
 */
const char *diag_nearest(const char *name, const char *const *names);

#endif
