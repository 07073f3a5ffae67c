/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* restore.c - put a cover back that has fallen off; see restore.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/job.h"
#include "base/mnt.h"
#include "base/path.h"
#include "box/covers/restore.h"

#define SECOND_MS 1000
#define COVER                                                                            \
	(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_RDONLY)

/*
 * A detached mount is a mount namespace to the kernel, of which U1 may have no more. The
 * file in the host's /proc is about the user namespace of who opens it. The command still
 * has no capability to make one with, and may make no user namespace that gives it one.
 */
static int allow_mounts(int limit, char *old, size_t size)
{
	ssize_t n = limit < 0 ? -1 : pread(limit, old, size - 1, 0);

	if (n <= 0)
		return -1;
	old[n] = '\0';
	return pwrite(limit, "8", 1, 0) == 1 ? 0 : -1;
}

/*
 * A device of the sandbox's own /dev, to be put on by a mount on which none can be
 * opened: before Linux 6.15 nothing can be cloned from a mount that is attached nowhere.
 */
static int new_closed_device(void)
{
	_cleanup_fd_ int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), at = -1;
	struct stat st;

	if (root < 0)
		return -1;
	at = mnt_open_in(root, "/dev/null", O_PATH);
	if (at < 0 || fstat(at, &st) < 0)
		return -1;
	errno = EINVAL;
	return S_ISCHR(st.st_mode) ? mnt_clone(at, "", true) : -1;
}

/* A new file system with one empty file, in place of the covers of the start. */
static int new_cover(bool dir)
{
	static const struct mnt_option options[] = { { "mode", "0000" },
						     { "size", "64k" },
						     { "nr_inodes", "16" },
						     { NULL, NULL } };
	_cleanup_fd_ int fs = mnt_new("tmpfs", options, COVER & ~MOUNT_ATTR_RDONLY),
			 file = -1;

	if (fs < 0)
		return -1;
	if (dir)
		return mnt_set(fs, COVER, false) < 0 ? -1 : take_fd(&fs);
	if (mknodat(fs, "file", S_IFREG, 0) < 0)
		return -1;
	file = mnt_clone(fs, "file", false);
	if (file < 0 && errno == EINVAL)
		file = new_closed_device();
	return file < 0 || mnt_set(file, COVER, false) < 0 ? -1 : take_fd(&file);
}

/* Whether @at is where some mount begins. */
static int is_mount(int at)
{
	struct statx st;

	if (statx(at, "", AT_EMPTY_PATH, STATX_TYPE, &st) < 0)
		return -1;
	return (st.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

/* Puts what is at @at onto itself. */
static int pin_itself(int at, bool readonly)
{
	_cleanup_fd_ int fd = mnt_clone(at, "", true);

	if (fd < 0 || (readonly && mnt_set(fd, MOUNT_ATTR_RDONLY, true) < 0))
		return -1;
	return mnt_attach(fd, at);
}

/* 1: it is covered already. */
static int cover_one(int top, const char *below, const struct covered *cover,
		     const struct stat *now)
{
	_cleanup_fd_ int at = mnt_open_below(top, below, O_PATH), fd = -1;
	struct stat st;

	if (at < 0 || fstat(at, &st) < 0)
		return -1;
	if (st.st_dev != now->st_dev || st.st_ino != now->st_ino) {
		if (cover->denied && is_mount(at) == 1)
			return 1; /* it has one, as a copy */
		errno = ESTALE;
		return -1;
	}
	if (!cover->denied)
		return mnt_is_readonly(at) ? 1 : pin_itself(at, true);
	fd = new_cover(S_ISDIR(st.st_mode));
	return fd < 0 ? -1 : mnt_attach(fd, at);
}

/* The directories on the way, from above, as far as they are no mount points already. */
static int pin_way(int top, const char *below, const struct covered *cover,
		   const struct stat *now)
{
	char part[4096];

	if (strlen(below) >= sizeof part)
		return -1;
	for (const char *end = strchr(below, '/'); end; end = strchr(end + 1, '/')) {
		_cleanup_fd_ int at = -1;

		memcpy(part, below, (size_t)(end - below));
		part[end - below] = '\0';
		at = mnt_open_below(top, part, O_PATH | O_DIRECTORY);
		if (at < 0 || (is_mount(at) == 0 && pin_itself(at, false) < 0) ||
		    cover_one(top, below, cover, now) < 0)
			return -1;
	}
	return 0;
}

static int cover_again(const struct covered *cover, const struct stat *now)
{
	const char *below = path_below(cover->target, cover->top);
	_cleanup_fd_ int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), top = -1;
	int was;

	if (root < 0)
		return -1;
	top = mnt_open_in(root, cover->top, O_PATH | O_DIRECTORY);
	was = top < 0 ? -1 : cover_one(top, below, cover, now);
	if (was < 0 || (cover->writable && pin_way(top, below, cover, now) < 0))
		return -1;
	return was;
}

struct work {
	int mntns;
	const struct covered *cover;
	const struct stat *now;
};

/* In U1. A byte of answer says that it was covered still. */
static int cover_job(void *data, int out, struct error *err)
{
	const struct work *w = data;
	_cleanup_fd_ int limit =
		open("/proc/sys/user/max_mnt_namespaces", O_RDWR | O_CLOEXEC);
	char old[32];
	int errnum, was;

	if (allow_mounts(limit, old, sizeof old) < 0)
		return error_sys(err, "user.max_mnt_namespaces");
	was = setns(w->mntns, CLONE_NEWNS) < 0 ? -1 : cover_again(w->cover, w->now);
	errnum = errno;
	if (pwrite(limit, old, strlen(old), 0) < 0 && was >= 0)
		return error_sys(err, "user.max_mnt_namespaces");
	errno = errnum;
	if (was < 0)
		return error_sys(err, "cannot mount on %s in the sandbox",
				 w->cover->target);
	return was > 0 && io_write_all(out, "", 1) < 0 ? error_sys(err, "no answer") : 0;
}

int cover_restore(int mntns, const struct covered *cover, const struct stat *now,
		  struct error *err)
{
	_cleanup_fd_ int userns = ioctl(mntns, NS_GET_USERNS);
	_cleanup_strbuf_ struct strbuf answer = { 0 };
	struct work w = { mntns, cover, now };
	const struct job job = { .name = "covering it again",
				 .userns = userns,
				 .time = SECOND_MS,
				 .answer_max = 1,
				 .work = cover_job,
				 .data = &w };

	if (userns < 0)
		return error_sys(err, "its user namespace");
	return job_run(&job, &answer, err) < 0 ? -1 : answer.len > 0;
}
