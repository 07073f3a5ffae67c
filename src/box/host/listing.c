/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* listing.c - names that are not in a directory; see listing.h */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/sys.h"
#include "box/host/listing.h"

#define MISSES 4 /* after which reading pays */
/* of a directory, in bytes; names of a larger one are asked for one by one */
#define SIZE_MAX_READ ((size_t)32768)

/* linux/magic.h has not all of them */
#define BCACHEFS_MAGIC 0xca451a4e
#define ZFS_MAGIC 0x2fc12fc1

/* Others, such as autofs, have names that are there only once they are asked for. */
static bool shows_all_names(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return false;
	switch ((unsigned long)fs.f_type) {
	case EXT4_SUPER_MAGIC:
	case XFS_SUPER_MAGIC:
	case BTRFS_SUPER_MAGIC:
	case F2FS_SUPER_MAGIC:
	case BCACHEFS_MAGIC:
	case ZFS_MAGIC:
	case TMPFS_MAGIC:
	case OVERLAYFS_SUPER_MAGIC:
	case NFS_SUPER_MAGIC:
		return true;
	default:
		return false;
	}
}

/*
 * Read all names of @fd into the SIZE_MAX_READ bytes at @buf, each with its NUL byte; how
 * many bytes that are, or -1: they are too many, or reading failed.
 */
static ssize_t read_all(int fd, char *buf)
{
	size_t used = 0; /* a name is shorter than its entry: never ahead of @at */
	size_t at = 0;

	for (;;) {
		long n = syscall(SYS_getdents64, fd, buf + at, SIZE_MAX_READ - at);

		if (n <= 0)
			return n < 0 ? -1 : (ssize_t)used;
		for (size_t end = at + (size_t)n; at < end;) {
			const struct dirent64 *entry = (const void *)(buf + at);
			size_t len = strlen(entry->d_name) + 1;

			at += entry->d_reclen;
			memmove(buf + used, entry->d_name, len);
			used += len;
		}
	}
}

/* All names of @fd, as struct listing has them; NULL: they are too many, or it failed. */
static const char *read_names(int fd, struct arena *arena)
{
	char *buf = malloc(SIZE_MAX_READ);
	char *names = NULL;
	ssize_t used;

	if (!buf)
		oom();
	used = read_all(fd, buf);
	if (used >= 0) {
		names = arena_alloc(arena, (size_t)used + 1);
		memcpy(names, buf, (size_t)used);
		names[used] = '\0';
	}
	free(buf);
	return names;
}

static void read_listing(struct listing *listing, struct arena *arena)
{
	_cleanup_fd_ int fd =
		sys_openat2(AT_FDCWD, listing->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC,
			    RESOLVE_NO_MAGICLINKS);

	if (fd < 0) {
		listing->errnum = errno;
		listing->read = errno == ENOENT || errno == ENOTDIR;
		return;
	}
	if (shows_all_names(fd))
		listing->names = read_names(fd, arena);
	listing->read = listing->names != NULL;
}

static const struct listing *find_listing(const struct listings *listings,
					  const char *dir, size_t len)
{
	for (size_t i = 0; i < listings->len; i++)
		if (strncmp(listings->list[i].dir, dir, len) == 0 &&
		    listings->list[i].dir[len] == '\0')
			return &listings->list[i];
	return NULL;
}

/* Whether a directory that folds case could take @entry for @name. */
static bool may_be(const char *entry, const char *name)
{
	if (strcasecmp(entry, name) == 0)
		return true;
	/* by Unicode's rules, which are not known here */
	for (const char *p = entry; *p; p++)
		if ((unsigned char)*p >= 0x80)
			return (unsigned char)*entry >= 0x80 ||
			       strncasecmp(entry, name, 1) == 0;
	return false;
}

/* listing_missing() for the first @len bytes of @path. */
static int is_missing(const struct listings *listings, const char *path, size_t len)
{
	char name[NAME_MAX + 1];
	const struct listing *listing;
	size_t dir = len;

	while (dir > 0 && path[dir - 1] != '/')
		dir--;
	if (dir < 2 || len - dir > NAME_MAX) /* in the root directory */
		return 0;
	listing = find_listing(listings, path, dir - 1);
	if (!listing || !listing->read) /* then the directory itself may be missing */
		return is_missing(listings, path, dir - 1);
	memcpy(name, path + dir, len - dir);
	name[len - dir] = '\0';
	if (listing->errnum)
		return listing->errnum;
	for (const char *entry = listing->names; *entry; entry += strlen(entry) + 1)
		if (may_be(entry, name))
			return 0;
	return ENOENT;
}

int listing_missing(const struct listings *listings, const char *path)
{
	return is_missing(listings, path, strlen(path));
}

void listing_note(struct listings *listings, struct arena *arena, const char *path)
{
	const char *name = path_last(path);
	struct listing *listing;

	if (name - path < 2)
		return;
	listing =
		(struct listing *)find_listing(listings, path, (size_t)(name - path) - 1);
	if (!listing && listings->len == LISTING_DIRS)
		return;
	if (!listing) {
		listing = &listings->list[listings->len++];
		listing->dir = arena_strndup(arena, path, (size_t)(name - path) - 1);
	}
	if (++listing->misses == MISSES)
		read_listing(listing, arena);
}
