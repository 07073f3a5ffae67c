/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* resolve.c - addresses of names, as the host knows them; see resolve.h */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "egress/resolve.h"

/* Everybody who waits for @name hears it. */
static void tell_waiting(struct resolver *resolver, const char *name,
			 const struct net_addr *addrs, size_t len)
{
	struct resolve_wait **at = &resolver->waiting, *told = NULL, *wait;

	while (*at) {
		wait = *at;
		if (strcmp(wait->name, name) != 0) {
			at = &wait->next;
			continue;
		}
		*at = wait->next;
		wait->next = told;
		told = wait;
	}
	while (told) {
		wait = told;
		told = wait->next;
		wait->id = 0;
		wait->next = NULL;
		wait->done(wait, addrs, len);
	}
}

static void keep_found(struct resolver *resolver, const char *name,
		       const struct resolve_answer *answer)
{
	struct resolve_known *known = &resolver->known[resolver->oldest];

	resolver->oldest = (resolver->oldest + 1) % RESOLVE_KEPT;
	egress_copy_host(known->name, name);
	known->until = *resolver->now + RESOLVE_KEPT_MS;
	known->len = answer->len;
	memcpy(known->addrs, answer->addrs, sizeof known->addrs);
}

/* The name of question @id, as it was asked; the answer is not trusted with it. */
static const struct resolve_wait *find_waiting(const struct resolver *resolver,
					       uint32_t id)
{
	const struct resolve_wait *wait = resolver->waiting;

	while (wait && wait->id != id)
		wait = wait->next;
	return wait;
}

static void on_answer(struct watch *watch, uint32_t events)
{
	struct resolver *resolver = (struct resolver *)(void *)watch;
	const struct resolve_wait *wait;
	struct resolve_answer answer;
	char name[HOSTNAME_MAX + 1];
	ssize_t n = recv(watch->fd, &answer, sizeof answer, MSG_DONTWAIT);

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	/* without it nothing can be reached any more, and that is told by our end */
	if (n != (ssize_t)sizeof answer || answer.len > RESOLVE_ADDRESSES)
		_exit(EXIT_SBOX);
	wait = find_waiting(resolver, answer.id);
	if (!wait)
		return;
	memcpy(name, wait->name, sizeof name);
	if (answer.len > 0)
		keep_found(resolver, name, &answer);
	tell_waiting(resolver, name, answer.addrs, answer.len);
}

int resolve_begin(struct resolver *resolver, int epoll, int fd, const int64_t *now,
		  struct error *err)
{
	resolver->now = now;
	resolver->watch = (struct watch){ .fd = fd, .ready = on_answer };
	if (!watch_set(epoll, &resolver->watch, EPOLLIN))
		return error_sys(err, "cannot wait for the resolver");
	return 0;
}

/* The number of the question for @name that is under way; 0: there is none. */
static uint32_t find_asked(const struct resolver *resolver, const char *name)
{
	const struct resolve_wait *wait = resolver->waiting;

	while (wait && strcmp(wait->name, name) != 0)
		wait = wait->next;
	return wait ? wait->id : 0;
}

void resolve_ask(struct resolver *resolver, struct resolve_wait *wait)
{
	struct resolve_question question = { .id = find_asked(resolver, wait->name) };
	const bool asked = question.id != 0;

	for (size_t i = 0; i < RESOLVE_KEPT; i++) {
		const struct resolve_known *known = &resolver->known[i];

		if (known->until > *resolver->now &&
		    strcmp(known->name, wait->name) == 0) {
			wait->done(wait, known->addrs, known->len);
			return;
		}
	}
	/* whoever was the first may be gone before the answer comes */
	while (question.id == 0)
		question.id = ++resolver->last_id;
	egress_copy_host(question.name, wait->name);
	if (!asked && send(resolver->watch.fd, &question, sizeof question,
			   MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)sizeof question) {
		wait->done(wait, NULL, 0); /* hundreds of questions are under way */
		return;
	}
	wait->id = question.id;
	wait->next = resolver->waiting;
	resolver->waiting = wait;
}

void resolve_cancel(struct resolver *resolver, struct resolve_wait *wait)
{
	struct resolve_wait **at = &resolver->waiting;

	if (wait->id == 0)
		return;
	while (*at && *at != wait)
		at = &(*at)->next;
	if (*at)
		*at = wait->next;
	wait->id = 0;
}
