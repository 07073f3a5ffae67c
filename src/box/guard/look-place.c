/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* look-place.c - what is noted of places, and read; see look.h */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/path.h"
#include "box/guard/look-parts.h"

#define LINKS_MAX 40 /* as the kernel: path_resolution(7) */
#define DIRS_DEEP                                                                        \
	64 /* below a guarded directory: more is not looked through, and fails */

bool look_inside(const struct look *l, const char *path)
{
	for (size_t i = 0; i < l->q->dirs_len; i++)
		if (path_within(path, l->q->dirs[i]))
			return true;
	return false;
}

/* Without ".", ".." and empty parts, as if there were no links. NULL: too long. */
static const char *lexical(const struct look *l, const char *path)
{
	char *clean = arena_alloc(l->arena, strlen(path) + 2);
	size_t len = 0;

	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && path[0] == '.' && path[1] == '.') {
			while (len && clean[--len] != '/')
				;
		} else if (n && !(n == 1 && *path == '.')) {
			clean[len++] = '/';
			memcpy(clean + len, path, n);
			len += n;
		}
		path += n + (path[n] == '/');
	}
	if (len == 0)
		clean[len++] = '/';
	clean[len] = '\0';
	return len < PATH_MAX ? clean : NULL;
}

const char *look_path(const struct look *l, const char *base, const char *path)
{
	if (strlen(path) >= PATH_MAX)
		return NULL;
	if (strncmp(path, "$HOME/", 6) == 0 || strncmp(path, "${HOME}/", 8) == 0)
		path = path_join(l->arena, "~", strchr(path, '/') + 1);
	if (*path == '~') {
		if ((path[1] != '/' && path[1] != '\0') || !l->q->homes[0])
			return NULL;
		return lexical(l,
			       arena_printf(l->arena, "%s/%s", l->q->homes[0], path + 1));
	}
	if (*path == '/')
		return lexical(l, path);
	return base ? lexical(l, arena_printf(l->arena, "%s/%s", base, path)) : NULL;
}

/* Notes errno, see look_stat(); always -1. */
static int failed(const struct look *l, const char *path)
{
	if (!io_is_absence(errno) && !l->facts->failed) {
		l->facts->failed = arena_strdup(l->arena, path);
		l->facts->errnum = errno;
	}
	return -1;
}

int look_stat(const struct look *l, const char *path, struct stat *ret)
{
	return stat(path, ret) == 0 ? 0 : failed(l, path);
}

int look_lstat(const struct look *l, const char *path, struct stat *ret)
{
	return lstat(path, ret) == 0 ? 0 : failed(l, path);
}

bool look_exists(const struct look *l, const char *dir, const char *name)
{
	struct stat st;

	return look_stat(l, path_join(l->arena, dir, name), &st) == 0;
}

const char *look_real(const struct look *l, const char *path)
{
	char real[PATH_MAX];

	if (!path)
		return NULL;
	if (realpath(path, real))
		return arena_strdup(l->arena, real);
	(void)failed(l, path);
	return NULL;
}

/* @path, which is not there, with the parents that are as they really are. */
static const char *real_if_it_were(const struct look *l, const char *path)
{
	const char *parent = path_parent(l->arena, path), *real = look_real(l, parent);

	while (!real && parent && strcmp(parent, "/") != 0) {
		parent = path_parent(l->arena, parent);
		real = look_real(l, parent);
	}
	return real ? path_join(l->arena, real, path_below(path, parent)) : NULL;
}

/* Whether a file in the directory @path has another name as well. */
static bool has_linked(const struct look *l, const char *path)
{
	struct stat st;

	for (const char **name = look_entries(l, path, DT_REG); *name; name++)
		if (look_lstat(l, path_join(l->arena, path, *name), &st) == 0 &&
		    st.st_nlink > 1)
			return true;
	return false;
}

static void note(struct look *l, struct guard_places *places, const char *path,
		 const struct guard_row *row, const struct stat *st)
{
	struct guard_place *place;

	if (strindex_find(&places->index, places->list, sizeof *place, path))
		return;
	if (places->len >= GUARD_PLACES_MAX) {
		errno = E2BIG;
		(void)failed(l, path);
		return;
	}
	place = arena_append(l->arena, &places->list, &places->len, sizeof *place);
	*place = (struct guard_place){ .path = path, .row = row };
	if (st) {
		place->type = st->st_mode & S_IFMT;
		place->dev = st->st_dev;
		place->ino = st->st_ino;
		place->changed = st->st_ctim;
		place->linked = S_ISREG(st->st_mode)
					? st->st_nlink > 1
					: row == guard_hooks_path && has_linked(l, path);
	}
	strindex_add(&places->index, l->arena, places->list, sizeof *place);
}

/* The text of the link @path, NULL: it is none. */
static const char *link_text(const struct look *l, const char *path, struct stat *ret)
{
	char to[PATH_MAX];
	ssize_t len;

	if (look_lstat(l, path, ret) < 0 || !S_ISLNK(ret->st_mode))
		return NULL;
	len = readlink(path, to, sizeof to);
	return len > 0 && (size_t)len < sizeof to
		       ? arena_strndup(l->arena, to, (size_t)len)
		       : NULL;
}

/*
 * Notes the links on the way to @path: whoever replaces one changes what is there. Also
 * those on the way to where another leads, as the kernel follows them. Returns the path
 * that they lead to, whether something is there or not; NULL: nowhere.
 */
static const char *watch_links(struct look *l, const char *path,
			       const struct guard_row *row)
{
	const char *dir = "/", *rest = path, *part;
	unsigned links = 0;

	while ((part = path_next(l->arena, &rest))) {
		const char *at = path_join(l->arena, dir, part), *to;
		struct stat st;

		if (strcmp(part, ".") == 0)
			continue;
		if (strcmp(part, "..") == 0) {
			dir = path_parent(l->arena, dir);
			continue;
		}
		to = link_text(l, at, &st);
		if (!to) {
			dir = at;
			continue;
		}
		if (look_inside(l, at))
			note(l, &l->facts->watch, at, row, &st);
		if (++links > LINKS_MAX)
			return NULL;
		rest = arena_printf(l->arena, "%s/%s", to, rest);
		if (*to == '/')
			dir = "/";
	}
	return dir;
}

/* Where the links in the directory @dir, and below it, lead: a program that reads the
 * directory reads that. */
static void look_links_in(struct look *l, const char *dir, const struct guard_row *row,
			  unsigned depth)
{
	if (depth > DIRS_DEEP) {
		errno = E2BIG;
		(void)failed(l, dir);
		return;
	}
	for (const char **name = look_entries(l, dir, DT_LNK); *name; name++)
		look_place(l, path_join(l->arena, dir, *name), row);
	for (const char **name = look_entries(l, dir, DT_DIR); *name; name++)
		look_links_in(l, path_join(l->arena, dir, *name), row, depth + 1);
}

/* Notes the directory @path, which is looked through once. */
static void note_guarded_dir(struct look *l, const char *path,
			     const struct guard_row *row, const struct stat *st)
{
	const size_t before = l->facts->protect.len;

	note(l, &l->facts->protect, path, row, st);
	/* of git's hooks each link is looked at as a program: look-git.c */
	if (l->facts->protect.len > before && row->judge != GUARD_SAMPLES)
		look_links_in(l, path, row, 0);
}

void look_place(struct look *l, const char *path, const struct guard_row *row)
{
	const char *real = look_real(l, path), *end = NULL;
	struct stat st;

	if (!path)
		return;
	if (!real || strcmp(real, path) != 0)
		end = watch_links(l, path, row);
	if (!real) {
		/* what a link leads to can be made, and the link then means it */
		real = end ? end : real_if_it_were(l, path);
		if (real && look_inside(l, real))
			note(l, &l->facts->watch, real, row, NULL);
		return;
	}
	if (!look_inside(l, real) || look_lstat(l, real, &st) < 0)
		return;
	if (S_ISDIR(st.st_mode))
		note_guarded_dir(l, real, row, &st);
	else if (S_ISREG(st.st_mode))
		note(l, &l->facts->protect, real, row, &st);
	else
		note(l, &l->facts->watch, real, row, &st);
}

bool look_repo(struct look *l, const char *dir)
{
	struct guard_places *repos = &l->facts->repos;
	size_t before = repos->len;
	struct stat st;

	if (look_stat(l, dir, &st) < 0 || !S_ISDIR(st.st_mode))
		return false;
	note(l, repos, dir, NULL, &st);
	return repos->len > before;
}

const struct guard_row *look_row(enum guard_where where, const char *name)
{
	const struct guard_row *row = guard_table;

	while (row->place &&
	       !(row->where == where && row->name && strcmp(row->name, name) == 0))
		row++;
	return row;
}

void look_rows(struct look *l, enum guard_where where, const char *dir)
{
	struct stat st;

	for (const struct guard_row *row = guard_table; row->place; row++) {
		const char *path;

		if (row->where != where || guard_is_pending(row))
			continue;
		path = path_join(l->arena, dir, row->name);
		if (look_lstat(l, path, &st) < 0)
			continue;
		/* a directory of its own, of which the files are looked at */
		if (S_ISDIR(st.st_mode) && strcmp(row->name, "repo") == 0)
			continue;
		if (S_ISLNK(st.st_mode) || strchr(row->name, '/'))
			look_place(l, path, row);
		else if (look_inside(l, path) && S_ISDIR(st.st_mode))
			note_guarded_dir(l, path, row, &st); /* canonical, as @dir is */
		else if (look_inside(l, path))
			note(l, &l->facts->protect, path, row, &st);
	}
}

static bool has_changed(const struct look *l, const struct stat *st)
{
	const struct timespec *since = l->q->since;

	return since && (st->st_ctim.tv_sec > since->tv_sec ||
			 (st->st_ctim.tv_sec == since->tv_sec &&
			  st->st_ctim.tv_nsec >= since->tv_nsec));
}

const char *look_text(const struct look *l, const char *path, size_t max)
{
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	size_t len;
	char *text;

	if (fd < 0 || fstat(fd, &st) < 0) {
		if (errno != ENXIO) /* a socket */
			(void)failed(l, path);
		return NULL;
	}
	if (!S_ISREG(st.st_mode) || has_changed(l, &st))
		return NULL;
	if (io_read_all(fd, max, l->arena, &text, &len) < 0) {
		if (errno != EFBIG)
			(void)failed(l, path);
		return NULL;
	}
	return strlen(text) == len ? text : NULL;
}

const char *look_line(const struct look *l, const char *path)
{
	const char *text = look_text(l, path, PATH_MAX);

	return text ? arena_strndup(l->arena, text, strcspn(text, "\r\n")) : NULL;
}

static unsigned char type_of(const struct look *l, const char *dir,
			     const struct dirent *entry)
{
	struct stat st;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type;
	if (look_lstat(l, path_join(l->arena, dir, entry->d_name), &st) < 0)
		return DT_UNKNOWN;
	return IFTODT(st.st_mode);
}

const char **look_entries(const struct look *l, const char *dir, unsigned char type)
{
	const char **names = NULL;
	DIR *stream = opendir(dir);
	const struct dirent *entry;
	size_t len = 0;

	while (stream && (errno = 0, entry = readdir(stream))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    type_of(l, dir, entry) != type)
			continue;
		if (len == ENTRIES_MAX) {
			errno = E2BIG;
			break;
		}
		*(const char **)arena_append(l->arena, &names, &len, sizeof *names) =
			arena_strdup(l->arena, entry->d_name);
	}
	if (!stream || errno)
		(void)failed(l, dir);
	if (stream)
		(void)closedir(stream);
	*(const char **)arena_append(l->arena, &names, &len, sizeof *names) = NULL;
	return names;
}
