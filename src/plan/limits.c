/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * limits.c - what will hold each limit, or why nothing can
 *
 * A limit is only as good as its means, so the plan names them, --dry-run and the
 * report show them, and limits.require makes a limit that nothing would hold a
 * mistake. What is not set is left as it is: sbox has no opinion on how many files a
 * build opens. The one exception are core dumps, which are switched off.
 *
 * Without a cgroup of its own a sandbox has no bound on memory: RLIMIT_AS counts
 * address space, of which sanitizers, Go and Java reserve terabytes, and each process
 * by itself. So limits.memory is never quietly turned into it.
 *
 * The number of processes can be held without a cgroup just as exactly. It is given to
 * a cgroup if that costs little (one was delegated to the caller) or is made anyway;
 * for it alone systemd is not asked to move sbox elsewhere, unless nothing else holds.
 */
#include "config.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/json.h"
#include "plan/parts.h"

/* Process numbers below are handed out once only (RESERVED_PIDS in kernel/pid.c). */
#define RESERVED_PIDS 300
#define PID_MAX_LIMIT INT64_C(4194304)
#define PERCENT_MAX 1000000
#define TIME_MAX (INT64_C(3650) * 86400 * 1000)

enum kind { BY_MOUNT, BY_RLIMIT, BY_COUNTING, BY_CLOCK, BY_CGROUP, BY_AFFINITY };

/* A limit's name, and where the policy has it. */
#define LIMIT(name) #name, offsetof(struct policy, limits.name)

static const struct rule {
	const char *name;
	size_t offset;
	enum limit_unit unit;
	enum kind kind;
	int resource;      /* BY_RLIMIT: RLIMIT_*; BY_CGROUP: CGROUP_* */
	const char *means; /* NULL: depends */
} rules[] = {
	{ LIMIT(tmpfs), LIMIT_BYTES, BY_MOUNT, 0, "size= of each tmpfs" },
	{ LIMIT(inodes), LIMIT_COUNT, BY_MOUNT, 0, "nr_inodes= of each tmpfs" },
	{ LIMIT(memory), LIMIT_BYTES, BY_CGROUP, CGROUP_MEMORY, "memory.max" },
	{ LIMIT(swap), LIMIT_BYTES, BY_CGROUP, CGROUP_MEMORY, "memory.swap.max" },
	{ LIMIT(cpu), LIMIT_PERCENT, BY_CGROUP, CGROUP_CPU, "cpu.max" },
	/* behind those: see above */
	{ LIMIT(pids), LIMIT_COUNT, BY_COUNTING, RLIMIT_NPROC, NULL },
	{ LIMIT(nofile), LIMIT_COUNT, BY_RLIMIT, RLIMIT_NOFILE,
	  "RLIMIT_NOFILE of each process" },
	{ LIMIT(fsize), LIMIT_BYTES, BY_RLIMIT, RLIMIT_FSIZE,
	  "RLIMIT_FSIZE of each process" },
	{ LIMIT(core), LIMIT_BYTES, BY_RLIMIT, RLIMIT_CORE,
	  "RLIMIT_CORE of each process" },
	{ LIMIT(stack), LIMIT_BYTES, BY_RLIMIT, RLIMIT_STACK,
	  "RLIMIT_STACK of each process" },
	{ LIMIT(memlock), LIMIT_BYTES, BY_RLIMIT, RLIMIT_MEMLOCK,
	  "RLIMIT_MEMLOCK of each process" },
	{ LIMIT(cpu_time), LIMIT_TIME, BY_RLIMIT, RLIMIT_CPU,
	  "RLIMIT_CPU of each process" },
	{ LIMIT(wall), LIMIT_TIME, BY_CLOCK, 0, "clocks of the supervisor and of init" },
	{ LIMIT(cpus), LIMIT_COUNT, BY_AFFINITY, 0,
	  "CPU affinity at the start, which the command can change" },
};

/* No more than the caller has itself: that cannot be raised, and is a bound as well. */
static const char *bound_by_caller(const struct planner *p, int resource, int64_t *value,
				   const char *means)
{
	const int64_t *hard = p->host->rlimits;

	if (!hard || hard[resource] == LIMIT_NONE || hard[resource] >= *value)
		return means;
	*value = hard[resource];
	return arena_printf(p->arena, "%s; the caller's own %lld is lower and stays",
			    means, (long long)*value);
}

/*
 * A core limit of 0 keeps files from being made, but not a handler of
 * kernel.core_pattern from being started, outside the sandbox, on what is inside. 1
 * keeps off both: core(5), do_coredump() in fs/coredump.c.
 */
static void by_rlimit(struct planner *p, const struct rule *rule,
		      struct plan_limit *limit)
{
	struct plan_limits *limits = &p->plan->limits;
	int64_t value = limit->value, soft;

	if (rule->resource == RLIMIT_CPU)
		value = value / 1000 + (value % 1000 != 0);
	if (rule->resource == RLIMIT_CORE && value == 0)
		value = 1;
	soft = value;
	if (rule->resource == RLIMIT_CPU)
		value++; /* SIGXCPU first, SIGKILL a second later: setrlimit(2) */
	limit->means = bound_by_caller(p, rule->resource, &value, rule->means);
	limits->rlimits[limits->rlimits_len++] = (struct plan_rlimit){
		rule->resource, (uint64_t)(soft < value ? soft : value), (uint64_t)value
	};
}

/*
 * RLIMIT_NPROC counts per user, and since Linux 5.14 along the user namespaces: what is
 * in force when one is made bounds the sum of all its users. So init, which counts
 * itself, takes one more than the command may have and then makes the command's.
 * It does not bind the host's root, nor several users in one namespace together.
 */
static bool by_nproc(struct planner *p, struct plan_limit *limit)
{
	struct plan_limits *limits = &p->plan->limits;
	bool sum = p->plan->has_inner || !p->plan->subids;
	int64_t value = limit->value;

	if (!sum || p->host->uid == 0)
		return false;
	limit->means = bound_by_caller(
		p, RLIMIT_NPROC, &value,
		p->plan->has_inner ? "RLIMIT_NPROC of the outer user namespace"
				   : "RLIMIT_NPROC");
	limits->nproc = value == limit->value ? value + 1 : value;
	return true;
}

static bool by_pid_max(struct planner *p, struct plan_limit *limit)
{
	int64_t value = limit->value + RESERVED_PIDS;

	if (!p->host->pid_max || p->policy->fs.proc.value != PROC_FRESH)
		return false;
	p->plan->limits.pid_max = value < PID_MAX_LIMIT ? value : PID_MAX_LIMIT;
	limit->means = "kernel.pid_max of the PID namespace";
	return true;
}

/* Gives @limit to @file of the cgroup, which @bit's controller has; else says why not. */
static bool by_cgroup(const struct planner *p, unsigned bit, const char *file,
		      struct plan_limit *limit)
{
	static const char *const names[] = { "memory", "pids", "cpu" };
	const struct host_cgroup *cgroup = &p->host->cgroup;

	if (!cgroup->place) {
		limit->why_not =
			cgroup->why_not ? cgroup->why_not : "no cgroup v2 was looked for";
		return false;
	}
	if (!(cgroup->controllers & bit)) {
		limit->why_not = arena_printf(p->arena, "%s has no controller \"%s\"",
					      cgroup->place, names[bit / 2]);
		return false;
	}
	/* the others come for nothing then, and the report has their counts */
	p->plan->limits.cgroup.controllers = cgroup->controllers;
	limit->means = arena_printf(p->arena, "%s of %s", file, cgroup->place);
	return true;
}

static void by_memory(struct planner *p, const struct rule *rule,
		      struct plan_limit *limit)
{
	struct plan_cgroup *cgroup = &p->plan->limits.cgroup;
	bool swap = strcmp(rule->name, "swap") == 0;

	if (swap && p->host->cgroup.place && !p->host->cgroup.swap)
		limit->why_not = "this kernel does not count swap (swapaccount=1)";
	else if (by_cgroup(p, CGROUP_MEMORY, rule->means, limit))
		*(swap ? &cgroup->swap : &cgroup->memory) = limit->value;
}

static void by_counting(struct planner *p, struct plan_limit *limit)
{
	struct plan_cgroup *cgroup = &p->plan->limits.cgroup;
	bool moves = p->host->cgroup.scope && !cgroup->controllers;

	if (moves && by_nproc(p, limit))
		return;
	if (by_cgroup(p, CGROUP_PIDS, "pids.max", limit)) {
		cgroup->pids = limit->value + 1; /* init */
		return;
	}
	if (by_nproc(p, limit) || by_pid_max(p, limit)) {
		limit->why_not = NULL;
		return;
	}
	limit->why_not = arena_printf(
		p->arena, "%s; and for a cgroup: %s",
		p->host->uid == 0
			? "RLIMIT_NPROC does not bind root, and kernel.pid_max of a PID "
			  "namespace needs Linux 6.14 and fs.proc = \"fresh\""
			: "RLIMIT_NPROC counts each user by itself without "
			  "namespaces.inner",
		limit->why_not);
}

static void judge_limit(struct planner *p, const struct rule *rule,
			struct plan_limit *limit)
{
	struct plan_limits *limits = &p->plan->limits;

	switch (rule->kind) {
	case BY_RLIMIT:
		by_rlimit(p, rule, limit);
		return;
	case BY_COUNTING:
		by_counting(p, limit);
		return;
	case BY_CGROUP:
		if (rule->resource == CGROUP_MEMORY)
			by_memory(p, rule, limit);
		else if (by_cgroup(p, CGROUP_CPU, rule->means, limit))
			limits->cgroup.cpu = limit->value;
		if (rule->resource == CGROUP_CPU && limit->value > PERCENT_MAX)
			diag_add(p->diags, &limit->pos,
				 "\"limits.cpu\" can be 1000000%% at most");
		return;
	case BY_CLOCK:
		limits->wall = limit->value;
		if (limit->value > TIME_MAX)
			diag_add(p->diags, &limit->pos,
				 "\"limits.wall\" can be 10 years at most");
		break;
	case BY_AFFINITY:
		limits->cpus = limit->value;
		if (limit->required)
			limit->why_not = "the command can change its CPU affinity, and "
					 "no cpuset is delegated";
		break;
	case BY_MOUNT:
		break;
	}
	if (!limit->why_not)
		limit->means = rule->means;
}

static bool required(const struct policy *policy, const char *name)
{
	for (size_t i = 0; i < policy->limits.require.len; i++)
		if (strcmp(policy->limits.require.items[i].s, name) == 0)
			return true;
	return false;
}

static void plan_one(struct planner *p, const struct rule *rule)
{
	const struct number *number =
		(const void *)((const char *)p->policy + rule->offset);
	struct plan_limit limit = { .name = rule->name,
				    .unit = rule->unit,
				    .value = number->value,
				    .pos = number->pos,
				    .required = required(p->policy, rule->name) };

	if (number->value == LIMIT_NONE)
		return;
	judge_limit(p, rule, &limit);
	p->plan->limits.list[p->plan->limits.len++] = limit;
}

static const struct plan_limit *find(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->limits.len; i++)
		if (strcmp(plan->limits.list[i].name, name) == 0)
			return &plan->limits.list[i];
	return NULL;
}

static void check_required(struct planner *p)
{
	const struct texts *require = &p->policy->limits.require;

	for (size_t i = 0; i < require->len; i++) {
		const struct text *item = &require->items[i];
		const struct plan_limit *limit = find(p->plan, item->s);

		if (!limit)
			diag_add(p->diags, &item->pos,
				 "\"%s\" is required, but \"limits.%s\" is not set",
				 item->s, item->s);
		else if (!limit->means)
			diag_add(p->diags, &item->pos,
				 "\"limits.%s\" is required and cannot be enforced: %s",
				 item->s, limit->why_not);
	}
}

unsigned plan_wants_cgroup(const struct policy *policy)
{
	unsigned wanted = 0;

	if (policy->limits.memory.value != LIMIT_NONE ||
	    policy->limits.swap.value != LIMIT_NONE)
		wanted |= CGROUP_MEMORY;
	if (policy->limits.cpu.value != LIMIT_NONE)
		wanted |= CGROUP_CPU;
	if (policy->limits.pids.value != LIMIT_NONE)
		wanted |= CGROUP_PIDS;
	return wanted;
}

void plan_limits(struct planner *p)
{
	struct plan_limits *limits = &p->plan->limits;

	_Static_assert(sizeof rules / sizeof rules[0] == PLAN_LIMITS, "one row each");
	limits->nproc = limits->pid_max = limits->wall = limits->cpus = LIMIT_NONE;
	limits->cgroup =
		(struct plan_cgroup){ 0, LIMIT_NONE, LIMIT_NONE, LIMIT_NONE, LIMIT_NONE };
	limits->grace = p->policy->limits.grace.value;
	if (limits->grace > TIME_MAX)
		diag_add(p->diags, &p->policy->limits.grace.pos,
			 "\"limits.grace\" can be 10 years at most");
	for (size_t i = 0; i < PLAN_LIMITS; i++)
		plan_one(p, &rules[i]);
	if (p->diags->total == 0)
		check_required(p);
}

static void add_time(struct strbuf *out, int64_t ms)
{
	static const struct {
		int64_t ms;
		const char *name;
	} units[] = {
		{ 86400000, "d" }, { 3600000, "h" }, { 60000, "m" }, { 1000, "s" }
	};

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		if (ms >= units[i].ms)
			strbuf_printf(out, "%lld%s", (long long)(ms / units[i].ms),
				      units[i].name);
		ms %= units[i].ms;
	}
	if (ms)
		strbuf_printf(out, "%lldms", (long long)ms);
}

void limit_value(const struct plan_limit *limit, struct strbuf *out)
{
	int64_t value = limit->value;
	size_t unit = 0;

	if (limit->unit == LIMIT_TIME && value > 0) {
		add_time(out, value);
		return;
	}
	while (limit->unit == LIMIT_BYTES && unit < 4 && value && value % 1024 == 0) {
		value /= 1024;
		unit++;
	}
	strbuf_printf(out, "%lld", (long long)value);
	if (limit->unit == LIMIT_PERCENT)
		strbuf_addc(out, '%');
	if (unit)
		strbuf_addc(out, "KMGT"[unit - 1]);
}

void limits_print(const struct plan *plan, struct strbuf *out)
{
	strbuf_add(out, "limits:\n");
	for (size_t i = 0; i < plan->limits.len; i++) {
		const struct plan_limit *limit = &plan->limits.list[i];

		strbuf_printf(out, "  %-8s ", limit->name);
		limit_value(limit, out);
		if (limit->means)
			strbuf_printf(out, " by %s", limit->means);
		else
			strbuf_printf(out, " NOT ENFORCED: %s", limit->why_not);
		strbuf_add(out, limit->required ? " (required)\n" : "\n");
	}
}

void limits_json(const struct plan *plan, struct strbuf *out)
{
	static const char *const units[] = { "count", "bytes", "ms", "percent" };

	json_array(out, "limits");
	for (size_t i = 0; i < plan->limits.len; i++) {
		const struct plan_limit *limit = &plan->limits.list[i];

		json_object(out, NULL);
		json_text(out, "name", limit->name);
		json_number(out, "value", limit->value);
		json_text(out, "unit", units[limit->unit]);
		json_bool(out, "required", limit->required);
		json_bool(out, "enforced", limit->means != NULL);
		json_text(out, limit->means ? "by" : "why_not",
			  limit->means ? limit->means : limit->why_not);
		json_object_end(out);
	}
	json_array_end(out);
}
