/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dns.h - queries of a hostile resolver, and the answers to them
 *
 * Pure text handling. What is not exactly one question of class IN with opcode QUERY in a
 * well-formed message is answered with an error of the protocol, or, if it has no whole
 * header or is itself an answer, with nothing. One EDNS record (RFC 6891) is passed over:
 * the answers are short enough without, below 512 bytes. There are no other records, and
 * nothing behind them. (RFC 1035, 2308.)
 */
#ifndef SBOX_EGRESS_DNS_H
#define SBOX_EGRESS_DNS_H

#include <stddef.h>
#include <stdint.h>

#include "policy/hostname.h"
#include "policy/net.h"

#define DNS_QUERY_MAX 4096
#define DNS_ANSWER_MAX 1232 /* always enough */

enum dns_kind {
	DNS_KIND_A,
	DNS_KIND_AAAA,
	DNS_KIND_PTR_ADDRESS, /* @addr is asked for its name */
	DNS_KIND_OTHER,       /* HTTPS, SVCB, MX, TXT, ...; a PTR of no address */
};

struct dns_query {
	uint16_t id;
	uint16_t flags; /* of the header, as it came */
	/* the question as it came: goes into the answer byte for byte (0x20 mixing) */
	const unsigned char *question;
	size_t question_len; /* 0: it could not be read, and is left out of the answer */
	enum dns_kind kind;
	/* the name, as of hostname_parse(); "": it is none, which @wrong says in words */
	char name[HOSTNAME_MAX + 1];
	const char *wrong;
	struct net_addr addr; /* DNS_KIND_PTR_ADDRESS: by in-addr.arpa or ip6.arpa */
};

/* RFC 1035 4.1.1 */
enum dns_code {
	DNS_NOERROR = 0,
	DNS_FORMERR = 1,
	DNS_SERVFAIL = 2,
	DNS_NXDOMAIN = 3,
	DNS_NOTIMP = 4,
	DNS_REFUSED = 5,
};

/*
 * Reads the message of @len bytes. *ret points into it. -1: it gets no answer; else the
 * enum dns_code that its answer must have, whatever the name is (DNS_NOERROR: as its name
 * says).
 */
int dns_read(const unsigned char *msg, size_t len, struct dns_query *ret);

/* The one record of an answer: an address, or a name for one. */
struct dns_record {
	const struct net_addr *addr; /* A or AAAA; NULL: */
	const char *ptr;             /* PTR, as of hostname_parse() */
	uint32_t ttl;                /* seconds */
};

/*
 * Writes the answer to @query into @out of DNS_ANSWER_MAX bytes and returns its length.
 * @code other than DNS_NOERROR: without a record. @record NULL: there is no such record
 * for the name.
 */
size_t dns_write(const struct dns_query *query, enum dns_code code,
		 const struct dns_record *record, unsigned char out[DNS_ANSWER_MAX]);

#endif
