/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys.h - system calls and constants that the C library may not have yet
 *
 * Everything here exists on Linux 5.14, the oldest kernel that sbox runs on, or
 * is asked for by version before it is used (Landlock). Numbers are those of the
 * unified table, the same on every architecture since 5.1.
 *
 * The includer has included config.h: close_range() is in glibc since 2.34, the calls of
 * mounts by descriptor since 2.36, and in musl are none of them.
 */
#ifndef SBOX_SYS_H
#define SBOX_SYS_H

#include <errno.h>
#include <linux/openat2.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP UINT64_C(0x200000000)
#endif

/* The C library comes first: the kernel defines words of <sys/mount.h> as macros. */
#ifndef HAVE_FSOPEN
#include <linux/mount.h>

/* fsopen(2), for a C library without it. */
static inline int fsopen(const char *type, unsigned flags)
{
	return (int)syscall(SYS_fsopen, type, flags);
}

/* fsconfig(2), for a C library without it. */
static inline int fsconfig(int fd, unsigned cmd, const char *key, const void *value,
			   int aux)
{
	return (int)syscall(SYS_fsconfig, fd, cmd, key, value, aux);
}

/* fsmount(2), for a C library without it. */
static inline int fsmount(int fd, unsigned flags, unsigned attrs)
{
	return (int)syscall(SYS_fsmount, fd, flags, attrs);
}

/* open_tree(2), for a C library without it. */
static inline int open_tree(int dirfd, const char *path, unsigned flags)
{
	return (int)syscall(SYS_open_tree, dirfd, path, flags);
}

/* mount_setattr(2), for a C library without it. */
static inline int mount_setattr(int dirfd, const char *path, unsigned flags,
				struct mount_attr *attr, size_t size)
{
	return (int)syscall(SYS_mount_setattr, dirfd, path, flags, attr, size);
}

/* move_mount(2), for a C library without it. */
static inline int move_mount(int from, const char *path, int to, const char *name,
			     unsigned flags)
{
	return (int)syscall(SYS_move_mount, from, path, to, name, flags);
}
#endif

#ifndef HAVE_CLOSE_RANGE
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

/* close_range(2), for a C library without it. */
static inline int close_range(unsigned first, unsigned last, int flags)
{
	return (int)syscall(SYS_close_range, first, last, flags);
}
#endif

struct clone3_args { /* clone(2), CLONE_ARGS_SIZE_VER2 */
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls,
		set_tid, set_tid_size, cgroup;
};

/* fork()-like: no new stack. Only for single-threaded callers. */
static inline pid_t sys_clone3(const struct clone3_args *args)
{
	return (pid_t)syscall(SYS_clone3, args, sizeof *args);
}

/*
 * EAGAIN: while ".." was followed below a root, something was renamed or mounted anywhere
 * on the machine, and the kernel could not be sure to have stayed there: openat2(2) asks
 * the caller to try again. Somebody who renames all the time could keep us here.
 */
#define OPENAT2_TRIES 1000

/* openat2(2): a descriptor, or -1 with errno. */
static inline int sys_openat2(int dirfd, const char *path, uint64_t flags,
			      uint64_t resolve)
{
	struct open_how how = { .flags = flags, .resolve = resolve };
	int fd = -1;

	for (int i = 0; i < OPENAT2_TRIES; i++) {
		fd = (int)syscall(SYS_openat2, dirfd, path, &how, sizeof how);
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	return fd;
}

/* pivot_root(2); -1 with errno, as those below. */
static inline int sys_pivot_root(const char *new_root, const char *put_old)
{
	return (int)syscall(SYS_pivot_root, new_root, put_old);
}

/* Close-on-exec, as the kernel makes them. */
static inline int sys_pidfd_open(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0U);
}

/* As kill(2), to no process but that one. */
static inline int sys_pidfd_send_signal(int pidfd, int sig)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0U);
}

/* As sigqueue(3), to no process but that one: it is told SI_QUEUE. */
static inline int sys_pidfd_queue_signal(int pidfd, int sig)
{
	siginfo_t info = { .si_signo = sig, .si_code = SI_QUEUE };

	info.si_pid = getpid();
	info.si_uid = getuid();
	return (int)syscall(SYS_pidfd_send_signal, pidfd, sig, &info, 0U);
}

#endif
