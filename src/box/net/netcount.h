/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * netcount.h - what went through the sandbox's network, as the kernel counted it
 *
 * Theory of operation
 *
 * The counters are read when the command has ended, and with it everything inside. So
 * init, while it sets the network up, hands two netlink sockets of the network namespace
 * to the supervisor. They keep the namespace, and the kernel answers the supervisor
 * there: whoever has made a user namespace has all capabilities over it from outside
 * (user_namespaces(7)), and the sockets were opened by init, who had them as well. No
 * process has to stay inside for it, and nothing of the sandbox is asked.
 */
#ifndef SBOX_NETCOUNT_H
#define SBOX_NETCOUNT_H

#include "base/error.h"
#include "plan/net.h"

/* In init: a socket of rtnetlink(7), or -1. */
_must_check_ int netcount_socket(struct error *err);

/*
 * The bytes that NET_DEVICE has carried, as the sandbox sees it, over a socket of
 * netcount_socket(). -1: the device is gone, or the kernel did not say.
 */
int netcount_device(int socket, struct net_usage *usage);

/*
 * The counters of the rules that nft_load() has loaded, in their order, over its socket.
 * -1: there are not @len of them, or the kernel did not say.
 */
int netcount_rules(int socket, struct net_count *ret, size_t len);

#endif
