/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* begin.c - a change set made for a run, or gone on with; see set.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "base/tree.h"
#include "changes/about.h"
#include "changes/set-parts.h"
#include "changes/stamp.h"

/* What the command sees of a tree's directory itself is the upper one's. */
static int copy_mode(int dir, const struct changes_tree *tree)
{
	struct stat st;

	if (stat(tree->lower, &st) < 0)
		return -1;
	/* the group may be one that the caller cannot give a file */
	if (fchownat(dir, "up", (uid_t)-1, st.st_gid, 0) < 0 && errno != EPERM)
		return -1;
	return fchmodat(dir, "up", st.st_mode & 07777, 0);
}

static int make_layer(int layers, size_t n, const struct changes_tree *tree)
{
	char name[32];
	_cleanup_fd_ int dir = -1;
	mode_t mask = umask(0);
	int ret;

	(void)snprintf(name, sizeof name, "%zu", n);
	ret = mkdirat(layers, name, 0700);
	dir = ret < 0 ? -1
		      : openat(layers, name,
			       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir >= 0)
		ret = mkdirat(dir, "up", 0700) < 0 || mkdirat(dir, "wk", 0700) < 0
			      ? -1
			      : copy_mode(dir, tree);
	(void)umask(mask);
	if (dir < 0 || ret < 0)
		return -1;
	return stamp_make(dir);
}

/* LAYERS, for a set that has them elsewhere: its parent is there and is the caller's. */
static int make_layers_dir(struct changes_set *set, struct error *err)
{
	const char *path = set->about.layers;
	_cleanup_fd_ int above = -1;

	if (!path)
		return set_open_layers(set, err);
	above = set_open_parent(path);
	if (above < 0)
		return error_sys(err, "changes.dir: the directory of %s", path);
	if (set_check_own(above, "changes.dir", err) < 0)
		return -1;
	if (set_note_elsewhere(set) < 0)
		return error_sys(err,
				 "cannot note that the layers of \"%s\" are elsewhere",
				 set->name);
	if (mkdirat(above, path_last(path), 0700) < 0)
		return error_sys(err, "cannot make %s", path);
	return set_open_layers(set, err);
}

/* Of the trees, which are the plan's. */
static void ask_births(struct changes_set *set, struct arena *arena)
{
	struct changes_about *about = &set->about;
	struct changes_tree *trees =
		arena_alloc(arena, (about->trees_len + 1) * sizeof *trees);

	for (size_t i = 0; i < about->trees_len; i++) {
		_cleanup_fd_ int fd =
			open(about->trees[i].lower, O_PATH | O_DIRECTORY | O_CLOEXEC);

		trees[i] = about->trees[i];
		set_ask_birth(fd, &trees[i]);
	}
	about->trees = trees;
}

static int make_set(struct changes_set *set, const struct changes_about *about,
		    struct arena *arena, struct error *err)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	set->about = *about;
	ask_births(set, arena);
	if (make_layers_dir(set, err) < 0)
		return -1;
	for (size_t i = 0; i < about->trees_len; i++)
		if (make_layer(set->layers, i, &about->trees[i]) < 0)
			return error_sys(err, "cannot make the layers of %s in %s",
					 about->trees[i].lower, set->layers_path);
	about_write(&text, &set->about);
	if (set_write_file(set, "run.toml", strbuf_str(&text), false) < 0)
		return error_sys(err, "cannot write %s/run.toml", set->path);
	return changes_set_state(set, CHANGES_RUNNING, err);
}

/* Removes all but the lock, of a set that is to be made anew. */
static int clear_set(struct changes_set *set, struct error *err)
{
	char name[32];

	if (set_remove_layers(set, err) < 0)
		return -1;
	for (size_t i = 0;; i++) {
		(void)snprintf(name, sizeof name, "%zu", i);
		if (!changes_exists(set->dir, name))
			break;
		if (tree_remove_at(set->dir, name, err) < 0)
			return -1;
	}
	fd_closep(&set->layers);
	set->layers = -1;
	(void)unlinkat(set->dir, "journal", 0);
	(void)unlinkat(set->dir, "journal.last", 0);
	(void)unlinkat(set->dir, "known", 0);
	(void)unlinkat(set->dir, "state", 0);
	return tree_remove_at(set->dir, "undo", err);
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_ids(const struct changes_ids *a, size_t a_len,
		     const struct changes_ids *b, size_t b_len)
{
	return a_len == b_len && (a_len == 0 || memcmp(a, b, a_len * sizeof *a) == 0);
}

static int refuse_other(const struct changes_set *set, const char *what,
			struct error *err)
{
	return error_set(
		err,
		"the change set \"%s\" was made with other %s: commit or discard "
		"it (sboxctl changes), or give another name",
		set->name, what);
}

/* All of both lists, NULL-terminated. */
static const char *const *united(struct arena *arena, const char *const *a,
				 const char *const *b)
{
	const char **all = NULL;
	size_t len = 0;

	for (size_t i = 0; a && a[i]; i++)
		*(const char **)arena_append(arena, &all, &len, sizeof *all) = a[i];
	for (size_t i = 0; b && b[i]; i++) {
		size_t k = 0;

		while (k < len && strcmp(all[k], b[i]) != 0)
			k++;
		if (k == len)
			*(const char **)arena_append(arena, &all, &len, sizeof *all) =
				b[i];
	}
	*(const char **)arena_append(arena, &all, &len, sizeof *all) = NULL;
	return all;
}

/*
 * What is to be kept from a commit was hidden or watched by one of the runs; in all else
 * the newest one counts.
 */
static int renew_rules(struct changes_set *set, const struct changes_about *about,
		       struct arena *arena, struct error *err)
{
	_cleanup_strbuf_ struct strbuf was = { 0 }, now = { 0 };
	struct changes_about *kept = &set->about;

	about_write(&was, kept);
	kept->hidden = united(arena, kept->hidden, about->hidden);
	kept->watched = united(arena, kept->watched, about->watched);
	kept->allowed = about->allowed;
	kept->skip = about->skip;
	kept->max = about->max;
	about_write(&now, kept);
	if (strcmp(strbuf_str(&was), strbuf_str(&now)) == 0)
		return 0;
	return set_write_file(set, "run.toml", strbuf_str(&now), false) < 0
		       ? error_sys(err, "cannot write %s/run.toml", set->path)
		       : 0;
}

static int check_same(const struct changes_set *set, const struct changes_about *about,
		      struct error *err)
{
	const struct changes_about *was = &set->about;

	if (!same_ids(was->uids, was->uids_len, about->uids, about->uids_len) ||
	    !same_ids(was->gids, was->gids_len, about->gids, about->gids_len))
		return refuse_other(set, "ids (identity)", err);
	if (!same_text(was->layers, about->layers))
		return refuse_other(set, "layers (changes.dir)", err);
	if (was->trees_len != about->trees_len)
		return refuse_other(set, "writable directories", err);
	for (size_t i = 0; i < about->trees_len; i++) {
		const struct changes_tree *a = &was->trees[i], *b = &about->trees[i];

		if (!same_text(a->lower, b->lower) || !same_text(a->target, b->target))
			return refuse_other(set, "writable directories", err);
		if (a->dev != b->dev || a->ino != b->ino)
			return error_set(
				err,
				"%s was replaced since the change set \"%s\" was "
				"made",
				a->lower, set->name);
	}
	return 0;
}

/* What a commit of some paths took away cannot be put back under what is run now. */
static int forget_commit(struct changes_set *set, struct error *err)
{
	if (unlinkat(set->dir, "journal", 0) < 0)
		return errno == ENOENT
			       ? 0
			       : error_sys(err, "cannot remove %s/journal", set->path);
	return tree_remove_at(set->layers, "undo", err);
}

static int go_on(struct changes_set *set, const struct changes_about *about,
		 struct arena *arena, struct error *err)
{
	switch (set->state) {
	case CHANGES_MAKING:
	case CHANGES_COMMITTED:
		/* also what somebody has begun who was killed */
		if (!set->about.layers)
			set->about.layers = about->layers;
		return clear_set(set, err) < 0 ? -1 : make_set(set, about, arena, err);
	case CHANGES_RUNNING:
	case CHANGES_STOPPED:
	case CHANGES_PARTLY:
		if (check_same(set, about, err) < 0 || forget_commit(set, err) < 0 ||
		    renew_rules(set, about, arena, err) < 0)
			return -1;
		return changes_set_state(set, CHANGES_RUNNING, err);
	case CHANGES_COMMITTING:
		return error_set(err,
				 "a commit of the change set \"%s\" was interrupted: "
				 "\"sboxctl changes commit %s\" ends it",
				 set->name, set->name);
	case CHANGES_UNDOING:
		break;
	}
	return error_set(err,
			 "an undo of the change set \"%s\" was interrupted: \"sboxctl "
			 "changes undo %s\" ends it",
			 set->name, set->name);
}

int changes_begin(const struct changes_home *home, const char *name,
		  const struct changes_about *about, struct changes_set *ret,
		  struct error *err)
{
	struct changes_set set = CHANGES_SET_NONE;

	if (mkdirat(home->dir, name, 0700) < 0 && errno != EEXIST)
		return error_sys(err, "cannot make %s/changes/%s", home->state_dir, name);
	if (set_open_dir(home, name, &set, err) < 0 || set_lock(&set, err) < 0 ||
	    set_read(&set, home->arena, err) < 0 ||
	    go_on(&set, about, home->arena, err) < 0) {
		changes_close(&set);
		return -1;
	}
	*ret = set;
	return 0;
}
