/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * supervise.h - the caller's side while the sandbox lives
 *
 * Waits for everything at once: messages of init, signals, the terminal, the end of
 * whoever started sbox, and the error pipe if somebody asks when the command begins.
 * Whatever happens, it leaves only when init is dead and reaped, and with init the whole
 * PID namespace.
 */
#ifndef SBOX_SUPERVISE_H
#define SBOX_SUPERVISE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/loop.h"
#include "base/patience.h"
#include "box/covers/watch.h"
#include "box/net/ports.h"
#include "box/observe/observe.h"
#include "box/start/made.h"
#include "box/start/points.h"
#include "box/stdio/handover.h"
#include "box/stdio/terminal.h"
#include "plan/net.h"

/* Callbacks for when the command runs; without an observer, nothing wakes us up then. */
struct observer {
	/* process 1 is there, and waits until this returns; or NULL */
	void (*born)(void *data, const struct made *made);
	void (*started)(void *data, pid_t init);
	/* all is there, and the command waits (struct supervision.block) */
	void (*made)(void *data, const struct made *made);
	void *data;
};

struct outcome {
	bool failed; /* without a status of the command: @error says why */
	struct error error;
	int status;    /* of the command, as of waitpid(2) */
	int hits;      /* what it may have run into: a set of enum hit */
	bool killed;   /* the sandbox was killed from outside, there is no status */
	bool orphaned; /* our own parent ended */
	bool timeout;  /* the wall-clock limit was reached */
	int relayed;   /* the last signal to end it that was passed on, or 0 */
	bool overdue;  /* it had not ended limits.grace after that: @status is that of
			  SIGKILL */
	pid_t init;    /* process 1, as it was called outside */
	bool started;  /* the command was executed; without an observer it is not
			  certain if it was killed */
	struct rusage usage;              /* of everything inside */
	bool replaced;                    /* @failed because of that: fs.on_replace */
	const struct cover_state *covers; /* of plan->covers; NULL: nobody looked */
	const char *blind; /* why replacing was not noticed before the end, or NULL */
	bool left;         /* processes inside live on, without us: plan->leaves */
	bool offline;      /* the network's helper ended first; @helper_error says how */
	struct error helper_error;
	struct net_usage net;
	const struct observe_table *observed; /* NULL: nothing was */
	/* U1, for whoever looks at what was written; its taker closes it. -1: the caller
	 * alone has written it */
	int ids;
};

/* One sandbox, or one command in a sandbox of somebody else; the owner fills it in. */
struct supervision {
	pid_t init; /* our child, or 0: somebody else's, who ends it and reaps it */
	int pidfd;  /* of init, if it is ours */
	int ctl;    /* to init, see base/msg.h */
	int errors; /* a struct error of init or the command; end of file: it was executed
		     */
	bool alone; /* process 1 is the command: its end is what matters, and its status
		     */
	int sigfd;
	int parent; /* pidfd of whoever started us, -1: its end does not matter */
	struct terminal *terminal;
	struct ports *ports;   /* for MSG_PORT and MSG_SOCKET; NULL: there are none */
	struct points *points; /* for MSG_POINT, of @plan */
	const struct plan *plan;
	struct handovers *handovers; /* for MSG_HANDED; given back by their owner */
	int64_t wall, grace; /* milliseconds until SIGTERM, and from then to SIGKILL; wall
				negative: no limit */
	enum forward forward;
	bool grace_counts; /* from a signal to end that was passed on, too */
	struct made *made; /* for the observer, if the command waits */
	int block;       /* the command is let go by a byte here; -1: it does not wait */
	bool block_ends; /* ... or by its end of file */
	enum observe_mode observe; /* it is let go when it is observed */
	struct observation observation;
	struct arena *arena;             /* for what was observed, and @points */
	const struct observer *observer; /* or NULL */
	struct patience *patience;       /* told of an end that takes long; or NULL */
	struct loop *loop;               /* its other guests are the owner's */
	struct outcome *outcome;

	/* supervise.c's own */
	struct loop_fd from_init, failed, orphaned, released, ended;
	struct loop_signals signals;
	/* when limits.wall has run out; the grace after a signal; when the patience is
	 * looked at */
	struct loop_timer clock, asked, slow;
	bool watched;   /* we want to know at once that the command is executed */
	bool stop_with; /* when the command stops, we stop too */
	bool blocked;   /* nobody has let the command go yet */
	bool left;      /* the command has ended, and others live on */
	bool over;      /* process 1, which was the command, has ended by itself */
	bool resting;   /* the command has ended; what it wrote is passed on */
};

/*
 * A pidfd of @parent, which getppid(2) told first of all; -1 if that is outside of our
 * PID namespace (0). An error if it has ended meanwhile: who has taken its place, process
 * 1 or another reaper, did not start us. That it had ended before is not to be seen.
 */
_must_check_ int supervise_parent(pid_t parent, int *ret_fd, struct error *err);

/*
 * Standard input and output belong to the command now: a pipe that it closes must not be
 * kept open by us.
 */
_must_check_ int supervise_without_stdio(struct error *err);

/*
 * Begins an outcome and registers with the loop. Who may end the sandbox as well, such as
 * a helper, registers behind it: what init has said before counts first.
 */
void supervise_join(struct supervision *s);

/* Whether the command was executed: asked now and then, where nobody waits for it. */
bool supervise_started(struct supervision *s);

/*
 * Runs the loop until init has said how the command ended, or is gone, or somebody has
 * called loop_stop(); then ends init.
 */
void supervise(struct supervision *s);

#endif
