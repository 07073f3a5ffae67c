/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * network.h - the steps of launch.c that concern the network
 *
 * Theory of operation
 *
 *	supervisor                        init                        helper
 *	clones init ------------------->  rules loaded
 *	opens its namespaces
 *	forks the helper ----------------------------------------->  fenced in, waits
 *	   <--- MSG_NET_FD, MSG_FENCED ---
 *	lets the helper start ------------------------------------>  joins them
 *	writes the id maps
 *	MSG_GO ------------------------>  builds the root             makes tap0
 *	                                  forks the command
 *	                                  loopback up, waits
 *	                                  tap0: up, address, route
 *	   <--------------------------------------------- ready byte
 *	publishes ports
 *	MSG_NETWORK ------------------->  lets the command start
 *
 * So tap0 is never there without the rules, and no command before its helper works.
 *
 * With net.mode = "filtered" there is no device and sbox-egress joins nothing: init hands
 *its sockets out (NET_FD_EGRESS) before MSG_FENCED, and the rest is the same.
 */
#ifndef SBOX_START_NETWORK_H
#define SBOX_START_NETWORK_H

#include "box/companion/companion.h"
#include "box/start/launch.h"

/* The descriptors that init hands to the supervisor for the network. */
enum net_fd {
	NET_FD_LINK,   /* see netcount_socket() */
	NET_FD_RULES,  /* see nft_load() */
	NET_FD_HOME,   /* a directory for the helper's socket */
	NET_FD_EGRESS, /* see egress_listen() */
	NET_FDS
};

struct network {
	const struct launch *launch;
	struct companion helper;
	int fds[NET_FDS]; /* from init; -1: not there */
	int netns;        /* for whoever joins, see join.h; -1: for nobody */
	int tally;        /* see egress_tally(); -1: there is none */
};

#define NETWORK_INIT(l)                                                                  \
	{                                                                                \
		.launch = (l), .helper = COMPANION_INIT, .fds = { -1, -1, -1, -1 },      \
		.netns = -1, .tally = -1                                                 \
	}

/* In init (inside-network.c). Both do nothing in a network without a helper of its own.
 */
_must_check_ int network_fence(const struct net_plan *net, int ctl, struct error *err);
/*
 * In a network namespace of the sandbox's own: the command may open ICMP echo sockets
 * (icmp(7)). @sys: /proc/sys there, -1: none. Without it only ping(8) fails.
 */
void network_allow_ping(int sys);

/* @sys: the sys directory of a procfs, -1: there is none. */
_must_check_ int network_wait(const struct net_plan *net, int ctl, int sys,
			      struct error *err);

/* In the supervisor, in this order; 0 also if init is gone. */
_must_check_ int network_begin(struct network *net, pid_t init, int ctl,
			       struct error *err);
_must_check_ int network_ready(struct network *net, int init_pidfd, int ctl,
			       struct error *err);
/*
 * When all is over inside: tells @outcome of a helper, or a joined sandbox, that ended
 * before the sandbox, and what went through the network.
 */
void network_tell(struct network *net, struct outcome *outcome);
void network_end(struct network *net);

#endif
