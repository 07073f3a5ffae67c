/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-json.c - what is written piece by piece is JSON, with its commas */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"

static void commas_come_by_themselves(void **state)
{
	static const char *const words[] = { "a{", "b[,", "c: \n", NULL };
	_cleanup_strbuf_ struct strbuf out = { 0 };

	(void)state;
	json_object(&out, NULL);
	json_text(&out, "text", "ends like an object {");
	json_null(&out, "null");
	json_bool(&out, "yes", true);
	json_bool(&out, "no", false);
	json_array(&out, "empty");
	json_array_end(&out);
	json_texts(&out, "words", words);
	json_texts(&out, "none", NULL);
	json_array(&out, "objects");
	for (int i = 0; i < 2; i++) {
		json_object(&out, NULL);
		json_object_end(&out);
	}
	json_array_end(&out);
	json_object_end(&out);
	strbuf_addc(&out, '\n');
	json_number(&out, NULL, 7);
	assert_string_equal(
		strbuf_str(&out),
		"{\"text\":\"ends like an object "
		"{\",\"null\":null,\"yes\":true,\"no\":false,"
		"\"empty\":[],\"words\":[\"a{\",\"b[,\",\"c: \\u000a\"],\"none\":[],"
		"\"objects\":[{},{}]}\n7");
}

static void numbers_and_names_are_whole(void **state)
{
	_cleanup_strbuf_ struct strbuf out = { 0 };

	(void)state;
	json_array(&out, NULL);
	json_number(&out, NULL, INT64_MIN);
	json_count(&out, NULL, UINT64_MAX);
	json_decimal(&out, NULL, 1.0 / 3, 2);
	json_format(&out, NULL, "%0300d\"", 1);
	json_array_end(&out);
	assert_int_equal(out.len, 1 + 20 + 1 + 20 + 1 + 4 + 1 + 304 + 1);
	json_object(&out, "a \"name\"");
	assert_non_null(strstr(strbuf_str(&out), ",\"a \\\"name\\\"\":{"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commas_come_by_themselves),
		cmocka_unit_test(numbers_and_names_are_whole),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
