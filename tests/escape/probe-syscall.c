/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* probe-syscall.c - attempts to reach parts of the kernel by system calls; see probe.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

#define HIGH (1UL << 32)
/* for headers that are older than the call; the numbers are those of every architecture
 */
#define NR_OPEN_TREE_ATTR 467
#define NR_STATMOUNT 457
#define NR_LISTMOUNT 458
#define NR_LSM_GET 459
#define NR_FILE_SETATTR 469
#define NR_LISTNS 470

/* A child made in any way says that it is there by its exit status. */
static void tried_clone(const char *what, long pid)
{
	if (pid == 0)
		_exit(0);
	tried(what, pid);
	if (pid > 0)
		(void)waitpid((pid_t)pid, NULL, 0);
}

static long clone_with(unsigned long flags)
{
	(void)fflush(stdout);
	return syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
}

static long clone3_with(uint64_t flags)
{
	uint64_t args[8] = { flags, 0, 0, 0, SIGCHLD };

	(void)fflush(stdout);
	return syscall(SYS_clone3, args, sizeof args);
}

static int make_userns(int argc, char **argv)
{
	(void)argc, (void)argv;
	tried_clone("clone", clone_with(CLONE_NEWUSER));
	tried_clone("clone and all others",
		    clone_with(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID));
	tried_clone("clone and high bits", clone_with(HIGH | CLONE_NEWUSER));
	tried_clone("clone3", clone3_with(CLONE_NEWUSER));
	tried("unshare", unshare(CLONE_NEWUSER));
	return verdict();
}

/* "own": in namespaces of its own, for the control. */
static int mount_api(int argc, char **argv)
{
	const uint64_t attr[4] = { 1, 0, 0, 0 };

	if (argc > 0 && strcmp(argv[0], "own") == 0 && enter_namespaces(CLONE_NEWNS) < 0)
		cannot("namespaces");
	tried("fsopen", syscall(SYS_fsopen, "tmpfs", 0));
	tried("fspick", syscall(SYS_fspick, AT_FDCWD, "/", 0));
	tried("open_tree", syscall(SYS_open_tree, AT_FDCWD, "/", 0));
	tried("open_tree clone", syscall(SYS_open_tree, AT_FDCWD, "/", 1 | AT_RECURSIVE));
	tried("fsconfig", syscall(SYS_fsconfig, -1, 0, NULL, NULL, 0));
	tried("fsmount", syscall(SYS_fsmount, -1, 0, 0));
	tried("move_mount", syscall(SYS_move_mount, -1, "", AT_FDCWD, "/", 4));
	tried("mount_setattr",
	      syscall(SYS_mount_setattr, AT_FDCWD, "/", ~0U, attr, sizeof attr));
	tried("open_tree_attr", syscall(NR_OPEN_TREE_ATTR, AT_FDCWD, "/",
					1 | AT_RECURSIVE, attr, sizeof attr));
	return verdict();
}

/* One operation on a new ring, waited for; its result, or -1 with errno. */
static long ring_operation(int ring, const struct io_uring_params *p, int op)
{
	const size_t sq_len = p->sq_off.array + p->sq_entries * sizeof(unsigned);
	const size_t cq_len =
		p->cq_off.cqes + p->cq_entries * sizeof(struct io_uring_cqe);
	const int prot = PROT_READ | PROT_WRITE;
	char *sq = mmap(NULL, sq_len, prot, MAP_SHARED, ring, IORING_OFF_SQ_RING);
	char *cq = mmap(NULL, cq_len, prot, MAP_SHARED, ring, IORING_OFF_CQ_RING);
	struct io_uring_sqe *sqe = mmap(NULL, p->sq_entries * sizeof *sqe, prot,
					MAP_SHARED, ring, IORING_OFF_SQES);
	struct io_uring_cqe *cqe;

	if (sq == MAP_FAILED || cq == MAP_FAILED || sqe == MAP_FAILED)
		return -1;
	*sqe = (struct io_uring_sqe){ .opcode = (uint8_t)op,
				      .fd = AT_FDCWD,
				      .addr = (uint64_t)(uintptr_t) "/proc/self/status",
				      .open_flags = O_RDONLY };
	((unsigned *)(sq + p->sq_off.array))[0] = 0;
	__atomic_store_n((unsigned *)(sq + p->sq_off.tail), 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return -1;
	cqe = (struct io_uring_cqe *)(cq + p->cq_off.cqes);
	errno = cqe->res < 0 ? -cqe->res : 0;
	return cqe->res < 0 ? -1 : cqe->res;
}

static int uring(int argc, char **argv)
{
	struct io_uring_params params = { 0 };
	int ring = (int)syscall(SYS_io_uring_setup, 4, &params);

	(void)argc, (void)argv;
	tried("io_uring_setup", ring);
	if (ring >= 0)
		tried("opening a file through it",
		      ring_operation(ring, &params, IORING_OP_OPENAT));
	return verdict();
}

static int tracers(int argc, char **argv)
{
	/* a software event; the first two members of the struct are type and size */
	uint32_t perf[32] = { 1, sizeof perf };
	uint64_t bpf[8] = { (uint64_t)2 << 32 | 2 /* an array */, 4 | (uint64_t)1 << 32 };

	(void)argc, (void)argv;
	((uint32_t *)bpf)[1] = 4, ((uint32_t *)bpf)[2] = 4, ((uint32_t *)bpf)[3] = 1;
	perf[8] = 0;
	perf[10] = 1 << 5 | 1 << 6; /* not the kernel, not the hypervisor */
	tried("bpf", syscall(SYS_bpf, 0, bpf, sizeof bpf));
	tried("perf_event_open", syscall(SYS_perf_event_open, perf, 0, -1, -1, 0));
	tried("userfaultfd",
	      syscall(SYS_userfaultfd, 1 /* user mode only */ | O_CLOEXEC));
	return verdict();
}

static int key_calls(int argc, char **argv)
{
	(void)argc, (void)argv;
	tried("keyctl",
	      syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 1));
	tried("add_key",
	      syscall(SYS_add_key, "user", "escape", "x", 1, KEY_SPEC_PROCESS_KEYRING));
	tried("request_key", syscall(SYS_request_key, "user", "escape", NULL, 0));
	return verdict();
}

static void tried_socket(const char *what, unsigned long family, unsigned long type,
			 unsigned long protocol)
{
	long fd = syscall(SYS_socket, family, type, protocol);

	tried(what, fd);
	if (fd >= 0)
		(void)close((int)fd);
}

static int high_bits(int argc, char **argv)
{
	(void)argc, (void)argv;
	tried_socket("vsock", HIGH | AF_VSOCK, SOCK_STREAM, 0);
	tried_socket("alg", HIGH | AF_ALG, SOCK_SEQPACKET, 0);
	tried_socket("netlink audit", HIGH | AF_NETLINK, SOCK_RAW, HIGH | 9);
	tried_socket("netlink audit, protocol", AF_NETLINK, SOCK_RAW, HIGH | 9);
	tried_socket("netlink netfilter", HIGH | AF_NETLINK, SOCK_RAW, HIGH | 12);
	tried("personality", syscall(SYS_personality, HIGH | 0x0400000UL));
	tried_clone("clone", clone_with(HIGH | CLONE_NEWUSER));
	tried("unshare", syscall(SYS_unshare, HIGH | CLONE_NEWUSER));
	return verdict();
}

/* Every family but unix, IPv4, IPv6 and netlink. */
static int families(int argc, char **argv)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET };
	int made = 0;

	(void)argc, (void)argv;
	for (int family = 3; family < 64; family++)
		for (size_t i = 0; i < 4 && family != AF_INET6 && family != AF_NETLINK;
		     i++) {
			int fd = socket(family, types[i], 0);

			if (fd < 0 && errno == EAFNOSUPPORT)
				continue;
			note("%d/%d: %s, ", family, types[i],
			     fd < 0 ? strerrorname_np(errno) : "worked");
			made++;
			(void)close(fd);
			break;
		}
	found("other families", made > 0);
	return verdict();
}

static int netlinks(int argc, char **argv)
{
	static const int protocols[] = { 4, 6, 9, 12, 15, 16, 21 };
	char what[16];

	(void)argc, (void)argv;
	for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++) {
		(void)snprintf(what, sizeof what, "%d", protocols[i]);
		tried_socket(what, AF_NETLINK, SOCK_RAW, (unsigned long)protocols[i]);
	}
	return verdict();
}

static int personalities(int argc, char **argv)
{
	(void)argc, (void)argv;
	tried("READ_IMPLIES_EXEC", syscall(SYS_personality, 0x0400000UL));
	tried("ADDR_COMPAT_LAYOUT", syscall(SYS_personality, 0x0200000UL));
	tried("MMAP_PAGE_ZERO", syscall(SYS_personality, 0x0100000UL));
	return verdict();
}

/* Newer than the policy. What is reached answers anything but ENOSYS. */
static int new_calls(int argc, char **argv)
{
	static const int numbers[] = {
		NR_STATMOUNT,    NR_LISTMOUNT, NR_LSM_GET, NR_OPEN_TREE_ATTR,
		NR_FILE_SETATTR, NR_LISTNS,    600,        0x12345
	};
	char what[16];

	(void)argc, (void)argv;
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		long ret = syscall(numbers[i], 0, 0, 0, 0, 0, 0);

		(void)snprintf(what, sizeof what, "%d", numbers[i]);
		found(what, ret >= 0 || errno != ENOSYS);
	}
	return verdict();
}

const struct attempt syscall_attempts[] = {
	{ "make-userns", make_userns },
	{ "mount-api", mount_api },
	{ "uring", uring },
	{ "tracers", tracers },
	{ "key-calls", key_calls },
	{ "high-bits", high_bits },
	{ "families", families },
	{ "netlinks", netlinks },
	{ "personalities", personalities },
	{ "new-calls", new_calls },
	{ 0 },
};
