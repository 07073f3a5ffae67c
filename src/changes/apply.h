/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* apply.h - the steps of a journal, done and taken back; see commit.h */
#ifndef SBOX_CHANGES_APPLY_H
#define SBOX_CHANGES_APPLY_H

#include "changes/commit.h"
#include "changes/journal.h"
#include "changes/known.h"

/* What is open while steps are done. */
struct applying {
	const struct changes_set *set;
	const struct commit_options *options;
	struct founds *founds;
	int undo;           /* undo/ */
	int *lower, *upper; /* of each tree */
	FILE *known; /* what is put back is noted there: known.h; NULL: it is not */
	struct arena arena;
	uint64_t done, all; /* steps */
};

/* Opens it; apply_end() closes it, also after a failure. */
_must_check_ int apply_begin(const struct changes_set *set,
			     const struct commit_options *options, struct founds *founds,
			     struct applying *ret, struct error *err);
/* Closes all of it. */
void apply_end(struct applying *a);

/*
 * What is done with each step of a journal (journal_read(), with a struct applying):
 * apply_clean() prepares what will be put, apply_step() does the step, apply_back() takes
 * it back, and apply_restore() afterwards what apply_clean() took aside. A step that is
 * done already is none. If the host has changed meanwhile that is told to founds, as a
 * conflict, and -1 is returned.
 */
journal_take apply_clean, apply_step, apply_back, apply_restore;

/* Notes the directory that a step has put something back into: known.h. */
journal_take apply_note_dir;

/* Tells a conflict if what the step has put was changed since; 0, also then. */
journal_take apply_look;

/* Counts a step, and tells whoever waits. */
void apply_tell(struct applying *a);

struct spots;
/* A step of JOURNAL_MODE, done or taken back. */
_must_check_ int apply_mode(struct applying *a, const struct journal_step *step,
			    struct spots *s, bool back, struct error *err);

/* Removes a directory that a commit has made, if nothing is in it. */
void apply_remove_dir(struct applying *a, const struct journal_step *step);

/* Brings what was done in the lower trees, or written into the upper ones, to the disk.
 */
_must_check_ int apply_sync(const struct applying *a, bool lower, struct error *err);

#endif
