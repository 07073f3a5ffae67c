/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-job.c - work in another user namespace: its answer, its errors, its end */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/job.h"

#define SECOND 1000

/* A user namespace that this process has made, in which 0 is the caller; -1: not here. */
static int make_userns(void)
{
	int ready[2], userns = -1;
	char path[64], map[64];
	char byte;
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC) < 0)
		return -1;
	(void)snprintf(map, sizeof map, "0 %d 1", (int)getuid());
	pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWUSER) == 0 &&
		    io_write_file(AT_FDCWD, "/proc/self/uid_map", map) == 0 &&
		    write(ready[1], "", 1) == 1)
			(void)pause();
		_exit(0);
	}
	(void)close(ready[1]);
	(void)snprintf(path, sizeof path, "/proc/%d/ns/user", (int)pid);
	if (read(ready[0], &byte, 1) == 1)
		userns = open(path, O_RDONLY | O_CLOEXEC);
	(void)close(ready[0]);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	return userns;
}

static int do_job(int (*work)(void *, int, struct error *), void *data, int time,
		  struct strbuf *ret, struct error *err)
{
	_cleanup_fd_ int userns = make_userns();
	const struct job job = { .name = "the job",
				 .userns = userns,
				 .time = time,
				 .answer_max = 8,
				 .work = work,
				 .data = data };

	if (userns < 0)
		skip();
	return job_run(&job, ret, err);
}

static int tells_who(void *data, int out, struct error *err)
{
	(void)err;
	*(char *)data = 'x'; /* in the job's own memory */
	return io_write_all(out, getuid() == 0 ? "root" : "other", 4);
}

static void it_is_root_there_and_answers(void **state)
{
	_cleanup_strbuf_ struct strbuf answer = { 0 };
	struct error err = { 0 };
	char mine = 'm';

	(void)state;
	strbuf_add(&answer, "before ");
	assert_int_equal(do_job(tells_who, &mine, SECOND * 20, &answer, &err), 0);
	assert_string_equal(strbuf_str(&answer), "before root");
	assert_int_equal(mine, 'm');
}

static int fails(void *data, int out, struct error *err)
{
	(void)data;
	(void)io_write_all(out, "half", 4);
	errno = EIO;
	return error_sys(err, "reading");
}

static void its_error_is_told(void **state)
{
	_cleanup_strbuf_ struct strbuf answer = { 0 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(do_job(fails, NULL, SECOND * 20, &answer, &err), -1);
	assert_string_equal(err.msg, "the job: reading: Input/output error");
	assert_int_equal(err.errnum, EIO);
}

static int is_killed(void *data, int out, struct error *err)
{
	(void)data;
	(void)err;
	(void)io_write_all(out, "half", 4);
	(void)raise(SIGKILL);
	return 0;
}

static void half_an_answer_is_none(void **state)
{
	_cleanup_strbuf_ struct strbuf answer = { 0 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(do_job(is_killed, NULL, SECOND * 20, &answer, &err), -1);
	assert_string_equal(err.msg, "the job: it was killed by signal 9");
}

static int waits(void *data, int out, struct error *err)
{
	(void)data;
	(void)out;
	(void)err;
	return pause();
}

static void it_has_a_time(void **state)
{
	_cleanup_strbuf_ struct strbuf answer = { 0 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(do_job(waits, NULL, 100, &answer, &err), -1);
	assert_int_equal(err.errnum, ETIMEDOUT);
	/* and is gone */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static int talks(void *data, int out, struct error *err)
{
	(void)data;
	for (;;)
		if (io_write_all(out, "123456789", 9) < 0)
			return error_sys(err, "no reader");
}

static void it_has_a_bound(void **state)
{
	_cleanup_strbuf_ struct strbuf answer = { 0 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(do_job(talks, NULL, SECOND * 20, &answer, &err), -1);
	assert_int_equal(err.errnum, EMSGSIZE);
}

static void no_namespace_is_an_error(void **state)
{
	_cleanup_strbuf_ struct strbuf answer = { 0 };
	struct error err = { 0 };
	const struct job job = {
		.name = "the job", .userns = -1, .time = SECOND, .work = waits
	};

	(void)state;
	assert_int_equal(job_run(&job, &answer, &err), -1);
	assert_string_equal(
		err.msg, "the job: cannot enter the user namespace: Bad file descriptor");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_root_there_and_answers),
		cmocka_unit_test(its_error_is_told),
		cmocka_unit_test(half_an_answer_is_none),
		cmocka_unit_test(it_has_a_time),
		cmocka_unit_test(it_has_a_bound),
		cmocka_unit_test(no_namespace_is_an_error),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
