/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* io.h - whole reads and writes, and files that are looked at before they are trusted */
#ifndef SBOX_IO_H
#define SBOX_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"

/* Writes all @len bytes; 0 or -1 with errno. */
int io_write_all(int fd, const void *data, size_t len);

/*
 * Reads from @fd to its end into @arena, with a NUL behind; at most @max bytes,
 * else -1 with EFBIG. Works for files of /proc, whose size is not known before.
 */
int io_read_all(int fd, size_t max, struct arena *arena, char **ret, size_t *ret_len);

/*
 * Reads the file at @path below @dirfd (or AT_FDCWD) to its end into @arena, with a NUL
 * behind. 0, or -1 with errno; EFBIG: it has more than @max bytes.
 */
int io_read_file(int dirfd, const char *path, size_t max, struct arena *arena,
		 char **ret);

/*
 * The canonical path of what @fd is open on, in @arena; NULL if it has none that can be
 * named from here, or without a /proc: see errno.
 */
char *io_fd_path(int fd, struct arena *arena);

/*
 * Whether @errnum says that the caller reaches nothing by a path: it does not exist, is
 * closed to it, or leads nowhere. Any other errno says that it is not known.
 */
bool io_is_absence(int errnum);

/* Closes all descriptors but the two, as a forked process does that keeps nothing of
 * ours. */
void io_close_but(int a, int b);

/*
 * An open /dev/null; where that is no device, as on a mount without devices, an empty
 * file in memory, which reads alike. Close-on-exec; -1 with errno.
 */
int io_open_null(void);

/* A namespace of process @pid, by its name below /proc/PID/ns; -1 with errno. */
int io_open_namespace(pid_t pid, const char *name);

/* Writes @text to the existing file @path below @dirfd in one write; -1 with errno. */
int io_write_file(int dirfd, const char *path, const char *text);

#endif
