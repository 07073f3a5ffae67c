/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* copies.c - files of root's, with their content; see probe.h */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/path.h"
#include "base/sys.h"
#include "box/host/probe.h"

#define TEXT_MAX ((size_t)1024 * 1024)
#define FILES_MAX 256

/* The file at @path, if it is such a one. What is in the way of the caller's reading it
 * is in the command's way as well. */
static void copy_file(struct arena *arena, const char *path, struct host_copies *ret)
{
	_cleanup_fd_ int fd =
		sys_openat2(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
			    RESOLVE_NO_MAGICLINKS);
	struct host_copy copy = { .path = path };
	struct stat st;
	char *text;
	size_t len;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != 0 ||
	    ret->len == FILES_MAX)
		return;
	copy.real = io_fd_path(fd, arena);
	copy.mode = st.st_mode & 0777;
	if (!copy.real || io_read_all(fd, TEXT_MAX, arena, &text, &len) < 0 ||
	    strlen(text) != len)
		return;
	copy.content = text;
	*(struct host_copy *)arena_append(arena, &ret->list, &ret->len,
					  sizeof *ret->list) = copy;
}

void probe_copies(struct arena *arena, const char *path, struct host_copies *ret)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!dir) {
		fd_closep(&fd);
		if (errno == ENOTDIR)
			copy_file(arena, path, ret);
		return;
	}
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			copy_file(arena, path_join(arena, path, entry->d_name), ret);
	(void)closedir(dir);
}
