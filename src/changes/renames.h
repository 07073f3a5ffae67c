/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * renames.h - a removed and a new file that are the same, told as one
 *
 * An overlay does not say where a file that it has copied up was before. So what was
 * removed and what is new and was copied up are compared: size, time of change, then
 * content. For that the changes of a tree are kept until its end, as far as they are not
 * too many; from there on they pass as they come.
 */
#ifndef SBOX_CHANGES_RENAMES_H
#define SBOX_CHANGES_RENAMES_H

#include "base/arena.h"
#include "changes/diff.h"

#define RENAMES_MAX 50000 /* changes of a tree that are kept */

struct renames { /* begins with these four, and zeroes */
	const struct changes_set *set;
	size_t tree;
	diff_take *take;
	void *data;
	struct arena arena;
	struct diff_entry *list;
	size_t len;
	bool full;
};

/* One change of the tree, in order. */
_must_check_ int renames_take(struct renames *r, const struct diff_entry *entry,
			      struct error *err);
/* The tree is at its end: tells what was kept. */
_must_check_ int renames_end(struct renames *r, struct error *err);
/* Gives back what was kept. */
void renames_done(struct renames *r);

#endif
