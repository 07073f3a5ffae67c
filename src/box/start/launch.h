/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * launch.h - start a sandbox as planned, and see it through
 */
#ifndef SBOX_LAUNCH_H
#define SBOX_LAUNCH_H

#include "box/fence/seccomp.h"
#include "box/start/supervise.h"
#include "plan/plan.h"

#define LAUNCH_OWN_FDS 12

struct launch {
	const struct plan *plan;
	const struct host *host;
	const struct filter_programs *filters;
	const struct observer *observer; /* or NULL */
	/* descriptors of sbox's own that are open already, -1: none; never the command's
	 */
	int own_fds[LAUNCH_OWN_FDS];
	const int *more_fds; /* of the same kind */
	size_t more_fds_len;
	int requests; /* a socket to ask for more commands, see exec.h; -1: none */
	int cgroup;   /* that the sandbox is born in, -1: the caller's */
	const struct joined *joined; /* see join.h; NULL: nothing is joined */
	struct arena *arena;         /* for what the outcome points to */
	mode_t umask;                /* the caller's, for the command */
	pid_t parent;                /* as getppid(2) told first of all */
	char *argv0; /* main()'s argv[0]: what is behind it is hidden in the sandbox */
};

/*
 * Makes the calling process fit to launch: descriptors 0 to 2 are open, all others
 * close-on-exec, SIGCHLD and SIGPIPE at their defaults, no setuid, setgid or file
 * capability is involved, and the stack is large enough for all that follows. To be
 * called first of all.
 */
int launch_sanitize(struct error *err);

/*
 * Sees that the ports of the host that the plan publishes are free, and puts numbers in
 * for those that may be any.
 */
int launch_ports(struct plan *plan, struct error *err);

/*
 * Runs the plan's command to its end. -1: the sandbox could not be started, nothing was
 * run. 0: *ret tells how it went (which may also be that the set-up inside failed).
 * The calling process must have one thread; its signal mask is changed.
 */
int launch_run(const struct launch *launch, struct outcome *ret, struct error *err);

#endif
