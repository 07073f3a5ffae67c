/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * walk.h - the upper directory of an overlay beside the lower one, entry by entry
 *
 * In each directory the names are visited in their order as bytes, a directory before
 * what is in it. What is in memory are the names of the directories on the way.
 */
#ifndef SBOX_CHANGES_WALK_H
#define SBOX_CHANGES_WALK_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/error.h"

struct walk_entry {
	const char
		*path; /* below the tree, without a slash in front; until the next call */
	const char *name;     /* the last component */
	int upper, lower;     /* the directories that it is in; -1: there is none */
	bool has_up, has_low; /* whether it is there; a whiteout counts as one */
	struct stat up, low;  /* if so */
	bool opaque; /* nothing of the lower one is seen: above it a directory was made
			anew, or, for a directory, it was itself */
};

enum walk_next {
	WALK_ON,   /* to the next one */
	WALK_DOWN, /* into this directory, on both sides where it is one */
	WALK_STOP, /* the walk has failed; the error says why */
};

struct walk {
	enum walk_next (*entry)(void *data, const struct walk_entry *entry,
				struct error *err);
	void *data;
	/* names that only the lower side has are visited as well, where nothing of it is
	 * seen, and everywhere where there is no upper directory */
	bool lower_too;
};

/*
 * Walks over @upper beside @lower; -1: that side is empty. 0, or -1 when something could
 * not be looked at or a call has said WALK_STOP.
 */
_must_check_ int walk_trees(const struct walk *walk, int upper, int lower,
			    struct error *err);

#endif
