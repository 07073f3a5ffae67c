/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-egress-http.c - the heads of HTTP/1 requests */
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

/* Reads a copy that is exactly as large, so that sanitizers see what goes beyond. */
static enum http_verdict read_copy(const char *data, size_t len, struct http_head *ret,
				   const char **ret_why)
{
	char *exact = malloc(len + 1);
	enum http_verdict verdict;

	assert_non_null(exact);
	memcpy(exact + 1, data, len);
	verdict = http_read(exact + 1, len, ret, ret_why);
	free(exact);
	return verdict;
}

/*
 * The head of @text, which has nothing behind it. Cut anywhere it needs more; with
 * anything behind it, it is the same.
 */
static struct http_head head_of(const char *text)
{
	static const char behind[] = "\r\n\0\nGET";
	struct http_head head = { .len = 0 }, again;
	size_t len = strlen(text);
	const char *why = "";
	char longer[1024];

	for (size_t n = 0; n < len; n++)
		if (read_copy(text, n, &head, &why) != HTTP_MORE)
			fail_msg("%zu bytes of \"%s\": %s", n, text, why);
	assert_int_equal(head.len, 0);
	if (read_copy(text, len, &head, &why) != HTTP_HEAD)
		fail_msg("\"%s\": %s", text, why);
	assert_int_equal(head.len, len);
	memcpy(longer, text, len);
	memcpy(longer + len, behind, sizeof behind);
	for (size_t n = len; n <= len + sizeof behind; n++) {
		memset(&again, 0xff, sizeof again);
		assert_int_equal(read_copy(longer, n, &again, &why), HTTP_HEAD);
		assert_int_equal(again.len, len);
		assert_string_equal(again.host, head.host);
	}
	return head;
}

/* @saying: a part of the reason; with anything behind it, it stays wrong. */
static void must_be_wrong_bytes(const char *text, size_t len, const char *saying)
{
	struct http_head head = { .len = 77 };
	const char *why = "";
	char longer[1024];

	if (read_copy(text, len, &head, &why) != HTTP_WRONG)
		fail_msg("accepted: \"%s\"", text);
	if (!strstr(why, saying))
		fail_msg("\"%s\": \"%s\" does not say \"%s\"", text, why, saying);
	assert_int_equal(head.len, 77);
	memcpy(longer, text, len);
	memcpy(longer + len, "\r\n\r\n", 4);
	for (size_t n = len; n <= len + 4; n++)
		assert_int_equal(read_copy(longer, n, &head, &why), HTTP_WRONG);
}

static void must_be_wrong(const char *text, const char *saying)
{
	must_be_wrong_bytes(text, strlen(text), saying);
}

static void check_host(const char *text, const char *host, bool is_address, unsigned port)
{
	struct http_head head = head_of(text);

	assert_string_equal(head.host, host);
	assert_int_equal(head.is_address, is_address);
	assert_int_equal(head.port, port);
}

static void a_request_is_for_its_host(void **state)
{
	struct http_head head = head_of("GET /a?b=c HTTP/1.1\r\nHost: Example.ORG\r\n"
					"Accept: */*\r\n\r\n");

	(void)state;
	assert_string_equal(head.host, "example.org");
	assert_int_equal(head.form, HTTP_ORIGIN);
	assert_int_equal(head.port, 0);
	assert_int_equal(head.target, 4);
	assert_int_equal(head.target_len, 6);
	assert_int_equal(head.length, 0);
	assert_false(head.is_address);
	assert_false(head.upgrade);
	assert_false(head.chunked);
}

static void hosts_are_names_or_addresses(void **state)
{
	(void)state;
	check_host("GET / HTTP/1.0\r\nhost:a.org:8080\r\n\r\n", "a.org", false, 8080);
	check_host("GET / HTTP/1.1\r\nHOST: \t a.org. \t\r\n\r\n", "a.org", false, 0);
	check_host("GET / HTTP/1.1\r\nHost: a.org:9099\r\n\r\n", "a.org", false, 9099);
	check_host("GET / HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\n", "192.0.2.1", true, 0);
	check_host("GET / HTTP/1.1\r\nHost: 192.0.2.1:1\r\n\r\n", "192.0.2.1", true, 1);
	check_host("GET / HTTP/1.1\r\nHost: [2001:DB8:0::1]\r\n\r\n", "2001:db8::1", true,
		   0);
	check_host("GET / HTTP/1.1\r\nHost: [::1]:65535\r\n\r\n", "::1", true, 65535);
}

static void other_hosts_are_refused(void **state)
{
	static const char *const hosts[] = {
		"",
		":80",
		"a..b",
		"a b",
		"a,b",
		"a.org/",
		"a.org\\",
		"127.1",
		"0x7f.1",
		"192.0.2.1.",
		"192.0.2.01",
		"::1",
		"[192.0.2.1]",
		"[::1",
		"[::1]x",
		"[::1]80",
		"[]",
		"[a.org]",
		"[fe80::1%lo]",
		("b\xc3\xbc"
		 "c"),
		"a.org:",
		"a.org:0",
		"a.org:080",
		"a.org:65536",
		"a.org:123456",
		"a.org:80:80",
		"a.org:+80",
		"a.org:8a",
		"[::1]:",
		"a.org :80",
		"u@a.org",
		"http://a.org",
		"*",
		"2001:db8::1",
		"a.org: 80",
	};

	(void)state;
	for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
		char text[128] = "GET / HTTP/1.1\r\nHost: ";

		strncat(text, hosts[i], 64);
		strncat(text, "\r\n\r\n", 5);
		must_be_wrong(text, "");
	}
}

static void a_request_has_one_host_line(void **state)
{
	(void)state;
	must_be_wrong("GET / HTTP/1.1\r\n\r\n", "no Host line");
	must_be_wrong("GET / HTTP/1.0\r\nHost2: a\r\n\r\n", "no Host line");
	must_be_wrong("GET http://a.org/ HTTP/1.1\r\n\r\n", "no Host line");
	must_be_wrong("GET / HTTP/1.1\r\nHost: a.org\r\nX: y\r\nhOST: a.org\r\n\r\n",
		      "two Host lines");
}

static void an_absolute_target_is_whom_it_is_for(void **state)
{
	struct http_head head =
		head_of("GET http://A.org/x?y HTTP/1.1\r\nHost: a.org\r\n\r\n");

	(void)state;
	assert_int_equal(head.form, HTTP_ABSOLUTE);
	assert_string_equal(head.host, "a.org");
	assert_int_equal(head.port, 0);
	assert_int_equal(head.target, strlen("GET http://A.org"));
	assert_int_equal(head.target_len, strlen("/x?y"));
	head = head_of("\r\nGET http://a.org:80 HTTP/1.1\r\nHost: a.org\r\n\r\n");
	assert_int_equal(head.port, 80);
	assert_int_equal(head.target, strlen("\r\nGET http://a.org:80"));
	assert_int_equal(head.target_len, 0);
	check_host("GET http://a.org/ HTTP/1.1\r\nHost: a.org:80\r\n\r\n", "a.org", false,
		   0);
	check_host("GET http://[::1]:81/ HTTP/1.1\r\nHost: [0::1]:81\r\n\r\n", "::1",
		   true, 81);
}

static void a_host_line_agrees_with_the_target(void **state)
{
	static const char *const rows[] = {
		"GET http://a.org/ HTTP/1.1\r\nHost: b.org\r\n\r\n",
		"GET http://a.org/ HTTP/1.1\r\nHost: a.org:81\r\n\r\n",
		"GET http://a.org:81/ HTTP/1.1\r\nHost: a.org\r\n\r\n",
		"GET http://a.org:81/ HTTP/1.1\r\nHost: a.org:82\r\n\r\n",
		"GET http://192.0.2.1/ HTTP/1.1\r\nHost: a.org\r\n\r\n",
		"CONNECT a.org:443 HTTP/1.1\r\nHost: b.org:443\r\n\r\n",
		"CONNECT a.org:443 HTTP/1.1\r\nHost: a.org:444\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		must_be_wrong(rows[i], "another host or port");
	must_be_wrong("GET http://a.org/ HTTP/1.1\r\nHost:\r\n\r\n", "empty");
}

static void other_targets_are_refused(void **state)
{
	static const char *const targets[] = {
		"https://a.org/",
		"HTTP://a.org/",
		"http:/a.org/",
		"http:///",
		"http://",
		"http://u@a.org/",
		"http://u:p@a.org/",
		"http://a.org?x",
		"http://a.org\\@b.org/",
		"http://a.org#@b.org/",
		"/a#b",
		"a.org:443",
		"a.org",
		"*",
		"ftp://a.org/",
		"http://a.org:/",
		"http://127.1/",
		"http://a.org:0/",
		"http://a.org;b/",
		"http://a.org%2f/",
		"x/",
		"?x",
	};

	(void)state;
	for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
		char text[128] = "GET ";

		strncat(text, targets[i], 64);
		strncat(text, " HTTP/1.1\r\nHost: a.org\r\n\r\n", 32);
		must_be_wrong(text, "");
	}
	must_be_wrong("GET http://u@a.org/ HTTP/1.1\r\nHost: a.org\r\n\r\n",
		      "user information");
}

static void targets_keep_their_bytes(void **state)
{
	struct http_head head =
		head_of("GET //b.org/\xc3\xbc\\%00@:80?http://c.org/ HTTP/1.1\r\n"
			"Host: a.org\r\n\r\n");

	(void)state;
	assert_int_equal(head.form, HTTP_ORIGIN);
	assert_string_equal(head.host, "a.org");
}

static void an_asterisk_is_for_options(void **state)
{
	struct http_head head = head_of("OPTIONS * HTTP/1.1\r\nHost: a.org\r\n\r\n");

	(void)state;
	assert_int_equal(head.form, HTTP_ASTERISK);
	assert_string_equal(head.host, "a.org");
	must_be_wrong("PRI * HTTP/1.1\r\nHost: a.org\r\n\r\n", "OPTIONS");
	must_be_wrong("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/1.1");
}

static void connect_says_host_and_port(void **state)
{
	struct http_head head =
		head_of("CONNECT a.org:443 HTTP/1.1\r\nHost: a.org:443\r\n\r\n");

	(void)state;
	assert_int_equal(head.form, HTTP_AUTHORITY);
	assert_string_equal(head.host, "a.org");
	assert_int_equal(head.port, 443);
	check_host("CONNECT 192.0.2.1:22 HTTP/1.1\r\nHost: 192.0.2.1:22\r\n\r\n",
		   "192.0.2.1", true, 22);
	check_host("CONNECT [::1]:22 HTTP/1.1\r\nHost: [::1]:22\r\n\r\n", "::1", true,
		   22);
	/* some clients leave the port out there, and Python before 3.12 the line */
	check_host("CONNECT a.org:443 HTTP/1.1\r\nHost: a.org\r\n\r\n", "a.org", false,
		   443);
	check_host("CONNECT a.org:443 HTTP/1.0\r\n\r\n", "a.org", false, 443);
	check_host("CONNECT a.org:443 HTTP/1.1\r\nContent-Length: 0\r\n\r\n", "a.org",
		   false, 443);
}

static void other_connects_are_refused(void **state)
{
	must_be_wrong("CONNECT a.org HTTP/1.1\r\nHost: a.org\r\n\r\n", "no port");
	must_be_wrong("CONNECT / HTTP/1.1\r\nHost: a.org\r\n\r\n", "");
	must_be_wrong("CONNECT http://a.org:80/ HTTP/1.1\r\nHost: a.org:80\r\n\r\n", "");
	must_be_wrong("CONNECT u@a.org:80 HTTP/1.1\r\n\r\n", "user information");
	must_be_wrong("connect a.org:80 HTTP/1.1\r\nHost: a.org:80\r\n\r\n", "target");
	must_be_wrong("CONNECT a.org:80 HTTP/1.1\r\nContent-Length: 1\r\n\r\n",
		      "no body");
	must_be_wrong("CONNECT a.org:80 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
		      "no body");
	(void)state;
}

static void other_request_lines_are_refused(void **state)
{
	static const char *const lines[] = {
		"GET",
		"GET /",
		"GET  / HTTP/1.1",
		"GET /  HTTP/1.1",
		"GET / HTTP/1.1 ",
		" GET / HTTP/1.1",
		"GET\t/ HTTP/1.1",
		"GET /\tHTTP/1.1",
		"GET /\t/ HTTP/1.1",
		"GET / HTTP/1.2",
		"GET / HTTP/2",
		"GET / HTTP/2.0",
		"GET / http/1.1",
		"GET / HTTP/1.10",
		"GET / HTTP/01.1",
		"GET / / HTTP/1.1",
		"G(T / HTTP/1.1",
		"GET / HTTP/0.9",
		"GET: / HTTP/1.1",
		"\xff / HTTP/1.1",
		"GET / HTTP/1.1\t",
		" / HTTP/1.1",
		"/ HTTP/1.1",
		"GET  HTTP/1.1",
		"SSH-2.0-OpenSSH_9.2",
		"EHLO a.org",
		"HTTP/1.1 200 OK",
		"Host: a.org",
	};

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		char text[128] = "";

		strncat(text, lines[i], 64);
		strncat(text, "\r\nHost: a.org\r\n\r\n", 32);
		must_be_wrong(text, "");
	}
}

static void one_empty_line_may_be_in_front(void **state)
{
	struct http_head head = head_of("\r\nGET /x HTTP/1.1\r\nHost: a.org\r\n\r\n");

	(void)state;
	assert_int_equal(head.target, 6);
	must_be_wrong("\r\n\r\nGET / HTTP/1.1\r\nHost: a.org\r\n\r\n", "METHOD");
	must_be_wrong("\nGET / HTTP/1.1\r\nHost: a.org\r\n\r\n", "CR LF");
}

static void lines_end_in_cr_lf(void **state)
{
	(void)state;
	must_be_wrong("GET / HTTP/1.1\nHost: a.org\r\n\r\n", "CR LF");
	must_be_wrong("GET / HTTP/1.1\r\nHost: a.org\n\r\n", "CR LF");
	must_be_wrong("GET / HTTP/1.1\r\nHost: a.org\r\n\n", "CR LF");
	must_be_wrong("GET / HTTP/1.1\r\nX: a\nHost: a.org\r\n\r\n", "CR LF");
	must_be_wrong("GET / HTTP/1.1\r\nHost: a.org\r\r\n\r\n", "control");
	must_be_wrong("GET / HTTP/1.1\r\nX: a\rHost: b.org\r\nHost: a.org\r\n\r\n",
		      "control");
	must_be_wrong("GET / HTTP/1.1\rHost: a.org\r\n\r\n", "control");
	must_be_wrong("GET / HTTP/1.1\r\nHost: a.org\r\n\rX", "control");
	must_be_wrong("\rGET / HTTP/1.1\r\nHost: a.org\r\n\r\n", "control");
}

static void a_head_has_no_control_characters(void **state)
{
	(void)state;
	for (int c = 0; c <= UINT8_MAX; c++) {
		char text[] = "GET / HTTP/1.1\r\nHost: a.org\r\nX: a?b\r\n\r\n";
		size_t len = sizeof text - 1;

		*strchr(text, '?') = (char)c;
		if ((c < ' ' && c != '\t') || c == 0x7f)
			must_be_wrong_bytes(text, len, c == '\n' ? "CR LF" : "control");
		else
			(void)head_of(text);
	}
}

static void fields_have_a_name_and_a_colon(void **state)
{
	static const char *const lines[] = {
		" X: y",
		"\tX: y",
		"X : y",
		"X\t: y",
		": y",
		"X",
		"X y: z",
		"X(: y",
		"Host : b.org",
		" folded",
		"X\"y: z",
		"\xc3\xbc: y",
		"Content-Length : 5",
		"Transfer-Encoding\t: chunked",
		"@: y",
		"a/b: c",
	};

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		char text[128] = "GET / HTTP/1.1\r\nHost: a.org\r\n";

		strncat(text, lines[i], 64);
		strncat(text, "\r\n\r\n", 5);
		must_be_wrong(text, "NAME: VALUE");
	}
	must_be_wrong("GET / HTTP/1.1\r\n Host: a.org\r\n\r\n", "NAME: VALUE");
	(void)head_of("GET / HTTP/1.1\r\nHost: a.org\r\nX:\r\nY: \t\r\n!#$%&'*+-.^_`|~: "
		      ":\r\n\r\n");
}

/* A POST with these lines besides. */
#define POST(lines) "POST / HTTP/1.1\r\nHost: a.org\r\n" lines "\r\n"

static void a_body_has_a_length(void **state)
{
	struct http_head head = head_of(POST("content-LENGTH: 1234\r\n"));

	(void)state;
	assert_true(head.length == 1234 && !head.chunked);
	head = head_of(POST("Content-Length:4611686018427387904\r\n"));
	assert_true(head.length == UINT64_C(1) << 62);
	head = head_of(POST("Content-Length: 0\r\n"));
	assert_true(head.length == 0);
}

static void other_lengths_are_refused(void **state)
{
	(void)state;
	must_be_wrong(POST("Content-Length:\r\n"), "plain number");
	must_be_wrong(POST("Content-Length: +5\r\n"), "plain number");
	must_be_wrong(POST("Content-Length: -5\r\n"), "plain number");
	must_be_wrong(POST("Content-Length: 5, 5\r\n"), "plain number");
	must_be_wrong(POST("Content-Length: 5 5\r\n"), "plain number");
	must_be_wrong(POST("Content-Length: 0x5\r\n"), "plain number");
	must_be_wrong(POST("Content-Length: 05\r\n"), "plain number");
	must_be_wrong(POST("Content-Length: 5;\r\n"), "plain number");
	must_be_wrong(POST("Content-Length: 4611686018427387905\r\n"), "plain number");
	must_be_wrong(POST("Content-Length: 9999999999999999999\r\n"), "plain number");
	must_be_wrong(POST("Content-Length: 18446744073709551621\r\n"), "plain number");
	must_be_wrong(POST("Content-Length: 5\r\nContent-Length: 5\r\n"),
		      "two Content-Length");
	must_be_wrong(POST("Content-Length: 5\r\nX: y\r\ncontent-length: 6\r\n"),
		      "two Content-Length");
}

static void a_body_is_chunked(void **state)
{
	struct http_head head = head_of(POST("transfer-encoding: chunked\r\n"));

	(void)state;
	assert_true(head.chunked && head.length == 0);
	must_be_wrong(POST("Transfer-Encoding: Chunked\r\n"), "\"chunked\" alone");
	must_be_wrong(POST("Transfer-Encoding: gzip, chunked\r\n"), "\"chunked\" alone");
	must_be_wrong(POST("Transfer-Encoding: chunked, chunked\r\n"),
		      "\"chunked\" alone");
	must_be_wrong(POST("Transfer-Encoding: chunked,\r\n"), "\"chunked\" alone");
	must_be_wrong(POST("Transfer-Encoding: chunked;a=b\r\n"), "\"chunked\" alone");
	must_be_wrong(POST("Transfer-Encoding: xchunked\r\n"), "\"chunked\" alone");
	must_be_wrong(POST("Transfer-Encoding: identity\r\n"), "\"chunked\" alone");
	must_be_wrong(POST("Transfer-Encoding: \"chunked\"\r\n"), "\"chunked\" alone");
	must_be_wrong(POST("Transfer-Encoding:\r\n"), "\"chunked\" alone");
	must_be_wrong(
		POST("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
		"two Transfer-Encoding");
}

static void a_body_is_cut_in_one_way(void **state)
{
	(void)state;
	must_be_wrong(POST("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
		      "both");
	must_be_wrong(POST("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n"),
		      "both");
	must_be_wrong(
		"POST / HTTP/1.0\r\nHost: a.org\r\nTransfer-Encoding: chunked\r\n\r\n",
		"HTTP/1.0");
}

static void names_that_gateways_take_for_others_are_refused(void **state)
{
	(void)state;
	must_be_wrong(POST("Content_Length: 5\r\n"), "written with");
	must_be_wrong(POST("transfer_encoding: chunked\r\n"), "written with");
	(void)head_of(POST("X_Content_Length: 5\r\nContent_Type: a\r\n"));
}

static void a_change_to_web_sockets_alone_is_told(void **state)
{
	static const char *const others[] = {
		"Upgrade: h2c\r\n",
		"Upgrade: TLS/1.2\r\n",
		"Upgrade:\r\n",
		"Upgrade: websocket, h2c\r\n",
		"Upgrade: websocket/13\r\n",
		"Upgrade: websocket\r\nUpgrade: h2c\r\n",
		"Upgrade: h2c\r\nUpgrade: websocket\r\n",
	};
	struct http_head head = head_of(POST("uPGRADE: WebSocket\r\n"));
	char text[256];

	(void)state;
	assert_true(head.upgrade);
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		(void)snprintf(text, sizeof text, POST("%s"), others[i]);
		head = head_of(text);
		assert_false(head.upgrade);
	}
	head = head_of(POST("Upgrade-Insecure-Requests: 1\r\n"));
	assert_false(head.upgrade);
}

static void requests_follow_each_other(void **state)
{
	static const char text[] =
		"POST /1 HTTP/1.1\r\nHost: a.org\r\nContent-Length: 3\r\n\r\nabc"
		"\r\nGET /2 HTTP/1.1\r\nHost: b.org\r\n\r\n"
		"GET /3 HTTP/1.1\r\nHost: c.org\r\n\r\n";
	static const char *const hosts[] = { "a.org", "b.org", "c.org" };
	size_t at = 0, len = strlen(text);

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct http_head head;
		struct http_body body;
		const char *why = NULL;

		assert_int_equal(http_read(text + at, len - at, &head, &why), HTTP_HEAD);
		assert_string_equal(head.host, hosts[i]);
		at += head.len;
		http_body_begin(&head, &body);
		at += http_body_take(&body, text + at, len - at, &why);
		assert_null(why);
		assert_true(http_body_ended(&body));
	}
	assert_int_equal(at, len);
}

/* A head of @len bytes. */
static char *long_head(size_t len)
{
	static const char front[] = "GET / HTTP/1.1\r\nHost: a.org\r\nX: ";
	char *text = malloc(len);

	assert_non_null(text);
	memset(text, 'x', len);
	memcpy(text, front, sizeof front - 1);
	memcpy(text + len - 4, "\r\n\r\n", 4);
	return text;
}

static void a_head_has_at_most_32_kibibytes(void **state)
{
	for (size_t len = HTTP_HEAD_MAX - 1; len <= HTTP_HEAD_MAX + 1; len++) {
		char *text = long_head(len);
		struct http_head head;
		const char *why = "";

		(void)state;
		assert_int_equal(read_copy(text, HTTP_HEAD_MAX - 2, &head, &why),
				 HTTP_MORE);
		assert_int_equal(read_copy(text, len, &head, &why),
				 len <= HTTP_HEAD_MAX ? HTTP_HEAD : HTTP_WRONG);
		if (len > HTTP_HEAD_MAX) {
			assert_non_null(strstr(why, "32 KiB"));
			assert_int_equal(read_copy(text, HTTP_HEAD_MAX, &head, &why),
					 HTTP_WRONG);
		}
		free(text);
	}
}

static void a_response_switches_protocols(void **state)
{
	static const char yes[] = "HTTP/1.1 101 Switching Protocols\r\n";
	static const char *const no[] = { "HTTP/1.1 200 OK\r\n", "HTTP/1.1 1010 \r\n",
					  "HTTP/1.0 101 a\r\n",  "HTTP/1.1  101 \r\n",
					  "HTTP/1.1 101x",       "HTTP/1.1 101\n",
					  "http/1.1 101 a",      "\r\nHTTP/1.1 101 a" };

	(void)state;
	for (size_t len = 0; len < sizeof yes; len++)
		assert_int_equal(http_switches(yes, len), len < 13 ? -1 : 1);
	assert_int_equal(http_switches("HTTP/1.1 101\r\n", 14), 1);
	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
		assert_int_equal(http_switches(no[i], strlen(no[i])), 0);
	assert_int_equal(http_switches("HTTP/1.1 2", 10), 0);
	assert_int_equal(http_switches("S", 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_for_its_host),
		cmocka_unit_test(hosts_are_names_or_addresses),
		cmocka_unit_test(other_hosts_are_refused),
		cmocka_unit_test(a_request_has_one_host_line),
		cmocka_unit_test(an_absolute_target_is_whom_it_is_for),
		cmocka_unit_test(a_host_line_agrees_with_the_target),
		cmocka_unit_test(other_targets_are_refused),
		cmocka_unit_test(targets_keep_their_bytes),
		cmocka_unit_test(an_asterisk_is_for_options),
		cmocka_unit_test(connect_says_host_and_port),
		cmocka_unit_test(other_connects_are_refused),
		cmocka_unit_test(other_request_lines_are_refused),
		cmocka_unit_test(one_empty_line_may_be_in_front),
		cmocka_unit_test(lines_end_in_cr_lf),
		cmocka_unit_test(a_head_has_no_control_characters),
		cmocka_unit_test(fields_have_a_name_and_a_colon),
		cmocka_unit_test(a_body_has_a_length),
		cmocka_unit_test(other_lengths_are_refused),
		cmocka_unit_test(a_body_is_chunked),
		cmocka_unit_test(a_body_is_cut_in_one_way),
		cmocka_unit_test(names_that_gateways_take_for_others_are_refused),
		cmocka_unit_test(a_change_to_web_sockets_alone_is_told),
		cmocka_unit_test(requests_follow_each_other),
		cmocka_unit_test(a_head_has_at_most_32_kibibytes),
		cmocka_unit_test(a_response_switches_protocols),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("egress-http", tests, NULL, NULL);
}
