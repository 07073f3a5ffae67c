/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * net.h - addresses, rules and published ports as profiles write them
 *
 * Pure text handling. The planner (plan/net.c) makes the list of rules that the
 * command's network obeys; box/net/nft.c brings it into the kernel as it stands.
 */
#ifndef SBOX_NET_H
#define SBOX_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/strbuf.h"
#include "policy/hostname.h"

struct net_addr {
	int family; /* AF_INET, AF_INET6; AF_UNSPEC: none */
	unsigned char bytes[16];
};

enum net_match {
	NET_MATCH_ADDRESS,     /* destination, protocol and port, as far as given */
	NET_MATCH_LOOPBACK,    /* leaves by the sandbox's own loopback device */
	NET_MATCH_ESTABLISHED, /* belongs to a connection that was let through */
	NET_MATCH_NEIGHBOURS,  /* ICMPv6 neighbour and router discovery */
};

/* One rule; the first that matches decides. */
struct net_rule {
	bool accept;
	enum net_match match;
	struct net_addr addr; /* AF_UNSPEC: every packet */
	unsigned prefix;      /* bits of @addr that count */
	int protocol;         /* IPPROTO_TCP, IPPROTO_UDP, 0: any */
	uint16_t first, last; /* destination ports; 0, 0: any */
	const char *why;
	struct srcpos pos; /* file NULL: sbox itself */
};

struct net_publish {
	struct net_addr addr; /* of the host, to listen on */
	uint16_t host_port;   /* 0: a free one is looked for at the start */
	uint16_t port;        /* inside */
	uint16_t more;        /* that many ports behind both as well; in a plan 0 */
	int protocol;         /* IPPROTO_TCP or IPPROTO_UDP */
	bool relay;           /* sbox itself copies the bytes: see box/net/ports.h */
	struct srcpos pos;
};

/* A plain IPv4 or IPv6 address. 0 or -1. */
int net_addr_parse(const char *s, struct net_addr *ret);
/* The same of the @len bytes at @s, among which a NUL is none of an address. */
int net_addr_parse_bytes(const char *s, size_t len, struct net_addr *ret);
/* Into @buf of at least NET_ADDR_TEXT bytes; IPv6 in brackets if @brackets. */
#define NET_ADDR_TEXT 64
const char *net_addr_text(const struct net_addr *addr, bool brackets, char *buf);

/*
 * "ADDRESS[/PREFIX][:PORT[-PORT]][/tcp|/udp]", IPv6 addresses in brackets. Fills what
 * the text says of *ret, nothing else. NULL, or what is wrong, in words for "X": ...
 */
const char *net_rule_parse(const char *s, struct net_rule *ret);

/* An entry of net.allow or net.deny. */
#define NET_SPANS_MAX 32
struct net_span {
	uint16_t first, last;
};
struct net_target {
	char name[HOSTNAME_MAX + 1]; /* as of hostname_parse(); "": it is by address */
	bool below;                  /* "*.NAME": the names below it, and not itself */
	struct net_addr addr;
	unsigned prefix;
	int protocol;                         /* 0: none is said */
	struct net_span spans[NET_SPANS_MAX]; /* of ports */
	size_t spans_len;                     /* 0: none is said */
};

/*
 * "[tcp:|udp:]HOST[:PORTS][/tcp|/udp]": HOST is NAME, "*.NAME" or ADDRESS[/PREFIX], IPv6
 * in brackets; PORTS is a list "22,443,8000-8010". NULL, or what is wrong, in words for
 * "X": ...
 */
const char *net_target_parse(const char *s, struct net_target *ret);

/*
 * "[ADDRESS:]HOST_PORT[:PORT][/tcp|/udp]"; without an address 127.0.0.1. A port can be a
 * range, "8000-8010", of at most PUBLISH_RANGE_MAX; then both are of the same length. As
 * above.
 */
#define PUBLISH_RANGE_MAX 256
const char *net_publish_parse(const char *s, struct net_publish *ret);

/* "accept 10.0.2.3 port 53 udp": the rule without its place. */
void net_rule_text(const struct net_rule *rule, struct strbuf *out);
/* "127.0.0.1:8080 -> 80/tcp" */
void net_publish_text(const struct net_publish *publish, struct strbuf *out);
/* The same of a port inside that leads outside: "5432/tcp -> 127.0.0.1:5432" */
void net_reach_text(const struct net_publish *reach, struct strbuf *out);

/*
 * The addresses of "nameserver" lines of a resolv.conf(5) that can be reached from
 * elsewhere: none of loopback, none with a zone. They are appended to *list.
 */
void net_resolv_servers(struct arena *arena, const char *text, struct net_addr **list,
			size_t *len);

/* Whether @text, a resolv.conf(5), has name servers, all with IPv6 addresses. */
bool net_resolv_only_ipv6(const char *text);

/*
 * The words of the last line @keyword ("search", "options") of @text, a blank before
 * each, in @arena; NULL: there are none. Words that could end a line are left out.
 */
const char *net_resolv_words(struct arena *arena, const char *text, const char *keyword);

/* 127.0.0.0/8, or ::1. */
bool net_addr_is_loopback(const struct net_addr *addr);

#endif
