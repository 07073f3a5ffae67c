/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * known.h - what an undo has put back, so that its new times are not taken for somebody's
 *
 * Whatever changes its place gets a new ctime. For an entry of the host that was taken
 * away by a commit and put back by an undo, and for the directory that it is in, the
 * ctime that this gave it is noted: an entry that still has it is what it was before the
 * commit.
 */
#ifndef SBOX_CHANGES_KNOWN_H
#define SBOX_CHANGES_KNOWN_H

#include <stdio.h>
#include <sys/stat.h>

#include "changes/set.h"

struct known_entry {
	uint64_t dev, ino;
	int64_t sec, nsec;
};

struct known {                    /* all-zero: nothing is */
	struct known_entry *list; /* sorted */
	size_t len;
};

/* Reads what is noted in the set; a damaged line, and what is behind it, is not known. */
void known_read(const struct changes_set *set, struct known *ret);
void known_done(struct known *known);

/* Whether @st is an entry that was put back and has not been changed since. */
bool known_is(const struct known *known, const struct stat *st);

/* Opens the notes of the set, to add some; NULL: errno. */
FILE *known_open(const struct changes_set *set);
/* Adds one. What is lost by an error, or a kill, is a false conflict later. */
void known_add(FILE *file, const struct stat *st);

#endif
