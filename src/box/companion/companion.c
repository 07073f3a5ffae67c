/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * companion.c - a program outside that works for one sandbox; see companion.h
 *
 * Process: the supervisor, and its child up to the companion's program
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/sys.h"
#include "box/companion/companion.h"

#define READY_MS 5000
#define LOG_SHOWN 600 /* bytes of its last words that are quoted */
#define FD_HIGH 16    /* above all that a companion gets */

/* ------------------------------------------------------------ in the companion */

/* The descriptors in their places, and no other. */
static int arrange_fds(const struct companion_spec *spec, int log, int ready, int exit)
{
	int wanted[COMPANION_FD_GIVEN + COMPANION_GIVEN_MAX] = {
		open("/dev/null", O_RDWR | O_CLOEXEC), log, log, ready, exit
	};
	const int n = COMPANION_FD_GIVEN + (int)spec->given_len;
	int high[sizeof wanted / sizeof wanted[0]];

	memcpy(wanted + COMPANION_FD_GIVEN, spec->given,
	       spec->given_len * sizeof wanted[0]);
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

static int drop_caps(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { { 0, 0, 0 } };

	return (int)syscall(SYS_capset, &head, none);
}

/* Closes all from descriptor @first on but @kept. */
static int close_but(unsigned first, unsigned kept)
{
	if (kept > first && close_range(first, kept - 1, 0) < 0)
		return -1;
	return close_range(kept + 1, ~0U, 0);
}

/*
 * Holds the descriptors of the companion, where that will look for them, and says to
 * @told when they are there: before, it must not look.
 */
static _Noreturn void holder_main(const struct companion_spec *spec, pid_t parent,
				  const int fds[3], int told)
{
	const unsigned n = COMPANION_FD_GIVEN + (unsigned)spec->given_len;
	int high = fcntl(told, F_DUPFD_CLOEXEC, FD_HIGH);

	(void)prctl(PR_SET_NAME, "sbox-holder", 0, 0, 0);
	/* no end of anything of the supervisor's is kept open here */
	if (high < 0 || arrange_fds(spec, fds[0], fds[1], fds[2]) < 0 ||
	    close_but(n, (unsigned)high) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    setns(COMPANION_FD_GIVEN + spec->holder, CLONE_NEWUSER) < 0 ||
	    drop_caps() < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ||
	    getppid() != parent || write(high, "", 1) != 1)
		_exit(EXIT_SBOX);
	for (;;)
		(void)pause();
}

/* The arguments, with descriptors of @holder in place of the companion's own. */
static const char *const *arguments(const struct companion_spec *spec, pid_t holder)
{
	static const char self[] = "/proc/self/";
	const char **argv;
	size_t len = 0;

	while (spec->argv[len])
		len++;
	argv = arena_alloc(spec->arena, (len + 1) * sizeof *argv);
	for (size_t i = 0; i < len; i++) {
		const char *arg = spec->argv[i];
		bool own = strncmp(arg, self, sizeof self - 1) == 0;

		argv[i] = own ? arena_printf(spec->arena, "/proc/%d/%s", (int)holder,
					     arg + sizeof self - 1)
			      : arg;
	}
	argv[len] = NULL;
	return argv;
}

/* Sets up the companion's process for its program; @parent must still be its parent. */
static int settle(const struct companion_spec *spec, pid_t parent, struct error *err)
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

/* Whether the holder has them; there is none if @told is -1. */
static bool are_held(int told)
{
	char byte;

	return told < 0 || read(told, &byte, 1) == 1;
}

static _Noreturn void companion_main(const struct companion_spec *spec, pid_t parent,
				     pid_t holder, const int fds[3], int told)
{
	static const char *const env[] = { "PATH=/usr/bin:/bin", "LC_ALL=C", NULL };
	struct error err = { .status = EXIT_SBOX };
	const char *const *argv = holder > 0 ? arguments(spec, holder) : spec->argv;
	char byte;

	if (!are_held(told))
		(void)error_set(&err, "its descriptors cannot be held");
	else if (arrange_fds(spec, fds[0], fds[1], fds[2]) < 0)
		(void)error_sys(&err, "cannot set up its descriptors");
	else if (settle(spec, parent, &err) == 0) {
		if (read(COMPANION_FD_EXIT, &byte, 1) != 1)
			_exit(0); /* it is not wanted any more */
		(void)execve(spec->path, (char *const *)argv, (char *const *)env);
		(void)error_sys(&err, "%s", spec->path);
	}
	/* into the log, where the supervisor looks for the cause */
	(void)!write(STDERR_FILENO, err.msg, strnlen(err.msg, sizeof err.msg));
	_exit(EXIT_NOCMD);
}

/* ------------------------------------------------------------ in the supervisor */

/* Makes the processes: the holder, if there is to be one, then the companion. */
static int start_with(struct companion *companion, const struct companion_spec *spec,
		      int ready, int exit, struct error *err)
{
	const int fds[3] = { companion->log, ready, exit };
	_cleanup_fd_ int hear = -1, tell = -1;
	pid_t parent = getpid();
	int pipe[2];

	if (spec->holder >= 0) {
		if (pipe2(pipe, O_CLOEXEC) < 0)
			return error_sys(err, "pipe");
		hear = pipe[0];
		tell = pipe[1];
		companion->holder = fork();
		if (companion->holder == 0)
			holder_main(spec, parent, fds, tell);
		if (companion->holder < 0)
			return error_sys(err, "fork");
		fd_drop(&tell);
	}
	companion->pid = fork();
	if (companion->pid == 0)
		companion_main(spec, parent, companion->holder, fds, hear);
	if (companion->pid < 0) {
		companion->pid = 0;
		return error_sys(err, "fork");
	}
	companion->pidfd = sys_pidfd_open(companion->pid);
	return companion->pidfd < 0 ? error_sys(err, "pidfd_open") : 0;
}

int companion_start(struct companion *companion, const struct companion_spec *spec,
		    struct error *err)
{
	int ready[2], exit[2], ret;

	*companion = (struct companion)COMPANION_INIT;
	companion->name = spec->name;
	companion->ready_byte = spec->ready;
	companion->log = memfd_create("sbox-companion", MFD_CLOEXEC);
	if (companion->log < 0 || pipe2(ready, O_CLOEXEC) < 0)
		return error_sys(err, "%s: cannot make its descriptors", spec->name);
	companion->ready = ready[0];
	if (pipe2(exit, O_CLOEXEC) < 0) {
		(void)close(ready[1]);
		return error_sys(err, "%s: cannot make its descriptors", spec->name);
	}
	companion->exit = exit[1];
	ret = start_with(companion, spec, ready[1], exit[0], err);
	(void)close(ready[1]);
	(void)close(exit[0]);
	return ret < 0 ? error_wrap(err, "%s", spec->name) : 0;
}

void companion_go(const struct companion *companion)
{
	(void)!write(companion->exit, "", 1); /* if it has failed, that is told later */
}

/* The last that it said, on one line; "" if it said nothing. */
static void last_words(const struct companion *companion, char *buf, size_t size)
{
	off_t end = lseek(companion->log, 0, SEEK_END);
	off_t start = end > (off_t)size - 1 ? end - (off_t)size + 1 : 0;
	ssize_t n = pread(companion->log, buf, size - 1, start);

	n = n < 0 ? 0 : n;
	while (n > 0 && strchr("\n ", buf[n - 1]))
		n--;
	buf[n] = '\0';
	for (char *p = buf; *p; p++)
		if (*p == '\n')
			*p = ';';
}

/* Kills it, if it has not ended, and reaps it; its status as of waitpid(2). */
static int put_away(struct companion *companion, bool kill_it)
{
	int status = 0;

	if (companion->pid <= 0)
		return 0;
	if (kill_it)
		(void)kill(companion->pid, SIGKILL); /* ours until it is reaped */
	while (waitpid(companion->pid, &status, 0) < 0 && errno == EINTR)
		;
	companion->pid = 0;
	return status;
}

static void tell_end(const struct companion *companion, int status, struct error *err)
{
	char said[LOG_SHOWN];

	last_words(companion, said, sizeof said);
	(void)error_set(err, "%s ended (%s %d)%s%s", companion->name,
			WIFSIGNALED(status) ? "signal" : "status",
			WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
			*said ? ": " : "", said);
}

void companion_reap(struct companion *companion, struct error *err)
{
	tell_end(companion, put_away(companion, false), err);
	companion_stop(companion);
}

static void end_holder(struct companion *companion)
{
	if (companion->holder <= 0)
		return;
	(void)kill(companion->holder, SIGKILL); /* ours until it is reaped */
	while (waitpid(companion->holder, NULL, 0) < 0 && errno == EINTR)
		;
	companion->holder = 0;
}

/* The ready descriptor: the right byte, or its end. */
static int read_ready(struct companion *companion, struct error *err)
{
	char byte;
	ssize_t n = read(companion->ready, &byte, 1);

	if (n == 1 && (!companion->ready_byte || byte == companion->ready_byte))
		return 1;
	if (n < 0)
		return error_sys(err, "cannot hear of %s", companion->name);
	/* without a byte it is ending by itself, and how is worth knowing */
	tell_end(companion, put_away(companion, n > 0), err);
	return -1;
}

int companion_wait_ready(struct companion *companion, int other, struct error *err)
{
	struct pollfd fds[] = { { companion->ready, POLLIN, 0 },
				{ other, POLLIN, 0 },
				/* its holder has the pipe open, too */
				{ companion->pidfd, POLLIN, 0 } };
	int64_t deadline = clock_ms() + READY_MS, left;
	char said[LOG_SHOWN];

	for (left = READY_MS; left > 0; left = deadline - clock_ms()) {
		if (poll(fds, 3, (int)left) <= 0)
			continue; /* the time is up, or a signal came */
		end_holder(companion);
		if (fds[0].revents)
			return read_ready(companion, err);
		if (!fds[2].revents)
			return 0;
		tell_end(companion, put_away(companion, false), err);
		return -1;
	}
	last_words(companion, said, sizeof said);
	return error_set(err, "%s was not ready in %d s%s%s", companion->name,
			 READY_MS / 1000, *said ? ": " : "", said);
}

void companion_finish(struct companion *companion, int ms)
{
	struct pollfd ended = { companion->pidfd, POLLIN, 0 };

	fd_drop(&companion->exit);
	if (companion->pid > 0)
		(void)poll(&ended, 1, ms);
	companion_stop(companion);
}

void companion_stop(struct companion *companion)
{
	end_holder(companion);
	(void)put_away(companion, true);
	fd_closep(&companion->pidfd);
	fd_closep(&companion->ready);
	fd_closep(&companion->exit);
	fd_closep(&companion->log);
	*companion = (struct companion)COMPANION_INIT;
}
