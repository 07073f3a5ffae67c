/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ladder.c - going down and up in a tree of directories; see ladder.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/ladder.h"
#include "base/sys.h"

#define HELD 64 /* of the lowest directories stay open */
#define FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NOATIME)

static void push_rung(struct ladder *ladder, const struct rung *rung)
{
	if (ladder->len == ladder->cap) {
		const size_t cap = ladder->cap ? 2 * ladder->cap : 32;
		struct rung *rungs = realloc(ladder->rungs, cap * sizeof *rungs);

		if (!rungs)
			oom();
		ladder->rungs = rungs;
		ladder->cap = cap;
	}
	ladder->rungs[ladder->len++] = *rung;
}

static int open_rung(int at, const char *name, uint64_t resolve)
{
	int fd = sys_openat2(at, name, FLAGS, resolve);

	/* only an owner may leave the time of access alone */
	if (fd < 0 && errno == EPERM)
		fd = sys_openat2(at, name, FLAGS & ~(uint64_t)O_NOATIME, resolve);
	return fd;
}

int ladder_init(struct ladder *ladder, int fd)
{
	_cleanup_fd_ int own = -1;
	struct stat st;

	*ladder = (struct ladder){ 0 };
	if (fd < 0) {
		push_rung(ladder, &(struct rung){ .fd = -1, .none = true });
		return 0;
	}
	own = open_rung(fd, ".", RESOLVE_NO_XDEV);
	if (own < 0 || fstat(own, &st) < 0)
		return -1;
	push_rung(ladder, &(struct rung){ take_fd(&own), false, st.st_dev, st.st_ino });
	return 0;
}

void ladder_done(struct ladder *ladder)
{
	for (size_t i = 0; i < ladder->len; i++)
		fd_closep(&ladder->rungs[i].fd);
	free(ladder->rungs);
	*ladder = (struct ladder){ 0 };
}

int ladder_fd(const struct ladder *ladder)
{
	return ladder->rungs[ladder->len - 1].fd;
}

int ladder_down(struct ladder *ladder, const char *name)
{
	const int at = ladder_fd(ladder);
	_cleanup_fd_ int fd = -1;
	struct stat st;

	if (!name || at < 0) {
		push_rung(ladder, &(struct rung){ .fd = -1, .none = true });
		return 0;
	}
	fd = open_rung(at, name, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	push_rung(ladder, &(struct rung){ take_fd(&fd), false, st.st_dev, st.st_ino });
	if (ladder->len > HELD) {
		struct rung *high = &ladder->rungs[ladder->len - HELD - 1];

		fd_closep(&high->fd);
		high->fd = -1;
	}
	return 0;
}

int ladder_up(struct ladder *ladder)
{
	struct rung *low = &ladder->rungs[ladder->len - 1];
	struct rung *high = low - 1;
	_cleanup_fd_ int below = take_fd(&low->fd), fd = -1;
	struct stat st;

	ladder->len--;
	if (high->fd >= 0 || high->none)
		return 0;
	fd = open_rung(below, "..", RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (st.st_dev != high->dev || st.st_ino != high->ino) {
		errno = ESTALE;
		return -1;
	}
	high->fd = take_fd(&fd);
	return 0;
}
