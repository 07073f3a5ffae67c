/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-arena.c - memory that is given back all at once */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

static void nothing_has_to_be_given_back(void **state)
{
	struct arena arena = { 0 };

	(void)state;
	arena_done(&arena);
	assert_null(arena.blocks);
	(void)arena_alloc(&arena, 1);
	arena_done(&arena);
	arena_done(&arena);
	assert_null(arena.blocks);
}

static void memory_is_zeroed_aligned_and_apart(void **state)
{
	struct arena arena = { 0 };
	unsigned char *last = NULL;

	(void)state;
	for (size_t size = 0; size < 3000; size += 7) {
		unsigned char *p = arena_alloc(&arena, size);

		assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, size);
		assert_true(p != last || size < 8);
		last = p;
	}
	arena_done(&arena);
}

static void a_large_piece_fits_and_small_ones_still_do(void **state)
{
	struct arena arena = { 0 };
	char *small = arena_strdup(&arena, "small");
	char *large = arena_alloc(&arena, (size_t)1 << 20);

	(void)state;
	memset(large, 'x', (size_t)1 << 20);
	assert_string_equal(arena_strdup(&arena, "again"), "again");
	assert_string_equal(small, "small");
	arena_done(&arena);
}

static void strings_are_copied(void **state)
{
	struct arena arena = { 0 };
	char text[] = "hello, world";
	char *all = arena_strdup(&arena, text), *part = arena_strndup(&arena, text, 5);

	(void)state;
	memset(text, 'x', sizeof text - 1);
	assert_string_equal(all, "hello, world");
	assert_string_equal(part, "hello");
	assert_string_equal(arena_strndup(&arena, NULL, 0), "");
	assert_string_equal(arena_printf(&arena, "%s-%d", part, 7), "hello-7");
	assert_string_equal(arena_printf(&arena, "%s", ""), "");
	assert_int_equal(strlen(arena_printf(&arena, "%70000d", 1)), 70000);
	arena_done(&arena);
}

static void an_array_grows_and_keeps_what_it_has(void **state)
{
	struct arena arena = { 0 };
	int *numbers = NULL;
	size_t len = 0;

	(void)state;
	for (int i = 0; i < 10000; i++) {
		int *item = arena_append(&arena, &numbers, &len, sizeof *item);

		assert_ptr_equal(item, &numbers[i]);
		assert_int_equal(*item, 0);
		*item = i;
	}
	assert_int_equal(len, 10000);
	for (int i = 0; i < 10000; i++)
		assert_int_equal(numbers[i], i);
	arena_done(&arena);
}

static void the_old_place_of_an_array_stays_readable(void **state)
{
	struct arena arena = { 0 };
	const char **names = NULL, **old;
	size_t len = 0;

	(void)state;
	*(const char **)arena_append(&arena, &names, &len, sizeof *names) = "first";
	old = names;
	for (int i = 0; i < 5; i++)
		*(const char **)arena_append(&arena, &names, &len, sizeof *names) =
			"more";
	assert_ptr_not_equal(old, names);
	assert_string_equal(old[0], "first");
	arena_done(&arena);
}

static void a_new_element_is_zeroed_after_the_array_was_shortened_too(void **state)
{
	struct arena arena = { 0 };
	int *numbers = NULL;
	size_t len = 0;

	(void)state;
	for (int i = 0; i < 8; i++)
		*(int *)arena_append(&arena, &numbers, &len, sizeof *numbers) = 7;
	len = 5;
	assert_int_equal(*(int *)arena_append(&arena, &numbers, &len, sizeof *numbers),
			 0);
	arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_has_to_be_given_back),
		cmocka_unit_test(memory_is_zeroed_aligned_and_apart),
		cmocka_unit_test(a_large_piece_fits_and_small_ones_still_do),
		cmocka_unit_test(strings_are_copied),
		cmocka_unit_test(an_array_grows_and_keeps_what_it_has),
		cmocka_unit_test(the_old_place_of_an_array_stays_readable),
		cmocka_unit_test(
			a_new_element_is_zeroed_after_the_array_was_shortened_too),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
