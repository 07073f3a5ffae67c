/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * datagrams.h - UDP of the command, to the ports that the rules list
 *
 * A flow is what goes between one socket inside and one destination. It has a connected
 * socket outside, so that answers come from there and from nowhere else, and ends when it
 * has been quiet for a while, or there are too many and it is the quietest. What is not
 * let through, or comes while the name is being looked up behind the first few, is
 * dropped, as a network may.
 */
#ifndef SBOX_EGRESS_DATAGRAMS_H
#define SBOX_EGRESS_DATAGRAMS_H

#include <netinet/in.h>
#include <sys/types.h>

#include "egress/egress.h"

#define FLOWS_MAX 256
#define FLOW_QUIET_MS 60000
#define DATAGRAM_MAX 65536

/* Who has sent a datagram inside, and where to. */
struct datagram_peer {
	struct sockaddr_storage from;
	socklen_t from_len;
	struct net_addr to;
};

/* The length, or -1: there is none, or it does not tell where it went. Does not wait. */
ssize_t datagram_receive(int fd, void *buf, size_t size, struct datagram_peer *ret);
/* The other way round: it comes from where the other one went. */
void datagram_send(int fd, const void *data, size_t len,
		   const struct datagram_peer *peer);

/* Datagrams at a socket of EGRESS_SOCKET_UDP. */
void datagrams_take(struct egress *egress, int fd);

/* Ends flows that are quiet, and frees what has ended. */
void datagrams_tick(struct egress *egress);

#endif
