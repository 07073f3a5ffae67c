/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* helper.c - a program outside that carries the sandbox's packets; see helper.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/sys.h"
#include "box/companion/helper.h"

#define READY_MS 5000
#define LOG_SHOWN 600 /* bytes of its last words that are quoted */
#define FD_HIGH 16    /* above all that the helper gets */

/* ------------------------------------------------------------ in the helper */

/* The descriptors in their places, and no other. */
static int arrange_fds(const struct helper_spec *spec, int log, int ready, int exit)
{
	const int wanted[] = { open("/dev/null", O_RDWR | O_CLOEXEC),
			       log,
			       log,
			       ready,
			       exit,
			       spec->netns,
			       spec->userns,
			       spec->dir };
	const int n = HELPER_FD_DIR + (spec->dir >= 0);
	int high[sizeof wanted / sizeof wanted[0]];

	for (int i = 0; i < n; i++) {
		high[i] = fcntl(wanted[i], F_DUPFD_CLOEXEC, FD_HIGH);
		if (high[i] < 0)
			return -1;
	}
	for (int i = 0; i < n; i++)
		if (dup3(high[i], i, 0) < 0)
			return -1;
	return close_range((unsigned)n, ~0U, CLOSE_RANGE_CLOEXEC);
}

/* What the helper shall be before it has run; @parent: who must still be there. */
static int settle(const struct helper_spec *spec, pid_t parent, struct error *err)
{
	const struct rlimit none = { 0, 0 };
	struct rlimit files;
	sigset_t empty;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != parent)
		return error_set(err, "sbox is gone");
	(void)sigemptyset(&empty);
	(void)sigprocmask(SIG_SETMASK, &empty, NULL);
	(void)setrlimit(RLIMIT_CORE, &none); /* it would hold the command's data */
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) { /* one for each connection */
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	if (setsid() < 0 || chdir("/") < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_sys(err, "cannot set up its process");
	return spec->fence ? spec->fence(spec->fence_data, err) : 0;
}

static _Noreturn void helper_main(const struct helper_spec *spec, pid_t parent, int log,
				  int ready, int exit)
{
	static const char *const env[] = { "PATH=/usr/bin:/bin", "LC_ALL=C", NULL };
	struct error err = { .status = EXIT_SBOX };
	char byte;

	if (arrange_fds(spec, log, ready, exit) < 0)
		(void)error_sys(&err, "cannot set up its descriptors");
	else if (settle(spec, parent, &err) == 0) {
		if (read(HELPER_FD_EXIT, &byte, 1) != 1)
			_exit(0); /* it is not wanted any more */
		(void)execve(spec->path, (char *const *)spec->argv, (char *const *)env);
		(void)error_sys(&err, "%s", spec->path);
	}
	/* into the log, where the supervisor looks for the cause */
	(void)!write(STDERR_FILENO, err.msg, strnlen(err.msg, sizeof err.msg));
	_exit(EXIT_NOCMD);
}

/* ------------------------------------------------------------ in the supervisor */

static int start_with(struct helper *helper, const struct helper_spec *spec, int ready,
		      int exit, struct error *err)
{
	pid_t parent = getpid();

	helper->pid = fork();
	if (helper->pid == 0)
		helper_main(spec, parent, helper->log, ready, exit);
	if (helper->pid < 0) {
		helper->pid = 0;
		return error_sys(err, "fork");
	}
	helper->pidfd = sys_pidfd_open(helper->pid);
	return helper->pidfd < 0 ? error_sys(err, "pidfd_open") : 0;
}

int helper_start(struct helper *helper, const struct helper_spec *spec, struct error *err)
{
	int ready[2], exit[2], ret;

	*helper = (struct helper)HELPER_INIT;
	helper->name = spec->name;
	helper->ready_byte = spec->ready;
	helper->log = memfd_create("sbox-helper", MFD_CLOEXEC);
	if (helper->log < 0 || pipe2(ready, O_CLOEXEC) < 0)
		return error_sys(err, "%s: cannot make its descriptors", spec->name);
	helper->ready = ready[0];
	if (pipe2(exit, O_CLOEXEC) < 0) {
		(void)close(ready[1]);
		return error_sys(err, "%s: cannot make its descriptors", spec->name);
	}
	helper->exit = exit[1];
	ret = start_with(helper, spec, ready[1], exit[0], err);
	(void)close(ready[1]);
	(void)close(exit[0]);
	return ret < 0 ? error_wrap(err, "%s", spec->name) : 0;
}

void helper_go(const struct helper *helper)
{
	(void)!write(helper->exit, "", 1); /* if it has failed, that is told later */
}

/* The last that it said, on one line; "" if it said nothing. */
static void last_words(const struct helper *helper, char *buf, size_t size)
{
	off_t end = lseek(helper->log, 0, SEEK_END);
	off_t start = end > (off_t)size - 1 ? end - (off_t)size + 1 : 0;
	ssize_t n = pread(helper->log, buf, size - 1, start);

	n = n < 0 ? 0 : n;
	while (n > 0 && strchr("\n ", buf[n - 1]))
		n--;
	buf[n] = '\0';
	for (char *p = buf; *p; p++)
		if (*p == '\n')
			*p = ';';
}

/* Kills it, if it has not ended, and reaps it; its status as of waitpid(2). */
static int put_away(struct helper *helper, bool kill_it)
{
	int status = 0;

	if (helper->pid <= 0)
		return 0;
	if (kill_it)
		(void)kill(helper->pid, SIGKILL); /* ours until it is reaped */
	while (waitpid(helper->pid, &status, 0) < 0 && errno == EINTR)
		;
	helper->pid = 0;
	return status;
}

static void tell_end(const struct helper *helper, int status, struct error *err)
{
	char said[LOG_SHOWN];

	last_words(helper, said, sizeof said);
	(void)error_set(err, "%s ended (%s %d)%s%s", helper->name,
			WIFSIGNALED(status) ? "signal" : "status",
			WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
			*said ? ": " : "", said);
}

void helper_reap(struct helper *helper, struct error *err)
{
	tell_end(helper, put_away(helper, false), err);
	helper_stop(helper);
}

/* The ready descriptor: the right byte, or its end. */
static int read_ready(struct helper *helper, struct error *err)
{
	char byte;
	ssize_t n = read(helper->ready, &byte, 1);

	if (n == 1 && (!helper->ready_byte || byte == helper->ready_byte))
		return 1;
	if (n < 0)
		return error_sys(err, "network helper: cannot hear of %s", helper->name);
	/* without a byte it is ending by itself, and how is worth knowing */
	tell_end(helper, put_away(helper, n > 0), err);
	return error_wrap(err, "network helper");
}

int helper_wait_ready(struct helper *helper, int other, struct error *err)
{
	struct pollfd fds[] = { { helper->ready, POLLIN, 0 }, { other, POLLIN, 0 } };
	int64_t deadline = clock_ms() + READY_MS, left;
	char said[LOG_SHOWN];

	for (left = READY_MS; left > 0; left = deadline - clock_ms()) {
		if (poll(fds, 2, (int)left) <= 0)
			continue; /* the time is up, or a signal came */
		if (fds[0].revents)
			return read_ready(helper, err);
		return 0;
	}
	last_words(helper, said, sizeof said);
	return error_set(err, "network helper: %s was not ready in %d s%s%s",
			 helper->name, READY_MS / 1000, *said ? ": " : "", said);
}

void helper_stop(struct helper *helper)
{
	(void)put_away(helper, true);
	fd_closep(&helper->pidfd);
	fd_closep(&helper->ready);
	fd_closep(&helper->exit);
	fd_closep(&helper->log);
	*helper = (struct helper)HELPER_INIT;
}
