/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* compare.c - whether two entries are the same; see compare.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "changes/attrs.h"
#include "changes/compare.h"

#define CHUNK ((size_t)32 * 1024)

/* A FIFO in the place of the file would not hold us up, nor a link lead us away. */
static int open_file(const struct compared *c)
{
	const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	_cleanup_fd_ int fd = openat(c->dir, c->name, flags | O_NOATIME);
	struct stat st;

	if (fd < 0 && errno == EPERM)
		fd = openat(c->dir, c->name, flags);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (!S_ISREG(st.st_mode) || st.st_ino != c->st->st_ino ||
	    st.st_dev != c->st->st_dev) {
		errno = ESTALE;
		return -1;
	}
	return take_fd(&fd);
}

/* What is at @at, as far as @size; no call is made to hear of the end. */
static ssize_t read_full(int fd, char *buffer, off_t at, off_t size)
{
	const size_t all = size - at < (off_t)CHUNK ? (size_t)(size - at) : CHUNK;
	size_t len = 0;

	while (len < all) {
		ssize_t n = pread(fd, buffer + len, all - len, at + (off_t)len);

		if (n < 0)
			return -1;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

/* Where the next bytes are that are no hole, from @at on; @size: there are none. */
static off_t next_data(int fd, off_t at, off_t size)
{
	off_t next = lseek(fd, at, SEEK_DATA);

	if (next < 0)
		return errno == ENXIO ? size : at;
	return next;
}

static int compare_from(int a, int b, off_t size, bool holes)
{
	char left[CHUNK], right[CHUNK];

	for (off_t at = 0; at < size;) {
		ssize_t len, other;

		if (holes) {
			off_t x = next_data(a, at, size), y = next_data(b, at, size);

			at = x < y ? x : y;
			if (at >= size)
				break;
		}
		len = read_full(a, left, at, size);
		other = read_full(b, right, at, size);
		if (len < 0 || other < 0)
			return -1;
		if (len != other || memcmp(left, right, (size_t)len) != 0)
			return 0;
		if (len == 0)
			break;
		at += len;
	}
	return 1;
}

static bool has_holes(const struct stat *st)
{
	return st->st_blocks * 512 < st->st_size;
}

static int compare_links(const struct compared *a, const struct compared *b)
{
	char left[PATH_MAX], right[PATH_MAX];
	ssize_t len = readlinkat(a->dir, a->name, left, sizeof left);
	ssize_t other = readlinkat(b->dir, b->name, right, sizeof right);

	if (len < 0 || other < 0)
		return -1;
	return len == other && memcmp(left, right, (size_t)len) == 0;
}

int compare_content(const struct compared *a, const struct compared *b)
{
	_cleanup_fd_ int left = -1, right = -1;

	if (S_ISLNK(a->st->st_mode))
		return compare_links(a, b);
	if (a->st->st_size != b->st->st_size)
		return 0;
	if (a->st->st_size == 0)
		return 1;
	left = open_file(a);
	right = left < 0 ? -1 : open_file(b);
	if (right < 0)
		return -1;
	return compare_from(left, right, a->st->st_size,
			    has_holes(a->st) || has_holes(b->st));
}

int compare_meta(const struct compared *a, const struct compared *b)
{
	if ((!S_ISLNK(a->st->st_mode) && a->st->st_mode != b->st->st_mode) ||
	    a->st->st_uid != b->st->st_uid || a->st->st_gid != b->st->st_gid)
		return 0;
	return attrs_equal(a->dir, a->name, b->dir, b->name);
}
