/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sweep-place.c - whether what is at a guarded place was planted; see guard.h */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "box/guard/sweep.h"

static struct guard_finding *add_finding(struct sweep *s, const char *path)
{
	struct guard_findings *found = s->found;
	struct guard_finding *finding;

	if (plan_guard_allows(&s->guard->plan->guard, path) ||
	    strindex_find(&s->index, found->list, sizeof *finding, path))
		return NULL;
	if (found->len >= SWEEP_FOUND_MAX) {
		if (!s->full) {
			s->full = true;
			sweep_unseen(
				s, path,
				"there is too much to be listed, and more may be left");
		}
		if (found->len > SWEEP_FOUND_MAX)
			return NULL;
	}
	finding = arena_append(s->arena, &found->list, &found->len, sizeof *finding);
	finding->path = path;
	strindex_add(&s->index, s->arena, found->list, sizeof *finding);
	return finding;
}

void sweep_found(struct sweep *s, const char *path, const struct guard_row *row,
		 const char *what)
{
	struct guard_finding *finding = add_finding(s, path);

	if (!finding)
		return;
	finding->by_profile = row == NULL;
	finding->program = row ? row->program : "fs.protect";
	finding->why = row ? row->why : "was to be protected, and did not exist";
	finding->what = what && *what ? arena_strdup(s->arena, what) : NULL;
}

void sweep_unseen(struct sweep *s, const char *path, const char *error)
{
	struct guard_finding *finding = add_finding(s, path);

	if (!finding)
		return;
	finding->unseen = true;
	finding->program = "all";
	finding->why = "could not be looked at";
	finding->error = arena_strdup(s->arena, error);
}

/* The place that was noted for @path at the start; NULL: none. */
static const struct guard_place *noted(const struct sweep *s, const char *path)
{
	const struct guard_facts *facts = &s->guard->plan->guard.facts;
	const struct guard_place *place = strindex_find(
		&facts->protect.index, facts->protect.list, sizeof *place, path);

	return place ? place
		     : strindex_find(&facts->watch.index, facts->watch.list,
				     sizeof *place, path);
}

static bool same(const struct guard_place *place, const struct stat *st)
{
	return place->dev == st->st_dev && place->ino == st->st_ino &&
	       place->type == (st->st_mode & S_IFMT);
}

static bool same_time(const struct guard_place *place, const struct stat *st)
{
	return place->changed.tv_sec == st->st_ctim.tv_sec &&
	       place->changed.tv_nsec == st->st_ctim.tv_nsec;
}

/*
 * A link that was there at the start and is still that one: what it leads to is looked at
 * by itself. Its time alone would not say so where it was made just before.
 */
static bool same_link(const struct sweep *s, const char *path, const struct stat *st)
{
	const struct guard_facts *facts = &s->guard->plan->guard.facts;
	const struct guard_place *place = strindex_find(
		&facts->watch.index, facts->watch.list, sizeof *place, path);

	return place && S_ISLNK(st->st_mode) && same(place, st) && same_time(place, st);
}

/*
 * Read-only inside, and still the same file with the same time: the command has not
 * changed it, not even by another name that it has.
 */
static bool covered(const struct sweep *s, const char *path, const struct stat *st)
{
	const struct plan_guard *guard = &s->guard->plan->guard;
	const struct guard_place *place =
		strindex_find(&guard->facts.protect.index, guard->facts.protect.list,
			      sizeof *place, path);

	return place && guard->mounted && same(place, st) && !S_ISDIR(st->st_mode) &&
	       same_time(place, st);
}

/* How many ".." lead from a submodule's directory to the superproject's top. */
static unsigned levels_up(const char *path)
{
	static const char modules[] = "/.git/modules/";
	const char *at = path, *last = NULL;
	unsigned n = 3;

	while ((at = strstr(at, modules))) {
		at += sizeof modules - 1;
		last = at;
	}
	for (; last && *last; last++)
		n += *last == '/';
	/* behind the name there is still the name of the file */
	return last ? n - 1 : 0;
}

static bool text_may_stay(struct sweep *s, const char *path, enum guard_judge kind,
			  char what[JUDGE_WHAT_MAX])
{
	const struct guard_place *before = noted(s, path);
	struct judge_case c = { .kind = kind, .up = levels_up(path) };

	c.text = sweep_text(s, path, &c.len);
	if (!c.text) {
		(void)snprintf(what, JUDGE_WHAT_MAX, "is no file to be read");
		return false;
	}
	if (before && before->text) {
		c.before = before->text;
		c.before_len = before->text_len;
	}
	return judge_ask(&s->judge, &c, what);
}

/*
 * As "git submodule add" and "git worktree add" write it: to a directory that is looked
 * at as well, where only these two put any.
 */
static bool gitfile_may_stay(const struct sweep *s, const char *path)
{
	const char *line = sweep_line(s, path), *to;
	_cleanup_fd_ int fd = -1;

	if (!line || strncmp(line, "gitdir: ", 8) != 0)
		return false;
	to = sweep_leads_to(s->arena, path_parent(s->arena, path), line + 8);
	if (!strstr(to, "/.git/modules/") && !strstr(to, "/.git/worktrees/"))
		return false;
	fd = sweep_open(s->guard, to, O_PATH | O_DIRECTORY);
	return fd >= 0;
}

static bool commondir_may_stay(const struct sweep *s, const char *path)
{
	const char *line = sweep_line(s, path);
	const char *all = path_parent(s->arena, path_parent(s->arena, path));

	return line && strcmp(line, "../..") == 0 &&
	       strcmp(path_last(all), "worktrees") == 0;
}

static bool is_run(const struct guard_row *row, const char *name)
{
	return strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
	       (row->judge == GUARD_ENTRIES || !guard_is_sample(name));
}

/* Each of the entries that is run and has changed; @all: each that is run. */
static void sweep_entries(struct sweep *s, const char *path, const struct guard_row *row,
			  bool all)
{
	_cleanup_fd_ int fd = sweep_open(s->guard, path, O_RDONLY | O_DIRECTORY);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	struct stat st;

	if (!stream) {
		sweep_found(s, path, row, "cannot be read");
		return;
	}
	for (errno = 0; (entry = readdir(stream)); errno = 0) {
		if (is_run(row, entry->d_name) &&
		    fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    (all || sweep_changed(s, fd, &st) ||
		     (S_ISLNK(st.st_mode) &&
		      sweep_target_changed(s, path, entry->d_name))))
			sweep_found(s, path_join(s->arena, path, entry->d_name), row,
				    NULL);
	}
	if (errno)
		sweep_found(s, path, row, "cannot be read");
	(void)take_fd(&fd);
	(void)closedir(stream);
}

static void look_where_led(struct sweep *s, const char *program, const char *dir,
			   const char *worktree);

/* A new worktree: relative paths of settings that are trusted begin there as well. */
static void gitfile_leads_to(struct sweep *s, const char *path)
{
	const char *top = path_parent(s->arena, path), *line = sweep_line(s, path);
	const char *dir = line ? sweep_leads_to(s->arena, top, line + 8) : NULL, *all;

	if (!dir)
		return;
	look_where_led(s, "git", dir, top);
	all = path_parent(s->arena, dir);
	if (strcmp(path_last(all), "worktrees") == 0)
		look_where_led(s, "git", path_parent(s->arena, all), top);
}

/* @path has changed, or may have got its name: whether it says anything to be run. */
static void judge_changed(struct sweep *s, const char *path, const struct guard_row *row,
			  const struct stat *st)
{
	char what[JUDGE_WHAT_MAX] = "";
	bool stays = false;

	if (S_ISLNK(st->st_mode)) {
		sweep_found(s, path, row, "is a link");
		return;
	}
	switch (row->judge) {
	case GUARD_GIT_CONFIG:
	case GUARD_HGRC:
	case GUARD_JJ_CONFIG:
	case GUARD_TODO:
	case GUARD_HISTEDIT:
	case GUARD_STRATEGY:
	case GUARD_OPTIONS:
	case GUARD_APPLY:
	case GUARD_EMPTY:
		stays = text_may_stay(s, path, row->judge, what);
		break;
	case GUARD_COMMONDIR:
		stays = commondir_may_stay(s, path);
		break;
	case GUARD_GITFILE:
		stays = gitfile_may_stay(s, path);
		if (stays)
			gitfile_leads_to(s, path);
		break;
	case GUARD_START:
		stays = true;
		break;
	case GUARD_NOTHING:
	case GUARD_SAMPLES:
	case GUARD_ENTRIES:
		break;
	}
	if (!stays)
		sweep_found(s, path, row, what);
}

/* Whether all that is in the directory may be new there, whatever its own time. */
static bool may_have_moved(struct sweep *s, const struct spot *spot)
{
	struct stat up;

	if (spot->known || !sweep_changed(s, spot->fd, &spot->st))
		return false;
	return !spot->dotted || fstatat(spot->fd, "..", &up, 0) < 0 ||
	       sweep_changed(s, spot->fd, &up);
}

/*
 * Whether what is at @path may be older than its name: in a repository that is known, all
 * was noted that was there; in another, a directory of hooks that has changed may have
 * been another one.
 */
static bool may_be_renamed(struct sweep *s, const struct spot *spot, const char *path,
			   const struct guard_row *row, const struct stat *st)
{
	const struct guard_place *before = noted(s, path);

	if (may_have_moved(s, spot))
		return true;
	if (spot->known && !guard_is_pending(row))
		return !(before && same(before, st));
	return S_ISDIR(st->st_mode) && sweep_changed(s, spot->fd, st);
}

static void sweep_existing(struct sweep *s, const struct spot *spot, const char *path,
			   const struct guard_row *row, const struct stat *st)
{
	const bool inside = row->where != GUARD_TOP && row->where != GUARD_ANY;
	bool moved;

	if (covered(s, path, st) || same_link(s, path, st))
		return;
	moved = inside && (spot->moved || may_be_renamed(s, spot, path, row, st));
	if (S_ISDIR(st->st_mode) && guard_is_dir(row))
		sweep_entries(s, path, row, moved);
	else if (S_ISDIR(st->st_mode)) {
		if (sweep_tree_changed(s, path, 0))
			sweep_found(s, path, row, NULL);
	} else if (moved || sweep_changed(s, spot->fd, st))
		judge_changed(s, path, row, st);
}

void sweep_place(struct sweep *s, const struct spot *spot, const struct guard_row *row)
{
	char part[64];
	struct spot at = *spot;
	struct stat st;

	/* a link on the way is in its place */
	for (size_t n = strcspn(row->name, "/"); row->name[n];
	     n += 1 + strcspn(row->name + n + 1, "/")) {
		memcpy(part, row->name, n);
		part[n] = '\0';
		if (fstatat(spot->fd, part, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return;
		if (!S_ISDIR(st.st_mode)) {
			if (S_ISLNK(st.st_mode))
				sweep_existing(s, &at,
					       path_join(s->arena, spot->path,
							 arena_strdup(s->arena, part)),
					       row, &st);
			return;
		}
		at.moved |= sweep_changed(s, spot->fd, &st);
	}
	if (fstatat(spot->fd, row->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (S_ISDIR(st.st_mode) && !guard_is_dir(row) && row->where != GUARD_TOP)
		return; /* its files have rows of their own */
	sweep_existing(s, &at, path_join(s->arena, spot->path, row->name), row, &st);
}

void sweep_link_in_git(struct sweep *s, const struct spot *spot, const char *name)
{
	char to[PATH_MAX] = "";
	struct stat st;

	if (fstatat(spot->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISLNK(st.st_mode))
		return;
	/* as git makes it where core.preferSymlinkRefs is set */
	if (strcmp(name, "HEAD") == 0 &&
	    readlinkat(spot->fd, name, to, sizeof to - 1) > 0 &&
	    strncmp(to, "refs/", 5) == 0 && !strstr(to, ".."))
		return;
	if (sweep_changed(s, spot->fd, &st) ||
	    (spot->in_git ? sweep_changed(s, spot->fd, &spot->st)
			  : may_have_moved(s, spot)))
		sweep_found(s,
			    path_join(s->arena, spot->path, arena_strdup(s->arena, name)),
			    guard_links, "is a link");
}

/* Whether @path, if it is a directory, or one above it has changed, below @stop. */
static bool dirs_changed(struct sweep *s, const char *path, const char *stop)
{
	for (; strcmp(path, stop) != 0 && path_within(path, stop);
	     path = path_parent(s->arena, path)) {
		_cleanup_fd_ int fd = sweep_open(s->guard, path, O_PATH | O_DIRECTORY);
		struct stat st;

		if (fd < 0 && errno == ENOTDIR)
			continue;
		if (fd < 0 || fstat(fd, &st) < 0 || sweep_changed(s, fd, &st))
			return true;
	}
	return false;
}

/*
 * Whether a directory on the way from @top to @path has changed: then what is in it may
 * be new there, whatever its own time. Of a way that leads up first only what leads down
 * counts: the part above changes with each file that is made there.
 */
static bool way_changed(struct sweep *s, const char *top, const char *path)
{
	while (!path_within(path, top))
		top = path_parent(s->arena, top);
	return dirs_changed(s, path, top);
}

/*
 * A place that no mount could hold, or that none did. @moved: it was noted just now, and
 * may have been another one at the start.
 */
static void sweep_one_noted(struct sweep *s, const struct guard_place *place, bool moved)
{
	const char *parent = path_parent(s->arena, place->path);
	_cleanup_fd_ int fd = sweep_open(s->guard, parent, O_PATH | O_DIRECTORY);
	struct stat st;

	if (fd < 0 && errno != ENOENT) {
		const char *link = sweep_link(s, parent);

		if (link)
			sweep_found(s, link, place->row, "is a link on the way there");
		return;
	}
	if (fd < 0 || fstatat(fd, path_last(place->path), &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (S_ISDIR(st.st_mode) && place->type == 0 &&
	    place->row->where == GUARD_CONFIG && place->row->judge != GUARD_SAMPLES &&
	    place->row != guard_module)
		return; /* a program or a file was to be there */
	if (S_ISDIR(st.st_mode) && place->row->judge == GUARD_SAMPLES) {
		sweep_entries(s, place->path, place->row, moved || !same(place, &st));
		return;
	}
	if (!moved && same(place, &st) &&
	    ((S_ISLNK(st.st_mode) && same_time(place, &st)) ||
	     !(S_ISDIR(st.st_mode) ? sweep_tree_changed(s, place->path, 0)
				   : sweep_changed(s, fd, &st))))
		return;
	if (S_ISDIR(st.st_mode))
		sweep_found(s, place->path, place->row, NULL);
	else
		judge_changed(s, place->path, place->row, &st);
}

void sweep_noted(struct sweep *s, const struct guard_places *places)
{
	/* a mount holds it, by the names that it goes by */
	const bool held = s->guard->plan->guard.mounted &&
			  places == &s->guard->plan->guard.facts.protect;

	for (size_t i = 0; i < places->len; i++)
		if (!held || places->list[i].linked)
			sweep_one_noted(s, &places->list[i], false);
}

/*
 * A repository that was there before and that nobody knew: what its settings lead to may
 * have been written. Those settings that are new were judged, and lead nowhere.
 */
static void look_where_led(struct sweep *s, const char *program, const char *dir,
			   const char *worktree)
{
	struct guard_question question = *s->end->question;
	struct guard_facts facts = { 0 };
	struct guard_places *lists[] = { &facts.protect, &facts.watch };
	const char *top = worktree ? worktree : dir;

	question.dirs = s->guard->plan->guard.dirs;
	question.dirs_len = s->guard->plan->guard.dirs_len;
	question.since = &s->since;
	question.arena = s->arena;
	guard_look_at(&question, program, dir, worktree, &facts);
	if (facts.failed)
		sweep_unseen(s, facts.failed, guard_facts_why(&facts));
	for (size_t i = 0; i < 2; i++)
		for (size_t n = 0; n < lists[i]->len; n++) {
			const struct guard_place *place = &lists[i]->list[n];

			if (place->row->where == GUARD_CONFIG && place->type != 0)
				sweep_one_noted(s, place,
						way_changed(s, top, place->path));
		}
}

void sweep_led_to(struct sweep *s, const struct spot *spot, const char *program)
{
	look_where_led(s, program, spot->path,
		       spot->dotted ? path_parent(s->arena, spot->path) : NULL);
}
