/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * slirp4netns.h - how slirp4netns(1) is called, and how it is told to publish ports
 *
 * Version 1.1.0 or newer (--disable-dns). Left out on purpose: --configure, so that
 * sbox decides when the device is connected, and --enable-sandbox, which cannot work
 * with namespace descriptors and undoes PDEATHSIG (slirp4netns issue 317).
 */
#ifndef SBOX_SLIRP4NETNS_H
#define SBOX_SLIRP4NETNS_H

#include "base/arena.h"
#include "base/error.h"
#include "policy/net.h"

/* The arguments, NULL-terminated. @socket: where it shall listen, NULL: nowhere. */
const char *const *slirp4netns_argv(struct arena *arena, const struct net_plan *net,
				    const char *socket);

/* Publishes one port by its socket, which answers one request per connection. */
int slirp4netns_publish(const char *socket, const struct net_publish *publish,
			struct error *err);

#endif
