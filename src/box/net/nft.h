/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nft.h - the plan's network rules, in the kernel
 *
 * Theory of operation
 *
 * The rules go to nf_tables in one batch, which the kernel takes whole or not at all.
 * They belong to the network namespace of the caller, and so to whoever has
 * CAP_NET_ADMIN in the user namespace that owns it: init has while it sets up, the
 * command, one user namespace further in, never has. They are there before the device
 * that leads outside, so that there is no moment without them.
 *
 * The messages are made with libnl-3 alone. libnftables would bring a parser, a JSON
 * library and several times the time that all of a start takes, for the same two
 * kilobytes; libnftnl would be a further library for what is a list of attributes
 * (linux/netfilter/nf_tables.h). The nft program is not run: nothing is, here.
 */
#ifndef SBOX_NFT_H
#define SBOX_NFT_H

#include "base/error.h"
#include "plan/net.h"

/*
 * Loads net->rules as chain NET_CHAIN of table "inet NET_TABLE". Needs CAP_NET_ADMIN and
 * nf_tables. *ret_socket: by it their counters can be read, see netcount.h.
 */
_must_check_ int nft_load(const struct net_plan *net, int *ret_socket, struct error *err);

#endif
