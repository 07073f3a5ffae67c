/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * strindex.h - finds the elements of a growing array by their names
 *
 * The first member of each element is its name, a string that stays where it is and what
 * it is; the array itself may move. No two elements have the same name. A short array is
 * searched, a long one has a hash table.
 */
#ifndef SBOX_STRINDEX_H
#define SBOX_STRINDEX_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct strindex {        /* all-zero: of an empty array */
	uint32_t *slots; /* number of an element + 1; 0: none. NULL while it is short */
	size_t cap, len; /* slots, a power of 2; elements */
};

/* FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/), its high bits folded down. */
uint64_t strindex_hash(uint64_t seed, const char *s);

/* The element called @name among those of @size bytes at @items; NULL: there is none. */
void *strindex_find(const struct strindex *index, const void *items, size_t size,
		    const char *name);

/* Notes that the array has one element more, number index->len. */
void strindex_add(struct strindex *index, struct arena *arena, const void *items,
		  size_t size);

#endif
