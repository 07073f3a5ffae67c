/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* job.c - work with the ids of another user namespace; see job.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/job.h"
#include "base/sys.h"

/*
 * A change of credentials may take PR_SET_PDEATHSIG away (prctl(2)), so that comes behind
 * it; a parent that has ended before is seen by getppid(2).
 */
static int enter_userns(const struct job *job, pid_t parent, struct error *err)
{
	(void)prctl(PR_SET_NAME, "sbox-job", 0, 0, 0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_sys(err, "no_new_privs");
	if (setns(job->userns, CLONE_NEWUSER) < 0)
		return error_sys(err, "cannot enter the user namespace");
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return error_sys(err, "PR_SET_PDEATHSIG");
	return getppid() == parent ? 0 : error_set(err, "sbox has ended");
}

static _Noreturn void child(const struct job *job, pid_t parent, int out, int errors)
{
	struct error err = { .status = EXIT_SBOX };

	if (enter_userns(job, parent, &err) < 0 || job->work(job->data, out, &err) < 0)
		(void)error_send(&err, errors);
	_exit(0);
}

/* All of the answer; an errno if there is no end of it. */
static int take_answer(const struct job *job, int from, struct strbuf *ret)
{
	const int64_t end = job->time < 0 ? -1 : clock_ms() + job->time;
	const size_t before = ret->len;
	char buffer[4096];

	for (;;) {
		struct pollfd ready = { from, POLLIN, 0 };
		int count = poll(&ready, 1, end < 0 ? -1 : clock_left(end));
		ssize_t n;

		if (count == 0)
			return ETIMEDOUT;
		n = count < 0 ? -1 : read(from, buffer, sizeof buffer);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? errno : 0;
		if ((size_t)n > job->answer_max - (ret->len - before))
			return EMSGSIZE;
		strbuf_addn(ret, buffer, (size_t)n);
	}
}

/* After the end of its answer it ends, unless it was killed. */
static int reap_job(pid_t pid, struct error *err)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return error_sys(err, "waitpid");
	if (WIFSIGNALED(status))
		return error_set(err, "it was killed by signal %d", WTERMSIG(status));
	return 0;
}

static int run_job(const struct job *job, struct strbuf *ret, struct error *err)
{
	_cleanup_fd_ int out = -1, from = -1, errors = -1, told = -1, pidfd = -1;
	const pid_t parent = getpid();
	const struct clone3_args args = { .flags = CLONE_PIDFD,
					  .pidfd = (uint64_t)(uintptr_t)&pidfd,
					  .exit_signal = SIGCHLD };
	int answer[2], error[2], errnum;
	pid_t pid;

	if (pipe2(answer, O_CLOEXEC) < 0)
		return error_sys(err, "pipe");
	from = answer[0];
	out = answer[1];
	if (pipe2(error, O_CLOEXEC) < 0)
		return error_sys(err, "pipe");
	told = error[0];
	errors = error[1];
	pid = sys_clone3(&args);
	if (pid < 0)
		return error_sys(err, "cannot make a process");
	if (pid == 0)
		child(job, parent, out, errors);
	(void)close(take_fd(&out));
	(void)close(take_fd(&errors));
	errnum = take_answer(job, from, ret);
	if (errnum != 0) {
		(void)sys_pidfd_send_signal(pidfd, SIGKILL);
		(void)reap_job(pid, err);
		errno = errnum;
		return error_sys(err, "no whole answer");
	}
	if (error_recv(err, told)) {
		struct error ignored;

		(void)reap_job(pid, &ignored);
		return -1;
	}
	return reap_job(pid, err);
}

int job_run(const struct job *job, struct strbuf *ret_answer, struct error *err)
{
	return run_job(job, ret_answer, err) < 0 ? error_wrap(err, "%s", job->name) : 0;
}
