/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* socks.c - what a SOCKS5 client wants; see socks.h */
#include "config.h"

#include <string.h>
#include <sys/socket.h>

#include "egress/socks.h"

#define SOCKS_VERSION 5
#define METHOD_NONE 0 /* no authentication */
#define COMMAND_CONNECT 1

enum { TYPE_IPV4 = 1, TYPE_NAME = 3, TYPE_IPV6 = 4 };

enum socks_verdict socks_greeting(const unsigned char *data, size_t len, size_t *ret_len)
{
	if (len > 0 && data[0] != SOCKS_VERSION)
		return SOCKS_WRONG;
	if (len > 1 && data[1] == 0)
		return SOCKS_WRONG;
	if (len < 2 || len - 2 < data[1])
		return SOCKS_MORE;
	if (!memchr(data + 2, METHOD_NONE, data[1]))
		return SOCKS_WRONG;
	*ret_len = 2 + (size_t)data[1];
	return SOCKS_WHOLE;
}

/* What is wrong with the bytes in front of the address, as far as they have come. */
static const char *start_wrong(const unsigned char *data, size_t len,
			       enum socks_reply *reply)
{
	*reply = SOCKS_FAILURE;
	if (len > 0 && data[0] != SOCKS_VERSION)
		return "it is not a request of SOCKS5";
	if (len > 1 && data[1] != COMMAND_CONNECT) {
		*reply = SOCKS_NO_COMMAND;
		return "of SOCKS there is only CONNECT";
	}
	if (len > 2 && data[2] != 0)
		return "the reserved byte of a request of SOCKS is not zero";
	if (len > 3 && data[3] != TYPE_IPV4 && data[3] != TYPE_NAME &&
	    data[3] != TYPE_IPV6) {
		*reply = SOCKS_NO_ADDRESS_TYPE;
		return "SOCKS has names, IPv4 and IPv6 addresses alone";
	}
	return NULL;
}

/* The name of @len bytes, which may be an address in text. */
static const char *read_destination(const char *s, size_t len, struct socks_request *req)
{
	if (net_addr_parse_bytes(s, len, &req->addr) == 0)
		return NULL;
	return hostname_parse(s, len, req->name);
}

static void copy_address(const unsigned char *bytes, size_t len, struct net_addr *ret)
{
	ret->family = len == 4 ? AF_INET : AF_INET6;
	memcpy(ret->bytes, bytes, len);
}

/* @data: "ADDRESS PORT" of @len and 2 bytes */
static const char *read_where(unsigned char type, const unsigned char *data, size_t len,
			      struct socks_request *req)
{
	const char *wrong = NULL;

	if (type == TYPE_NAME)
		wrong = read_destination((const char *)data, len, req);
	else
		copy_address(data, len, &req->addr);
	req->port = (uint16_t)(data[len] << 8 | data[len + 1]);
	return !wrong && req->port == 0 ? "there is no port 0" : wrong;
}

enum socks_verdict socks_request(const unsigned char *data, size_t len,
				 struct socks_request *ret, enum socks_reply *ret_reply,
				 const char **ret_why)
{
	struct socks_request req = { .addr = { .family = AF_UNSPEC } };
	size_t start, size;
	enum socks_reply reply;
	const char *wrong = start_wrong(data, len, &reply);

	if (!wrong && len < 5)
		return SOCKS_MORE;
	if (!wrong) {
		start = data[3] == TYPE_NAME ? 5 : 4;
		size = data[3] == TYPE_NAME ? data[4] : data[3] == TYPE_IPV4 ? 4 : 16;
		if (len < start + size + 2)
			return SOCKS_MORE;
		wrong = read_where(data[3], data + start, size, &req);
	}
	if (wrong) {
		*ret_reply = reply;
		*ret_why = wrong;
		return SOCKS_WRONG;
	}
	*ret = req;
	ret->len = start + size + 2;
	return SOCKS_WHOLE;
}

size_t socks_answer(enum socks_reply reply, unsigned char out[SOCKS_REPLY_MAX])
{
	const unsigned char answer[SOCKS_REPLY_MAX] = { SOCKS_VERSION,
							(unsigned char)reply, 0,
							TYPE_IPV4 };

	memcpy(out, answer, sizeof answer);
	return sizeof answer;
}
