/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-diag.c - mistakes, their lines and carets, and names that are near */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

struct fixture {
	struct arena arena;
	struct diags diags;
	struct strbuf out;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	if (!f)
		return -1;
	f->diags.arena = &f->arena;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	strbuf_done(&f->out);
	arena_done(&f->arena);
	free(f);
	return 0;
}

/* Adds "m" at @line and @col of @text, a file called "f", and prints it. */
static const char *shown(struct fixture *f, const char *text, unsigned line, unsigned col)
{
	const char *name = diag_source(&f->diags, "f", text, strlen(text));

	assert_int_equal(diag_add(&f->diags, &(struct srcpos){ name, line, col }, "m"),
			 -1);
	diag_print(&f->diags, &f->out);
	return strbuf_str(&f->out);
}

static void a_mistake_is_shown_with_its_line(void **state)
{
	struct fixture *f = *state;
	static const char text[] = "one\n[fs]\nraed = 1\nlast";
	const char *name = diag_source(&f->diags, "b.toml", text, strlen(text));

	diag_add(&f->diags, &(struct srcpos){ name, 3, 1 }, "unknown key \"%s\"", "raed");
	diag_add(&f->diags, &(struct srcpos){ name, 4, 5 }, "at the end");
	diag_add(&f->diags, &(struct srcpos){ name, 2, 0 }, "the line");
	diag_add(&f->diags, &(struct srcpos){ name, 0, 0 }, "the file");
	diag_add(&f->diags, &(struct srcpos){ 0 }, "nowhere");
	diag_print(&f->diags, &f->out);
	assert_string_equal(strbuf_str(&f->out), "b.toml:3:1: unknown key \"raed\"\n"
						 "    3 | raed = 1\n"
						 "      | ^\n"
						 "b.toml:4:5: at the end\n"
						 "    4 | last\n"
						 "      |     ^\n"
						 "b.toml:2: the line\n"
						 "    2 | [fs]\n"
						 "      | ^\n"
						 "b.toml: the file\n"
						 "nowhere\n");
}

static void a_place_behind_the_text_has_no_line(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(shown(f, "one\n", 7, 1), "f:7:1: m\n");
}

static void an_empty_text_has_one_empty_line(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(shown(f, "", 1, 1), "f:1:1: m\n    1 | \n      | ^\n");
}

static void a_column_behind_the_line_is_its_end(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(shown(f, "ab\nc", 1, 99),
			    "f:1:99: m\n    1 | ab\n      |   ^\n");
}

static void the_same_name_twice_is_two_texts(void **state)
{
	struct fixture *f = *state;
	const char name[] = "n", other[] = "n";

	diag_source(&f->diags, name, "first", 5);
	diag_source(&f->diags, other, "second", 6);
	diag_add(&f->diags, &(struct srcpos){ name, 1, 1 }, "m");
	diag_print(&f->diags, &f->out);
	assert_non_null(strstr(strbuf_str(&f->out), "first"));
	assert_null(strstr(f->out.s, "second"));
}

static void tabs_stay_and_the_caret_is_below(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(shown(f, "\ta\t= b", 1, 6),
			    "f:1:6: m\n    1 | \ta\t= b\n      | \t \t  ^\n");
}

static void the_caret_counts_characters(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(shown(f, "gr\u00fc\u00dfe = x", 1, 10),
			    "f:1:10: m\n    1 | gr\u00fc\u00dfe = x\n      |        ^\n");
}

static void the_caret_counts_what_was_escaped(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(shown(f, "a\x1b\x80\u202e!", 1, 7),
			    "f:1:7: m\n    1 | a\\x1b\\x80\\xe2\\x80\\xae!\n"
			    "      |                      ^\n");
}

static void names_and_messages_are_escaped(void **state)
{
	struct fixture *f = *state;

	diag_add(&f->diags, &(struct srcpos){ "a\x1b", 0, 0 }, "b%cc", '\n');
	diag_print(&f->diags, &f->out);
	assert_string_equal(strbuf_str(&f->out), "a\\x1b: b\\x0ac\n");
}

/* Where the caret stands in the last line, and where @c in the one before. */
static void caret_below(const char *out, char c)
{
	const char *first = strchr(out, '\n') + 1, *second = strchr(first, '\n') + 1;

	assert_int_equal(strchr(second, '^') - second, strchr(first, c) - first);
}

static void a_long_line_is_shown_in_part(void **state)
{
	static const unsigned columns[] = { 1,   2,   80,  81,   82,   159,
					    160, 161, 162, 2500, 4919, 5000 };
	char text[5001];

	for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
		struct fixture *f = *state;
		const char *out;

		memset(text, 'x', sizeof text - 1);
		text[sizeof text - 1] = '\0';
		text[columns[i] - 1] = 'V';
		out = shown(f, text, 1, columns[i]);
		assert_true(strlen(out) < 400);
		caret_below(out, 'V');
		strbuf_done(&f->out);
		f->diags = (struct diags){ .arena = &f->arena };
	}
}

static void a_long_line_is_not_cut_inside_a_character(void **state)
{
	struct fixture *f = *state;
	struct strbuf text = { 0 };
	const char *out;

	strbuf_add(&text, "xy");
	for (int i = 0; i < 1000; i++)
		strbuf_add(&text, "\u4e16");
	for (unsigned col = 1200; col < 1206; col++) {
		out = shown(f, text.s, 1, col);
		assert_null(strchr(out, '\\'));
		assert_true(strlen(out) < 400);
		strbuf_done(&f->out);
		f->diags = (struct diags){ .arena = &f->arena };
	}
	strbuf_done(&text);
}

static void a_long_line_of_rubbish_is_shown_in_part_too(void **state)
{
	struct fixture *f = *state;
	char text[2001];
	const char *out;

	memset(text, 0x80, sizeof text - 1); /* continuations of nothing */
	text[sizeof text - 1] = '\0';
	out = shown(f, text, 1, 1000);
	assert_true(strlen(out) < 2000);
	assert_non_null(strstr(out, "\\x80"));
}

static void twenty_mistakes_are_enough(void **state)
{
	struct fixture *f = *state;
	size_t lines = 0;

	for (int i = 0; i < 25; i++)
		diag_add(&f->diags, &(struct srcpos){ 0 }, "mistake %d", i + 1);
	assert_int_equal(f->diags.len, DIAG_MAX);
	assert_int_equal(f->diags.total, 25);
	diag_print(&f->diags, &f->out);
	for (const char *p = strbuf_str(&f->out); *p; p++)
		lines += *p == '\n';
	assert_int_equal(lines, 21);
	assert_non_null(strstr(f->out.s, "mistake 20\n... and 5 more mistakes\n"));
}

static void a_place_is_copied(void **state)
{
	struct fixture *f = *state;
	struct srcpos pos = { "f", 3, 4 };

	diag_add(&f->diags, &pos, "m");
	pos = (struct srcpos){ 0 };
	assert_int_equal(f->diags.list[0].pos.line, 3);
	assert_int_equal(pos.line, 0);
}

static void a_long_message_is_cut(void **state)
{
	struct fixture *f = *state;

	diag_add(&f->diags, &(struct srcpos){ 0 }, "%5000d", 1);
	assert_int_equal(strlen(f->diags.list[0].msg), 1023);
}

static void near_names_are_found(void **state)
{
	static const char *const names[] = { "read",    "write",        "deny",
					     "protect", "fs.root_mode", NULL };
	static const char *const rows[][2] = {
		{ "raed", "read" },
		{ "rea", "read" },
		{ "reads", "read" },
		{ "wrtie", "write" },
		{ "read", "read" },
		{ "protetc", "protect" },
		{ "fs.rootmode", "fs.root_mode" },
		{ "fs.rot-mode", "fs.root_mode" },
		{ "dney", "deny" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_string_equal(diag_nearest(rows[i][0], names), rows[i][1]);
}

static void far_names_are_not(void **state)
{
	static const char *const names[] = { "read", "protect", "", NULL };
	char longest[66];

	(void)state;
	assert_null(diag_nearest("", names));
	assert_null(diag_nearest("xyzzy", names));
	assert_null(diag_nearest("pro", names));
	assert_null(diag_nearest("read", (const char *const[]){ NULL }));
	memset(longest, 'r', sizeof longest - 1);
	longest[65] = '\0';
	assert_null(diag_nearest(longest, names));
	longest[64] = '\0';
	assert_null(diag_nearest(longest, names));
	assert_string_equal(diag_nearest(longest, (const char *const[]){ longest, NULL }),
			    longest);
}

static void the_nearest_of_several_wins(void **state)
{
	(void)state;
	assert_string_equal(diag_nearest("tmpf", (const char *const[]){ "temp", "tmpfs",
									"tmp", NULL }),
			    "tmpfs");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_mistake_is_shown_with_its_line, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_place_behind_the_text_has_no_line,
						setup, teardown),
		cmocka_unit_test_setup_teardown(an_empty_text_has_one_empty_line, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_column_behind_the_line_is_its_end,
						setup, teardown),
		cmocka_unit_test_setup_teardown(the_same_name_twice_is_two_texts, setup,
						teardown),
		cmocka_unit_test_setup_teardown(tabs_stay_and_the_caret_is_below, setup,
						teardown),
		cmocka_unit_test_setup_teardown(the_caret_counts_characters, setup,
						teardown),
		cmocka_unit_test_setup_teardown(the_caret_counts_what_was_escaped, setup,
						teardown),
		cmocka_unit_test_setup_teardown(names_and_messages_are_escaped, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_long_line_is_shown_in_part, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_long_line_is_not_cut_inside_a_character,
						setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_long_line_of_rubbish_is_shown_in_part_too, setup, teardown),
		cmocka_unit_test_setup_teardown(twenty_mistakes_are_enough, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_place_is_copied, setup, teardown),
		cmocka_unit_test_setup_teardown(a_long_message_is_cut, setup, teardown),
		cmocka_unit_test_setup_teardown(near_names_are_found, setup, teardown),
		cmocka_unit_test_setup_teardown(far_names_are_not, setup, teardown),
		cmocka_unit_test_setup_teardown(the_nearest_of_several_wins, setup,
						teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("diag", tests, NULL, NULL);
}
