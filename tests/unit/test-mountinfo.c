/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-mountinfo.c - mount points of the host, by the kernel's list of them */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "box/host/mountinfo.h"

static const char list[] = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/root rw\n"
			   "23 22 0:5 / /proc rw - proc proc rw\n"
			   "24 22 0:30 / /srv/a\\040b\\134c rw - tmpfs none rw\n"
			   "25 22 0:31 / /srv/data rw - tmpfs none rw\n"
			   "26 22 0:32 / /srv/database/part rw - tmpfs none rw\n"
			   "damaged\n"
			   "27 22 0:33 / /last\\011 rw";

static void the_first_mount_below_a_path_is_found(void **state)
{
	struct arena arena = { 0 };

	(void)state;
	assert_string_equal(mountinfo_below(&arena, list, "/"), "/proc");
	assert_string_equal(mountinfo_below(&arena, list, "/srv"), "/srv/a b\\c");
	assert_string_equal(mountinfo_below(&arena, list, "/srv/database"),
			    "/srv/database/part");
	arena_done(&arena);
}

static void neither_itself_nor_what_begins_alike_is_below_it(void **state)
{
	struct arena arena = { 0 };

	(void)state;
	assert_null(mountinfo_below(&arena, list, "/srv/data"));
	assert_null(mountinfo_below(&arena, list, "/srv/a"));
	assert_null(mountinfo_below(&arena, list, "/home"));
	assert_null(mountinfo_below(&arena, "", "/"));
	assert_null(mountinfo_below(&arena, "1 2 3 4", "/"));
	arena_done(&arena);
}

static void a_last_line_needs_no_end(void **state)
{
	struct arena arena = { 0 };

	(void)state;
	assert_string_equal(mountinfo_below(&arena, "27 22 0:33 / /last\\011 rw", "/"),
			    "/last\t");
	assert_string_equal(mountinfo_below(&arena, "1 2 3 / /x\\04", "/"), "/x\\04");
	arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_mount_below_a_path_is_found),
		cmocka_unit_test(neither_itself_nor_what_begins_alike_is_below_it),
		cmocka_unit_test(a_last_line_needs_no_end),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("mountinfo", tests, NULL, NULL);
}
