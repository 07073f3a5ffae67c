/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* loop.c - wait for many things at once, and call whoever is concerned; see loop.h */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/image.h"
#include "base/loop.h"

void loop_add_fd(struct loop *loop, struct loop_fd *fd)
{
	struct loop_fd **last = &loop->fds;

	while (*last)
		last = &(*last)->next;
	fd->next = NULL;
	*last = fd;
}

void loop_add_timer(struct loop *loop, struct loop_timer *timer)
{
	struct loop_timer **last = &loop->timers;

	while (*last)
		last = &(*last)->next;
	timer->next = NULL;
	*last = timer;
}

void loop_add_hook(struct loop *loop, struct loop_hook *hook)
{
	struct loop_hook **last = &loop->hooks;

	while (*last)
		last = &(*last)->next;
	hook->next = NULL;
	*last = hook;
}

static void catch_signals(void *data, short revents)
{
	const struct loop_signals *signals = data;
	struct signalfd_siginfo info;

	(void)revents;
	while (read(signals->source.fd, &info, sizeof info) == (ssize_t)sizeof info)
		signals->caught(signals->data, &info);
}

void loop_add_signals(struct loop *loop, struct loop_signals *signals, int fd)
{
	signals->source = (struct loop_fd){
		.fd = fd, .events = POLLIN, .ready = catch_signals, .data = signals
	};
	loop_add_fd(loop, &signals->source);
}

void loop_stop(struct loop *loop)
{
	loop->stopped = true;
}

int64_t loop_next(const struct loop *loop)
{
	int64_t next = -1;

	for (const struct loop_timer *t = loop->timers; t; t = t->next)
		next = clock_sooner(next, t->at);
	return next;
}

/* How long may be waited, when all have been asked. */
static int ask_hooks(const struct loop *loop, int most)
{
	int64_t next;

	for (const struct loop_hook *hook = loop->hooks; hook; hook = hook->next)
		if (hook->before)
			most = (int)clock_sooner(most, hook->before(hook->data));
	next = loop_next(loop);
	return next < 0 ? most : (int)clock_sooner(most, clock_left(next));
}

static bool is_waited_for(const struct loop_fd *fd)
{
	return fd->fd >= 0 && fd->events;
}

/* A guest that was called before may have changed what another one waits for. */
static void call_ready(struct loop *loop, struct loop_fd *const *who,
		       const struct pollfd *fds, size_t len)
{
	for (size_t i = 0; i < len && !loop->stopped; i++)
		if (fds[i].revents && is_waited_for(who[i]) && who[i]->fd == fds[i].fd)
			who[i]->ready(who[i]->data, fds[i].revents);
}

static void call_due(struct loop *loop)
{
	for (struct loop_timer *t = loop->timers; t && !loop->stopped; t = t->next) {
		if (t->at < 0 || t->at > clock_ms())
			continue;
		t->at = -1;
		t->due(t->data);
	}
}

int loop_once(struct loop *loop, int most, struct error *err)
{
	struct pollfd fds[LOOP_FDS_MAX];
	struct loop_fd *who[LOOP_FDS_MAX];
	size_t len = 0;
	int timeout = ask_hooks(loop, most), ready;

	for (struct loop_fd *fd = loop->fds; fd; fd = fd->next) {
		if (!is_waited_for(fd))
			continue;
		if (len == LOOP_FDS_MAX)
			return error_set(err, "more than %d descriptors to wait for",
					 LOOP_FDS_MAX);
		who[len] = fd;
		fds[len++] = (struct pollfd){ fd->fd, fd->events, 0 };
	}
	ready = image_poll(fds, len, timeout, &loop->small);
	if (ready < 0 && errno != EINTR && errno != EAGAIN)
		return error_sys(err, "cannot wait for %zu descriptors", len);
	if (ready > 0)
		call_ready(loop, who, fds, len);
	call_due(loop);
	return ready > 0 ? ready : 0;
}

void loop_finish(struct loop *loop)
{
	for (const struct loop_hook *hook = loop->hooks; hook; hook = hook->next)
		if (hook->finish)
			hook->finish(hook->data);
}

bool loop_unfinished(const struct loop *loop)
{
	for (const struct loop_hook *hook = loop->hooks; hook; hook = hook->next)
		if (hook->unfinished && hook->unfinished(hook->data))
			return true;
	return false;
}
