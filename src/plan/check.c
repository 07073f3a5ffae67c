/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* check.c - what holds of every plan; see plan.h */
#include "config.h"

#include <sched.h>
#include <string.h>

#include "base/path.h"
#include "plan/plan.h"

static bool is_guard(const struct step *step)
{
	return step->type == STEP_PIN || step->type == STEP_PROTECT ||
	       step->type == STEP_DENY;
}

/* What a step shows of the host. */
static const char *check_shown(const struct step *step)
{
	if (step->type == STEP_BIND && (!step->source || !path_is_clean(step->source)))
		return "a bind mount has no clean source";
	if (step->cache && (step->type != STEP_BIND || step->readonly))
		return "a cache is no writable bind mount";
	if (step->type == STEP_OVERLAY && (!step->lowers || !step->lowers[0]))
		return "an overlay has no lower layer";
	if (step->type == STEP_OVERLAY && !step->upper != !step->work)
		return "an overlay has one of the upper and the work directory";
	return NULL;
}

static const char *check_step(const struct step *step)
{
	if (!path_is_clean(step->target))
		return "a target is no clean path";
	if (is_guard(step))
		return step->top && path_within(step->target, step->top)
			       ? NULL
			       : "a guard is outside of its mount";
	if (step->top)
		return "a step that guards nothing is a part of a mount";
	if (step->type == STEP_FILE && !step->content)
		return "a file has no content";
	if (step->type == STEP_SYMLINK && !step->source)
		return "a symbolic link leads nowhere";
	return check_shown(step);
}

/*
 * A step must not hide an earlier one, nor have the same target. Guards are left out:
 * they lie in mounts, and a later mount may lie over them.
 */
static const char *check_order(const struct step *first, const struct step *later)
{
	if (is_guard(first) || is_guard(later) ||
	    !path_within(first->target, later->target))
		return NULL;
	return strcmp(first->target, later->target) == 0
		       ? "two steps have the same target"
		       : "a mount would hide an earlier step";
}

/* The mount that a guard is a part of is made before it. */
static bool has_mount(const struct plan *plan, size_t guard)
{
	const char *top = plan->steps[guard].top;

	for (size_t i = 0; i < guard; i++)
		if (!is_guard(&plan->steps[i]) && strcmp(plan->steps[i].target, top) == 0)
			return true;
	return false;
}

static const char *check_steps(const struct plan *plan)
{
	if (plan->given) /* in the order that somebody else has made */
		return NULL;
	for (size_t i = 0; i < plan->steps_len; i++) {
		const char *wrong = check_step(&plan->steps[i]);

		if (!wrong && is_guard(&plan->steps[i]) && !has_mount(plan, i))
			wrong = "a guard stands before its mount";
		for (size_t j = i + 1; !wrong && j < plan->steps_len; j++)
			wrong = check_order(&plan->steps[i], &plan->steps[j]);
		if (wrong)
			return wrong;
	}
	return NULL;
}

static const char *check_map(const struct id_map *map)
{
	for (size_t i = 0; i < map->len; i++) {
		const struct id_range *range = &map->range[i];

		if (range->count < 1 || range->inside < 0 || range->outside < 0)
			return "a range of ids is empty or negative";
		for (size_t j = i + 1; j < map->len; j++)
			if (range->inside < map->range[j].inside + map->range[j].count &&
			    map->range[j].inside < range->inside + range->count)
				return "two ranges of ids overlap";
	}
	return map->len > 0 ? NULL : "a user namespace maps no ids";
}

static const char *check_ids(const struct plan *plan)
{
	const struct id_map *maps[] = { &plan->outer.uid, &plan->outer.gid,
					&plan->inner.uid, &plan->inner.gid };

	if (!(plan->clone_flags & CLONE_NEWUSER))
		return "there is no user namespace";
	for (size_t i = 0; i < (plan->has_inner ? 4 : 2); i++) {
		const char *wrong = check_map(maps[i]);

		if (wrong)
			return wrong;
	}
	return NULL;
}

static const char *check_ports(const struct net_plan *net)
{
	for (size_t i = 0; i < net->publish_len; i++)
		if (!net->helper &&
		    !net->publish[i].relay) /* nobody would lead it inside */
			return "there is a port without a helper";
	for (size_t i = 0; i < net->reach_len; i++)
		if (!net->reach[i].relay || !net->reach[i].host_port ||
		    !net_addr_is_loopback(&net->reach[i].addr))
			return "a port leads to more than the host's loopback";
	return NULL;
}

static const char *check_net(const struct plan *plan)
{
	const struct net_plan *net = &plan->net;
	bool own = (plan->clone_flags & CLONE_NEWNET) != 0;

	if (own == (net->mode == NET_HOST))
		return "the network namespace is not what net.mode says";
	if (!net->join != (net->mode != NET_JOIN))
		return "the network that is joined is not what net.mode says";
	if (net->helper != (net->mode == NET_SLIRP4NETNS || net->mode == NET_PASTA))
		return "the helper is not what net.mode says";
	if (net->filtered != (net->mode == NET_FILTERED))
		return "the filter is not what net.mode says";
	if ((net->helper || net->filtered) !=
	    (plan->companions_len > 0 && plan->companions[0].network))
		return "no program is there to carry the packets, or one too many";
	for (size_t i = 0; i < plan->companions_len; i++)
		if (!path_is_clean(plan->companions[i].path) ||
		    plan_companion(plan, plan->companions[i].name) !=
			    &plan->companions[i])
			return "a companion is there twice, or has no path";
	if (!net->helper && !net->filtered && net->rules_len > 0)
		return "there are rules without a helper";
	if ((net->reach_len > 0 || net->filtered) && !plan->loopback)
		return "there are ports without a loopback device";
	return check_ports(net);
}

static const char *check_process(const struct plan *plan)
{
	if (plan->hold != !plan->argv[0])
		return "there is a command where none is to be, or none";
	if (!path_is_clean(plan->cwd))
		return "the current directory is no clean path";
	for (const char *const *var = plan->environ; *var; var++)
		if (!strchr(*var, '='))
			return "a variable has no value";
	if (plan->nested && plan->landlock)
		return "Landlock would forbid the mounts of nested namespaces";
	return NULL;
}

const char *plan_check(const struct plan *plan)
{
	static const char *(*const checks[])(const struct plan *plan) = {
		check_steps, check_ids, check_net, check_process
	};
	const char *wrong = NULL;

	for (size_t i = 0; !wrong && i < sizeof checks / sizeof checks[0]; i++)
		wrong = checks[i](plan);
	return wrong;
}
