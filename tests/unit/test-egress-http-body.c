/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-egress-http-body.c - where the bodies of HTTP/1 requests end */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "egress/http.h"

static struct http_body chunked_body(void)
{
	const struct http_head head = { .chunked = true };
	struct http_body body;

	http_body_begin(&head, &body);
	return body;
}

/* Takes a copy that is exactly as large; how many bytes; *ret_why NULL: it is right. */
static size_t take_copy(struct http_body *body, const char *data, size_t len,
			const char **ret_why)
{
	char *exact = malloc(len + 1);
	size_t taken;

	*ret_why = NULL;
	assert_non_null(exact);
	memcpy(exact + 1, data, len);
	taken = http_body_take(body, exact + 1, len, ret_why);
	free(exact);
	return taken;
}

/*
 * Takes "TEXT|REST": all of TEXT is the body, in one piece, in two that are cut anywhere,
 * and byte by byte.
 */
static void must_end(const char *text, size_t len, const char *rest)
{
	char data[20000];
	size_t whole = len + strlen(rest);
	const char *why;

	memcpy(data, text, len);
	memcpy(data + len, rest, strlen(rest));
	for (size_t cut = 0; cut <= whole; cut++) {
		struct http_body body = chunked_body();
		size_t first = take_copy(&body, data, cut, &why);

		assert_null(why);
		assert_int_equal(first, cut < len ? cut : len);
		assert_int_equal(http_body_ended(&body), cut >= len);
		assert_int_equal(take_copy(&body, data + first, whole - first, &why),
				 len - first);
		assert_null(why);
		assert_true(http_body_ended(&body));
		assert_int_equal(take_copy(&body, data, whole, &why), 0);
		assert_null(why);
	}
	for (struct http_body body = chunked_body(); len > 0; len--, text++) {
		assert_false(http_body_ended(&body));
		assert_int_equal(take_copy(&body, text, 1, &why), 1);
		assert_int_equal(http_body_ended(&body), len == 1);
	}
}

#define MUST_END(text, rest) must_end(text, sizeof(text) - 1, rest)

/* At once, and byte by byte; and it stays so. */
static void must_break(const char *text, size_t len)
{
	struct http_body body = chunked_body();
	const char *why;

	assert_int_equal(take_copy(&body, text, len, &why), 0);
	if (!why)
		fail_msg("accepted: \"%s\"", text);
	assert_false(http_body_ended(&body));
	assert_int_equal(take_copy(&body, "0\r\n\r\n", 5, &why), 0);
	assert_non_null(why);
	body = chunked_body();
	why = NULL;
	for (size_t i = 0; i < len; i++)
		(void)take_copy(&body, text + i, 1, &why);
	assert_non_null(why);
	assert_false(http_body_ended(&body));
}

#define MUST_BREAK(text) must_break(text, sizeof(text) - 1)

static void a_body_with_a_length_has_that_many_bytes(void **state)
{
	const struct http_head head = { .length = 5 };
	struct http_body body;
	const char *why;

	(void)state;
	http_body_begin(&head, &body);
	assert_false(http_body_ended(&body));
	assert_int_equal(take_copy(&body, "", 0, &why), 0);
	assert_int_equal(take_copy(&body, "a\nb", 3, &why), 3);
	assert_false(http_body_ended(&body));
	assert_int_equal(take_copy(&body, "0\r\n\r\n", 5, &why), 2);
	assert_true(http_body_ended(&body));
	assert_int_equal(take_copy(&body, "\r\n\r\n", 4, &why), 0);
	assert_null(why);
}

static void no_body_has_ended(void **state)
{
	const struct http_head head = { .length = 0 };
	struct http_body body;
	const char *why;

	(void)state;
	http_body_begin(&head, &body);
	assert_true(http_body_ended(&body));
	assert_int_equal(take_copy(&body, "GET", 3, &why), 0);
	assert_null(why);
}

static void a_very_long_body_is_counted(void **state)
{
	const struct http_head head = { .length = UINT64_C(1) << 62 };
	struct http_body body;
	const char *why;

	(void)state;
	http_body_begin(&head, &body);
	assert_int_equal(take_copy(&body, "abc", 3, &why), 3);
	assert_true(body.left == (UINT64_C(1) << 62) - 3);
}

static void chunks_are_followed(void **state)
{
	(void)state;
	MUST_END("0\r\n\r\n", "GET / HTTP/1.1");
	MUST_END("5\r\nhello\r\n0\r\n\r\n", "\r\nGET");
	MUST_END("5\r\n0\r\n\r\n\r\n0\r\n\r\n", "0\r\n\r\n");
	MUST_END("a\r\n0123456789\r\nF\r\n0123456789abcde\r\n0\r\n\r\n", "x");
	MUST_END("A\r\n0123456789\r\nf\r\n0123456789abcde\r\n0\r\n\r\n", "x");
	MUST_END("1\r\na\r\n00A\r\n0123456789\r\nb\r\n0123456789a\r\n000\r\n\r\n", "x");
}

static void chunks_may_have_extensions(void **state)
{
	(void)state;
	MUST_END("1;a\r\nx\r\n0;b=c;d = e\r\n\r\n", "x");
	MUST_BREAK("1;\r\n");
	MUST_BREAK("1; a\r\n");
	MUST_BREAK("1;a=\"b\"\r\n");
	MUST_BREAK("1;a=\"\r\n\"");
	MUST_BREAK("1;a\n");
	MUST_BREAK("1;a\rb");
	MUST_BREAK("1;a\0");
	MUST_BREAK("1;a\x0b");
}

static void sizes_are_hexadecimal_digits(void **state)
{
	(void)state;
	MUST_BREAK("\r\n");
	MUST_BREAK(" 1\r\n");
	MUST_BREAK("1 \r\n");
	MUST_BREAK("1\t\r\n");
	MUST_BREAK("0x1\r\n");
	MUST_BREAK("+1\r\n");
	MUST_BREAK("-1\r\n");
	MUST_BREAK("g\r\n");
	MUST_BREAK(";a\r\n");
	MUST_BREAK("1,\r\n");
	MUST_BREAK("\0");
}

static void sizes_are_up_to_two_to_the_62nd(void **state)
{
	struct http_body body = chunked_body();
	const char *why;

	(void)state;
	assert_int_equal(take_copy(&body, "4000000000000000\r\nx", 19, &why), 19);
	assert_true(body.left == (UINT64_C(1) << 62) - 1);
	MUST_BREAK("4000000000000001");
	MUST_BREAK("8000000000000000");
	MUST_BREAK("ffffffffffffffff");
	MUST_BREAK("10000000000000000");
	MUST_BREAK("10000000000000005\r\nhello\r\n0\r\n\r\n");
}

static void lines_of_chunks_end_in_cr_lf(void **state)
{
	(void)state;
	MUST_BREAK("5\nhello");
	MUST_BREAK("5\r\r\n");
	MUST_BREAK("5\rhello");
	MUST_BREAK("5\r\nhello\n0\r\n\r\n");
	MUST_BREAK("5\r\nhello0\r\n\r\n");
	MUST_BREAK("5\r\nhello!\r\n0\r\n\r\n");
	MUST_BREAK("5\r\nhello\rx");
	MUST_BREAK("5\r\nhello\r\n\r\n");
	MUST_BREAK("0\r\n\n");
	MUST_BREAK("0\n\r\n");
	MUST_BREAK("0\r\n\rx");
}

static void trailers_are_part_of_the_body(void **state)
{
	(void)state;
	MUST_END("0\r\nA: b\r\nC:\r\n\r\n", "GET");
	MUST_END("1\r\nx\r\n0;a\r\nX-Sum: 1 \t2\xc3\xbc\r\n\r\n", "\r\n");
	MUST_BREAK("0\r\nGET / HTTP/1.1\r\n");
	MUST_BREAK("0\r\n: x\r\n");
	MUST_BREAK("0\r\nA : b\r\n");
	MUST_BREAK("0\r\n A: b\r\n");
	MUST_BREAK("0\r\nA: b\r\n c\r\n");
	MUST_BREAK("0\r\nA\r\n\r\n");
	MUST_BREAK("0\r\nA: b\n");
	MUST_BREAK("0\r\nA: b\rx");
	MUST_BREAK("0\r\nA: b\0");
	MUST_BREAK("0\r\nA: b\r\n\rx");
	MUST_BREAK("0\r\n\0");
}

static void a_line_of_sizes_has_at_most_128_bytes(void **state)
{
	char text[400];

	(void)state;
	for (size_t len = 127; len <= 129; len++) {
		int whole;

		(void)snprintf(text, sizeof text, "%0*d\r\nx\r\n%0*d\r\n\r\n",
			       (int)len - 2, 1, (int)len - 2, 0);
		whole = (int)strlen(text);
		if (len <= 128)
			must_end(text, (size_t)whole, "GET");
		else
			must_break(text, (size_t)whole);
	}
}

static void trailers_have_at_most_8_kibibytes(void **state)
{
	static char text[9000];

	(void)state;
	for (size_t len = 8191; len <= 8193; len++) {
		struct http_body body = chunked_body();
		const char *why;

		memset(text, 'x', sizeof text);
		memcpy(text, "0\r\nA:", 5);
		memcpy(text + 4000, "\r\nB:", 4);
		memcpy(text + 3 + len - 4, "\r\n\r\n", 4);
		assert_int_equal(take_copy(&body, text, 3 + len, &why),
				 len <= 8192 ? 3 + len : 0);
		assert_int_equal(!why, len <= 8192);
		assert_int_equal(http_body_ended(&body), len <= 8192);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_body_with_a_length_has_that_many_bytes),
		cmocka_unit_test(no_body_has_ended),
		cmocka_unit_test(a_very_long_body_is_counted),
		cmocka_unit_test(chunks_are_followed),
		cmocka_unit_test(chunks_may_have_extensions),
		cmocka_unit_test(sizes_are_hexadecimal_digits),
		cmocka_unit_test(sizes_are_up_to_two_to_the_62nd),
		cmocka_unit_test(lines_of_chunks_end_in_cr_lf),
		cmocka_unit_test(trailers_are_part_of_the_body),
		cmocka_unit_test(a_line_of_sizes_has_at_most_128_bytes),
		cmocka_unit_test(trailers_have_at_most_8_kibibytes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("egress-http-body", tests, NULL, NULL);
}
