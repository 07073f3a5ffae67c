/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* aside.c - moves what was planted to where nothing runs it; see aside.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/sys.h"
#include "box/guard/aside.h"
#include "box/guard/sweep.h"

/* A directory that things are moved to; fd -1: not made yet. */
struct target {
	const char *path;
	int fd;
	bool tried;
};

struct aside {
	const struct guard *guard;
	struct target state;
	struct target *beside; /* one for each writable directory */
	char stamp[48];
	unsigned moved;
};

/* All of @path that is missing, mode 0700; the last part must be the caller's alone. */
static int open_own_dir(struct arena *arena, const char *path)
{
	_cleanup_fd_ int fd = -1;
	struct stat st;

	if (mkdir(path, 0700) < 0 && errno == ENOENT && strcmp(path, "/") != 0) {
		fd = open_own_dir(arena, path_parent(arena, path));
		if (fd < 0 || mkdir(path, 0700) < 0)
			return -1;
		fd_closep(&fd);
	}
	fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	return take_fd(&fd);
}

static int private_dir(struct arena *arena, const char *path)
{
	_cleanup_fd_ int fd = open_own_dir(arena, path);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (st.st_uid == getuid() && (st.st_mode & 022) == 0)
		return take_fd(&fd);
	errno = EPERM;
	return -1;
}

/* A new directory called @name below @dir. */
static void make_target(struct aside *a, struct target *target, int dir, const char *path,
			const char *name)
{
	target->tried = true;
	if (dir < 0 || mkdirat(dir, name, 0700) < 0)
		return;
	target->path = path_join(a->guard->arena, path, name);
	target->fd = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* 0; -1 with errno. EINVAL: an old file system; nobody else writes to the target. */
static int rename_new(int from, const char *name, int to, const char *new_name)
{
	if (renameat2(from, name, to, new_name, RENAME_NOREPLACE) == 0)
		return 0;
	return errno == EINVAL ? renameat(from, name, to, new_name) : -1;
}

static bool move_to(struct aside *a, const struct target *target, int from,
		    struct guard_finding *finding)
{
	const char *name = path_last(finding->path);
	char new_name[NAME_MAX + 1];

	if (target->fd < 0)
		return false;
	(void)snprintf(new_name, sizeof new_name, "%u%s%s", a->moved + 1,
		       *name == '.' ? "" : ".", name);
	if (rename_new(from, name, target->fd, new_name) < 0) {
		finding->error = strerror(errno);
		return false;
	}
	a->moved++;
	finding->error = NULL;
	finding->moved = path_join(a->guard->arena, target->path,
				   arena_strdup(a->guard->arena, new_name));
	return true;
}

static size_t dir_of(const struct guard *guard, const char *path)
{
	size_t i = 0;

	while (i + 1 < guard->len && !path_within(path, guard->plan->guard.dirs[i]))
		i++;
	return i;
}

static void move_from(struct aside *a, const char *state_dir, int from,
		      const char *parent, struct guard_finding *finding)
{
	struct arena *arena = a->guard->arena;
	const char *name = arena_printf(arena, ".sbox-aside-%s", a->stamp);
	size_t n = dir_of(a->guard, finding->path);
	struct target here = { NULL, -1, false };

	if (!a->state.tried && state_dir) {
		const char *all = path_join(arena, state_dir, "guard");
		_cleanup_fd_ int dir = private_dir(arena, all);

		make_target(a, &a->state, dir, all, a->stamp);
	}
	if (move_to(a, &a->state, from, finding))
		return;
	if (!a->beside[n].tried)
		make_target(a, &a->beside[n], a->guard->dirs[n],
			    a->guard->plan->guard.dirs[n], name);
	if (move_to(a, &a->beside[n], from, finding))
		return;
	/* the file system of something that is mounted in it */
	make_target(a, &here, from, parent, name);
	if (here.fd < 0 && errno == EEXIST)
		here = (struct target){
			path_join(arena, parent, name),
			openat(from, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
			true
		};
	if (!move_to(a, &here, from, finding) && !finding->error)
		finding->error = strerror(EACCES);
	fd_closep(&here.fd);
}

/* Out of a directory in which its owner may change nothing, too, if that is the caller.
 */
static void move_one(struct aside *a, const char *state_dir,
		     struct guard_finding *finding)
{
	const char *parent = path_parent(a->guard->arena, finding->path);
	_cleanup_fd_ int from = sweep_open(a->guard, parent, O_PATH | O_DIRECTORY);
	bool opened = false;
	char name[64];
	struct stat st;

	if (from < 0 || fstat(from, &st) < 0) {
		finding->error = strerror(errno);
		return;
	}
	(void)snprintf(name, sizeof name, "/proc/self/fd/%d", from);
	if (st.st_uid == getuid() && (st.st_mode & 0300) != 0300)
		opened = chmod(name, (st.st_mode & 07777) | 0300) == 0;
	move_from(a, state_dir, from, parent, finding);
	if (opened)
		(void)chmod(name, st.st_mode & 07777);
}

/* Made in vain: things were on another file system, or could not be moved at all. */
static void forget_empty(struct target *target)
{
	fd_closep(&target->fd);
	if (target->path)
		(void)rmdir(target->path);
}

void aside_move_all(const struct guard *guard, const struct guard_end *end,
		    struct guard_findings *found)
{
	struct aside a = { .guard = guard, .state = { NULL, -1, false } };
	struct timespec now;
	struct tm tm = { 0 };

	if (found->len == 0)
		return;
	a.beside = arena_alloc(guard->arena, (guard->len + 1) * sizeof *a.beside);
	for (size_t i = 0; i < guard->len; i++)
		a.beside[i].fd = -1;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)gmtime_r(&now.tv_sec, &tm);
	(void)strftime(a.stamp, sizeof a.stamp, "%Y%m%dT%H%M%SZ", &tm);
	(void)snprintf(a.stamp + strlen(a.stamp), 16, "-%d", (int)getpid());
	for (size_t i = 0; i < found->len; i++) {
		patience_look(end->patience);
		if (!found->list[i].error)
			move_one(&a, end->state_dir, &found->list[i]);
	}
	forget_empty(&a.state);
	for (size_t i = 0; i < guard->len; i++)
		forget_empty(&a.beside[i]);
}
