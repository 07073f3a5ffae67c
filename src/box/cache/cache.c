/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cache.c - private caches: made, checked, locked; see cache.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/sys.h"
#include "box/cache/cache.h"

#define TRIES 100 /* to get one that nobody has just removed */

#define OPEN_DIR (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)

/* Whether @fd, called @path, is the caller's, and, if @closed, nobody else's to enter. */
static int check_cache_owner(int fd, const char *path, bool closed, struct stat *st,
			     struct error *err)
{
	if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
		return error_set(err, "%s is no directory: something else was put there",
				 path);
	if (fd < 0 || fstat(fd, st) < 0)
		return error_sys(err, "%s", path);
	if (st->st_uid != getuid())
		return error_set(err,
				 "%s belongs to user %u and not to you, so it is not "
				 "used as a cache",
				 path, (unsigned)st->st_uid);
	if (closed && (st->st_mode & 0077))
		return error_set(err,
				 "%s can be entered by others (mode %04o), so it is not "
				 "used for caches: chmod 700, or remove it",
				 path, (unsigned)(st->st_mode & 07777));
	return 0;
}

int caches_open(const char *path, int *ret_dir, struct error *err)
{
	_cleanup_fd_ int fd = open(path, OPEN_DIR);
	struct stat st;

	*ret_dir = -1;
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (check_cache_owner(fd, path, true, &st, err) < 0)
		return -1;
	*ret_dir = take_fd(&fd);
	return 0;
}

int cache_open(int dir, const char *name, const char *path, int *ret_dir,
	       struct error *err)
{
	_cleanup_fd_ int fd = openat(dir, name, OPEN_DIR);
	struct stat st;

	*ret_dir = -1;
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (check_cache_owner(fd, path, true, &st, err) < 0)
		return -1;
	*ret_dir = take_fd(&fd);
	return 0;
}

static int lock(int dir, int how, const char *path, struct error *err)
{
	int ret;

	do
		ret = flock(dir, how);
	while (ret < 0 && errno == EINTR);
	if (ret == 0)
		return 1;
	return errno == EWOULDBLOCK ? 0 : error_sys(err, "%s: cannot lock it", path);
}

int cache_lock(int dir, const char *path, struct error *err)
{
	return lock(dir, LOCK_EX | LOCK_NB, path, err);
}

void cache_unlock(int dir)
{
	(void)flock(dir, LOCK_UN);
}

/* Whether @name in @dir still means the directory @fd. */
static bool is_there(int dir, const char *name, int fd)
{
	struct stat ours, named;

	return fstat(fd, &ours) == 0 &&
	       fstatat(dir, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

/* The directory of cache @name with a shared lock on it, made if it is missing. */
static int hold_dir(int dir, const char *name, const char *path, struct error *err)
{
	for (int i = 0; i < TRIES; i++) {
		_cleanup_fd_ int fd = -1;

		if (mkdirat(dir, name, 0700) < 0 && errno != EEXIST)
			return error_sys(err, "cannot make %s", path);
		if (cache_open(dir, name, path, &fd, err) < 0)
			return -1;
		if (fd >= 0 && lock(fd, LOCK_SH, path, err) < 0)
			return -1;
		if (fd >= 0 && is_there(dir, name, fd))
			return take_fd(&fd);
	}
	return error_set(err, "%s is removed again and again", path);
}

/* Only what it is: a command may have made it as closed as it likes. */
static int look_at_data(int dir, const char *path, struct cache_held *held,
			struct error *err)
{
	_cleanup_fd_ int fd = -1;
	struct stat st = { 0 };

	if (mkdirat(dir, CACHE_DATA, 0700) < 0 && errno != EEXIST)
		return error_sys(err, "cannot make %s", path);
	fd = openat(dir, CACHE_DATA, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (check_cache_owner(fd, path, false, &st, err) < 0)
		return -1;
	held->dev = st.st_dev;
	held->ino = st.st_ino;
	return 0;
}

/* What is missing of @path, which is canonical. */
static int make_all(struct arena *arena, const char *path)
{
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return 0;
	if (errno != ENOENT || strcmp(path, "/") == 0)
		return -1;
	if (make_all(arena, path_parent(arena, path)) < 0)
		return -1;
	return mkdir(path, 0700) == 0 || errno == EEXIST ? 0 : -1;
}

static int hold(const struct step *step, struct arena *arena, struct cache_held *held,
		struct error *err)
{
	const char *own = path_parent(arena, step->source);
	const char *all = path_parent(arena, own);
	_cleanup_fd_ int dir = -1;

	held->name = step->cache;
	if (make_all(arena, all) < 0)
		return error_sys(err, "cannot make %s, for the cache \"%s\"", all,
				 step->cache);
	if (caches_open(all, &dir, err) < 0)
		return -1;
	held->lock = hold_dir(dir, path_last(own), own, err);
	if (held->lock < 0 || look_at_data(held->lock, step->source, held, err) < 0)
		return -1;
	(void)futimens(held->lock, NULL); /* it only tells when it was used */
	return 0;
}

int caches_hold(const struct plan *plan, struct arena *arena, struct caches *ret,
		struct error *err)
{
	for (size_t i = 0; i < plan->steps_len; i++) {
		struct cache_held *held;

		if (!plan->steps[i].cache)
			continue;
		held = arena_append(arena, &ret->list, &ret->len, sizeof *held);
		held->lock = -1;
		if (hold(&plan->steps[i], arena, held, err) < 0)
			return -1;
	}
	return 0;
}

const struct cache_held *caches_find(const struct caches *caches, const char *name)
{
	size_t i = 0;

	while (strcmp(caches->list[i].name, name) != 0)
		i++;
	return &caches->list[i];
}

void caches_release(struct caches *caches)
{
	for (size_t i = 0; i < caches->len; i++)
		fd_closep(&caches->list[i].lock);
	caches->len = 0;
}
