/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dns.c - queries of a hostile resolver, and the answers to them; see dns.h */
#include "config.h"

#include <string.h>
#include <sys/socket.h>

#include "egress/dns.h"

/* RFC 1035 2.3.4 and 4.1.1 */
#define HEADER_LEN 12
#define WIRE_NAME_MAX 255
#define WIRE_LABEL_MAX 63
#define FLAG_ANSWER 0x8000
#define FLAG_RECURSION_WANTED 0x0100
#define FLAG_RECURSION 0x0080
#define FLAG_UNCHECKED 0x0010 /* CD, RFC 4035 3.2.2: as it came */
#define OPCODE_BITS 0x7800
#define CLASS_IN 1
#define RECORD_OPT 41
#define OPT_LEN 11 /* of an OPT record without its options, RFC 6891 6.1.2 */

enum { RECORD_A = 1, RECORD_PTR = 12, RECORD_AAAA = 28 };

static unsigned get16(const unsigned char *p)
{
	return (unsigned)(p[0] << 8 | p[1]);
}

/* A name of the wire, with dots between its labels. */
struct wire_name {
	char text[WIRE_NAME_MAX];
	size_t len;
	bool dotted; /* a label has a dot inside, so that @text says something else */
};

/*
 * Reads the name at the question's place. Returns the place behind it; 0: it is none. The
 * first name of a message has nothing to point to, so a pointer is a mistake.
 */
static size_t read_wire_name(const unsigned char *msg, size_t len, struct wire_name *ret)
{
	size_t at = HEADER_LEN;

	while (at < len && msg[at] != 0) {
		size_t label = msg[at++];

		if (label > WIRE_LABEL_MAX || label >= len - at ||
		    at + label + 1 > HEADER_LEN + WIRE_NAME_MAX)
			return 0;
		if (ret->len > 0)
			ret->text[ret->len++] = '.';
		memcpy(ret->text + ret->len, msg + at, label);
		ret->len += label;
		ret->dotted = ret->dotted || memchr(msg + at, '.', label);
		at += label;
	}
	return at < len ? at + 1 : 0;
}

/* Whether exactly @count records are at the end of the message, at @at: none or EDNS. */
static bool ends_well(const unsigned char *msg, size_t len, size_t at, unsigned count)
{
	const unsigned char *opt = msg + at;

	if (count == 0)
		return at == len;
	return count == 1 && len - at >= OPT_LEN && opt[0] == 0 &&
	       get16(opt + 1) == RECORD_OPT && get16(opt + 9) == len - at - OPT_LEN;
}

/* The text in front of @zone, into @ret of @size bytes; 0 or -1. */
static int cut_zone(const char *name, const char *zone, char *ret, size_t size)
{
	size_t len;

	if (!hostname_is_below(name, zone))
		return -1;
	len = strlen(name) - strlen(zone) - 1;
	if (len >= size)
		return -1;
	memcpy(ret, name, len);
	ret[len] = '\0';
	return 0;
}

/* "4.3.2.1.in-addr.arpa", RFC 1035 3.5 */
static int reverse_ipv4(const char *name, struct net_addr *ret)
{
	char text[sizeof "255.255.255.255"];
	struct net_addr addr;

	if (cut_zone(name, "in-addr.arpa", text, sizeof text) < 0 ||
	    net_addr_parse(text, &addr) < 0)
		return -1;
	*ret = (struct net_addr){ .family = AF_INET };
	for (size_t i = 0; i < 4; i++)
		ret->bytes[i] = addr.bytes[3 - i];
	return 0;
}

static int reverse_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *found = c ? strchr(digits, c) : NULL;

	return found ? (int)(found - digits) : -1;
}

/* 32 hexadecimal digits with dots between them below ip6.arpa, RFC 3596 2.5 */
static int reverse_ipv6(const char *name, struct net_addr *ret)
{
	struct net_addr addr = { .family = AF_INET6 };
	char text[32 * 2];

	if (cut_zone(name, "ip6.arpa", text, sizeof text) < 0 ||
	    strlen(text) != sizeof text - 1)
		return -1;
	for (size_t i = 0; i < 32; i++) {
		int digit = reverse_digit(text[2 * i]);

		if (digit < 0 || (i < 31 && text[2 * i + 1] != '.'))
			return -1;
		addr.bytes[15 - i / 2] |= (unsigned char)(i % 2 ? digit << 4 : digit);
	}
	*ret = addr;
	return 0;
}

static enum dns_kind question_kind(unsigned type, const char *name,
				   struct net_addr *ret_addr)
{
	if (type == RECORD_A)
		return DNS_KIND_A;
	if (type == RECORD_AAAA)
		return DNS_KIND_AAAA;
	if (type == RECORD_PTR &&
	    (reverse_ipv4(name, ret_addr) == 0 || reverse_ipv6(name, ret_addr) == 0))
		return DNS_KIND_PTR_ADDRESS;
	return DNS_KIND_OTHER;
}

/* Reads the one question. Returns the place behind it; 0: it cannot be read. */
static size_t read_question(const unsigned char *msg, size_t len, struct dns_query *query)
{
	struct wire_name name = { .len = 0 };
	size_t end = read_wire_name(msg, len, &name);

	if (end == 0 || len - end < 4)
		return 0;
	query->wrong = name.dotted ? "what is between two dots has a dot in it"
				   : hostname_parse(name.text, name.len, query->name);
	query->kind = question_kind(get16(msg + end), query->name, &query->addr);
	query->question = msg + HEADER_LEN;
	query->question_len = end + 4 - HEADER_LEN;
	return end + 4;
}

int dns_read(const unsigned char *msg, size_t len, struct dns_query *ret)
{
	struct dns_query query = { .kind = DNS_KIND_OTHER,
				   .wrong = "the question cannot be read" };
	enum dns_code code = DNS_FORMERR;
	size_t end;

	if (len < HEADER_LEN || get16(msg + 2) & FLAG_ANSWER)
		return -1;
	query.id = (uint16_t)get16(msg);
	query.flags = (uint16_t)get16(msg + 2);
	if (query.flags & OPCODE_BITS) {
		code = DNS_NOTIMP;
	} else if (get16(msg + 4) == 1) {
		end = read_question(msg, len, &query);
		if (end > 0 && get16(msg + 6) == 0 && get16(msg + 8) == 0 &&
		    ends_well(msg, len, end, get16(msg + 10)))
			code = get16(msg + end - 2) == CLASS_IN ? DNS_NOERROR
								: DNS_REFUSED;
	}
	*ret = query;
	return (int)code;
}

static unsigned char *put16(unsigned char *p, unsigned n)
{
	p[0] = (unsigned char)(n >> 8);
	p[1] = (unsigned char)n;
	return p + 2;
}

static unsigned char *put_bytes(unsigned char *p, const void *bytes, size_t len)
{
	memcpy(p, bytes, len);
	return p + len;
}

/* A record for the name of the question, up to its data of @len bytes. */
static unsigned char *put_record(unsigned char *p, unsigned type, uint32_t ttl,
				 size_t len)
{
	p = put16(p, 0xc000 | HEADER_LEN);
	p = put16(p, type);
	p = put16(p, CLASS_IN);
	p = put16(p, ttl >> 16);
	p = put16(p, ttl & 0xffff);
	return put16(p, (unsigned)len);
}

static unsigned char *put_addr(unsigned char *p, const struct net_addr *addr,
			       uint32_t ttl)
{
	size_t len = addr->family == AF_INET ? 4 : 16;

	p = put_record(p, len == 4 ? RECORD_A : RECORD_AAAA, ttl, len);
	return put_bytes(p, addr->bytes, len);
}

/* @ptr as of hostname_parse(): on the wire each label has its length in front, and the
 * end a zero. */
static unsigned char *put_ptr(unsigned char *p, const char *ptr, uint32_t ttl)
{
	p = put_record(p, RECORD_PTR, ttl, strlen(ptr) + 2);
	for (size_t len; *ptr; ptr += len + (ptr[len] == '.')) {
		len = strcspn(ptr, ".");
		*p++ = (unsigned char)len;
		p = put_bytes(p, ptr, len);
	}
	*p++ = 0;
	return p;
}

size_t dns_write(const struct dns_query *query, enum dns_code code,
		 const struct dns_record *record, unsigned char out[DNS_ANSWER_MAX])
{
	const unsigned kept =
		query->flags & (OPCODE_BITS | FLAG_RECURSION_WANTED | FLAG_UNCHECKED);
	const bool question = query->question_len > 0;
	unsigned char *p = out;

	if (!question || code != DNS_NOERROR)
		record = NULL;
	p = put16(p, query->id);
	p = put16(p, FLAG_ANSWER | FLAG_RECURSION | kept | (unsigned)code);
	p = put16(p, question);
	p = put16(p, record != NULL);
	p = put16(p, 0);
	p = put16(p, 0);
	if (question)
		p = put_bytes(p, query->question, query->question_len);
	if (record)
		p = record->addr ? put_addr(p, record->addr, record->ttl)
				 : put_ptr(p, record->ptr, record->ttl);
	return (size_t)(p - out);
}
