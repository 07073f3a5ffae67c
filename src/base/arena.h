/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * arena.h - memory that is given back all at once
 *
 * A profile, the policy made of it and the plan made of that live and die
 * together, so their parts are never freed one by one. Every allocation but that
 * of a string is zeroed and aligned for any object. There is no out-of-memory result: a
 * launcher that cannot have a few hundred kilobytes cannot start anything, so
 * arena_alloc() then ends the process with EXIT_SBOX and says so.
 */
#ifndef SBOX_ARENA_H
#define SBOX_ARENA_H

#include <stddef.h>

#include "base/error.h"

struct arena_block;

/* All-zero is an empty arena. */
struct arena {
	struct arena_block *blocks;
};

/* Gives all of it back; @arena is an empty one then. */
void arena_done(struct arena *arena);

/* @size zeroed bytes, aligned for any object. */
void *arena_alloc(struct arena *arena, size_t size);
/* A copy of the @len bytes at @s with a NUL behind them. */
char *arena_strndup(struct arena *arena, const char *s, size_t len);
char *arena_strdup(struct arena *arena, const char *s);
/* A copy of NULL-terminated @words, such as main()'s, with its strings. */
char **arena_words(struct arena *arena, char *const *words);
_printf_(2, 3) char *arena_printf(struct arena *arena, const char *fmt, ...);

/*
 * The next free element of a growing array in @arena: *items has *len elements
 * of @size bytes; they may move, the old place staying readable until
 * arena_done(). The new element is zeroed. Capacity is implied by the length:
 * it doubles at powers of two.
 */
void *arena_append(struct arena *arena, void *items, size_t *len, size_t size);

/* Ends the process: "sbox: out of memory", EXIT_SBOX. */
__attribute__((noreturn)) void oom(void);

#endif
