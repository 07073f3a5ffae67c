/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* backend.c - the programs outside that can carry a sandbox's packets; see backend.h */
#include "config.h"

#include "box/net/backend.h"
#include "box/net/pasta.h"
#include "box/net/slirp4netns.h"

const struct net_backend *net_backend(enum net_mode mode)
{
	static const struct net_backend *const backends[] = {
		[NET_SLIRP4NETNS] = &net_slirp4netns,
		[NET_PASTA] = &net_pasta,
	};

	return mode < sizeof backends / sizeof backends[0] ? backends[mode] : NULL;
}

bool net_backend_takes_orders(const struct net_plan *net)
{
	const struct net_backend *backend = net_backend(net->mode);
	bool told = false;

	for (size_t i = 0; i < net->publish_len; i++)
		told = told || !net->publish[i].relay;
	return backend && backend->publish && told;
}
