/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ladder.h - going down and up in a tree of directories by descriptors alone
 *
 * Names are looked up one at a time below an open directory, no link is followed and no
 * other file system entered, so that nobody who renames or mounts meanwhile leads us
 * elsewhere, and a path may be as long as it likes. Of a deep tree only the lowest
 * directories are held open; those above are opened again on the way up, by "..", and
 * must be the ones that they were.
 */
#ifndef SBOX_LADDER_H
#define SBOX_LADDER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct rung {
	int fd;    /* -1: closed for the time being, or not there at all */
	bool none; /* there is no such directory on this side */
	dev_t dev;
	ino_t ino;
};

/* All-zero is an empty one. */
struct ladder {
	struct rung *rungs;
	size_t len, cap;
};

/* Begins at @fd, which stays the caller's; -1: there is no directory. 0, or -1: errno. */
int ladder_init(struct ladder *ladder, int fd);
void ladder_done(struct ladder *ladder);

/* The directory at the lowest rung, -1 where there is none. */
int ladder_fd(const struct ladder *ladder);

/*
 * Goes down into @name, which must be a directory; NULL: there is none on this side. 0,
 * or -1 with errno and where it was.
 */
int ladder_down(struct ladder *ladder, const char *name);

/* Goes up; -1 with errno, ESTALE: what is above is not what was. */
int ladder_up(struct ladder *ladder);

#endif
