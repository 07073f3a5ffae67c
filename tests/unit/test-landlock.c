/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-landlock.c - what the rules of Landlock say, by the ABI of kernels that are not
 * here
 *
 * The numbers are those of linux/landlock.h. A bit that a kernel does not know makes it
 * refuse the rule set, so none may come before its ABI.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>

#include "box/fence/landlock.h"

#define RESOLVE_UNIX 0x10000U

static void test_handled(void **state)
{
	static const uint64_t wanted[] = {
		[1] = 0x1fff,  [2] = 0x3fff,   [3] = 0x7fff,   [4] = 0x7fff,
		[5] = 0xffff,  [6] = 0xffff,   [7] = 0xffff,   [8] = 0xffff,
		[9] = 0x1ffff, [10] = 0x1ffff, [11] = 0x1ffff,
	};

	(void)state;
	for (int abi = 1; abi < (int)(sizeof wanted / sizeof wanted[0]); abi++)
		assert_int_equal(landlock_handled(abi), wanted[abi]);
}

static uint64_t rights(enum step_type type, mode_t file_type, bool readonly)
{
	const struct step step = { .type = type,
				   .file_type = file_type,
				   .readonly = readonly };

	return landlock_step_rights(&step);
}

static void test_sockets(void **state)
{
	const uint64_t all = landlock_handled(LANDLOCK_NEWEST);

	(void)state;
	/* of the host: in directories never, by name always */
	assert_int_equal(rights(STEP_BIND, S_IFDIR, false), all & ~RESOLVE_UNIX);
	assert_int_equal(rights(STEP_BIND, S_IFREG, false), all & ~RESOLVE_UNIX);
	assert_int_equal(rights(STEP_BIND, S_IFDIR, true), 0);
	assert_int_equal(rights(STEP_BIND, S_IFSOCK, true), RESOLVE_UNIX);
	assert_true(rights(STEP_BIND, S_IFSOCK, false) & RESOLVE_UNIX);
	/* of the sandbox: those of its other commands too */
	assert_int_equal(rights(STEP_TMPFS, S_IFDIR, false), all);
	assert_int_equal(rights(STEP_OVERLAY, S_IFDIR, false), all);
	assert_int_equal(rights(STEP_OVERLAY, S_IFDIR, true), 0);
	/* nobody connects to these */
	assert_int_equal(rights(STEP_DEV, S_IFDIR, false), all & ~RESOLVE_UNIX);
	assert_int_equal(rights(STEP_PROC, S_IFDIR, false), all & ~RESOLVE_UNIX);
	assert_int_equal(rights(STEP_DENY, S_IFSOCK, false), 0);
}

/* What a kernel before ABI 9 is told is what it always was. */
static void test_older(void **state)
{
	(void)state;
	for (int abi = 1; abi < 9; abi++) {
		const uint64_t all = landlock_handled(abi);

		assert_int_equal(rights(STEP_BIND, S_IFDIR, false) & all, all);
		assert_int_equal(rights(STEP_TMPFS, S_IFDIR, false) & all, all);
		assert_int_equal(rights(STEP_BIND, S_IFSOCK, true) & all, 0);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		{ .name = "each ABI decides what it knows and nothing newer",
		  .test_func = test_handled },
		{ .name = "sockets of the host are shown by name or not at all",
		  .test_func = test_sockets },
		{ .name = "kernels before ABI 9 are told what they were told before",
		  .test_func = test_older },
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
