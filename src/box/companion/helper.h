/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * helper.h - a program outside that carries the sandbox's packets
 *
 * Theory of operation
 *
 * The helper runs as the caller, in the host's namespaces, and parses what a hostile
 * command sends. So it gets nothing that it does not need: descriptors 0 to 7 and no
 * other, a constant environment, no_new_privs, a session of its own (a terminal's
 * Ctrl-C is for the command) and, where it has no confinement of its own, a fence of
 * files (see start/network.c).
 *
 * It is given descriptors of the two namespaces, not a process id: those stay true when
 * a number is used again, need no access to /proc/PID, and work from behind Landlock.
 *
 * It dies with us, whatever happens: the kernel kills it when we die (PDEATHSIG), a
 * helper that watches descriptor HELPER_FD_EXIT sees its other end close, and
 * helper_stop() kills it by its pidfd.
 */
#ifndef SBOX_HELPER_H
#define SBOX_HELPER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/* What the helper has open, beside 0 (/dev/null), 1 and 2 (the log). */
enum {
	HELPER_FD_READY = 3, /* it writes here when it is ready */
	HELPER_FD_EXIT = 4, /* a byte: it may start; its other end closes: it shall end */
	HELPER_FD_NET = 5,
	HELPER_FD_USER = 6,
	HELPER_FD_DIR = 7,
};
#define HELPER_DIR "/proc/self/fd/7"

struct helper_spec {
	const char *name; /* for people */
	const char *path;
	const char *const *argv;
	int netns, userns;
	int dir;    /* where it can make files; -1: nowhere */
	char ready; /* the first byte that it writes; '\0': any */
	/* Run in the helper's process right before it is executed; NULL: nothing. */
	int (*fence)(const void *data, struct error *err);
	const void *fence_data;
};

struct helper {
	const char *name;
	char ready_byte;
	pid_t pid; /* 0: none is running */
	int pidfd, ready, exit, log;
};

#define HELPER_INIT                                                                      \
	{                                                                                \
		.pidfd = -1, .ready = -1, .exit = -1, .log = -1                          \
	}

/*
 * Makes its process, which waits for helper_go() right before it is executed, so that
 * what comes before that overlaps with what must. The caller must have one thread.
 */
int helper_start(struct helper *helper, const struct helper_spec *spec,
		 struct error *err);
void helper_go(const struct helper *helper);

/*
 * Waits until it is ready. 1: it is; 0: @other (a pidfd) ended before; -1: it failed or
 * took too long, @err has what it said.
 */
int helper_wait_ready(struct helper *helper, int other, struct error *err);

/* Reaps a helper that has ended on its own; @err tells how, and what it said. */
void helper_reap(struct helper *helper, struct error *err);

/* Kills and reaps it, if there is one; closes everything. */
void helper_stop(struct helper *helper);

#endif
