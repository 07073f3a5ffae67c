/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * socks.h - what a SOCKS5 client wants (RFC 1928)
 *
 * Pure text handling: CONNECT to a name or an address, without authentication.
 */
#ifndef SBOX_EGRESS_SOCKS_H
#define SBOX_EGRESS_SOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/hostname.h"
#include "policy/net.h"

#define SOCKS_REPLY_MAX 10

enum socks_verdict { SOCKS_MORE, SOCKS_WHOLE, SOCKS_WRONG };

/* RFC 1928 6 */
enum socks_reply {
	SOCKS_SUCCEEDED = 0,
	SOCKS_FAILURE = 1,
	SOCKS_NOT_ALLOWED = 2,
	SOCKS_UNREACHABLE = 4,
	SOCKS_CONN_REFUSED = 5,
	SOCKS_NO_COMMAND = 7,
	SOCKS_NO_ADDRESS_TYPE = 8,
};

struct socks_request {
	char name[HOSTNAME_MAX + 1]; /* as of hostname_parse(); "": an address, ... */
	struct net_addr addr;        /* ... this one */
	uint16_t port;
	size_t len; /* of the request itself */
};

/*
 * The greeting, @len bytes so far: *ret_len is its length once it is whole. SOCKS_WRONG:
 * it offers no way without authentication, or is none.
 */
enum socks_verdict socks_greeting(const unsigned char *data, size_t len, size_t *ret_len);

/*
 * The request, as above. SOCKS_WRONG: *ret_reply is what to answer (no CONNECT, a name
 * that hostname_parse() refuses, port 0), *ret_why says it in words for "refused: ...". A
 * name that is an IPv4 or IPv6 address in text is that address.
 */
enum socks_verdict socks_request(const unsigned char *data, size_t len,
				 struct socks_request *ret, enum socks_reply *ret_reply,
				 const char **ret_why);

/* The answer to a request, with no address in it; returns its length. */
size_t socks_answer(enum socks_reply reply, unsigned char out[SOCKS_REPLY_MAX]);

#endif
