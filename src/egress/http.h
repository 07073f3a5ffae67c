/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * http.h - where the requests of an HTTP/1 connection begin, and whom they are for
 *
 * Pure text handling. Requests follow each other on one connection, and each has a Host
 * line of its own, so bodies have to be followed as well, strictly: whatever two readers
 * could cut differently is a reason to refuse (RFC 9112 6.3 and 11.2: "request
 * smuggling").
 */
#ifndef SBOX_EGRESS_HTTP_H
#define SBOX_EGRESS_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/hostname.h"

#define HTTP_HEAD_MAX ((size_t)32 * 1024)

enum http_verdict {
	HTTP_MORE,  /* so far it can become one */
	HTTP_HEAD,  /* it is whole */
	HTTP_WRONG, /* *ret_why says why, in words for "refused: ..." */
};

/* A request's target, RFC 9112 3.2. */
enum http_form { HTTP_ORIGIN, HTTP_ABSOLUTE, HTTP_AUTHORITY, HTTP_ASTERISK };

struct http_head {
	size_t len;          /* of the head, with its empty line */
	enum http_form form; /* HTTP_AUTHORITY: the method is CONNECT, else never */
	/* whom it is for: the host of the target if that has one, else of the Host line;
	   both are the same, or it is wrong. As of hostname_parse(), or an address as
	   inet_pton(3) takes it (IPv6 without brackets), which @is_address says. */
	char host[HOSTNAME_MAX + 1];
	bool is_address;
	uint16_t port;             /* 0: none was written */
	size_t target, target_len; /* of an absolute target its path and query ("/..." or
				      nothing, which means "/"), else the whole target:
				      its place in the head */
	/* wants to go on as a WebSocket, and nothing else: HTTP/2 (h2c) could name other
	   hosts in what follows */
	bool upgrade;
	bool chunked; /* how its body is cut; else by @length */
	uint64_t length;
};

/*
 * Looks at the first @len bytes of what may be a request. HTTP_MORE is never said of
 * HTTP_HEAD_MAX bytes or more. Refused are: lines that do not end in CR LF, any other
 * control character but the tab, blanks in front of a colon or of a line (folding), a
 * request line that is not METHOD TARGET HTTP/1.0 or HTTP/1.1 with single blanks, a "#"
 * in the target, an absolute target that is not "http://" (in small letters), user
 * information in it, a query with no path in front, "*" but for OPTIONS, no Host line,
 * two of them, one that says another host or port than the target, ports with a zero in
 * front or none behind the colon, two Content-Length, one that is not digits alone, has a
 * zero in front or is beyond 2^62, both Content-Length and Transfer-Encoding, a
 * Transfer-Encoding that is not "chunked" alone (in small letters) or is in HTTP/1.0, and
 * Content_Length or Transfer_Encoding, which gateways take for those with "-". A CONNECT
 * says a port and has no body; it alone may be without a Host line (as Python's before
 * 3.12 is), or with one without a port: nobody but its reader hears it. An empty line (CR
 * LF) in front of the request line is passed over and counts in @len of the head (RFC
 * 9112 2.2); of several, more than one is wrong.
 */
enum http_verdict http_read(const char *data, size_t len, struct http_head *ret,
			    const char **ret_why);

/* A body on its way: all-zero begins at its first byte. */
struct http_body {
	int state;     /* of a chunked body; see http.c */
	uint64_t left; /* of the body, or of the chunk */
	size_t line;   /* bytes of the line that it is in */
	bool chunked;
};

/* The body of @head. */
void http_body_begin(const struct http_head *head, struct http_body *ret);
bool http_body_ended(const struct http_body *body);

/*
 * How many of the @len bytes at @data belong to the body; 0 with *ret_why: they are no
 * chunked body, and none of them is to be passed on. Trailers are part of it; lines of
 * chunk sizes have at most 128 bytes with their CR LF, and trailers 8 KiB in all. As
 * strict as a head: no extension that is empty or has a quote, CR LF at each end.
 * *ret_why is written then only. A body that was wrong once stays so.
 */
size_t http_body_take(struct http_body *body, const char *data, size_t len,
		      const char **ret_why);

/*
 * Whether the response that begins with @data switches protocols ("HTTP/1.1 101"): 1 yes,
 * 0 no, -1: more bytes are needed. (13 bytes always suffice.)
 */
int http_switches(const char *data, size_t len);

#endif
