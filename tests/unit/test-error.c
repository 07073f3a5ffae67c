/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-error.c - errors, what is put in front of them, and their way through a pipe */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"

static void an_error_is_set_with_its_status(void **state)
{
	struct error err;

	(void)state;
	memset(&err, 0xff, sizeof err);
	assert_int_equal(error_set(&err, "no %s", "luck"), -1);
	assert_string_equal(err.msg, "no luck");
	assert_int_equal(err.errnum, 0);
	assert_int_equal(err.status, EXIT_SBOX);
}

static void a_system_error_names_its_cause(void **state)
{
	struct error err;

	(void)state;
	errno = ENOENT;
	assert_int_equal(error_sys(&err, "open %s", "/x"), -1);
	assert_string_equal(err.msg, "open /x: No such file or directory");
	assert_int_equal(err.errnum, ENOENT);
	assert_int_equal(err.status, EXIT_SBOX);
}

static void a_place_comes_first(void **state)
{
	struct error err;

	(void)state;
	assert_int_equal(error_at(&err, &(struct srcpos){ "a.toml", 3, 7 }, "bad %d", 5),
			 -1);
	assert_string_equal(err.msg, "a.toml:3:7: bad 5");
	(void)error_at(&err, &(struct srcpos){ "a.toml", 3, 0 }, "bad");
	assert_string_equal(err.msg, "a.toml:3: bad");
}

static void a_missing_place_is_not_shown(void **state)
{
	struct error err;

	(void)state;
	(void)error_at(&err, &(struct srcpos){ "a.toml", 0, 0 }, "bad");
	assert_string_equal(err.msg, "a.toml: bad");
}

static void context_is_put_in_front(void **state)
{
	struct error err;

	(void)state;
	errno = EACCES;
	(void)error_sys(&err, "bind /a on /b");
	assert_int_equal(error_wrap(&err, "mounts"), -1);
	assert_int_equal(error_wrap(&err, "step %d", 8), -1);
	assert_string_equal(err.msg, "step 8: mounts: bind /a on /b: Permission denied");
	assert_int_equal(err.errnum, EACCES);
}

static void the_tail_gives_way_to_the_context(void **state)
{
	struct error err;

	(void)state;
	(void)error_set(&err, "%2000d", 1);
	assert_int_equal(strlen(err.msg), sizeof err.msg - 1);
	(void)error_wrap(&err, "why");
	assert_int_equal(strlen(err.msg), sizeof err.msg - 1);
	assert_int_equal(strncmp(err.msg, "why:      ", 10), 0);
	for (int i = 0; i < 20; i++)
		(void)error_wrap(&err, "%300d", i);
	assert_int_equal(strlen(err.msg), sizeof err.msg - 1);
	errno = EPERM;
	(void)error_sys(&err, "%2000d", 1);
	assert_int_equal(strlen(err.msg), sizeof err.msg - 1);
}

static void an_error_crosses_a_pipe_in_one_write(void **state)
{
	struct error sent, received = { 0 };
	int fds[2];

	(void)state;
	assert_true(sizeof sent <= PIPE_BUF);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	memset(&sent, 0, sizeof sent);
	errno = ENOSPC;
	(void)error_sys(&sent, "x");
	sent.status = EXIT_NOEXEC;
	assert_int_equal(error_send(&sent, fds[1]), 0);
	assert_true(error_recv(&received, fds[0]));
	assert_string_equal(received.msg, sent.msg);
	assert_int_equal(received.errnum, ENOSPC);
	assert_int_equal(received.status, EXIT_NOEXEC);
	(void)close(fds[1]);
	assert_false(error_recv(&received, fds[0]));
	(void)close(fds[0]);
}

static void half_an_error_is_none(void **state)
{
	struct error err = { 0 };
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(write(fds[1], &err, 10), 10);
	(void)close(fds[1]);
	assert_false(error_recv(&err, fds[0]));
	(void)close(fds[0]);
}

static void an_error_that_cannot_be_sent_is_told(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_int_equal(error_send(&err, -1), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_error_is_set_with_its_status),
		cmocka_unit_test(a_system_error_names_its_cause),
		cmocka_unit_test(a_place_comes_first),
		cmocka_unit_test(a_missing_place_is_not_shown),
		cmocka_unit_test(context_is_put_in_front),
		cmocka_unit_test(the_tail_gives_way_to_the_context),
		cmocka_unit_test(an_error_crosses_a_pipe_in_one_write),
		cmocka_unit_test(half_an_error_is_none),
		cmocka_unit_test(an_error_that_cannot_be_sent_is_told),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
