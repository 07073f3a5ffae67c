/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* calls.c - the system calls that are observed; see calls.h */
#include "config.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "box/observe/calls.h"
#include "seccomp/syscalls.h"

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

/* of the path: the arguments with its directory and with itself; the same of a second one
 */
#define ROW2(call, dir, path, dir2, path2, access, flags)                                \
	{                                                                                \
		SYS_##call, #call, { { dir, path }, { dir2, path2 } }, access, flags     \
	}
#define ROW(call, dir, path, access, flags)                                              \
	ROW2(call, dir, path, OBSERVE_NONE, OBSERVE_NONE, access, flags)
#define PLAIN(call, access) ROW(call, OBSERVE_NONE, 0, access, OBSERVE_NONE)
#define AT(call, access) ROW(call, 0, 1, access, OBSERVE_NONE)

const struct observe_call observe_calls[] = {
	ROW(openat, 0, 1, OBSERVE_READ, 2),
	AT(openat2, OBSERVE_READ),
	AT(newfstatat, OBSERVE_READ),
	AT(statx, OBSERVE_READ),
	AT(faccessat, OBSERVE_READ),
	AT(faccessat2, OBSERVE_READ),
	AT(readlinkat, OBSERVE_READ),
	PLAIN(execve, OBSERVE_EXEC),
	AT(execveat, OBSERVE_EXEC),
	PLAIN(chdir, OBSERVE_READ),
	PLAIN(statfs, OBSERVE_READ),
	PLAIN(getxattr, OBSERVE_READ),
	PLAIN(lgetxattr, OBSERVE_READ),
	PLAIN(listxattr, OBSERVE_READ),
	PLAIN(llistxattr, OBSERVE_READ),
	ROW(inotify_add_watch, OBSERVE_NONE, 1, OBSERVE_READ, OBSERVE_NONE),
	AT(mkdirat, OBSERVE_CREATE),
	AT(mknodat, OBSERVE_CREATE),
	AT(unlinkat, OBSERVE_WRITE),
	ROW2(renameat2, 0, 1, 2, 3, OBSERVE_CREATE, OBSERVE_NONE),
	ROW2(linkat, 2, 3, 0, 1, OBSERVE_CREATE, OBSERVE_NONE),
	ROW(symlinkat, 1, 2, OBSERVE_CREATE, OBSERVE_NONE),
	AT(fchmodat, OBSERVE_WRITE),
	AT(fchmodat2, OBSERVE_WRITE),
	AT(fchownat, OBSERVE_WRITE),
	AT(utimensat, OBSERVE_WRITE),
	PLAIN(truncate, OBSERVE_WRITE),
	PLAIN(setxattr, OBSERVE_WRITE),
	PLAIN(lsetxattr, OBSERVE_WRITE),
	PLAIN(removexattr, OBSERVE_WRITE),
	PLAIN(lremovexattr, OBSERVE_WRITE),
	ROW(connect, OBSERVE_NONE, 1, OBSERVE_CONNECT, OBSERVE_NONE),
	ROW(ptrace, OBSERVE_NONE, OBSERVE_NONE, OBSERVE_TRACE, OBSERVE_NONE),
#ifdef SYS_renameat
	ROW2(renameat, 0, 1, 2, 3, OBSERVE_CREATE, OBSERVE_NONE),
#endif
#ifdef SYS_open /* the older calls, of x86-64 alone */
	ROW(open, OBSERVE_NONE, 0, OBSERVE_READ, 1),
	PLAIN(creat, OBSERVE_CREATE),
	PLAIN(stat, OBSERVE_READ),
	PLAIN(lstat, OBSERVE_READ),
	PLAIN(access, OBSERVE_READ),
	PLAIN(readlink, OBSERVE_READ),
	PLAIN(mkdir, OBSERVE_CREATE),
	PLAIN(mknod, OBSERVE_CREATE),
	PLAIN(rmdir, OBSERVE_WRITE),
	PLAIN(unlink, OBSERVE_WRITE),
	ROW2(rename, OBSERVE_NONE, 0, OBSERVE_NONE, 1, OBSERVE_CREATE, OBSERVE_NONE),
	ROW2(link, OBSERVE_NONE, 1, OBSERVE_NONE, 0, OBSERVE_CREATE, OBSERVE_NONE),
	ROW(symlink, OBSERVE_NONE, 1, OBSERVE_CREATE, OBSERVE_NONE),
	PLAIN(chmod, OBSERVE_WRITE),
	PLAIN(chown, OBSERVE_WRITE),
	PLAIN(lchown, OBSERVE_WRITE),
	PLAIN(utime, OBSERVE_WRITE),
	PLAIN(utimes, OBSERVE_WRITE),
#endif
};

const size_t observe_calls_len = sizeof observe_calls / sizeof observe_calls[0];

#define CALLS (sizeof observe_calls / sizeof observe_calls[0])

int observe_stop_at_calls(struct error *err)
{
	struct sock_filter insns[4 + 2 * CALLS + 1] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYSCALL_ARCH, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	};
	struct sock_fprog program = { .filter = insns };
	unsigned short len = 4;

	/* the observer is told which row it is */
	for (size_t i = 0; i < CALLS; i++) {
		insns[len++] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)observe_calls[i].number, 0,
			1);
		insns[len++] = (struct sock_filter)BPF_STMT(
			BPF_RET | BPF_K, SECCOMP_RET_TRACE | (uint32_t)i);
	}
	insns[len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	program.len = len;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0UL, &program))
		return error_sys(err, "--observe: cannot load its seccomp filter");
	return 0;
}
