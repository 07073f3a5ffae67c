/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sockaddr.h - addresses and ports of the plan, as the socket calls take them */
#ifndef SBOX_SOCKADDR_H
#define SBOX_SOCKADDR_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/error.h"
#include "policy/net.h"

union any_sockaddr {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* Returns the length. */
socklen_t sockaddr_of(const struct net_addr *addr, uint16_t port,
		      union any_sockaddr *ret);

/* The error that errno is about, as one of publishing @port. Returns -1. */
int sockaddr_no_port(const struct net_publish *port, struct error *err);

#endif
