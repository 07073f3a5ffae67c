/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-errnos.c - errno names */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "seccomp/errnos.h"

static void test_errnos(void **state)
{
	struct arena arena = { 0 };
	const char *const *names = errno_names(&arena);

	(void)state;
	for (; *names; names++) {
		int number = errno_by_name(*names, strlen(*names));

		assert_true(number > 0 && number <= ERRNO_MAX);
		assert_int_equal(
			errno_by_name(errno_name(number), strlen(errno_name(number))),
			number);
	}
	assert_string_equal(errno_name(EAGAIN), "EAGAIN");
	assert_null(errno_name(0));
	assert_int_equal(errno_by_name("EPERMX", 6), 0);
	assert_int_equal(errno_by_name("EPER", 4), 0);
	arena_done(&arena);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		{ .name = "errno names and numbers match", .test_func = test_errnos },
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
