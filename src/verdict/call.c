/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* call.c - why the filter answers to a system call as it does; see verdict.h */
#include "config.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "plan/plan.h"
#include "seccomp/import.h"
#include "seccomp/syscalls.h"
#include "verdict/verdict.h"

#define MAX_ERRNO 4095 /* a larger one is this one to the kernel */

/* "the base" by the line that chose it. */
static void why_base(const struct call_scope *s, const struct syscall_row *row,
		     struct verdict *ret)
{
	static const char *const names[] = { "default", "strict", "none" };
	const struct filter_policy *filter = &s->plan->filter;
	const struct policy *policy = s->policy;
	struct arena *arena = s->arena;
	bool nests = row && row->class >= CALL_NEST && filter->nested;

	if (nests && ret->answer == ANSWER_YES)
		verdict_why(ret, arena,
			    policy->namespaces.nested.value
				    ? &policy->namespaces.nested.pos
				    : &policy->namespaces.inner.pos,
			    "commands that make namespaces, or own theirs, may call it");
	else
		verdict_why(ret, arena, &policy->seccomp.base.pos,
			    "seccomp.base = \"%s\"%s", names[filter->base],
			    policy->seccomp.base.pos.file ? "" : ", the default");
}

/* The entry that decides of the call, or, where it passes, of its rule @broken. */
static const struct filter_change *change_of(const struct filter_policy *filter,
					     uint32_t nr, const struct filter_row *broken)
{
	if (broken)
		return filter->rule_origins[broken->rule];
	return filter->origins && nr < FILTER_CALLS ? filter->origins[nr] : NULL;
}

static void why_call(const struct call_scope *s, uint32_t nr, struct verdict *ret)
{
	const struct filter_change *change = change_of(&s->plan->filter, nr, NULL);

	if (change)
		verdict_why(ret, s->arena, &change->pos, "\"%s\" in seccomp.%s",
			    change->what, change->allow ? "allow" : "deny");
	else
		why_base(s, syscall_by_number(nr), ret);
}

void verdict_call_row(const struct call_scope *s, const struct filter_row *row,
		      struct verdict *ret)
{
	const struct filter_policy *filter = &s->plan->filter;
	const struct filter_change *change = filter->rule_origins[row->rule];

	verdict_why(ret, s->arena, change ? &change->pos : &s->policy->seccomp.base.pos,
		    "%s", filter_row_text(s->arena, row, filter->rules[row->rule]));
	if (row->rule == FILTER_SETID && !change)
		verdict_why(ret, s->arena, &(struct srcpos){ 0 },
			    "another user could run a set-id file of yours as you; "
			    "seccomp.allow = [\"@set-id-files\"] lets it be made");
}

/* The filter is not all: see devproc_limits(). */
static void why_namespaces(const struct call_scope *s, const struct seccomp_data *call,
			   struct verdict *ret)
{
	const uint64_t flags = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
			       CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
	const struct policy *policy = s->policy;
	const uint32_t nr = (uint32_t)call->nr;

	if (policy->namespaces.nested.value ||
	    (nr != syscall_must("unshare") &&
	     (nr != syscall_must("clone") || (call->args[0] & flags) == 0)))
		return;
	verdict_why(
		ret, s->arena, &policy->namespaces.nested.pos,
		"but the kernel lets it make no namespace without namespaces.nested = "
		"true, whatever the filter says");
}

/* Whether @call would pass the filter of @policy, which is nobody's yet. */
static bool would_pass(const struct call_scope *s, const struct policy *policy,
		       const struct seccomp_data *call)
{
	struct filter_policy filter;
	struct diags diags = { .arena = s->arena };
	struct filter_spec spec;

	plan_filter_spec(s->arena, policy, s->plan, &spec);
	return filter_resolve(s->arena, &spec, &diags, &filter) == 0 &&
	       filter_verdict(&filter, call) == SECCOMP_RET_ALLOW;
}

/* The entry that would let @call through; none, if a denial stands against each. */
static void why_entry(const struct call_scope *s, const struct seccomp_data *call,
		      struct verdict *ret)
{
	const struct syscall_row *row = syscall_by_number((uint32_t)call->nr);
	struct arena *arena = s->arena;
	struct policy policy = *s->policy;
	struct texts *allow = &policy.seccomp.allow;
	const struct text *old = allow->items;
	const struct srcpos nowhere = { 0 };

	policy.namespaces.nested.value = true;
	if (would_pass(s, &policy, call)) {
		verdict_why(ret, arena, &nowhere,
			    "namespaces.nested = true lets it through, for commands that "
			    "make namespaces of their own");
		return;
	}
	policy.namespaces.nested = s->policy->namespaces.nested;
	if (!row)
		return;
	allow->items = arena_alloc(arena, (allow->len + 1) * sizeof *allow->items);
	if (allow->len > 0)
		memcpy(allow->items, old, allow->len * sizeof *old);
	allow->items[allow->len++] = (struct text){ .s = row->name };
	if (would_pass(s, &policy, call))
		verdict_why(ret, arena, &nowhere,
			    "seccomp.allow = [\"%s\"] lets it through the filter; what "
			    "needs a capability stays refused by the kernel",
			    row->name);
}

/* An action by what it means: the smaller one wins. */
static int32_t rank(uint32_t action)
{
	return (int32_t)(action & SECCOMP_RET_ACTION_FULL);
}

/* What comes of an answer, where nobody traces or listens. */
static uint32_t effect(uint32_t answer)
{
	const uint32_t action = answer & SECCOMP_RET_ACTION_FULL;

	if (action == SECCOMP_RET_TRACE || action == SECCOMP_RET_USER_NOTIF)
		return SECCOMP_RET_ERRNO | ENOSYS;
	if (action == SECCOMP_RET_ERRNO && (answer & SECCOMP_RET_DATA) > MAX_ERRNO)
		return SECCOMP_RET_ERRNO | MAX_ERRNO;
	return answer;
}

uint32_t verdict_answer(const struct plan *plan, const struct seccomp_data *call,
			const struct plan_program **ret_by)
{
	uint32_t action = filter_verdict(&plan->filter, call);

	*ret_by = NULL;
	for (size_t i = 0; i < plan->programs_len; i++) {
		const struct plan_program *one = &plan->programs[i];
		uint32_t answer;

		if (!bpf_run(&one->program, call, &answer) ||
		    rank(answer) == rank(SECCOMP_RET_LOG) ||
		    rank(answer) == rank(SECCOMP_RET_ALLOW) ||
		    rank(answer) > rank(action))
			continue;
		action = answer; /* of equals, the one that was loaded last */
		*ret_by = one;
	}
	return effect(action);
}

static const char *says_of(struct arena *arena, uint32_t action)
{
	switch (action & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
		return "allowed";
	case SECCOMP_RET_ERRNO:
		return action == SECCOMP_RET_ERRNO
			       ? "does nothing, and succeeds"
			       : arena_printf(arena, "fails with %s",
					      filter_action_text(arena, action));
	case SECCOMP_RET_TRAP:
		return "the thread gets SIGSYS";
	default:
		return "the process is killed (SIGSYS)";
	}
}

void verdict_call(const struct call_scope *s, const struct seccomp_data *call,
		  struct verdict *ret)
{
	const struct filter_policy *filter = &s->plan->filter;
	const uint32_t nr = (uint32_t)call->nr;
	const struct plan_program *by;
	const uint32_t action = verdict_answer(s->plan, call, &by);
	const struct filter_row *broken;

	*ret = (struct verdict){ .answer = action == SECCOMP_RET_ALLOW ? ANSWER_YES
								       : ANSWER_NO,
				 .says = says_of(s->arena, action) };
	if (by) {
		verdict_why(ret, s->arena, &by->pos, "\"%s\" of seccomp.programs%s",
			    by->path,
			    import_may_trace(&by->program)
				    ? ", which can leave it to who traces the process"
				    : "");
		return;
	}
	broken = filter_broken(call, filter->rules, &filter->own);
	if (action == SECCOMP_RET_ALLOW || filter_call(filter, nr) != SECCOMP_RET_ALLOW)
		broken = NULL;
	if (broken)
		verdict_call_row(s, broken, ret);
	else
		why_call(s, nr, ret);
	if (ret->answer == ANSWER_YES)
		why_namespaces(s, call, ret);
	else if (!change_of(filter, nr, broken))
		why_entry(s, call, ret);
}
