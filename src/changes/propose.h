/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * propose.h - the steps of a commit, found out without touching anything
 *
 * A directory that is new or was made anew is one step, a file that was changed is one,
 * and so is a name that is gone. What is compared is what the set says of the lower tree,
 * with its times, against the moment before the first run (set.h): a later one means that
 * somebody else has changed the same.
 */
#ifndef SBOX_CHANGES_PROPOSE_H
#define SBOX_CHANGES_PROPOSE_H

#include "changes/commit.h"
#include "changes/journal.h"

struct proposal {
	struct journal *journal; /* that the steps are written to; NULL: they are not */
	uint64_t seen;           /* entries of the upper trees that were asked for */
	uint64_t steps;
	int64_t bytes; /* on the disk, of what would be put there */
};

/*
 * Looks at all of the set that @options names, tells what is in the way to @founds, and
 * the steps to @proposal, which is all zero but for its journal.
 */
_must_check_ int propose(const struct changes_set *set,
			 const struct commit_options *options, struct founds *founds,
			 struct proposal *proposal, struct error *err);

#endif
