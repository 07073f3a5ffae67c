/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* probe-net.c - the facts about this machine's network; see probe.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "box/host/probe.h"
#include "policy/egress.h"

#define RESOLV_CONF_MAX ((size_t)64 * 1024)

static const char *read_text(struct arena *arena, const char *path)
{
	char *text = NULL;

	return io_read_file(AT_FDCWD, path, RESOLV_CONF_MAX, arena, &text) == 0 ? text
										: NULL;
}

struct found {
	struct arena *arena;
	struct host *host;
};

static void on_address(struct nl_object *object, void *data)
{
	struct nl_addr *local = rtnl_addr_get_local((struct rtnl_addr *)object);
	const struct found *found = data;
	struct net_addr addr = { .family = local ? nl_addr_get_family(local) : 0 };
	unsigned len = local ? nl_addr_get_len(local) : 0;

	if ((addr.family != AF_INET && addr.family != AF_INET6) ||
	    len > sizeof addr.bytes)
		return;
	memcpy(addr.bytes, nl_addr_get_binary_addr(local), len);
	if (!net_addr_is_loopback(&addr))
		*(struct net_addr *)arena_append(found->arena, &found->host->addresses,
						 &found->host->addresses_len,
						 sizeof addr) = addr;
}

/*
 * Without them the rules would leave the host open, so that is an error as if the
 * helper could not be used.
 */
static int find_addresses(struct arena *arena, struct host *host)
{
	struct found found = { arena, host };
	struct nl_sock *sock = nl_socket_alloc();
	struct nl_cache *cache = NULL;
	int ret = -NLE_NOMEM;

	if (sock)
		ret = nl_connect(sock, NETLINK_ROUTE);
	if (ret == 0)
		ret = rtnl_addr_alloc_cache(sock, &cache);
	if (ret == 0)
		nl_cache_foreach(cache, on_address, &found);
	if (cache)
		nl_cache_free(cache);
	nl_socket_free(sock);
	return ret;
}

void probe_network(struct arena *arena, const struct policy *policy, struct host *ret)
{
	int mode = policy->net.mode.value;
	_cleanup_fd_ int tun = -1;
	int status;

	if (mode == NET_NONE)
		return;
	ret->resolv_conf = read_text(arena, "/etc/resolv.conf");
	if (mode == NET_HOST)
		return;
	ret->resolved_conf = read_text(arena, "/run/systemd/resolve/resolv.conf");
	ret->nm_conf = read_text(arena, "/run/NetworkManager/no-stub-resolv.conf");
	if (mode == NET_JOIN)
		return;
	status = find_addresses(arena, ret);
	if (status < 0)
		ret->addresses_error = nl_geterror(status);
	if (mode == NET_FILTERED) {
		ret->egress = probe_own_program(arena, EGRESS_PROGRAM);
		return;
	}
	ret->slirp4netns = probe_program(arena, "slirp4netns");
	ret->pasta = probe_program(arena, "pasta");
	tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	ret->tun_errno = tun < 0 ? errno : 0;
}
