/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * companion.h - a program outside that works for one sandbox
 *
 * Theory of operation
 *
 * A companion runs as the caller, in the host's namespaces, and parses what a hostile
 * command sends. So it gets nothing that it does not need: 0 to 2, the two descriptors
 * below, those that its spec lists, and no other; a constant environment, no_new_privs, a
 * session of its own (a terminal's Ctrl-C is for the command) and, where it has no
 * confinement of its own, a fence of files.
 *
 * What it is to work on it is given as descriptors, not as a process id: those stay true
 * when a number is used again, need no access to /proc/PID, and work from behind
 * Landlock.
 *
 * A program that closes what it inherits finds its descriptors by path, in a process that
 * only holds them: its holder, which is in the user namespace that the program enters, or
 * else the program could not look into it any more (ptrace(2), access mode checking). The
 * holder has no capability and is gone as soon as the program is ready.
 *
 * It dies with us, whatever happens: the kernel kills it when we die (PDEATHSIG), a
 * companion that watches descriptor COMPANION_FD_EXIT sees its other end close, and
 * companion_stop() kills it by its pidfd.
 */
#ifndef SBOX_COMPANION_H
#define SBOX_COMPANION_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"

/* The descriptors of a companion, beside 0 (/dev/null), 1 and 2 (the log). */
enum {
	COMPANION_FD_READY = 3, /* it writes here when it is ready */
	COMPANION_FD_EXIT =
		4, /* a byte: it may start; its other end closes: it shall end */
	COMPANION_FD_GIVEN = 5, /* the first of those that its spec lists */
};
#define COMPANION_GIVEN_MAX 8

struct companion_spec {
	const char *name; /* for people */
	const char *path;
	const char *const *argv;
	const int *given; /* in the order in which it finds them; none is -1 */
	size_t given_len; /* at most COMPANION_GIVEN_MAX */
	char ready;       /* the first byte that it writes; NUL: any */
	/*
	 * Which of @given is a user namespace, for a program that closes what it
	 * inherits: its arguments "/proc/self/fd/N" are made to name the holder's. -1: it
	 * needs none.
	 */
	int holder;
	struct arena *arena; /* for these arguments; else NULL will do */
	/* Run in the companion's process right before it is executed; NULL: nothing. */
	int (*fence)(const void *data, struct error *err);
	const void *fence_data;
};

struct companion {
	const char *name;
	char ready_byte;
	pid_t pid;    /* 0: none is running */
	pid_t holder; /* the same, until it is ready */
	int pidfd, ready, exit, log;
};

#define COMPANION_INIT                                                                   \
	{                                                                                \
		.pidfd = -1, .ready = -1, .exit = -1, .log = -1                          \
	}

/*
 * Makes its process, which waits for companion_go() right before it is executed, so that
 * what comes before that overlaps with what must. The caller must have one thread.
 */
_must_check_ int companion_start(struct companion *companion,
				 const struct companion_spec *spec, struct error *err);
void companion_go(const struct companion *companion);

/*
 * Waits until it is ready. 1: it is; 0: @other (a pidfd) ended before; -1: it failed or
 * took too long, @err has what it said.
 */
_must_check_ int companion_wait_ready(struct companion *companion, int other,
				      struct error *err);

/* Reaps one that has ended on its own; @err tells how, and what it said. */
void companion_reap(struct companion *companion, struct error *err);

/*
 * Lets it end by itself, as one that watches COMPANION_FD_EXIT does, and reaps it; kills
 * it if that takes longer than @ms milliseconds.
 */
void companion_finish(struct companion *companion, int ms);

/* Kills and reaps it, if there is one; closes everything. */
void companion_stop(struct companion *companion);

#endif
