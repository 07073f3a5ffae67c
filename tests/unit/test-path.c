/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-path.c - paths as lists of components */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"

static int setup(void **state)
{
	*state = calloc(1, sizeof(struct arena));
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	arena_done(*state);
	free(*state);
	return 0;
}

static void a_path_is_made_clean(void **state)
{
	static const char *const rows[][2] = {
		{ "/", "/" },
		{ "//", "/" },
		{ "/.", "/" },
		{ "/./", "/" },
		{ "/a", "/a" },
		{ "/a/", "/a" },
		{ "//a///b//", "/a/b" },
		{ "/a/./b/.", "/a/b" },
		{ "/.a", "/.a" },
		{ "/..a", "/..a" },
		{ "/a..", "/a.." },
		{ "/...", "/..." },
		{ "/a b/\xff", "/a b/\xff" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_string_equal(path_clean(*state, rows[i][0]), rows[i][1]);
		assert_int_equal(path_is_clean(rows[i][0]),
				 strcmp(rows[i][0], rows[i][1]) == 0);
	}
}

static void a_relative_path_or_one_that_goes_up_is_none(void **state)
{
	static const char *const rows[] = { "",        "a",      ".",     "./a",
					    "..",      "/..",    "/a/..", "/../a",
					    "/a/../b", "//..//", "~/a",   "?/a" };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_null(path_clean(*state, rows[i]));
		assert_false(path_is_clean(rows[i]));
	}
}

static void a_path_is_shorter_than_path_max(void **state)
{
	char path[PATH_MAX + 2];

	memset(path, 'a', sizeof path);
	path[0] = '/';
	path[PATH_MAX - 1] = '\0';
	assert_string_equal(path_clean(*state, path), path);
	assert_true(path_is_clean(path));
	path[PATH_MAX - 1] = 'a';
	path[PATH_MAX] = '\0';
	assert_null(path_clean(*state, path));
	assert_false(path_is_clean(path));
}

static void within_means_by_components(void **state)
{
	(void)state;
	assert_true(path_within("/a", "/a"));
	assert_true(path_within("/a/b", "/a"));
	assert_true(path_within("/a", "/"));
	assert_true(path_within("/", "/"));
	assert_false(path_within("/", "/a"));
	assert_false(path_within("/ab", "/a"));
	assert_false(path_within("/a", "/ab"));
	assert_false(path_within("/a", "/a/b"));
	assert_false(path_within("/home/alice", "/home/al"));
	assert_false(path_within("/b/a", "/a"));
}

static void what_is_below_can_be_joined_again(void **state)
{
	static const char *const rows[][3] = {
		{ "/a", "/a", "" },     { "/a/b/c", "/a", "b/c" }, { "/", "/", "" },
		{ "/a/b", "/", "a/b" }, { "/a/b", "/a/b", "" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_string_equal(path_below(rows[i][0], rows[i][1]), rows[i][2]);
		assert_string_equal(path_join(*state, rows[i][1], rows[i][2]),
				    rows[i][0]);
	}
}

static void a_path_has_a_parent_a_last_component_and_a_depth(void **state)
{
	static const struct {
		const char *path, *parent, *last;
		size_t depth;
	} rows[] = {
		{ "/", "/", "", 0 },
		{ "/a", "/", "a", 1 },
		{ "/a/b", "/a", "b", 2 },
		{ "/a/b/c.d", "/a/b", "c.d", 3 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_string_equal(path_parent(*state, rows[i].path), rows[i].parent);
		assert_string_equal(path_last(rows[i].path), rows[i].last);
		assert_int_equal(path_depth(rows[i].path), rows[i].depth);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_path_is_made_clean, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_relative_path_or_one_that_goes_up_is_none, setup, teardown),
		cmocka_unit_test_setup_teardown(a_path_is_shorter_than_path_max, setup,
						teardown),
		cmocka_unit_test_setup_teardown(within_means_by_components, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_is_below_can_be_joined_again, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			a_path_has_a_parent_a_last_component_and_a_depth, setup,
			teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("path", tests, NULL, NULL);
}
