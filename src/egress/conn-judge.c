/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* conn-judge.c - whether the client's bytes speak of the host that is meant; see conn.h
 */
#include "config.h"

#include <string.h>

#include "egress/conn-parts.h"
#include "egress/hello.h"

static enum egress_why compare_name(const struct conn *conn, const char *said,
				    char *ret_other)
{
	if (strcmp(said, conn->host) == 0)
		return EGRESS_LET_THROUGH;
	egress_copy_host(ret_other, said);
	return EGRESS_OTHER_NAME;
}

/* By the name in a hello, if it is whole; @kind: how it goes on then. */
static enum egress_why judge_named(struct conn *conn, enum hello_verdict verdict,
				   const char *name, enum conn_kind kind, char *ret_other)
{
	enum egress_why why;

	switch (verdict) {
	case HELLO_MORE:
		/* early data in front of a second one can be more than there is room for
		 */
		return conn->there.len == conn->there.room ? EGRESS_UNREADABLE
							   : EGRESS_LET_THROUGH;
	case HELLO_WRONG:
		return EGRESS_UNREADABLE;
	case HELLO_NAMED:
		break;
	}
	why = compare_name(conn, name, ret_other);
	if (why == EGRESS_LET_THROUGH)
		conn->kind = kind;
	return why;
}

static enum egress_why judge_hello(struct conn *conn, char *ret_other)
{
	struct pump *there = &conn->there;
	const unsigned char *data = (const unsigned char *)there->buf;
	char name[HOSTNAME_MAX + 1] = "";
	const char *wrong;
	enum egress_why why =
		judge_named(conn, hello_read(data, there->len, name, &wrong), name,
			    CONN_ANSWER, ret_other);

	if (conn->kind == CONN_ANSWER)
		there->cleared = hello_length(data, there->len);
	return why;
}

static enum egress_why judge_second(struct conn *conn, char *ret_other)
{
	const struct pump *there = &conn->there;
	const unsigned char *data = (const unsigned char *)there->buf + there->cleared;
	char name[HOSTNAME_MAX + 1] = "";
	const char *wrong;

	return judge_named(
		conn, hello_read_second(data, there->len - there->cleared, name, &wrong),
		name, CONN_PLAIN, ret_other);
}

static bool is_for(const struct conn *conn, const struct http_head *head)
{
	struct net_addr addr;

	if (head->is_address == conn->by_name ||
	    (head->port != 0 && head->port != conn->port))
		return false;
	if (conn->by_name)
		return strcmp(head->host, conn->host) == 0;
	return net_addr_parse(head->host, &addr) == 0 &&
	       memcmp(&addr, &conn->addr, sizeof addr) == 0;
}

/*
 * A server that is no proxy is told the path alone (RFC 9112 3.2.1): many that have to
 * take the whole URL do not. Cuts the rest of it out of the head at @at.
 */
static void shorten_target(struct pump *there, char *at, struct http_head *head)
{
	char *target = memchr(at, ' ', head->target);
	const char *path = at + head->target;
	size_t cut;

	if (head->form != HTTP_ABSOLUTE || !target)
		return;
	target++;
	if (head->target_len == 0)
		*target++ = '/';
	cut = (size_t)(path - target);
	memmove(target, path, (size_t)(there->buf + there->len - path));
	there->len -= cut;
	head->len -= cut;
}

/* One request more is cleared, if it is whole; else *ret_whole is false. */
static enum egress_why judge_request(struct conn *conn, char *ret_other, bool *ret_whole)
{
	struct pump *there = &conn->there;
	struct http_head head;
	const char *wrong;

	*ret_whole = false;
	switch (http_read(there->buf + there->cleared, there->len - there->cleared, &head,
			  &wrong)) {
	case HTTP_MORE:
		return EGRESS_LET_THROUGH;
	case HTTP_WRONG:
		return EGRESS_UNREADABLE;
	case HTTP_HEAD:
		break;
	}
	/* a server that is a proxy as well would lead on from here */
	if (head.form == HTTP_AUTHORITY)
		return EGRESS_UNREADABLE;
	if (!is_for(conn, &head)) {
		egress_copy_host(ret_other, head.host);
		return EGRESS_OTHER_NAME;
	}
	*ret_whole = true;
	shorten_target(there, there->buf + there->cleared, &head);
	there->cleared += head.len;
	http_body_begin(&head, &conn->body);
	conn->in_body = !http_body_ended(&conn->body);
	/* later ones are followed as requests: a change of protocol ends in a refusal */
	conn->switches = conn->first && head.upgrade && !conn->in_body;
	conn->first = false;
	return EGRESS_LET_THROUGH;
}

static enum egress_why judge_body(struct conn *conn, bool *ret_some)
{
	struct pump *there = &conn->there;
	const char *wrong = NULL;
	size_t taken = http_body_take(&conn->body, there->buf + there->cleared,
				      there->len - there->cleared, &wrong);

	there->cleared += taken;
	conn->in_body = !http_body_ended(&conn->body);
	*ret_some = taken > 0;
	return wrong ? EGRESS_UNREADABLE : EGRESS_LET_THROUGH;
}

static enum egress_why judge_http(struct conn *conn, char *ret_other)
{
	enum egress_why why = EGRESS_LET_THROUGH;
	bool on = true;

	while (why == EGRESS_LET_THROUGH && on && !conn->switches &&
	       conn->there.cleared < conn->there.len)
		why = conn->in_body ? judge_body(conn, &on)
				    : judge_request(conn, ret_other, &on);
	return why;
}

/* By what it begins with. */
static enum egress_why judge_any(struct conn *conn, char *ret_other)
{
	const unsigned char *data = (const unsigned char *)conn->there.buf;

	if (hello_may_begin(data, conn->there.len))
		return judge_hello(conn, ret_other);
	conn->kind = CONN_PLAIN;
	return EGRESS_LET_THROUGH;
}

static enum egress_why judge_kind(struct conn *conn, char *ret_other)
{
	switch (conn->kind) {
	case CONN_PLAIN:
	case CONN_ANSWER:
		break;
	case CONN_TLS:
		return judge_hello(conn, ret_other);
	case CONN_SECOND:
		return judge_second(conn, ret_other);
	case CONN_HTTP:
		return judge_http(conn, ret_other);
	case CONN_ANY:
		return judge_any(conn, ret_other);
	}
	return EGRESS_LET_THROUGH;
}

enum egress_why conn_judge(struct conn *conn, char *ret_other)
{
	enum egress_why why = EGRESS_LET_THROUGH;

	*ret_other = '\0';
	if (conn->there.len > conn->there.cleared)
		why = judge_kind(conn, ret_other);
	if (why == EGRESS_LET_THROUGH && conn->kind == CONN_PLAIN)
		pump_open(&conn->there);
	return why;
}

/*
 * What the client is now that the server has said so much: -1: that does not say it yet.
 * No server of TLS speaks first, and none that does would take a hello behind that.
 */
static int kind_by_answer(const struct conn *conn)
{
	const struct pump *back = &conn->back;
	const unsigned char *data = (const unsigned char *)back->buf;
	int answer = 0;

	switch (conn->kind) {
	case CONN_TLS:
		return -1;
	case CONN_ANY:
		return conn->there.len > 0 ? -1 : CONN_PLAIN;
	case CONN_ANSWER:
		answer = hello_retries(data, back->len);
		return answer < 0 ? -1 : answer > 0 ? CONN_SECOND : CONN_PLAIN;
	case CONN_HTTP:
		if (conn->switches)
			answer = http_switches(back->buf, back->len);
		return answer < 0 ? -1 : answer > 0 ? CONN_PLAIN : CONN_HTTP;
	case CONN_PLAIN:
	case CONN_SECOND:
		break;
	}
	return (int)conn->kind;
}

void conn_judge_answer(struct conn *conn)
{
	struct pump *back = &conn->back;
	int kind = back->len > 0 ? kind_by_answer(conn) : -1;

	if (kind < 0 && !back->ended && conn->kind != CONN_PLAIN)
		return;
	if (kind >= 0)
		conn->kind = (enum conn_kind)kind;
	conn->switches = false;
	if (conn->kind == CONN_PLAIN)
		pump_open(&conn->there);
	pump_open(back);
}
