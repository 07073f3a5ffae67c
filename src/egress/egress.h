/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * egress.h - sbox-egress as a whole
 *
 * Theory of operation
 *
 * A companion (box/companion) of one sandbox with net.mode = "filtered". It has the
 *sockets that listen in the sandbox's network namespace (box/net/egress.h), and is itself
 *in the host's. Each byte that it reads from inside is hostile. So it has no capability,
 *opens no file, and its system calls are a short list (fence.h). Two processes:
 *
 *	sbox-egress     reads what comes from inside, decides, connects, copies
 *	resolver        looks names up, which takes files, modules and time; it gets names
 *	                that were judged, and gives addresses that will be
 *
 * Names. Every query for an address, of whatever server, is answered here (questions.h):
 *with an address of its own for a name that a rule lists (names.h), else with NXDOMAIN.
 *Nothing is asked of anybody for that. A connection to such an address is one to its name
 *(conn.h): it is judged once more, with its port; where the protocol says a name, that
 *has to be the same; then the name is looked up, what is found is judged, and connected
 *to just that.
 *
 * What is refused is reset at once and counted (tally.h).
 */
#ifndef SBOX_EGRESS_MAIN_H
#define SBOX_EGRESS_MAIN_H

#include "egress/names.h"
#include "egress/pump.h"
#include "egress/resolve.h"
#include "egress/tally.h"
#include "egress/watch.h"

/* How many sockets of the sandbox there are at most: two families, and a few more. */
#define EGRESS_SOCKETS_MAX (4 * EGRESS_PORTS_MAX + 8)

struct egress;

struct egress_listener {
	struct watch watch;
	enum egress_socket kind;
	struct egress *egress;
};

struct egress {
	const struct egress_config *config;
	struct egress_tally *tally;
	int epoll;
	struct watch over; /* the other end closes when the sandbox is over */
	int64_t now;       /* of this round, as of clock_ms() */
	struct names names;
	struct resolver resolver;
	struct pipes pipes;
	struct conn *conns; /* all, the youngest first */
	size_t conns_len, conns_max;
	struct conn *dead; /* to be freed behind the round */
	struct questioner *questioners;
	size_t questioners_len, questioners_max;
	struct datagram_flow *flows;
	size_t flows_len, flows_max;
	struct egress_listener listeners[EGRESS_SOCKETS_MAX];
	size_t listeners_len;
	bool rests; /* a listener does, see egress_accept() */
};

/* Where a socket of the sandbox was addressed to, by getsockname(2). false: unknown. */
bool egress_destination(int fd, struct net_addr *ret_addr, uint16_t *ret_port);

/*
 * Takes the next connection of @listener; -1: there is none. When it is descriptors or
 * memory that there are none of, the listener rests until egress_tick(): the connection
 * that cannot be taken would be told again and again.
 */
int egress_accept(struct egress_listener *listener);
void egress_tick(struct egress *egress);

/* Counts what was refused. @other: what was said instead of @host, or NULL. */
void egress_refused(struct egress *egress, const struct tally_key *key);

#endif
