/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* conn-upstream.c - connections through the site's own proxy (net.upstream); see conn.h
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "egress/conn-parts.h"

#define UPSTREAM_HEAD_MAX 8192

/* RFC 4648 4; @out has room for 4 bytes for each 3 of @s, and a NUL. */
static void encode_base64(const char *s, char *out)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
	const size_t len = strlen(s);

	for (size_t i = 0; i < len; i += 3) {
		uint32_t word = 0;

		for (size_t k = 0; k < 3; k++)
			word = word << 8 | (i + k < len ? (unsigned char)s[i + k] : 0U);
		/* of three bytes four digits, and "=" for those that would have none */
		for (size_t k = 0; k < 4; k++)
			*out++ = digits[i + k <= len ? word >> (18 - 6 * k) & 63 : 64];
	}
	*out = '\0';
}

bool conn_ask_upstream(struct conn *conn)
{
	const struct egress_head *head = &conn->egress->config->head;
	char text[3 * sizeof head->upstream_auth], auth[2 * sizeof head->upstream_auth];
	int len;

	encode_base64(head->upstream_auth, auth);
	len = snprintf(
		text, sizeof text, "CONNECT %s:%u HTTP/1.1\r\nHost: %s:%u\r\n%s%s%s\r\n",
		conn->host, conn->port, conn->host, conn->port,
		*auth ? "Proxy-Authorization: Basic " : "", auth, *auth ? "\r\n" : "");
	/* a new connection takes so little at once */
	return send(conn->far.fd, text, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL) == len;
}

/* Whether a head that begins so says that the connection is there: "HTTP/1.1 200". */
static bool is_good(const char *head, size_t len)
{
	return len >= 12 && strncmp(head, "HTTP/1.", 7) == 0 && head[8] == ' ' &&
	       head[9] == '2';
}

enum conn_answer conn_hear_upstream(struct conn *conn)
{
	struct pump *back = &conn->back;
	const char *end;

	pump_read(back, conn->far.fd, UPSTREAM_HEAD_MAX);
	end = back->len > 0 ? memmem(back->buf, back->len, "\r\n\r\n", 4) : NULL;
	if (!end)
		return back->ended || back->len == UPSTREAM_HEAD_MAX ? CONN_REFUSED
								     : CONN_MORE;
	if (!is_good(back->buf, back->len))
		return CONN_REFUSED;
	pump_drop(back, (size_t)(end + 4 - back->buf));
	return CONN_AIMED;
}
