/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * probe-host.c - the harness's side of the escape suite; see probe.h
 *
 * These subcommands run a command, a sandbox or not, with something beside it that the
 * command must not touch, and look themselves whether it was touched.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

#define SLICE_MS 20
#define GRACE_MS 1000

static void sleep_ms(long ms)
{
	const struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

	(void)nanosleep(&time, NULL);
}

/* ---------------------------------------------------------- a terminal outside */

static int raw_pty(int *ret_slave)
{
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC), unlock = 0;
	struct termios t;

	if (master < 0 || ioctl(master, TIOCSPTLCK, &unlock) < 0)
		cannot("/dev/ptmx");
	*ret_slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*ret_slave < 0 || tcgetattr(*ret_slave, &t) < 0)
		cannot("terminal");
	cfmakeraw(&t);
	if (tcsetattr(*ret_slave, TCSANOW, &t) < 0)
		cannot("tcsetattr");
	return master;
}

static _Noreturn void on_tty_child(int slave, char **argv)
{
	if (setsid() < 0 || ioctl(slave, TIOCSCTTY, 0) < 0)
		cannot("TIOCSCTTY");
	for (int fd = 0; fd <= 2; fd++)
		if (dup2(slave, fd) < 0)
			cannot("dup2");
	(void)execvp(argv[0], argv);
	cannot(argv[0]);
}

/*
 * COMMAND...: on a terminal where nobody types. Whatever can be read from it was put
 * there by the command, so it is read all the time; what the command prints is copied.
 */
static int on_tty(int argc, char **argv)
{
	int slave, master = raw_pty(&slave), status = 0;
	char buf[1024], stolen = 0;
	pid_t pid = fork();
	bool ended = false;

	(void)argc;
	if (pid == 0)
		on_tty_child(slave, argv);
	while (!ended) {
		struct pollfd fds[] = { { master, POLLIN, 0 }, { slave, POLLIN, 0 } };

		ended = waitpid(pid, &status, WNOHANG) == pid;
		while (poll(fds, 2, ended ? 100 : SLICE_MS) > 0) {
			ssize_t n;

			if (fds[1].revents && read(slave, buf, sizeof buf) > 0)
				stolen = 1;
			if (!(fds[0].revents & POLLIN))
				continue;
			n = read(master, buf, sizeof buf);
			if (n > 0)
				(void)fwrite(buf, 1, (size_t)n, stdout);
		}
	}
	note("command: %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	found("typed on the terminal outside", stolen);
	return verdict();
}

/* ------------------------------------------------- a bystander in the same group */

static _Noreturn void be_sentinel(int until_eof, int ready)
{
	const int nice = getpriority(PRIO_PROCESS, 0);
	const long io = syscall(SYS_ioprio_get, 1, 0);
	sigset_t pending;
	char byte;

	if (write(ready, "", 1) != 1)
		exit(UNKNOWN);
	while (read(until_eof, &byte, 1) > 0)
		;
	(void)sigpending(&pending);
	found("signalled", sigismember(&pending, SIGUSR1) == 1);
	found("priority changed", getpriority(PRIO_PROCESS, 0) != nice);
	found("I/O priority changed", syscall(SYS_ioprio_get, 1, 0) != io);
	exit(verdict());
}

/* COMMAND...: in a process group with a sentinel that a signal to the group would reach.
 */
static int with_sentinel(int argc, char **argv)
{
	int alive[2], ready[2], status;
	char byte;
	sigset_t usr1;
	pid_t sentinel, command;

	(void)argc;
	(void)sigemptyset(&usr1);
	(void)sigaddset(&usr1, SIGUSR1);
	(void)setpgid(0, 0);
	(void)sigprocmask(SIG_BLOCK, &usr1, NULL);
	if (pipe2(alive, O_CLOEXEC) < 0 || pipe2(ready, O_CLOEXEC) < 0)
		cannot("pipe");
	sentinel = fork();
	if (sentinel == 0) {
		(void)close(alive[1]);
		be_sentinel(alive[0], ready[1]);
	}
	(void)close(ready[1]);
	if (read(ready[0], &byte, 1) != 1) /* it knows how things were before */
		cannot("sentinel");
	command = fork();
	if (command == 0) {
		(void)sigprocmask(SIG_UNBLOCK, &usr1, NULL);
		(void)execvp(argv[0], argv);
		cannot(argv[0]);
	}
	while (waitpid(command, &status, 0) < 0 && errno == EINTR)
		;
	(void)close(alive[1]);
	while (waitpid(sentinel, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : UNKNOWN;
}

/* -------------------------------------------------------- what outlives its start */

static void kill_children(void)
{
	FILE *f = fopen("/proc/thread-self/children", "re");
	int pid;

	if (!f)
		return;
	while (fscanf(f, "%d", &pid) == 1)
		(void)kill(pid, SIGKILL);
	(void)fclose(f);
}

/* Whether all that came from us is gone in time; what is not is ended then. */
static void survivors(void)
{
	bool some = true;

	for (int ms = 0; some && ms <= GRACE_MS; ms += SLICE_MS) {
		pid_t pid;

		do
			pid = waitpid(-1, NULL, WNOHANG);
		while (pid > 0);
		some = pid == 0;
		if (some)
			sleep_ms(SLICE_MS);
	}
	found("something is left", some);
	for (int i = 0; some && i < 100; i++) {
		kill_children();
		sleep_ms(SLICE_MS);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		some = waitpid(-1, NULL, WNOHANG) == 0;
	}
}

/* COMMAND...: until it ends; then nothing of it may be there after a second. */
static int left(int argc, char **argv)
{
	(void)argc;
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	note("status: %d, ", run_command(argv));
	survivors();
	return verdict();
}

static pid_t start_piped(char **argv, int *ret_out)
{
	int out[2];
	pid_t pid;

	(void)fflush(stdout);
	if (pipe2(out, O_CLOEXEC) < 0)
		cannot("pipe");
	pid = fork();
	if (pid < 0)
		cannot("fork");
	if (pid == 0) {
		(void)dup2(out[1], 1);
		(void)execvp(argv[0], argv);
		cannot(argv[0]);
	}
	(void)close(out[1]);
	*ret_out = out[0];
	return pid;
}

/* SIGNAL COMMAND...: sends it the signal once it has printed something. */
static int left_after(int argc, char **argv)
{
	const int sig = (int)number(argc, argv, 0);
	struct pollfd ready = { -1, POLLIN, 0 };
	char byte;
	pid_t pid;

	(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	pid = start_piped(argv + 1, &ready.fd);
	if (poll(&ready, 1, 20000) <= 0 || read(ready.fd, &byte, 1) <= 0)
		errno = ETIMEDOUT, note("the command did not get ready, ");
	else
		sleep_ms(50); /* it goes on to what it does after that */
	(void)kill(pid, sig);
	survivors();
	return verdict();
}

/* TRIES MS COMMAND...: SIGKILL at a moment of its first MS, another one each time. */
static int left_early(int argc, char **argv)
{
	const long tries = number(argc, argv, 0), us = number(argc, argv, 1) * 1000;

	(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	for (long i = 0; i < tries; i++) {
		const long at = us / tries * i;
		const struct timespec time = { at / 1000000, at % 1000000 * 1000 };
		int out;
		pid_t pid = start_piped(argv + 2, &out);

		(void)nanosleep(&time, NULL);
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
		(void)close(out);
	}
	survivors();
	return verdict();
}

/* ------------------------------------------------------------ hostile beginnings */

/* FILE-OF-DIR COMMAND...: with descriptors of a directory and a socket left open. */
static int with_fds(int argc, char **argv)
{
	const char *dir = text(argc, argv, 0);
	int rd = open(dir, O_RDONLY | O_DIRECTORY),
	    path = open(dir, O_PATH | O_DIRECTORY);
	int sock = socket(AF_UNIX, SOCK_STREAM, 0);

	if (dup2(rd, 9) != 9 || dup2(path, 10) != 10 || dup2(sock, 200) != 200)
		cannot(dir);
	(void)execvp(argv[1], argv + 1);
	cannot(argv[1]);
}

/* COMMAND...: with SIGCHLD ignored, every signal blocked and descriptors 0 to 2 closed.
 */
static int odd_start(int argc, char **argv)
{
	sigset_t all;

	(void)argc;
	(void)signal(SIGCHLD, SIG_IGN);
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	for (int fd = 0; fd <= 2; fd++)
		(void)close(fd);
	(void)execvp(argv[0], argv);
	_exit(UNKNOWN);
}

/* PATH: runs it with not even a name. */
static int empty_argv(int argc, char **argv)
{
	char *none[] = { NULL };

	(void)execve(text(argc, argv, 0), none, none);
	cannot(argv[0]);
}

/* A B [MS]: swaps the two names until it is killed; with pauses of up to MS milliseconds.
 */
static int race(int argc, char **argv)
{
	const char *a = text(argc, argv, 0), *b = text(argc, argv, 1);
	const long longest = atol(text(argc, argv, 2)) * 1000;

	for (;;) {
		if (renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) < 0)
			cannot("RENAME_EXCHANGE");
		if (longest)
			(void)usleep((useconds_t)(random() % longest));
	}
}

/* Something to be attacked: has opened a pipe, may be traced, is in namespaces of its
 * own. */
static int target(int argc, char **argv)
{
	int fds[2];

	(void)argc, (void)argv;
	if (pipe(fds) < 0 ||
	    enter_namespaces(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID) < 0)
		cannot("target");
	(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	(void)prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
	note("ready\n");
	(void)fflush(stdout);
	for (;;)
		(void)pause();
}

const struct attempt host_attempts[] = {
	{ "on-tty", on_tty },
	{ "with-sentinel", with_sentinel },
	{ "left", left },
	{ "left-after", left_after },
	{ "left-early", left_early },
	{ "with-fds", with_fds },
	{ "odd-start", odd_start },
	{ "empty-argv", empty_argv },
	{ "race", race },
	{ "target", target },
	{ 0 },
};
