/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* netconf.c - addresses and routes of the helper's device; see netconf.h */
#include "config.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/route.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/cleanup.h"
#include "box/net/netconf.h"

int netconf_add_address(struct nl_sock *sock, int index, const char *address, int prefix)
{
	struct rtnl_addr *addr = rtnl_addr_alloc();
	struct nl_addr *local = NULL;
	int status = nl_addr_parse(address, AF_UNSPEC, &local);

	if (status == 0 && addr) {
		nl_addr_set_prefixlen(local, prefix);
		rtnl_addr_set_ifindex(addr, index);
		status = rtnl_addr_set_local(addr, local);
		/* nobody else is there to have the same address: do not wait for it */
		if (nl_addr_get_family(local) == AF_INET6)
			rtnl_addr_set_flags(addr, IFA_F_NODAD);
	}
	if (status == 0)
		status = addr ? rtnl_addr_add(sock, addr, 0) : -NLE_NOMEM;
	rtnl_addr_put(addr);
	nl_addr_put(local);
	return status;
}

static int set_route(struct nl_sock *sock, int index, const char *gateway)
{
	struct rtnl_route *route = rtnl_route_alloc();
	struct rtnl_nexthop *hop = rtnl_route_nh_alloc();
	struct nl_addr *via = NULL, *all = NULL;
	int status = nl_addr_parse(gateway, AF_UNSPEC, &via);

	if (status == 0 && (!route || !hop))
		status = -NLE_NOMEM;
	if (status == 0)
		status = nl_addr_parse("default", nl_addr_get_family(via), &all);
	if (status == 0)
		status = rtnl_route_set_dst(route, all);
	if (status == 0) {
		rtnl_route_nh_set_ifindex(hop, index);
		rtnl_route_nh_set_gateway(hop, via);
		rtnl_route_add_nexthop(route, hop); /* which owns it now */
		hop = NULL;
		status = rtnl_route_add(sock, route, NLM_F_EXCL);
	}
	if (hop)
		rtnl_route_nh_free(hop);
	rtnl_route_put(route);
	nl_addr_put(via);
	nl_addr_put(all);
	return status;
}

static int set_up(struct nl_sock *sock, struct rtnl_link *link)
{
	struct rtnl_link *change = rtnl_link_alloc();
	int status = -NLE_NOMEM;

	if (change) {
		rtnl_link_set_flags(change, IFF_UP);
		rtnl_link_set_mtu(change, NET_MTU);
		status = rtnl_link_change(sock, link, change, 0);
	}
	rtnl_link_put(change);
	return status;
}

static int find_device(struct nl_sock *sock, struct rtnl_link **ret, struct error *err)
{
	int status = rtnl_link_get_kernel(sock, 0, NET_DEVICE, ret);

	return status < 0 ? error_set(err, "the helper has made no device %s: %s",
				      NET_DEVICE, nl_geterror(status))
			  : 0;
}

/* Checks the device by what the kernel says now, not by what it was told. */
static int read_back(struct nl_sock *sock, struct error *err)
{
	struct rtnl_link *link = NULL;
	bool good;

	if (find_device(sock, &link, err) < 0)
		return -1;
	good = (rtnl_link_get_flags(link) & IFF_UP) && rtnl_link_get_mtu(link) == NET_MTU;
	rtnl_link_put(link);
	return good ? 0
		    : error_set(err, "the device %s is not up with an MTU of %d",
				NET_DEVICE, NET_MTU);
}

static int configure(struct nl_sock *sock, const struct net_plan *net, struct error *err)
{
	struct rtnl_link *link = NULL;
	int index, status;

	if (find_device(sock, &link, err) < 0)
		return -1;
	index = rtnl_link_get_ifindex(link);
	status = set_up(sock, link);
	rtnl_link_put(link);
	if (status == 0)
		status = netconf_add_address(sock, index, NET_ADDRESS, NET_PREFIX);
	if (status == 0)
		status = set_route(sock, index, NET_GATEWAY);
	if (status == 0 && net->ipv6)
		status = netconf_add_address(sock, index, NET_ADDRESS6, NET_PREFIX6);
	if (status == 0 && net->ipv6)
		status = set_route(sock, index, NET_GATEWAY6);
	if (status < 0)
		return error_set(err, "cannot set the address or route of %s: %s",
				 NET_DEVICE, nl_geterror(status));
	return read_back(sock, err);
}

int netconf_watch(struct error *err)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };
	_cleanup_fd_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof addr) < 0)
		return error_sys(err, "cannot watch for %s", NET_DEVICE);
	return take_fd(&fd);
}

bool netconf_seen(int watch)
{
	char byte;

	/* that something has changed is enough to look */
	while (recv(watch, &byte, sizeof byte, MSG_DONTWAIT) >= 0 || errno == ENOBUFS)
		;
	return if_nametoindex(NET_DEVICE) > 0;
}

int netconf_apply(const struct net_plan *net, struct error *err)
{
	const struct timeval patience = { .tv_sec = 5 };
	struct nl_sock *sock = nl_socket_alloc();
	int ret;

	if (!sock)
		return error_set(err, "cannot set up %s: no memory", NET_DEVICE);
	ret = nl_connect(sock, NETLINK_ROUTE);
	if (ret == 0) /* an answer that is lost must not be waited for */
		(void)setsockopt(nl_socket_get_fd(sock), SOL_SOCKET, SO_RCVTIMEO,
				 &patience, sizeof patience);
	ret = ret < 0 ? error_set(err, "cannot open a netlink socket: %s",
				  nl_geterror(ret))
		      : configure(sock, net, err);
	nl_socket_free(sock);
	return ret;
}
