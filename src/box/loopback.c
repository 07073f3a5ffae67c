/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* loopback.c - bring up the loopback device; see loopback.h */
#include "config.h"

#include <net/if.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>

#include "box/loopback.h"

/* In a new network namespace the loopback device is always the first. */
#define LOOPBACK_INDEX 1

static int change_flags(struct nl_sock *sock, struct error *err)
{
	struct rtnl_link *link = rtnl_link_alloc(), *change = rtnl_link_alloc();
	int ret = -NLE_NOMEM;

	if (link && change) {
		rtnl_link_set_ifindex(link, LOOPBACK_INDEX);
		rtnl_link_set_flags(change, IFF_UP);
		ret = rtnl_link_change(sock, link, change, 0);
	}
	rtnl_link_put(link);
	rtnl_link_put(change);
	return ret < 0 ? error_set(err, "cannot bring the loopback device up: %s",
				   nl_geterror(ret))
		       : 0;
}

int loopback_up(struct error *err)
{
	struct nl_sock *sock = nl_socket_alloc();
	int ret;

	if (!sock)
		return error_set(err, "cannot bring the loopback device up: no memory");
	ret = nl_connect(sock, NETLINK_ROUTE);
	ret = ret < 0 ? error_set(err, "cannot open a netlink socket: %s",
				  nl_geterror(ret))
		      : change_flags(sock, err);
	nl_socket_free(sock);
	return ret;
}
