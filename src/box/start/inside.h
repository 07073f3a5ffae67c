/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * inside.h - the part of a start that happens in the new namespaces
 *
 * Process 1 builds, clones the command and waits; the command gives up what is left and
 * executes. The order and its reasons are told in launch.c.
 */
#ifndef SBOX_START_INSIDE_H
#define SBOX_START_INSIDE_H

#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base/msg.h"
#include "box/cache/cache.h"
#include "box/fence/landlock.h"
#include "box/start/launch.h"
#include "box/stdio/relay.h"

/* The state of init and of the command while they set up the sandbox. */
struct inside {
	const struct launch *launch;
	struct arena arena;
	const struct plan *plan;
	int ctl;       /* to the supervisor */
	int errors;    /* close-on-exec, see above */
	int proc;      /* a procfs, for init alone: the new one, or the host's */
	bool proc_new; /* whose process numbers are those inside */
	int sys;       /* its sys directory, writable; -1 without a new procfs */
	int dev;       /* /dev, to be made read-only; -1: there is none */
	int pty;       /* the command's terminal, -1: none */
	bool tty[3];   /* which of 0 to 2 it stands for */
	struct terminal_look look; /* what it is to be like */
	const struct relays *relays;
	const struct caches *caches;
	const struct handovers *handovers;
	size_t step; /* the number of the one that is carried out */
	int go[2]; /* pipe: a byte when the command is mapped, and when init is sealed */
	mode_t umask; /* the caller's; ours is 0 while we build */
	struct rlimit
		files; /* the caller's, of open files; ours is as high as it may be */
	int sigfd;     /* of init_signalfd() */
	/* for commands that come later, else -1 and empty; see exec.c */
	int userns;            /* the inner user namespace */
	int locks[PLAN_LOCKS]; /* files that plan->locks names, with a lock on each */
	size_t locks_len;
	struct landlock_held held;
	bool later; /* this is such a command */
	/* in init, for them: attendant_start() */
	void (*exec)(void *data, int ttys, const int fds[EXEC_FDS]);
};

/* The life of process 1, from its first instruction on. */
_Noreturn void inside_init(struct inside *in);

/* A session, with a terminal if one of in->tty says so: into in->pty, and announced. */
_must_check_ int inside_session(struct inside *in, struct error *err);

/*
 * Gives up what a process that serves @command does not need, and serves. @exec: what it
 * does about other commands, or NULL.
 */
_Noreturn void inside_serve(struct inside *in, pid_t command,
			    void (*exec)(void *data, int ttys, const int fds[EXEC_FDS]));

#endif
