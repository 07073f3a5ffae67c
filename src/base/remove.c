/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* remove.c - trees that a command has made, removed whatever they are; see remove.h */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/ladder.h"
#include "base/remove.h"
#include "base/strbuf.h"

/* The names on the way down, each with a NUL behind it, so that the last can be cut. */
struct way {
	struct ladder ladder;
	struct strbuf names;
};

static void way_done(struct way *way)
{
	ladder_done(&way->ladder);
	strbuf_done(&way->names);
}

static const char *last_name(const struct way *way)
{
	size_t at = way->names.len - 1;

	while (at > 0 && way->names.s[at - 1])
		at--;
	return way->names.s + at;
}

static void cut_name(struct way *way)
{
	way->names.len = (size_t)(last_name(way) - way->names.s);
}

static int way_down(struct way *way, const char *name)
{
	const int at = ladder_fd(&way->ladder);

	/* what a command has closed to everybody: overlayfs does that, too */
	if (ladder_down(&way->ladder, name) < 0 &&
	    (errno != EACCES || fchmodat(at, name, 0700, 0) < 0 ||
	     ladder_down(&way->ladder, name) < 0))
		return -1;
	strbuf_addn(&way->names, name, strlen(name) + 1);
	return 0;
}

/*
 * Removes what is no directory from the lowest one. 1: the name of a directory is in
 * @ret; 0: there is none; -1: errno.
 */
static int empty_files(int fd, char ret[NAME_MAX + 1])
{
	DIR *dir = fdopendir(fcntl(fd, F_DUPFD_CLOEXEC, 3));
	const struct dirent *entry;
	int found = 0;

	if (!dir)
		return -1;
	rewinddir(dir);
	while (found == 0 && (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (unlinkat(fd, entry->d_name, 0) == 0 || errno == ENOENT)
			continue;
		if (errno == EACCES && fchmod(fd, 0700) == 0 &&
		    unlinkat(fd, entry->d_name, 0) == 0)
			continue;
		if (errno != EISDIR && errno != EPERM) {
			found = -1;
			break;
		}
		memcpy(ret, entry->d_name, strlen(entry->d_name) + 1);
		found = 1;
	}
	(void)closedir(dir);
	return found;
}

static int remove_lowest(struct way *way)
{
	const char *name = last_name(way);
	int at;

	if (ladder_up(&way->ladder) < 0)
		return -1;
	at = ladder_fd(&way->ladder);
	if (unlinkat(at, name, AT_REMOVEDIR) < 0 && errno != ENOENT &&
	    (errno != EACCES || fchmod(at, 0700) < 0 ||
	     unlinkat(at, name, AT_REMOVEDIR) < 0))
		return -1;
	cut_name(way);
	return 0;
}

static int remove_dir(struct way *way, const char *name)
{
	char below[NAME_MAX + 1];

	if (way_down(way, name) < 0)
		return -1;
	while (way->names.len > 0) {
		int found = empty_files(ladder_fd(&way->ladder), below);

		if (found < 0 ||
		    (found > 0 ? way_down(way, below) : remove_lowest(way)) < 0)
			return -1;
	}
	return 0;
}

int remove_tree(int dir, const char *name, struct error *err)
{
	struct way way = { 0 };
	int ret;

	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return error_sys(err, "cannot remove \"%s\"", name);
	ret = ladder_init(&way.ladder, dir) < 0 ? -1 : remove_dir(&way, name);
	if (ret < 0)
		(void)error_sys(err, "cannot remove \"%s\" whole", name);
	way_done(&way);
	return ret;
}
