/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * commit.h - puts what a change set holds into the directories of the host, and takes it
 * back
 *
 * Theory of operation
 *
 *   1. The steps are found out, and with them everything that is in the way (propose.h):
 *      then nothing at all is touched.
 *   2. What was written inside is brought to the disk, and the steps to a journal.
 *   3. Only now are overlayfs's notes and set-id bits removed from what will be put, and
 *      what is left out taken aside.
 *   4. Step by step, each entry changes places with the one that it replaces (rename(2)
 *      with RENAME_EXCHANGE). So there is no moment at which a name leads to nothing or
 * to half a file, nothing needs space, and the old files are in the set afterwards.
 *      Before and after each exchange the old one is compared with what it was; if
 *      somebody was quicker, it is changed back, with all that was done.
 *   5. The lower file systems are brought to the disk.
 *
 * Whoever is killed in between finds the journal and goes on: each step tells by the
 * numbers of the files whether it was done. An undo reads the same journal.
 *
 * Each directory on the way is opened anew for each step, below the tree's own, without
 * following links or entering other file systems, so that nobody who renames directories
 * of the host meanwhile makes us write elsewhere.
 */
#ifndef SBOX_CHANGES_COMMIT_H
#define SBOX_CHANGES_COMMIT_H

#include "changes/found.h"
#include "changes/refuse.h"
#include "changes/set.h"

struct commit_options {
	/* as of diff.h: what is committed; the rest stays in the set */
	const char *const *paths;
	const struct refuse_judge *judge; /* NULL: what it would judge is refused */
	const char *const *homes;         /* of the caller, for places in them */
	bool overwrite; /* what was changed on the host since is replaced all the same */
	bool trust;     /* the guard's refusals are not asked for: somebody has looked */
	/* only for commit_set() itself: what a commit of its own changes on the host
	 * besides what it puts, the times of directories and of files with several names,
	 * is no conflict */
	bool after_own;
	/* called now and then, NULL: nobody waits for it */
	void (*progress)(void *data, uint64_t done, uint64_t all);
	void *progress_data;
};

struct commit_result {
	struct founds founds; /* begins with its arena */
	uint64_t seen;        /* entries of the set that were asked for */
	uint64_t steps;       /* that were done */
};

/*
 * Commits what @options names; a commit that was interrupted is ended first, and is all
 * that is done then. 0: done, *ret says what else there was to tell; the state is
 * CHANGES_COMMITTED, or CHANGES_PARTLY if something is left; unchanged if there was
 * nothing. 1: refused, nothing is touched, *ret says why. -1: trouble; what was done has
 * been taken back, or, if that was impossible as well, the state says that it goes on.
 */
_must_check_ int commit_set(struct changes_set *set, const struct commit_options *options,
			    struct commit_result *ret, struct error *err);

/*
 * Takes the last commit back; the set holds the changes again afterwards. Returns as
 * above: 1 if what was committed has been changed since.
 */
_must_check_ int commit_undo(struct changes_set *set,
			     const struct commit_options *options,
			     struct commit_result *ret, struct error *err);

#endif
