/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dial.c - a connection to one of several addresses; see dial.h */
#include "config.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "egress/dial.h"

union dial_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t address_of(const struct net_addr *addr, uint16_t port,
			    union dial_address *ret)
{
	memset(ret, 0, sizeof *ret);
	if (addr->family == AF_INET) {
		ret->v4.sin_family = AF_INET;
		ret->v4.sin_port = htons(port);
		memcpy(&ret->v4.sin_addr, addr->bytes, 4);
		return sizeof ret->v4;
	}
	ret->v6.sin6_family = AF_INET6;
	ret->v6.sin6_port = htons(port);
	memcpy(&ret->v6.sin6_addr, addr->bytes, 16);
	return sizeof ret->v6;
}

bool dial_is_own(const struct net_addr *addr)
{
	_cleanup_fd_ int fd = socket(addr->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	union dial_address to, from = { .any.sa_family = AF_UNSPEC };
	socklen_t len = address_of(addr, 9, &to), from_len = sizeof from;

	if (fd < 0) /* who cannot look does not know better */
		return true;
	/* nothing is sent; the kernel chooses where it would come from, and of what is
	 * its own that is the same address */
	if (connect(fd, &to.any, len) < 0)
		return false;
	if (getsockname(fd, &from.any, &from_len) < 0)
		return true;
	return addr->family == AF_INET ? memcmp(&from.v4.sin_addr, addr->bytes, 4) == 0
				       : memcmp(&from.v6.sin6_addr, addr->bytes, 16) == 0;
}

int dial_datagrams(const struct net_addr *addr, uint16_t port)
{
	_cleanup_fd_ int fd =
		socket(addr->family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	union dial_address to;
	socklen_t len = address_of(addr, port, &to);

	return fd < 0 || connect(fd, &to.any, len) < 0 ? -1 : take_fd(&fd);
}

void dial_cancel(struct dial *dial)
{
	if (dial->until < 0)
		return;
	for (size_t i = 0; i < DIAL_AT_ONCE; i++)
		watch_close(&dial->tries[i].watch);
	dial->until = -1;
}

/* Ends it: with @fd, or with none. */
static void end_dial(struct dial *dial, int fd)
{
	dial_cancel(dial);
	dial->done(dial, fd);
}

static void on_tried(struct watch *watch, uint32_t events);

/* Tries the next address. 1: it answers already, and dial->done was called. */
static int try_next(struct dial *dial, struct dial_try *one)
{
	const struct net_addr *addr = &dial->addrs[dial->next++];
	union dial_address to;
	socklen_t len = address_of(addr, dial->port, &to);

	one->watch.fd =
		socket(addr->family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (one->watch.fd >= 0 && connect(one->watch.fd, &to.any, len) == 0) {
		end_dial(dial, take_fd(&one->watch.fd));
		return 1;
	}
	if (one->watch.fd >= 0 && errno == EINPROGRESS &&
	    watch_set(dial->epoll, &one->watch, EPOLLOUT))
		return 0;
	watch_close(&one->watch);
	return -1;
}

static struct dial_try *find_free(struct dial *dial)
{
	for (size_t i = 0; i < DIAL_AT_ONCE; i++)
		if (dial->tries[i].watch.fd < 0)
			return &dial->tries[i];
	return NULL;
}

static bool is_trying(const struct dial *dial)
{
	for (size_t i = 0; i < DIAL_AT_ONCE; i++)
		if (dial->tries[i].watch.fd >= 0)
			return true;
	return false;
}

/* Goes on to the addresses behind those that have failed. */
static void dial_on(struct dial *dial)
{
	struct dial_try *one = find_free(dial);

	while (one && dial->next < dial->len) {
		int status = try_next(dial, one);

		if (status >= 0)
			return;
	}
	if (!is_trying(dial))
		end_dial(dial, -1);
}

static void on_tried(struct watch *watch, uint32_t events)
{
	struct dial_try *one = (struct dial_try *)(void *)watch;
	struct dial *dial = one->dial;
	int errnum = 0;
	socklen_t len = sizeof errnum;

	(void)events;
	if (getsockopt(watch->fd, SOL_SOCKET, SO_ERROR, &errnum, &len) == 0 &&
	    errnum == 0) {
		(void)watch_set(dial->epoll, watch, 0);
		end_dial(dial, take_fd(&watch->fd));
		return;
	}
	watch_close(watch);
	dial_on(dial);
}

void dial_begin(struct dial *dial, int64_t now)
{
	dial->next = 0;
	dial->until = now + DIAL_MS;
	dial->next_at = now + DIAL_NEXT_MS;
	for (size_t i = 0; i < DIAL_AT_ONCE; i++)
		dial->tries[i] =
			(struct dial_try){ .watch = { .fd = -1, .ready = on_tried },
					   .dial = dial };
	dial_on(dial);
}

void dial_tick(struct dial *dial, int64_t now)
{
	if (dial->until < 0)
		return;
	if (now >= dial->until) {
		end_dial(dial, -1);
	} else if (now >= dial->next_at && dial->next < dial->len && find_free(dial)) {
		dial->next_at = now + DIAL_NEXT_MS;
		dial_on(dial);
	}
}
