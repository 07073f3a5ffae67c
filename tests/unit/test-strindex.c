/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-strindex.c - elements of a growing array are found by their names */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/strindex.h"

struct element {
	const char *name;
	int64_t other;
};

struct list {
	struct arena arena;
	struct element *items;
	size_t len;
	struct strindex index;
};

static const struct element *find(const struct list *list, const char *name)
{
	return strindex_find(&list->index, list->items, sizeof *list->items, name);
}

static void add(struct list *list, size_t number)
{
	const char *name = arena_printf(&list->arena, "name-%zu", number);
	struct element *item =
		arena_append(&list->arena, &list->items, &list->len, sizeof *item);

	*item = (struct element){ name, (int64_t)number };
	strindex_add(&list->index, &list->arena, list->items, sizeof *item);
}

static void an_empty_array_has_nothing(void **state)
{
	struct list list = { 0 };

	(void)state;
	assert_null(find(&list, ""));
	assert_null(find(&list, "name-0"));
}

static void all_are_found_at_every_length(void **state)
{
	struct list list = { 0 };

	(void)state;
	for (size_t len = 1; len <= 600; len++) {
		add(&list, len - 1);
		for (size_t i = 0; i < len; i++)
			assert_ptr_equal(
				find(&list, arena_printf(&list.arena, "name-%zu", i)),
				&list.items[i]);
		assert_null(find(&list, arena_printf(&list.arena, "name-%zu", len)));
		assert_null(find(&list, ""));
	}
	arena_done(&list.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_array_has_nothing),
		cmocka_unit_test(all_are_found_at_every_length),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("strindex", tests, NULL, NULL);
}
