/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * loop.h - wait for many things at once, and call whoever is concerned
 *
 * Theory of operation
 *
 * A guest owns what it registers (a struct of its own, no heap) and keeps it alive until
 * the loop has ended. Each round has three parts: every hook looks whether its guest
 * wants to be woken by something else than before; poll(2) waits; what is ready or due is
 * called, in the order of registration. Only what is waited for is given to poll(2),
 * which takes no more entries than RLIMIT_NOFILE has descriptors.
 *
 * loop_stop() ends the round at once: nobody is called behind it.
 */
#ifndef SBOX_LOOP_H
#define SBOX_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/signalfd.h>

#include "base/error.h"

/* As many descriptors as can be waited for in one round. */
#define LOOP_FDS_MAX 64

/* A descriptor. @fd and @events can be changed at any time. */
struct loop_fd {
	int fd;       /* -1: not now */
	short events; /* of poll(2); 0: not now, not even for errors */
	void (*ready)(void *data, short revents);
	void *data;
	struct loop_fd *next; /* the loop's */
};

/* A moment; it comes once. */
struct loop_timer {
	int64_t at; /* as of clock_ms(); negative: never */
	void (*due)(void *data);
	void *data;
	struct loop_timer *next; /* the loop's */
};

/* A guest that is asked before each round, and at the end. NULL: it does not matter. */
struct loop_hook {
	/* Sets the guest's loop_fds; how many milliseconds may pass until it is asked
	 * again, -1: any. */
	int (*before)(void *data);
	/* All else has ended: what is on its way is passed on, nothing new is taken. */
	void (*finish)(void *data);
	/* Whether something is on its way still. */
	bool (*unfinished)(void *data);
	void *data;
	struct loop_hook *next; /* the loop's */
};

/* Signals, by a descriptor of signalfd(2) that does not block. */
struct loop_signals {
	struct loop_fd source;
	void (*caught)(void *data, const struct signalfd_siginfo *info);
	void *data;
};

struct loop {
	struct loop_fd *fds;
	struct loop_timer *timers;
	struct loop_hook *hooks;
	bool stopped;
	bool small; /* see image_poll() */
};

/* Behind those that are registered already. */
void loop_add_fd(struct loop *loop, struct loop_fd *fd);
void loop_add_timer(struct loop *loop, struct loop_timer *timer);
void loop_add_hook(struct loop *loop, struct loop_hook *hook);
void loop_add_signals(struct loop *loop, struct loop_signals *signals, int fd);

/* Nothing is called any more in this round; loop->stopped says so until it is cleared. */
void loop_stop(struct loop *loop);

/* When the next timer is due, as of clock_ms(); negative: none is set. */
int64_t loop_next(const struct loop *loop);

/*
 * One round, of at most @most milliseconds (-1: any). Returns how many descriptors were
 * ready, 0 also when a signal handler has run or a timer was due; -1: poll(2) refuses.
 */
_must_check_ int loop_once(struct loop *loop, int most, struct error *err);

/* The hooks' finish() and unfinished(). */
void loop_finish(struct loop *loop);
bool loop_unfinished(const struct loop *loop);

#endif
