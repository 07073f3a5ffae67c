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
 */
#ifndef SBOX_START_NETWORK_H
#define SBOX_START_NETWORK_H

#include "box/companion/helper.h"
#include "box/start/launch.h"

/* What init hands to the supervisor. */
enum net_fd {
	NET_FD_LINK,  /* see netcount_socket() */
	NET_FD_RULES, /* see nft_load() */
	NET_FD_DIR,   /* a directory for the helper's socket */
	NET_FDS
};

struct network {
	const struct launch *launch;
	struct helper helper;
	int fds[NET_FDS]; /* from init; -1: not there */
	int netns;        /* for whoever joins, see join.h; -1: for nobody */
};

#define NETWORK_INIT(l)                                                                  \
	{                                                                                \
		.launch = (l), .helper = HELPER_INIT, .fds = { -1, -1, -1 }, .netns = -1 \
	}

/* In init. Both do nothing in a network without a helper of its own. */
int network_fence(const struct net_plan *net, int ctl, struct error *err);
/* @sys: the sys directory of a procfs, -1: there is none. */
int network_wait(const struct net_plan *net, int ctl, int sys, struct error *err);

/* In the supervisor, in this order; 0 also if init is gone. */
int network_begin(struct network *net, pid_t init, int ctl, struct error *err);
int network_ready(struct network *net, int init_pidfd, int ctl, struct error *err);
/* When all is over inside, and before network_tell(). */
void network_count(const struct network *net, struct net_usage *ret);
/* What there is to tell of a helper that ended before the sandbox. */
void network_tell(struct network *net, struct outcome *outcome);
void network_end(struct network *net);

#endif
