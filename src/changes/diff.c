/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* diff.c - what a change set would change, path by path; see diff.h */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "changes/attrs.h"
#include "changes/compare.h"
#include "changes/diff.h"
#include "changes/renames.h"
#include "changes/walk.h"

char diff_letter(enum diff_kind kind)
{
	static const char letters[] = {
		[DIFF_ADDED] = 'A',   [DIFF_CHANGED] = 'M', [DIFF_DELETED] = 'D',
		[DIFF_RENAMED] = 'R', [DIFF_TYPE] = 'T',    [DIFF_MODE] = 'm',
	};

	return letters[kind];
}

struct diffing {
	const struct changes_set *set;
	const struct diff_options *options;
	struct renames *renames;
	size_t tree;
};

/* The part of clean @path below clean @dir; NULL: it is not within. */
static const char *rest_below(const char *path, const char *dir)
{
	return path_within(path, dir) ? path_below(path, dir) : NULL;
}

/* Whether relative @path is @dir or below it; "" is above all. */
static bool is_at_or_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return len == 0 ||
	       (strncmp(path, dir, len) == 0 && (path[len] == '\0' || path[len] == '/'));
}

enum diff_scope diff_scope(const char *const *wanted, const char *lower, const char *path)
{
	enum diff_scope scope = SCOPE_OUT;

	if (!wanted)
		return SCOPE_IN;
	for (; *wanted; wanted++) {
		const char *rest = rest_below(*wanted, lower);

		if (!rest && rest_below(lower, *wanted))
			return SCOPE_IN;
		if (!rest)
			continue;
		if (is_at_or_below(path, rest))
			return SCOPE_IN;
		if (is_at_or_below(rest, path))
			scope = SCOPE_ABOVE;
	}
	return scope;
}

bool diff_hides(const struct changes_set *set, const char *lower, const char *path)
{
	for (const char *const *hidden = set->about.hidden; hidden && *hidden; hidden++) {
		const char *rest = rest_below(*hidden, lower);

		if (rest && is_at_or_below(path, rest))
			return true;
	}
	return false;
}

static int tell_change(struct diffing *d, enum diff_kind kind, const struct walk_entry *e,
		       struct error *err)
{
	const bool up = e->has_up && kind != DIFF_DELETED;
	const struct diff_entry entry = {
		.kind = kind,
		.tree = d->tree,
		.path = e->path,
		.old_mode = e->has_low ? e->low.st_mode : 0,
		.mode = up ? e->up.st_mode : 0,
		.old_size = e->has_low ? e->low.st_size : 0,
		.size = up ? e->up.st_size : 0,
		.mtime = up ? e->up.st_mtim : e->low.st_mtim,
		.copied = kind == DIFF_ADDED && S_ISREG(e->up.st_mode) &&
			  attrs_has_origin(e->upper, e->name),
	};

	return renames_take(d->renames, &entry, err);
}

/* Both sides have it, and it is no directory, and of one type. */
static int compare_entries(struct diffing *d, const struct walk_entry *e,
			   struct error *err)
{
	const struct compared up = { e->upper, e->name, &e->up };
	const struct compared low = { e->lower, e->name, &e->low };
	int same = 1;

	if (S_ISREG(e->up.st_mode) || S_ISLNK(e->up.st_mode))
		same = d->options->quick && e->up.st_size == e->low.st_size &&
				       clock_same(&e->up.st_mtim, &e->low.st_mtim)
			       ? 1
			       : compare_content(&up, &low);
	if (same == 0)
		return tell_change(d, DIFF_CHANGED, e, err);
	if (same > 0)
		same = compare_meta(&up, &low);
	if (same == 0)
		return tell_change(d, DIFF_MODE, e, err);
	return same > 0 ? 0 : error_sys(err, "cannot compare \"%s\"", e->path);
}

static enum walk_next both_dirs(struct diffing *d, const struct walk_entry *e,
				struct error *err)
{
	const struct compared up = { e->upper, e->name, &e->up };
	const struct compared low = { e->lower, e->name, &e->low };
	int same = compare_meta(&up, &low);

	if (same < 0) {
		(void)error_sys(err, "cannot compare \"%s\"", e->path);
		return WALK_STOP;
	}
	if (same == 0 && tell_change(d, DIFF_MODE, e, err) < 0)
		return WALK_STOP;
	return WALK_DOWN;
}

static enum walk_next in_scope(struct diffing *d, const struct walk_entry *e,
			       struct error *err)
{
	const bool up = e->has_up && !attrs_is_whiteout(&e->up);
	const bool dir = up && S_ISDIR(e->up.st_mode);
	int ret = 0;

	if (!up && !e->has_low)
		return WALK_ON;
	if (!up)
		ret = tell_change(d, DIFF_DELETED, e, err);
	else if (!e->has_low)
		ret = tell_change(d, DIFF_ADDED, e, err);
	else if ((e->up.st_mode & S_IFMT) != (e->low.st_mode & S_IFMT))
		ret = tell_change(d, DIFF_TYPE, e, err);
	else if (dir)
		return both_dirs(d, e, err);
	else
		ret = compare_entries(d, e, err);
	if (ret < 0)
		return WALK_STOP;
	return dir ? WALK_DOWN : WALK_ON;
}

static enum walk_next visit_pair(void *data, const struct walk_entry *e,
				 struct error *err)
{
	struct diffing *d = data;
	const char *lower = d->set->about.trees[d->tree].lower;

	if (diff_hides(d->set, lower, e->path))
		return WALK_ON;
	switch (diff_scope(d->options->paths, lower, e->path)) {
	case SCOPE_OUT:
		return WALK_ON;
	case SCOPE_ABOVE:
		/* what is new above a wanted path is not asked for */
		if (e->has_up && S_ISDIR(e->up.st_mode))
			return WALK_DOWN;
		break;
	case SCOPE_IN:
		break;
	}
	return in_scope(d, e, err);
}

static int diff_tree(struct diffing *d, struct error *err)
{
	const struct walk walk = { visit_pair, d, .lower_too = true };
	_cleanup_fd_ int lower = -1, upper = -1;

	if (changes_open_tree(d->set, d->tree, &lower, &upper, err) < 0)
		return -1;
	if (walk_trees(&walk, upper, lower, err) < 0)
		return error_wrap(err, "%s", d->set->about.trees[d->tree].lower);
	return renames_end(d->renames, err);
}

int diff_set(const struct changes_set *set, const struct diff_options *options,
	     diff_take *take, void *data, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < set->about.trees_len; i++) {
		struct renames renames = {
			.set = set, .tree = i, .take = take, .data = data
		};
		struct diffing d = { set, options, &renames, i };

		ret = diff_tree(&d, err);
		renames_done(&renames);
	}
	return ret;
}
