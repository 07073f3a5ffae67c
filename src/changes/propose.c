/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* propose.c - the steps of a commit; see propose.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/sys.h"
#include "changes/attrs.h"
#include "changes/compare.h"
#include "changes/diff.h"
#include "changes/known.h"
#include "changes/names.h"
#include "changes/propose.h"
#include "changes/undo-slots.h"
#include "changes/walk.h"

/* What stays in the set, of a directory that would be put whole. */
struct left {
	size_t tree;
	const char *path;
};

struct proposing {
	const struct changes_set *set;
	const struct commit_options *options;
	struct founds *founds;
	struct proposal *ret;
	struct refusing refusing;
	struct known known;
	struct names names;
	const char *lower; /* path of the tree */
	size_t tree;
	struct timespec stamp;
	uint64_t slot;
	struct strbuf whole; /* the directory that is put as it is; empty: none */
	bool setgid;         /* of that: directories may have the bit */
	bool rest;           /* something may be left, so that what was replaced is not */
	struct left *left;   /* found by a walk before, in the arena of its founds */
	size_t left_len;
};

/* A conflict, which is only told where somebody has said that the host's may go. */
static void tell_conflicting(struct proposing *p, const char *path, const char *why)
{
	found_add(p->founds, p->options->overwrite ? FOUND_TOLD : FOUND_CONFLICT,
		  p->lower, path, why);
}

static void tell_found(struct proposing *p, enum found_kind kind, const char *path,
		       const char *why)
{
	found_add(p->founds, kind, p->lower, path, why);
}

static enum walk_next add_step(struct proposing *p, const struct journal_step *step,
			       struct error *err)
{
	p->ret->steps++;
	return p->ret->journal && journal_add(p->ret->journal, step, err) < 0 ? WALK_STOP
									      : WALK_ON;
}

/* ----------------------------------------------------------------------- conflicts */

struct newest {
	const struct timespec *stamp;
	const struct known *known;
	bool later, after_own;
};

static enum walk_next look_at_lower(void *data, const struct walk_entry *e,
				    struct error *err)
{
	struct newest *newest = data;

	(void)err;
	if (!newest->after_own || S_ISDIR(e->low.st_mode) || e->low.st_nlink == 1)
		newest->later =
			newest->later || (clock_later(&e->low.st_ctim, newest->stamp) &&
					  !known_is(newest->known, &e->low));
	return S_ISDIR(e->low.st_mode) && !newest->later ? WALK_DOWN : WALK_ON;
}

static bool is_changed(const struct proposing *p, const struct stat *low)
{
	return clock_later(&low->st_ctim, &p->stamp) && !known_is(&p->known, low);
}

/* Whether the lower entry, or something in it, was changed since; -1 with an error. */
static int lower_changed(struct proposing *p, const struct walk_entry *e,
			 struct error *err)
{
	struct newest newest = { &p->stamp, &p->known, is_changed(p, &e->low),
				 p->options->after_own };
	const struct walk walk = { look_at_lower, &newest, .lower_too = true };
	_cleanup_fd_ int fd = -1;

	if (p->options->after_own && !S_ISDIR(e->low.st_mode) && e->low.st_nlink > 1)
		return 0;
	if (newest.later || !S_ISDIR(e->low.st_mode))
		return newest.later;
	fd = openat(e->lower, e->name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return error_sys(err, "cannot look at \"%s\" on the host", e->path);
	return walk_trees(&walk, -1, fd, err) < 0 ? -1 : newest.later;
}

/* Whether the directory of the lower tree that the entry is to be put into has changed.
 */
static bool parent_changed(const struct proposing *p, const struct walk_entry *e)
{
	struct stat st;

	return !p->options->after_own && e->lower >= 0 && fstat(e->lower, &st) == 0 &&
	       is_changed(p, &st);
}

static int look_for_conflict(struct proposing *p, const struct walk_entry *e,
			     struct error *err)
{
	int changed = 0;

	if (e->has_low) {
		changed = lower_changed(p, e, err);
		if (changed > 0)
			tell_conflicting(
				p, e->path,
				S_ISDIR(e->low.st_mode)
					? "it, or something in it, was changed on the "
					  "host since the run began"
					: "was changed on the host since the run began");
	} else if (e->has_up && parent_changed(p, e) &&
		   attrs_has_origin(e->upper, e->name)) {
		tell_conflicting(
			p, e->path,
			"was removed or renamed on the host since the run began");
	}
	return changed < 0 ? -1 : 0;
}

/* ---------------------------------------------------------------------------- steps */

/*
 * Whether what would be replaced or removed cannot be kept for an undo: who moves a
 * directory to another one writes to it (its ".."), which rmdir(2) does not need. It is
 * told before anything is done.
 */
static bool cannot_be_moved(struct proposing *p, const struct walk_entry *e)
{
	if (!e->has_low || !S_ISDIR(e->low.st_mode) ||
	    faccessat(e->lower, e->name, W_OK, AT_EACCESS | AT_SYMLINK_NOFOLLOW) == 0)
		return false;
	tell_found(p, p->set->about.skip ? FOUND_SKIPPED : FOUND_REFUSED, e->path,
		   "is a directory that you may not write to (of another user), so it "
		   "cannot be kept for an undo: remove it yourself");
	return true;
}

static void note_put(struct proposing *p, const struct walk_entry *e)
{
	if (p->rest)
		names_put(&p->names, &e->up, e->path);
	if (S_ISREG(e->up.st_mode))
		p->ret->bytes += (int64_t)e->up.st_blocks * 512;
}

/* What of the upper entry's mode is put: set-id bits are not. */
static mode_t put_mode(struct proposing *p, const struct walk_entry *e, bool setgid)
{
	const mode_t mode = e->up.st_mode & 07777;
	const mode_t cut =
		S_ISDIR(e->up.st_mode) ? (setgid ? 0 : S_ISGID) : S_ISUID | S_ISGID;

	if ((mode & cut) && !S_ISLNK(e->up.st_mode))
		tell_found(p, FOUND_TOLD, e->path, "is put without its set-id bits");
	return mode & ~cut;
}

static bool lower_dir_has_setgid(const struct walk_entry *e)
{
	struct stat st;

	return e->lower >= 0 && fstat(e->lower, &st) == 0 && (st.st_mode & S_ISGID);
}

static enum walk_next propose_put(struct proposing *p, const struct walk_entry *e,
				  struct error *err)
{
	const bool dir = S_ISDIR(e->up.st_mode);
	struct journal_step step = { .kind = JOURNAL_PUT,
				     .tree = p->tree,
				     .up = e->up.st_ino,
				     .dir = dir,
				     .copied = attrs_has_origin(e->upper, e->name),
				     .path = e->path };

	if (cannot_be_moved(p, e))
		return WALK_ON;
	if (look_for_conflict(p, e, err) < 0)
		return WALK_STOP;
	p->setgid = lower_dir_has_setgid(e);
	step.mode = put_mode(p, e, p->setgid);
	if (e->has_low) {
		step.low = e->low.st_ino;
		step.time = journal_time(&e->low);
		step.opaque = dir && S_ISDIR(e->low.st_mode);
		if (p->rest)
			step.slot = p->slot++;
		if (S_ISREG(e->low.st_mode) && e->low.st_nlink > 1)
			tell_found(p, FOUND_TOLD, e->path,
				   "was one of several names of a file: the others keep "
				   "what was in it");
	}
	note_put(p, e);
	if (dir) {
		p->whole.len = 0;
		strbuf_add(&p->whole, e->path);
	}
	return add_step(p, &step, err) == WALK_STOP ? WALK_STOP
	       : dir                                ? WALK_DOWN
						    : WALK_ON;
}

static enum walk_next propose_del(struct proposing *p, const struct walk_entry *e,
				  struct error *err)
{
	const struct journal_step step = { .kind = JOURNAL_DEL,
					   .tree = p->tree,
					   .low = e->low.st_ino,
					   .time = journal_time(&e->low),
					   .slot = p->slot,
					   .opaque = p->rest,
					   .path = e->path };

	if (!e->has_low || cannot_be_moved(p, e))
		return WALK_ON;
	if (look_for_conflict(p, e, err) < 0)
		return WALK_STOP;
	p->slot++;
	return add_step(p, &step, err);
}

static bool has_other_attrs(const struct walk_entry *e)
{
	return e->up.st_uid != e->low.st_uid || e->up.st_gid != e->low.st_gid ||
	       attrs_equal(e->upper, e->name, e->lower, e->name) == 0;
}

/* A directory that both have: what is in it is looked at one by one. */
static enum walk_next merged(struct proposing *p, const struct walk_entry *e,
			     struct error *err)
{
	const mode_t mode = put_mode(p, e, e->low.st_mode & S_ISGID);
	const struct journal_step step = { .kind = JOURNAL_MODE,
					   .tree = p->tree,
					   .low = e->low.st_ino,
					   .time = journal_time(&e->low),
					   .old_mode = e->low.st_mode & 07777,
					   .mode = mode,
					   .path = e->path };

	if (!attrs_has_origin(e->upper, e->name)) {
		tell_found(p, FOUND_CONFLICT, e->path,
			   "was made on the host as well since the run began");
		return WALK_ON;
	}
	if (has_other_attrs(e))
		tell_found(p, FOUND_TOLD, e->path,
			   "has another owner or other attributes inside, which are not "
			   "committed");
	if (step.mode == step.old_mode)
		return WALK_DOWN;
	return add_step(p, &step, err) == WALK_STOP ? WALK_STOP : WALK_DOWN;
}

/*
 * Whether nothing but the copy is new: it was opened for writing, and not written. Not so
 * if it has got another name, since that is to be a name of the same file.
 */
static bool is_untouched(const struct walk_entry *e)
{
	const struct compared up = { e->upper, e->name, &e->up };
	const struct compared low = { e->lower, e->name, &e->low };

	return e->has_low && (e->up.st_mode & S_IFMT) == (e->low.st_mode & S_IFMT) &&
	       (S_ISREG(e->up.st_mode) || S_ISLNK(e->up.st_mode)) &&
	       e->up.st_nlink == 1 && e->up.st_size == e->low.st_size &&
	       clock_same(&e->up.st_mtim, &e->low.st_mtim) &&
	       compare_meta(&up, &low) == 1 && compare_content(&up, &low) == 1;
}

/* --------------------------------------------------------------------- what is left */

static enum walk_next add_refused(struct proposing *p, const struct walk_entry *e,
				  const char *why, struct error *err)
{
	const bool whole = p->whole.len > 0;
	const struct journal_step step = { .kind = JOURNAL_ASIDE,
					   .tree = p->tree,
					   .up = e->up.st_ino,
					   .slot = p->slot,
					   .path = e->path };

	tell_found(p, p->set->about.skip ? FOUND_SKIPPED : FOUND_REFUSED, e->path, why);
	if (!p->set->about.skip || !whole)
		return WALK_ON;
	*(struct left *)arena_append(p->founds->arena, &p->left, &p->left_len,
				     sizeof *p->left) =
		(struct left){ p->tree, arena_strdup(p->founds->arena, e->path) };
	p->slot++;
	return add_step(p, &step, err);
}

/* Nobody could use it, and nothing but a name would be put. */
static enum walk_next no_socket(struct proposing *p, const struct walk_entry *e,
				struct error *err)
{
	const struct journal_step step = { .kind = JOURNAL_ASIDE,
					   .tree = p->tree,
					   .up = e->up.st_ino,
					   .slot = p->slot,
					   .path = e->path };

	tell_found(p, FOUND_SKIPPED, e->path, "is a socket");
	if (p->whole.len == 0)
		return WALK_ON;
	p->slot++;
	return add_step(p, &step, err);
}

/* ------------------------------------------------------------------------- the walk */

static bool is_in_whole(struct proposing *p, const struct walk_entry *e)
{
	if (p->whole.len > 0 && strncmp(e->path, p->whole.s, p->whole.len) == 0 &&
	    e->path[p->whole.len] == '/')
		return true;
	p->whole.len = 0;
	return false;
}

static const char *why_refused(struct proposing *p, const struct walk_entry *e)
{
	return p->options->trust && !S_ISCHR(e->up.st_mode) && !S_ISBLK(e->up.st_mode)
		       ? NULL
		       : refuse_why(&p->refusing, e);
}

/* Something in a directory that is put whole. */
static enum walk_next in_whole(struct proposing *p, const struct walk_entry *e,
			       struct error *err)
{
	const char *why;

	if (attrs_is_whiteout(&e->up))
		return WALK_ON;
	if (S_ISSOCK(e->up.st_mode))
		return no_socket(p, e, err);
	why = why_refused(p, e);
	if (why)
		return add_refused(p, e, why, err);
	(void)put_mode(p, e, p->setgid);
	note_put(p, e);
	return S_ISDIR(e->up.st_mode) ? WALK_DOWN : WALK_ON;
}

/* A new directory of which not all is put. */
static enum walk_next propose_dir(struct proposing *p, const struct walk_entry *e,
				  struct error *err)
{
	const struct journal_step step = { .kind = JOURNAL_DIR,
					   .tree = p->tree,
					   .mode = e->up.st_mode & 01777,
					   .path = e->path };

	return add_step(p, &step, err) == WALK_STOP ? WALK_STOP : WALK_DOWN;
}

/* A directory above what is asked for. */
static enum walk_next visit_above(struct proposing *p, const struct walk_entry *e,
				  struct error *err)
{
	const char *why;

	if (!S_ISDIR(e->up.st_mode))
		return WALK_ON;
	why = why_refused(p, e);
	if (why)
		return add_refused(p, e, why, err);
	if (!e->opaque)
		return WALK_DOWN;
	if (!e->has_low)
		return propose_dir(p, e, err);
	tell_found(p, FOUND_REFUSED, e->path,
		   "was made anew inside: it can only be committed as a whole");
	return WALK_ON;
}

/* Whether something in the directory @path stays in the set. */
static bool is_above_left(const struct proposing *p, const char *path)
{
	const size_t len = strlen(path);

	for (size_t i = 0; i < p->left_len; i++)
		if (p->left[i].tree == p->tree &&
		    strncmp(p->left[i].path, path, len) == 0 &&
		    p->left[i].path[len] == '/')
			return true;
	return false;
}

static enum walk_next asked_for(struct proposing *p, const struct walk_entry *e,
				struct error *err)
{
	const char *why;

	if (attrs_is_whiteout(&e->up))
		return propose_del(p, e, err);
	if (is_untouched(e))
		return WALK_ON;
	if (S_ISSOCK(e->up.st_mode))
		return no_socket(p, e, err);
	why = why_refused(p, e);
	if (why)
		return add_refused(p, e, why, err);
	if (S_ISDIR(e->up.st_mode) && !e->opaque)
		return merged(p, e, err);
	return S_ISDIR(e->up.st_mode) && !e->has_low && is_above_left(p, e->path)
		       ? propose_dir(p, e, err)
		       : propose_put(p, e, err);
}

static enum walk_next visit_change(void *data, const struct walk_entry *e,
				   struct error *err)
{
	struct proposing *p = data;

	if (!e->has_up || diff_hides(p->set, p->lower, e->path))
		return WALK_ON;
	if (is_in_whole(p, e))
		return in_whole(p, e, err);
	switch (diff_scope(p->options->paths, p->lower, e->path)) {
	case SCOPE_OUT:
		return WALK_ON;
	case SCOPE_ABOVE:
		return visit_above(p, e, err);
	case SCOPE_IN:
		p->ret->seen++;
		break;
	}
	return asked_for(p, e, err);
}

/* Times say nothing of what came later if the clock has gone back since. */
static int check_clock(struct proposing *p, struct error *err)
{
	struct timespec now;

	if (changes_stamp(p->set, p->tree, false, &p->stamp) < 0 ||
	    changes_clock(p->set, p->tree, &now) < 0)
		return error_sys(err, "%s/%zu/stamp", p->set->layers_path, p->tree);
	if (clock_later(&p->stamp, &now) && !p->options->overwrite)
		return error_set(
			err,
			"%s: the clock was set back since the run began, so it "
			"cannot be told what was changed on the host since: look, "
			"and commit with --overwrite",
			p->lower);
	return 0;
}

/* The tree's own directory stays what it is. */
static void look_at_root(struct proposing *p, int lower, int upper)
{
	struct stat low, up;

	if (fstat(lower, &low) == 0 && fstat(upper, &up) == 0 &&
	    (low.st_mode & 07777) != (up.st_mode & 07777))
		tell_found(p, FOUND_TOLD, "",
			   "has another mode inside, which is not committed");
}

static int propose_tree(struct proposing *p, struct error *err)
{
	const struct walk walk = { visit_change, p, .lower_too = false };
	_cleanup_fd_ int lower = -1, upper = -1;

	if (changes_open_tree(p->set, p->tree, &lower, &upper, err) < 0)
		return -1;
	if (check_clock(p, err) < 0)
		return -1;
	look_at_root(p, lower, upper);
	if (walk_trees(&walk, upper, lower, err) < 0)
		return error_wrap(err, "%s", p->lower);
	return 0;
}

static int check_size(const struct changes_set *set, const struct proposal *proposal,
		      struct error *err)
{
	if (set->about.max < 0 || proposal->bytes <= set->about.max)
		return 0;
	return error_set(err,
			 "the changes are %lld bytes, and changes.max of the run is %lld",
			 (long long)proposal->bytes, (long long)set->about.max);
}

static int propose_trees(struct proposing *p, struct error *err)
{
	for (size_t i = 0; i < p->set->about.trees_len; i++) {
		int done;

		p->tree = i;
		p->lower = p->set->about.trees[i].lower;
		p->refusing = (struct refusing){ .set = p->set,
						 .tree = i,
						 .arena = p->founds->arena,
						 .judge = p->options->judge,
						 .homes = p->options->homes };
		done = propose_tree(p, err);
		names_judge(&p->names, p->lower, p->founds);
		names_done(&p->names);
		refuse_done(&p->refusing);
		strbuf_done(&p->whole);
		if (done < 0)
			return -1;
	}
	return 0;
}

/*
 * What stays in the set can stay in no directory that is put whole, so it is found
 * before: such a directory is made, and what is in it put one by one.
 */
static int find_left(struct proposing *p, struct founds *founds, struct error *err)
{
	struct proposal proposal = { 0 };
	struct proposing first = *p;
	int done;

	first.founds = founds;
	first.ret = &proposal;
	done = propose_trees(&first, err);
	p->left = first.left;
	p->left_len = first.left_len;
	return done;
}

int propose(const struct changes_set *set, const struct commit_options *options,
	    struct founds *founds, struct proposal *ret, struct error *err)
{
	struct proposing p = { .set = set,
			       .options = options,
			       .founds = founds,
			       .ret = ret,
			       .rest = options->paths || set->about.skip };
	struct arena arena = { 0 };
	int done = 0;

	if (undo_slots_free(set, &p.slot, err) < 0)
		return -1;
	known_read(set, &p.known);
	if (set->about.skip && !options->trust)
		done = find_left(&p, &(struct founds){ .arena = &arena }, err);
	if (done == 0)
		done = propose_trees(&p, err);
	known_done(&p.known);
	arena_done(&arena);
	return done < 0 ? -1 : check_size(set, ret, err);
}
