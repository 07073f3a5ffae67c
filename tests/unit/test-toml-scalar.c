/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-toml-scalar.c - the strings, numbers, dates and times of TOML */
#include "config.h"

#include "toml-samples.h"

static void basic_strings_have_escapes(void **state)
{
	static const struct sample samples[] = {
		{ "\"\"", "\"\"" },
		{ "\"a\\\"b\\\\c\"", "\"a\\\"b\\\\c\"" },
		{ "\"\\b\\t\\n\\f\\r\"", "\"\\u0008\\u0009\\u000a\\u000c\\u000d\"" },
		{ "\"\\u00e9\\u20AC\\U0001F600\"",
		  "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"" },
		{ "\"\\uD7FF\\uE000\\U0010FFFF\"",
		  "\"\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf\"" },
		{ "\"tab\t# no comment\"", "\"tab\\u0009# no comment\"" },
		{ NULL, NULL },
	};

	(void)state;
	all_values_are(samples);
}

static void unknown_and_impossible_escapes_are_refused(void **state)
{
	static const struct sample samples[] = {
		{ "v = \"ab\\qc\"", "1:8: unknown escape \"\\q\": write \"\\\\\" for a "
				    "backslash, or the string in single quotes" },
		{ "v = \"\\x41\"", "1:6: unknown escape \"\\x\": write \"\\\\\" for a "
				   "backslash, or the string in single quotes" },
		{ "v = \"\"\"\\ x\"\"\"",
		  "1:8: unknown escape \"\\ \": write \"\\\\\" for a "
		  "backslash, or the string in single quotes" },
		{ "v = \"\\u12\"", "1:6: expected 4 hexadecimal digits after \"\\u\"" },
		{ "v = \"C:\\Users\"",
		  "1:8: expected 8 hexadecimal digits after \"\\U\"" },
		{ "v = \"\\ud800\"", "1:6: U+D800 is not a Unicode character" },
		{ "v = \"\\uDFFF\"", "1:6: U+DFFF is not a Unicode character" },
		{ "v = \"\\U00110000\"", "1:6: U+110000 is not a Unicode character" },
		{ NULL, NULL },
	};

	(void)state;
	all_give(samples);
}

static void a_nul_is_refused_in_every_form(void **state)
{
	static const char raw[] = "v = \"a\0b\"\n", outside[] = "v = 1\0\n",
			  note[] = "#\0";

	(void)state;
	gives("v = \"a\\u0000\"", "1:7: a NUL character is not allowed in a string");
	gives("v = \"\\U00000000\"", "1:6: a NUL character is not allowed in a string");
	gives("\"\\u0000\" = 1", "1:2: a NUL character is not allowed in a string");
	gives_n(raw, sizeof raw - 1, "1:7: control character U+0000 in a string");
	gives_n(outside, sizeof outside - 1,
		"1:6: expected the end of the line after the value, found the control "
		"character U+0000");
	gives_n(note, sizeof note - 1, "1:2: control character U+0000 in a comment");
}

static void literal_strings_have_no_escapes(void **state)
{
	static const struct sample samples[] = {
		{ "''", "\"\"" },
		{ "'C:\\Users\\q'", "\"C:\\\\Users\\\\q\"" },
		{ "'a\"b'", "\"a\\\"b\"" },
		{ "'''a''b'''", "\"a''b\"" },
		{ "'''\\\n'''", "\"\\\\\\u000a\"" },
		{ NULL, NULL },
	};

	(void)state;
	all_values_are(samples);
}

static void multi_line_strings_keep_their_lines(void **state)
{
	static const struct sample samples[] = {
		{ "\"\"\"\"\"\"", "\"\"" },
		{ "\"\"\"\na\n\nb\"\"\"", "\"a\\u000a\\u000ab\"" },
		{ "\"\"\"\r\na\r\nb\"\"\"", "\"a\\u000ab\"" },
		{ "'''\n\na'''", "\"\\u000aa\"" },
		{ "\"\"\"a\\\n\n   b\"\"\"", "\"ab\"" },
		{ "\"\"\"a\\  \t\r\n\t\r\n b \\\n\"\"\"", "\"ab \"" },
		{ "\"\"\"a\\\\\nb\"\"\"", "\"a\\\\\\u000ab\"" },
		{ "\"\"\"\"a\"\" b\"\"\"\"\"", "\"\\\"a\\\"\\\" b\\\"\\\"\"" },
		{ "''''a'''''", "\"'a''\"" },
		{ "\"\"\"\"\"\"\"", "\"\\\"\"" },
		{ NULL, NULL },
	};

	(void)state;
	all_values_are(samples);
	gives("v = \"\"\"a\"\"\"\"\"\"",
	      "1:14: expected the end of the line after the value, found a string");
}

static void an_unterminated_string_is_shown_where_it_begins(void **state)
{
	static const struct sample samples[] = {
		{ "\"a", "unterminated string: closing \" is missing" },
		{ "'a\"", "unterminated string: closing ' is missing" },
		{ "\"a\\\"", "unterminated string: closing \" is missing" },
		{ "\"a\\", "unterminated string: closing \" is missing" },
		{ "\"\"\"a\n\"\"", "unterminated string: closing \"\"\" is missing" },
		{ "'''\n\nb", "unterminated string: closing ''' is missing" },
		{ "\"\"\"\\", "unterminated string: closing \"\"\" is missing" },
		{ NULL, NULL },
	};

	(void)state;
	all_values_refused(samples);
}

static void integers_have_four_bases_and_64_bits(void **state)
{
	static const struct sample samples[] = {
		{ "0", "0" },
		{ "+0", "0" },
		{ "-0", "0" },
		{ "+17", "17" },
		{ "1_2_345", "12345" },
		{ "9223372036854775807", "9223372036854775807" },
		{ "-9223372036854775808", "-9223372036854775808" },
		{ "0xdead_BEEF", "3735928559" },
		{ "0x00", "0" },
		{ "0o755", "493" },
		{ "0b1101_0110", "214" },
		{ "0x7fffffffffffffff", "9223372036854775807" },
		{ NULL, NULL },
	};
	static const char *const large[] = {
		"9223372036854775808", "-9223372036854775809", "0x8000000000000000",
		"0xfffffffffffffffff", "36893488147419103232", NULL,
	};

	(void)state;
	all_values_are(samples);
	values_refused(large, "integer out of range, 64 bits at most:");
}

static void floats_have_a_fraction_or_an_exponent(void **state)
{
	static const struct sample samples[] = {
		{ "1.0", "1.0000000000000000" },
		{ "-0.0", "-0.0000000000000000" },
		{ "+3.141_5", "3.1415000000000002" },
		{ "1e+22", "1.0000000000000000e+22" },
		{ "1E0_6", "1000000.0000000000" },
		{ "6.5e-1", "0.65000000000000002" },
		{ "9_224_617.445", "9224617.4450000003" },
		{ "0e0", "0.0000000000000000" },
		{ "inf", "inf" },
		{ "+inf", "inf" },
		{ "-inf", "-inf" },
		{ "1e400", "inf" },
		{ "nan", "nan" },
		{ NULL, NULL },
	};

	(void)state;
	all_values_are(samples);
}

static void malformed_numbers_are_refused(void **state)
{
	static const char *const zeros[] = {
		"00", "01", "-01", "007", "0_0", "00.5", NULL
	};
	static const char *const numbers[] = {
		"1__0",  "1_",  ".5",  "5.", "1.e5", "1e",   "1e+",    "1_e5", "1._5",
		"1.2.3", "+_1", "--1", "+",  "-",    "1e5.", "1.5_e1", NULL,
	};
	static const char *const texts[] = { "+inf_", "0X1", "1:2", "1a", "4G", NULL };

	(void)state;
	values_refused(zeros, "leading zeros are not allowed:");
	values_refused(numbers, "malformed number:");
	for (size_t i = 0; texts[i]; i++) {
		char want[64];

		(void)snprintf(want, sizeof want,
			       "malformed number: \"%s\" (text needs quotes)", texts[i]);
		value_refused(texts[i], want);
	}
	value_refused("+0x1", "a sign is for decimal numbers only: \"+0x1\"");
	value_refused("0x", "malformed hexadecimal number: \"0x\"");
	value_refused("0x_1", "malformed hexadecimal number: \"0x_1\"");
	value_refused("0o8", "malformed octal number: \"0o8\"");
	value_refused("0b12", "malformed binary number: \"0b12\"");
}

static void words_other_than_true_and_false_need_quotes(void **state)
{
	static const struct sample refused[] = {
		{ "True", "expected a value, found \"True\": text needs quotes" },
		{ "falsey", "expected a value, found \"falsey\": text needs quotes" },
		{ "/usr/bin", "expected a value, found \"/\": text needs quotes" },
		{ "~/x", "expected a value, found \"~\": text needs quotes" },
		{ "]", "expected a value, found \"]\"" },
		{ NULL, NULL },
	};

	(void)state;
	value_is("true", "true");
	value_is("false", "false");
	all_values_refused(refused);
}

static void dates_and_times_are_kept_as_written(void **state)
{
	static const char *const samples[] = {
		"1979-05-27T07:32:00Z",
		"1979-05-27t00:32:00.999999-07:00",
		"1979-05-27 07:32:00z",
		"1979-05-27T07:32:00",
		"1979-05-27 07:32:00.123456789012",
		"1979-05-27",
		"0001-01-01",
		"07:32:00",
		"23:59:59.5",
		"9999-12-31T23:59:59+23:59",
		NULL,
	};

	(void)state;
	for (const char *const *text = samples; *text; text++)
		value_is(*text, *text);
	gives("v = 1979-05-27 # x", "{v=1979-05-27}");
	gives("v = [1979-05-27 , 07:32:00]", "{v=[1979-05-27,07:32:00]}");
}

static void a_date_in_february_is_checked_for_leap_years(void **state)
{
	static const char *const refused[] = {
		"2023-02-29", "1900-02-29",           "2100-02-29",
		"2024-02-30", "2023-02-29T00:00:00Z", NULL,
	};

	(void)state;
	value_is("2024-02-29", "2024-02-29");
	value_is("2000-02-29", "2000-02-29");
	value_is("2023-02-28", "2023-02-28");
	values_refused(refused, "there is no such date or time:");
}

static void dates_and_times_out_of_range_are_refused(void **state)
{
	static const char *const refused[] = {
		"2023-00-01",
		"2023-13-01",
		"2023-01-00",
		"2023-01-32",
		"2023-04-31",
		"0000-01-01",
		"24:00:00",
		"12:60:00",
		"12:00:61",
		"2023-01-01T24:00:00",
		"2023-01-01T00:00:00+24:00",
		"2023-01-01 00:00:00-01:60",
		NULL,
	};

	(void)state;
	values_refused(refused, "there is no such date or time:");
}

static void a_leap_second_is_a_time(void **state)
{
	(void)state;
	value_is("1990-12-31T23:59:60Z", "1990-12-31T23:59:60Z");
	value_is("23:59:60", "23:59:60");
}

static void malformed_dates_and_times_are_refused(void **state)
{
	static const char *const refused[] = {
		"2023-1-01",
		"2023-01-1",
		"2023-01-011",
		"2023-01-01T",
		"2023-01-01T1:00:00",
		"2023-01-01T10:00",
		"12:30",
		"12:30:0",
		"12:30:00.",
		"12:30:00Z",
		"2023-01-01Z",
		"2023-01-01T00:00:00+1:00",
		"2023-01-01T00:00:00+0100",
		"2023-01-01T00:00:00ZZ",
		"2023-01-01_00:00:00",
		"2023-01-01 7:00:00",
		NULL,
	};

	(void)state;
	values_refused(refused,
		       "expected a date or time as in 1979-05-27T07:32:00Z, found");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(basic_strings_have_escapes),
		cmocka_unit_test(unknown_and_impossible_escapes_are_refused),
		cmocka_unit_test(a_nul_is_refused_in_every_form),
		cmocka_unit_test(literal_strings_have_no_escapes),
		cmocka_unit_test(multi_line_strings_keep_their_lines),
		cmocka_unit_test(an_unterminated_string_is_shown_where_it_begins),
		cmocka_unit_test(integers_have_four_bases_and_64_bits),
		cmocka_unit_test(floats_have_a_fraction_or_an_exponent),
		cmocka_unit_test(malformed_numbers_are_refused),
		cmocka_unit_test(words_other_than_true_and_false_need_quotes),
		cmocka_unit_test(dates_and_times_are_kept_as_written),
		cmocka_unit_test(a_date_in_february_is_checked_for_leap_years),
		cmocka_unit_test(dates_and_times_out_of_range_are_refused),
		cmocka_unit_test(a_leap_second_is_a_time),
		cmocka_unit_test(malformed_dates_and_times_are_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
