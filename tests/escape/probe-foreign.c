/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * probe-foreign.c - system calls of other architectures; see probe.h
 *
 * Each is made in a child, because the answer that is wanted is SIGSYS. Any other answer,
 * also an error, means that the call has reached the kernel.
 */
#include "config.h"

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

#ifdef __x86_64__

#define X32 0x40000000L

static long int80(long nr, long a, long b, long c)
{
	long ret;

	__asm__ volatile("int $0x80"
			 : "=a"(ret)
			 : "a"(nr), "b"(a), "c"(b), "d"(c), "S"(0L), "D"(0L)
			 : "memory", "r8", "r9", "r10", "r11");
	return ret;
}

struct call {
	const char *name;
	long nr, a, b, c;
};

static void tried_foreign(const struct call *call, long (*make)(const struct call *))
{
	int status;
	pid_t pid;

	(void)fflush(stdout);
	pid = fork();
	if (pid < 0)
		cannot("fork");
	if (pid == 0) {
		long ret = make(call);

		_exit(ret < 0 ? (int)-ret & 0x7f : 0);
	}
	(void)waitpid(pid, &status, 0);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV)
		cannot("int $0x80 is not there");
	found(call->name, !WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS);
	if (WIFEXITED(status) && WEXITSTATUS(status) > 0)
		note(" (%s)", strerrorname_np(WEXITSTATUS(status)));
}

static long make_i386(const struct call *call)
{
	return int80(call->nr, call->a, call->b, call->c);
}

static int i386(int argc, char **argv)
{
	/* arch/x86/entry/syscalls/syscall_32.tbl */
	static const struct call calls[] = {
		{ "getpid", 20, 0, 0, 0 },          { "mount", 21, 0, 0, 0 },
		{ "userfaultfd", 374, 1, 0, 0 },    { "keyctl", 288, 0, -1, 1 },
		{ "io_uring_setup", 425, 4, 0, 0 }, { "unshare", 310, 0x10000000, 0, 0 },
	};

	(void)argc, (void)argv;
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
		tried_foreign(&calls[i], make_i386);
	return verdict();
}

/* unshare(CLONE_NEWUSER) the old way: worked only if it returned 0. */
static int i386_userns(int argc, char **argv)
{
	int status;
	pid_t pid = fork();

	(void)argc, (void)argv;
	if (pid == 0)
		_exit(int80(310, 0x10000000, 0, 0) == 0 ? 0 : 1);
	(void)waitpid(pid, &status, 0);
	found("unshare by int $0x80", WIFEXITED(status) && WEXITSTATUS(status) == 0);
	return verdict();
}

static long make_socketcall(const struct call *call)
{
	uint32_t *args = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	if (args == MAP_FAILED)
		return 0;
	args[0] = (uint32_t)call->a;
	args[1] = (uint32_t)call->b;
	args[2] = (uint32_t)call->c;
	return int80(102, 1 /* SYS_SOCKET */, (long)(uintptr_t)args, 0);
}

static int socketcall(int argc, char **argv)
{
	static const struct call calls[] = {
		{ "netlink", 0, AF_NETLINK, SOCK_RAW, 9 },
		{ "vsock", 0, AF_VSOCK, SOCK_STREAM, 0 },
		{ "alg", 0, AF_ALG, SOCK_SEQPACKET, 0 },
	};

	(void)argc, (void)argv;
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
		tried_foreign(&calls[i], make_socketcall);
	return verdict();
}

static long make_x32(const struct call *call)
{
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(call->nr | X32), "D"(call->a), "S"(call->b), "d"(call->c)
			 : "rcx", "r11", "memory");
	return ret;
}

static int x32(int argc, char **argv)
{
	static const struct call calls[] = {
		{ "getpid", 39, 0, 0, 0 },          { "mount", 165, 0, 0, 0 },
		{ "ptrace", 521, 0, 0, 0 },         { "unshare", 272, 0x10000000, 0, 0 },
		{ "io_uring_setup", 425, 4, 0, 0 },
	};

	(void)argc, (void)argv;
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
		tried_foreign(&calls[i], make_x32);
	return verdict();
}

/* A 32-bit program that does nothing but end: 84 bytes of headers, then exit(0). */
static long make_elf32(const struct call *call)
{
	static const unsigned char image[] = {
		0x7f, 'E',  'L',  'F',  1, 1, 1,    0,    0, 0,    0,    0,    0,
		0,    0,    0,    2,    0, 3, 0,    1,    0, 0,    0,    0x54, 0x80,
		0x04, 0x08, 52,   0,    0, 0, 0,    0,    0, 0,    0,    0,    0,
		0,    52,   0,    32,   0, 1, 0,    0,    0, 0,    0,    0,    0,
		1,    0,    0,    0,    0, 0, 0,    0,    0, 0x80, 0x04, 0x08, 0,
		0x80, 0x04, 0x08, 0x60, 0, 0, 0,    0x60, 0, 0,    0,    5,    0,
		0,    0,    0,    0x10, 0, 0, 0xb8, 1,    0, 0,    0, /* mov $1, %eax */
		0x31, 0xdb,                                           /* xor %ebx, %ebx */
		0xcd, 0x80,                                           /* int $0x80 */
		0x90, 0x90, 0x90,
	};
	char *none[] = { NULL };
	int fd = memfd_create("elf32", MFD_CLOEXEC);

	(void)call;
	if (fd < 0 || write(fd, image, sizeof image) != (ssize_t)sizeof image)
		return 0;
	(void)fexecve(fd, none, none);
	return -1;
}

static int elf32(int argc, char **argv)
{
	static const struct call program = { "a 32-bit program", 0, 0, 0, 0 };

	(void)argc, (void)argv;
	tried_foreign(&program, make_elf32);
	return verdict();
}

const struct attempt foreign_attempts[] = {
	{ "i386", i386 },
	{ "i386-userns", i386_userns },
	{ "socketcall", socketcall },
	{ "x32", x32 },
	{ "elf32", elf32 },
	{ 0 },
};

#else

const struct attempt foreign_attempts[] = { { 0 } };

#endif
