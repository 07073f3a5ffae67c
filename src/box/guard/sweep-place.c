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
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/path.h"
#include "base/sys.h"
#include "box/guard/sweep.h"

#define BELOW (RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS)
#define TREE_DEPTH 8
#define LINKS_MAX 8

int sweep_open(const struct guard *guard, const char *path, uint64_t flags)
{
	for (size_t i = 0; i < guard->len; i++) {
		const char *dir = guard->plan->guard.dirs[i], *below;

		if (!path_within(path, dir))
			continue;
		below = path_below(path, dir);
		return sys_openat2(guard->dirs[i], *below ? below : ".",
				   flags | O_CLOEXEC | O_NOFOLLOW, BELOW);
	}
	errno = ENOENT;
	return -1;
}

/* File systems of which the kernel alone sets the ctime, by its clock. */
static bool own_times(int fd)
{
	static const uint32_t magic[] = {
		0xEF53 /* ext */,          0x58465342 /* xfs */,
		0x9123683E /* btrfs */,    0x01021994 /* tmpfs */,
		0xF2F52010 /* f2fs */,     0x794c7630 /* overlay */,
		0x2fc12fc1 /* zfs */,      0xca451a4e /* bcachefs */,
		0x3153464a /* jfs */,      0x858458f6 /* ramfs */,
		0x52654973 /* reiserfs */, 0x3434 /* nilfs */,
	};
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return false;
	for (size_t i = 0; i < sizeof magic / sizeof magic[0]; i++)
		if ((uint32_t)fs.f_type == magic[i])
			return true;
	return false;
}

bool sweep_changed(struct sweep *s, int fd, const struct stat *st)
{
	if (s->dev != st->st_dev) {
		s->dev = st->st_dev;
		s->times = own_times(fd);
	}
	return !s->times || st->st_ctim.tv_sec > s->since.tv_sec ||
	       (st->st_ctim.tv_sec == s->since.tv_sec &&
		st->st_ctim.tv_nsec >= s->since.tv_nsec);
}

const char *sweep_link(const struct sweep *s, const char *path)
{
	for (const char *end = path; *end; end += strcspn(end, "/")) {
		const char *part;
		_cleanup_fd_ int fd = -1;
		struct stat st;

		end += strspn(end, "/");
		part = arena_strndup(s->arena, path,
				     (size_t)(end - path) + strcspn(end, "/"));
		fd = sweep_open(s->guard, part, O_PATH);
		if (fd >= 0 && fstat(fd, &st) == 0 && S_ISLNK(st.st_mode))
			return part;
	}
	return NULL;
}

static struct guard_finding *add(struct sweep *s, const char *path)
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
	struct guard_finding *finding = add(s, path);

	if (!finding)
		return;
	finding->by_profile = row == NULL;
	finding->program = row ? row->program : "fs.protect";
	finding->why = row ? row->why : "was to be protected, and did not exist";
	finding->what = what && *what ? arena_strdup(s->arena, what) : NULL;
}

void sweep_unseen(struct sweep *s, const char *path, const char *error)
{
	struct guard_finding *finding = add(s, path);

	if (!finding)
		return;
	finding->unseen = true;
	finding->program = "all";
	finding->why = "could not be looked at";
	finding->error = arena_strdup(s->arena, error);
}

/* What the start noted of @path, NULL: nothing. */
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
	       place->changed.tv_sec == st->st_ctim.tv_sec &&
	       place->changed.tv_nsec == st->st_ctim.tv_nsec;
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

/* The text of a regular file; NULL: it is none, or too large. */
static char *read_text(const struct sweep *s, const char *path, size_t *ret_len)
{
	_cleanup_fd_ int fd = sweep_open(s->guard, path, O_RDONLY | O_NONBLOCK);
	struct stat st;
	char *text;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    io_read_all(fd, JUDGE_TEXT_MAX, s->arena, &text, ret_len) < 0)
		return NULL;
	return text;
}

static bool text_may_stay(struct sweep *s, const char *path, enum guard_judge kind,
			  char what[JUDGE_WHAT_MAX])
{
	const struct guard_place *before = noted(s, path);
	struct judge_case c = { .kind = kind, .up = levels_up(path) };

	c.text = read_text(s, path, &c.len);
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

/* The only line of @path, without its end; NULL: there are more, or none. */
static const char *read_line(const struct sweep *s, const char *path)
{
	size_t len = 0;
	char *text = read_text(s, path, &len);

	if (!text || len == 0 || len >= PATH_MAX || strlen(text) != len)
		return NULL;
	if (text[len - 1] == '\n')
		text[len - 1] = '\0';
	return strchr(text, '\n') ? NULL : text;
}

/* Where @link leads from directory @dir, by its text alone. */
static const char *leads_to(struct arena *arena, const char *dir, const char *link)
{
	const char *at = *link == '/' ? "/" : dir;

	while (*link) {
		size_t n = strcspn(link, "/");

		if (n == 2 && strncmp(link, "..", 2) == 0)
			at = path_parent(arena, at);
		else if (n && !(n == 1 && *link == '.'))
			at = path_join(arena, at, arena_strndup(arena, link, n));
		link += n + (link[n] == '/');
	}
	return at;
}

/*
 * As "git submodule add" and "git worktree add" write it: to a directory that is looked
 * at as well, where only these two put any.
 */
static bool gitfile_may_stay(const struct sweep *s, const char *path)
{
	const char *line = read_line(s, path), *to;
	_cleanup_fd_ int fd = -1;

	if (!line || strncmp(line, "gitdir: ", 8) != 0)
		return false;
	to = leads_to(s->arena, path_parent(s->arena, path), line + 8);
	if (!strstr(to, "/.git/modules/") && !strstr(to, "/.git/worktrees/"))
		return false;
	fd = sweep_open(s->guard, to, O_PATH | O_DIRECTORY);
	return fd >= 0;
}

static bool commondir_may_stay(const struct sweep *s, const char *path)
{
	const char *line = read_line(s, path);
	const char *all = path_parent(s->arena, path_parent(s->arena, path));

	return line && strcmp(line, "../..") == 0 &&
	       strcmp(path_last(all), "worktrees") == 0;
}

/* Whether something below this directory has changed. */
static bool tree_changed(struct sweep *s, const char *path, unsigned depth)
{
	_cleanup_fd_ int fd = sweep_open(s->guard, path, O_RDONLY | O_DIRECTORY);
	const struct dirent *entry;
	bool changed = false;
	struct stat st;
	DIR *stream;

	if (fd < 0 || fstat(fd, &st) < 0 || depth > TREE_DEPTH ||
	    sweep_changed(s, fd, &st))
		return true;
	stream = fdopendir(fd);
	if (!stream)
		return true;
	errno = 0; /* readdir(3) tells its end and its failure apart by it alone */
	while (!changed && (entry = readdir(stream))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		changed = S_ISDIR(st.st_mode)
				  ? tree_changed(s,
						 path_join(s->arena, path, entry->d_name),
						 depth + 1)
				  : sweep_changed(s, fd, &st);
		errno = 0;
	}
	changed = changed || errno != 0;
	(void)take_fd(&fd);
	(void)closedir(stream);
	return changed;
}

/* Whether what the link @name in @dir leads to has changed, through more links as well.
 */
static bool target_changed(struct sweep *s, const char *dir, const char *name)
{
	const char *path = path_join(s->arena, dir, name);
	char link[PATH_MAX];

	for (unsigned n = 0; n < LINKS_MAX; n++) {
		_cleanup_fd_ int fd = sweep_open(s->guard, path, O_PATH);
		struct stat st;
		ssize_t len;

		if (fd < 0) /* not there, or not to be written by the command */
			return errno == ELOOP;
		if (fstat(fd, &st) < 0)
			return true;
		if (!S_ISLNK(st.st_mode))
			return sweep_changed(s, fd, &st);
		len = readlinkat(fd, "", link, sizeof link);
		if (len <= 0 || (size_t)len >= sizeof link)
			return true;
		path = leads_to(s->arena, path_parent(s->arena, path),
				arena_strndup(s->arena, link, (size_t)len));
	}
	return true;
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
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    guard_is_sample(entry->d_name))
			continue;
		if (fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    (all || sweep_changed(s, fd, &st) ||
		     (S_ISLNK(st.st_mode) && target_changed(s, path, entry->d_name))))
			sweep_found(s, path_join(s->arena, path, entry->d_name), row,
				    NULL);
	}
	if (errno)
		sweep_found(s, path, row, "cannot be read");
	(void)take_fd(&fd);
	(void)closedir(stream);
}

static void led_to(struct sweep *s, const char *program, const char *dir,
		   const char *worktree);

/* A new worktree: relative paths of settings that are trusted begin there as well. */
static void gitfile_leads_to(struct sweep *s, const char *path)
{
	const char *top = path_parent(s->arena, path), *line = read_line(s, path);
	const char *dir = line ? leads_to(s->arena, top, line + 8) : NULL, *all;

	if (!dir)
		return;
	led_to(s, "git", dir, top);
	all = path_parent(s->arena, dir);
	if (strcmp(path_last(all), "worktrees") == 0)
		led_to(s, "git", path_parent(s->arena, all), top);
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
	if (spot->known)
		return !guard_is_pending(row) && !(before && same(before, st));
	return S_ISDIR(st->st_mode) && sweep_changed(s, spot->fd, st);
}

static void sweep_existing(struct sweep *s, const struct spot *spot, const char *path,
			   const struct guard_row *row, const struct stat *st)
{
	const bool inside = row->where != GUARD_TOP && row->where != GUARD_ANY;
	bool moved;

	if (covered(s, path, st))
		return;
	moved = inside && (spot->moved || may_be_renamed(s, spot, path, row, st));
	if (S_ISDIR(st->st_mode) && row->judge == GUARD_SAMPLES)
		sweep_entries(s, path, row, moved);
	else if (S_ISDIR(st->st_mode)) {
		if (tree_changed(s, path, 0))
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
	if (S_ISDIR(st.st_mode) && row->judge != GUARD_SAMPLES && row->where != GUARD_TOP)
		return; /* its files have rows of their own */
	sweep_existing(s, &at, path_join(s->arena, spot->path, row->name), row, &st);
}

/* A place that no mount could hold, or that none did. */
static void sweep_one_noted(struct sweep *s, const struct guard_place *place)
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
	    place->row->where == GUARD_CONFIG && place->row->judge != GUARD_SAMPLES)
		return; /* a program or a file was to be there */
	if (S_ISDIR(st.st_mode) && place->row->judge == GUARD_SAMPLES) {
		sweep_entries(s, place->path, place->row, !same(place, &st));
		return;
	}
	if (S_ISDIR(st.st_mode) ? same(place, &st) && !tree_changed(s, place->path, 0)
				: same(place, &st) && !sweep_changed(s, fd, &st))
		return;
	if (S_ISDIR(st.st_mode))
		sweep_found(s, place->path, place->row, NULL);
	else
		judge_changed(s, place->path, place->row, &st);
}

void sweep_noted(struct sweep *s, const struct guard_places *places)
{
	for (size_t i = 0; i < places->len; i++)
		sweep_one_noted(s, &places->list[i]);
}

/*
 * A repository that was there before and that nobody knew: what its settings lead to may
 * have been written. Those settings that are new were judged, and lead nowhere.
 */
static void led_to(struct sweep *s, const char *program, const char *dir,
		   const char *worktree)
{
	struct guard_question question = *s->end->question;
	struct guard_facts facts = { 0 };
	struct guard_places *lists[] = { &facts.protect, &facts.watch };

	question.dirs = s->guard->plan->guard.dirs;
	question.dirs_len = s->guard->plan->guard.dirs_len;
	question.since = &s->since;
	question.arena = s->arena;
	guard_look_at(&question, program, dir, worktree, &facts);
	for (size_t i = 0; i < 2; i++)
		for (size_t n = 0; n < lists[i]->len; n++)
			if (lists[i]->list[n].row->where == GUARD_CONFIG &&
			    lists[i]->list[n].type != 0)
				sweep_one_noted(s, &lists[i]->list[n]);
}

void sweep_led_to(struct sweep *s, const struct spot *spot, const char *program)
{
	led_to(s, program, spot->path,
	       spot->dotted ? path_parent(s->arena, spot->path) : NULL);
}
