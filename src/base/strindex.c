/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* strindex.c - finds the elements of a growing array by their names; see strindex.h */
#include "config.h"

#include <string.h>

#include "base/strindex.h"

#define SHORT 16 /* elements that are searched one by one */

uint64_t strindex_hash(uint64_t seed, const char *s)
{
	const uint64_t prime = 0x100000001b3U;
	uint64_t hash = (0xcbf29ce484222325U ^ seed) * prime;

	for (; *s; s++)
		hash = (hash ^ (unsigned char)*s) * prime;
	return hash ^ hash >> 32;
}

static const char *name_of(const void *items, size_t size, size_t number)
{
	return *(const char *const *)((const char *)items + number * size);
}

/* The slot of @name, or the empty one where it belongs; at least half of them are empty.
 */
static uint32_t *slot_of(const struct strindex *index, const void *items, size_t size,
			 const char *name)
{
	for (uint64_t i = strindex_hash(0, name);; i++) {
		uint32_t *slot = &index->slots[i & (index->cap - 1)];

		if (*slot == 0 || strcmp(name_of(items, size, *slot - 1), name) == 0)
			return slot;
	}
}

void *strindex_find(const struct strindex *index, const void *items, size_t size,
		    const char *name)
{
	size_t at = 0; /* the number + 1 */

	if (index->slots)
		at = *slot_of(index, items, size, name);
	for (size_t i = 0; !index->slots && i < index->len && at == 0; i++)
		if (strcmp(name_of(items, size, i), name) == 0)
			at = i + 1;
	return at == 0 ? NULL : (void *)((const char *)items + (at - 1) * size);
}

void strindex_add(struct strindex *index, struct arena *arena, const void *items,
		  size_t size)
{
	size_t first = index->len++;

	if (index->len <= SHORT)
		return;
	if (index->len > UINT32_MAX / 2)
		oom();
	if (2 * index->len > index->cap) {
		index->cap = index->cap ? 2 * index->cap : (size_t)4 * SHORT;
		index->slots = arena_alloc(arena, index->cap * sizeof *index->slots);
		first = 0;
	}
	for (size_t i = first; i < index->len; i++)
		*slot_of(index, items, size, name_of(items, size, i)) = (uint32_t)(i + 1);
}
