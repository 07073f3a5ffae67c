/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* probe-tty.c - attempts on the caller's terminal; see probe.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/tty.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

#define HIGH 0xdead00000000UL
#define TIOCLINUX_CODE 0x541c

/* Past the C library, which may cut the number to 32 bits. */
static long raw_ioctl(int fd, unsigned long code, const void *arg)
{
	return syscall(SYS_ioctl, fd, code, arg);
}

static void push(const char *what, int fd, unsigned long high)
{
	long ret = 0;

	for (const char *p = "STOLEN"; *p && ret == 0; p++)
		ret = raw_ioctl(fd, high | TIOCSTI, p);
	tried(what, ret);
}

/* As the leader of a session of its own, which may ask for a terminal. */
static void push_as_leader(unsigned long high)
{
	pid_t pid;

	(void)fflush(stdout);
	pid = fork();
	if (pid != 0) {
		(void)waitpid(pid, NULL, 0);
		return;
	}
	(void)setsid();
	(void)ioctl(0, TIOCSCTTY, 1);
	for (const char *p = "STOLEN"; *p; p++)
		(void)raw_ioctl(0, high | TIOCSTI, p);
	_exit(0);
}

static int sti(unsigned long high)
{
	int tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

	push("TIOCSTI on 0", 0, high);
	if (tty >= 0)
		push("TIOCSTI on /dev/tty", tty, high);
	push_as_leader(high);
	return verdict();
}

static int tiocsti(int argc, char **argv)
{
	(void)argc, (void)argv;
	return sti(0);
}

static int tiocsti_high(int argc, char **argv)
{
	(void)argc, (void)argv;
	return sti(HIGH);
}

static int tioclinux(int argc, char **argv)
{
	static const char codes[] = { 2, 3 };

	(void)argc, (void)argv;
	tried("TIOCLINUX", raw_ioctl(0, TIOCLINUX_CODE, &codes[0]));
	tried("TIOCLINUX", raw_ioctl(0, TIOCLINUX_CODE, &codes[1]));
	tried("TIOCLINUX and high bits", raw_ioctl(0, HIGH | TIOCLINUX_CODE, &codes[0]));
	return verdict();
}

static int tiocsetd(int argc, char **argv)
{
	const int discipline = N_TTY;

	(void)argc, (void)argv;
	tried("TIOCSETD", raw_ioctl(0, TIOCSETD, &discipline));
	tried("TIOCSETD and high bits", raw_ioctl(0, HIGH | TIOCSETD, &discipline));
	return verdict();
}

static int open_tty(int argc, char **argv)
{
	(void)argc, (void)argv;
	tried("open /dev/tty", open("/dev/tty", O_RDWR | O_CLOEXEC));
	return verdict();
}

/* PATH: writes to somebody else's terminal. */
static int write_tty(int argc, char **argv)
{
	const char *path = text(argc, argv, 0);
	int fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);

	tried("open", fd);
	if (fd >= 0)
		tried("write", write(fd, "STOLEN\n", 7));
	return verdict();
}

/* Makes a terminal and holds it until its input ends. */
static int hold_pty(int argc, char **argv)
{
	int fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC), unlock = 0, peer;
	char byte;

	(void)argc, (void)argv;
	if (fd < 0 || ioctl(fd, TIOCSPTLCK, &unlock) < 0)
		cannot("/dev/ptmx");
	peer = ioctl(fd, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	note("%s\n", peer < 0 ? "-" : ttyname(peer));
	(void)fflush(stdout);
	while (read(0, &byte, 1) > 0)
		;
	return peer < 0 ? UNKNOWN : ESCAPED;
}

const struct attempt tty_attempts[] = {
	{ "tiocsti", tiocsti },     { "tiocsti-high", tiocsti_high },
	{ "tioclinux", tioclinux }, { "tiocsetd", tiocsetd },
	{ "open-tty", open_tty },   { "write-tty", write_tty },
	{ "hold-pty", hold_pty },   { 0 },
};
