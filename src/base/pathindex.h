/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pathindex.h - finds the paths at, above and below a path among many
 *
 * The entries are kept in an order in which a directory stands right before everything
 * that is below it, so that a question costs a binary search and not a look at each.
 */
#ifndef SBOX_PATHINDEX_H
#define SBOX_PATHINDEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct pathentry {
	const char *path; /* clean; stays where it is and what it is */
	size_t number;    /* what the caller knows it by */
};

struct pathindex { /* all-zero: empty */
	struct pathentry *entries;
	size_t len;
};

/* Two entries may have the same path. */
void pathindex_add(struct pathindex *index, struct arena *arena, const char *path,
		   size_t number);
/* By path, then by number. Between adding and asking. */
void pathindex_sort(struct pathindex *index);

/* Whether there is an entry of clean @path itself; the last one's number in *ret. */
bool pathindex_last(const struct pathindex *index, const char *path, size_t *ret);

/*
 * Whether clean @path or a directory above it has an entry: of the nearest one that has,
 * the last entry's number in *ret.
 */
bool pathindex_nearest(const struct pathindex *index, const char *path, size_t *ret);

/*
 * The numbers of all entries whose path lies within clean @path, or within whose path it
 * lies: in order, each once, *ret_len of them, in @arena.
 */
size_t *pathindex_near(const struct pathindex *index, struct arena *arena,
		       const char *path, size_t *ret_len);

#endif
