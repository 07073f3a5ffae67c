/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-toml.c - the grammar of TOML and its limits */
#include "config.h"

#include "toml-samples.h"

/* @text alone, as a value at @pos, is read as @want or refused with it. */
static void value_gives(const char *text, const struct srcpos *pos, const char *want)
{
	struct arena arena = { 0 };
	struct diags diags = { .arena = &arena };
	struct strbuf out = { 0 };
	struct toml_value *value = toml_parse_value(&arena, &diags, pos, text);

	if (value)
		show(&out, value);
	else
		show_diags(&out, &diags);
	assert_string_equal(strbuf_str(&out), want);
	strbuf_done(&out);
	arena_done(&arena);
}

/* A text: @head, @n times @open, @middle and @n times @close. */
struct nest {
	const char *head, *open, *middle, *close;
	int n;
	bool accepted;
};

static void nest_parsed(const struct nest *nest)
{
	struct arena arena = { 0 };
	struct diags diags = { .arena = &arena };
	struct strbuf text = { 0 };
	struct toml_value *root;

	strbuf_add(&text, nest->head);
	for (int i = 0; i < nest->n; i++)
		strbuf_add(&text, nest->open);
	strbuf_add(&text, nest->middle);
	for (int i = 0; i < nest->n; i++)
		strbuf_add(&text, nest->close);
	root = toml_parse(&arena, &diags, "x", text.s, text.len);
	assert_true((root != NULL) == nest->accepted);
	if (!root) {
		assert_int_equal(diags.total, 1);
		assert_string_equal(diags.list[0].msg,
				    "more than 64 arrays and tables in each other");
	}
	strbuf_done(&text);
	arena_done(&arena);
}

static void an_empty_text_is_an_empty_table(void **state)
{
	(void)state;
	gives("", "{}");
	gives("\n \t\n# only a comment", "{}");
	gives("# \xc3\xa9 and a tab\t\r\n", "{}");
}

static void keys_are_bare_quoted_or_dotted(void **state)
{
	static const struct sample samples[] = {
		{ "bare_key-1 = 1", "{bare_key-1=1}" },
		{ "1234 = 1\n-=2\ntrue=3", "{1234=1,-=2,true=3}" },
		{ "\"a b\" = 1\n'c\\d' = 2", "{a b=1,c\\d=2}" },
		{ "\"\" = 1", "{=1}" },
		{ "'' = 1", "{=1}" },
		{ "\"\\u00e9\" = 1", "{\xc3\xa9=1}" },
		{ "a.b.c = 1\na.b.d = 2", "{a={b={c=1,d=2}}}" },
		{ "a . \"b.c\"\t.'d'=1", "{a={b.c={d=1}}}" },
		{ "3.14 = 1", "{3={14=1}}" },
		{ "  a=1", "{a=1}" },
		{ NULL, NULL },
	};

	(void)state;
	all_give(samples);
}

static void what_is_no_key_is_refused(void **state)
{
	static const struct sample samples[] = {
		{ "= 1", "1:1: expected a key, found \"=\"" },
		{ "a b = 1", "1:3: expected \"=\" after the key, found \"b\"" },
		{ "a = 1\nb [", "2:3: expected \"=\" after the key, found \"[\"" },
		{ "a\n= 1",
		  "1:2: expected \"=\" after the key, found the end of the line\n"
		  "2:1: expected a key, found \"=\"" },
		{ "a", "1:2: expected \"=\" after the key, found the end of the text" },
		{ "a. = 1", "1:4: expected a key, found \"=\"" },
		{ ".a = 1", "1:1: expected a key, found \".a\"" },
		{ "a..b = 1", "1:3: expected a key, found \".b\"" },
		{ "\"\"\"a\"\"\" = 1", "1:1: a key cannot be a multi-line string" },
		{ "'''a''' = 1", "1:1: a key cannot be a multi-line string" },
		{ "\"a = 1", "1:1: unterminated string: closing \" is missing" },
		{ "\xc3\xa9 = 1",
		  "1:1: expected a key, found \"\xc3\xa9\": it needs quotes in a key" },
		{ "na\xc3\xafve = 1",
		  "1:3: expected \"=\" after the key, found \"\xc3\xaf\": "
		  "it needs quotes in a key" },
		{ NULL, NULL },
	};

	(void)state;
	all_give(samples);
}

static void a_statement_ends_with_its_line(void **state)
{
	static const struct sample samples[] = {
		{ "a = 1 # x\r\nb = 2", "{a=1,b=2}" },
		{ "a = 1 b = 2",
		  "1:7: expected the end of the line after the value, found \"b\"" },
		{ "a = 1,",
		  "1:6: expected the end of the line after the value, found \",\"" },
		{ "[a] b = 1",
		  "1:5: expected the end of the line after the header, found \"b\"" },
		{ "a =", "1:4: expected a value, found the end of the text" },
		{ "a = # x\n", "1:5: expected a value, found a comment" },
		{ NULL, NULL },
	};

	(void)state;
	all_give(samples);
}

static void a_byte_order_mark_is_refused_by_name(void **state)
{
	(void)state;
	gives("\xef\xbb\xbf"
	      "a = 1\nb",
	      "1:1: a byte-order mark is not allowed: save the text as UTF-8 without "
	      "one\n"
	      "2:2: expected \"=\" after the key, found the end of the text");
	gives("a = '\xef\xbb\xbf'", "{a=\"\\ufeff\"}");
}

static void arrays_are_mixed_and_may_be_broken_up(void **state)
{
	static const struct sample samples[] = {
		{ "a = []", "{a=[]}" },
		{ "a = [1, 'x', true, [2], {b=3}]", "{a=[1,\"x\",true,[2],{b=3}]}" },
		{ "a = [ # x\n\t1 # y\n\n, 2,\r\n]", "{a=[1,2]}" },
		{ "a = [[],[[]],]", "{a=[[],[[]]]}" },
		{ "a = [\n[1]\n]", "{a=[[1]]}" },
		{ "a = [,]", "1:6: expected a value, found \",\"" },
		{ "a = [1,,2]", "1:8: expected a value, found \",\"" },
		{ "a = [1 2]",
		  "1:8: expected \",\" or \"]\" after the value, found \"2\"" },
		{ "a = [1}",
		  "1:7: expected \",\" or \"]\" after the value, found \"}\"" },
		{ "a = [[1]", "1:5: unterminated array: closing \"]\" is missing" },
		{ "a = [1,\n", "1:5: unterminated array: closing \"]\" is missing" },
		{ NULL, NULL },
	};

	(void)state;
	all_give(samples);
}

static void inline_tables_stay_on_their_line(void **state)
{
	static const struct sample samples[] = {
		{ "a = {}", "{a={}}" },
		{ "a = { b = 1 , c.d = 2, c.e = 3 }", "{a={b=1,c={d=2,e=3}}}" },
		{ "a = {b = [\n1,\n2 ], c = '''\nx'''}", "{a={b=[1,2],c=\"x\"}}" },
		{ "a = {b = 1,}", "1:11: an inline table must not end with a comma" },
		{ "a = {b = 1\n}", "1:11: an inline table must be on one line" },
		{ "a = {\n}", "1:6: an inline table must be on one line" },
		{ "a = {b = 1, # x\nc = 2}",
		  "1:13: an inline table must be on one line" },
		{ "a = {,}", "1:6: expected a key, found \",\"" },
		{ "a = {b = 1 c = 2}",
		  "1:12: expected \",\" or \"}\" after the value, found \"c\"" },
		{ "a = {b}", "1:7: expected \"=\" after the key, found \"}\"" },
		{ "a = {b = 1",
		  "1:5: unterminated inline table: closing \"}\" is missing" },
		{ "a = {", "1:5: unterminated inline table: closing \"}\" is missing" },
		{ NULL, NULL },
	};

	(void)state;
	all_give(samples);
}

static void headers_name_tables(void **state)
{
	static const struct sample samples[] = {
		{ "[a]\nx = 1\n[b]\nx = 2", "{a={x=1},b={x=2}}" },
		{ "[ a . 'b'.\"c\" ] # x\nx = 1", "{a={b={c={x=1}}}}" },
		{ "[a.b.c]\n[a]\nx = 1\n[a.b]\ny = 2", "{a={b={c={},y=2},x=1}}" },
		{ "[]", "1:2: expected a key, found \"]\"" },
		{ "[a",
		  "1:3: expected \"]\" after the name of the table, found the end of "
		  "the text" },
		{ "[a]]",
		  "1:4: expected the end of the line after the header, found \"]\"" },
		{ "[a.]", "1:4: expected a key, found \"]\"" },
		{ "[\na]", "1:2: expected a key, found the end of the line\n"
			   "2:2: expected \"=\" after the key, found \"]\"" },
		{ NULL, NULL },
	};

	(void)state;
	all_give(samples);
}

static void arrays_of_tables_grow_by_headers(void **state)
{
	static const struct sample samples[] = {
		{ "[[a]]\nx = 1\n[[a]]\n[[a]]\nx = 2", "{a=[{x=1},{},{x=2}]}" },
		{ "[[a]]\n[a.b]\nx = 1\n[[a]]\n[a.b]\nx = 2",
		  "{a=[{b={x=1}},{b={x=2}}]}" },
		{ "[[a]]\n[[a.b]]\n[[a.b]]\n[[a]]\n[[a.b]]",
		  "{a=[{b=[{},{}]},{b=[{}]}]}" },
		{ "[x]\n[[x.a]]\n[[ x . a ]]", "{x={a=[{},{}]}}" },
		{ "[[a]",
		  "1:5: expected \"]]\" after the name of the table, found the end "
		  "of the text" },
		{ "[[a] ]",
		  "1:5: expected \"]]\" after the name of the table, found \" \"" },
		{ "[ [a]]", "1:3: expected a key, found \"[\"" },
		{ NULL, NULL },
	};

	(void)state;
	all_give(samples);
}

static void nesting_has_a_limit(void **state)
{
	enum { MAX = TOML_MAX_DEPTH };
	static const struct nest nests[] = {
		{ "a = ", "[", "", "]", MAX, true },
		{ "a = ", "[", "", "]", MAX + 1, false },
		{ "a = ", "[", "", "", 100000, false },
		{ "a = ", "{a=", "1", "}", MAX, true },
		{ "a = ", "{a=", "1", "}", MAX + 1, false },
		{ "a = ", "{a=", "", "", 100000, false },
		{ "", "a.", "a = 1", "", MAX, true },
		{ "", "a.", "a = 1", "", MAX + 1, false },
		{ "", "a.", "a = 1", "", 100000, false },
		{ "[", "a.", "a]", "", MAX - 1, true },
		{ "[", "a.", "a]", "", MAX, false },
		{ "[[", "a.", "a]]", "", MAX - 2, true },
		{ "[[", "a.", "a]]", "", MAX - 1, false },
		{ "[a.b]\nc = ", "[", "", "]", MAX - 2, true },
		{ "[a.b]\nc = ", "[", "", "]", MAX - 1, false },
		{ "a = {b.c = ", "[", "", "]", MAX - 1, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof nests / sizeof nests[0]; i++)
		nest_parsed(&nests[i]);
}

static void size_has_a_limit(void **state)
{
	size_t len = TOML_MAX_SIZE + 1;
	char *text = malloc(len);

	(void)state;
	assert_non_null(text);
	memset(text, '\n', len);
	gives_n(text, len - 1, "{}");
	gives_n(text, len, "0:0: 1048577 bytes are too long, 1048576 at most");
	free(text);
}

static void one_value_is_read_for_an_option(void **state)
{
	static const struct sample samples[] = {
		{ "1", "1" },
		{ " 'x'\t", "\"x\"" },
		{ "[1,\n2,]", "[1,2]" },
		{ "{a.b = 1979-05-27 07:32:00Z}", "{a={b=1979-05-27 07:32:00Z}}" },
		{ "", "3:7: expected a value, found the end of the text" },
		{ "/usr", "3:7: expected a value, found \"/\": text needs quotes" },
		{ "  07", "3:9: leading zeros are not allowed: \"07\"" },
		{ "1 2", "3:9: expected nothing more after the value, found \"2\"" },
		{ "1\n",
		  "3:8: expected nothing more after the value, found the end of the "
		  "line" },
		{ "1 # x",
		  "3:9: expected nothing more after the value, found a comment" },
		{ "[1,\n  x]", "4:3: expected a value, found \"x\": text needs quotes" },
		{ "{a=1,a=2}", "3:12: key \"a\" is already defined at line 3" },
		{ NULL, NULL },
	};
	struct srcpos pos = { "--set", 3, 7 };

	(void)state;
	for (const struct sample *sample = samples; sample->text; sample++)
		value_gives(sample->text, &pos, sample->want);
}

static void a_value_from_nowhere_has_no_place(void **state)
{
	struct srcpos pos = { "--set", 0, 0 };

	(void)state;
	value_gives("[1,\n x]", &pos,
		    "0:0: expected a value, found \"x\": text needs quotes");
	value_gives("{a=1,a=2}", &pos, "0:0: key \"a\" is already defined");
}

static void members_are_found_by_name(void **state)
{
	static const char text[] = "a = 1\n\"\" = 2\nt.b = 3\n";
	struct arena arena = { 0 };
	struct diags diags = { .arena = &arena };
	struct toml_value *root = toml_parse(&arena, &diags, "x", text, sizeof text - 1);

	(void)state;
	assert_non_null(root);
	assert_int_equal(toml_get(root, "a")->integer, 1);
	assert_int_equal(toml_get(root, "")->integer, 2);
	assert_int_equal(toml_get(toml_get(root, "t"), "b")->integer, 3);
	assert_null(toml_get(root, "b"));
	assert_string_equal(toml_type_name(root->type), "a table");
	assert_string_equal(toml_type_name(TOML_STRING), "a string");
	arena_done(&arena);
}

static void mistakes_of_another_text_are_none_of_this_one(void **state)
{
	struct arena arena = { 0 };
	struct diags diags = { .arena = &arena };

	(void)state;
	assert_null(toml_parse(&arena, &diags, "one", "a", 1));
	assert_non_null(toml_parse(&arena, &diags, "two", "a = 1", 5));
	assert_int_equal(diags.total, 1);
	arena_done(&arena);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_text_is_an_empty_table),
		cmocka_unit_test(keys_are_bare_quoted_or_dotted),
		cmocka_unit_test(what_is_no_key_is_refused),
		cmocka_unit_test(a_statement_ends_with_its_line),
		cmocka_unit_test(a_byte_order_mark_is_refused_by_name),
		cmocka_unit_test(arrays_are_mixed_and_may_be_broken_up),
		cmocka_unit_test(inline_tables_stay_on_their_line),
		cmocka_unit_test(headers_name_tables),
		cmocka_unit_test(arrays_of_tables_grow_by_headers),
		cmocka_unit_test(nesting_has_a_limit),
		cmocka_unit_test(size_has_a_limit),
		cmocka_unit_test(one_value_is_read_for_an_option),
		cmocka_unit_test(a_value_from_nowhere_has_no_place),
		cmocka_unit_test(members_are_found_by_name),
		cmocka_unit_test(mistakes_of_another_text_are_none_of_this_one),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
