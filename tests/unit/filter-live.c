/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter-live.c - the default seccomp programs, loaded, against real system calls
 *
 * Every probe runs in a child of its own, once without the filter and once with it, so
 * that an answer that the kernel would give anyway is not taken for the filter's. The
 * child is root of a new user namespace where that can be had, because much is refused
 * to others before any argument is looked at. Arguments are harmless: bad
 * pointers, bad descriptors, queries. Root becomes nobody first.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "box/fence/seccomp.h"

#define HIGH ((uint64_t)1 << 32)
#define NOBODY 65534

/* What a child does; the result is 0 or an errno. */
typedef int action_fn(const void *data);

/* Loads the default pair, or fails the probe with 255. */
static void filter_enter(void)
{
	const struct filter_policy policy = { .base = FILTER_DEFAULT, .stock = true };
	struct filter_programs programs;
	struct error err = { 0 };

	filter_stock(&policy, &programs);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || filter_load(&programs, &err)) {
		fprintf(stderr, "%s\n", err.msg);
		_exit(255);
	}
}

static void proc_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		fprintf(stderr, "filter-live: %s: %s\n", path, strerror(errno));
	if (fd >= 0)
		(void)close(fd);
}

/* Root of new namespaces, if that can be had; without core dumps. */
static void namespaces_enter(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	char map[32];

	(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); /* or /proc/self is root's */
	if (!unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS)) {
		proc_write("/proc/self/setgroups", "deny");
		(void)snprintf(map, sizeof map, "0 %u 1", uid);
		proc_write("/proc/self/uid_map", map);
		(void)snprintf(map, sizeof map, "0 %u 1", gid);
		proc_write("/proc/self/gid_map", map);
	}
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* The result of @action in a child: 0, an errno, or minus the signal that ended it. */
static int child_result(action_fn *action, const void *data, bool filtered)
{
	pid_t pid = fork();
	int status = 0;

	if (pid < 0)
		return ECHILD;
	if (pid == 0) {
		(void)signal(SIGSEGV,
			     SIG_DFL); /* cmocka would go on here with its tests */
		namespaces_enter();
		(void)alarm(20);
		if (filtered)
			filter_enter();
		_exit(action(data));
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

struct probe {
	const char *name;
	long nr;
	uint64_t args[4];
	unsigned high; /* the argument that is also tried with a high bit */
};

static int probe_run(const void *data)
{
	const struct probe *probe = data;

	if (syscall(probe->nr, probe->args[0], probe->args[1], probe->args[2],
		    probe->args[3], 0UL, 0UL) >= 0)
		return 0;
	return errno;
}

/* Whether @probe is answered with @expected, plain and with a high bit. */
static void probe_check(const struct probe *probe, int expected)
{
	for (unsigned pass = 0; pass < 2; pass++) {
		struct probe one = *probe;
		int without, with;

		if (pass)
			one.args[one.high] |= HIGH;
		without = child_result(probe_run, &one, false);
		with = child_result(probe_run, &one, true);
		if (with != expected)
			fail_msg("%s%s: expected %d, got %d (without a filter %d)",
				 one.name, pass ? " with a high bit" : "", expected, with,
				 without);
		if (without == with && pass == 0)
			print_message("# %s: the kernel alone says %d too\n", one.name,
				      without);
	}
}

static void probes_check(const struct probe *probes, size_t len, int expected)
{
	for (size_t i = 0; i < len; i++)
		probe_check(&probes[i], expected);
}

#define CHECK(probes, expected)                                                          \
	probes_check(probes, sizeof(probes) / sizeof *(probes), expected)
#define BAD ((uint64_t)-1)

static void test_namespaces(void **state)
{
	static const struct probe probes[] = {
		{ "unshare(0)", SYS_unshare, { 0 }, 0 },
		{ "unshare(NEWUSER)", SYS_unshare, { CLONE_NEWUSER }, 0 },
		{ "setns", SYS_setns, { BAD, 0 }, 1 },
		{ "clone(NEWUSER)", SYS_clone, { CLONE_NEWUSER | SIGCHLD }, 0 },
		{ "clone(NEWNS)", SYS_clone, { CLONE_NEWNS | SIGCHLD }, 0 },
		{ "clone(NEWNET)", SYS_clone, { CLONE_NEWNET | SIGCHLD }, 0 },
		{ "clone(NEWPID)", SYS_clone, { CLONE_NEWPID | SIGCHLD }, 0 },
		{ "clone(NEWIPC)", SYS_clone, { CLONE_NEWIPC | SIGCHLD }, 0 },
		{ "clone(NEWUTS)", SYS_clone, { CLONE_NEWUTS | SIGCHLD }, 0 },
		{ "clone(NEWCGROUP)", SYS_clone, { CLONE_NEWCGROUP | SIGCHLD }, 0 },
	};

	(void)state;
	CHECK(probes, EPERM);
}

static void test_mounts(void **state)
{
	static const struct probe probes[] = {
		{ "mount", SYS_mount, { 0, 0, 0, 0 }, 3 },
		{ "umount2", SYS_umount2, { 0, 0 }, 1 },
		{ "pivot_root", SYS_pivot_root, { 0, 0 }, 0 },
		{ "chroot", SYS_chroot, { 0 }, 0 },
		{ "open_tree", SYS_open_tree, { BAD, 0, 0 }, 2 },
		{ "move_mount", SYS_move_mount, { BAD, 0, BAD, 0 }, 0 },
		{ "fsopen", SYS_fsopen, { 0, 0 }, 1 },
		{ "fsconfig", SYS_fsconfig, { BAD, 0, 0, 0 }, 1 },
		{ "fsmount", SYS_fsmount, { BAD, 0, 0 }, 1 },
		{ "fspick", SYS_fspick, { BAD, 0, 0 }, 2 },
		{ "mount_setattr", SYS_mount_setattr, { BAD, 0, 0, 0 }, 2 },
		{ "sethostname", SYS_sethostname, { 0, 0 }, 1 },
		{ "setdomainname", SYS_setdomainname, { 0, 0 }, 1 },
	};

	(void)state;
	CHECK(probes, EPERM);
}

static void test_kernel_surface(void **state)
{
	static const struct probe probes[] = {
		{ "bpf", SYS_bpf, { BAD, 0, 0 }, 0 },
		{ "perf_event_open", SYS_perf_event_open, { 0, 0, BAD, BAD }, 1 },
		{ "userfaultfd", SYS_userfaultfd, { 1 }, 0 },
		{ "keyctl", SYS_keyctl, { 0, (uint64_t)-3, 0 }, 0 },
		{ "add_key", SYS_add_key, { 0, 0, 0, 0 }, 3 },
		{ "request_key", SYS_request_key, { 0, 0, 0, 0 }, 3 },
		{ "fanotify_init", SYS_fanotify_init, { 0, 0 }, 0 },
		{ "quotactl", SYS_quotactl, { 0, 0, 0, 0 }, 0 },
		{ "quotactl_fd", 443, { BAD, 0, 0, 0 }, 1 },
		{ "syslog", SYS_syslog, { 10, 0, 0 }, 0 },
		{ "acct", SYS_acct, { BAD }, 0 },
		{ "vhangup", SYS_vhangup, { 0 }, 0 },
		{ "swapon", SYS_swapon, { 0, 0 }, 1 },
		{ "swapoff", SYS_swapoff, { 0 }, 0 },
		{ "reboot", SYS_reboot, { 0, 0, 0, 0 }, 0 },
		{ "kexec_load", SYS_kexec_load, { 0, 0, 0, BAD }, 1 },
		{ "init_module", SYS_init_module, { 0, 0, 0 }, 1 },
		{ "finit_module", SYS_finit_module, { BAD, 0, 0 }, 0 },
		{ "delete_module", SYS_delete_module, { 0, 0 }, 1 },
		{ "settimeofday", SYS_settimeofday, { 0, 0 }, 0 },
		{ "clock_settime", SYS_clock_settime, { 0, 0 }, 0 },
		{ "adjtimex", SYS_adjtimex, { 0 }, 0 },
		{ "name_to_handle_at", SYS_name_to_handle_at, { BAD, 0, 0, 0 }, 0 },
		{ "open_by_handle_at", SYS_open_by_handle_at, { BAD, 0, 0 }, 0 },
		{ "move_pages", SYS_move_pages, { 0, 0, 0, 0 }, 0 },
		{ "migrate_pages", SYS_migrate_pages, { 0, 0, 0, 0 }, 0 },
#ifdef __x86_64__
		{ "iopl", SYS_iopl, { 0 }, 0 },
		{ "ioperm", SYS_ioperm, { 0, 1, 0 }, 2 },
		{ "modify_ldt", SYS_modify_ldt, { 0, 0, 0 }, 0 },
#endif
	};

	(void)state;
	CHECK(probes, EPERM);
}

static void test_processes(void **state)
{
	static const struct probe probes[] = {
		{ "process_vm_readv", SYS_process_vm_readv, { 1, 0, 0, 0 }, 0 },
		{ "process_vm_writev", SYS_process_vm_writev, { 1, 0, 0, 0 }, 0 },
		{ "process_madvise", SYS_process_madvise, { BAD, 0, 0, 0 }, 3 },
		{ "pidfd_getfd", SYS_pidfd_getfd, { BAD, 0, 0 }, 1 },
		{ "kcmp", SYS_kcmp, { 1, 1, 0, 0 }, 2 },
	};

	(void)state;
	CHECK(probes, EPERM);
}

static void test_absent(void **state)
{
	static const struct probe probes[] = {
		{ "clone3", SYS_clone3, { 0, 0 }, 1 },
		{ "openat2", 437, { BAD, 0, 0, 0 }, 0 },
		{ "io_uring_setup", 425, { 0, 0 }, 0 },
		{ "io_uring_enter", 426, { BAD, 0, 0, 0 }, 0 },
		{ "io_uring_register", 427, { BAD, 0, 0, 0 }, 1 },
		{ "vmsplice", SYS_vmsplice, { BAD, 0, 0, 0 }, 0 },
		{ "statmount", 457, { 0, 0, 0, 0 }, 2 },
		{ "listmount", 458, { 0, 0, 0, 0 }, 2 },
		{ "lsm_get_self_attr", 459, { 0, 0, 0, 0 }, 0 },
		{ "lsm_set_self_attr", 460, { 0, 0, 0, 0 }, 0 },
		{ "lsm_list_modules", 461, { 0, 0, 0 }, 2 },
		{ "open_tree_attr", 467, { BAD, 0, 0, 0 }, 2 },
		{ "file_setattr", 469, { BAD, 0, 0, 0 }, 3 },
		{ "listns", 470, { 0, 0, 0, 0 }, 2 },
		{ "600", 600, { 0 }, 0 },
		{ "0x12345", 0x12345, { 0 }, 0 },
		{ "-1", -1, { 0 }, 0 },
		{ "nfsservctl", SYS_nfsservctl, { 0 }, 0 },
		{ "lookup_dcookie", SYS_lookup_dcookie, { 0, 0, 0 }, 1 },
#ifdef __x86_64__
		{ "uselib", SYS_uselib, { 0 }, 0 },
		{ "ustat", SYS_ustat, { 0, 0 }, 0 },
		{ "sysfs", SYS_sysfs, { 3 }, 0 },
#endif
	};

	(void)state;
	CHECK(probes, ENOSYS);
}

static void test_families(void **state)
{
	(void)state;
	for (unsigned family = 0; family < 64; family++) {
		struct probe probe = { "socket", SYS_socket, { family, SOCK_RAW, 0 }, 0 };
		int expected = EAFNOSUPPORT;

		if (family == AF_UNIX || family == AF_INET || family == AF_INET6 ||
		    family == AF_NETLINK)
			continue;
		for (unsigned pass = 0; pass < 4; pass++) {
			probe.nr = pass & 1 ? SYS_socketpair : SYS_socket;
			probe.args[0] = pass & 2 ? family | HIGH : family;
			if (child_result(probe_run, &probe, true) != expected)
				fail_msg("family %u pass %u", family, pass);
		}
	}
}

static void test_netlink(void **state)
{
	static const unsigned protocols[] = {
		1, 4, 6, 9, 12, 15, 16, 21, 31, 32, 0x10000
	};

	(void)state;
	for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++) {
		struct probe probe = { "socket(NETLINK)",
				       SYS_socket,
				       { AF_NETLINK, SOCK_RAW, protocols[i] },
				       2 };

		probe_check(&probe, EAFNOSUPPORT);
		probe.args[0] |= HIGH;
		probe_check(&probe, EAFNOSUPPORT);
	}
}

static void test_protocols(void **state)
{
	static const struct probe probes[] = {
		{ "SCTP", SYS_socket, { AF_INET, SOCK_STREAM, 132 }, 2 },
		{ "SCTP, packets", SYS_socket, { AF_INET6, SOCK_SEQPACKET, 132 }, 1 },
		{ "MPTCP", SYS_socket, { AF_INET, SOCK_STREAM, 262 }, 2 },
		{ "UDPLITE", SYS_socket, { AF_INET6, SOCK_DGRAM, 136 }, 2 },
		{ "DCCP", SYS_socket, { AF_INET, 6, 33 }, 1 },
		{ "any", SYS_socket, { AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 99 }, 2 },
		{ "any pair", SYS_socketpair, { AF_INET6, SOCK_DGRAM, 99 }, 2 },
	};

	(void)state;
	CHECK(probes, EPROTONOSUPPORT);
}

static void test_arguments(void **state)
{
	static const struct probe probes[] = {
		{ "TIOCSTI", SYS_ioctl, { BAD, 0x5412, 0 }, 1 },
		{ "TIOCLINUX", SYS_ioctl, { BAD, 0x541c, 0 }, 1 },
		{ "TIOCSETD", SYS_ioctl, { BAD, 0x5423, 0 }, 1 },
		{ "TIOCCONS", SYS_ioctl, { BAD, 0x541d, 0 }, 1 },
		{ "READ_IMPLIES_EXEC", SYS_personality, { 0x0400000 }, 0 },
		{ "ADDR_COMPAT_LAYOUT", SYS_personality, { 0x0200000 }, 0 },
		{ "MMAP_PAGE_ZERO", SYS_personality, { 0x0100000 }, 0 },
		{ "fchmod", SYS_fchmod, { BAD, 04755 }, 1 },
		{ "fchmodat", SYS_fchmodat, { BAD, 0, 02755 }, 2 },
		{ "fchmodat2", 452, { BAD, 0, 06000, 0 }, 2 },
		{ "mknodat", SYS_mknodat, { BAD, 0, 0104755, 0 }, 2 },
		{ "openat(O_CREAT)", SYS_openat, { BAD, 0, 0100, 04000 }, 3 },
		{ "openat(O_TMPFILE)", SYS_openat, { BAD, 0, 020200000, 02000 }, 3 },
#ifdef __x86_64__
		{ "chmod", SYS_chmod, { 0, 04755 }, 1 },
		{ "open(O_CREAT)", SYS_open, { 0, 0100, 04000 }, 2 },
		{ "creat", SYS_creat, { 0, 04755 }, 1 },
		{ "mknod", SYS_mknod, { 0, 0104755, 0 }, 1 },
#endif
		{ "F_SETLEASE", SYS_fcntl, { BAD, 1024, 0 }, 1 },
		{ "F_SETDELEG", SYS_fcntl, { BAD, 1040, 0 }, 1 },
		{ "BTRFS_IOC_SNAP_CREATE_V2", SYS_ioctl, { BAD, 0x50009417, 0 }, 1 },
		{ "NS_GET_PARENT", SYS_ioctl, { BAD, 0xb702, 0 }, 1 },
		{ "SIOCGSKNS", SYS_ioctl, { BAD, 0x894c, 0 }, 1 },
		{ "KDSKBENT", SYS_ioctl, { BAD, 0x4b47, 0 }, 1 },
	};

	(void)state;
	CHECK(probes, EPERM);
}

#ifdef __x86_64__
static long int80(long nr, long a, long b, long c)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(nr), "b"(a), "c"(b), "d"(c)
			 : "memory", "r8", "r9", "r10", "r11");
	return result;
}

static int call_errno(long result)
{
	return result < 0 && result >= -4095 ? (int)-result : 0;
}

static int int80_run(const void *data)
{
	const struct probe *probe = data;

	return call_errno(int80(probe->nr, (long)probe->args[0], (long)probe->args[1],
				(long)probe->args[2]));
}

static void test_i386(void **state)
{
	static const struct probe probes[] = {
		{ "getpid", 20, { 0 }, 0 },   { "socketcall(SOCKET)", 102, { 1, 0 }, 0 },
		{ "mount", 21, { 0 }, 0 },    { "keyctl", 288, { 0 }, 0 },
		{ "unshare", 310, { 0 }, 0 }, { "userfaultfd", 374, { 0 }, 0 },
		{ "clone3", 435, { 0 }, 0 },  { "600", 600, { 0 }, 0 },
	};

	(void)state;
	if (child_result(int80_run, &probes[0], false) != 0) {
		/* no skip: without a filter as well, there is no call to get through */
		print_message("# this kernel has no int $0x80\n");
		return;
	}
	for (size_t i = 0; i < sizeof probes / sizeof *probes; i++)
		if (child_result(int80_run, &probes[i], true) != -SIGSYS)
			fail_msg("%s by int $0x80 was not killed", probes[i].name);
}

static void test_x32(void **state)
{
	static const long numbers[] = { 0, 39, 41, 56, 101, 165, 435, 512, 520, 547 };

	(void)state;
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		struct probe probe = { "x32", numbers[i] | 0x40000000, { BAD }, 0 };

		if (child_result(probe_run, &probe, true) != -SIGSYS)
			fail_msg("x32 call %ld was not killed", numbers[i]);
	}
}
#endif

/* With and without the filter it must be the same. */
static void test_same_answers(void **state)
{
	static const struct probe probes[] = {
		{ "socket(INET)", SYS_socket, { AF_INET, SOCK_STREAM, 0 }, 0 },
		{ "socket(INET, TCP)", SYS_socket, { AF_INET, SOCK_STREAM, 6 }, 0 },
		{ "socket(INET6)", SYS_socket, { AF_INET6, SOCK_DGRAM, 0 }, 0 },
		{ "socket(UNIX)", SYS_socket, { AF_UNIX, SOCK_STREAM, 0 }, 0 },
		{ "socket(ROUTE)", SYS_socket, { AF_NETLINK, SOCK_RAW, 0 }, 2 },
		{ "memfd_create", SYS_memfd_create, { 0, 0 }, 1 },
		{ "futex", SYS_futex, { 0, 1, 1, 0 }, 2 },
		{ "mseal", 462, { 0, 0, 0 }, 2 },
		{ "setxattrat", 463, { BAD, 0, 0, 0 }, 2 },
		{ "getxattrat", 464, { BAD, 0, 0, 0 }, 2 },
		{ "listxattrat", 465, { BAD, 0, 0, 0 }, 2 },
		{ "removexattrat", 466, { BAD, 0, 0, 0 }, 2 },
		{ "personality(query)", SYS_personality, { 0xffffffff }, 0 },
		{ "personality(no randomize)", SYS_personality, { 0x40000 }, 0 },
		{ "ioctl(TCGETS)", SYS_ioctl, { BAD, 0x5401, 0 }, 1 },
		{ "pidfd_open", SYS_pidfd_open, { BAD, 0 }, 1 },
		{ "get_mempolicy", SYS_get_mempolicy, { 0, 0, 0, 0 }, 3 },
		{ "seccomp", SYS_seccomp, { BAD, 0, 0 }, 1 },
		{ "landlock_create_ruleset", 444, { 0, 0, 1 }, 2 },
		{ "chmod", SYS_fchmodat, { BAD, 0, 0777, 0 }, 2 },
		{ "openat, a mode for nothing", SYS_openat, { BAD, 0, 0, 06755 }, 2 },
		{ "fcntl(F_GETLEASE)", SYS_fcntl, { BAD, 1025, 0 }, 1 },
		{ "fcntl(F_DUPFD)", SYS_fcntl, { BAD, 0, 0 }, 1 },
		{ "FICLONE", SYS_ioctl, { BAD, 0x40049409, 0 }, 1 },
		{ "FS_IOC_GETFLAGS", SYS_ioctl, { BAD, 0x80086601, 0 }, 1 },
		{ "socket(INET, UDP)", SYS_socket, { AF_INET, SOCK_DGRAM, 17 }, 2 },
		{ "close_range", 436, { 1, 0, 0 }, 2 },
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof probes / sizeof *probes; i++) {
		struct probe probe = probes[i / 2];
		int without, with;

		probe.args[probe.high] |= i & 1 ? HIGH : 0;
		without = child_result(probe_run, &probe, false);
		with = child_result(probe_run, &probe, true);
		if (without != with)
			fail_msg("%s: %d, with the filter %d", probe.name, without, with);
	}
}

static int exit_of(pid_t pid)
{
	int status = 0;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 7 ? 0 : ECHILD;
}

static int fork_run(const void *data)
{
	pid_t pid = fork();

	(void)data;
	if (pid == 0)
		_exit(7);
	return exit_of(pid);
}

/* clone(2) by itself, with a high bit in the flags, which the kernel drops. */
static int clone_run(const void *data)
{
	long pid = syscall(SYS_clone, SIGCHLD | *(const uint64_t *)data, 0, 0, 0, 0);

	if (pid == 0)
		_exit(7);
	return exit_of((pid_t)pid);
}

static void *thread_run(void *data)
{
	*(int *)data = 7;
	return NULL;
}

static int pthread_run(const void *data)
{
	int result = 0, error;
	pthread_t thread;

	(void)data;
	error = pthread_create(&thread, NULL, thread_run, &result);
	if (error)
		return error;
	error = pthread_join(thread, NULL);
	return error ? error : result == 7 ? 0 : ECHILD;
}

static int spawn_run(const void *data)
{
	char name[] = "sh", option[] = "-c", command[] = "exit 7";
	char *const argv[] = { name, option, command, NULL };
	pid_t pid = -1;
	int error = posix_spawn(&pid, "/bin/sh", NULL, NULL, argv, NULL);

	(void)data;
	return error ? error : exit_of(pid);
}

static int system_run(const void *data)
{
	int status = system("exit $(echo 7 | cat)");

	(void)data;
	return WIFEXITED(status) && WEXITSTATUS(status) == 7 ? 0 : ECHILD;
}

static int ptrace_run(const void *data)
{
	(void)data;
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) ? errno : 0;
}

static int socketpair_run(const void *data)
{
	int fds[2];
	char byte = 7;

	(void)data;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
		return errno;
	return write(fds[0], &byte, 1) == 1 && read(fds[1], &byte, 1) == 1 ? 0 : EIO;
}

static void test_libc(void **state)
{
	static const uint64_t high = HIGH;
	static const struct {
		const char *name;
		action_fn *action;
	} actions[] = {
		{ "fork", fork_run },
		{ "clone", clone_run },
		{ "pthread_create", pthread_run },
		{ "posix_spawn", spawn_run },
		{ "system", system_run },
		{ "ptrace", ptrace_run },
		{ "socketpair", socketpair_run },
	};

	(void)state;
	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
		int result = child_result(actions[i].action, &high, true);

		if (result)
			fail_msg("%s: %d", actions[i].name, result);
	}
}

static int root_drop(void)
{
	if (geteuid())
		return 0;
	if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
	    setresuid(NOBODY, NOBODY, NOBODY))
		return -1;
	return 0;
}

#define TEST(sentence, function)                                                         \
	{                                                                                \
		.name = sentence, .test_func = function                                  \
	}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("namespaces cannot be made or entered", test_namespaces),
		TEST("mounts cannot be changed by any interface", test_mounts),
		TEST("unneeded kernel interfaces are EPERM", test_kernel_surface),
		TEST("other processes cannot be reached into", test_processes),
		TEST("what is new, gone or blind to filters is ENOSYS", test_absent),
		TEST("all other socket families are EAFNOSUPPORT", test_families),
		TEST("netlink is NETLINK_ROUTE only", test_netlink),
		TEST("internet sockets speak TCP, UDP and ICMP", test_protocols),
		TEST("harmful arguments are EPERM, high bits or not", test_arguments),
#ifdef __x86_64__
		TEST("i386 calls are killed, if the kernel has any", test_i386),
		TEST("x32 calls are killed", test_x32),
#endif
		TEST("what is allowed answers as it does without a filter",
		     test_same_answers),
		TEST("processes, threads and programs can be started", test_libc),
	};

	if (root_drop()) {
		perror("filter-live: cannot become nobody");
		return 1;
	}
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
