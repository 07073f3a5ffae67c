/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * init.h - process 1 of the sandbox, once the command runs
 *
 * It reaps whatever is orphaned, carries signals to the command and tells the
 * supervisor how the command ended; then, or with process.linger when all others have
 * ended, it ends, and the kernel kills everything that is left in the PID namespace. It
 * keeps no handler, no descriptor but two, and no capability but, with subordinate ids,
 * that to signal others. It belongs to the outer user namespace, so the command can
 * neither trace it nor read its memory or environment nor steal its descriptors.
 */
#ifndef SBOX_INIT_H
#define SBOX_INIT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/msg.h"

/*
 * Makes the calling process say nothing about sbox's caller in /proc: not its command
 * line, not its environment. @argv0 is main()'s argv[0], behind which both lie.
 */
void init_hide(char *argv0, char *const *env);

/* A descriptor that becomes readable on SIGCHLD, which must be blocked. */
_must_check_ int init_signalfd(struct error *err);

struct served {
	pid_t command; /* -1: the sandbox is held without one, or it has ended */
	int ctl;       /* to the supervisor, see base/msg.h; -1: it has gone */
	int go;        /* the command waits for a byte here; -1: it does not */
	int sigfd;     /* of init_signalfd() */
	int64_t time;  /* milliseconds that it may take, negative: any */
	int64_t grace; /* milliseconds between a signal to end a sandbox without a command
			  and its end */
	bool linger;   /* when the command has ended, wait for all others ... */
	bool leaves;   /* ... alone: the supervisor has no part in that any more */
	int status;    /* that it has ended with then; 0: there was none */
	int asked;     /* the last signal to end that the command was sent, or 0 */
	int64_t ending; /* when that is, by clock_ms(); -1: it was not asked to end */
	bool stopped;   /* the command, as far as we were told */
	/* MSG_EXEC: starts another command, in a process of its own that never returns;
	 * @fds are closed by us. NULL: there is none to be had */
	void (*exec)(void *data, int ttys, const int fds[EXEC_FDS]);
	/* Which bounds the command, which failed and is a zombie, may have run into: a
	 * set of enum hit. NULL: nobody asks */
	int (*hits)(void *data);
	void *data;
};

/*
 * Serves until the command has ended, or with @linger the last process; without one,
 * until a signal asks for the end, which all processes inside get and may follow for so
 * long. Whoever keeps a command of "sboxctl exec" does so too. The time is the
 * supervisor's to watch; but that one can be stopped, or stuck in a terminal that takes
 * no more, and init cannot.
 */
_Noreturn void init_serve(struct served *s);

#endif
