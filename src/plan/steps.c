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
	case STEP_READONLY:
	case STEP_CHMOD:
		break;
	}
	return false;
}

static bool is_mounted(const struct step *step)
{
	return step->type == STEP_BIND || step->type == STEP_TMPFS ||
	       step->type == STEP_OVERLAY || step->type == STEP_MQUEUE ||
	       step->type == STEP_DEV || step->type == STEP_PROC ||
	       (step->type == STEP_FILE && step->mounted);
}

/* The mounts that come later than those that are asked about, by their targets. */
struct later {
	const char **targets;
	size_t len;
	struct strindex index;
};

static bool is_hidden(struct planner *p, const struct later *later, const char *target)
{
	for (;; target = path_parent(p->arena, target)) {
		if (strindex_find(&later->index, later->targets, sizeof target, target))
			return true;
		if (strcmp(target, "/") == 0)
			return false;
	}
}

/* From the last to the first, so that each is asked about those behind it. */
void plan_given_steps(struct planner *p)
{
	const struct plan_given *given = p->input->given;
	struct plan *plan = p->plan;
	struct later later = { NULL, 0, { 0 } };

	plan->given = true;
	plan->steps = arena_alloc(p->arena, (given->steps_len + 1) * sizeof *plan->steps);
	plan->steps_len = given->steps_len;
	if (given->steps_len > 0)
		memcpy(plan->steps, given->steps, given->steps_len * sizeof *plan->steps);
	for (size_t i = plan->steps_len; i-- > 0;) {
		struct step *step = &plan->steps[i];

		step->bare = step->loose && p->policy->namespaces.nested.value;
		step->hidden = is_hidden(p, &later, step->target);
		if (!is_mounted(step) || step->hidden)
			continue;
		*(const char **)arena_append(p->arena, &later.targets, &later.len,
					     sizeof step->target) = step->target;
		strindex_add(&later.index, p->arena, later.targets, sizeof step->target);
	}
	plan->cwd = given->cwd;
	plan->cwd_else = given->cwd_else;
	plan->sync_fd = given->sync_fd;
	plan->told_fd = given->told_fd;
	plan->alone = given->alone;
	plan->strict = given->strict;
	plan->leaves = given->leaves;
	plan->locks = given->locks;
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
