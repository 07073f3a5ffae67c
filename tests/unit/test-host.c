/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-host.c - what files of the host say of the caller */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "plan/host.h"

struct row {
	const char *text;
	int64_t first, count;
};

static void check(const struct row *rows, size_t len, const char *name)
{
	for (size_t i = 0; i < len; i++) {
		struct subid_range range = { 42, 42 };

		host_subids(rows[i].text, name, 1000, &range);
		if (range.first != rows[i].first || range.count != rows[i].count)
			fail_msg("%lld:%lld of:\n%s", (long long)range.first,
				 (long long)range.count, rows[i].text);
	}
}

static void first_line_of_name_or_number_counts(void **state)
{
	static const struct row rows[] = {
		{ "u:100000:65536\n", 100000, 65536 },
		{ "1000:7:8", 7, 8 },
		{ "other:1:1\nu:2:3\nu:4:5\n", 2, 3 },
		{ "\n\n# u:9:9\n1000:0100:010\n", 100, 10 },
		{ "u:4294967293:1\n", 4294967293, 1 },
		{ "", 0, 0 },
		{ "other:1:1\n", 0, 0 },
		{ "uu:1:1\n u:1:1\n10000:1:1\n", 0, 0 },
	};

	(void)state;
	check(rows, sizeof rows / sizeof rows[0], "u");
}

static void lines_that_make_no_sense_are_passed_over(void **state)
{
	static const struct row rows[] = {
		{ "u\nu:\nu:1\nu:1:\nu::1\nu:1:1:1\nu:6:7\n", 6, 7 },
		{ "u:0:10\nu:5:0\nu:6:7\n", 6, 7 },
		{ "u:4294967294:1\nu:4294967293:2\nu:1:4294967294\n", 0, 0 },
		{ "u:-1:1\nu:+1:1\nu:0x10:1\nu: 1:1\nu:1:1 \n", 0, 0 },
		{ "u:99999999999999999999:1\nu:1:18446744073709551617\n", 0, 0 },
		{ "u:000000000000000000000000000001:1\n", 0, 0 },
	};

	(void)state;
	check(rows, sizeof rows / sizeof rows[0], "u");
}

static void nobody_is_never_meant(void **state)
{
	/* no name, or one that is too long to be looked at */
	static const struct row rows[] = {
		{ ":1:1\n", 0, 0 },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:1:"
		  "1\n",
		  0, 0 },
		{ "1000:3:4\n", 3, 4 },
	};

	(void)state;
	check(rows, sizeof rows / sizeof rows[0], "");
	check(rows, sizeof rows / sizeof rows[0], NULL);
}

static void the_name_of_a_number_is_that_of_its_first_line(void **state)
{
	static const struct {
		const char *text, *name;
	} rows[] = {
		{ "root:x:0:0:root:/root:/bin/sh\nu:x:1000:1000::/:/bin/sh\n", "u" },
		{ "g:x:1000:", "g" },
		{ "g:x:1000:a,b\nh:x:1000:\n", "g" },
		{ "u::1000:1:::\n", "u" },
		{ "\n \tu:x:1000:1\n", "u" },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:"
		  "x:"
		  "1000:1\n",
		  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		  "a" },
		/* other numbers, and 1000 in other places */
		{ "", NULL },
		{ "u:x:10000:1000::/:\nv:x:100:1000::/:\n", NULL },
		{ "u:1000:1:1000:1000:1000:1000\n1000:x:1:1\n", NULL },
		{ "u:x:-1000:1\nu:x:+1000:1\nu:x:0x3e8:1\nu:x: 1000:1\nu:x:1000 :1\n",
		  NULL },
		{ "u:x:4294968296:1\nu:x:18446744073709552616:1\n", NULL },
		/* lines that make no sense are passed over */
		{ "u\nu:x\nu:x:1000\n:x:1000:1\nu:\n:::\nv:x:1000:1\n", "v" },
		{ "u:\nx:1000:1\nu:x\n1000:1\nu:x:\n1000:1\n", NULL },
		{ "#u:x:1000:1\n # u:x:1000:1\n+u:x:1000:1\n-u:x:1000:1\n", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct arena arena = { 0 };
		const char *name = host_name(&arena, rows[i].text, 1000);

		if (!rows[i].name != !name || (name && strcmp(name, rows[i].name) != 0))
			fail_msg("%s of:\n%s", name ? name : "nobody", rows[i].text);
		arena_done(&arena);
	}
}

static void an_account_is_name_and_home_of_one_line(void **state)
{
	static const struct {
		const char *text, *name, *home;
	} rows[] = {
		{ "root:x:0:0:root:/root:/bin/sh\nu:x:1000:1000:U,,,:/home/u:/bin/sh\n",
		  "u", "/home/u" },
		{ "u:x:1000:1000::/home//u/.:", "u", "/home/u" },
		{ "u:x:1000:1000::/home/a b", "u", "/home/a b" },
		{ "u:x:1000:1000::/:/bin/sh\n", "u", "/" },
		/* of the first line, and no other's */
		{ "u:x:1000:1\nv:x:1000:1::/home/v:\n", "u", NULL },
		{ "u:x:1000:1::\n/home/u:x:1000:1::/home/w:\n", "u", NULL },
		/* none that could be meant */
		{ "u:x:1000:1:::\n", "u", NULL },
		{ "u:x:1000:1::home/u:\n", "u", NULL },
		{ "u:x:1000:1::/home/../u:\n", "u", NULL },
		{ "v:x:1001:1::/home/v:\n", NULL, NULL },
		{ "+u:x:1000:1::/home/u:\n", NULL, NULL },
		{ "", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct host_account got = { "?", "?" };
		struct arena arena = { 0 };

		host_account(&arena, rows[i].text, 1000, &got);
		if (!rows[i].name != !got.name || !rows[i].home != !got.home ||
		    (got.name && strcmp(got.name, rows[i].name) != 0) ||
		    (got.home && strcmp(got.home, rows[i].home) != 0))
			fail_msg("%s at %s of:\n%s", got.name ? got.name : "nobody",
				 got.home ? got.home : "nowhere", rows[i].text);
		arena_done(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_line_of_name_or_number_counts),
		cmocka_unit_test(lines_that_make_no_sense_are_passed_over),
		cmocka_unit_test(nobody_is_never_meant),
		cmocka_unit_test(the_name_of_a_number_is_that_of_its_first_line),
		cmocka_unit_test(an_account_is_name_and_home_of_one_line),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
