/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* egress.c - what all parts of sbox-egress need; see egress.h */
#include "config.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "egress/egress.h"

bool egress_destination(int fd, struct net_addr *ret_addr, uint16_t *ret_port)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} at = { .any.sa_family = AF_UNSPEC };
	socklen_t len = sizeof at;

	if (getsockname(fd, &at.any, &len) < 0)
		return false;
	*ret_addr = (struct net_addr){ .family = at.any.sa_family };
	if (at.any.sa_family == AF_INET) {
		memcpy(ret_addr->bytes, &at.v4.sin_addr, 4);
		*ret_port = ntohs(at.v4.sin_port);
		return true;
	}
	if (at.any.sa_family == AF_INET6) {
		memcpy(ret_addr->bytes, &at.v6.sin6_addr, 16);
		*ret_port = ntohs(at.v6.sin6_port);
		return true;
	}
	return false;
}

int egress_accept(struct egress_listener *listener)
{
	struct egress *egress = listener->egress;
	int fd = accept4(listener->watch.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0 &&
	    (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS))
		egress->rests = watch_set(egress->epoll, &listener->watch, 0);
	return fd;
}

void egress_tick(struct egress *egress)
{
	if (!egress->rests)
		return;
	egress->rests = false;
	for (size_t i = 0; i < egress->listeners_len; i++)
		if (!watch_set(egress->epoll, &egress->listeners[i].watch, EPOLLIN))
			egress->rests = true;
}

void egress_refused(struct egress *egress, const struct tally_key *key)
{
	(void)tally_count(egress->tally, key);
}
