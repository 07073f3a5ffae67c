/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * egress.h - what sbox and sbox-egress tell each other
 *
 * sbox-egress, the companion of net.mode = "filtered" (src/egress), is another program of
 * the same build. It gets a struct egress_config by a memory file, and writes a struct
 * egress_tally into another one. Both begin with EGRESS_MAGIC and their size, so that a
 * program of another build says so and does not misread them.
 */
#ifndef SBOX_EGRESS_H
#define SBOX_EGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/hostname.h"
#include "policy/net.h"

#define EGRESS_PROGRAM "sbox-egress"
#define EGRESS_MAGIC 0x73454731U

/* Beside the descriptors that every companion has (box/companion/companion.h). */
#define EGRESS_FD_SOCKETS 5 /* messages with sockets of the sandbox, then its end */
#define EGRESS_FD_CONFIG 6
#define EGRESS_FD_TALLY 7

#define EGRESS_NAMES_MAX 1000 /* rules by name */
#define EGRESS_RULES_MAX 1000 /* rules by address */
#define EGRESS_PORTS_MAX 240  /* of a protocol, that are listened at inside */
#define EGRESS_PROXY_PORT 3128
#define EGRESS_DNS_PORT 53

/* A rule by name. All that match count, and one that rejects wins. */
struct egress_name {
	char name[HOSTNAME_MAX + 1]; /* as of hostname_parse() */
	bool below;                  /* the names below it, and not itself: "*.NAME" */
	bool accept;
	int protocol;         /* IPPROTO_TCP, IPPROTO_UDP, 0: both */
	uint16_t first, last; /* 0, 0: any port */
};

/*
 * A rule by address, as struct net_rule; the first that matches decides. Those that
 * accept and are @listed open their addresses, also to names that lead there; what is
 * behind them says which addresses no name may lead to.
 */
struct egress_rule {
	struct net_addr addr; /* AF_UNSPEC: all */
	unsigned prefix;
	bool accept, listed;
	int protocol;
	uint16_t first, last;
};

struct egress_head {
	uint32_t magic, size; /* of struct egress_config */
	bool ipv6;            /* inside */
	bool tls_any;
	bool proxy; /* EGRESS_PROXY_PORT is listened at */
	/* through which all connections to names go; "": directly */
	char upstream[HOSTNAME_MAX + 1];
	uint16_t upstream_port;
	char upstream_auth[512]; /* "user:password", "": none */
	uint32_t names_len, rules_len;
};

struct egress_config {
	struct egress_head head;
	struct egress_name names[EGRESS_NAMES_MAX];
	struct egress_rule rules[EGRESS_RULES_MAX];
};

/* Which socket a message of EGRESS_FD_SOCKETS brings. */
enum egress_socket {
	EGRESS_SOCKET_TCP,     /* listens at a port that rules name */
	EGRESS_SOCKET_UDP,     /* the same of UDP */
	EGRESS_SOCKET_DNS,     /* UDP */
	EGRESS_SOCKET_DNS_TCP, /* listens */
	EGRESS_SOCKET_PROXY,   /* listens */
};

/* Why something was refused. The words are egress_why()'s. */
enum egress_why {
	EGRESS_LET_THROUGH,
	EGRESS_NOT_LISTED, /* no rule accepts it */
	EGRESS_DENIED,     /* a rule rejects it */
	EGRESS_BAD_NAME,   /* no name that rules could speak of */
	EGRESS_OTHER_NAME, /* TLS or HTTP speaks of another name */
	EGRESS_UNREADABLE, /* what came first is neither TLS nor HTTP as the port has it
			    */
	EGRESS_INNER_ADDRESS, /* the name leads to an address that no rule opens */
	EGRESS_NO_HOST,       /* the host's resolver does not know the name */
	EGRESS_NO_ANSWER,     /* no connection could be made */
	EGRESS_CROWDED,       /* too much at once */
	EGRESS_WHYS
};

/* Copies @from, which is as of hostname_parse() or an address, and is cut if it is
 * longer. */
void egress_copy_host(char to[HOSTNAME_MAX + 1], const char *from);

/* In words, behind "refused: "; unknown values are "?". */
const char *egress_why(unsigned why);

#define EGRESS_ROWS_MAX 512

/* What became of one host, port and protocol. All of it was chosen by the command. */
struct egress_row {
	char host[HOSTNAME_MAX + 1];  /* a name, or an address */
	char other[HOSTNAME_MAX + 1]; /* EGRESS_OTHER_NAME: what was said instead */
	uint16_t port;                /* 0: only the name was asked for */
	uint8_t protocol;             /* IPPROTO_TCP, IPPROTO_UDP */
	uint8_t why;
	uint32_t times; /* connections, queries; 0: only those that come beside others */
	uint64_t out, in; /* bytes, as the command sees it */
};

struct egress_tally {
	uint32_t magic, size;
	uint32_t len;
	uint32_t left_out; /* what had no row any more, in times */
	struct egress_row rows[EGRESS_ROWS_MAX];
};

#endif
