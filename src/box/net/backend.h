/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * backend.h - the programs outside that can carry a sandbox's packets
 *
 * A row for each; whoever starts one (start/network.c) asks the row, and not which it is.
 * Its descriptors are those of companion.h: the network namespace is NET_FD_NETNS, the
 * user namespace that owns it NET_FD_USERNS, and NET_FD_DIR, if it takes orders, a
 * directory in which it makes its socket.
 */
#ifndef SBOX_NET_BACKEND_H
#define SBOX_NET_BACKEND_H

#include "base/arena.h"
#include "base/error.h"
#include "plan/net.h"

/* Beside those that every companion has. */
#define NET_FD_NETNS 5
#define NET_FD_USERNS 6
#define NET_FD_DIR 7

struct net_backend {
	const char *name; /* of the program, for people */
	char ready;       /* the first byte that it writes once it is ready; NUL: any */
	/* The arguments, NULL-terminated, in @arena. @socket: where it listens, or NULL.
	 */
	const char *const *(*argv)(struct arena *arena, const struct net_plan *net,
				   const char *socket);
	/* Tells it to publish a port, at its socket; NULL: the arguments say it. */
	int (*publish)(const char *socket, const struct net_publish *publish,
		       struct error *err);
	bool closes; /* the descriptors that it inherits, before it reads its arguments */
	/*
	 * The host's files that the program needs beside itself, NULL-terminated; NULL:
	 * it confines itself, which Landlock would forbid it.
	 */
	const char *const *reads, *const *writes;
};

/* NULL: no program carries the packets of @mode. */
const struct net_backend *net_backend(enum net_mode mode);

/* Whether it is told of @net's ports at a socket, and so needs a directory for that. */
bool net_backend_takes_orders(const struct net_plan *net);

#endif
