/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * scan.h - where the TOML parser stands in its text, and what it says about it
 *
 * Only for toml*.c. A scan walks over the text once. It tells three kinds of mistakes
 * apart, so that each one is said and none is said twice.
 */
#ifndef SBOX_TOML_SCAN_H
#define SBOX_TOML_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "toml/toml.h"

enum mistake {
	/* of meaning, as a key defined twice: always said */
	MISTAKE_SAY,
	/* inside a value whose end is known all the same, as an unknown escape: the
	   first one of a line is said, reading goes on */
	MISTAKE_NOTE,
	/* which leaves open what is what, as a missing comma: said like a note, the
	   statement is given up and scan_recover() looks for the next */
	MISTAKE_FAIL,
};

struct scan {
	struct arena *arena;
	struct diags *diags;
	const char *p, *end;

	struct srcpos base;     /* of the first byte; line 0: places mean nothing */
	unsigned newlines;      /* passed since then */
	const char *line_start; /* the line that p is in */
	const char *fresh;      /* the last line that does not begin inside a string */

	unsigned open; /* brackets of this statement that are open at p */
	unsigned said; /* newlines + 1 at the last note or failure */
	bool quiet;    /* the rest of this statement is guesswork: no more failures */
	struct strbuf text; /* what scan_string() read */
};

/*
 * Sets out at the first of the @len bytes at @text, which is at @base; @s has its
 * arena and its diags already.
 */
void scan_init(struct scan *s, const struct srcpos *base, const char *text, size_t len);
void scan_done(struct scan *s);

/* The place of @p, which is in the current line. */
struct srcpos scan_pos(const struct scan *s, const char *p);

/* All return -1. */
_printf_(4, 5) int scan_mistake(struct scan *s, enum mistake kind,
				const struct srcpos *pos, const char *fmt, ...);
#define scan_say(s, ...) scan_mistake(s, MISTAKE_SAY, __VA_ARGS__)
#define scan_note(s, ...) scan_mistake(s, MISTAKE_NOTE, __VA_ARGS__)
#define scan_fail(s, ...) scan_mistake(s, MISTAKE_FAIL, __VA_ARGS__)
/* scan_fail() at p: "expected @what, found ...". */
int scan_expected(struct scan *s, const char *what);
/* scan_fail(): more than TOML_MAX_DEPTH. */
int scan_too_deep(struct scan *s, const struct srcpos *pos);

/* Text of a message: cut if it is long, at a character. Both return @buf. */
#define SCAN_SHOWN 64
const char *scan_shown(char buf[SCAN_SHOWN], const char *text, size_t len);
/* The text at p in words, for "found %s"; in @buf or constant. */
const char *scan_found(const struct scan *s, char buf[SCAN_SHOWN]);

/* Whether @c may be in a bare key. */
bool scan_is_bare(char c);
/* The end of the run at @p of what bare keys, numbers, dates and times are made of. */
const char *scan_word_end(const char *p, const char *end);
bool scan_at_newline(const struct scan *s);

/* Each passes what its name says, if it is there; a bool tells whether it was. */
bool scan_take(struct scan *s, char c);
bool scan_newline(struct scan *s); /* LF or CR LF */
bool scan_comment(struct scan *s); /* up to its newline */
void scan_blank(struct scan *s);   /* spaces and tabs */
void scan_gap(struct scan *s);     /* blanks, comments and newlines */

/*
 * Passes one character inside of @where ("a string", "a comment") and notes it if it
 * is not UTF-8 or a control character. Returns whether it was fine.
 */
bool scan_char(struct scan *s, const char *where);

/*
 * Whether p is at "key =" at the beginning of a line, which cannot be in an array: what
 * came before was left open.
 */
bool scan_at_pair(const struct scan *s);

/*
 * Goes on to where the next statement seems to begin. @first: s->newlines where the
 * broken one began; brackets that it left open are taken into account.
 */
void scan_recover(struct scan *s, unsigned first);

/*
 * Reads the string at p, of any of the four kinds, into s->text. Returns 0 even if
 * something inside was noted, -1 if it does not end.
 */
int scan_string(struct scan *s);

/* Reads the string, number, boolean, date or time at p into @value. Returns as above. */
int scan_scalar(struct scan *s, struct toml_value *value);

#endif
