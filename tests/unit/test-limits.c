/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-limits.c - times and percentages, and what the plan makes of each limit */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/resource.h>

#include "plan/parts.h"
#include "policy/keys.h"
#include "policy/units.h"

static void test_durations(void **state)
{
	static const struct {
		const char *s;
		int64_t ms;
	} good[] = {
		{ "500ms", 500 },     { "30s", 30000 },
		{ "30m", 1800000 },   { "1h30m", 5400000 },
		{ "2d", 172800000 },  { "1d1h1m1s1ms", 90061001 },
		{ "0s", 0 },          { "90m", 5400000 },
		{ "1m500ms", 60500 }, { "2562047788h", INT64_C(9223372036800000) },
	};
	static const char *const bad[] = { "",
					   "30",
					   "s",
					   "1.5s",
					   "-1s",
					   " 1s",
					   "1s ",
					   "1S",
					   "1m1h",
					   "1s1s",
					   "1sec",
					   "1hs",
					   "1h 1m",
					   "1h30",
					   "1mss",
					   "99999999999999999999s",
					   "2562047788016h" };
	int64_t ms = 7;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		assert_int_equal(units_duration(good[i].s, &ms), 0);
		assert_int_equal(ms, good[i].ms);
	}
	ms = 7;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(units_duration(bad[i], &ms), -1);
	assert_int_equal(ms, 7);
}

static void test_percent(void **state)
{
	int64_t percent = 7;

	(void)state;
	assert_int_equal(units_percent("200%", &percent), 0);
	assert_int_equal(percent, 200);
	assert_int_equal(units_percent("0%", &percent), -1);
	assert_int_equal(units_percent("200", &percent), -1);
	assert_int_equal(units_percent("200%%", &percent), -1);
	assert_int_equal(units_percent("%", &percent), -1);
	assert_int_equal(units_percent("1.5%", &percent), -1);
	assert_int_equal(percent, 200);
}

/* A policy, a machine and the plan that comes of them. */
struct table {
	struct arena arena;
	struct diags diags;
	struct policy policy;
	struct host host;
	struct plan plan;
};

static struct table *fresh(void **state)
{
	struct table *t = *state;

	arena_done(&t->arena);
	*t = (struct table){ .diags.arena = &t->arena,
			     .host = { .uid = 1000, .gid = 1000 },
			     .plan = { .has_inner = true } };
	policy_init(&t->policy);
	return t;
}

static void require_limit(struct table *t, const char *name)
{
	struct text *item = arena_append(&t->arena, &t->policy.limits.require.items,
					 &t->policy.limits.require.len, sizeof *item);

	item->s = name;
}

static size_t mistakes(struct table *t)
{
	struct planner planner = { .policy = &t->policy,
				   .host = &t->host,
				   .arena = &t->arena,
				   .diags = &t->diags,
				   .plan = &t->plan };

	plan_limits(&planner);
	return t->diags.total;
}

static const struct plan_limit *limit(const struct table *t, const char *name)
{
	for (size_t i = 0; i < t->plan.limits.len; i++)
		if (strcmp(t->plan.limits.list[i].name, name) == 0)
			return &t->plan.limits.list[i];
	return NULL;
}

static void test_defaults(void **state)
{
	struct table *t = fresh(state);

	assert_int_equal(mistakes(t), 0);
	assert_int_equal(t->plan.limits.len, 3); /* tmpfs, inodes and core */
	assert_int_equal(t->plan.limits.rlimits_len, 1);
	assert_int_equal(t->plan.limits.rlimits[0].resource, RLIMIT_CORE);
	assert_int_equal(t->plan.limits.rlimits[0].hard, 1);
	assert_int_equal(t->plan.limits.nproc, LIMIT_NONE);
	assert_int_equal(t->plan.limits.pid_max, LIMIT_NONE);
	assert_int_equal(t->plan.limits.wall, LIMIT_NONE);
}

static enum limit_unit unit_of(const struct plan_limit *limit, struct arena *arena)
{
	const struct key *key =
		key_find(key_table, arena_printf(arena, "limits.%s", limit->name));

	assert_non_null(key);
	if (key->type == KEY_SIZE)
		return LIMIT_BYTES;
	if (key->type == KEY_TIME)
		return LIMIT_TIME;
	if (key->type == KEY_PERCENT)
		return LIMIT_PERCENT;
	assert_int_equal(key->type, KEY_COUNT);
	return LIMIT_COUNT;
}

/* The means are the plan's, the unit is also that of the key. */
static void test_every_limit_has_its_place(void **state)
{
	struct table *t = fresh(state);

	for (const struct key *key = key_table; key->name; key++)
		if (strncmp(key->name, "limits.", 7) == 0 && key->type != KEY_TEXTS)
			((struct number *)((char *)&t->policy + key->offset))->value = 9;
	assert_int_equal(mistakes(t), 0);
	assert_int_equal(t->plan.limits.len, PLAN_LIMITS);
	for (size_t i = 0; i < PLAN_LIMITS; i++) {
		const struct plan_limit *l = &t->plan.limits.list[i];

		assert_true(!l->means == !!l->why_not);
		assert_int_equal(l->unit, unit_of(l, &t->arena));
	}
}

static void test_pids(void **state)
{
	struct table *t = fresh(state);

	t->policy.limits.pids.value = 20;
	assert_int_equal(mistakes(t), 0);
	assert_int_equal(t->plan.limits.nproc, 21); /* init counts */
	assert_int_equal(t->plan.limits.pid_max, LIMIT_NONE);

	t = fresh(state); /* root is not bound by the count, but by the numbers */
	t->policy.limits.pids.value = 20;
	t->host.uid = 0;
	t->host.pid_max = true;
	assert_int_equal(mistakes(t), 0);
	assert_int_equal(t->plan.limits.nproc, LIMIT_NONE);
	assert_int_equal(t->plan.limits.pid_max, 320);
	assert_non_null(limit(t, "pids")->means);

	t = fresh(state); /* without either there is nothing */
	t->policy.limits.pids.value = 20;
	t->host.uid = 0;
	assert_int_equal(mistakes(t), 0);
	assert_null(limit(t, "pids")->means);
	assert_non_null(strstr(limit(t, "pids")->why_not, "root"));

	t = fresh(state); /* several ids in one namespace count apart */
	t->policy.limits.pids.value = 20;
	t->plan.has_inner = false;
	t->plan.subids = true;
	assert_int_equal(mistakes(t), 0);
	assert_null(limit(t, "pids")->means);
}

/* A cgroup with @controllers, in a scope of systemd or in what was delegated. */
static void offer(struct table *t, unsigned controllers, bool scope)
{
	t->host.cgroup = (struct host_cgroup){ .place = "a cgroup in /ci",
					       .dir = scope ? NULL : "/ci",
					       .scope = scope,
					       .controllers = controllers,
					       .swap = true };
}

static void test_cgroup(void **state)
{
	struct table *t = fresh(state);

	t->policy.limits.memory.value = 64 << 20;
	t->policy.limits.swap.value = 0;
	t->policy.limits.cpu.value = 150;
	assert_int_equal(plan_wants_cgroup(&t->policy), CGROUP_MEMORY | CGROUP_CPU);
	offer(t, CGROUP_MEMORY | CGROUP_CPU | CGROUP_PIDS, false);
	assert_int_equal(mistakes(t), 0);
	assert_string_equal(limit(t, "memory")->means, "memory.max of a cgroup in /ci");
	assert_string_equal(limit(t, "swap")->means,
			    "memory.swap.max of a cgroup in /ci");
	assert_string_equal(limit(t, "cpu")->means, "cpu.max of a cgroup in /ci");
	assert_int_equal(t->plan.limits.cgroup.memory, 64 << 20);
	assert_int_equal(t->plan.limits.cgroup.swap, 0);
	assert_int_equal(t->plan.limits.cgroup.cpu, 150);
	assert_int_equal(t->plan.limits.cgroup.pids, LIMIT_NONE);
	assert_int_equal(t->plan.limits.cgroup.controllers, /* all, for the report */
			 CGROUP_MEMORY | CGROUP_CPU | CGROUP_PIDS);
}

static void test_cgroup_in_part(void **state)
{
	struct table *t = fresh(state);

	t->policy.limits.memory.value = 64 << 20;
	t->policy.limits.cpu.value = 150;
	offer(t, CGROUP_MEMORY, false);
	assert_int_equal(mistakes(t), 0);
	assert_non_null(limit(t, "memory")->means);
	assert_string_equal(limit(t, "cpu")->why_not,
			    "a cgroup in /ci has no controller \"cpu\"");
	assert_int_equal(t->plan.limits.cgroup.cpu, LIMIT_NONE);

	t = fresh(state);
	t->policy.limits.cpu.value = INT64_MAX;
	offer(t, CGROUP_CPU, false);
	assert_int_equal(mistakes(t), 1);

	t = fresh(state); /* what is required and missing is a mistake */
	t->policy.limits.cpu.value = 150;
	offer(t, CGROUP_MEMORY | CGROUP_PIDS, false);
	require_limit(t, "cpu");
	assert_int_equal(mistakes(t), 1);

	t = fresh(state); /* without the limit, none is made */
	offer(t, CGROUP_MEMORY | CGROUP_PIDS | CGROUP_CPU, false);
	assert_int_equal(plan_wants_cgroup(&t->policy), 0);
	assert_int_equal(mistakes(t), 0);
	assert_int_equal(t->plan.limits.cgroup.controllers, 0);

	t = fresh(state);
	t->policy.limits.swap.value = 0;
	offer(t, CGROUP_MEMORY, false);
	t->host.cgroup.swap = false;
	assert_int_equal(mistakes(t), 0);
	assert_non_null(strstr(limit(t, "swap")->why_not, "does not count swap"));
	assert_int_equal(t->plan.limits.cgroup.controllers, 0);
}

static void test_pids_by_cgroup(void **state)
{
	struct table *t = fresh(state);

	t->policy.limits.pids.value = 20;
	offer(t, CGROUP_PIDS, false);
	assert_int_equal(mistakes(t), 0);
	assert_string_equal(limit(t, "pids")->means, "pids.max of a cgroup in /ci");
	assert_int_equal(t->plan.limits.cgroup.pids, 21);
	assert_int_equal(t->plan.limits.nproc, LIMIT_NONE);

	t = fresh(state); /* systemd is not asked for what can be had without */
	t->policy.limits.pids.value = 20;
	offer(t, CGROUP_PIDS | CGROUP_MEMORY, true);
	assert_int_equal(mistakes(t), 0);
	assert_int_equal(t->plan.limits.nproc, 21);
	assert_int_equal(t->plan.limits.cgroup.controllers, 0);
	assert_null(limit(t, "pids")->why_not);

	t = fresh(state); /* but if it is asked anyway, it gets that too */
	t->policy.limits.pids.value = 20;
	t->policy.limits.memory.value = 64 << 20;
	offer(t, CGROUP_PIDS | CGROUP_MEMORY, true);
	assert_int_equal(mistakes(t), 0);
	assert_int_equal(t->plan.limits.nproc, LIMIT_NONE);
	assert_int_equal(t->plan.limits.cgroup.pids, 21);

	t = fresh(state); /* or if nothing else holds */
	t->policy.limits.pids.value = 20;
	t->host.uid = 0;
	offer(t, CGROUP_PIDS, true);
	assert_int_equal(mistakes(t), 0);
	assert_int_equal(t->plan.limits.cgroup.pids, 21);

	t = fresh(state); /* a cgroup without the controller leaves the other ways */
	t->policy.limits.pids.value = 20;
	offer(t, CGROUP_MEMORY, false);
	assert_int_equal(mistakes(t), 0);
	assert_int_equal(t->plan.limits.nproc, 21);
	assert_null(limit(t, "pids")->why_not);
}

static void test_caller_is_lower(void **state)
{
	int64_t hard[RLIM_NLIMITS];
	struct table *t = fresh(state);

	for (size_t i = 0; i < RLIM_NLIMITS; i++)
		hard[i] = LIMIT_NONE;
	hard[RLIMIT_NOFILE] = 512;
	t->host.rlimits = hard;
	t->policy.limits.nofile.value = 4096;
	assert_int_equal(mistakes(t), 0);
	assert_int_equal(t->plan.limits.rlimits[0].hard, 512);
	assert_int_equal(t->plan.limits.rlimits[0].soft, 512);
	assert_non_null(strstr(limit(t, "nofile")->means, "512 is lower"));
}

static void test_cpu_time_is_rounded_up(void **state)
{
	struct table *t = fresh(state);

	t->policy.limits.core.value = LIMIT_NONE;
	t->policy.limits.cpu_time.value = 1500;
	assert_int_equal(mistakes(t), 0);
	assert_int_equal(t->plan.limits.rlimits[0].soft, 2);
	assert_int_equal(t->plan.limits.rlimits[0].hard, 3);
}

static void test_required(void **state)
{
	struct table *t = fresh(state);

	t->policy.limits.wall.value = 1000;
	require_limit(t, "wall");
	assert_int_equal(mistakes(t), 0);
	assert_true(limit(t, "wall")->required);

	t = fresh(state);
	t->policy.limits.memory.value = 1 << 20;
	t->host.cgroup.why_not = "it is Sunday";
	assert_int_equal(mistakes(t), 0); /* a warning only ... */
	assert_string_equal(limit(t, "memory")->why_not, "it is Sunday");

	t = fresh(state);
	t->policy.limits.memory.value = 1 << 20;
	t->host.cgroup.why_not = "it is Sunday";
	require_limit(t, "memory"); /* ... unless it is required */
	assert_int_equal(mistakes(t), 1);
	assert_non_null(strstr(t->diags.list[0].msg, "it is Sunday"));

	t = fresh(state);
	require_limit(t, "pids");
	assert_int_equal(mistakes(t), 1);
	assert_non_null(strstr(t->diags.list[0].msg, "is not set"));

	t = fresh(state); /* affinity is a hint, not a limit */
	t->policy.limits.cpus.value = 1;
	require_limit(t, "cpus");
	assert_int_equal(mistakes(t), 1);
}

static void test_values_as_written(void **state)
{
	static const struct {
		struct plan_limit limit;
		const char *text;
	} row[] = {
		{ { .unit = LIMIT_COUNT, .value = 1024 }, "1024" },
		{ { .unit = LIMIT_BYTES, .value = 512 << 20 }, "512M" },
		{ { .unit = LIMIT_BYTES, .value = 1000 }, "1000" },
		{ { .unit = LIMIT_BYTES, .value = 0 }, "0" },
		{ { .unit = LIMIT_BYTES, .value = INT64_C(1) << 52 }, "4096T" },
		{ { .unit = LIMIT_TIME, .value = 5400000 }, "1h30m" },
		{ { .unit = LIMIT_TIME, .value = 1500 }, "1s500ms" },
		{ { .unit = LIMIT_PERCENT, .value = 150 }, "150%" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		_cleanup_strbuf_ struct strbuf text = { 0 };

		limit_value(&row[i].limit, &text);
		assert_string_equal(strbuf_str(&text), row[i].text);
	}
}

static int begin(void **state)
{
	static struct table table;

	*state = &table;
	return 0;
}

static int end(void **state)
{
	arena_done(&((struct table *)*state)->arena);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		{ .name = "times", .test_func = test_durations },
		{ .name = "percentages", .test_func = test_percent },
		{ .name = "nothing is limited by itself but core dumps and tmpfs",
		  .test_func = test_defaults },
		{ .name = "every limit has means, or a reason why not",
		  .test_func = test_every_limit_has_its_place },
		{ .name = "processes are counted by what can count them",
		  .test_func = test_pids },
		{ .name = "a cgroup holds memory, swap and CPU time",
		  .test_func = test_cgroup },
		{ .name = "a cgroup without all controllers holds what it can",
		  .test_func = test_cgroup_in_part },
		{ .name = "processes are counted by a cgroup that costs little",
		  .test_func = test_pids_by_cgroup },
		{ .name = "a lower limit of the caller stays, and is told",
		  .test_func = test_caller_is_lower },
		{ .name = "CPU time is rounded up to seconds",
		  .test_func = test_cpu_time_is_rounded_up },
		{ .name = "what is required must be set and held",
		  .test_func = test_required },
		{ .name = "values are shown as they are written",
		  .test_func = test_values_as_written },
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, begin, end);
}
