/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* steps.c - one step of a plan: made, and asked; see plan.h and parts.h */
#include "config.h"

#include "plan/parts.h"

struct step *plan_step(struct planner *p, enum step_type type, const char *target,
		       const struct srcpos *pos)
{
	struct step *step = arena_append(p->arena, &p->plan->steps, &p->plan->steps_len,
					 sizeof *step);

	step->type = type;
	step->target = target;
	if (pos)
		step->pos = *pos;
	return step;
}

const char *step_origin(const struct step *step, size_t n)
{
	size_t lowers = 0;

	if (step->type == STEP_BIND)
		return n == 0 ? step->source : NULL;
	if (step->type != STEP_OVERLAY)
		return NULL;
	for (; step->lowers[lowers]; lowers++)
		if (lowers == n)
			return step->lowers[lowers];
	return n == lowers ? step->upper : NULL;
}

bool step_may_write(const struct step *step)
{
	switch (step->type) {
	case STEP_BIND:
	case STEP_OVERLAY:
		return !step->readonly;
	case STEP_TMPFS:
	case STEP_MQUEUE:
	case STEP_DEV:
	case STEP_PROC: /* files of /proc/self are written to; the rest is decided there
			 */
		return true;
	case STEP_FILE:
	case STEP_DIR:
	case STEP_SYMLINK:
	case STEP_PIN:
	case STEP_PROTECT:
	case STEP_DENY:
		break;
	}
	return false;
}
