/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * planning.h - from a command line to a plan
 *
 * sbox, which carries a plan out, and sboxctl, which explains it, make it here, so that
 * one cannot speak of another plan than the other runs.
 */
#ifndef SBOX_PLANNING_H
#define SBOX_PLANNING_H

#include "plan/plan.h"
#include "run/caller.h"
#include "run/request.h"

/* The data of planning; all of it is the owner's, and is filled from the top down. */
struct planning {
	const struct request *options; /* parsed by the owner */
	struct diags *diags;           /* its arena holds everything */
	struct caller *caller;
	struct profile_set *profiles;
	struct policy *policy;
	struct host *host;
	struct plan *plan;
	const char *changes; /* the name of the change set; NULL: as the options say */
};

/* The profiles of the options, or "default", and then their settings, as one policy.
 * 0, or -1 with the mistakes in @diags. */
int planning_policy(const struct planning *planning);

/* Whether the command is to write to a change set. */
bool planning_wants_changes(const struct planning *planning);

/* The plan for that policy, this machine and the options' command. As above. */
int planning_plan(const struct planning *planning);

/*
 * Makes the plan once more, when it turned out that no cgroup can be made, for @why_not.
 * 0, or -1 with the mistakes in @diags.
 */
int planning_without_cgroup(const struct planning *planning, const char *why_not);

/* The canonical paths of the files that were read, or "descriptor N"; NULL-terminated. */
const char *const *planning_files(const struct planning *planning);

#endif
