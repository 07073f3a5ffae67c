/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * net.h - the network of a sandbox: what it looks like, what its rules are, what it used
 *
 * The planner makes it of what profiles say (policy/net.h); box/net brings it about.
 */
#ifndef SBOX_PLAN_NET_H
#define SBOX_PLAN_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/egress.h"
#include "policy/net.h"
#include "policy/policy.h"

/* The network that a sandbox sees, whichever helper is behind it. */
#define NET_DEVICE "tap0"
#define NET_MTU 65520
#define NET_ADDRESS "10.0.2.100"
#define NET_PREFIX 24
#define NET_GATEWAY "10.0.2.2"
#define NET_FORWARDER "10.0.2.3" /* the helper's own name server */
#define NET_ADDRESS6 "fd00::100"
#define NET_PREFIX6 64
#define NET_GATEWAY6 "fd00::2"
#define NET_FORWARDER6 "fd00::3" /* where the host's own has IPv6 addresses only */

/* Where its rules are, in nf_tables. */
#define NET_TABLE "sbox"
#define NET_CHAIN "output" /* everything that leaves */

/* The packets that a rule of the network has matched. */
struct net_count {
	uint64_t packets, bytes;
};

/* The traffic of a network, as the kernel counted it until the end. */
struct net_usage {
	bool counted;     /* else the device was gone before it could be looked at */
	uint64_t in, out; /* bytes */
	struct net_count *rules; /* one for each rule of the plan; NULL: not counted */
	/* what was let through and refused by net.mode = "filtered"; NULL: not known */
	const struct egress_tally *tally;
};

/* A rule by name, for net.mode = "filtered". */
struct net_name {
	bool accept, below;   /* @below: the names below @name, and not itself */
	const char *name;     /* as of hostname_parse() */
	int protocol;         /* IPPROTO_TCP, IPPROTO_UDP, 0: both */
	uint16_t first, last; /* 0, 0: any port */
	struct srcpos pos;
};

/*
 * What net.mode = "filtered" has beside the rules of struct net_plan, which say here
 * where a name may lead, and which addresses can be reached as such (those with the place
 * of an entry of net.allow).
 */
struct net_filter {
	struct net_name *names;
	size_t names_len;
	uint16_t *tcp, *udp; /* ports that are listened at inside, in their order */
	size_t tcp_len, udp_len;
	bool tls_any, proxy;
	const char *upstream, *upstream_auth; /* a name or an address; NULL: none */
	uint16_t upstream_port;
};

struct net_plan {
	enum net_mode mode;
	struct srcpos pos; /* of net.mode */
	const char *join;  /* NET_JOIN: the sandbox whose network it is */
	bool helper;       /* a program outside carries the packets */
	bool filtered;     /* a program outside carries what single connections send */
	bool ipv6;
	bool forward;  /* the helper's own name server may be asked, ... */
	bool forward6; /* ... by its IPv6 address, since it asks by the same family */
	bool kill;     /* the sandbox ends when the helper does */
	struct net_rule *rules;
	size_t rules_len;
	bool rules_needed; /* without them nothing may be started */
	struct net_addr *dns;
	size_t dns_len;
	const char *resolv_conf; /* content; NULL: none is made */
	struct net_publish *publish;
	size_t publish_len;
	/* ports inside (on 127.0.0.1) that lead to ports of the host's loopback, by relay
	 */
	struct net_publish *reach;
	size_t reach_len;
	struct net_filter filter;
};

#endif
