/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guards.c - denied and protected paths, put among and behind the mounts; see guarding.h
 */
#include "config.h"

#include "plan/guarding.h"

/*
 * A command without an inner user namespace owns its mounts: it could simply unmount
 * what guards a path, so nothing of the kind is promised.
 */
static void check_owner(const struct guards *g)
{
	struct planner *p = g->p;

	for (size_t i = 0; !p->plan->has_inner && i < p->plan->steps_len; i++) {
		const struct step *step = &p->plan->steps[i];

		if (step->type != STEP_DENY && step->type != STEP_PROTECT)
			continue;
		diag_add(p->diags,
			 step->pos.file ? &step->pos : &p->policy->namespaces.inner.pos,
			 "\"%s\" cannot be %s a command that owns its mounts "
			 "(namespaces.inner = false): it could unmount the cover; do not "
			 "show the directory that it is in",
			 step->target,
			 step->type == STEP_DENY ? "hidden from" : "protected from");
	}
}

void plan_guards(struct planner *p)
{
	struct guards guards = { .p = p };

	guards_note_mounts(&guards);
	guards_deny(&guards);
	plan_instructions(p);
	guards_protect(&guards);
	check_owner(&guards);
}
