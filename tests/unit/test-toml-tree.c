/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-toml-tree.c - what may be defined when in a TOML text */
#include "config.h"

#include <time.h>

#include "toml-samples.h"

static void a_key_is_defined_once(void **state)
{
	static const struct sample samples[] = {
		{ "a = 1\n\na = 2", "3:1: key \"a\" is already defined at line 1" },
		{ "a = 1\n'a' = 2", "2:1: key \"a\" is already defined at line 1" },
		{ "a.b = 1\na.\"b\" = 2",
		  "2:3: key \"a.b\" is already defined at line 1" },
		{ "a.b = 1\na = 2", "2:1: key \"a\" is already defined at line 1" },
		{ "a = 1\na.b = 2",
		  "2:1: \"a\" is already defined as an integer at line 1" },
		{ "a = 1\n[a.b]",
		  "2:2: \"a\" is already defined as an integer at line 1" },
		{ "a = ''\n[[a]]",
		  "2:3: \"a\" is already defined as a string at line 1" },
		{ "[a.b]\n[a]\nb = 1", "3:1: key \"b\" is already defined at line 1" },
		{ "a = {b = 1, b = 2}", "1:13: key \"b\" is already defined at line 1" },
		{ "[a]\nx = 1\n[b]\nx = 1", "{a={x=1},b={x=1}}" },
		{ NULL, NULL },
	};

	(void)state;
	all_give(samples);
}

static void a_table_is_defined_once(void **state)
{
	static const struct sample samples[] = {
		{ "[a]\n[a]", "2:2: table \"a\" is already defined at line 1" },
		{ "[a.b]\n[a]\n[a.b]",
		  "3:4: table \"a.b\" is already defined at line 1" },
		{ "[a]\n[a.b]\n[a]", "3:2: table \"a\" is already defined at line 1" },
		{ "[a.b]\n[a]\n[a]", "3:2: table \"a\" is already defined at line 2" },
		{ "[a]\n[[a]]",
		  "2:3: table \"a\" is already defined at line 1: it is not an array" },
		{ "[a.b]\n[[a]]",
		  "2:3: table \"a\" is already defined at line 1: it is not an array" },
		{ "[[a]]\n[a]",
		  "2:2: array of tables \"a\" is already defined at line 1: "
		  "write [[ ]] for one more" },
		{ "[[a]]\n[a.b]\n[a.b]",
		  "3:4: table \"a.b\" is already defined at line 2" },
		{ NULL, NULL },
	};

	(void)state;
	all_give(samples);
}

static void a_table_of_dotted_keys_is_closed_to_headers(void **state)
{
	static const struct sample samples[] = {
		{ "a.b = 1\n[a]", "2:2: table \"a\" is already defined at line 1" },
		{ "[x]\na.b.c = 1\n[x.a.b]",
		  "3:6: table \"x.a.b\" is already defined at line 2" },
		{ "a.b = 1\n[[a]]",
		  "2:3: table \"a\" is already defined at line 1: it is not an array" },
		{ "a.b = 1\n[a.c]\nx = 1", "{a={b=1,c={x=1}}}" },
		{ "a.b = 1\n[[a.c]]\n[[a.c]]", "{a={b=1,c=[{},{}]}}" },
		{ "[a.b.c]\n[a]\nb.x = 1", "{a={b={c={},x=1}}}" },
		{ "[a.b.c]\n[a]\nb.x = 1\n[a.b]",
		  "4:4: table \"a.b\" is already defined at line 3" },
		{ NULL, NULL },
	};

	(void)state;
	all_give(samples);
}

static void a_table_of_a_header_is_closed_to_dotted_keys(void **state)
{
	static const struct sample samples[] = {
		{ "[a.b]\n[a]\nb.x = 1",
		  "3:1: table \"b\" is already defined at line 1: add to it there" },
		{ "[a.b.c]\n[a]\nb.c.x = 1",
		  "3:3: table \"b.c\" is already defined at line 1: add to it there" },
		{ "[[a.b]]\n[a]\nb.x = 1",
		  "3:1: array of tables \"b\" is already defined "
		  "at line 1: add to it there" },
		{ NULL, NULL },
	};

	(void)state;
	all_give(samples);
}

static void an_inline_table_or_array_is_complete(void **state)
{
	static const struct sample samples[] = {
		{ "a = {}\n[a]",
		  "2:2: inline table \"a\" is already complete at line 1" },
		{ "a = {}\n[[a]]",
		  "2:3: inline table \"a\" is already complete at line 1" },
		{ "a = {}\n[a.b]",
		  "2:2: inline table \"a\" is already complete at line 1" },
		{ "a = {}\na.b = 1",
		  "2:1: inline table \"a\" is already complete at line 1" },
		{ "a = {b.c = 1}\n[a.b]",
		  "2:2: inline table \"a\" is already complete at line 1" },
		{ "a = {b = {}, b.c = 1}",
		  "1:14: inline table \"b\" is already complete at line 1" },
		{ "a.b = {}\n[a.b.c]",
		  "2:4: inline table \"a.b\" is already complete at line 1" },
		{ "a = []\n[[a]]", "2:3: array \"a\" is already complete at line 1" },
		{ "a = [{}]\n[a.b]", "2:2: array \"a\" is already complete at line 1" },
		{ "a = []\na.b = 1", "2:1: array \"a\" is already complete at line 1" },
		{ NULL, NULL },
	};

	(void)state;
	all_give(samples);
}

static void a_key_after_a_broken_header_is_blamed_for_nothing(void **state)
{
	(void)state;
	mistakes_in("a = 1\n[b\na = 2\n[c]\na = 3", "2");
	mistakes_in("[b]\na = 1\n[b]\na = 2", "3");
	mistakes_in("[b\na = 1\na = 2", "1 3");
}

static void large_tables_take_no_quadratic_time(void **state)
{
	struct strbuf text = { 0 };
	struct arena arena = { 0 };
	struct diags diags = { .arena = &arena };
	clock_t start = clock();

	(void)state;
	for (int i = 0; i < 50000; i++)
		strbuf_printf(&text, "key-%d = 1\n", i);
	for (int i = 0; text.len < TOML_MAX_SIZE - 20; i++)
		strbuf_printf(&text, "[t%d]\n", i);
	assert_non_null(toml_parse(&arena, &diags, "large", text.s, text.len));
	text.len = 0;
	while (text.len < TOML_MAX_SIZE - 20)
		strbuf_add(&text, "' \"\"\" a = [\n");
	assert_null(toml_parse(&arena, &diags, "large", text.s, text.len));
	/* well under a second; the rest is for slow machines and sanitizers */
	assert_true((clock() - start) / CLOCKS_PER_SEC < 10);
	strbuf_done(&text);
	arena_done(&arena);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_is_defined_once),
		cmocka_unit_test(a_table_is_defined_once),
		cmocka_unit_test(a_table_of_dotted_keys_is_closed_to_headers),
		cmocka_unit_test(a_table_of_a_header_is_closed_to_dotted_keys),
		cmocka_unit_test(an_inline_table_or_array_is_complete),
		cmocka_unit_test(a_key_after_a_broken_header_is_blamed_for_nothing),
		cmocka_unit_test(large_tables_take_no_quadratic_time),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
