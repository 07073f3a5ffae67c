/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* restore.c - put a cover back that has fallen off; see restore.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mnt.h"
#include "base/path.h"
#include "base/sys.h"
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

/* Into the user namespace that owns @mntns; *ret_limit: see allow_mounts(). */
static int enter_user(int mntns, int *ret_limit)
{
	_cleanup_fd_ int userns = ioctl(mntns, NS_GET_USERNS);

	if (userns < 0 || setns(userns, CLONE_NEWUSER) < 0)
		return -1;
	*ret_limit = open("/proc/sys/user/max_mnt_namespaces", O_RDWR | O_CLOEXEC);
	return 0;
}

/* A new file system with one empty file, in place of the covers of the start. */
static int empty(bool dir)
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

static bool is_readonly(int at)
{
	struct statvfs fs;

	return fstatvfs(at, &fs) == 0 && (fs.f_flag & ST_RDONLY);
}

/* Puts what is at @at onto itself. */
static int pin(int at, bool readonly)
{
	_cleanup_fd_ int fd = mnt_clone(at, "", true);

	if (fd < 0 || (readonly && mnt_set(fd, MOUNT_ATTR_RDONLY, true) < 0))
		return -1;
	return mnt_attach(fd, at);
}

static int cover_one(int top, const char *below, const struct covered *cover,
		     const struct stat *now)
{
	_cleanup_fd_ int at = mnt_open_below(top, below, O_PATH), fd = -1;
	struct stat st;

	if (at < 0 || fstat(at, &st) < 0)
		return -1;
	if (st.st_dev != now->st_dev || st.st_ino != now->st_ino) {
		if (cover->denied && is_mount(at) == 1)
			return 0; /* it has one, as a copy */
		errno = ESTALE;
		return -1;
	}
	if (!cover->denied)
		return is_readonly(at) ? 0 : pin(at, true);
	fd = empty(S_ISDIR(st.st_mode));
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
		if (at < 0 || (is_mount(at) == 0 && pin(at, false) < 0) ||
		    cover_one(top, below, cover, now) < 0)
			return -1;
	}
	return 0;
}

static int cover_again(const struct covered *cover, const struct stat *now)
{
	const char *below = path_below(cover->target, cover->top);
	_cleanup_fd_ int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), top = -1;

	if (root < 0)
		return -1;
	top = mnt_open_in(root, cover->top, O_PATH | O_DIRECTORY);
	if (top < 0 || cover_one(top, below, cover, now) < 0)
		return -1;
	return cover->writable ? pin_way(top, below, cover, now) : 0;
}

/* 0 or an errno */
static int work(int mntns, const struct covered *cover, const struct stat *now)
{
	_cleanup_fd_ int limit = -1;
	char old[32];
	int errnum;

	if (enter_user(mntns, &limit) < 0 || allow_mounts(limit, old, sizeof old) < 0)
		return errno;
	errnum = setns(mntns, CLONE_NEWNS) < 0 || cover_again(cover, now) < 0 ? errno : 0;
	if (pwrite(limit, old, strlen(old), 0) < 0 && errnum == 0)
		errnum = errno;
	return errnum;
}

/* The child's exit status is its errno, 0 if all went well. */
static int wait_for(pid_t pid, int pidfd)
{
	struct pollfd ended = { pidfd, POLLIN, 0 };
	int status;

	if (poll(&ended, 1, SECOND_MS) <= 0)
		(void)sys_pidfd_send_signal(pidfd, SIGKILL);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : ETIMEDOUT;
}

int cover_restore(int mntns, const struct covered *cover, const struct stat *now,
		  struct error *err)
{
	int pidfd = -1, errnum;
	const struct clone3_args args = { .flags = CLONE_PIDFD,
					  .pidfd = (uint64_t)(uintptr_t)&pidfd,
					  .exit_signal = SIGCHLD };
	pid_t pid = sys_clone3(&args);

	if (pid < 0)
		return error_sys(err, "cannot make a process for it");
	if (pid == 0)
		_exit(work(mntns, cover, now));
	errnum = wait_for(pid, pidfd);
	(void)close(pidfd);
	if (errnum == 0)
		return 0;
	errno = errnum;
	return error_sys(err, "cannot mount on %s in the sandbox", cover->target);
}
