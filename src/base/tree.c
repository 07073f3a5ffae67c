/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tree.c - a tree of files that a hostile command has made; see tree.h
 *
 * Theory of operation
 *
 * Measuring keeps one descriptor, that of the directory that it is in, and goes up by
 * "..", which is then compared with the directory that it has come from: if somebody has
 * moved it, measuring ends there. It costs a list of names for each level.
 *
 * Removing has no levels at all. A directory in another one that is to go is moved up
 * beside it, so that all there ever is are directories of files.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "base/tree.h"

#define OPEN_DIR (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)

static void closedirp(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir);
}
#define _cleanup_dir_ __attribute__((cleanup(closedirp)))

/* The entries of @fd, which is kept; NULL: errno. */
static DIR *entries_of(int fd)
{
	_cleanup_fd_ int copy = openat(fd, ".", OPEN_DIR);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);

	if (dir)
		(void)take_fd(&copy); /* closedir() closes it */
	return dir;
}

/* The next entry that is neither "." nor ".."; NULL: the end, or errno. */
static const struct dirent *next_of(DIR *dir)
{
	const struct dirent *entry;

	do {
		errno = 0;
		entry = readdir(dir);
	} while (entry &&
		 (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
	return entry;
}

/* --------------------------------------------------------------------- measuring */

struct level { /* a directory on the way down */
	dev_t dev;
	ino_t ino;
	/* of the directories in it that are not looked at yet, each with its NUL */
	struct strbuf names;
};

struct walk {
	struct level *levels;
	size_t len, cap;
	int fd; /* of the last level */
	struct tree_size *size;
};

/* Counts what is in walk->fd, and notes the directories there. */
static void count_entry(struct walk *walk, struct level *level)
{
	_cleanup_dir_ DIR *dir = entries_of(walk->fd);
	const struct dirent *entry;
	struct stat st;

	while (dir && (entry = next_of(dir))) {
		if (fstatat(walk->fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
			walk->size->partial |= errno != ENOENT;
			continue;
		}
		walk->size->bytes +=
			(uint64_t)st.st_blocks * 512 /
			(S_ISDIR(st.st_mode) || st.st_nlink == 0 ? 1 : st.st_nlink);
		if (S_ISDIR(st.st_mode))
			strbuf_addn(&level->names, entry->d_name,
				    strlen(entry->d_name) + 1);
	}
	walk->size->partial |= errno != 0;
}

static void enter_below(struct walk *walk, int fd, const struct stat *st)
{
	if (walk->len == walk->cap) {
		struct level *more;

		walk->cap = walk->cap ? walk->cap * 2 : 16;
		more = reallocarray(walk->levels, walk->cap, sizeof *more);
		if (!more)
			oom();
		walk->levels = more;
	}
	walk->levels[walk->len] = (struct level){ .dev = st->st_dev, .ino = st->st_ino };
	fd_closep(&walk->fd);
	walk->fd = fd;
	count_entry(walk, &walk->levels[walk->len++]);
}

/* The last of @names, which is taken off the list; it is there until that grows. */
static const char *pop_name(struct strbuf *names)
{
	const char *before = memrchr(names->s, '\0', names->len - 1);

	names->len = before ? (size_t)(before + 1 - names->s) : 0;
	return names->s + names->len;
}

/* Into the next directory of the last level, if one can be entered and left again. */
static void go_down(struct walk *walk)
{
	struct level *level = &walk->levels[walk->len - 1];
	_cleanup_fd_ int fd = openat(walk->fd, pop_name(&level->names), OPEN_DIR);
	struct stat st;

	if (fd < 0 || faccessat(fd, "..", F_OK, 0) < 0 || fstat(fd, &st) < 0)
		walk->size->partial |= errno != ENOENT;
	else if (st.st_dev != level->dev)
		walk->size->partial = true;
	else
		enter_below(walk, take_fd(&fd), &st);
}

/* false: it is not where it was, or the top. */
static bool go_up(struct walk *walk)
{
	const struct level *above;
	struct stat st;
	int fd;

	strbuf_done(&walk->levels[--walk->len].names);
	if (walk->len == 0)
		return false;
	above = &walk->levels[walk->len - 1];
	fd = openat(walk->fd, "..", OPEN_DIR);
	fd_closep(&walk->fd);
	walk->fd = fd;
	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_dev == above->dev &&
	    st.st_ino == above->ino)
		return true;
	walk->size->partial = true;
	return false;
}

void tree_measure(int dir, struct tree_size *ret)
{
	struct walk walk = { .fd = -1, .size = ret };
	_cleanup_fd_ int fd = openat(dir, ".", OPEN_DIR);
	struct stat st;

	*ret = (struct tree_size){ 0 };
	if (fd < 0 || fstat(fd, &st) < 0) {
		ret->partial = true;
		return;
	}
	ret->bytes = (uint64_t)st.st_blocks * 512;
	enter_below(&walk, take_fd(&fd), &st);
	do
		while (walk.levels[walk.len - 1].names.len > 0)
			go_down(&walk);
	while (go_up(&walk));
	while (walk.len > 0)
		strbuf_done(&walk.levels[--walk.len].names);
	free(walk.levels);
	fd_closep(&walk.fd);
}

/* ---------------------------------------------------------------------- removing */

/* Directory @name in @dir, its mode changed to one that lets us work in it. */
static int open_usable(int dir, const char *name)
{
	_cleanup_fd_ int at =
		openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	char path[32];

	if (at < 0)
		return -1;
	/* an O_PATH descriptor has no other way to chmod(2) before Linux 6.6 */
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", at);
	if (chmod(path, 0700) < 0)
		return -1;
	return openat(at, ".", OPEN_DIR);
}

int tree_put_away(int from, const char *name, struct tree_bin *bin)
{
	/* to get another parent it must be writable itself: rename(2) */
	_cleanup_fd_ int fd = open_usable(from, name);
	char number[32];

	if (fd < 0)
		return -1;
	for (;;) {
		(void)snprintf(number, sizeof number, "%llu",
			       (unsigned long long)bin->next++);
		if (renameat(from, name, bin->dir, number) == 0)
			return 0;
		/* the name is taken, by what is to go as well */
		if (errno != EEXIST && errno != ENOTEMPTY && errno != ENOTDIR)
			return -1;
	}
}

struct removal {
	struct tree_bin bin;
	struct tree_rest *rest;
	bool progress; /* something was removed, or moved up */
};

static bool removed(struct removal *r, int dir, const char *name)
{
	if (unlinkat(dir, name, 0) < 0 && unlinkat(dir, name, AT_REMOVEDIR) < 0)
		return false;
	r->progress = true;
	return true;
}

/* What is at @name in @dir stays, because of @errnum. */
static void note_entry(struct removal *r, int dir, const char *name, int errnum)
{
	struct stat st;

	r->rest->len++;
	r->rest->errnum = errnum;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || st.st_uid == geteuid())
		return;
	r->rest->foreign = true;
	r->rest->owner = st.st_uid;
}

/* Directory @name of the top, as far as possible: what is in it goes, or up. */
static void empty_one(struct removal *r, const char *name)
{
	_cleanup_fd_ int fd = open_usable(r->bin.dir, name);
	_cleanup_dir_ DIR *dir = fd < 0 ? NULL : entries_of(fd);
	const struct dirent *entry;

	if (!dir) {
		note_entry(r, r->bin.dir, name, errno);
		return;
	}
	while ((entry = next_of(dir))) {
		if (removed(r, fd, entry->d_name))
			continue;
		if (tree_put_away(fd, entry->d_name, &r->bin) == 0)
			r->progress = true;
		else
			note_entry(r, fd, entry->d_name, errno);
	}
}

void tree_remove(int dir, struct tree_rest *ret)
{
	struct removal r = { .bin = { dir, 0 }, .rest = ret, .progress = true };

	while (r.progress) {
		_cleanup_dir_ DIR *entries = entries_of(dir);
		const struct dirent *entry;

		r.progress = false;
		*ret = (struct tree_rest){ 0 };
		if (!entries) {
			*ret = (struct tree_rest){ .len = 1, .errnum = errno };
			return;
		}
		while ((entry = next_of(entries))) {
			if (removed(&r, dir, entry->d_name))
				continue;
			empty_one(&r, entry->d_name);
			(void)removed(&r, dir, entry->d_name);
		}
	}
}

int tree_remove_at(int dir, const char *name, struct error *err)
{
	struct tree_rest rest = { 0 };
	_cleanup_fd_ int fd = -1;

	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno == EISDIR || errno == EPERM)
		fd = open_usable(dir, name);
	if (fd < 0)
		return error_sys(err, "cannot remove \"%s\"", name);
	tree_remove(fd, &rest);
	errno = rest.errnum;
	if (rest.len > 0)
		return error_sys(err, "cannot remove all of \"%s\"", name);
	return unlinkat(dir, name, AT_REMOVEDIR) < 0
		       ? error_sys(err, "cannot remove \"%s\"", name)
		       : 0;
}
