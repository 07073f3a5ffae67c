/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-strbuf.c - growing strings, and other people's strings made harmless */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"

static void an_empty_one_is_an_empty_string(void **state)
{
	struct strbuf buf = { 0 };

	(void)state;
	assert_string_equal(strbuf_str(&buf), "");
	strbuf_add(&buf, "");
	assert_string_equal(strbuf_str(&buf), "");
	assert_int_equal(buf.len, 0);
	strbuf_done(&buf);
	assert_null(buf.s);
	strbuf_done(&buf);
}

static void everything_is_added_at_the_end(void **state)
{
	_cleanup_strbuf_ struct strbuf buf = { 0 };

	(void)state;
	strbuf_add(&buf, "abc");
	strbuf_addn(&buf, "defgh", 2);
	strbuf_addn(&buf, NULL, 0);
	strbuf_addc(&buf, 'f');
	strbuf_printf(&buf, "%d%s", 7, "g");
	assert_string_equal(strbuf_str(&buf), "abcdef7g");
	assert_int_equal(buf.len, 8);
}

static void it_grows_as_far_as_needed(void **state)
{
	_cleanup_strbuf_ struct strbuf buf = { 0 };

	(void)state;
	for (size_t i = 0; i < 100000; i++)
		strbuf_addc(&buf, (char)('a' + i % 26));
	strbuf_printf(&buf, "%5000d", 1);
	strbuf_fill(&buf, 'x', 3);
	strbuf_fill(&buf, 'y', 0);
	assert_int_equal(buf.len, 105003);
	assert_string_equal(buf.s + 104999, "1xxx");
	for (size_t i = 0; i < 100000; i++)
		assert_int_equal(buf.s[i], 'a' + i % 26);
}

struct sample {
	const char *text, *want;
};

static void escaped_as(const struct sample *sample)
{
	for (; sample->text; sample++) {
		_cleanup_strbuf_ struct strbuf buf = { 0 };

		strbuf_escaped(&buf, sample->text, strlen(sample->text));
		assert_string_equal(strbuf_str(&buf), sample->want);
	}
}

static void json_as(const struct sample *sample)
{
	for (; sample->text; sample++) {
		_cleanup_strbuf_ struct strbuf buf = { 0 };

		strbuf_json(&buf, sample->text);
		assert_string_equal(strbuf_str(&buf), sample->want);
	}
}

static void plain_text_is_shown_as_it_is(void **state)
{
	static const struct sample samples[] = {
		{ "", "" },
		{ " !~\\\"'", " !~\\\"'" },
		{ "gr\u00fc\u00df \u4e16\u754c \U0001f600",
		  "gr\u00fc\u00df \u4e16\u754c \U0001f600" },
		{ "\u00a0", "\u00a0" }, /* just behind the C1 controls */
		{ NULL, NULL },
	};

	(void)state;
	escaped_as(samples);
}

static void control_characters_never_reach_a_terminal(void **state)
{
	(void)state;
	for (unsigned c = 0; c < 0x20; c++) {
		_cleanup_strbuf_ struct strbuf buf = { 0 }, want = { 0 };
		char text[] = { 'a', (char)c, 'b' };

		strbuf_escaped(&buf, text, sizeof text);
		strbuf_printf(&want, "a\\x%02xb", c);
		assert_string_equal(strbuf_str(&buf), strbuf_str(&want));
	}
	for (unsigned c = 0x80; c < 0xa0; c++) { /* C1: CSI, OSC, ... */
		_cleanup_strbuf_ struct strbuf buf = { 0 }, want = { 0 };
		char text[] = { (char)0xc2, (char)c };

		strbuf_escaped(&buf, text, sizeof text);
		strbuf_printf(&want, "\\xc2\\x%02x", c);
		assert_string_equal(strbuf_str(&buf), strbuf_str(&want));
	}
	escaped_as((const struct sample[]){ { "\x1b[2J", "\\x1b[2J" },
					    { "\x7f", "\\x7f" },
					    { "a\tb\nc\rd", "a\\x09b\\x0ac\\x0dd" },
					    { NULL, NULL } });
}

static void the_order_of_a_line_cannot_be_turned_around(void **state)
{
	static const struct sample samples[] = {
		{ "\u061c", "\\xd8\\x9c" },
		{ "\u200e\u200f", "\\xe2\\x80\\x8e\\xe2\\x80\\x8f" },
		{ "\u2028\u2029", "\\xe2\\x80\\xa8\\xe2\\x80\\xa9" },
		{ "\u202a\u202e", "\\xe2\\x80\\xaa\\xe2\\x80\\xae" },
		{ "\u2066\u2069", "\\xe2\\x81\\xa6\\xe2\\x81\\xa9" },
		{ "\ufeff", "\\xef\\xbb\\xbf" },
		{ "\u2065\u206a", "\u2065\u206a" }, /* their neighbours are harmless */
		{ NULL, NULL },
	};

	(void)state;
	escaped_as(samples);
}

static void invalid_utf8_is_shown_byte_by_byte(void **state)
{
	static const struct sample samples[] = {
		{ "a\x80z", "a\\x80z" }, /* a stray continuation */
		{ "\xc3", "\\xc3" },     /* the end is missing */
		{ "\xc3(", "\\xc3(" },
		{ "\xc0\xaf", "\\xc0\\xaf" }, /* an overlong slash */
		{ "\xe0\x80\xaf", "\\xe0\\x80\\xaf" },
		{ "\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf" },
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },          /* a surrogate */
		{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" }, /* past U+10FFFF */
		{ "\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80" },
		{ "\xfe\xff", "\\xfe\\xff" },
		{ "\xe2\x82", "\\xe2\\x82" },
		{ NULL, NULL },
	};

	(void)state;
	escaped_as(samples);
}

static void a_nul_is_shown_too(void **state)
{
	_cleanup_strbuf_ struct strbuf buf = { 0 };

	(void)state;
	strbuf_escaped(&buf, "a\0b", 3);
	assert_string_equal(strbuf_str(&buf), "a\\x00b");
}

static void json_strings_are_quoted(void **state)
{
	static const struct sample samples[] = {
		{ "", "\"\"" },
		{ "a b", "\"a b\"" },
		{ "\"\\/", "\"\\\"\\\\/\"" },
		{ "\t\n\r\x01\x1f\x7f",
		  "\"\\u0009\\u000a\\u000d\\u0001\\u001f\\u007f\"" },
		{ "\xc2\x85\u202e", "\"\\u0085\\u202e\"" },
		{ "\u00e4\u4e16\U0001f600", "\"\u00e4\u4e16\U0001f600\"" },
		{ "\xff|\xc3|\xed\xa0\x80", "\"\\ufffd|\\ufffd|\\ufffd\\ufffd\\ufffd\"" },
		{ NULL, NULL },
	};

	(void)state;
	json_as(samples);
}

static void utf8_is_measured_within_its_bounds(void **state)
{
	(void)state;
	assert_int_equal(utf8_length("", 0), 0);
	assert_int_equal(utf8_length("a", 1), 1);
	assert_int_equal(utf8_length("\0", 1), 1);
	assert_int_equal(utf8_length("\u00e4", 2), 2);
	assert_int_equal(utf8_length("\u00e4", 1), 0);
	assert_int_equal(utf8_length("\u4e16", 2), 0);
	assert_int_equal(utf8_length("\u4e16x", 4), 3);
	assert_int_equal(utf8_length("\U0001f600", 4), 4);
	assert_int_equal(utf8_length("\U0010ffff", 4), 4);
	assert_int_equal(utf8_length("\xed\x9f\xbf", 3),
			 3); /* just below the surrogates */
	assert_int_equal(utf8_length("\xee\x80\x80", 3), 3); /* just above them */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_one_is_an_empty_string),
		cmocka_unit_test(everything_is_added_at_the_end),
		cmocka_unit_test(it_grows_as_far_as_needed),
		cmocka_unit_test(plain_text_is_shown_as_it_is),
		cmocka_unit_test(control_characters_never_reach_a_terminal),
		cmocka_unit_test(the_order_of_a_line_cannot_be_turned_around),
		cmocka_unit_test(invalid_utf8_is_shown_byte_by_byte),
		cmocka_unit_test(a_nul_is_shown_too),
		cmocka_unit_test(json_strings_are_quoted),
		cmocka_unit_test(utf8_is_measured_within_its_bounds),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("strbuf", tests, NULL, NULL);
}
