/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * points.c - mount points made on the host; see points.h
 *
 * Process: the supervisor
 */
#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "box/start/points.h"

static void take_itself(const struct points *points, int *fd)
{
	struct point *last = points->len ? &points->list[points->len - 1] : NULL;
	struct stat st;

	if (last && last->ino == 0 && fstat(*fd, &st) == 0) {
		last->dev = st.st_dev;
		last->ino = st.st_ino;
		last->held = take_fd(fd);
	}
}

void points_take(struct points *points, const struct plan *plan, struct arena *arena,
		 int value, int fd)
{
	_cleanup_fd_ int given = fd;
	const size_t number = (size_t)value >> POINT_PATH_BITS;
	const size_t end = (size_t)value & ((1U << POINT_PATH_BITS) - 1);
	const char *path, *slash;

	if (value == POINT_ITSELF) {
		take_itself(points, &given);
		return;
	}
	if (value == POINT_HELD) {
		*(int *)arena_append(arena, &points->others, &points->others_len,
				     sizeof given) = take_fd(&given);
		return;
	}
	if (given < 0 || value < 0 || number >= plan->steps_len ||
	    end > strlen(plan->steps[number].target))
		return;
	path = arena_strndup(arena, plan->steps[number].target, end);
	slash = strrchr(path, '/');
	if (!slash)
		return;
	*(struct point *)arena_append(arena, &points->list, &points->len,
				      sizeof *points->list) =
		(struct point){ .dir = take_fd(&given), .name = slash + 1, .held = -1 };
}

static void remove_point(const struct point *point)
{
	struct stat st;

	if (point->ino == 0 ||
	    fstatat(point->dir, point->name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    st.st_dev != point->dev || st.st_ino != point->ino)
		return;
	/* the same open file: our own lock becomes this one */
	if (flock(point->held, LOCK_EX | LOCK_NB) < 0)
		return;
	if (S_ISDIR(st.st_mode))
		(void)unlinkat(point->dir, point->name, AT_REMOVEDIR);
	else if (S_ISREG(st.st_mode) && st.st_size == 0)
		(void)unlinkat(point->dir, point->name, 0);
}

void points_remove(struct points *points)
{
	for (size_t i = points->len; i-- > 0;)
		remove_point(&points->list[i]);
	points_done(points);
}

void points_done(struct points *points)
{
	for (size_t i = 0; i < points->len; i++) {
		(void)close(points->list[i].dir);
		fd_closep(&points->list[i].held);
	}
	for (size_t i = 0; i < points->others_len; i++)
		(void)close(points->others[i]);
	points->len = points->others_len = 0;
}
