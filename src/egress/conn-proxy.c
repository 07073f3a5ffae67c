/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* conn-proxy.c - clients of net.proxy: HTTP and SOCKS5 at one port; see conn.h */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "egress/conn-parts.h"
#include "egress/judge.h"
#include "egress/socks.h"

static const char *const socks_version = "\x05";

/* Small enough for what the kernel takes at once; who does not take it is gone. */
static void tell_client(struct conn *conn, const void *data, size_t len)
{
	(void)!send(conn->near.fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void tell_in_http(struct conn *conn, enum egress_why why)
{
	static const char good[] = "HTTP/1.1 200 Connection established\r\n\r\n";
	bool ours = why == EGRESS_NO_HOST || why == EGRESS_NO_ANSWER;
	char text[512];
	int len;

	if (why == EGRESS_LET_THROUGH) {
		tell_client(conn, good, sizeof good - 1);
		return;
	}
	/* many programs show the first line alone */
	len = snprintf(text, sizeof text,
		       "HTTP/1.1 %s (sbox: refused: %s)\r\nConnection: close\r\n"
		       "Content-Type: text/plain\r\n\r\nsbox: refused: %s\n",
		       ours ? "502 Bad Gateway" : "403 Forbidden", egress_why(why),
		       egress_why(why));
	tell_client(conn, text, (size_t)len);
}

static void tell_in_socks(struct conn *conn, enum socks_reply reply)
{
	unsigned char out[SOCKS_REPLY_MAX];

	tell_client(conn, out, socks_answer(reply, out));
}

void conn_tell_asker(struct conn *conn, enum egress_why why)
{
	if (conn->socks)
		tell_in_socks(conn, why == EGRESS_LET_THROUGH ? SOCKS_SUCCEEDED
				    : why == EGRESS_NO_HOST   ? SOCKS_UNREACHABLE
				    : why == EGRESS_NO_ANSWER ? SOCKS_CONN_REFUSED
							      : SOCKS_NOT_ALLOWED);
	else if (conn->connect || (conn->request && why != EGRESS_LET_THROUGH))
		tell_in_http(conn, why);
	conn->socks = conn->connect = conn->request = false; /* once */
}

/* The name or address @host. */
static void set_aim(struct conn *conn, const char *host, const struct net_addr *addr,
		    uint16_t port)
{
	const char *name;

	conn->port = port;
	conn->by_name = addr == NULL;
	if (addr) {
		conn->addr = *addr;
		/* what a client has looked up itself stands for its name here, too */
		name = names_find(&conn->egress->names, addr);
		if (name) {
			conn->by_name = true;
			host = name;
		}
	}
	egress_copy_host(conn->host, host);
}

/* The greeting is answered at once; then comes the request. */
static enum conn_answer greet_in_socks(struct conn *conn)
{
	struct pump *there = &conn->there;
	size_t len;

	switch (socks_greeting((const unsigned char *)there->buf, there->len, &len)) {
	case SOCKS_MORE:
		return CONN_MORE;
	case SOCKS_WRONG:
		tell_client(conn, "\x05\xff", 2);
		return CONN_REFUSED;
	case SOCKS_WHOLE:
		break;
	}
	tell_client(conn, "\x05\x00", 2);
	pump_drop(there, len);
	conn->socks = true;
	return CONN_AIMED;
}

static enum conn_answer ask_in_socks(struct conn *conn)
{
	struct pump *there = &conn->there;
	enum socks_reply reply = SOCKS_FAILURE;
	struct socks_request request;
	char text[NET_ADDR_TEXT];
	const char *why;

	if (!conn->socks) {
		enum conn_answer answer = greet_in_socks(conn);

		if (answer != CONN_AIMED)
			return answer;
	}
	switch (socks_request((const unsigned char *)there->buf, there->len, &request,
			      &reply, &why)) {
	case SOCKS_MORE:
		return CONN_MORE;
	case SOCKS_WRONG:
		tell_in_socks(conn, reply);
		return CONN_REFUSED;
	case SOCKS_WHOLE:
		break;
	}
	pump_drop(there, request.len);
	if (*request.name)
		set_aim(conn, request.name, NULL, request.port);
	else
		set_aim(conn, net_addr_text(&request.addr, false, text), &request.addr,
			request.port);
	return CONN_AIMED;
}

static enum conn_answer ask_in_http(struct conn *conn)
{
	struct pump *there = &conn->there;
	struct net_addr addr;
	struct http_head head;
	const char *why;
	enum http_verdict verdict = http_read(there->buf, there->len, &head, &why);

	if (verdict == HTTP_MORE)
		return CONN_MORE;
	if (verdict == HTTP_WRONG ||
	    (head.form != HTTP_AUTHORITY && head.form != HTTP_ABSOLUTE)) {
		tell_in_http(conn, EGRESS_UNREADABLE);
		return CONN_REFUSED;
	}
	set_aim(conn, head.host,
		head.is_address && net_addr_parse(head.host, &addr) == 0 ? &addr : NULL,
		head.port ? head.port : 80);
	/* else it is a request, which is judged like those that follow it */
	conn->connect = head.form == HTTP_AUTHORITY;
	conn->request = !conn->connect;
	if (conn->connect)
		pump_drop(there, head.len);
	return CONN_AIMED;
}

enum conn_answer conn_ask(struct conn *conn)
{
	struct pump *there = &conn->there;
	enum conn_answer answer = CONN_MORE;

	pump_read(there, conn->near.fd, HTTP_HEAD_MAX);
	if (there->len > 0 && (conn->socks || there->buf[0] == *socks_version))
		answer = ask_in_socks(conn);
	else if (there->len > 0)
		answer = ask_in_http(conn);
	return answer == CONN_MORE && there->ended ? CONN_REFUSED : answer;
}
