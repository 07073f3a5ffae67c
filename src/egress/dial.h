/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dial.h - a connection to one of several addresses
 *
 * In the order in which the host's resolver has put them (RFC 6724), the next one some
 * time after the one before, the first that answers wins (RFC 8305).
 */
#ifndef SBOX_EGRESS_DIAL_H
#define SBOX_EGRESS_DIAL_H

#include "egress/resolve.h"

#define DIAL_AT_ONCE 3
#define DIAL_NEXT_MS 250
#define DIAL_MS 30000

struct dial;

struct dial_try {
	struct watch watch;
	struct dial *dial;
};

struct dial {
	int epoll;
	struct net_addr addrs[RESOLVE_ADDRESSES];
	size_t len, next;
	uint16_t port;
	struct dial_try tries[DIAL_AT_ONCE];
	int64_t next_at, until; /* as of clock_ms(); -1: it does not dial */
	/* @fd: connected, the callee's; -1: nobody answers */
	void (*done)(struct dial *dial, int fd);
};

/* dial->addrs, len, port, epoll and done are filled. Calls done(), at once or later. */
void dial_begin(struct dial *dial, int64_t now);
/* Looks whether the next address is due. */
void dial_tick(struct dial *dial, int64_t now);
void dial_cancel(struct dial *dial);

/* Whether @addr is one of this machine's own, whatever the rules know of them. */
bool dial_is_own(const struct net_addr *addr);

/* A socket of UDP that is connected to @addr and does not wait, or -1. */
int dial_datagrams(const struct net_addr *addr, uint16_t port);

#endif
