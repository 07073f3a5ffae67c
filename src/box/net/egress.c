/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* egress.c - what sbox-egress gets for net.mode = "filtered"; see egress.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <netlink/netlink.h>
#include <netlink/route/route.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/msg.h"
#include "box/net/egress.h"
#include "box/net/loopback.h"
#include "box/net/netconf.h"
#include "box/net/sockaddr.h"

#define BACKLOG 1024
#define LOOPBACK_INDEX 1 /* of every network namespace's first device */
#define ANSWER_SECONDS 5

/*
 * Of the loopback device, in the ranges of names.h and no name's. getaddrinfo(3) finds no
 * address of a family (AI_ADDRCONFIG) where those of loopback are all that there are.
 */
#define OWN_ADDRESS "198.19.255.254"
#define OWN_ADDRESS6 "fd73:626f:78fe:ffff::1"

/* ------------------------------------------------------------------- init */

/* All addresses of @family are the sandbox's own; status of libnl. */
static int set_local_route(struct nl_sock *sock, int family)
{
	struct rtnl_route *route = rtnl_route_alloc();
	struct rtnl_nexthop *hop = rtnl_route_nh_alloc();
	struct nl_addr *all = NULL;
	int status = nl_addr_parse("default", family, &all);

	if (status == 0 && (!route || !hop))
		status = -NLE_NOMEM;
	if (status == 0)
		status = rtnl_route_set_dst(route, all);
	if (status == 0) {
		rtnl_route_set_table(route, RT_TABLE_LOCAL);
		(void)rtnl_route_set_type(route, RTN_LOCAL);
		rtnl_route_set_scope(route, RT_SCOPE_HOST);
		rtnl_route_nh_set_ifindex(hop, LOOPBACK_INDEX);
		rtnl_route_add_nexthop(route, hop); /* which owns it now */
		hop = NULL;
		status = rtnl_route_add(sock, route, NLM_F_EXCL);
	}
	if (hop)
		rtnl_route_nh_free(hop);
	rtnl_route_put(route);
	nl_addr_put(all);
	return status;
}

static int set_all_local(bool ipv6, struct error *err)
{
	const struct timeval patience = { .tv_sec = ANSWER_SECONDS };
	struct nl_sock *sock = nl_socket_alloc();
	int status = sock ? nl_connect(sock, NETLINK_ROUTE) : -NLE_NOMEM;

	if (status == 0) /* an answer that is lost must not be waited for */
		(void)setsockopt(nl_socket_get_fd(sock), SOL_SOCKET, SO_RCVTIMEO,
				 &patience, sizeof patience);
	if (status == 0)
		status = netconf_add_address(sock, LOOPBACK_INDEX, OWN_ADDRESS, 32);
	if (status == 0)
		status = set_local_route(sock, AF_INET);
	if (status == 0 && ipv6)
		status = netconf_add_address(sock, LOOPBACK_INDEX, OWN_ADDRESS6, 128);
	if (status == 0 && ipv6)
		status = set_local_route(sock, AF_INET6);
	nl_socket_free(sock);
	return status < 0 ? error_set(err, "cannot set the network of the sandbox up: %s",
				      nl_geterror(status))
			  : 0;
}

/* Sockets that wait to be sent; as many as one message takes. */
struct parcel {
	int ctl;
	enum egress_socket kind;
	int fds[MSG_FDS_MAX];
	size_t len;
};

static int parcel_send(struct parcel *parcel, struct error *err)
{
	int status = 0;

	if (parcel->len > 0)
		status = msg_send_fds(parcel->ctl, MSG_PORT, (int)parcel->kind,
				      parcel->fds, parcel->len);
	if (status < 0)
		(void)error_sys(err, "cannot hand out the sandbox's sockets");
	for (size_t i = 0; i < parcel->len; i++)
		fd_closep(&parcel->fds[i]);
	parcel->len = 0;
	return status;
}

/*
 * To be told where each datagram went, and to answer from there: a local route is not
 * enough for that in IPv6, where the address would have to be one of a device.
 */
static int ask_for_destination(int fd, int family)
{
	const int on = 1;

	if (family == AF_INET)
		return setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
	if (setsockopt(fd, IPPROTO_IPV6, IPV6_FREEBIND, &on, sizeof on) < 0)
		return -1;
	return setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
}

static int open_socket(int family, bool stream, const struct net_addr *addr,
		       uint16_t port)
{
	const int type = (stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK;
	_cleanup_fd_ int fd = socket(family, type | SOCK_CLOEXEC, 0);
	union any_sockaddr at;
	socklen_t len = sockaddr_of(addr, port, &at);
	const int on = 1;

	if (fd < 0 ||
	    (family == AF_INET6 &&
	     setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) < 0) ||
	    (!stream && ask_for_destination(fd, family) < 0) ||
	    bind(fd, &at.any, len) < 0 || (stream && listen(fd, BACKLOG) < 0))
		return -1;
	return take_fd(&fd);
}

/* Puts a socket of @kind for @port of each family into @parcel. */
static int add_sockets(struct parcel *parcel, bool ipv6, uint16_t port, struct error *err)
{
	const bool stream = parcel->kind == EGRESS_SOCKET_TCP ||
			    parcel->kind == EGRESS_SOCKET_DNS_TCP ||
			    parcel->kind == EGRESS_SOCKET_PROXY;
	const int families[] = { AF_INET, AF_INET6 };

	for (size_t i = 0; i < (ipv6 ? 2 : 1); i++) {
		struct net_addr any = { .family = families[i] };
		int fd;

		if (parcel->kind == EGRESS_SOCKET_PROXY)
			(void)net_addr_parse(i ? "::1" : "127.0.0.1", &any);
		fd = open_socket(families[i], stream, &any, port);
		if (fd < 0)
			return error_sys(err, "cannot listen on port %u inside", port);
		parcel->fds[parcel->len++] = fd;
		if (parcel->len == MSG_FDS_MAX && parcel_send(parcel, err) < 0)
			return -1;
	}
	return 0;
}

static int send_ports(const struct net_plan *net, struct parcel parcel,
		      const uint16_t *ports, size_t len, struct error *err)
{
	int status = 0;

	for (size_t i = 0; status == 0 && i < len; i++)
		status = add_sockets(&parcel, net->ipv6, ports[i], err);
	if (status == 0)
		return parcel_send(&parcel, err);
	for (size_t i = 0; i < parcel.len; i++)
		fd_closep(&parcel.fds[i]);
	return -1;
}

static int send_all(const struct net_plan *net, int ctl, struct error *err)
{
	static const uint16_t dns[] = { EGRESS_DNS_PORT },
			      proxy[] = { EGRESS_PROXY_PORT };
	const struct net_filter *filter = &net->filter;
	const struct {
		enum egress_socket kind;
		const uint16_t *ports;
		size_t len;
	} all[] = {
		{ EGRESS_SOCKET_DNS, dns, 1 },
		{ EGRESS_SOCKET_DNS_TCP, dns, 1 },
		{ EGRESS_SOCKET_TCP, filter->tcp, filter->tcp_len },
		{ EGRESS_SOCKET_UDP, filter->udp, filter->udp_len },
		{ EGRESS_SOCKET_PROXY, proxy, filter->proxy },
	};

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (send_ports(net, (struct parcel){ .ctl = ctl, .kind = all[i].kind },
			       all[i].ports, all[i].len, err) < 0)
			return -1;
	return 0;
}

int egress_listen(const struct net_plan *net, int *ret_fd, struct error *err)
{
	_cleanup_fd_ int mine = -1, theirs = -1;
	int pair[2];

	if (loopback_up(err) < 0 || set_all_local(net->ipv6, err) < 0 ||
	    msg_pair(pair, err) < 0)
		return -1;
	mine = pair[0];
	theirs = pair[1];
	if (send_all(net, mine, err) < 0)
		return error_wrap(err, "net.mode = \"filtered\"");
	*ret_fd = take_fd(&theirs);
	return 0;
}

/* ------------------------------------------------------------- the supervisor */

static void fill_name(const struct net_name *from, struct egress_name *to)
{
	*to = (struct egress_name){ .below = from->below,
				    .accept = from->accept,
				    .protocol = from->protocol,
				    .first = from->first,
				    .last = from->last };
	egress_copy_host(to->name, from->name);
}

static struct egress_rule to_rule(const struct net_rule *rule)
{
	return (struct egress_rule){ .addr = rule->addr,
				     .prefix = rule->prefix,
				     .accept = rule->accept,
				     .listed = rule->accept &&
					       rule->addr.family != AF_UNSPEC,
				     .protocol = rule->protocol,
				     .first = rule->first,
				     .last = rule->last };
}

static int write_at(int fd, size_t at, const void *data, size_t len)
{
	return pwrite(fd, data, len, (off_t)at) == (ssize_t)len ? 0 : -1;
}

/* Only what there is: the rest of the file has no pages. */
static int write_config(int fd, const struct net_plan *net)
{
	const struct net_filter *filter = &net->filter;
	struct egress_head head = { .magic = EGRESS_MAGIC,
				    .size = sizeof(struct egress_config),
				    .ipv6 = net->ipv6,
				    .tls_any = filter->tls_any,
				    .proxy = filter->proxy,
				    .upstream_port = filter->upstream_port,
				    .names_len = (uint32_t)filter->names_len,
				    .rules_len = (uint32_t)net->rules_len };

	if (filter->upstream) {
		egress_copy_host(head.upstream, filter->upstream);
		(void)snprintf(head.upstream_auth, sizeof head.upstream_auth, "%s",
			       filter->upstream_auth);
	}
	if (write_at(fd, 0, &head, sizeof head) < 0)
		return -1;
	for (size_t i = 0; i < filter->names_len; i++) {
		struct egress_name name;

		fill_name(&filter->names[i], &name);
		if (write_at(fd, offsetof(struct egress_config, names) + i * sizeof name,
			     &name, sizeof name) < 0)
			return -1;
	}
	for (size_t i = 0; i < net->rules_len; i++) {
		const struct egress_rule rule = to_rule(&net->rules[i]);

		if (write_at(fd, offsetof(struct egress_config, rules) + i * sizeof rule,
			     &rule, sizeof rule) < 0)
			return -1;
	}
	return 0;
}

static int memory_file(const char *name, size_t size)
{
	_cleanup_fd_ int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	return fd < 0 || ftruncate(fd, (off_t)size) < 0 ? -1 : take_fd(&fd);
}

int egress_config(const struct net_plan *net, struct error *err)
{
	_cleanup_fd_ int fd = memory_file("sbox-egress", sizeof(struct egress_config));

	if (fd < 0 || write_config(fd, net) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return error_sys(err, "cannot write down the rules for " EGRESS_PROGRAM);
	return take_fd(&fd);
}

int egress_tally(struct error *err)
{
	_cleanup_fd_ int fd =
		memory_file("sbox-egress-tally", sizeof(struct egress_tally));

	if (fd < 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) < 0)
		return error_sys(err, "cannot make a memory file");
	return take_fd(&fd);
}

/* Whether @text of @size bytes is a name, or "" if @empty. */
static bool is_name(const char *text, size_t size, bool empty)
{
	const size_t len = strnlen(text, size);
	char again[HOSTNAME_MAX + 1];
	struct net_addr addr;

	if (len == size || (len == 0 && !empty))
		return false;
	return len == 0 || net_addr_parse(text, &addr) == 0 ||
	       (hostname_parse(text, len, again) == NULL && strcmp(again, text) == 0);
}

int egress_read_tally(int fd, struct egress_tally *ret)
{
	uint32_t kept = 0;

	if (pread(fd, ret, sizeof *ret, 0) != (ssize_t)sizeof *ret ||
	    ret->magic != EGRESS_MAGIC || ret->size != sizeof *ret)
		return -1;
	if (ret->len > EGRESS_ROWS_MAX)
		ret->len = EGRESS_ROWS_MAX;
	for (uint32_t i = 0; i < ret->len; i++) {
		struct egress_row *row = &ret->rows[i];

		if (row->why < EGRESS_WHYS &&
		    (row->protocol == IPPROTO_TCP || row->protocol == IPPROTO_UDP) &&
		    is_name(row->host, sizeof row->host, false) &&
		    is_name(row->other, sizeof row->other, true))
			ret->rows[kept++] = *row;
	}
	ret->left_out += ret->len - kept;
	ret->len = kept;
	return 0;
}
