/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-toml-scan.c - places and mistakes in a TOML text, and the way on after one */
#include "config.h"

#include "toml-samples.h"

/* The part of @root that @path leads to: keys and numbers of elements, with blanks. */
static const struct toml_value *at_path(const struct toml_value *root, const char *path)
{
	const struct toml_value *value = root;

	while (*path) {
		char part[16] = "";

		(void)sscanf(path, "%15s", part);
		path += strlen(part);
		path += *path == ' ';
		if (value->type == TOML_TABLE) {
			value = toml_get(value, part);
		} else {
			value = value->first;
			for (long i = strtol(part, NULL, 10); i > 0; i--)
				value = value->next;
		}
		assert_non_null(value);
	}
	return value;
}

static void invalid_utf8_is_refused_everywhere(void **state)
{
	static const struct sample samples[] = {
		{ "a = \"\xff\"", "1:6: the byte 0xff in a string is not UTF-8" },
		{ "a = '\xc3'", "1:6: the byte 0xc3 in a string is not UTF-8" },
		{ "a = '\xc0\x80'", "1:6: the byte 0xc0 in a string is not UTF-8" },
		{ "a = '\xed\xa0\x80'", "1:6: the byte 0xed in a string is not UTF-8" },
		{ "a = '\xf4\x90\x80\x80'",
		  "1:6: the byte 0xf4 in a string is not UTF-8" },
		{ "# \xe2\x82", "1:3: the byte 0xe2 in a comment is not UTF-8" },
		{ "\x80 = 1",
		  "1:1: expected a key, found the byte 0x80, which is not UTF-8" },
		{ NULL, NULL },
	};

	(void)state;
	all_give(samples);
	gives("a = \"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"",
	      "{a=\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"}");
}

static void control_characters_are_refused_everywhere(void **state)
{
	static const struct sample samples[] = {
		{ "a = \"\x01\"", "1:6: control character U+0001 in a string" },
		{ "a = '\x7f'", "1:6: control character U+007F in a string" },
		{ "a = '''\n\x1f'''", "2:1: control character U+001F in a string" },
		{ "# \x0b", "1:3: control character U+000B in a comment" },
		{ "\x0c", "1:1: expected a key, found the control character U+000C" },
		{ NULL, NULL },
	};

	(void)state;
	all_give(samples);
}

static void a_carriage_return_needs_its_line_feed(void **state)
{
	static const struct sample samples[] = {
		{ "a = 1\r\n\r\nb = 2\r\n", "{a=1,b=2}" },
		{ "a = 1\r", "1:6: expected the end of the line after the value, found a "
			     "carriage return without a line feed" },
		{ "a = \"\r\"", "1:6: carriage return without a line feed in a string" },
		{ "a = '''\r'''",
		  "1:8: carriage return without a line feed in a string" },
		{ "# \r", "1:3: carriage return without a line feed in a comment" },
		{ NULL, NULL },
	};

	(void)state;
	all_give(samples);
}

static void every_part_of_the_tree_knows_its_place(void **state)
{
	static const char text[] = "a = \"\xc3\xa9\"\n"
				   "  'k'.b\t=  [ 1,\n"
				   "    {x = 2}]\r\n"
				   "[s.t]\n"
				   " [[ u ]]\n";
	static const struct {
		const char *path;
		unsigned key_line, key_col, line, col;
	} places[] = {
		{ "a", 1, 1, 1, 5 },     { "k", 2, 3, 2, 3 },
		{ "k b", 2, 7, 2, 12 },  { "k b 0", 0, 0, 2, 14 },
		{ "k b 1", 0, 0, 3, 5 }, { "k b 1 x", 3, 6, 3, 10 },
		{ "s", 4, 2, 4, 2 },     { "s t", 4, 4, 4, 1 },
		{ "u", 5, 5, 5, 2 },     { "u 0", 0, 0, 5, 2 },
	};
	struct arena arena = { 0 };
	struct diags diags = { .arena = &arena };
	struct toml_value *root =
		toml_parse(&arena, &diags, "test.toml", text, sizeof text - 1);

	(void)state;
	assert_non_null(root);
	assert_null(root->key);
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		const struct toml_value *value = at_path(root, places[i].path);

		assert_string_equal(value->pos.file, "test.toml");
		assert_int_equal(value->pos.line, places[i].line);
		assert_int_equal(value->pos.col, places[i].col);
		assert_int_equal(value->key_pos.line, places[i].key_line);
		assert_int_equal(value->key_pos.col, places[i].key_col);
		assert_true((value->key == NULL) == (places[i].key_line == 0));
	}
	arena_done(&arena);
}

static void several_mistakes_of_a_text_are_all_said(void **state)
{
	static const struct sample samples[] = {
		{ "a = 007\nb = \"\\q\"\nc\nd = 1\nd = 2\n[x\n= 1\ne = yes",
		  "1 2 3 5 6 7 8" },
		{ "a = [\n 007,\n 'x',\n 2023-02-29,\n]\nb = [1 2]\nc", "2 4 6 7" },
		{ "[a]\n[a]\nx = 1\nx = 2\n[b]\n[b]", "2 4 6" },
		{ "a = {b = 1, b = 2, b = 3}", "1 1" },
		{ NULL, NULL },
	};

	(void)state;
	all_mistakes_in(samples);
}

static void a_line_has_one_mistake_of_form(void **state)
{
	(void)state;
	mistakes_in("a = \"\\q \\q\" x\nb = 1", "1");
	mistakes_in("a = [1__0, 1__0] x", "1");
	mistakes_in("a = 10.0.0.0/8", "1");
	mistakes_in("# \x01 \x01", "1");
}

static void a_broken_value_is_left_at_its_end(void **state)
{
	static const struct sample samples[] = {
		{ "a = [\n 'x'\n 'y',\n 'z',\n]\nb", "3 6" },
		{ "a = [\n [1 2],\n [\"]\"], # ]\n '''\n]''', { z = [\n 1] }\n]\nb",
		  "2 8" },
		{ "a  [\n 'x',\n]\nb", "1 4" },
		{ "a = [\n { x = 1, y 2 },\n { x = 1 },\n]\nb", "2 5" },
		{ "a = {\n x = 1,\n y = 2,\n}\nb", "1 5" },
		{ "a = {\n x = 1\n y = {\n z = 2\n }\n}\nb", "1 7" },
		{ "a = 1 \"\"\"\nx = 1\n\"\"\"\nb", "1 4" },
		{ "a = 1 '''\nb = 1\nc", "1 3" },
		{ NULL, NULL },
	};

	(void)state;
	all_mistakes_in(samples);
}

static void a_missing_bracket_does_not_swallow_the_next_statement(void **state)
{
	static const struct sample samples[] = {
		{ "a = [1, 2\nb = 1\nb = 2", "1 3" },
		{ "a = [1,\n\n  'b'.c = 1 # x\nb.c = 2", "1 4" },
		{ "a = [[1],\n[b]\nc = 1\nc = 2", "2 4" },
		{ "a = {x = 1\nb = 1\nb = 2", "1 3" },
		{ "a = [\n '''\nx = 1 ''' y\n]\nb", "3 5" },
		{ "a = \"x\nb = 'y\nc = 1", "1 2" },
		{ "a = \"\"\"\nb = 1\nc\n", "1" },
		{ NULL, NULL },
	};

	(void)state;
	all_mistakes_in(samples);
}

static void long_names_are_cut_in_messages(void **state)
{
	char text[2 * 200 + 16], *p = text;

	(void)state;
	for (int i = 0; i < 100; i++, p += 2)
		memcpy(p, "\xc3\xa9", 2);
	memcpy(p, "\n", 2);
	gives(text, "1:1: expected a key, found \"\xc3\xa9\": it needs quotes in a key");
	memset(text, 'x', 200);
	memcpy(text + 200, "=1\n", 3);
	memcpy(text + 203, text, 203);
	text[406] = '\0';
	gives(text, "2:1: key \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...\" is already "
		    "defined at line 1");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(invalid_utf8_is_refused_everywhere),
		cmocka_unit_test(control_characters_are_refused_everywhere),
		cmocka_unit_test(a_carriage_return_needs_its_line_feed),
		cmocka_unit_test(every_part_of_the_tree_knows_its_place),
		cmocka_unit_test(several_mistakes_of_a_text_are_all_said),
		cmocka_unit_test(a_line_has_one_mistake_of_form),
		cmocka_unit_test(a_broken_value_is_left_at_its_end),
		cmocka_unit_test(a_missing_bracket_does_not_swallow_the_next_statement),
		cmocka_unit_test(long_names_are_cut_in_messages),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
