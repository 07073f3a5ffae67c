/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* datagrams.c - UDP of the command, to the ports that the rules list; see datagrams.h */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "egress/datagrams.h"
#include "egress/dial.h"
#include "egress/judge.h"

#define HELD_MAX 4 /* datagrams, while the name is looked up */
#define AT_ONCE 32

struct held_datagram {
	char *data;
	size_t len;
};

struct datagram_flow {
	struct watch watch; /* outside */
	struct egress *egress;
	struct datagram_flow *next;
	struct resolve_wait wait;
	int near; /* the sandbox's socket, which is not the flow's own */
	struct datagram_peer peer;
	uint16_t port;
	char host[HOSTNAME_MAX + 1];
	bool ended;
	int64_t until;
	struct held_datagram held[HELD_MAX];
	size_t held_len;
	struct egress_row *row;
};

/* ---------------------------------------------------------------- one datagram */

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

static bool take_destination(struct msghdr *msg, struct net_addr *ret)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof info);
			*ret = (struct net_addr){ .family = AF_INET };
			memcpy(ret->bytes, &info.ipi_addr, 4);
			return true;
		}
		if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof info);
			*ret = (struct net_addr){ .family = AF_INET6 };
			memcpy(ret->bytes, &info.ipi6_addr, 16);
			return true;
		}
	}
	return false;
}

ssize_t datagram_receive(int fd, void *buf, size_t size, struct datagram_peer *ret)
{
	union control control;
	struct iovec iov = { buf, size };
	struct msghdr msg = { .msg_name = &ret->from,
			      .msg_namelen = sizeof ret->from,
			      .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.bytes,
			      .msg_controllen = sizeof control.bytes };
	ssize_t n = recvmsg(fd, &msg, MSG_DONTWAIT);

	if (n < 0 || !take_destination(&msg, &ret->to))
		return -1;
	ret->from_len = msg.msg_namelen;
	return n;
}

void datagram_send(int fd, const void *data, size_t len, const struct datagram_peer *peer)
{
	union control control = { 0 };
	struct sockaddr_storage to = peer->from; /* sendmsg(2) knows no const */
	struct iovec iov = { .iov_len = len };
	struct msghdr msg = { .msg_name = &to,
			      .msg_namelen = peer->from_len,
			      .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.bytes };
	struct in_pktinfo info = { 0 };
	struct in6_pktinfo info6 = { 0 };
	const bool inet = peer->to.family == AF_INET;
	const size_t size = inet ? sizeof info : sizeof info6;

	memcpy(&iov.iov_base, &data, sizeof data);
	memcpy(&info.ipi_spec_dst, peer->to.bytes, 4);
	memcpy(&info6.ipi6_addr, peer->to.bytes, 16);
	control.align.cmsg_level = inet ? IPPROTO_IP : IPPROTO_IPV6;
	control.align.cmsg_type = inet ? IP_PKTINFO : IPV6_PKTINFO;
	control.align.cmsg_len = CMSG_LEN(size);
	msg.msg_controllen = CMSG_SPACE(size);
	memcpy(CMSG_DATA(&control.align), inet ? (void *)&info : (void *)&info6, size);
	(void)sendmsg(fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* ------------------------------------------------------------------- a flow */

static void end_flow(struct datagram_flow *flow)
{
	resolve_cancel(&flow->egress->resolver, &flow->wait);
	watch_close(&flow->watch);
	for (size_t i = 0; i < flow->held_len; i++)
		free(flow->held[i].data);
	flow->held_len = 0;
	flow->egress->flows_len--;
	flow->ended = true; /* freed behind the round: datagrams_tick() */
}

static void refuse_flow(struct datagram_flow *flow, enum egress_why why)
{
	const struct tally_key key = { .host = flow->host,
				       .port = flow->port,
				       .protocol = IPPROTO_UDP,
				       .why = why };

	egress_refused(flow->egress, &key);
	end_flow(flow);
}

static void count_out(struct datagram_flow *flow, ssize_t n)
{
	if (n > 0 && flow->row)
		flow->row->out += (uint64_t)n;
}

/* What comes back. */
static void on_flow(struct watch *watch, uint32_t events)
{
	struct datagram_flow *flow = (struct datagram_flow *)(void *)watch;
	static char buf[DATAGRAM_MAX]; /* of one process with one thread */

	(void)events;
	for (int i = 0; i < AT_ONCE; i++) {
		ssize_t n = recv(watch->fd, buf, sizeof buf, MSG_DONTWAIT);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0) { /* nobody is there; the command may try again */
			end_flow(flow);
			return;
		}
		flow->until = flow->egress->now + FLOW_QUIET_MS;
		if (flow->row)
			flow->row->in += (uint64_t)n;
		datagram_send(flow->near, buf, (size_t)n, &flow->peer);
	}
}

/* @addr was judged. */
static void open_flow(struct datagram_flow *flow, const struct net_addr *addr)
{
	const struct tally_key key = { .host = flow->host,
				       .port = flow->port,
				       .protocol = IPPROTO_UDP };
	int fd = dial_datagrams(addr, flow->port);

	if (fd < 0) {
		refuse_flow(flow, EGRESS_NO_ANSWER);
		return;
	}
	flow->watch.fd = fd;
	if (!watch_set(flow->egress->epoll, &flow->watch, EPOLLIN)) {
		refuse_flow(flow, EGRESS_CROWDED);
		return;
	}
	flow->row = tally_count(flow->egress->tally, &key);
	for (size_t i = 0; i < flow->held_len; i++) {
		count_out(flow, send(fd, flow->held[i].data, flow->held[i].len,
				     MSG_DONTWAIT | MSG_NOSIGNAL));
		free(flow->held[i].data);
	}
	flow->held_len = 0;
}

static void on_flow_found(struct resolve_wait *wait, const struct net_addr *addrs,
			  size_t len)
{
	struct datagram_flow *flow =
		(struct datagram_flow *)(void *)((char *)wait -
						 offsetof(struct datagram_flow, wait));
	bool listed;

	for (size_t i = 0; i < len; i++)
		if (judge_found(flow->egress->config, &addrs[i], flow->port, IPPROTO_UDP,
				&listed) == EGRESS_LET_THROUGH &&
		    (listed || !dial_is_own(&addrs[i]))) {
			open_flow(flow, &addrs[i]);
			return;
		}
	refuse_flow(flow, len ? EGRESS_INNER_ADDRESS : EGRESS_NO_HOST);
}

/* Where the datagrams of a new flow go, if they may. */
static void judge_flow(struct datagram_flow *flow)
{
	const struct egress *egress = flow->egress;
	const char *name = names_find(&egress->names, &flow->peer.to);
	enum egress_why why;

	if (!name) {
		(void)net_addr_text(&flow->peer.to, false, flow->host);
		why = judge_address(egress->config, &flow->peer.to, flow->port,
				    IPPROTO_UDP);
		if (why == EGRESS_LET_THROUGH)
			open_flow(flow, &flow->peer.to);
		else
			refuse_flow(flow, why);
		return;
	}
	egress_copy_host(flow->host, name);
	why = judge_name(egress->config, name, flow->port, IPPROTO_UDP);
	if (why != EGRESS_LET_THROUGH) {
		refuse_flow(flow, why);
		return;
	}
	memcpy(flow->wait.name, flow->host, sizeof flow->wait.name);
	flow->wait.done = on_flow_found;
	resolve_ask(&flow->egress->resolver, &flow->wait);
}

static void hold_datagram(struct datagram_flow *flow, const char *data, size_t len)
{
	struct held_datagram *held = &flow->held[flow->held_len];

	if (flow->held_len == HELD_MAX || !(held->data = malloc(len + 1)))
		return;
	memcpy(held->data, data, len);
	held->len = len;
	flow->held_len++;
}

static bool is_of_flow(const struct datagram_flow *flow, int near,
		       const struct datagram_peer *peer)
{
	return !flow->ended && flow->near == near &&
	       flow->peer.from_len == peer->from_len &&
	       memcmp(&flow->peer.from, &peer->from, peer->from_len) == 0 &&
	       memcmp(&flow->peer.to, &peer->to, sizeof peer->to) == 0;
}

/* Makes room for one more by the one that has been quiet for longest. */
static void end_quietest(struct egress *egress)
{
	struct datagram_flow *quietest = NULL;

	for (struct datagram_flow *flow = egress->flows; flow; flow = flow->next)
		if (!flow->ended && (!quietest || flow->until <= quietest->until))
			quietest = flow;
	if (quietest)
		end_flow(quietest);
}

static struct datagram_flow *add_flow(struct egress *egress, int near,
				      const struct datagram_peer *peer, uint16_t port)
{
	struct datagram_flow *flow = calloc(1, sizeof *flow);

	if (!flow)
		return NULL;
	if (egress->flows_len >= egress->flows_max)
		end_quietest(egress);
	flow->watch = (struct watch){ .fd = -1, .ready = on_flow };
	flow->egress = egress;
	flow->near = near;
	flow->peer = *peer;
	flow->port = port;
	flow->until = egress->now + FLOW_QUIET_MS;
	flow->next = egress->flows;
	egress->flows = flow;
	egress->flows_len++;
	return flow;
}

static void take_one(struct egress *egress, int near, const struct datagram_peer *peer,
		     const char *data, size_t len)
{
	struct datagram_flow *flow = egress->flows;
	struct net_addr any;
	uint16_t port;

	while (flow && !is_of_flow(flow, near, peer))
		flow = flow->next;
	if (!flow) {
		if (!egress_destination(near, &any, &port))
			return;
		flow = add_flow(egress, near, peer, port);
		if (!flow)
			return;
		hold_datagram(flow, data, len);
		judge_flow(flow);
	} else if (flow->watch.fd < 0) {
		hold_datagram(flow, data, len);
	} else {
		flow->until = egress->now + FLOW_QUIET_MS;
		count_out(flow,
			  send(flow->watch.fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL));
	}
}

void datagrams_take(struct egress *egress, int fd)
{
	static char buf[DATAGRAM_MAX]; /* of one process with one thread */

	for (int i = 0; i < AT_ONCE; i++) {
		struct datagram_peer peer = { .from_len = 0 };
		ssize_t n = datagram_receive(fd, buf, sizeof buf, &peer);

		if (n < 0)
			return;
		take_one(egress, fd, &peer, buf, (size_t)n);
	}
}

void datagrams_tick(struct egress *egress)
{
	struct datagram_flow **at = &egress->flows, *flow;

	while (*at) {
		flow = *at;
		if (!flow->ended && flow->until <= egress->now)
			end_flow(flow);
		if (!flow->ended) {
			at = &flow->next;
			continue;
		}
		*at = flow->next;
		free(flow);
	}
}
