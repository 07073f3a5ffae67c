/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * points.h - mount points that a start has made on the host, taken away at its end
 *
 * Only for steps that ask for it (struct step, loose), and not for writable binds, whose
 * mount points stay, as those of bubblewrap do: what covers something, or shows it to be
 * read, leaves no trace. Init makes them, and sends two
 * messages for each: MSG_POINT with the directory that has it and point_encode(), and
 * MSG_POINT with POINT_ITSELF and what was made, before anything is mounted on it. When
 * nothing of the sandbox is alive any more, the supervisor removes those that are still
 * what was made, and empty: by the directory's descriptor, wherever that is now.
 *
 * To remove a mount point is to unmount, in all other sandboxes, what lies on it. So each
 * has a shared lock (flock(2)) on those that it has made, and on those that were there
 * and could be another's (POINT_HELD); and none is removed that others have a lock on.
 */
#ifndef SBOX_START_POINTS_H
#define SBOX_START_POINTS_H

#include <sys/types.h>

#include "base/arena.h"
#include "plan/plan.h"

#define POINT_ITSELF (-1)
#define POINT_HELD (-2)
#define POINT_PATH_BITS 12 /* PATH_MAX */

struct point {
	int dir;
	const char *name;
	dev_t dev;
	ino_t ino; /* 0: it is not known yet */
	int held;  /* the lock on it; -1 */
};

struct points {
	struct point *list;
	size_t len;
	int *others; /* locks on those that were there */
	size_t others_len;
};

/* What names the first @end characters of the target of step @number in a message. */
static inline int point_encode(size_t number, size_t end)
{
	return (int)(number << POINT_PATH_BITS | end);
}

/* Takes what came with MSG_POINT, @value and @fd, which is taken over. */
void points_take(struct points *points, const struct plan *plan, struct arena *arena,
		 int value, int fd);

/* The last made first. What cannot be removed, or is something else by now, stays. */
void points_remove(struct points *points);

/* Closes them; all stay. */
void points_done(struct points *points);

#endif
