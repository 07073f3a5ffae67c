/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * spots.h - where the entries of a step are: in the lower tree, in the upper one, in
 * undo/
 *
 * Each is looked for anew, from the tree's own directory, without following a link.
 */
#ifndef SBOX_CHANGES_SPOTS_H
#define SBOX_CHANGES_SPOTS_H

#include <sys/stat.h>

#include "base/cleanup.h"
#include "changes/apply.h"
#include "changes/undo-slots.h"

struct spot { /* where an entry is, or would be */
	int dir;
	const char *name;
	struct stat st;
	bool there;
};

struct spots {
	struct spot low, up, slot;
	struct slot_name number;
};

/* Opens the directory that @path below @tree is in; *ret is not looked at. -1: errno. */
int spot_open(int tree, const char *path, struct spot *ret);
/* Sees what is there now. */
void spot_look(struct spot *spot);
/* Whether that is number @ino, which is not 0. */
bool spot_has(const struct spot *spot, ino_t ino);

/* Closes the directory of one, or of the two that are not undo/. */
void spot_close(struct spot *spot);
void spots_close(struct spots *s);
#define _cleanup_spot_ __attribute__((cleanup(spot_close)))
#define _cleanup_spots_ __attribute__((cleanup(spots_close)))

/* Where the step's entries are now; -1: a conflict, or trouble. */
_must_check_ int spots_find(struct applying *a, const struct journal_step *step,
			    struct spots *ret, struct error *err);

/* The two change places; @from gets the place of @to, where nothing is. -1: errno. */
int spots_exchange(const struct spot *x, const struct spot *y);
int spot_move(const struct spot *from, const struct spot *to);

/*
 * Tell of the step, and return -1: that somebody has changed what it is about, which is
 * listed; that it cannot be done, with errno.
 */
int spot_conflict(struct applying *a, const struct journal_step *step, const char *why,
		  struct error *err);
int spot_trouble(struct applying *a, const struct journal_step *step, const char *what,
		 struct error *err);

/*
 * What somebody has done on the host meanwhile stays, and what was there before stays in
 * the set: whoever takes steps back has to come to an end. Returns 0.
 */
int spot_left(struct applying *a, const struct journal_step *step, const char *why);

#endif
