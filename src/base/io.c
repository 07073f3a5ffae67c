/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* io.c - whole reads and writes; see io.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"

int io_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int io_read_all(int fd, size_t max, struct arena *arena, char **ret, size_t *ret_len)
{
	size_t cap = 4096, len = 0;
	struct stat st;
	char *data;

	/*
	 * One more than the size and a NUL: a file that did not grow is read at once.
	 * Those of /proc and /sys have text and no size.
	 */
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
	    (uint64_t)st.st_size <= max)
		cap = (size_t)st.st_size + 2;
	data = arena_alloc(arena, cap);
	for (;;) {
		ssize_t n = read(fd, data + len, cap - 1 - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		len += (size_t)n;
		if (len > max) {
			errno = EFBIG;
			return -1;
		}
		if (len == cap - 1) {
			char *more = arena_alloc(arena, cap * 2);

			memcpy(more, data, len);
			data = more;
			cap *= 2;
		}
	}
	data[len] = '\0';
	*ret = data;
	*ret_len = len;
	return 0;
}

int io_read_file(int dirfd, const char *path, size_t max, struct arena *arena, char **ret)
{
	_cleanup_fd_ int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	size_t len;

	if (fd < 0)
		return -1;
	return io_read_all(fd, max, arena, ret, &len);
}

char *io_fd_path(int fd, struct arena *arena)
{
	char link[64], text[PATH_MAX];
	ssize_t n;

	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, text, sizeof text);
	if (n > 0 && n < (ssize_t)sizeof text && text[0] == '/')
		return arena_strndup(arena, text, (size_t)n);
	if (n >= 0)
		errno = n == (ssize_t)sizeof text ? ENAMETOOLONG : ENOENT;
	return NULL;
}

int io_write_file(int dirfd, const char *path, const char *text)
{
	_cleanup_fd_ int fd = openat(dirfd, path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	size_t len = strlen(text);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = write(fd, text, len);
	if (n >= 0 && (size_t)n != len)
		errno = EIO;
	return n == (ssize_t)len ? 0 : -1;
}

bool io_is_absence(int errnum)
{
	return errnum == ENOENT || errnum == ENOTDIR || errnum == EACCES ||
	       errnum == ELOOP || errnum == ENAMETOOLONG;
}

void io_close_but(int a, int b)
{
	int low = a < b ? a : b, high = a < b ? b : a;

	if (low > 0)
		(void)close_range(0, (unsigned)low - 1, 0);
	if (high > low + 1)
		(void)close_range((unsigned)low + 1, (unsigned)high - 1, 0);
	(void)close_range((unsigned)high + 1, ~0U, 0);
}

int io_open_namespace(pid_t pid, const char *name)
{
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/%d/ns/%s", (int)pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

int io_open_null(void)
{
	const int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	return fd >= 0 || (errno != EACCES && errno != ENOENT && errno != ENXIO)
		       ? fd
		       : memfd_create("null", MFD_CLOEXEC);
}
