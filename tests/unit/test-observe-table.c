/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-observe-table.c - what was observed, as it is written and as it is read */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "box/observe/calls.h"
#include "box/observe/table.h"

/* As an observer has them, which begin with zeros. */
static struct observe_table table;
static struct observe_index found;

static int begin(void **state)
{
	(void)state;
	memset(&table, 0, sizeof table);
	memset(&found, 0, sizeof found);
	table.magic = OBSERVE_MAGIC;
	table.size = sizeof table;
	return 0;
}

static void add(const char *path, int error, const char *program)
{
	struct observe_row row = { .process = 7, .error = error };

	(void)snprintf(row.program, sizeof row.program, "%s", program);
	observe_table_add(&table, &found, &row, path);
}

/* What the supervisor makes of it; NULL: nothing. */
static const struct observe_table *read_back(struct arena *arena)
{
	struct error err;
	_cleanup_fd_ int fd = observe_table_make(&err);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, &table, sizeof table, 0), sizeof table);
	return observe_table_read(fd, arena);
}

static void what_is_the_same_is_one_row(void **state)
{
	(void)state;
	add("/a", 2, "cat");
	add("/a", 2, "cat");
	add("/a", 13, "cat");
	add("/a", 2, "git");
	add("/b", 2, "cat");
	assert_int_equal(table.len, 4);
	assert_int_equal(table.rows[0].times, 2);
	assert_string_equal(table.text + table.rows[3].path, "/b");
}

static void rows_and_texts_have_an_end(void **state)
{
	char path[300];
	uint32_t len;

	(void)state;
	for (int i = 0; i < 2 * OBSERVE_ROWS_MAX; i++) {
		(void)snprintf(path, sizeof path, "/%d", i);
		add(path, 2, "x");
	}
	assert_int_equal(table.len + table.left_out, 2 * OBSERVE_ROWS_MAX);
	assert_true(table.len <= OBSERVE_ROWS_MAX);
	assert_true(table.len > OBSERVE_ROWS_MAX / 2);
	len = table.len;
	add("/0", 2, "x"); /* is counted all the same */
	assert_int_equal(table.rows[0].times, 2);
	assert_int_equal(table.len, len);
}

static void long_texts_fill_no_more_than_there_is(void **state)
{
	static char path[4000];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(path, sizeof path, "/%03d%0*d", i, 3000, 0);
		add(path, 2, "x");
	}
	assert_true(table.text_len <= OBSERVE_TEXT_MAX);
	assert_true(table.left_out > 0);
	assert_int_equal(table.len + table.left_out, 1000);
}

static void what_was_written_is_read(void **state)
{
	struct arena arena = { 0 };
	const struct observe_table *back;

	(void)state;
	add("/a", 2, "cat");
	add("", 1, "gdb");
	back = read_back(&arena);
	assert_non_null(back);
	assert_int_equal(back->len, 2);
	assert_int_equal(back->left_out, 0);
	assert_string_equal(back->text + back->rows[0].path, "/a");
	arena_done(&arena);
}

static void what_is_malformed_is_left_out(void **state)
{
	struct arena arena = { 0 };
	const struct observe_table *back;
	uint32_t at;

	(void)state;
	for (int i = 0; i < 9; i++)
		add((const char *[]){ "/0", "/1", "/2", "/3", "/4", "/5", "/6", "/7",
				      "/8" }[i],
		    2, "x");
	at = table.text_len;
	table.rows[0].call = (uint16_t)observe_calls_len;
	table.rows[1].access = OBSERVE_ACCESSES;
	table.rows[2].error = -1;
	table.rows[3].times = 0;
	table.rows[4].process = 0;
	table.rows[5].path = OBSERVE_TEXT_MAX;
	memset(table.rows[6].program, 'x', sizeof table.rows[6].program);
	memset(table.text + at, 'x', OBSERVE_TEXT_MAX - at); /* without an end */
	table.text[at] = '/';
	table.rows[7].path = at;
	table.text[table.rows[8].path] = 'r'; /* relative */
	table.len = UINT32_MAX;
	back = read_back(&arena);
	assert_non_null(back);
	assert_int_equal(back->len, 0);
	arena_done(&arena);
}

static void what_is_no_table_is_not_read(void **state)
{
	struct arena arena = { 0 };

	(void)state;
	table.magic++;
	assert_null(read_back(&arena));
	table.magic--;
	table.size++;
	assert_null(read_back(&arena));
	arena_done(&arena);
}

/* The calls are a set, or the program would stop at one of two rows alone. */
static void no_call_has_two_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < observe_calls_len; i++)
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(observe_calls[i].number,
					     observe_calls[k].number);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_is_the_same_is_one_row, begin),
		cmocka_unit_test_setup(rows_and_texts_have_an_end, begin),
		cmocka_unit_test_setup(long_texts_fill_no_more_than_there_is, begin),
		cmocka_unit_test_setup(what_was_written_is_read, begin),
		cmocka_unit_test_setup(what_is_malformed_is_left_out, begin),
		cmocka_unit_test_setup(what_is_no_table_is_not_read, begin),
		cmocka_unit_test(no_call_has_two_rows),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("observe-table", tests, NULL, NULL);
}
