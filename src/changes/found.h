/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* found.h - why a commit cannot be done, or not all of it, path by path */
#ifndef SBOX_CHANGES_FOUND_H
#define SBOX_CHANGES_FOUND_H

#include "base/arena.h"
#include "changes/set.h"

#define FOUND_MAX 1000 /* that are listed; more are counted */

enum found_kind {
	FOUND_CONFLICT, /* somebody else has changed what would be replaced or removed */
	FOUND_REFUSED,  /* what programs of the host would take as instructions */
	FOUND_SKIPPED,  /* left out, and all else is done */
	FOUND_TOLD,     /* done, but not just as it was inside */
};

struct found {
	enum found_kind kind;
	const char *path; /* of the host */
	const char *why;
};

struct founds { /* all-zero but for @arena is none */
	struct arena *arena;
	struct found *list;
	size_t len;
	size_t count[FOUND_TOLD + 1];
};

/* Adds @path of the tree with the lower directory @lower. */
void found_add(struct founds *founds, enum found_kind kind, const char *lower,
	       const char *path, const char *why);

/* Whether nothing is in the way of a commit. */
bool found_none(const struct founds *founds);

#endif
