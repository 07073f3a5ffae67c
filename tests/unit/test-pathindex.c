/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-pathindex.c - what is at, above and below a path is found as path_within() says */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/path.h"
#include "base/pathindex.h"

#define PATHS 300

static void an_empty_index_has_nothing(void **state)
{
	struct arena arena = { 0 };
	struct pathindex index = { 0 };
	size_t len = 1, last;

	(void)state;
	pathindex_sort(&index);
	assert_false(pathindex_last(&index, "/", &last));
	assert_false(pathindex_nearest(&index, "/", &last));
	assert_false(pathindex_nearest(&index, "/a/b", &last));
	(void)pathindex_near(&index, &arena, "/a/b", &len);
	assert_int_equal(len, 0);
	arena_done(&arena);
}

static void a_common_beginning_is_no_directory(void **state)
{
	static const char *const paths[] = { "/a-b", "/a", "/a/b", "/a.c", "/ab",
					     "/a/b", "/",  "/a/c", "/b" };
	const size_t near[] = { 1, 2, 5, 6, 7 };
	struct arena arena = { 0 };
	struct pathindex index = { 0 };
	size_t len, last = 0, *numbers;

	(void)state;
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
		pathindex_add(&index, &arena, paths[i], i);
	pathindex_sort(&index);
	assert_true(pathindex_last(&index, "/a/b", &last));
	assert_int_equal(last, 5);
	numbers = pathindex_near(&index, &arena, "/a", &len);
	assert_int_equal(len, sizeof near / sizeof near[0]);
	assert_memory_equal(numbers, near, sizeof near);
	assert_false(pathindex_last(&index, "/a/b/c", &last));
	assert_true(pathindex_nearest(&index, "/a/b/c", &last));
	assert_int_equal(last, 5);
	assert_true(pathindex_nearest(&index, "/a/bc", &last)); /* not "/a/b" */
	assert_int_equal(last, 1);
	assert_true(pathindex_nearest(&index, "/a-", &last));
	assert_int_equal(last, 6);
	numbers = pathindex_near(&index, &arena, "/c", &len);
	assert_int_equal(len, 1); /* the root */
	assert_int_equal(numbers[0], 6);
	arena_done(&arena);
}

/* Up to four components from few names, so that many paths are related. */
static const char *some_path(struct arena *arena)
{
	static const char *const names[] = { "a", "b", "a-", "a.b", "ab", "\xc3\xa4" };
	const char *path = "/";

	for (int i = rand() % 5; i > 0; i--)
		path = path_join(arena, path, names[rand() % 6]);
	return path;
}

static void random_paths_are_found_as_by_looking_at_each(void **state)
{
	struct arena arena = { 0 };
	struct pathindex index = { 0 };
	const char *paths[PATHS];

	(void)state;
	srand(1);
	for (size_t i = 0; i < PATHS; i++) {
		paths[i] = some_path(&arena);
		/* two paths to a number, as with an overlay's layers */
		pathindex_add(&index, &arena, paths[i], i / 2);
	}
	pathindex_sort(&index);
	for (int round = 0; round < 1000; round++) {
		const char *path = some_path(&arena);
		size_t last = 0, near, n = 0, same = PATHS;
		const size_t *numbers = pathindex_near(&index, &arena, path, &near);

		for (size_t i = 0; i < PATHS; i++) {
			if (strcmp(paths[i], path) == 0)
				same = i / 2;
			if (!path_within(paths[i], path) && !path_within(path, paths[i]))
				continue;
			if (n > 0 && numbers[n - 1] == i / 2)
				continue;
			assert_true(n < near);
			assert_int_equal(numbers[n++], i / 2);
		}
		assert_int_equal(near, n);
		assert_int_equal(pathindex_last(&index, path, &last), same < PATHS);
		if (same < PATHS)
			assert_int_equal(last, same);
	}
	arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_index_has_nothing),
		cmocka_unit_test(a_common_beginning_is_no_directory),
		cmocka_unit_test(random_paths_are_found_as_by_looking_at_each),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("pathindex", tests, NULL, NULL);
}
