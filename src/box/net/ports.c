/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ports.c - single TCP ports of the two loopbacks, led from one to the other; see ports.h
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/msg.h"
#include "box/net/ports.h"
#include "box/net/sockaddr.h"

#define BACKLOG 128
#define EVENTS_MAX 32
#define FILES_KEPT 128 /* for all else that sbox has open */
#define SOCKET_FLAGS (SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC)

static int listen_port(const struct net_addr *addr, uint16_t port)
{
	_cleanup_fd_ int fd = socket(addr->family, SOCKET_FLAGS, 0);
	union any_sockaddr at;
	socklen_t len = sockaddr_of(addr, port, &at);
	int one = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0 ||
	    bind(fd, &at.any, len) < 0 || listen(fd, BACKLOG) < 0)
		return -1;
	return take_fd(&fd);
}

/* ------------------------------------------------------------------- init */

int ports_listen_inside(const struct net_plan *net, int ctl, struct error *err)
{
	struct net_addr loopback;

	(void)net_addr_parse("127.0.0.1", &loopback);
	for (size_t i = 0; i < net->reach_len; i++) {
		_cleanup_fd_ int fd = listen_port(&loopback, net->reach[i].port);

		if (fd < 0)
			return error_sys(err,
					 "net.reach: cannot listen on port %u inside",
					 net->reach[i].port);
		if (msg_send(ctl, MSG_PORT, (int)i, fd) < 0)
			return error_set(err, "the supervisor is gone");
	}
	return 0;
}

void ports_socket(int ctl, int family)
{
	_cleanup_fd_ int fd = family == AF_INET || family == AF_INET6
				      ? socket(family, SOCKET_FLAGS, 0)
				      : -1;

	if (msg_send(ctl, MSG_SOCKET, family, fd) < 0) /* an answer in any case */
		(void)msg_send(ctl, MSG_SOCKET, family, -1);
}

/* ------------------------------------------------------------- the supervisor */

static size_t count_inward(const struct net_plan *net)
{
	size_t n = 0;

	for (size_t i = 0; i < net->publish_len; i++)
		n += net->publish[i].relay;
	return n;
}

/* Two descriptors each, of what the limit lets sbox have. */
static size_t most_connections(void)
{
	struct rlimit files;
	rlim_t max;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0 || files.rlim_max <= FILES_KEPT + 2)
		return 1;
	max = (files.rlim_max - FILES_KEPT) / 2;
	return max < PORTS_CONNECTIONS_MAX ? (size_t)max : PORTS_CONNECTIONS_MAX;
}

int ports_open(const struct net_plan *net, struct arena *arena, int ctl,
	       struct ports *ret, struct error *err)
{
	const size_t len = net->reach_len + count_inward(net);

	*ret = (struct ports){ .net = net, .arena = arena, .ctl = ctl, .epoll = -1 };
	if (len == 0)
		return 0;
	ret->max = most_connections();
	ret->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (ret->epoll < 0)
		return error_sys(err, "epoll_create1");
	ret->listeners = arena_alloc(arena, len * sizeof *ret->listeners);
	/* the first ones have the places of net.reach */
	for (size_t i = 0; i < net->reach_len; i++)
		ret->listeners[ret->listeners_len++] =
			(struct ports_listener){ .port = &net->reach[i], .fd = -1 };
	for (size_t i = 0; i < net->publish_len; i++) {
		const struct net_publish *port = &net->publish[i];
		struct ports_listener *listener = &ret->listeners[ret->listeners_len];

		if (!port->relay)
			continue;
		*listener = (struct ports_listener){
			.port = port,
			.inward = true,
			.fd = listen_port(&port->addr, port->host_port),
		};
		if (listener->fd < 0)
			return sockaddr_no_port(port, err);
		ret->listeners_len++;
	}
	ret->connections =
		arena_alloc(arena, PORTS_CONNECTIONS_MAX * sizeof *ret->connections);
	memset(ret->connections, 0, PORTS_CONNECTIONS_MAX * sizeof *ret->connections);
	return 0;
}

/* What the epoll set tells by: the place of a connection, or behind those of a listener.
 */
static uint64_t connection_id(const struct ports *ports, const struct ports_connection *c)
{
	return (uint64_t)(c - ports->connections);
}

static uint64_t listener_id(const struct ports *ports, const struct ports_listener *l)
{
	return PORTS_CONNECTIONS_MAX + (uint64_t)(l - ports->listeners);
}

/*
 * Without @events it is taken out: else it would go on to tell of a hang-up. false: the
 * kernel watches no more.
 */
static bool watch_socket(const struct ports *ports, int fd, uint64_t id, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.u64 = id };

	if (events == 0) {
		(void)epoll_ctl(ports->epoll, EPOLL_CTL_DEL, fd, NULL);
		return true;
	}
	return epoll_ctl(ports->epoll, EPOLL_CTL_MOD, fd, &event) == 0 ||
	       (errno == ENOENT &&
		epoll_ctl(ports->epoll, EPOLL_CTL_ADD, fd, &event) == 0);
}

/* Whether one more may come from @l; else who connects waits in the backlog. */
static bool has_room(const struct ports *ports, const struct ports_listener *l)
{
	return ports->open < ports->max && !ports->starved &&
	       (!l->inward || ports->pending < PORTS_PENDING_MAX);
}

static void watch_listeners(struct ports *ports)
{
	for (size_t i = 0; i < ports->listeners_len; i++) {
		struct ports_listener *l = &ports->listeners[i];
		bool room = has_room(ports, l);

		if (l->fd >= 0 && l->waits != room &&
		    watch_socket(ports, l->fd, listener_id(ports, l), room ? EPOLLIN : 0))
			l->waits = room;
	}
}

/* Whoever is at the other end hears that it did not go well. */
static void reset_at_end(int fd)
{
	const struct linger at_once = { 1, 0 };

	if (fd >= 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

static void end_connection(struct ports *ports, struct ports_connection *c, bool reset)
{
	if (reset) {
		reset_at_end(c->near);
		reset_at_end(c->far);
	}
	fd_drop(&c->near);
	fd_drop(&c->far);
	ports->pending -= c->listener->inward && c->state != PORTS_OPEN;
	c->state = PORTS_FREE;
	ports->open--;
	ports->starved = false;
	watch_listeners(ports);
}

static void watch_flows(struct ports *ports, struct ports_connection *c)
{
	const uint64_t id = connection_id(ports, c);

	if (!watch_socket(ports, c->near, id,
			  (uint32_t)flow_events(&c->there, &c->back)) ||
	    !watch_socket(ports, c->far, id, (uint32_t)flow_events(&c->back, &c->there)))
		end_connection(ports, c, true);
}

/* Both ways, as far as it goes without waiting. */
static void copy(struct ports *ports, struct ports_connection *c)
{
	if (!c->there.ended && !flow_has_data(&c->there))
		flow_fill(&c->there, c->near);
	if (!c->back.ended && !flow_has_data(&c->back))
		flow_fill(&c->back, c->far);
	if (flow_has_data(&c->there))
		flow_empty(&c->there, c->near, c->far);
	if (flow_has_data(&c->back))
		flow_empty(&c->back, c->far, c->near);
	if (c->there.failed || c->back.failed) {
		end_connection(ports, c, true);
		return;
	}
	flow_pass_on_end(&c->there, c->far);
	flow_pass_on_end(&c->back, c->near);
	if (c->there.passed_on && c->back.passed_on)
		end_connection(ports, c, false);
	else
		watch_flows(ports, c);
}

/* Where a port leads inside: the @n-th address to try. false: there is none any more. */
static bool address_inside(const struct ports *ports, unsigned n, struct net_addr *ret)
{
	static const char *const addresses[] = { NET_ADDRESS, "127.0.0.1", "::1" };

	n += ports->net->helper ? 0 : 1; /* without one there is no other address */
	return n < sizeof addresses / sizeof addresses[0] &&
	       net_addr_parse(addresses[n], ret) == 0;
}

static void ask_for_socket(struct ports *ports, struct ports_connection *c)
{
	struct net_addr addr;

	c->state = PORTS_ASKS;
	if (!address_inside(ports, c->tried, &addr) ||
	    msg_send(ports->ctl, MSG_SOCKET, addr.family, -1) < 0)
		end_connection(ports, c, true);
}

/* This address has not worked out. */
static void address_failed(struct ports *ports, struct ports_connection *c)
{
	fd_drop(&c->far);
	c->tried++;
	if (c->listener->inward)
		ask_for_socket(ports, c);
	else
		end_connection(ports, c, true);
}

/* Whether @fd is connected to itself; see the head of ports.h. */
static bool is_mirror(int fd)
{
	struct sockaddr_storage mine = { 0 }, peer = { 0 };
	socklen_t len = sizeof mine, peer_len = sizeof peer;

	return getsockname(fd, (struct sockaddr *)&mine, &len) == 0 &&
	       getpeername(fd, (struct sockaddr *)&peer, &peer_len) == 0 &&
	       len == peer_len && memcmp(&mine, &peer, len) == 0;
}

static void opened(struct ports *ports, struct ports_connection *c)
{
	if (is_mirror(c->far)) {
		reset_at_end(c->far);
		address_failed(ports, c);
		return;
	}
	ports->pending -= c->listener->inward;
	c->state = PORTS_OPEN;
	watch_listeners(ports);
	copy(ports, c);
}

/* Begins to connect c->far, a socket that does not wait. */
static void begin_connect(struct ports *ports, struct ports_connection *c,
			  const struct net_addr *addr, uint16_t port)
{
	union any_sockaddr to;
	socklen_t len = sockaddr_of(addr, port, &to);

	c->state = PORTS_CONNECTS;
	if (connect(c->far, &to.any, len) == 0) {
		opened(ports, c);
	} else if (errno != EINPROGRESS ||
		   !watch_socket(ports, c->far, connection_id(ports, c), EPOLLOUT)) {
		address_failed(ports, c);
	}
}

static void on_connected(struct ports *ports, struct ports_connection *c)
{
	int errnum = 0;
	socklen_t len = sizeof errnum;

	if (getsockopt(c->far, SOL_SOCKET, SO_ERROR, &errnum, &len) == 0 && errnum == 0)
		opened(ports, c);
	else
		address_failed(ports, c);
}

bool ports_take_socket(struct ports *ports, int family, int fd)
{
	_cleanup_fd_ int owned = fd;
	struct net_addr addr;

	/* any one of the family will do for any that asks for one */
	for (size_t i = 0; ports->epoll >= 0 && i < PORTS_CONNECTIONS_MAX; i++) {
		struct ports_connection *c = &ports->connections[i];

		if (c->state != PORTS_ASKS || !address_inside(ports, c->tried, &addr) ||
		    (family >= 0 && addr.family != family))
			continue;
		c->state = PORTS_CONNECTS;
		c->far = take_fd(&owned);
		if (c->far >= 0)
			begin_connect(ports, c, &addr, c->listener->port->port);
		else
			address_failed(ports, c);
		return true;
	}
	return false;
}

/* The place of a new connection; there is one, or nobody would have waited. */
static struct ports_connection *add_connection(struct ports *ports,
					       const struct ports_listener *l, int near)
{
	struct ports_connection *c = ports->connections;
	struct flow there, back;

	while (c->state != PORTS_FREE)
		c++;
	there = (struct flow){ .data = c->there.data, .size = PORTS_BUFFER };
	back = (struct flow){ .data = c->back.data, .size = PORTS_BUFFER };
	if (!there.data) {
		there.data = arena_alloc(ports->arena, PORTS_BUFFER);
		back.data = arena_alloc(ports->arena, PORTS_BUFFER);
	}
	*c = (struct ports_connection){ .state = PORTS_CONNECTS,
					.listener = l,
					.near = near,
					.far = -1,
					.there = there,
					.back = back };
	ports->open++;
	ports->pending += l->inward;
	watch_listeners(ports);
	return c;
}

/* Takes one connection, if there is one and room for it. */
static bool on_listener(struct ports *ports, struct ports_listener *l)
{
	struct ports_connection *c;
	int fd;

	if (l->fd < 0 || !has_room(ports, l))
		return false;
	fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM)) {
		if (ports->open > 0)
			ports->starved = true; /* until one has ended */
		else
			fd_drop(&l->fd);
		watch_listeners(ports);
	}
	if (fd < 0)
		return false;
	c = add_connection(ports, l, fd);
	if (l->inward) {
		ask_for_socket(ports, c);
		return true;
	}
	c->far = socket(l->port->addr.family, SOCKET_FLAGS, 0);
	if (c->far < 0)
		address_failed(ports, c);
	else
		begin_connect(ports, c, &l->port->addr, l->port->host_port);
	return true;
}

static void on_connection(struct ports *ports, struct ports_connection *c)
{
	if (c->state == PORTS_CONNECTS)
		on_connected(ports, c);
	else if (c->state == PORTS_OPEN)
		copy(ports, c);
}

static void on_ready(void *data, short revents)
{
	struct ports *ports = data;
	struct epoll_event events[EVENTS_MAX];
	int n = epoll_wait(ports->epoll, events, EVENTS_MAX, 0);

	(void)revents;
	for (int i = 0; i < n; i++)
		if (events[i].data.u64 < PORTS_CONNECTIONS_MAX)
			on_connection(ports, &ports->connections[events[i].data.u64]);
	/* not before: a new connection may get a place that was told of above */
	for (int i = 0; i < n; i++)
		if (events[i].data.u64 >= PORTS_CONNECTIONS_MAX)
			(void)on_listener(ports,
					  &ports->listeners[events[i].data.u64 -
							    PORTS_CONNECTIONS_MAX]);
}

void ports_take_listener(struct ports *ports, int index, int fd)
{
	_cleanup_fd_ int owned = fd;

	if (ports->epoll < 0 || index < 0 || (size_t)index >= ports->net->reach_len ||
	    ports->listeners[index].fd >= 0)
		return;
	ports->listeners[index].fd = take_fd(&owned);
	watch_listeners(ports);
}

/* What comes out of the sandbox by this connection; NULL: nothing. */
static const struct flow *outgoing(const struct ports_connection *c)
{
	if (c->state == PORTS_FREE || (c->listener->inward && c->state != PORTS_OPEN))
		return NULL;
	return c->listener->inward ? &c->back : &c->there;
}

/* All inside have ended: nothing more goes there; what they have begun comes through. */
static void end_inside(void *data)
{
	struct ports *ports = data;

	for (size_t i = 0; i < ports->listeners_len; i++) {
		struct ports_listener *l = &ports->listeners[i];

		while (!l->inward && on_listener(ports, l))
			;
		fd_drop(&l->fd);
	}
	for (size_t i = 0; i < PORTS_CONNECTIONS_MAX; i++) {
		struct ports_connection *c = &ports->connections[i];

		if (c->state == PORTS_FREE || !c->listener->inward)
			continue;
		if (c->state == PORTS_OPEN) {
			c->there.ended = c->there.passed_on = true;
			c->there.from = c->there.to = 0;
			watch_flows(ports, c);
		} else {
			end_connection(ports, c, true);
		}
	}
}

static bool copies_left(void *data)
{
	const struct ports *ports = data;

	for (size_t i = 0; i < PORTS_CONNECTIONS_MAX; i++) {
		const struct flow *out = outgoing(&ports->connections[i]);

		if (out && (!out->ended || flow_has_data(out)))
			return true;
	}
	return false;
}

void ports_join(struct ports *ports, struct loop *loop)
{
	if (ports->epoll < 0)
		return;
	ports->ready = (struct loop_fd){
		.fd = ports->epoll, .events = POLLIN, .ready = on_ready, .data = ports
	};
	ports->hook = (struct loop_hook){ NULL, end_inside, copies_left, ports, NULL };
	loop_add_fd(loop, &ports->ready);
	loop_add_hook(loop, &ports->hook);
	watch_listeners(ports);
}

void ports_done(struct ports *ports)
{
	if (ports->epoll < 0)
		return;
	for (size_t i = 0; i < ports->listeners_len; i++)
		fd_drop(&ports->listeners[i].fd);
	for (size_t i = 0; ports->connections && i < PORTS_CONNECTIONS_MAX; i++)
		if (ports->connections[i].state != PORTS_FREE)
			end_connection(ports, &ports->connections[i], false);
	fd_drop(&ports->epoll);
}
