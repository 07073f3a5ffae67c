/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * own.c - make sbox's own directories; see own.h
 *
 * Process: the supervisor, before anything is started
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/sys.h"
#include "box/start/own.h"

/* @path, whose last component is @name, in a directory of ours without the right to. */
static int make_in_readonly(const char *path, const char *name)
{
	char parent[PATH_MAX];
	_cleanup_fd_ int fd = -1;
	struct stat st;
	int ret, errnum;

	memcpy(parent, path, (size_t)(name - path));
	parent[name - path] = '\0';
	fd = sys_openat2(AT_FDCWD, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC,
			 RESOLVE_NO_SYMLINKS);
	if (fd < 0 || fstat(fd, &st) < 0 ||
	    fchmod(fd, (st.st_mode & 07777) | S_IWUSR | S_IXUSR) < 0) {
		errno = EACCES;
		return -1;
	}
	ret = mkdirat(fd, name, 0700);
	errnum = errno;
	(void)fchmod(fd, st.st_mode & 07777);
	errno = errnum;
	return ret;
}

static int make_dir(const char *path)
{
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return 0;
	if (errno != EACCES)
		return -1;
	return make_in_readonly(path, strrchr(path, '/') + 1) == 0 || errno == EEXIST
		       ? 0
		       : -1;
}

/*
 * Whether a command with the same rights can make @path no more than we could just now,
 * with errno. What is its own it could make writable first.
 */
static bool nobody_can(char *path)
{
	char *slash = strrchr(path, '/');
	const int errnum = errno;
	struct stat st;
	bool ours;

	*slash = '\0';
	ours = stat(*path ? path : "/", &st) < 0 || st.st_uid == getuid();
	*slash = '/';
	errno = errnum;
	return errnum == EROFS || (errnum == EACCES && !ours);
}

/* One, with all above it. */
static int make_own_dir(const struct plan *plan, const char *dir, struct error *err)
{
	char part[PATH_MAX];

	if (strlen(dir) >= sizeof part)
		return error_set(err, "%s: the path is too long", dir);
	for (size_t n = 1; n <= strlen(dir); n++) {
		if (dir[n] != '/' && dir[n] != '\0')
			continue;
		memcpy(part, dir, n);
		part[n] = '\0';
		if (make_dir(part) == 0)
			continue;
		if (plan->given && nobody_can(part))
			return 0;
		return error_sys(err,
				 "cannot make %s, which the command must not be able to "
				 "make",
				 part);
	}
	return 0;
}

int own_make_dirs(const struct plan *plan, struct error *err)
{
	for (size_t i = 0; i < plan->make_dirs_len; i++)
		if (make_own_dir(plan, plan->make_dirs[i], err) < 0)
			return -1;
	return 0;
}
