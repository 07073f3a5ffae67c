/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* stamp.c - moments in the time of a file system; see stamp.h and set.h */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/sys.h"
#include "changes/set.h"
#include "changes/stamp.h"

static struct layer_name {
	char s[32];
} stamp_name(size_t n, const char *below)
{
	struct layer_name name;

	(void)snprintf(name.s, sizeof name.s, "%zu/%s", n, below);
	return name;
}

static int make_stamp(int dir, const char *name, struct timespec *ret)
{
	_cleanup_fd_ int fd = -1;
	struct stat st;

	(void)unlinkat(dir, name, 0);
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	*ret = st.st_ctim;
	return 0;
}

/*
 * The clock of a file system moves in steps. Only when it has moved on from the stamp do
 * times that are equal to it lie before now, and later ones behind.
 */
static int stamp_dir(int dir)
{
	struct timespec stamp, now;
	int tries = 0;

	if (make_stamp(dir, "stamp.new", &stamp) < 0)
		return -1;
	do {
		if (tries > 0)
			(void)nanosleep(&(struct timespec){ 0, 20000 }, NULL);
		if (make_stamp(dir, "tick", &now) < 0)
			return -1;
	} while (!clock_later(&now, &stamp) && tries++ < 100000);
	(void)unlinkat(dir, "tick", 0);
	return 0;
}

int stamp_make(int dir)
{
	return stamp_dir(dir) < 0 ? -1 : renameat(dir, "stamp.new", dir, "stamp");
}

int changes_stamp(const struct changes_set *set, size_t tree, bool done,
		  struct timespec *ret)
{
	struct stat st;

	if (fstatat(set->layers, stamp_name(tree, done ? "done" : "stamp").s, &st,
		    AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	*ret = st.st_mtim;
	return 0;
}

static int open_stamps(const struct changes_set *set, size_t tree)
{
	return sys_openat2(set->layers, stamp_name(tree, ".").s,
			   O_RDONLY | O_DIRECTORY | O_CLOEXEC,
			   RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
}

static int fail_stamp(const struct changes_set *set, size_t tree, struct error *err)
{
	return error_sys(err, "%s/%zu: cannot note the time", set->layers_path, tree);
}

int changes_clock(const struct changes_set *set, size_t tree, struct timespec *ret)
{
	_cleanup_fd_ int dir = open_stamps(set, tree);

	return dir < 0 ? -1 : make_stamp(dir, "tick", ret);
}

int changes_stamp_now(const struct changes_set *set, size_t tree, struct error *err)
{
	_cleanup_fd_ int dir = open_stamps(set, tree);

	return dir < 0 || stamp_dir(dir) < 0 ? fail_stamp(set, tree, err) : 0;
}

static int adopt_stamp(const struct changes_set *set, size_t tree, const char *name,
		       struct error *err)
{
	_cleanup_fd_ int dir = open_stamps(set, tree);

	return dir < 0 || renameat(dir, "stamp.new", dir, name) < 0
		       ? fail_stamp(set, tree, err)
		       : 0;
}

int changes_stamp_adopt(const struct changes_set *set, size_t tree, struct error *err)
{
	return adopt_stamp(set, tree, "stamp", err);
}

int changes_stamp_done(const struct changes_set *set, size_t tree, struct error *err)
{
	return changes_stamp_now(set, tree, err) < 0
		       ? -1
		       : adopt_stamp(set, tree, "done", err);
}
