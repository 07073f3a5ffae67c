/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* session.h - one run of sbox: all of its data, and how its mistakes are said */
#ifndef SBOX_SESSION_H
#define SBOX_SESSION_H

#include "box/cgroup/cgroup.h"
#include "box/door/registry.h"
#include "box/guard/guard.h"
#include "box/start/join.h"
#include "box/start/launch.h"
#include "changes/set.h"
#include "plan/plan.h"
#include "run/observed.h"
#include "run/planning.h"
#include "run/report.h"

/* The change set of a run. */
struct change_run {
	const char *name; /* NULL: what may be written to is written to */
	bool claimed;     /* its directory was made by us, and nothing is in it */
	bool made;        /* it was not there before */
	bool asks;        /* there is somebody to ask at the end */
	int dir;          /* of all sets; -1 */
	struct changes_set set;
};

/* Everything of one run, in one arena. */
struct session {
	struct arena arena;
	struct diags diags;
	struct request request;
	struct profile_set profiles;
	struct policy policy;
	struct host host;
	struct plan plan;
	struct net_plan net; /* the plan's, with the ports of the host that were free */
	struct cgroup cgroup;
	struct cgroup_usage usage;
	struct filter_programs filters;
	struct report report;
	struct outcome outcome;
	struct ending ending;
	struct caller caller;
	mode_t umask; /* the caller's */
	struct registry_claim claim;
	struct joined joined;
	int block; /* a copy of request.block_fd; -1: there is none */
	pid_t parent;
	struct guard guard;
	struct guard_findings found;
	struct patience patience;
	struct change_run changes;
	struct observed observed;
};

#define SESSION_INIT                                                                     \
	{                                                                                \
		.cgroup = CGROUP_INIT, .claim = REGISTRY_NO_CLAIM, .joined = { -1, -1 }, \
		.block = -1, .changes = {                                                \
			.dir = -1,                                                       \
			.set = CHANGES_SET_NONE                                          \
		}                                                                        \
	}

/* To standard error, unless --quiet: @what as it is, @about escaped. */
void session_warn(const struct session *session, const char *what, const char *about);

/* Whether somebody reads what is said while or after the command runs, and would else see
 * nothing: a terminal, or --verbose. */
bool session_watched(const struct session *session);

/* Says @err, and the report will; returns the status to end with. */
_must_check_ int session_fail(struct session *session, const struct error *err);

#endif
