/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* watch.c - wait for thousands of descriptors at once; see watch.h */
#include "config.h"

#include <errno.h>
#include <sys/epoll.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "egress/watch.h"

#define ROUND_MAX 64 /* events that are told at once */

int watch_begin(struct error *err)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);

	return fd < 0 ? error_sys(err, "epoll_create1") : fd;
}

bool watch_set(int epoll, struct watch *watch, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = watch };
	int op = watch->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;

	if (events == watch->events)
		return true;
	/* without events the kernel would still tell of a hang-up, again and again */
	if (events == 0)
		op = EPOLL_CTL_DEL;
	if (epoll_ctl(epoll, op, watch->fd, &event) < 0)
		return false;
	watch->events = events;
	return true;
}

void watch_close(struct watch *watch)
{
	fd_drop(&watch->fd);
	watch->events = 0;
}

void watch_round(int epoll, int most, int64_t *ret_now)
{
	struct epoll_event events[ROUND_MAX];
	int n = epoll_wait(epoll, events, ROUND_MAX, most);

	*ret_now = clock_ms();
	for (int i = 0; i < n; i++) {
		struct watch *watch = events[i].data.ptr;

		/* somebody before it in this round may have closed it */
		if (watch->fd >= 0 && watch->events != 0)
			watch->ready(watch, events[i].events);
	}
}
