/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * http.c - where the requests of an HTTP/1 connection begin, and whom they are for; see
 * http.h
 *
 * A head is read line by line, its fields by the table below; what the fields say
 * together is judged at the empty line. Bodies are followed in http-body.c.
 */
#include "config.h"

#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "egress/http-parts.h"
#include "egress/http.h"
#include "policy/net.h"

#define PORT_HTTP 80

/* Some bytes of the head. */
struct span {
	const char *p;
	size_t len;
};

struct authority {
	char host[HOSTNAME_MAX + 1];
	bool is_address;
	uint16_t port; /* 0: none is written */
};

struct request {
	struct http_head head;
	struct authority target, host; /* of the request line, of the Host line */
	unsigned hosts, lengths, codings, upgrades;
	bool old; /* HTTP/1.0 */
};

bool http_is_token_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c && strchr("!#$%&'*+-.^_`|~", c));
}

static size_t token_length(struct span span)
{
	size_t n = 0;

	while (n < span.len && http_is_token_byte(span.p[n]))
		n++;
	return n;
}

bool http_is_line_byte(char c)
{
	return (unsigned char)c >= ' ' ? c != 0x7f : c == '\t';
}

static bool span_is(struct span span, const char *text)
{
	return span.len == strlen(text) && memcmp(span.p, text, span.len) == 0;
}

/* Cuts @len bytes off the beginning of *span, and @more that nobody wants. */
static struct span span_cut(struct span *span, size_t len, size_t more)
{
	struct span cut = { span->p, len };

	span->p += len + more;
	span->len -= len + more;
	return cut;
}

/* The place of @c in the span, its length if it is not there. */
static size_t span_find(struct span span, char c)
{
	const char *found = memchr(span.p, c, span.len);

	return found ? (size_t)(found - span.p) : span.len;
}

/* Cuts the first line off *rest; HTTP_HEAD: it is whole. */
static enum http_verdict take_line(struct span *rest, struct span *ret,
				   const char **ret_why)
{
	size_t len = span_find(*rest, '\n');
	bool whole = len<rest->len, cr = len> 0 && rest->p[len - 1] == '\r';

	for (size_t i = 0; i < len - cr; i++) {
		if (!http_is_line_byte(rest->p[i])) {
			*ret_why = "a control character is in the head of the request";
			return HTTP_WRONG;
		}
	}
	if (!whole)
		return HTTP_MORE;
	if (!cr) {
		*ret_why = "a line of the request does not end in CR LF";
		return HTTP_WRONG;
	}
	*ret = span_cut(rest, len - 1, 2);
	return HTTP_HEAD;
}

/* ":PORT" or nothing; no zero in front, which is octal to some. */
static const char *read_port(struct span text, uint16_t *ret)
{
	unsigned port = 0;

	if (text.len == 0)
		return NULL;
	if (text.p[0] != ':')
		return "something stands between host and port";
	if (text.len < 2 || text.len > 6 || text.p[1] == '0')
		return "a port is a number from 1 to 65535";
	for (size_t i = 1; i < text.len; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return "a port is a number from 1 to 65535";
		port = port * 10 + (unsigned)(text.p[i] - '0');
	}
	if (port > UINT16_MAX)
		return "a port is a number from 1 to 65535";
	*ret = (uint16_t)port;
	return NULL;
}

/* The host of an authority; IPv6 is @in_brackets, and nothing else is. */
static const char *read_host_part(struct span text, bool in_brackets,
				  struct authority *auth)
{
	struct net_addr addr;
	char written[NET_ADDR_TEXT];

	if (net_addr_parse_bytes(text.p, text.len, &addr) == 0 &&
	    in_brackets == (addr.family == AF_INET6)) {
		const char *shown = net_addr_text(&addr, false, written);

		auth->is_address = true;
		memcpy(auth->host, shown, strlen(shown) + 1);
		return NULL;
	}
	return in_brackets ? "in the brackets is no IPv6 address"
			   : hostname_parse(text.p, text.len, auth->host);
}

/* "HOST[:PORT]" */
static const char *read_authority(struct span text, struct authority *ret)
{
	bool brackets = text.len > 0 && text.p[0] == '[';
	size_t end = span_find(text, brackets ? ']' : ':');
	struct authority auth = { .port = 0 };
	struct span host;
	const char *wrong;

	if (span_find(text, '@') < text.len)
		return "user information is in front of the host";
	if (brackets && end == text.len)
		return "the \"]\" is missing";
	host = span_cut(&text, end, brackets);
	if (brackets)
		(void)span_cut(&host, 1, 0);
	wrong = read_host_part(host, brackets, &auth);
	if (!wrong)
		wrong = read_port(text, &auth.port);
	if (!wrong)
		*ret = auth;
	return wrong;
}

/* "http://HOST[:PORT][/PATH]": *target becomes the path. */
static const char *read_absolute(struct span *target, struct request *req)
{
	static const char scheme[] = "http://";
	size_t len = strlen(scheme);

	if (target->len < len || memcmp(target->p, scheme, len) != 0)
		return "the target of the request is neither a path nor \"http://...\"";
	(void)span_cut(target, len, 0);
	req->head.form = HTTP_ABSOLUTE;
	return read_authority(span_cut(target, span_find(*target, '/'), 0), &req->target);
}

static const char *read_target(struct span method, struct span *target,
			       struct request *req)
{
	for (size_t i = 0; i < target->len; i++)
		if (target->p[i] == '\t' || target->p[i] == '#')
			return "a tab or \"#\" is in the target of the request";
	if (span_is(method, "CONNECT")) {
		const char *wrong = read_authority(*target, &req->target);

		req->head.form = HTTP_AUTHORITY;
		return !wrong && req->target.port == 0 ? "CONNECT says no port" : wrong;
	}
	if (span_is(*target, "*")) {
		req->head.form = HTTP_ASTERISK;
		return span_is(method, "OPTIONS") ? NULL
						  : "the target \"*\" is for OPTIONS";
	}
	if (target->len > 0 && target->p[0] == '/') {
		req->head.form = HTTP_ORIGIN;
		return NULL;
	}
	return read_absolute(target, req);
}

/* "METHOD TARGET HTTP/1.1"; @begin: of the head. */
static const char *read_request_line(struct span line, const char *begin,
				     struct request *req)
{
	size_t len = token_length(line);
	struct span method, target;
	const char *wrong;

	if (len == 0 || len == line.len || line.p[len] != ' ')
		return "it does not begin with \"METHOD TARGET HTTP/1.1\"";
	method = span_cut(&line, len, 1);
	len = span_find(line, ' ');
	if (len == line.len)
		return "it does not begin with \"METHOD TARGET HTTP/1.1\"";
	target = span_cut(&line, len, 1);
	req->old = span_is(line, "HTTP/1.0");
	if (!req->old && !span_is(line, "HTTP/1.1"))
		return "its first line does not end with \" HTTP/1.1\" or \" HTTP/1.0\"";
	wrong = read_target(method, &target, req);
	req->head.target = (size_t)(target.p - begin);
	req->head.target_len = target.len;
	return wrong;
}

static const char *read_host_field(struct span value, struct request *req)
{
	if (req->hosts++ > 0)
		return "the request has two Host lines";
	return read_authority(value, &req->host);
}

static const char *read_length_field(struct span value, struct request *req)
{
	uint64_t n = 0;

	if (req->lengths++ > 0)
		return "the request has two Content-Length lines";
	if (value.len == 0 || value.len > 19 || (value.len > 1 && value.p[0] == '0'))
		return "Content-Length is not a plain number up to 2^62";
	for (size_t i = 0; i < value.len; i++) {
		if (value.p[i] < '0' || value.p[i] > '9')
			return "Content-Length is not a plain number up to 2^62";
		n = n * 10 + (uint64_t)(value.p[i] - '0');
	}
	if (n > HTTP_LENGTH_MAX)
		return "Content-Length is not a plain number up to 2^62";
	req->head.length = n;
	return NULL;
}

static const char *read_coding_field(struct span value, struct request *req)
{
	if (req->codings++ > 0)
		return "the request has two Transfer-Encoding lines";
	/* in small letters, as clients write it: some servers know no others */
	if (!span_is(value, "chunked"))
		return "Transfer-Encoding is not \"chunked\" alone";
	req->head.chunked = true;
	return NULL;
}

static const char *read_upgrade_field(struct span value, struct request *req)
{
	static const char websocket[] = "websocket"; /* RFC 6455 4.1 */

	req->head.upgrade = req->upgrades++ == 0 && value.len == sizeof websocket - 1 &&
			    strncasecmp(value.p, websocket, value.len) == 0;
	return NULL;
}

/* The fields that say whom the request is for and where it ends. */
static const struct {
	const char *name;
	const char *(*read)(struct span value, struct request *req);
} fields[] = {
	{ "host", read_host_field },
	{ "content-length", read_length_field },
	{ "transfer-encoding", read_coding_field },
	{ "upgrade", read_upgrade_field },
};

/* Whether gateways that make variables of names (CGI, WSGI) take @name for @field. */
static bool is_twin(struct span name, const char *field)
{
	if (name.len != strlen(field) || strncasecmp(name.p, field, name.len) == 0)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		bool same = name.p[i] == '_' ? field[i] == '-'
					     : strncasecmp(name.p + i, field + i, 1) == 0;

		if (!same)
			return false;
	}
	return true;
}

static const char *read_field(struct span line, struct request *req)
{
	size_t len = token_length(line);
	struct span name;

	if (len == 0 || len == line.len || line.p[len] != ':')
		return "a line of the head is not \"NAME: VALUE\" (a blank in front of "
		       "the colon or of the line is wrong)";
	name = span_cut(&line, len, 1);
	while (line.len > 0 && strchr(" \t", line.p[0]))
		(void)span_cut(&line, 1, 0);
	while (line.len > 0 && strchr(" \t", line.p[line.len - 1]))
		line.len--;
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		if (is_twin(name, fields[i].name))
			return "Content_Length and Transfer_Encoding are written with "
			       "\"-\"";
		if (len == strlen(fields[i].name) &&
		    strncasecmp(name.p, fields[i].name, len) == 0)
			return fields[i].read(line, req);
	}
	return NULL;
}

/* @unsaid: the port where none is written */
static bool is_same_place(const struct authority *a, const struct authority *b,
			  uint16_t unsaid)
{
	return a->is_address == b->is_address && strcmp(a->host, b->host) == 0 &&
	       (a->port ? a->port : unsaid) == (b->port ? b->port : unsaid);
}

/* What the lines of the head say together. */
static const char *judge_head(struct request *req)
{
	bool tunnel = req->head.form == HTTP_AUTHORITY;
	bool targeted = tunnel || req->head.form == HTTP_ABSOLUTE;
	const struct authority *whom = targeted ? &req->target : &req->host;

	if (req->hosts == 0 && !tunnel)
		return "the request has no Host line";
	if (targeted && req->hosts > 0 &&
	    !is_same_place(&req->target, &req->host,
			   tunnel ? req->target.port : PORT_HTTP))
		return "the Host line names another host or port than the target";
	if (req->lengths > 0 && req->codings > 0)
		return "the request has both Content-Length and Transfer-Encoding";
	if (req->codings > 0 && req->old)
		return "Transfer-Encoding is none of HTTP/1.0";
	if (tunnel && (req->codings > 0 || req->head.length > 0))
		return "a CONNECT has no body";
	memcpy(req->head.host, whom->host, sizeof whom->host);
	req->head.is_address = whom->is_address;
	req->head.port = whom->port;
	return NULL;
}

/* Passes over the empty line that may be in front. */
static enum http_verdict take_request_line(struct span *rest, struct request *req,
					   const char **ret_why)
{
	const char *begin = rest->p;
	enum http_verdict verdict;
	struct span line;

	if (rest->len >= 2 && memcmp(rest->p, "\r\n", 2) == 0)
		(void)span_cut(rest, 2, 0);
	verdict = take_line(rest, &line, ret_why);
	if (verdict == HTTP_HEAD) {
		*ret_why = read_request_line(line, begin, req);
		if (*ret_why)
			return HTTP_WRONG;
	}
	return verdict;
}

static enum http_verdict take_fields(struct span *rest, struct request *req,
				     const char **ret_why)
{
	enum http_verdict verdict;
	struct span line;

	for (;;) {
		verdict = take_line(rest, &line, ret_why);
		if (verdict != HTTP_HEAD)
			return verdict;
		*ret_why = line.len > 0 ? read_field(line, req) : judge_head(req);
		if (*ret_why)
			return HTTP_WRONG;
		if (line.len == 0)
			return HTTP_HEAD;
	}
}

enum http_verdict http_read(const char *data, size_t len, struct http_head *ret,
			    const char **ret_why)
{
	struct span rest = { data, len < HTTP_HEAD_MAX ? len : HTTP_HEAD_MAX };
	struct request req = { .hosts = 0 };
	enum http_verdict verdict;
	const char *why = NULL;

	verdict = take_request_line(&rest, &req, &why);
	if (verdict == HTTP_HEAD)
		verdict = take_fields(&rest, &req, &why);
	if (verdict == HTTP_MORE && len >= HTTP_HEAD_MAX)
		why = "the head of the request is longer than 32 KiB";
	if (why) {
		*ret_why = why;
		return HTTP_WRONG;
	}
	if (verdict == HTTP_HEAD) {
		*ret = req.head;
		ret->len = (size_t)(rest.p - data);
	}
	return verdict;
}

int http_switches(const char *data, size_t len)
{
	static const char switches[] = "HTTP/1.1 101";
	size_t whole = strlen(switches), n = len < whole ? len : whole;

	if (memcmp(data, switches, n) != 0)
		return 0;
	if (len <= whole)
		return -1;
	return data[whole] == ' ' || data[whole] == '\r';
}
