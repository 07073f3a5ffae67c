/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* doctor-try.c - attempts in child processes; see doctor.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/sys.h"
#include "box/fence/userns.h"
#include "ctl/doctor/doctor.h"

#define PATIENCE_MS 30000
#define SAID_MAX 4096

static void reap_child(pid_t pid, int *ret_status)
{
	while (waitpid(pid, ret_status, 0) < 0 && errno == EINTR)
		;
}

/* ------------------------------------------------------------ our own functions */

struct attempt {
	try_fn *fn;
	void *data;
	int go[2], errors[2]; /* pipes: the maps are written; what went wrong */
};

static _Noreturn void attempt_main(const struct attempt *a, bool mapped)
{
	struct error err = { .status = EXIT_SBOX };
	char byte;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	(void)close(a->go[1]); /* whose end of file says that the doctor is gone */
	if (mapped && read(a->go[0], &byte, 1) != 1)
		_exit(EXIT_SBOX);
	if (a->fn(a->data, &err) == 0)
		_exit(0);
	(void)error_send(&err, a->errors[1]);
	_exit(EXIT_SBOX);
}

static int map_ids(pid_t pid, struct error *err)
{
	const struct id_maps maps = {
		.uid = { .range = { { 0, getuid(), 1 } }, .len = 1 },
		.gid = { .range = { { 0, getgid(), 1 } }, .len = 1 },
	};
	_cleanup_fd_ int procfd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

	return procfd < 0 ? error_sys(err, "/proc")
			  : userns_map_self(procfd, pid, &maps, err);
}

/* Sees the child through; what it says is better than what we would. */
static int attempt_end(const struct attempt *a, pid_t pid, struct error *err)
{
	struct error inside;
	bool said = error_recv(&inside, a->errors[0]);
	int status = -1;

	reap_child(pid, &status);
	if (status == 0)
		return 0;
	if (said)
		*err = inside;
	else if (WIFSIGNALED(status))
		(void)error_set(err, "the attempt was ended by signal %d",
				WTERMSIG(status));
	return -1;
}

static int attempt_begin(struct attempt *a, uint64_t flags, struct error *err)
{
	const struct clone3_args args = { .flags = flags, .exit_signal = SIGCHLD };
	bool mapped = flags & CLONE_NEWUSER;
	pid_t pid = flags ? sys_clone3(&args) : fork();
	int failed = 0;

	if (pid < 0)
		return error_sys(err, "cannot make the namespaces");
	if (pid == 0)
		attempt_main(a, mapped);
	(void)close(take_fd(&a->errors[1]));
	if (mapped)
		failed = map_ids(pid, err);
	if (mapped && !failed)
		(void)!write(a->go[1], "", 1);
	(void)close(take_fd(&a->go[1]));
	return failed < 0 ? (reap_child(pid, NULL), -1) : attempt_end(a, pid, err);
}

int try_inside(uint64_t flags, try_fn *fn, void *data, struct error *err)
{
	struct attempt a = { fn, data, { -1, -1 }, { -1, -1 } };
	int status;

	*err = (struct error){ .status = EXIT_SBOX };
	if (pipe2(a.go, O_CLOEXEC) < 0 || pipe2(a.errors, O_CLOEXEC) < 0)
		status = error_sys(err, "pipe");
	else
		status = attempt_begin(&a, flags, err);
	for (int i = 0; i < 2; i++) {
		fd_closep(&a.go[i]);
		fd_closep(&a.errors[i]);
	}
	return status;
}

/* ------------------------------------------------------------ programs */

static _Noreturn void exec_program(const char *const *argv, char *const *env, int output)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (null >= 0 && dup3(null, STDIN_FILENO, 0) == 0 &&
	    dup3(output, STDOUT_FILENO, 0) >= 0 && dup3(output, STDERR_FILENO, 0) >= 0)
		(void)execve(argv[0], (char *const *)argv, env);
	_exit(EXIT_NOCMD);
}

static int milliseconds_left(const struct timespec *begin)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int)(PATIENCE_MS - (now.tv_sec - begin->tv_sec) * 1000 -
		     (now.tv_nsec - begin->tv_nsec) / 1000000);
}

/* All that it writes (SAID_MAX bytes are kept), to its end; false: it takes too long. */
static bool listen_to(int fd, char *said)
{
	struct timespec begin;
	size_t len = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &begin);
	for (;;) {
		struct pollfd ready = { fd, POLLIN, 0 };
		int left = milliseconds_left(&begin);
		char more[512];
		ssize_t n;

		if (left <= 0 || (poll(&ready, 1, left) < 0 && errno != EINTR))
			return false;
		if (!ready.revents)
			continue;
		n = read(fd, more, sizeof more);
		if (n <= 0) {
			said[len] = '\0';
			return true;
		}
		if ((size_t)n > SAID_MAX - len)
			n = (ssize_t)(SAID_MAX - len);
		memcpy(said + len, more, (size_t)n);
		len += (size_t)n;
	}
}

/* Runs @argv, its output into @said (SAID_MAX + 1 bytes); its exit status, -1: none. */
static int run_program(const char *const *argv, char *const *env, char *said)
{
	int fds[2], status = -1;
	bool ended;
	pid_t pid;

	said[0] = '\0';
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid == 0)
		exec_program(argv, env, fds[1]);
	(void)close(fds[1]);
	if (pid > 0) {
		ended = listen_to(fds[0], said);
		if (!ended)
			(void)kill(pid, SIGKILL);
		reap_child(pid, &status);
		if (!ended)
			(void)snprintf(said, SAID_MAX, "no answer for %d seconds",
				       PATIENCE_MS / 1000);
	}
	(void)close(fds[0]);
	return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int try_program(struct doctor *doctor, const char *const *argv, const char **ret_line)
{
	static const char *const env[] = { "PATH=/usr/bin:/bin", "LC_ALL=C", NULL };
	char said[SAID_MAX + 1];
	int status = run_program(argv, (char *const *)env, said);

	*ret_line = arena_strndup(doctor->arena, said, strcspn(said, "\n"));
	return status;
}

/* Behind "sbox: " or "command line:3:1: ": the reader has not typed that line. */
static const char *without_place(const char *text)
{
	const char *p = text;

	if (strncmp(p, "sbox: ", 6) == 0)
		return p + 6;
	if (strncmp(p, "command line:", 13) != 0)
		return text;
	for (p += 13; *p && strspn(p, "0123456789:"); p++)
		;
	return *p == ' ' ? p + 1 : text;
}

int try_sbox(struct doctor *doctor, const char *const *options, struct error *err)
{
	const char *argv[16] = { doctor->sbox, "--quiet" };
	char said[SAID_MAX + 1];
	size_t n = 2;

	*err = (struct error){ .status = EXIT_SBOX };
	if (!doctor->sbox)
		return error_set(err, "there is no sbox beside this sboxctl");
	for (; *options; options++)
		argv[n++] = *options;
	argv[n++] = "--";
	argv[n++] = "/bin/sh";
	argv[n++] = "-c";
	argv[n] = ":";
	if (run_program(argv, environ, said) == 0)
		return 0;
	said[strcspn(said, "\n")] = '\0';
	return error_set(err, "%s", said[0] ? without_place(said) : "sbox failed");
}
