/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * watch.h - wait for thousands of descriptors at once, and call whoever is concerned
 *
 * Theory of operation
 *
 * Whoever has a descriptor embeds a struct watch for it, which owns it. Within one round
 * nothing that a watch lies in may be freed: the kernel may have told of it already. So
 * what has ended closes its watches and is freed behind the round.
 */
#ifndef SBOX_EGRESS_WATCH_H
#define SBOX_EGRESS_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct watch {
	int fd;          /* -1: none */
	uint32_t events; /* of epoll(7), that are waited for; 0: none, not even errors */
	void (*ready)(struct watch *watch, uint32_t events);
};

/* Returns a descriptor of epoll(7), or -1. */
_must_check_ int watch_begin(struct error *err);

/* From now on @events are waited for. false: the kernel watches no more. */
bool watch_set(int epoll, struct watch *watch, uint32_t events);

/* Closes its descriptor, if it has one. */
void watch_close(struct watch *watch);

/* Waits at most @most milliseconds, -1: for ever; *ret_now is clock_ms() then; calls who
 * is ready. */
void watch_round(int epoll, int most, int64_t *ret_now);

#endif
