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
#include "base/sys.h"
#include "changes/apply.h"
#include "changes/attrs.h"
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

/* --------------------------------------------------------------------------- places */

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

static int open_parent_of(int tree, const char *path)
{
	const char *slash = strrchr(path, '/');
	char parent[PATH_MAX];
	size_t len = slash ? (size_t)(slash - path) : 0;

	if (len == 0)
		return fcntl(tree, F_DUPFD_CLOEXEC, 3);
	if (len >= sizeof parent) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(parent, path, len);
	parent[len] = '\0';
	return sys_openat2(tree, parent, O_PATH | O_DIRECTORY | O_CLOEXEC,
			   RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
}

/* As open_parent_of() for a path that is longer than the kernel takes at once. */
static int open_far_above(int tree, const char *path)
{
	_cleanup_fd_ int at = fcntl(tree, F_DUPFD_CLOEXEC, 3);

	while (at >= 0 && strlen(path) >= PATH_MAX) {
		char part[PATH_MAX / 2];
		size_t len = sizeof part - 1;
		int next;

		while (len > 0 && path[len] != '/')
			len--;
		memcpy(part, path, len);
		part[len] = '\0';
		next = sys_openat2(at, part, O_PATH | O_DIRECTORY | O_CLOEXEC,
				   RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
					   RESOLVE_NO_XDEV);
		fd_closep(&at);
		at = next;
		path += len + 1;
	}
	return at < 0 ? -1 : open_parent_of(at, path);
}

static int open_spot(int tree, const char *path, struct spot *ret)
{
	const char *slash = strrchr(path, '/');

	ret->name = slash ? slash + 1 : path;
	ret->dir = strlen(path) < PATH_MAX ? open_parent_of(tree, path)
					   : open_far_above(tree, path);
	return ret->dir < 0 ? -1 : 0;
}

static void look_at_spot(struct spot *spot)
{
	spot->there = spot->dir >= 0 &&
		      fstatat(spot->dir, spot->name, &spot->st, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool spot_has(const struct spot *spot, ino_t ino)
{
	return ino != 0 && spot->there && spot->st.st_ino == ino;
}

static void close_spot(struct spot *spot)
{
	fd_closep(&spot->dir);
}
#define _cleanup_spot_ __attribute__((cleanup(close_spot)))

static void close_spots(struct spots *s)
{
	close_spot(&s->low);
	close_spot(&s->up);
}
#define _cleanup_spots_ __attribute__((cleanup(close_spots)))

static int conflict(struct applying *a, const struct journal_step *step, const char *why,
		    struct error *err)
{
	const char *lower = a->set->about.trees[step->tree].lower;

	found_add(a->founds, FOUND_CONFLICT, lower, step->path, why);
	return error_set(err, "%s/%s %s", lower, step->path, why);
}

/*
 * What somebody has done on the host meanwhile stays, and what was there before stays in
 * the set: whoever takes steps back has to come to an end. Returns 0.
 */
static int tell_left(struct applying *a, const struct journal_step *step, const char *why)
{
	found_add(a->founds, FOUND_TOLD, a->set->about.trees[step->tree].lower,
		  step->path, why);
	return 0;
}

static int trouble(struct applying *a, const struct journal_step *step, const char *what,
		   struct error *err)
{
	return error_sys(err, "%s/%s: %s", a->set->about.trees[step->tree].lower,
			 step->path, what);
}

/* Where the step's entries are now; -1: a conflict, or trouble. */
static int find_spots(struct applying *a, const struct journal_step *step,
		      struct spots *ret, struct error *err)
{
	struct spots s = { .low = { .dir = -1 }, .up = { .dir = -1 } };

	if (open_spot(a->lower[step->tree], step->path, &s.low) < 0) {
		(void)conflict(a, step,
			       errno == ENOENT || errno == ENOTDIR || errno == ELOOP ||
					       errno == EXDEV
				       ? "is not reached any more: a directory on the "
					 "way was moved, or another is there"
				       : strerror(errno),
			       err);
		return -1;
	}
	/* it can be gone with a directory that was put in its place */
	(void)open_spot(a->upper[step->tree], step->path, &s.up);
	s.number = undo_slot_name(step->slot);
	s.slot.dir = step->slot ? a->undo : -1;
	look_at_spot(&s.low);
	look_at_spot(&s.up);
	*ret = s;
	ret->slot.name = ret->number.s;
	look_at_spot(&ret->slot);
	return 0;
}

static int exchange_spots(const struct spot *x, const struct spot *y)
{
	return renameat2(x->dir, x->name, y->dir, y->name, RENAME_EXCHANGE);
}

static int move_spot(const struct spot *from, const struct spot *to)
{
	return renameat2(from->dir, from->name, to->dir, to->name, RENAME_NOREPLACE);
}

static bool times_are_same(const struct timespec *x, const struct timespec *y)
{
	return x->tv_sec == y->tv_sec && x->tv_nsec == y->tv_nsec;
}

/* Whether the lower entry is what it was when the journal was written. */
static bool is_known(const struct spot *low, const struct journal_step *step)
{
	const struct timespec time = journal_time(&low->st);

	return spot_has(low, step->low) && times_are_same(&time, &step->time);
}

#define CHANGED "was changed on the host meanwhile"

static void tell_progress(struct applying *a)
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
	look_at_spot(&s->up);
	if (spot_has(&s->up, step->low) && move_spot(&s->up, &s->slot) < 0)
		return trouble(a, step, "cannot put the old one aside", err);
	return 0;
}

static int put_over(struct applying *a, const struct journal_step *step, struct spots *s,
		    struct error *err)
{
	const struct stat before = s->low.st;

	if (!is_known(&s->low, step))
		return conflict(a, step, CHANGED, err);
	if (exchange_spots(&s->up, &s->low) < 0)
		return trouble(a, step, "cannot be put into its place", err);
	look_at_spot(&s->up);
	if (spot_has(&s->up, step->low) && s->up.st.st_size == before.st_size &&
	    times_are_same(&s->up.st.st_mtim, &before.st_mtim))
		return settle_old(a, step, s, err);
	/* somebody was quicker: it gets its place back */
	if (exchange_spots(&s->up, &s->low) < 0)
		return trouble(a, step, "was changed meanwhile, and lies in the set now",
			       err);
	return conflict(a, step, CHANGED, err);
}

static int do_put(struct applying *a, const struct journal_step *step, struct spots *s,
		  struct error *err)
{
	if (spot_has(&s->low, step->up))
		return settle_old(a, step, s, err);
	if (!spot_has(&s->up, step->up)) {
		errno = ENOENT;
		return trouble(a, step, "is not in the set any more", err);
	}
	if (step->low)
		return put_over(a, step, s, err);
	if (move_spot(&s->up, &s->low) == 0)
		return 0;
	return errno == EEXIST ? conflict(a, step, "was made on the host meanwhile", err)
			       : trouble(a, step, "cannot be put into its place", err);
}

static int do_del(struct applying *a, const struct journal_step *step, struct spots *s,
		  struct error *err)
{
	if (!spot_has(&s->slot, step->low)) {
		if (!is_known(&s->low, step))
			return conflict(a, step, CHANGED, err);
		if (move_spot(&s->low, &s->slot) < 0)
			return trouble(a, step, "cannot be removed", err);
		look_at_spot(&s->slot);
		if (!spot_has(&s->slot, step->low))
			return move_spot(&s->slot, &s->low) < 0
				       ? trouble(a, step, "was replaced meanwhile", err)
				       : conflict(a, step, CHANGED, err);
	}
	if (step->opaque && s->up.there && attrs_is_whiteout(&s->up.st))
		(void)unlinkat(s->up.dir, s->up.name, 0);
	return 0;
}

static int set_mode(struct applying *a, const struct journal_step *step, struct spots *s,
		    bool back, struct error *err)
{
	const mode_t from = back ? step->mode : step->old_mode;
	const mode_t to = back ? step->old_mode : step->mode;

	if (!spot_has(&s->low, step->low) || !S_ISDIR(s->low.st.st_mode))
		return back ? tell_left(a, step, "was replaced or removed on the host")
			    : conflict(a, step, CHANGED, err);
	if ((s->low.st.st_mode & 07777) != from)
		return 0; /* it is done, or was done by somebody else */
	if (fchmodat(s->low.dir, s->low.name, to, AT_SYMLINK_NOFOLLOW) < 0)
		return trouble(a, step, "cannot change its mode", err);
	return 0;
}

static int do_dir(struct applying *a, const struct journal_step *step, struct spots *s,
		  struct error *err)
{
	const mode_t mask = umask(0); /* with its mode at once, whoever is killed */
	const int made = s->low.there ? 0 : mkdirat(s->low.dir, s->low.name, step->mode);

	(void)umask(mask);
	if (made < 0)
		return trouble(a, step, "cannot be made", err);
	look_at_spot(&s->low);
	if (!s->low.there || !S_ISDIR(s->low.st.st_mode))
		return conflict(a, step, "was made on the host meanwhile", err);
	/* from now on the two are one directory to the overlay as well */
	if (s->up.there && attrs_set_merged(s->up.dir, s->up.name) < 0)
		return trouble(a, step, "cannot be marked", err);
	return 0;
}

int apply_step(void *data, const struct journal_step *step, struct error *err)
{
	struct applying *a = data;
	_cleanup_spots_ struct spots s = { .low = { .dir = -1 }, .up = { .dir = -1 } };

	tell_progress(a);
	if (step->kind == JOURNAL_ASIDE)
		return 0;
	if (find_spots(a, step, &s, err) < 0)
		return -1;
	switch (step->kind) {
	case JOURNAL_PUT:
		return do_put(a, step, &s, err);
	case JOURNAL_DEL:
		return do_del(a, step, &s, err);
	case JOURNAL_MODE:
		return set_mode(a, step, &s, false, err);
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
			return trouble(a, step, "cannot be opened", err);
		if (walk_trees(&walk, dir, -1, err) < 0)
			return -1;
	}
	return clean_entry(up->dir, up->name, &up->st, step->mode & S_ISGID) < 0
		       ? trouble(a, step, "cannot be prepared", err)
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
	if (open_spot(a->upper[step->tree], step->path, &up) < 0)
		return 0;
	look_at_spot(&up);
	if (!spot_has(&up, step->up))
		return 0;
	if (step->kind == JOURNAL_ASIDE)
		return move_spot(&up, &slot) < 0
			       ? trouble(a, step, "cannot be left out", err)
			       : 0;
	return clean_put(a, step, &up, err);
}

/* ---------------------------------------------------------------------------- undoing */

/* The lower entry is what it was before: its new time is our own. */
static void note_put_back(struct applying *a, const struct journal_step *step,
			  struct spot *low)
{
	look_at_spot(low);
	if (a->known && spot_has(low, step->low))
		known_add(a->known, &low->st);
}

static int put_back_old(struct applying *a, const struct journal_step *step,
			struct spots *s, struct error *err)
{
	if (spot_has(&s->slot, step->low)) {
		if (move_spot(&s->slot, &s->up) < 0)
			return trouble(a, step, "cannot be put back", err);
		look_at_spot(&s->up);
	}
	if (!spot_has(&s->up, step->low)) {
		errno = ENOENT;
		return trouble(a, step, "what was there before is not in the set", err);
	}
	if (exchange_spots(&s->up, &s->low) < 0)
		return trouble(a, step, "cannot be put back", err);
	look_at_spot(&s->up);
	note_put_back(a, step, &s->low);
	return 0;
}

static int put_one_back(struct applying *a, const struct journal_step *step,
			struct spots *s, struct error *err)
{
	if (spot_has(&s->low, step->up)) {
		if (!step->low && move_spot(&s->low, &s->up) < 0)
			return trouble(a, step, "cannot be taken back", err);
		if (step->low && put_back_old(a, step, s, err) < 0)
			return -1;
		look_at_spot(&s->up);
	}
	if (!spot_has(&s->up, step->up))
		return tell_left(
			a, step,
			"was replaced or removed on the host meanwhile: what was "
			"there before is in the set");
	if ((step->opaque && attrs_set_opaque(s->up.dir, s->up.name) < 0) ||
	    (step->copied && !S_ISLNK(s->up.st.st_mode) &&
	     attrs_set_origin(s->up.dir, s->up.name) < 0))
		return trouble(a, step, "cannot be marked", err);
	return 0;
}

static int del_back(struct applying *a, const struct journal_step *step, struct spots *s,
		    struct error *err)
{
	const bool gone = spot_has(&s->slot, step->low);

	if (gone && move_spot(&s->slot, &s->low) < 0)
		return errno == EEXIST
			       ? tell_left(
					 a, step,
					 "was made on the host meanwhile: what was there "
					 "before is in the set, in undo/")
			       : trouble(a, step, "cannot be put back", err);
	if (gone)
		note_put_back(a, step, &s->low);
	if (step->opaque && s->up.dir >= 0 &&
	    mknodat(s->up.dir, s->up.name, S_IFCHR, makedev(0, 0)) < 0 && errno != EEXIST)
		return trouble(a, step, "cannot be marked as removed", err);
	return 0;
}

/* Whether the step can have been done: the directory that it is about is there. */
static bool is_reached(struct applying *a, const struct journal_step *step)
{
	_cleanup_spot_ struct spot low = { .dir = -1 };

	if (open_spot(a->lower[step->tree], step->path, &low) < 0)
		return errno != ENOENT;
	return true;
}

int apply_back(void *data, const struct journal_step *step, struct error *err)
{
	struct applying *a = data;
	_cleanup_spots_ struct spots s = { .low = { .dir = -1 }, .up = { .dir = -1 } };

	tell_progress(a);
	if (step->kind == JOURNAL_ASIDE || step->kind == JOURNAL_DIR ||
	    !is_reached(a, step))
		return 0;
	if (find_spots(a, step, &s, err) < 0)
		return -1;
	switch (step->kind) {
	case JOURNAL_PUT:
		return put_one_back(a, step, &s, err);
	case JOURNAL_DEL:
		return del_back(a, step, &s, err);
	case JOURNAL_MODE:
		return set_mode(a, step, &s, true, err);
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
	if (!a->known || open_spot(a->lower[step->tree], step->path, &low) < 0)
		return 0;
	if (fstat(low.dir, &st) == 0)
		known_add(a->known, &st);
	/* the last step for one of its names has given it its time */
	look_at_spot(&low);
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
	look_at_spot(&slot);
	if (!spot_has(&slot, step->up))
		return 0;
	if (open_spot(a->upper[step->tree], step->path, &up) < 0)
		return trouble(a, step, "cannot be put back into the set", err);
	return move_spot(&slot, &up) < 0
		       ? trouble(a, step, "cannot be put back into the set", err)
		       : 0;
}

void apply_remove_dir(struct applying *a, const struct journal_step *step)
{
	_cleanup_spot_ struct spot low = { .dir = -1 }, up = { .dir = -1 };

	if (open_spot(a->lower[step->tree], step->path, &low) < 0 ||
	    unlinkat(low.dir, low.name, AT_REMOVEDIR) < 0)
		return;
	if (open_spot(a->upper[step->tree], step->path, &up) == 0)
		(void)attrs_unset_origin(up.dir, up.name);
}

/* -------------------------------------------------------------------------- looking */

struct since {
	struct timespec done;
	bool later;
};

static bool time_is_later(const struct timespec *x, const struct timespec *y)
{
	return x->tv_sec != y->tv_sec ? x->tv_sec > y->tv_sec : x->tv_nsec > y->tv_nsec;
}

static enum walk_next look_below(void *data, const struct walk_entry *e,
				 struct error *err)
{
	struct since *since = data;

	(void)err;
	since->later = since->later || time_is_later(&e->low.st_ctim, &since->done);
	return S_ISDIR(e->low.st_mode) && !since->later ? WALK_DOWN : WALK_ON;
}

static int changed_since_done(struct applying *a, const struct journal_step *step,
			      const struct spots *s, struct error *err)
{
	struct since since = { 0 };
	const struct walk walk = { look_below, &since, .lower_too = true };
	_cleanup_fd_ int dir = -1;

	if (changes_stamp(a->set, step->tree, true, &since.done) < 0)
		return trouble(a, step, "when it was committed is not known", err);
	since.later = time_is_later(&s->low.st.st_ctim, &since.done);
	if (since.later || !S_ISDIR(s->low.st.st_mode))
		return since.later;
	dir = openat(s->low.dir, s->low.name,
		     O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return trouble(a, step, "cannot be opened", err);
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
	if (find_spots(a, step, &s, err) < 0)
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
