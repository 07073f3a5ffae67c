/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * resolve.h - addresses of names, as the host knows them at that moment
 *
 * The host's own way is the only one that finds all that the host finds
 * (nsswitch.conf(5), split DNS of a VPN, search domains), and getaddrinfo(3) blocks. So
 * processes of its own wait at the other end of a socket, each for one question at a time
 * (resolver.c). What was found is kept for some seconds; getaddrinfo(3) does not tell how
 * long it might be kept.
 */
#ifndef SBOX_EGRESS_RESOLVE_H
#define SBOX_EGRESS_RESOLVE_H

#include <sys/types.h>

#include "egress/watch.h"
#include "policy/egress.h"

#define RESOLVE_ADDRESSES 16 /* of a name; more are left out */
#define RESOLVE_KEPT 64      /* names */
#define RESOLVE_KEPT_MS 5000
#define RESOLVERS 4 /* processes, once there is a question */

struct resolve_question {
	uint32_t id;
	char name[HOSTNAME_MAX + 1];
};

struct resolve_answer {
	uint32_t id;
	uint32_t len; /* 0: the host does not know it */
	struct net_addr addrs[RESOLVE_ADDRESSES];
};

/* Somebody who waits for an answer. */
struct resolve_wait {
	char name[HOSTNAME_MAX + 1];
	uint32_t id; /* 0: does not wait */
	void (*done)(struct resolve_wait *wait, const struct net_addr *addrs, size_t len);
	struct resolve_wait *next;
};

struct resolve_known {
	char name[HOSTNAME_MAX + 1];
	int64_t until; /* 0: nothing is here */
	struct net_addr addrs[RESOLVE_ADDRESSES];
	size_t len;
};

struct resolver {
	struct watch watch;
	uint32_t last_id;
	struct resolve_wait *waiting;
	struct resolve_known known[RESOLVE_KEPT]; /* no page before the first name */
	size_t oldest;
	const int64_t *now; /* as of clock_ms() */
};

/* @fd is taken over: the end of the socket of resolver_main(). */
_must_check_ int resolve_begin(struct resolver *resolver, int epoll, int fd,
			       const int64_t *now, struct error *err);

/* wait->name is looked up; wait->done is called, at once or later. */
void resolve_ask(struct resolver *resolver, struct resolve_wait *wait);
/* It does not wait any more, if it did. */
void resolve_cancel(struct resolver *resolver, struct resolve_wait *wait);

/* The processes that look names up, from a fork on: answers at @fd until it closes. */
_Noreturn void resolver_main(int fd, pid_t parent);

#endif
