/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * probe-legacy.c - attempts by old and rare system calls, by files without a name, and
 * on one's own processes; see probe.h
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <linux/netlink.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

/*
 * With arguments that do no harm to anyone who may: a query, or a pointer to nowhere.
 * What an ordinary user can have is told first, so that a control outside succeeds.
 */
static int legacy(int argc, char **argv)
{
	struct {
		struct file_handle head;
		unsigned char rest[128];
	} handle = { .head.handle_bytes = 128 };
	int mount;
	pid_t self = getpid();

	(void)argc, (void)argv;
	tried("kcmp", syscall(SYS_kcmp, self, self, KCMP_FILE, 0, 0));
	tried("name_to_handle_at",
	      syscall(SYS_name_to_handle_at, AT_FDCWD, "/", &handle, &mount, 0));
	tried("open_by_handle_at",
	      syscall(SYS_open_by_handle_at, AT_FDCWD, &handle, O_RDONLY));
#ifdef __x86_64__
	tried("modify_ldt", syscall(SYS_modify_ldt, 0, NULL, 0));
	tried("iopl", syscall(SYS_iopl, 3));
	tried("ioperm", syscall(SYS_ioperm, 0x80, 1, 1));
	tried("uselib", syscall(SYS_uselib, NULL));
	tried("ustat", syscall(SYS_ustat, 0, NULL));
	tried("sysfs", syscall(SYS_sysfs, 3));
#endif
	tried("lookup_dcookie", syscall(SYS_lookup_dcookie, 0L, NULL, 0L));
	tried("acct", syscall(SYS_acct, ""));
	tried("quotactl", syscall(SYS_quotactl, -1, NULL, 0, NULL));
	tried("swapon", syscall(SYS_swapon, NULL, 0));
	tried("reboot", syscall(SYS_reboot, 0, 0, 0, NULL));
	tried("kexec_load", syscall(SYS_kexec_load, 0, 0, NULL, -1));
	tried("init_module", syscall(SYS_init_module, NULL, 0, NULL));
	tried("finit_module", syscall(SYS_finit_module, -1, "", 0));
	tried("syslog", syscall(SYS_syslog, 9, NULL, 0));
	tried("clock_settime", syscall(SYS_clock_settime, 0, NULL));
	tried("process_madvise", syscall(SYS_process_madvise, -1, NULL, 0, 0, 0));
	return verdict();
}

/* A copy of the program FILE that has no name is executed. */
static int memfd_exec(int argc, char **argv)
{
	char *const args[] = { (char *)"copy", NULL }, *const none[] = { NULL };
	char buf[65536];
	int from = open(text(argc, argv, 0), O_RDONLY | O_CLOEXEC);
	int to = memfd_create("copy", MFD_CLOEXEC), status = -1;
	ssize_t n;
	pid_t pid;

	if (from < 0 || to < 0)
		cannot("a file");
	while ((n = read(from, buf, sizeof buf)) > 0)
		if (write(to, buf, (size_t)n) != n)
			cannot("write");
	(void)fflush(stdout);
	pid = fork();
	if (pid == 0) {
		(void)syscall(SYS_execveat, to, "", args, none, AT_EMPTY_PATH);
		_exit(99);
	}
	(void)waitpid(pid, &status, 0);
	found("executed from memory", WIFEXITED(status) && WEXITSTATUS(status) == 0);
	return verdict();
}

/* The part of the kernel where the rules of a network are made, and raw packets. */
static int nft_reach(int argc, char **argv)
{
	(void)argc, (void)argv;
	if (enter_namespaces(CLONE_NEWNET) < 0) {
		tried("namespaces", -1);
		tried("a packet socket", socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
		return verdict();
	}
	tried("a packet socket", socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
	tried("netfilter",
	      socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER));
	return verdict();
}

/* A debugger on its own child. */
static int trace_child(int argc, char **argv)
{
	int status;
	pid_t pid;

	(void)argc, (void)argv;
	(void)fflush(stdout);
	pid = fork();
	if (pid == 0) {
		(void)pause();
		_exit(0);
	}
	tried("PTRACE_SEIZE", ptrace(PTRACE_SEIZE, pid, NULL, NULL));
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, &status, 0);
	return verdict();
}

const struct attempt legacy_attempts[] = {
	{ "legacy", legacy },
	{ "memfd-exec", memfd_exec },
	{ "nft-reach", nft_reach },
	{ "trace-child", trace_child },
	{ 0 },
};
