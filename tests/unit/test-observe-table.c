/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-observe-table.c - what was observed, as it is written and as it is read */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "box/observe/calls.h"
#include "box/observe/table.h"

/* As an observer has them, which begin with zeros. */
struct observer_memory {
	struct observe_table table;
	struct observe_index index;
};

static int begin(void **state)
{
	struct observer_memory *m = calloc(1, sizeof *m);

	if (!m)
		return -1;
	m->table.magic = OBSERVE_MAGIC;
	m->table.size = sizeof m->table;
	*state = m;
	return 0;
}

static int end(void **state)
{
	free(*state);
	return 0;
}

static void add(struct observer_memory *m, const char *path, int error,
		const char *program)
{
	struct observe_row row = { .process = 7, .error = error };

	(void)snprintf(row.program, sizeof row.program, "%s", program);
	observe_table_add(&m->table, &m->index, &row, path);
}

/* What the supervisor makes of it; NULL: nothing. */
static const struct observe_table *read_back(const struct observer_memory *m,
					     struct arena *arena)
{
	struct error err;
	_cleanup_fd_ int fd = observe_table_make(&err);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, &m->table, sizeof m->table, 0), sizeof m->table);
	return observe_table_read(fd, arena);
}

static void what_is_the_same_is_one_row(void **state)
{
	struct observer_memory *m = *state;
	add(m, "/a", 2, "cat");
	add(m, "/a", 2, "cat");
	add(m, "/a", 13, "cat");
	add(m, "/a", 2, "git");
	add(m, "/b", 2, "cat");
	assert_int_equal(m->table.len, 4);
	assert_int_equal(m->table.rows[0].times, 2);
	assert_string_equal(m->table.text + m->table.rows[3].path, "/b");
}

static void add_failed(struct observer_memory *m, uint32_t number, uint64_t arg,
		       int error)
{
	struct observe_failed row = { .process = 7, .error = error, .number = number };

	row.args[1] = arg;
	(void)snprintf(row.program, sizeof row.program, "%s", "cat");
	observe_table_add_failed(&m->table, &row);
}

static void pointers_of_failed_calls_are_left_out(void **state)
{
	struct observer_memory *m = *state;

	add_failed(m, 1, 0x7f0000001000, 1);
	add_failed(m, 1, 0x7f0000002000, 1);
	add_failed(m, 1, 5, 1);
	add_failed(m, 2, 5, 1);
	add_failed(m, 2, 5, 38);
	assert_int_equal(m->table.failed_len, 4);
	assert_int_equal(m->table.failed[0].times, 2);
	assert_int_equal(m->table.failed[0].args[1], 0);
	assert_int_equal(m->table.failed[1].args[1], 5);
}

static void failed_calls_have_an_end_and_are_looked_at(void **state)
{
	struct observer_memory *m = *state;
	struct arena arena = { 0 };
	const struct observe_table *table;

	for (uint32_t i = 0; i < OBSERVE_FAILED_MAX + 9; i++)
		add_failed(m, i, 0, 1);
	assert_int_equal(m->table.failed_len, OBSERVE_FAILED_MAX);
	m->table.failed[0].error = 0;
	m->table.failed[1].times = 0;
	m->table.failed[2].process = -1;
	memset(m->table.failed[3].program, 'x', sizeof m->table.failed[3].program);
	m->table.failed_len = UINT32_MAX;
	table = read_back(m, &arena);
	assert_non_null(table);
	assert_int_equal(table->failed_len, OBSERVE_FAILED_MAX - 4);
	assert_int_equal(table->failed_left_out, 9 + 4);
	assert_int_equal(table->failed[0].number, 4);
	arena_done(&arena);
}

static void rows_and_texts_have_an_end(void **state)
{
	struct observer_memory *m = *state;
	char path[300];
	uint32_t len;

	for (int i = 0; i < 2 * OBSERVE_ROWS_MAX; i++) {
		(void)snprintf(path, sizeof path, "/%d", i);
		add(m, path, 2, "x");
	}
	assert_int_equal(m->table.len + m->table.left_out, 2 * OBSERVE_ROWS_MAX);
	assert_true(m->table.len <= OBSERVE_ROWS_MAX);
	assert_true(m->table.len > OBSERVE_ROWS_MAX / 2);
	len = m->table.len;
	add(m, "/0", 2, "x"); /* is counted all the same */
	assert_int_equal(m->table.rows[0].times, 2);
	assert_int_equal(m->table.len, len);
}

static void long_texts_fill_no_more_than_there_is(void **state)
{
	struct observer_memory *m = *state;
	static char path[4000];

	for (int i = 0; i < 2000; i++) {
		(void)snprintf(path, sizeof path, "/%04d%0*d", i, 3000, 0);
		add(m, path, 2, "x");
	}
	assert_true(m->table.text_len <= OBSERVE_TEXT_MAX);
	assert_true(m->table.left_out > 0);
	assert_int_equal(m->table.len + m->table.left_out, 2000);
}

static void what_was_written_is_read(void **state)
{
	struct observer_memory *m = *state;
	struct arena arena = { 0 };
	const struct observe_table *back;

	add(m, "/a", 2, "cat");
	add(m, "", 1, "gdb");
	back = read_back(m, &arena);
	assert_non_null(back);
	assert_int_equal(back->len, 2);
	assert_int_equal(back->left_out, 0);
	assert_string_equal(back->text + back->rows[0].path, "/a");
	arena_done(&arena);
}

static void what_is_malformed_is_left_out(void **state)
{
	struct observer_memory *m = *state;
	struct arena arena = { 0 };
	const struct observe_table *back;
	uint32_t at;

	for (int i = 0; i < 9; i++)
		add(m,
		    (const char *[]){ "/0", "/1", "/2", "/3", "/4", "/5", "/6", "/7",
				      "/8" }[i],
		    2, "x");
	at = m->table.text_len;
	m->table.rows[0].call = (uint16_t)observe_calls_len;
	m->table.rows[1].access = OBSERVE_ACCESSES;
	m->table.rows[2].error = -1;
	m->table.rows[3].times = 0;
	m->table.rows[4].process = 0;
	m->table.rows[5].path = OBSERVE_TEXT_MAX;
	memset(m->table.rows[6].program, 'x', sizeof m->table.rows[6].program);
	memset(m->table.text + at, 'x', OBSERVE_TEXT_MAX - at); /* without an end */
	m->table.text[at] = '/';
	m->table.rows[7].path = at;
	m->table.text[m->table.rows[8].path] = 'r'; /* relative */
	m->table.len = UINT32_MAX;
	back = read_back(m, &arena);
	assert_non_null(back);
	assert_int_equal(back->len, 0);
	arena_done(&arena);
}

static void what_is_no_table_is_not_read(void **state)
{
	struct observer_memory *m = *state;
	struct arena arena = { 0 };

	m->table.magic++;
	assert_null(read_back(m, &arena));
	m->table.magic--;
	m->table.size++;
	assert_null(read_back(m, &arena));
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
		cmocka_unit_test_setup_teardown(what_is_the_same_is_one_row, begin, end),
		cmocka_unit_test_setup_teardown(pointers_of_failed_calls_are_left_out,
						begin, end),
		cmocka_unit_test_setup_teardown(
			failed_calls_have_an_end_and_are_looked_at, begin, end),
		cmocka_unit_test_setup_teardown(rows_and_texts_have_an_end, begin, end),
		cmocka_unit_test_setup_teardown(long_texts_fill_no_more_than_there_is,
						begin, end),
		cmocka_unit_test_setup_teardown(what_was_written_is_read, begin, end),
		cmocka_unit_test_setup_teardown(what_is_malformed_is_left_out, begin,
						end),
		cmocka_unit_test_setup_teardown(what_is_no_table_is_not_read, begin, end),
		cmocka_unit_test(no_call_has_two_rows),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("observe-table", tests, NULL, NULL);
}
