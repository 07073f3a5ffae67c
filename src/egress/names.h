/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * names.h - the addresses that stand for names inside
 *
 * Each name that the command has asked for, and that the rules list, gets an IPv4 and an
 * IPv6 address of its own until the end, so a connection to one of them says exactly
 * which name is meant, whatever caches were on the way. They are of the range for
 * benchmarks (RFC 2544) and of a private prefix of our own (RFC 4193), and mean nothing
 * outside of the sandbox.
 */
#ifndef SBOX_EGRESS_NAMES_H
#define SBOX_EGRESS_NAMES_H

#include <stddef.h>

#include "policy/hostname.h"
#include "policy/net.h"

#define NAMES_MAX 4096 /* a wildcard could make more without end */
#define NAMES_SLOTS 8192

struct names {
	char *names[NAMES_MAX];
	size_t len;
	unsigned short slots[NAMES_SLOTS]; /* a hash table of places, from 1; 0: free */
};

/*
 * The place of @name, new if need be; -1: there is no memory, or there are @most of them
 * (NAMES_MAX, or less to leave room for others).
 */
int names_place(struct names *names, const char *name, size_t most);

/* Its address of @family. */
struct net_addr names_address(int place, int family);

/* The name that @addr stands for; NULL: none. */
const char *names_find(const struct names *names, const struct net_addr *addr);

#endif
