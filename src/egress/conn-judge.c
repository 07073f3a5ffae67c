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

static enum egress_why judge_hello(struct conn *conn, char *ret_other)
{
	const struct pump *there = &conn->there;
	char name[HOSTNAME_MAX + 1];
	enum egress_why why;
	const char *wrong;

	switch (hello_read((const unsigned char *)there->buf, there->len, name, &wrong)) {
	case HELLO_MORE:
		return EGRESS_LET_THROUGH;
	case HELLO_WRONG:
		return EGRESS_UNREADABLE;
	case HELLO_NAMED:
		break;
	}
	why = compare_name(conn, name, ret_other);
	if (why == EGRESS_LET_THROUGH)
		conn->kind = CONN_PLAIN;
	return why;
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
	if (head.is_address || (head.port != 0 && head.port != conn->port)) {
		egress_copy_host(ret_other, head.host);
		return EGRESS_OTHER_NAME;
	}
	if (compare_name(conn, head.host, ret_other) != EGRESS_LET_THROUGH)
		return EGRESS_OTHER_NAME;
	*ret_whole = true;
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

enum egress_why conn_judge(struct conn *conn, char *ret_other)
{
	enum egress_why why = EGRESS_LET_THROUGH;

	*ret_other = '\0';
	if (conn->there.len > 0 && conn->kind == CONN_HTTP)
		why = judge_http(conn, ret_other);
	else if (conn->there.len > 0 && conn->kind == CONN_TLS)
		why = judge_hello(conn, ret_other);
	else if (conn->there.len > 0 && conn->kind == CONN_ANY)
		why = judge_any(conn, ret_other);
	if (why == EGRESS_LET_THROUGH && conn->kind == CONN_PLAIN)
		pump_open(&conn->there);
	return why;
}

void conn_judge_answer(struct conn *conn)
{
	struct pump *back = &conn->back;
	int switched = 0;

	/* the first bytes are waited for, while a request may still switch */
	if (conn->kind == CONN_HTTP && back->len == 0 && !back->ended)
		return;
	if (conn->switches && back->len > 0)
		switched = http_switches(back->buf, back->len);
	if (switched < 0 && !back->ended)
		return;
	if (switched > 0)
		conn->kind = CONN_PLAIN;
	conn->switches = false;
	pump_open(back);
}
