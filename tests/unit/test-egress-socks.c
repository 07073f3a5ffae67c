/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-egress-socks.c - what a SOCKS5 client wants */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "egress/socks.h"

/* A copy that is exactly as large, so that sanitizers see what goes beyond. */
static unsigned char *copy_of(const char *data, size_t len)
{
	unsigned char *exact = malloc(len > 0 ? len : 1);

	assert_non_null(exact);
	memcpy(exact, data, len);
	return exact;
}

static enum socks_verdict greet(const char *data, size_t len, size_t *ret_len)
{
	unsigned char *exact = copy_of(data, len);
	enum socks_verdict verdict = socks_greeting(exact, len, ret_len);

	free(exact);
	return verdict;
}

/* Of @data with what may come behind it. */
static void must_greet(const char *data, size_t len, size_t whole)
{
	size_t ret = 0;

	for (size_t n = 0; n < whole; n++)
		assert_int_equal(greet(data, n, &ret), SOCKS_MORE);
	assert_int_equal(ret, 0);
	for (size_t n = whole; n <= len; n++) {
		assert_int_equal(greet(data, n, &ret), SOCKS_WHOLE);
		assert_int_equal(ret, whole);
	}
}

static void a_greeting_offers_no_authentication(void **state)
{
	char all[2 + 255] = { 5, (char)255 };

	(void)state;
	must_greet("\5\1\0", 3, 3);
	must_greet("\5\2\0\1", 4, 4);
	must_greet("\5\2\2\0", 4, 4);
	must_greet("\5\1\0\5\1\0\1", 7, 3);
	memset(all + 2, 2, 255);
	all[256] = 0;
	must_greet(all, sizeof all, sizeof all);
}

static void a_greeting_without_it_is_wrong(void **state)
{
	size_t len = 0;

	(void)state;
	assert_int_equal(greet("\5\1\2", 3, &len), SOCKS_WRONG);
	assert_int_equal(greet("\5\2\1\2\0", 5, &len), SOCKS_WRONG); /* behind it */
	assert_int_equal(greet("\5\0", 2, &len), SOCKS_WRONG);
	assert_int_equal(greet("\5\0\0", 3, &len), SOCKS_WRONG);
	assert_int_equal(len, 0);
}

static void other_protocols_do_not_greet(void **state)
{
	size_t len;

	(void)state;
	assert_int_equal(greet("\4\1\0\x50", 4, &len), SOCKS_WRONG);
	assert_int_equal(greet("\4", 1, &len), SOCKS_WRONG);
	assert_int_equal(greet("GET / HTTP/1.1", 14, &len), SOCKS_WRONG);
}

struct result {
	enum socks_verdict verdict;
	struct socks_request request;
	size_t len;
	enum socks_reply reply;
	const char *why;
};

static struct result ask(const char *data, size_t len)
{
	struct result result = { .len = 0, .request = { .len = 0 } };
	unsigned char *exact = copy_of(data, len);

	result.verdict =
		socks_request(exact, len, &result.request, &result.reply, &result.why);
	result.len = result.request.len;
	free(exact);
	return result;
}

/* Cut anywhere it needs more; whole it is for "NAME" or an address, whatever follows. */
static void must_ask(const char *data, size_t len, const char *name, const char *addr)
{
	char text[NET_ADDR_TEXT], longer[600];
	struct result result;

	for (size_t n = 0; n < len; n++)
		assert_int_equal(ask(data, n).verdict, SOCKS_MORE);
	memcpy(longer, data, len);
	memset(longer + len, 0x16, 8);
	for (size_t n = len; n < len + 8; n++) {
		result = ask(longer, n);
		assert_int_equal(result.verdict, SOCKS_WHOLE);
		assert_int_equal(result.len, len);
		assert_string_equal(result.request.name, name);
		assert_int_equal(result.request.port, 443);
		if (addr)
			assert_string_equal(
				net_addr_text(&result.request.addr, false, text), addr);
		else
			assert_int_equal(result.request.addr.family, AF_UNSPEC);
	}
}

#define PORT "\1\xbb"
#define MUST_ASK(data, name, addr) must_ask(data, sizeof(data) - 1, name, addr)

static void a_request_is_for_an_address(void **state)
{
	(void)state;
	MUST_ASK("\5\1\0\1\xc0\0\2\1" PORT, "", "192.0.2.1");
	MUST_ASK("\5\1\0\1\0\0\0\0" PORT, "", "0.0.0.0");
	MUST_ASK("\5\1\0\4\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1" PORT, "",
		 "2001:db8::1");
}

static void a_request_is_for_a_name(void **state)
{
	(void)state;
	MUST_ASK("\5\1\0\3\x0b"
		 "example.org" PORT,
		 "example.org", NULL);
	MUST_ASK("\5\1\0\3\x0c"
		 "Example.ORG." PORT,
		 "example.org", NULL);
	MUST_ASK("\5\1\0\3\1"
		 "a" PORT,
		 "a", NULL);
}

static void a_name_that_is_an_address_is_one(void **state)
{
	(void)state;
	MUST_ASK("\5\1\0\3\x09"
		 "192.0.2.1" PORT,
		 "", "192.0.2.1");
	MUST_ASK("\5\1\0\3\x0b"
		 "2001:DB8::1" PORT,
		 "", "2001:db8::1");
	MUST_ASK("\5\1\0\3\3::1" PORT, "", "::1");
}

static void must_refuse(const char *data, size_t len, enum socks_reply reply)
{
	struct result result = ask(data, len);

	assert_int_equal(result.verdict, SOCKS_WRONG);
	assert_int_equal(result.reply, reply);
	assert_non_null(result.why);
	assert_int_equal(result.len, 0);
	assert_int_equal(result.request.port, 0);
}

#define MUST_REFUSE(data, reply) must_refuse(data, sizeof(data) - 1, reply)

static void a_name_that_is_none_is_refused(void **state)
{
	(void)state;
	MUST_REFUSE("\5\1\0\3\0" PORT, SOCKS_FAILURE);
	MUST_REFUSE("\5\1\0\3\x0a"
		    "192.0.2.1." PORT,
		    SOCKS_FAILURE);
	MUST_REFUSE("\5\1\0\3\x06"
		    "0x7f.1" PORT,
		    SOCKS_FAILURE);
	MUST_REFUSE("\5\1\0\3\x05"
		    "127.1" PORT,
		    SOCKS_FAILURE);
	MUST_REFUSE("\5\1\0\3\x05"
		    "[::1]" PORT,
		    SOCKS_FAILURE);
	MUST_REFUSE("\5\1\0\3\x06"
		    "::1%lo" PORT,
		    SOCKS_FAILURE);
	MUST_REFUSE("\5\1\0\3\x04"
		    "a..b" PORT,
		    SOCKS_FAILURE);
	MUST_REFUSE("\5\1\0\3\x03"
		    "a b" PORT,
		    SOCKS_FAILURE);
	MUST_REFUSE("\5\1\0\3\x04"
		    "b\xc3\xbc"
		    "c" PORT,
		    SOCKS_FAILURE);
}

static void a_nul_ends_neither_a_name_nor_an_address(void **state)
{
	(void)state;
	MUST_REFUSE("\5\1\0\3\x11"
		    "example.org\0.evil" PORT,
		    SOCKS_FAILURE);
	MUST_REFUSE("\5\1\0\3\x0a"
		    "192.0.2.1\0" PORT,
		    SOCKS_FAILURE);
	MUST_REFUSE("\5\1\0\3\x0e"
		    "192.0.2.1\0evil" PORT,
		    SOCKS_FAILURE);
}

static void the_longest_name_has_253_bytes(void **state)
{
	for (size_t len = 252; len <= 255; len++) {
		char data[5 + 255 + 2] = { 5, 1, 0, 3, (char)len }, want[256];

		(void)state;
		for (size_t i = 0; i < len; i++)
			want[i] = i % 50 == 49 ? '.' : 'a';
		want[len] = '\0';
		memcpy(data + 5, want, len);
		memcpy(data + 5 + len, PORT, 2);
		if (len <= HOSTNAME_MAX)
			must_ask(data, 5 + len + 2, want, NULL);
		else
			must_refuse(data, 5 + len + 2, SOCKS_FAILURE);
	}
}

static void there_is_connect_alone(void **state)
{
	(void)state;
	MUST_REFUSE("\5\2\0\1\xc0\0\2\1" PORT, SOCKS_NO_COMMAND);
	MUST_REFUSE("\5\3\0\1\xc0\0\2\1" PORT, SOCKS_NO_COMMAND);
	MUST_REFUSE("\5\0", SOCKS_NO_COMMAND);
}

static void other_requests_are_refused(void **state)
{
	(void)state;
	MUST_REFUSE("\5\1\0\1\xc0\0\2\1\0\0", SOCKS_FAILURE); /* port 0 */
	MUST_REFUSE("\5\1\0\3\1"
		    "a\0\0",
		    SOCKS_FAILURE);
	MUST_REFUSE("\5\1\1", SOCKS_FAILURE);
	MUST_REFUSE("\4", SOCKS_FAILURE);
	MUST_REFUSE("\5\1\0\2", SOCKS_NO_ADDRESS_TYPE);
	MUST_REFUSE("\5\1\0\0", SOCKS_NO_ADDRESS_TYPE);
	MUST_REFUSE("\5\1\0\5", SOCKS_NO_ADDRESS_TYPE);
	MUST_REFUSE("\5\1\0\xff", SOCKS_NO_ADDRESS_TYPE);
}

static void an_answer_has_no_address(void **state)
{
	unsigned char out[SOCKS_REPLY_MAX];

	(void)state;
	assert_int_equal(socks_answer(SOCKS_SUCCEEDED, out), 10);
	assert_memory_equal(out, "\5\0\0\1\0\0\0\0\0\0", 10);
	assert_int_equal(socks_answer(SOCKS_NOT_ALLOWED, out), 10);
	assert_memory_equal(out, "\5\2\0\1\0\0\0\0\0\0", 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_greeting_offers_no_authentication),
		cmocka_unit_test(a_greeting_without_it_is_wrong),
		cmocka_unit_test(other_protocols_do_not_greet),
		cmocka_unit_test(a_request_is_for_an_address),
		cmocka_unit_test(a_request_is_for_a_name),
		cmocka_unit_test(a_name_that_is_an_address_is_one),
		cmocka_unit_test(a_name_that_is_none_is_refused),
		cmocka_unit_test(a_nul_ends_neither_a_name_nor_an_address),
		cmocka_unit_test(the_longest_name_has_253_bytes),
		cmocka_unit_test(there_is_connect_alone),
		cmocka_unit_test(other_requests_are_refused),
		cmocka_unit_test(an_answer_has_no_address),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("egress-socks", tests, NULL, NULL);
}
