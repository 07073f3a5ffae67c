/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* probe-init.c - attempts on process 1 and on other processes' insides; see probe.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

#define FDS 64

static const char *proc_path(long pid, const char *file)
{
	static char path[128];

	(void)snprintf(path, sizeof path, "/proc/%ld/%s", pid, file);
	return path;
}

/* PID */
static int trace(int argc, char **argv)
{
	const pid_t pid = (pid_t)number(argc, argv, 0);
	char byte;
	/* the program's own code: where it is in us it is in what has only forked */
	struct iovec mine = { &byte, 1 }, its = { (void *)(uintptr_t)trace, 1 };

	tried("process_vm_readv", process_vm_readv(pid, &mine, 1, &its, 1, 0));
	tried("PTRACE_SEIZE", ptrace(PTRACE_SEIZE, pid, NULL, NULL));
	(void)ptrace(PTRACE_DETACH, pid, NULL, NULL);
	tried("PTRACE_ATTACH", ptrace(PTRACE_ATTACH, pid, NULL, NULL));
	return verdict();
}

/* PID */
static int open_mem(int argc, char **argv)
{
	const long pid = number(argc, argv, 0);

	tried("mem for writing", open(proc_path(pid, "mem"), O_RDWR | O_CLOEXEC));
	tried("mem", open(proc_path(pid, "mem"), O_RDONLY | O_CLOEXEC));
	tried("maps", open(proc_path(pid, "maps"), O_RDONLY | O_CLOEXEC));
	tried("auxv", open(proc_path(pid, "auxv"), O_RDONLY | O_CLOEXEC));
	return verdict();
}

/* PID FILE SECRET: whether @file of it can be read, and has the secret in it. */
static int read_secret(int argc, char **argv)
{
	const long pid = number(argc, argv, 0);
	const char *file = text(argc, argv, 1), *secret = text(argc, argv, 2);
	static char buf[1 << 20];
	int fd = open(proc_path(pid, file), O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof buf);

	if (n < 0)
		note("%s: %s, ", file, strerrorname_np(errno));
	found("secret", n > 0 && memmem(buf, (size_t)n, secret, strlen(secret)));
	return verdict();
}

/* What our init would send when its command had ended with 42, or any counter. */
static void forge(int fd)
{
	static const struct {
		int32_t type, value;
	} exited[] = { { 5, 42 << 8 }, { 4, 42 << 8 }, { 6, 42 << 8 } };
	const uint64_t count = 43;

	for (size_t i = 0; i < sizeof exited / sizeof exited[0]; i++)
		(void)!write(fd, &exited[i], sizeof exited[i]);
	(void)!write(fd, &count, sizeof count);
}

/* PID: takes its descriptors and reports a status of 42 through them. */
static int steal_fds(int argc, char **argv)
{
	const pid_t pid = (pid_t)number(argc, argv, 0);
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	int last = ENOENT, stolen = 0;
	char path[64];

	if (pidfd < 0)
		cannot("pidfd_open");
	for (int n = 0; n < FDS; n++) {
		int fd = (int)syscall(SYS_pidfd_getfd, pidfd, n, 0);

		if (fd < 0 && errno != EBADF)
			last = errno;
		stolen += fd >= 0;
		if (fd >= 0)
			forge(fd);
		(void)snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, n);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		stolen += fd >= 0;
		if (fd >= 0)
			forge(fd);
	}
	errno = last;
	tried("pidfd_getfd", stolen ? stolen : -1);
	tried("list of descriptors", open(proc_path(pid, "fd"), O_RDONLY | O_CLOEXEC));
	return verdict();
}

/* PID: a root directory other than my own is an escape. */
static int open_root(int argc, char **argv)
{
	static const char *const links[] = { "root", "cwd" };
	const long pid = number(argc, argv, 0);
	struct stat mine, its;

	if (stat("/", &mine) < 0)
		cannot("/");
	for (size_t i = 0; i < 2; i++) {
		int ret = stat(proc_path(pid, links[i]), &its);

		if (ret < 0)
			tried(links[i], ret);
		else
			found(links[i],
			      mine.st_dev != its.st_dev || mine.st_ino != its.st_ino);
	}
	return verdict();
}

/* PID */
static int enter_ns(int argc, char **argv)
{
	static const struct {
		const char *file;
		int type;
	} kinds[] = {
		{ "ns/user", CLONE_NEWUSER }, { "ns/mnt", CLONE_NEWNS },
		{ "ns/net", CLONE_NEWNET },   { "ns/pid_for_children", CLONE_NEWPID },
		{ "ns/ipc", CLONE_NEWIPC },   { "ns/uts", CLONE_NEWUTS }
	};
	const long pid = number(argc, argv, 0);
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		int fd = open(proc_path(pid, kinds[i].file), O_RDONLY | O_CLOEXEC);

		tried(kinds[i].file, fd < 0 ? -1 : setns(fd, kinds[i].type));
	}
	tried("all by pidfd", setns(pidfd, CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET));
	return verdict();
}

/* PID: the program that runs it, for writing. */
static int write_exe(int argc, char **argv)
{
	const long pid = number(argc, argv, 0);
	char exe[PATH_MAX];
	ssize_t n = readlink(proc_path(pid, "exe"), exe, sizeof exe - 1);

	tried("exe", open(proc_path(pid, "exe"), O_RDONLY | O_CLOEXEC));
	tried("exe for writing", open(proc_path(pid, "exe"), O_WRONLY | O_CLOEXEC));
	if (n > 0) {
		exe[n] = '\0';
		tried("its path for writing", open(exe, O_WRONLY | O_CLOEXEC));
	}
	return verdict();
}

const struct attempt init_attempts[] = {
	{ "trace", trace },
	{ "open-mem", open_mem },
	{ "read-secret", read_secret },
	{ "steal-fds", steal_fds },
	{ "open-root", open_root },
	{ "enter-ns", enter_ns },
	{ "write-exe", write_exe },
	{ 0 },
};
