/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-units.c - numbers, sizes and modes */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "policy/units.h"

#define KEPT 424242

static void numbers_are_digits(void **state)
{
	static const struct {
		const char *s;
		int64_t want;
	} rows[] = {
		{ "0", 0 },   { "7", 7 },       { "42", 42 },
		{ "007", 7 }, { "1000", 1000 }, { "9223372036854775807", INT64_MAX },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int64_t n = KEPT;

		assert_int_equal(units_number(rows[i].s, INT64_MAX, &n), 0);
		assert_true(n == rows[i].want);
	}
}

static void anything_else_is_no_number(void **state)
{
	static const char *const rows[] = { "",
					    " 1",
					    "1 ",
					    "+1",
					    "-1",
					    "1.0",
					    "1e3",
					    "0x1",
					    "1_0",
					    "a",
					    "1a",
					    "/",
					    ":",
					    "\xb2",
					    "9223372036854775808",
					    "99999999999999999999999" };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int64_t n = KEPT;

		assert_int_equal(units_number(rows[i], INT64_MAX, &n), -1);
		assert_true(n == KEPT);
	}
}

static void a_number_is_at_most_what_it_may_be(void **state)
{
	static const int64_t most[] = {
		0, 1, 3, 8, 9, 10, 12, 99, 100, 65535, 4294967294
	};

	(void)state;
	for (size_t i = 0; i < sizeof most / sizeof most[0]; i++) {
		for (int64_t d = -12; d <= 12; d++) {
			char text[32];
			int64_t n = KEPT, value = most[i] + d;
			char *p = text + sizeof text - 1;
			int64_t rest = value;

			if (value < 0)
				continue;
			*p = '\0';
			do
				*--p = (char)('0' + rest % 10);
			while (rest /= 10);
			if (units_number(p, most[i], &n) != (value <= most[i] ? 0 : -1))
				fail_msg("%s, at most %lld: %lld", p, (long long)most[i],
					 (long long)n);
			assert_true(n == (value <= most[i] ? value : KEPT));
		}
	}
}

static void sizes_have_units_of_1024(void **state)
{
	static const struct {
		const char *s;
		int64_t want;
	} rows[] = {
		{ "0", 0 },
		{ "4096", 4096 },
		{ "4096B", 4096 },
		{ "1K", 1024 },
		{ "1KB", 1024 },
		{ "1KiB", 1024 },
		{ "512M", INT64_C(512) << 20 },
		{ "4G", INT64_C(4) << 30 },
		{ "1TiB", INT64_C(1) << 40 },
		{ "8388607T", INT64_C(8388607) << 40 },
		{ "9223372036854775807", INT64_MAX },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int64_t n = KEPT;

		assert_int_equal(units_size(rows[i].s, &n), 0);
		assert_true(n == rows[i].want);
	}
}

static void anything_else_is_no_size(void **state)
{
	static const char *const rows[] = { "",
					    "K",
					    "1k",
					    "1m",
					    "1KK",
					    "1 K",
					    "1iB",
					    "1Ki",
					    "1KBB",
					    "1P",
					    "-1K",
					    "1.5G",
					    "B",
					    "1Bi",
					    "0x1K",
					    "1K ",
					    "8388608T",
					    "9223372036854775808",
					    "9007199254740992K" };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int64_t n = KEPT;

		assert_int_equal(units_size(rows[i], &n), -1);
		assert_true(n == KEPT);
	}
}

static void modes_are_octal(void **state)
{
	static const struct {
		const char *s;
		unsigned want;
	} rows[] = { { "0", 0 },         { "700", 0700 },   { "0755", 0755 },
		     { "01777", 01777 }, { "7777", 07777 }, { "00000644", 0644 } };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		unsigned mode = KEPT;

		assert_int_equal(units_mode(rows[i].s, &mode), 0);
		assert_int_equal(mode, rows[i].want);
	}
}

static void anything_else_is_no_mode(void **state)
{
	static const char *const rows[] = {
		"",      "8",    "0o755", "rwx",   "-1",
		"10000", "755 ", "u+x",   "0x1ff", "77777777777777777777777"
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		unsigned mode = KEPT;

		assert_int_equal(units_mode(rows[i], &mode), -1);
		assert_int_equal(mode, KEPT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_digits),
		cmocka_unit_test(anything_else_is_no_number),
		cmocka_unit_test(a_number_is_at_most_what_it_may_be),
		cmocka_unit_test(sizes_have_units_of_1024),
		cmocka_unit_test(anything_else_is_no_size),
		cmocka_unit_test(modes_are_octal),
		cmocka_unit_test(anything_else_is_no_mode),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("units", tests, NULL, NULL);
}
