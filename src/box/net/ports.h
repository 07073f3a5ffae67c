/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ports.h - single TCP ports of the two loopbacks, led from one to the other
 *
 * Theory of operation
 *
 * No helper and no device has a part in this. A socket stays in the network namespace
 * that it was made in, whoever holds it: so of a port that leads outside (net.reach) init
 * makes the listening socket, before the command runs, and hands it to the supervisor;
 * and for each connection to a port that leads inside (net.publish on the host's
 * loopback) the supervisor asks init for a socket, and connects it itself. The bytes are
 * copied and not looked at.
 *
 * Inside, the sandbox's own address is tried first, then 127.0.0.1 and ::1, so that a
 * server that trusts its loopback sees the host only if it listens nowhere else. Ports of
 * other addresses of the host are published by the helper, which leads who is far to no
 * loopback.
 *
 * A connection that is reset on one side is reset on the other, or half a file would look
 * like a whole one. A socket that the kernel has connected to itself, for it chose the
 * very port to come from, is taken for a port at which nobody listens: it would keep the
 * real server from starting.
 *
 * Process: the supervisor, but for ports_listen_inside() and ports_socket()
 */
#ifndef SBOX_PORTS_H
#define SBOX_PORTS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/flow.h"
#include "base/loop.h"
#include "plan/net.h"

/* More connections at once wait until one of these has ended. */
#define PORTS_CONNECTIONS_MAX 512
/*
 * So many that lead inside are on their way at most: each asks init for a socket, and
 * both ends of that channel wait to send.
 */
#define PORTS_PENDING_MAX 32
#define PORTS_BUFFER ((size_t)16 * 1024)

struct ports_listener {
	const struct net_publish *port;
	int fd;      /* -1: not yet there, or given up */
	bool inward; /* of the host, and leads inside */
	bool waits;  /* is in the epoll set */
};

enum ports_state {
	PORTS_FREE,
	PORTS_ASKS,     /* for a socket inside */
	PORTS_CONNECTS, /* @far is on its way */
	PORTS_OPEN,
};

struct ports_connection {
	enum ports_state state;
	const struct ports_listener *listener;
	int near, far;  /* who has connected, and where that leads */
	unsigned tried; /* of the addresses inside */
	struct flow there, back;
};

struct ports {
	const struct net_plan *net;
	struct arena *arena;
	int ctl;   /* to init */
	int epoll; /* -1: there are no ports */
	struct ports_listener *listeners;
	size_t listeners_len;
	struct ports_connection *connections; /* PORTS_CONNECTIONS_MAX */
	size_t max, open;                     /* of those; that are not free */
	size_t pending;                       /* that lead inside and do not yet copy */
	bool starved;                         /* no descriptor was left for one more */
	struct loop_fd ready;
	struct loop_hook hook;
};

/*
 * Listens on the host's side of the ports of @net that lead inside. *ret can always be
 * given to ports_done(). An error says which port, and why.
 */
_must_check_ int ports_open(const struct net_plan *net, struct arena *arena, int ctl,
			    struct ports *ret, struct error *err);

/*
 * In init, in the sandbox's network namespace, with its capabilities: listens at the
 * ports of @net that lead outside, and sends each to the supervisor as MSG_PORT.
 */
_must_check_ int ports_listen_inside(const struct net_plan *net, int ctl,
				     struct error *err);

/* In init: answers MSG_SOCKET with a socket of @family, or with none. */
void ports_socket(int ctl, int family);

/*
 * What came with MSG_PORT of place @index of net.reach, and with MSG_SOCKET of @family
 * (-1: whichever), which tells whether one was asked for. @fd is taken over; -1: there is
 * no socket.
 */
void ports_take_listener(struct ports *ports, int index, int fd);
bool ports_take_socket(struct ports *ports, int family, int fd);

/* Copies whenever @loop runs, until all inside have ended and what they wrote is through.
 */
void ports_join(struct ports *ports, struct loop *loop);

/* Closes all. */
void ports_done(struct ports *ports);

#endif
