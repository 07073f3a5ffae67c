/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* netconf.h - addresses and routes of the device that the helper has made */
#ifndef SBOX_NETCONF_H
#define SBOX_NETCONF_H

#include "base/error.h"
#include "plan/net.h"

/*
 * Brings NET_DEVICE up in the network namespace of the caller, with the addresses and
 * default routes of net.h, and reads back that they are there. The helper is not asked
 * to: its -c takes away the choice of the moment. Needs CAP_NET_ADMIN there.
 */
_must_check_ int netconf_apply(const struct net_plan *net, struct error *err);

/* Adds @address to the device @index; a status of libnl. */
struct nl_sock;
_must_check_ int netconf_add_address(struct nl_sock *sock, int index, const char *address,
				     int prefix);

/* A descriptor that poll(2) finds readable when NET_DEVICE may have come, or -1. */
_must_check_ int netconf_watch(struct error *err);
/* Whether it is there now; what the descriptor has to tell is taken off it. */
bool netconf_seen(int watch);

#endif
