/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * relay.h - sockets of the host's network among what the command gets open
 *
 * Theory of operation
 *
 * A socket stays in the network namespace that it was made in. Whoever holds one of the
 * host's is on the host's network by it: connect(2) with AF_UNSPEC makes any stream or
 * datagram socket, a listener too, one that can be connected anew. So with a network of
 * its own the command gets none (net.inherited = "refuse"), or, for connected streams,
 * one end of a pair of Unix sockets in its place ("relay"): the supervisor, who has the
 * other, copies the bytes. That is all that is relayed; addresses and options are not.
 *
 * The end of one direction is passed on as such. If the command closes its end, the
 * host's socket is closed here without a word, as it would have been there: whoever else
 * has it can go on.
 */
#ifndef SBOX_RELAY_H
#define SBOX_RELAY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/flow.h"
#include "base/loop.h"
#include "plan/plan.h"

#define RELAYS_MAX 8
#define RELAY_BUFFER ((size_t)64 * 1024)

struct relay {
	int host;            /* a copy of the host's socket */
	int ours, theirs;    /* the pair; @theirs until the command's process is made */
	bool left;           /* the command has closed its end */
	struct flow out, in; /* towards the host, towards the command */
	struct loop_fd from_ours, from_host;
};

struct relays {
	struct relay list[RELAYS_MAX];
	size_t len;
	struct loop_hook hook;
};

/*
 * Looks at the descriptors that the command gets. Sockets of the host's network are
 * refused or made ready to be relayed, as the plan says. *ret takes nothing over and can
 * always be given to relays_done(). Call it while nothing else is open.
 */
_must_check_ int relays_open(const struct plan *plan, struct arena *arena,
			     struct relays *ret, struct error *err);

/* In the command's process: the pair's ends in the places of the host's sockets. */
_must_check_ int relays_give(const struct relays *relays, const struct plan *plan,
			     struct error *err);

/* In the supervisor, when init has been made: what is now the command's is closed. */
void relays_begin(struct relays *relays, const struct plan *plan);

/* Copies whenever @loop runs; nobody inside reads any more once it finishes. */
void relays_join(struct relays *relays, struct loop *loop);

/* Closes all. */
void relays_done(struct relays *relays);

#endif
