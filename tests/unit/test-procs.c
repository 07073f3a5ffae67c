/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-procs.c - which sandbox a process belongs to */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#include "base/sys.h"
#include "box/door/procs.h"

static void each_process_has_its_nearest_root(void **state)
{
	static struct proc list[] = {
		{ .pid = 1, .parent = 0 },   { .pid = 10, .parent = 1 },
		{ .pid = 11, .parent = 10 }, { .pid = 12, .parent = 14 }, /* a circle */
		{ .pid = 13, .parent = 11 }, { .pid = 14, .parent = 12 },
		{ .pid = 15, .parent = 13 }, { .pid = 16, .parent = 99 }, /* gone */
		{ .pid = 17, .parent = 15 }, { .pid = 18, .parent = 18 },
		{ .pid = 20, .parent = 10 }, { .pid = 21, .parent = 14 },
	};
	const struct procs procs = { list, sizeof list / sizeof list[0] };
	const pid_t roots[] = { 11, 99, 15, 20 };
	const size_t wanted[] = { NO_ROOT, NO_ROOT, 0, NO_ROOT, 0, NO_ROOT,
				  2,       NO_ROOT, 2, NO_ROOT, 3, NO_ROOT };
	struct arena arena = { 0 };
	const size_t *found = procs_roots(&procs, roots, 4, &arena);

	(void)state;
	for (size_t i = 0; i < procs.len; i++)
		if (found[i] != wanted[i])
			fail_msg("process %d: %zd, not %zd", (int)list[i].pid,
				 (ssize_t)found[i], (ssize_t)wanted[i]);
	arena_done(&arena);
}

static void a_pidfd_tells_its_number_and_nothing_else_does(void **state)
{
	int pidfd = sys_pidfd_open(getpid()),
	    other = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(proc_number(pidfd), getpid());
	assert_int_equal(proc_number(other), -1);
	assert_int_equal(proc_number(-1), -1);
	(void)close(pidfd);
	(void)close(other);
}

static void this_process_is_in_its_own_namespaces(void **state)
{
	(void)state;
	assert_true(proc_same_userns(getpid()));
	assert_true(proc_same_netns(getpid()));
	assert_false(proc_same_userns(0));
	assert_false(proc_same_netns(-1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_process_has_its_nearest_root),
		cmocka_unit_test(a_pidfd_tells_its_number_and_nothing_else_does),
		cmocka_unit_test(this_process_is_in_its_own_namespaces),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("procs", tests, NULL, NULL);
}
