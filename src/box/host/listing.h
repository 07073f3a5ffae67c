/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * listing.h - which of many names are not in a directory, without asking for each
 *
 * Profiles name hundreds of files of a home directory, of which most are on no machine.
 * After some that were not there, the whole directory is read once.
 */
#ifndef SBOX_LISTING_H
#define SBOX_LISTING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

#define LISTING_DIRS 16

struct listing {
	const char *dir;
	unsigned misses;
	bool read;  /* @names or @errnum is right; else it cannot be known by reading */
	int errnum; /* of the directory itself: ENOENT, ENOTDIR, or 0 */
	const char *names; /* with a NUL behind each, and one more at the end */
};

struct listings { /* all-zero: nothing is known */
	struct listing list[LISTING_DIRS];
	size_t len;
};

/*
 * ENOENT or ENOTDIR if @path (absolute, clean) is certainly not there, 0 if it has to be
 * looked at. Only a file system that shows all its names is believed, and no name that
 * differs in its case alone is: some directories take the one for the other.
 */
int listing_missing(const struct listings *listings, const char *path);

/* @path was looked at, and not there. */
void listing_note(struct listings *listings, struct arena *arena, const char *path);

#endif
