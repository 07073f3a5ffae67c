/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * conn.h - a connection of the command, from its first byte to its last
 *
 * Theory of operation
 *
 *	CONN_ASKED    a client of net.proxy says where it wants to (conn-proxy.c)
 *	CONN_HELD     what has to name its host has not done so yet (conn-judge.c)
 *	CONN_LOOKUP   the name is looked up
 *	CONN_DIALS    one of its addresses is to answer
 *	CONN_UPSTREAM the site's proxy is asked to connect (conn-upstream.c)
 *	CONN_OPEN     bytes are copied
 *
 * What the client sends is looked at as long as it can say a name: TLS until its
 *ClientHello is whole, HTTP all the time. Bytes that were not judged are never passed on.
 */
#ifndef SBOX_EGRESS_CONN_H
#define SBOX_EGRESS_CONN_H

#include "egress/egress.h"

#define CONNS_MAX 1024
#define CONN_FDS 6 /* two sockets, and a pipe each way while somebody is slow */

/* Takes connections at a socket of EGRESS_SOCKET_TCP or EGRESS_SOCKET_PROXY. */
void conn_accept(struct egress_listener *listener);

/* Whatever is due. */
void conn_tick(struct egress *egress);

/* Counts what all of them have carried so far. */
void conn_count(struct egress *egress);

/* Frees what has ended in this round. */
void conn_bury(struct egress *egress);

#endif
