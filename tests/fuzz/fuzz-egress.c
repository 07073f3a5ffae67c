/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-egress.c - whatever a hostile command sends, what is read of it keeps its contract
 *
 * The first byte chooses the parser. The rest is read whole and cut: what was wrong or
 * whole stays so when more comes, and means the same. Names have the form in which they
 * are compared, and what says so here is found in another way than by the parser.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "egress/dns.h"
#include "egress/hello.h"
#include "egress/http.h"
#include "egress/socks.h"

#define CUTS 48

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void must(bool kept)
{
	if (!kept)
		abort();
}

static void must_be_hostname(const char *name)
{
	char again[HOSTNAME_MAX + 1];

	must(!hostname_parse(name, strlen(name), again));
	must(strcmp(name, again) == 0);
	must(strlen(name) <= HOSTNAME_MAX);
	must(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == strlen(name));
	must(!strstr(name, "..") && name[0] != '.' && name[strlen(name) - 1] != '.');
}

static void try_hostname(const unsigned char *data, size_t len)
{
	char name[HOSTNAME_MAX + 1] = "kept";
	size_t dot = len > 0 && data[len - 1] == '.';
	struct net_addr addr;

	if (hostname_parse((const char *)data, len, name)) {
		must(strcmp(name, "kept") == 0);
		return;
	}
	must_be_hostname(name);
	must(strlen(name) + dot == len);
	must(strncasecmp(name, (const char *)data, strlen(name)) == 0);
	must(net_addr_parse(name, &addr) < 0);
	must(!hostname_is_below(name, name));
	if (strchr(name, '.'))
		must(hostname_is_below(name, strchr(name, '.') + 1));
}

/* The question's name on the wire is @query's, letter for letter. */
static void check_wire_name(const struct dns_query *query)
{
	const unsigned char *wire = query->question;

	for (const char *label = query->name; *label;) {
		size_t len = strcspn(label, ".");

		must(*wire == len);
		must(strncasecmp((const char *)wire + 1, label, len) == 0);
		wire += 1 + len;
		label += len + (label[len] == '.');
	}
	must(*wire == 0);
	must((size_t)(wire + 5 - query->question) == query->question_len);
}

/* What comes back when the answer without its record is read as a query. */
static void check_dns_answer(const struct dns_query *query, enum dns_code code,
			     const struct net_addr *addr, const char *ptr)
{
	unsigned char *out = malloc(DNS_ANSWER_MAX);
	struct dns_query again;
	size_t len;

	must(out != NULL);
	len = dns_write(query, code,
			addr || ptr ? &(struct dns_record){ addr, ptr, 60 } : NULL, out);
	must(len >= 12 + query->question_len && len <= DNS_ANSWER_MAX);
	must(dns_read(out, len, &again) == -1);
	must((out[3] & 15) == (int)code);
	must(memcmp(out + 12, query->question ? query->question : out + 12,
		    query->question_len) == 0);
	out[2] &= 0x7f;
	out[7] = 0;
	must(dns_read(out, 12 + query->question_len, &again) >= 0);
	must(again.id == query->id && again.question_len == query->question_len);
	must(strcmp(again.name, query->name) == 0 && again.kind == query->kind);
	free(out);
}

static void try_dns(const unsigned char *data, size_t len)
{
	static const struct net_addr four = { .family = AF_INET },
				     six = { .family = AF_INET6 };
	struct dns_query query;
	int code = dns_read(data, len, &query);

	must(code >= -1 && code <= DNS_REFUSED);
	must((code == -1) == (len < 12 || data[2] & 0x80));
	if (code == -1)
		return;
	must(code != DNS_NOERROR || query.question_len > 0);
	must(!query.wrong == (query.name[0] != '\0'));
	must((query.question_len > 0) == (query.question != NULL));
	if (query.name[0]) {
		must_be_hostname(query.name);
		check_wire_name(&query);
	}
	must((query.addr.family != AF_UNSPEC) == (query.kind == DNS_KIND_PTR_ADDRESS));
	check_dns_answer(&query, (enum dns_code)code, NULL, NULL);
	check_dns_answer(&query, DNS_NOERROR, &four, NULL);
	check_dns_answer(&query, DNS_NOERROR, &six, NULL);
	check_dns_answer(&query, DNS_NXDOMAIN, &six, "example.org");
	check_dns_answer(&query, DNS_NOERROR, NULL, query.name[0] ? query.name : "a");
}

/* What one of the stream parsers said, and all that it wrote. */
struct said {
	int verdict; /* 0: more, 1: whole, 2: wrong; as all of them have it */
	const char *why;
	size_t len;
	char name[HOSTNAME_MAX + 1];
	struct http_head head;
	struct socks_request request;
	enum socks_reply reply;
};

/* All bytes of it are zero before. */
typedef void reader(const unsigned char *data, size_t len, struct said *ret);

static void read_hello(const unsigned char *data, size_t len, struct said *ret)
{
	ret->verdict = (int)hello_read(data, len, ret->name, &ret->why);
	if (ret->verdict == HELLO_NAMED) {
		must_be_hostname(ret->name);
		ret->len = hello_length(data, len);
	}
	must(ret->verdict == HELLO_WRONG || hello_may_begin(data, len));
	must(ret->verdict == HELLO_NAMED || !ret->name[0]);
	must((ret->verdict == HELLO_WRONG) == !!ret->why);
	must(ret->verdict != HELLO_MORE || len < HELLO_MAX);
}

static void read_second(const unsigned char *data, size_t len, struct said *ret)
{
	ret->verdict = (int)hello_read_second(data, len, ret->name, &ret->why);
	if (ret->verdict == HELLO_NAMED)
		must_be_hostname(ret->name);
	must((ret->verdict == HELLO_WRONG) == !!ret->why);
	must(ret->verdict != HELLO_MORE || len < HELLO_SECOND_MAX);
}

/* How many lines of the head begin with @field in any letters. */
static size_t count_lines(const char *head, size_t len, const char *field)
{
	size_t n = 0;

	for (size_t i = 0; i + strlen(field) < len; i++)
		n += head[i] == '\n' &&
		     strncasecmp(head + i + 1, field, strlen(field)) == 0;
	return n;
}

static void check_http_host(const struct http_head *head)
{
	char text[NET_ADDR_TEXT];
	struct net_addr addr;

	if (!head->is_address) {
		must_be_hostname(head->host);
		return;
	}
	must(net_addr_parse(head->host, &addr) == 0);
	must(strcmp(net_addr_text(&addr, false, text), head->host) == 0);
}

static void check_http_head(const char *data, const struct http_head *head)
{
	size_t hosts = count_lines(data, head->len, "host:"),
	       lengths = count_lines(data, head->len, "content-length:"),
	       codings = count_lines(data, head->len, "transfer-encoding:");

	must(head->len <= HTTP_HEAD_MAX && head->len > 4);
	must(memcmp(data + head->len - 4, "\r\n\r\n", 4) == 0);
	for (size_t i = 0; i < head->len; i++)
		must(data[i] && (data[i] == '\n') == (i > 0 && data[i - 1] == '\r'));
	must(hosts == 1 || (hosts == 0 && head->form == HTTP_AUTHORITY));
	must(lengths + codings <= 1);
	must(head->chunked == (codings == 1));
	must(lengths == 1 || head->length == 0);
	must(head->length <= UINT64_C(1) << 62);
	must(head->target + head->target_len + strlen(" HTTP/1.1\r\n") < head->len);
	must(memcmp(data + head->target + head->target_len, " HTTP/1.", 8) == 0);
	must(head->form != HTTP_ABSOLUTE || head->target_len == 0 ||
	     data[head->target] == '/');
	must((head->form == HTTP_AUTHORITY) ==
	     !strncmp(data + (data[0] == '\r' ? 2 : 0), "CONNECT ", 8));
	check_http_host(head);
}

static void read_http(const unsigned char *data, size_t len, struct said *ret)
{
	ret->verdict = (int)http_read((const char *)data, len, &ret->head, &ret->why);
	if (ret->verdict == HTTP_HEAD)
		check_http_head((const char *)data, &ret->head);
	ret->len = ret->head.len;
	must(ret->verdict == HTTP_HEAD || ret->len == 0);
	must((ret->verdict == HTTP_WRONG) == !!ret->why);
	must(ret->verdict != HTTP_MORE || len < HTTP_HEAD_MAX);
}

static void read_greeting(const unsigned char *data, size_t len, struct said *ret)
{
	ret->verdict = (int)socks_greeting(data, len, &ret->len);
	if (ret->verdict == SOCKS_WHOLE)
		must(memchr(data + 2, 0, ret->len - 2) != NULL);
	must(ret->verdict != SOCKS_MORE || len < 2 + 255);
}

static void read_request(const unsigned char *data, size_t len, struct said *ret)
{
	ret->verdict =
		(int)socks_request(data, len, &ret->request, &ret->reply, &ret->why);
	ret->len = ret->verdict == SOCKS_WHOLE ? ret->request.len : 0;
	must((ret->verdict == SOCKS_WRONG) == !!ret->why);
	must(ret->verdict != SOCKS_WRONG || ret->reply != SOCKS_SUCCEEDED);
	must(ret->verdict != SOCKS_MORE || len < 5 + 255 + 2);
	if (ret->verdict != SOCKS_WHOLE)
		return;
	must(ret->request.port > 0);
	must(!ret->request.name[0] == (ret->request.addr.family != AF_UNSPEC));
	if (ret->request.name[0])
		must_be_hostname(ret->request.name);
}

/* Of a copy that is exactly as large. */
static void read_exact(reader *read, const unsigned char *data, size_t len,
		       struct said *ret)
{
	unsigned char *exact = malloc(len > 0 ? len : 1);

	must(exact != NULL);
	memcpy(exact, data, len);
	memset(ret, 0, sizeof *ret);
	read(exact, len, ret);
	free(exact);
}

/* The first bytes in growing number, and at last so many that no more is possible. */
static void try_stream(reader *read, const unsigned char *data, size_t len)
{
	size_t step = len / CUTS + 1,
	       most = HELLO_SECOND_MAX; /* of all limits the highest */
	unsigned char *longer = malloc(most);
	struct said before = { .verdict = 0 }, now;

	must(longer != NULL);
	for (size_t n = 0; n < most; n = n < len && n + step > len ? len : n + step) {
		if (n > len)
			break;
		read_exact(read, data, n, &now);
		must(before.verdict == 0 || now.verdict == before.verdict);
		must(before.verdict != 1 || memcmp(&now, &before, sizeof now) == 0);
		must(now.len <= n);
		before = now;
	}
	memset(longer, len > 0 ? data[len - 1] : 0, most);
	memcpy(longer, data, len < most ? len : most);
	memset(&now, 0, sizeof now);
	read(longer, most, &now);
	must(now.verdict != 0);
	must(before.verdict == 0 || now.verdict == before.verdict);
	free(longer);
}

/* Takes it in pieces of @step bytes. Returns how many in all; *ret_why as of the last. */
static size_t take_pieces(struct http_body *body, const char *data, size_t len,
			  size_t step, const char **ret_why)
{
	size_t at = 0;

	*ret_why = NULL;
	while (at < len && !*ret_why) {
		size_t piece = len - at < step ? len - at : step, taken;

		taken = http_body_take(body, data + at, piece, ret_why);
		must(taken <= piece);
		must(taken == piece || *ret_why || http_body_ended(body));
		must(!*ret_why || (taken == 0 && !http_body_ended(body)));
		at += taken;
		if (taken < piece)
			break;
	}
	return at;
}

/* The first byte: the length, or that it is chunked; the second: of the pieces. */
static void try_body(const unsigned char *data, size_t len)
{
	struct http_head head = { .length = 0 };
	const char *text = (const char *)data + 2, *why, *why_pieces;
	struct http_body whole, pieces;
	size_t taken;

	if (len < 2)
		return;
	len -= 2;
	head.chunked = data[0] & 1;
	head.length = head.chunked ? 0 : data[0];
	http_body_begin(&head, &whole);
	pieces = whole;
	taken = take_pieces(&whole, text, len, len + 1, &why);
	must(!why || head.chunked);
	must(head.chunked || taken == (len < head.length ? len : head.length));
	len = take_pieces(&pieces, text, len, data[1] + (size_t)1, &why_pieces);
	must(!why == !why_pieces);
	must(why || (taken == len && memcmp(&whole, &pieces, sizeof whole) == 0));
	if (!why && head.chunked && http_body_ended(&whole))
		must(taken >= 5 && memcmp(text + taken - 2, "\r\n", 2) == 0);
}

/* Requests that follow each other, as far as they are whole. */
static void try_requests(const unsigned char *data, size_t len)
{
	const char *text = (const char *)data, *why = NULL;
	struct http_body body;
	struct http_head head;

	for (size_t at = 0; at < len && !why; at += head.len) {
		if (http_read(text + at, len - at, &head, &why) != HTTP_HEAD)
			return;
		http_body_begin(&head, &body);
		at += http_body_take(&body, text + at + head.len, len - at - head.len,
				     &why);
		must(at + head.len <= len);
		if (!http_body_ended(&body))
			return;
	}
}

static int switches(const unsigned char *data, size_t len)
{
	return http_switches((const char *)data, len);
}

/* What is asked of the first @enough bytes of a server: a copy is exactly as large. */
static void try_beginning(int (*ask)(const unsigned char *data, size_t len),
			  size_t enough, const unsigned char *data, size_t len)
{
	int said = ask(data, len);

	must(said == -1 || said == 0 || said == 1);
	must(said != -1 || len < enough);
	for (size_t n = 0; n < len && n < enough + 3; n++) {
		unsigned char *exact = malloc(n > 0 ? n : 1);
		int before;

		must(exact != NULL);
		memcpy(exact, data, n);
		before = ask(exact, n);
		must(before == -1 || before == said);
		free(exact);
	}
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	if (size < 1)
		return 0;
	size--;
	switch (*data++ % 10) {
	case 0:
		try_hostname(data, size);
		break;
	case 1:
		try_dns(data, size);
		break;
	case 2:
		try_stream(read_hello, data, size);
		break;
	case 3:
		try_stream(read_http, data, size);
		try_requests(data, size);
		break;
	case 4:
		try_body(data, size);
		break;
	case 5:
		try_stream(read_greeting, data, size);
		break;
	case 6:
		try_stream(read_request, data, size);
		break;
	case 7:
		try_beginning(switches, strlen("HTTP/1.1 101 "), data, size);
		break;
	case 8:
		try_stream(read_second, data, size);
		break;
	case 9:
		try_beginning(hello_retries, 43, data, size);
		break;
	}
	return 0;
}
