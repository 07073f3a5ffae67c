/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* apply-back.c - the steps of a journal, taken back; see apply.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/sys.h"
#include "changes/apply.h"
#include "changes/attrs.h"
#include "changes/spots.h"
#include "changes/undo-slots.h"
#include "changes/walk.h"

/* The lower entry is what it was before: its new time is our own. */
static void note_put_back(struct applying *a, const struct journal_step *step,
			  struct spot *low)
{
	spot_look(low);
	if (a->known && spot_has(low, step->low))
		known_add(a->known, &low->st);
}

static int put_back_old(struct applying *a, const struct journal_step *step,
			struct spots *s, struct error *err)
{
	if (spot_has(&s->slot, step->low)) {
		if (spot_move(&s->slot, &s->up) < 0)
			return spot_trouble(a, step, "cannot be put back", err);
		spot_look(&s->up);
	}
	if (!spot_has(&s->up, step->low)) {
		errno = ENOENT;
		return spot_trouble(a, step, "what was there before is not in the set",
				    err);
	}
	if (spots_exchange(&s->up, &s->low) < 0)
		return spot_trouble(a, step, "cannot be put back", err);
	spot_look(&s->up);
	note_put_back(a, step, &s->low);
	return 0;
}

static int put_one_back(struct applying *a, const struct journal_step *step,
			struct spots *s, struct error *err)
{
	if (spot_has(&s->low, step->up)) {
		if (!step->low && spot_move(&s->low, &s->up) < 0)
			return spot_trouble(a, step, "cannot be taken back", err);
		if (step->low && put_back_old(a, step, s, err) < 0)
			return -1;
		spot_look(&s->up);
	}
	if (!spot_has(&s->up, step->up))
		return spot_left(
			a, step,
			"was replaced or removed on the host meanwhile: what was "
			"there before is in the set");
	if ((step->opaque && attrs_set_opaque(s->up.dir, s->up.name) < 0) ||
	    (step->copied && !S_ISLNK(s->up.st.st_mode) &&
	     attrs_set_origin(s->up.dir, s->up.name) < 0))
		return spot_trouble(a, step, "cannot be marked", err);
	return 0;
}

static int del_back(struct applying *a, const struct journal_step *step, struct spots *s,
		    struct error *err)
{
	const bool gone = spot_has(&s->slot, step->low);

	if (gone && spot_move(&s->slot, &s->low) < 0)
		return errno == EEXIST
			       ? spot_left(
					 a, step,
					 "was made on the host meanwhile: what was there "
					 "before is in the set, in undo/")
			       : spot_trouble(a, step, "cannot be put back", err);
	if (gone)
		note_put_back(a, step, &s->low);
	if (step->opaque && s->up.dir >= 0 &&
	    mknodat(s->up.dir, s->up.name, S_IFCHR, makedev(0, 0)) < 0 && errno != EEXIST)
		return spot_trouble(a, step, "cannot be marked as removed", err);
	return 0;
}

/* Whether the step can have been done: the directory that it is about is there. */
static bool is_reached(struct applying *a, const struct journal_step *step)
{
	_cleanup_spot_ struct spot low = { .dir = -1 };

	if (spot_open(a->lower[step->tree], step->path, &low) < 0)
		return errno != ENOENT;
	return true;
}

int apply_back(void *data, const struct journal_step *step, struct error *err)
{
	struct applying *a = data;
	_cleanup_spots_ struct spots s = { .low = { .dir = -1 }, .up = { .dir = -1 } };

	apply_tell(a);
	if (step->kind == JOURNAL_ASIDE || step->kind == JOURNAL_DIR ||
	    !is_reached(a, step))
		return 0;
	if (spots_find(a, step, &s, err) < 0)
		return -1;
	switch (step->kind) {
	case JOURNAL_PUT:
		return put_one_back(a, step, &s, err);
	case JOURNAL_DEL:
		return del_back(a, step, &s, err);
	case JOURNAL_MODE:
		return apply_mode(a, step, &s, true, err);
	case JOURNAL_DIR:
	case JOURNAL_ASIDE:
		break;
	}
	return 0;
}

int apply_note_dir(void *data, const struct journal_step *step, struct error *err)
{
	struct applying *a = data;
	_cleanup_spot_ struct spot low = { .dir = -1 };
	struct stat st;

	(void)err;
	if (!a->known || spot_open(a->lower[step->tree], step->path, &low) < 0)
		return 0;
	if (fstat(low.dir, &st) == 0)
		known_add(a->known, &st);
	/* the last step for one of its names has given it its time */
	spot_look(&low);
	if (spot_has(&low, step->low) && !S_ISDIR(low.st.st_mode) && low.st.st_nlink > 1)
		known_add(a->known, &low.st);
	return 0;
}

int apply_restore(void *data, const struct journal_step *step, struct error *err)
{
	struct applying *a = data;
	struct slot_name number = undo_slot_name(step->slot);
	struct spot slot = { .dir = a->undo, .name = number.s };
	_cleanup_spot_ struct spot up = { .dir = -1 };

	if (step->kind != JOURNAL_ASIDE)
		return 0;
	spot_look(&slot);
	if (!spot_has(&slot, step->up))
		return 0;
	if (spot_open(a->upper[step->tree], step->path, &up) < 0)
		return spot_trouble(a, step, "cannot be put back into the set", err);
	return spot_move(&slot, &up) < 0
		       ? spot_trouble(a, step, "cannot be put back into the set", err)
		       : 0;
}

void apply_remove_dir(struct applying *a, const struct journal_step *step)
{
	_cleanup_spot_ struct spot low = { .dir = -1 }, up = { .dir = -1 };

	if (spot_open(a->lower[step->tree], step->path, &low) < 0 ||
	    unlinkat(low.dir, low.name, AT_REMOVEDIR) < 0)
		return;
	if (spot_open(a->upper[step->tree], step->path, &up) == 0)
		(void)attrs_unset_origin(up.dir, up.name);
}

/* -------------------------------------------------------------------------- looking */

struct since {
	struct timespec done;
	bool later;
};

static enum walk_next look_below(void *data, const struct walk_entry *e,
				 struct error *err)
{
	struct since *since = data;

	(void)err;
	since->later = since->later || clock_later(&e->low.st_ctim, &since->done);
	return S_ISDIR(e->low.st_mode) && !since->later ? WALK_DOWN : WALK_ON;
}

static int changed_since_done(struct applying *a, const struct journal_step *step,
			      const struct spots *s, struct error *err)
{
	struct since since = { 0 };
	const struct walk walk = { look_below, &since, .lower_too = true };
	_cleanup_fd_ int dir = -1;

	if (changes_stamp(a->set, step->tree, true, &since.done) < 0)
		return spot_trouble(a, step, "when it was committed is not known", err);
	since.later = clock_later(&s->low.st.st_ctim, &since.done);
	if (since.later || !S_ISDIR(s->low.st.st_mode))
		return since.later;
	dir = openat(s->low.dir, s->low.name,
		     O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return spot_trouble(a, step, "cannot be opened", err);
	return walk_trees(&walk, -1, dir, err) < 0 ? -1 : since.later;
}

static void tell_conflict(struct applying *a, const struct journal_step *step,
			  const char *why)
{
	found_add(a->founds, FOUND_CONFLICT, a->set->about.trees[step->tree].lower,
		  step->path, why);
}

int apply_look(void *data, const struct journal_step *step, struct error *err)
{
	struct applying *a = data;
	_cleanup_spots_ struct spots s = { .low = { .dir = -1 }, .up = { .dir = -1 } };
	int changed;

	if (step->kind == JOURNAL_DIR || step->kind == JOURNAL_ASIDE)
		return 0;
	if (spots_find(a, step, &s, err) < 0)
		return a->founds->count[FOUND_CONFLICT] > 0 ? 0 : -1;
	if (step->kind == JOURNAL_MODE) {
		if (!spot_has(&s.low, step->low))
			tell_conflict(a, step, "was replaced or removed since");
		return 0;
	}
	if (step->kind == JOURNAL_DEL) {
		if (s.low.there)
			tell_conflict(a, step,
				      "was made on the host since it was removed");
		return 0;
	}
	if (!spot_has(&s.low, step->up)) {
		tell_conflict(a, step, "was replaced or removed since it was committed");
		return 0;
	}
	changed = changed_since_done(a, step, &s, err);
	if (changed > 0)
		tell_conflict(a, step, "was changed since it was committed");
	return changed < 0 ? -1 : 0;
}
