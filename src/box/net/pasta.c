/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pasta.c - how pasta(1) is called; see pasta.h */
#include "config.h"

#include <netinet/in.h>
#include <string.h>

#include "box/net/pasta.h"

#define STRING(x) #x
#define NUMBER(x) STRING(x)

/* "-t ADDR/HOST_PORT:PORT" for each port of @protocol, else "-t none". */
static void add_ports(struct arena *arena, const struct net_plan *net, int protocol,
		      const char ***argv, size_t *len)
{
	const char *option = protocol == IPPROTO_TCP ? "-t" : "-u";
	bool any = false;
	char addr[NET_ADDR_TEXT];

	for (size_t i = 0; i < net->publish_len; i++) {
		const struct net_publish *p = &net->publish[i];

		if (p->relay)
			continue;

		if (p->protocol != protocol)
			continue;
		*(const char **)arena_append(arena, argv, len, sizeof **argv) = option;
		*(const char **)arena_append(arena, argv, len, sizeof **argv) =
			arena_printf(arena, "%s/%u:%u",
				     net_addr_text(&p->addr, false, addr), p->host_port,
				     p->port);
		any = true;
	}
	if (any)
		return;
	*(const char **)arena_append(arena, argv, len, sizeof **argv) = option;
	*(const char **)arena_append(arena, argv, len, sizeof **argv) = "none";
}

static void add_list(struct arena *arena, const char *const *list, const char ***argv,
		     size_t *len)
{
	for (; *list; list++)
		*(const char **)arena_append(arena, argv, len, sizeof **argv) = *list;
}

static const char *const *pasta_argv(struct arena *arena, const struct net_plan *net,
				     const char *socket)
{
	/*
	 * The numbers of descriptors are those of companion.h and backend.h. The path of
	 * the network namespace is gone when pasta is ready, and newer versions look each
	 * second and would end.
	 */
	static const char *const fixed[] = {
		"pasta",
		"--foreground",
		"--quiet",
		"--pid",
		"/proc/self/fd/3",
		"--userns",
		"/proc/self/fd/6",
		"--netns",
		"/proc/self/fd/5",
		"--ns-ifname",
		NET_DEVICE,
		"--mtu",
		NUMBER(NET_MTU),
		"--no-map-gw",
		"--no-dhcp",
		"--no-dhcpv6",
		"--no-netns-quit",
		"--tcp-ns",
		"none",
		"--udp-ns",
		"none",
		"--address",
		NET_ADDRESS,
		"--netmask",
		"255.255.255.0",
		"--gateway",
		NET_GATEWAY,
		NULL,
	};
	static const char *const v4[] = { "--ipv4-only", NULL };
	static const char *const v6[] = { "--address", NET_ADDRESS6, "--gateway",
					  NET_GATEWAY6, NULL };
	const char *const dns[] = { "--dns-forward",
				    net->forward6 ? NET_FORWARDER6 : NET_FORWARDER,
				    NULL };
	const char **argv = NULL;
	size_t len = 0;

	(void)socket; /* it takes no orders */
	add_list(arena, fixed, &argv, &len);
	add_list(arena, net->ipv6 ? v6 : v4, &argv, &len);
	if (net->forward)
		add_list(arena, dns, &argv, &len);
	add_ports(arena, net, IPPROTO_TCP, &argv, &len);
	add_ports(arena, net, IPPROTO_UDP, &argv, &len);
	*(const char **)arena_append(arena, &argv, &len, sizeof *argv) = NULL;
	return argv;
}

/* Versions since 2024 close all that they inherit but 0 to 2. */
const struct net_backend net_pasta = { .name = "pasta",
				       .argv = pasta_argv,
				       .closes = true };
