/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* apply.c - the steps of a journal, done and taken back; see commit.h */
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

int apply_begin(const struct changes_set *set, const struct commit_options *options,
		struct founds *founds, struct applying *ret, struct error *err)
{
	struct applying a = { .set = set, .options = options, .founds = founds };
	const size_t len = set->about.trees_len;

	a.lower = arena_alloc(&a.arena, (len + 1) * sizeof *a.lower);
	a.upper = arena_alloc(&a.arena, (len + 1) * sizeof *a.upper);
	memset(a.lower, -1, len * sizeof *a.lower);
	memset(a.upper, -1, len * sizeof *a.upper);
	a.undo = undo_slots_open(set, err);
	*ret = a;
	if (a.undo < 0)
		return -1;
	for (size_t i = 0; i < len; i++)
		if (changes_open_tree(set, i, &a.lower[i], &a.upper[i], err) < 0)
			return -1;
	return 0;
}

void apply_end(struct applying *a)
{
	for (size_t i = 0; i < a->set->about.trees_len; i++) {
		fd_closep(&a->lower[i]);
		fd_closep(&a->upper[i]);
	}
	fd_closep(&a->undo);
	arena_done(&a->arena);
}

int apply_sync(const struct applying *a, bool lower, struct error *err)
{
	for (size_t i = 0; i < a->set->about.trees_len; i++) {
		const struct changes_tree *tree = &a->set->about.trees[i];
		_cleanup_fd_ int fd = openat(lower ? a->lower[i] : a->upper[i], ".",
					     O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (fd < 0 || syncfs(fd) < 0)
			return error_sys(err, "cannot bring %s to the disk", tree->lower);
	}
	return 0;
}

/* Whether the lower entry is what it was when the journal was written. */
static bool is_known(const struct spot *low, const struct journal_step *step)
{
	const struct timespec time = journal_time(&low->st);

	return spot_has(low, step->low) && clock_same(&time, &step->time);
}

#define CHANGED "was changed on the host meanwhile"

void apply_tell(struct applying *a)
{
	a->done++;
	if (a->options->progress && a->done % 256 == 0)
		a->options->progress(a->options->progress_data, a->done, a->all);
}

/* ----------------------------------------------------------------------------- doing */

/* The old entry goes where it does not look like a change. */
static int settle_old(struct applying *a, const struct journal_step *step,
		      struct spots *s, struct error *err)
{
	if (!step->slot || !step->low)
		return 0;
	spot_look(&s->up);
	if (spot_has(&s->up, step->low) && spot_move(&s->up, &s->slot) < 0)
		return spot_trouble(a, step, "cannot put the old one aside", err);
	return 0;
}

static int put_over(struct applying *a, const struct journal_step *step, struct spots *s,
		    struct error *err)
{
	const struct stat before = s->low.st;

	if (!is_known(&s->low, step))
		return spot_conflict(a, step, CHANGED, err);
	if (spots_exchange(&s->up, &s->low) < 0)
		return spot_trouble(a, step, "cannot be put into its place", err);
	spot_look(&s->up);
	if (spot_has(&s->up, step->low) && s->up.st.st_size == before.st_size &&
	    clock_same(&s->up.st.st_mtim, &before.st_mtim))
		return settle_old(a, step, s, err);
	/* somebody was quicker: it gets its place back */
	if (spots_exchange(&s->up, &s->low) < 0)
		return spot_trouble(
			a, step, "was changed meanwhile, and lies in the set now", err);
	return spot_conflict(a, step, CHANGED, err);
}

static int do_put(struct applying *a, const struct journal_step *step, struct spots *s,
		  struct error *err)
{
	if (spot_has(&s->low, step->up))
		return settle_old(a, step, s, err);
	if (!spot_has(&s->up, step->up)) {
		errno = ENOENT;
		return spot_trouble(a, step, "is not in the set any more", err);
	}
	if (step->low)
		return put_over(a, step, s, err);
	if (spot_move(&s->up, &s->low) == 0)
		return 0;
	return errno == EEXIST
		       ? spot_conflict(a, step, "was made on the host meanwhile", err)
		       : spot_trouble(a, step, "cannot be put into its place", err);
}

static int do_del(struct applying *a, const struct journal_step *step, struct spots *s,
		  struct error *err)
{
	if (!spot_has(&s->slot, step->low)) {
		if (!is_known(&s->low, step))
			return spot_conflict(a, step, CHANGED, err);
		if (spot_move(&s->low, &s->slot) < 0)
			return spot_trouble(a, step, "cannot be removed", err);
		spot_look(&s->slot);
		if (!spot_has(&s->slot, step->low))
			return spot_move(&s->slot, &s->low) < 0
				       ? spot_trouble(a, step, "was replaced meanwhile",
						      err)
				       : spot_conflict(a, step, CHANGED, err);
	}
	if (step->opaque && s->up.there && attrs_is_whiteout(&s->up.st))
		(void)unlinkat(s->up.dir, s->up.name, 0);
	return 0;
}

int apply_mode(struct applying *a, const struct journal_step *step, struct spots *s,
	       bool back, struct error *err)
{
	const mode_t from = back ? step->mode : step->old_mode;
	const mode_t to = back ? step->old_mode : step->mode;

	if (!spot_has(&s->low, step->low) || !S_ISDIR(s->low.st.st_mode))
		return back ? spot_left(a, step, "was replaced or removed on the host")
			    : spot_conflict(a, step, CHANGED, err);
	if ((s->low.st.st_mode & 07777) != from)
		return 0; /* it is done, or was done by somebody else */
	if (fchmodat(s->low.dir, s->low.name, to, AT_SYMLINK_NOFOLLOW) < 0)
		return spot_trouble(a, step, "cannot change its mode", err);
	return 0;
}

static int do_dir(struct applying *a, const struct journal_step *step, struct spots *s,
		  struct error *err)
{
	const mode_t mask = umask(0); /* with its mode at once, whoever is killed */
	const int made = s->low.there ? 0 : mkdirat(s->low.dir, s->low.name, step->mode);

	(void)umask(mask);
	if (made < 0)
		return spot_trouble(a, step, "cannot be made", err);
	spot_look(&s->low);
	if (!s->low.there || !S_ISDIR(s->low.st.st_mode))
		return spot_conflict(a, step, "was made on the host meanwhile", err);
	/* from now on the two are one directory to the overlay as well */
	if (s->up.there && attrs_set_merged(s->up.dir, s->up.name) < 0)
		return spot_trouble(a, step, "cannot be marked", err);
	return 0;
}

int apply_step(void *data, const struct journal_step *step, struct error *err)
{
	struct applying *a = data;
	_cleanup_spots_ struct spots s = { .low = { .dir = -1 }, .up = { .dir = -1 } };

	apply_tell(a);
	if (step->kind == JOURNAL_ASIDE)
		return 0;
	if (spots_find(a, step, &s, err) < 0)
		return -1;
	switch (step->kind) {
	case JOURNAL_PUT:
		return do_put(a, step, &s, err);
	case JOURNAL_DEL:
		return do_del(a, step, &s, err);
	case JOURNAL_MODE:
		return apply_mode(a, step, &s, false, err);
	case JOURNAL_DIR:
		return do_dir(a, step, &s, err);
	case JOURNAL_ASIDE:
		break;
	}
	return 0;
}

/* ------------------------------------------------------------------------ cleaning */

static int clean_entry(int dir, const char *name, const struct stat *st, bool setgid)
{
	const mode_t mode = st->st_mode & 07777;
	const mode_t cut =
		S_ISDIR(st->st_mode) ? (setgid ? 0 : S_ISGID) : S_ISUID | S_ISGID;

	if (S_ISLNK(st->st_mode))
		return 0;
	if ((mode & cut) && fchmodat(dir, name, mode & ~cut, 0) < 0)
		return -1;
	return attrs_clean(dir, name);
}

static enum walk_next clean_below(void *data, const struct walk_entry *e,
				  struct error *err)
{
	const struct journal_step *step = data;

	if (attrs_is_whiteout(&e->up)) {
		if (unlinkat(e->upper, e->name, 0) == 0)
			return WALK_ON;
	} else if (clean_entry(e->upper, e->name, &e->up, step->mode & S_ISGID) == 0) {
		return S_ISDIR(e->up.st_mode) ? WALK_DOWN : WALK_ON;
	}
	(void)error_sys(err, "cannot prepare \"%s\"", e->path);
	return WALK_STOP;
}

static int clean_put(struct applying *a, const struct journal_step *step,
		     const struct spot *up, struct error *err)
{
	const struct walk walk = { clean_below, (void *)step, .lower_too = false };
	_cleanup_fd_ int dir = -1;

	if (step->dir) {
		dir = openat(up->dir, up->name,
			     O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (dir < 0)
			return spot_trouble(a, step, "cannot be opened", err);
		if (walk_trees(&walk, dir, -1, err) < 0)
			return -1;
	}
	return clean_entry(up->dir, up->name, &up->st, step->mode & S_ISGID) < 0
		       ? spot_trouble(a, step, "cannot be prepared", err)
		       : 0;
}

int apply_clean(void *data, const struct journal_step *step, struct error *err)
{
	struct applying *a = data;
	struct slot_name number = undo_slot_name(step->slot);
	struct spot slot = { .dir = a->undo, .name = number.s };
	_cleanup_spot_ struct spot up = { .dir = -1 };

	if (step->kind != JOURNAL_PUT && step->kind != JOURNAL_ASIDE)
		return 0;
	/* it is not there if it was put already, or a directory above it was */
	if (spot_open(a->upper[step->tree], step->path, &up) < 0)
		return 0;
	spot_look(&up);
	if (!spot_has(&up, step->up))
		return 0;
	if (step->kind == JOURNAL_ASIDE)
		return spot_move(&up, &slot) < 0
			       ? spot_trouble(a, step, "cannot be left out", err)
			       : 0;
	return clean_put(a, step, &up, err);
}
