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

#include "box/net/backend.h"

extern const struct net_backend net_slirp4netns;

#endif
