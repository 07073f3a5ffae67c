/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * launch.h - start a sandbox as planned, and see it through
 */
#ifndef SBOX_LAUNCH_H
#define SBOX_LAUNCH_H

#include <sched.h>

#include "box/fence/seccomp.h"
#include "box/observe/observe.h"
#include "box/start/supervise.h"
#include "plan/plan.h"

#define LAUNCH_OWN_FDS 17

struct launch {
	const struct plan *plan;
	const struct net_plan *net; /* the plan's, as launch_ports() has made it */
	const struct host *host;
	const struct filter_programs *filters;
	const struct observer *observer; /* or NULL */
	struct patience *patience;       /* see struct supervision */
	/* descriptors of sbox's own that are open already, -1: none; never the command's
	 */
	int own_fds[LAUNCH_OWN_FDS];
	const int *more_fds; /* of the same kind */
	size_t more_fds_len;
	int requests; /* a socket to ask for more commands, see exec.h; -1: none */
	int cgroup;   /* that the sandbox is born in, -1: the caller's */
	/* of a change set: taken until all processes of the sandbox are gone, see
	 * taken.h, and never the command's; -1: there is none */
	int lock;
	int block;       /* the command waits for a byte here; -1: it does not */
	bool block_ends; /* the end of file lets it go as well */
	enum observe_mode observe;
	const struct joined *joined; /* see join.h; NULL: nothing is joined */
	struct arena *arena;         /* for what the outcome points to */
	mode_t umask;                /* the caller's, for the command */
	pid_t parent;                /* as getppid(2) told first of all */
	char *argv0; /* main()'s argv[0]: what is behind it is hidden in the sandbox */
};

/* Whether other sandboxes may join the network of this one: see join.h. */
static inline bool launch_is_joinable(const struct launch *launch)
{
	const struct plan *plan = launch->plan;

	return launch->requests >= 0 && plan->has_inner &&
	       (plan->clone_flags & CLONE_NEWNET) && !plan->net.join;
}

/* Whether the command waits, when all is there, until the supervisor lets it go. */
static inline bool launch_waits(const struct launch *launch)
{
	return launch->block >= 0 || launch->observe != OBSERVE_OFF;
}

/*
 * Makes the calling process fit to launch: descriptors 0 to 2 are open, all others
 * close-on-exec, SIGCHLD and SIGPIPE at their defaults, no setuid, setgid or file
 * capability is involved, and the stack is large enough for all that follows. To be
 * called first of all.
 */
_must_check_ int launch_sanitize(struct error *err);

/*
 * Sees that the ports of the host that @net publishes are free. *ret is @net with numbers
 * in place of those that may be any, its list of ports in @arena.
 */
_must_check_ int launch_ports(const struct net_plan *net, struct arena *arena,
			      struct net_plan *ret, struct error *err);

/*
 * Runs the plan's command to its end. -1: the sandbox could not be started, nothing was
 * run. 0: *ret tells how it went (which may also be that the set-up inside failed).
 * The calling process must have one thread; its signal mask is changed.
 */
_must_check_ int launch_run(const struct launch *launch, struct outcome *ret,
			    struct error *err);

#endif
