/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * egress.h - what sbox-egress gets for net.mode = "filtered"
 *
 * Theory of operation
 *
 * The network namespace has a loopback device and no other, so nothing leaves it,
 * whatever the command does and whatever becomes of the companion. Local routes for all
 * addresses (ip-route(8), type local) make each of them the sandbox's own: a connection
 * to any of them reaches whoever listens inside. Init listens, before the command exists,
 * at the ports of the plan and at port 53, and hands these sockets out, through the
 * supervisor, to sbox-egress. It keeps none, and the command gets none: a socket stays in
 * its network namespace, but what is connected to it comes from whoever holds it.
 *
 * A port at which nobody listens refuses at once, as a closed port does, and so do all
 * when sbox-egress is gone.
 */
#ifndef SBOX_BOX_EGRESS_H
#define SBOX_BOX_EGRESS_H

#include "base/error.h"
#include "plan/net.h"
#include "policy/egress.h"

/*
 * In init, in the sandbox's network namespace, with its capabilities: brings the loopback
 * device up, sets the routes and listens. *ret_fd: the messages for EGRESS_FD_SOCKETS.
 */
_must_check_ int egress_listen(const struct net_plan *net, int *ret_fd,
			       struct error *err);

/* In the supervisor: the memory file for EGRESS_FD_CONFIG, which nobody can change. */
_must_check_ int egress_config(const struct net_plan *net, struct error *err);

/* The same for EGRESS_FD_TALLY: empty, and of one size for good. */
_must_check_ int egress_tally(struct error *err);

/*
 * Reads @fd, what sbox-egress has written there, which is not trusted: names that
 * hostname_parse() does not know are left out, with all that is beyond its bounds. -1:
 * nothing can be read.
 */
int egress_read_tally(int fd, struct egress_tally *ret);

#endif
