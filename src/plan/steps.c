/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* steps.c - the steps of a plan: made, asked, and looked for; see plan.h and parts.h */
#include "config.h"

#include <string.h>

#include "base/path.h"
#include "plan/parts.h"
#include "policy/forms.h"

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
	/* what a change set has is sbox's own, and shown by no other name */
	return n == lowers && !step->changes ? step->upper : NULL;
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

const struct step *plan_find_step(const struct planner *p, const char *target)
{
	size_t lo = 0, hi = p->plan->steps_len;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = strcmp(p->index[mid].target, target);

		if (c == 0)
			return &p->index[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

const struct step *plan_step_above(const struct planner *p, const char *target,
				   bool itself)
{
	const struct step *step;

	if (itself) {
		step = plan_find_step(p, target);
		if (step)
			return step;
	}
	while (strcmp(target, "/") != 0) {
		target = path_parent(p->arena, target);
		step = plan_find_step(p, target);
		if (step)
			return step;
	}
	return NULL;
}

bool plan_shows(const struct planner *p, const char *path)
{
	const struct step *step = plan_step_above(p, path, true);

	for (size_t n = 0; step && step_origin(step, n); n++)
		if (strcmp(path_join(p->arena, step_origin(step, n),
				     path_below(path, step->target)),
			   path) == 0)
			return true;
	return false;
}

bool plan_denies(const struct planner *p, const char *path)
{
	const struct texts *deny = &p->policy->fs.deny;
	struct host_file file;
	struct fsspec spec;

	for (size_t i = 0; i < deny->len; i++)
		if (fsspec_parse(p->arena, deny->items[i].s, NULL, &spec) == 0 &&
		    p->host->lookup(p->host, spec.source, &file) == 0 &&
		    path_within(path, file.real))
			return true;
	return false;
}
