/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* planning.c - from a command line to a plan; see planning.h */
#include "config.h"

#include <unistd.h>

#include "box/cgroup/cgroup.h"
#include "box/fence/landlock.h"
#include "box/host/probe.h"
#include "run/planning.h"

int planning_policy(const struct planning *planning)
{
	const struct request *o = planning->options;
	struct profile_set *profiles = planning->profiles;
	int ret = 0;

	caller_dirs(planning->diags->arena, planning->caller);
	caller_profiles(planning->caller, planning->diags, profiles);
	for (size_t i = 0; i < o->profiles_len; i++)
		if (profile_load(profiles, o->profiles[i].name, &o->profiles[i].pos) < 0)
			ret = -1;
	if (o->profiles_len == 0)
		ret = profile_load(profiles, "default", &(struct srcpos){ 0 });
	if (profile_merge(profiles, o->settings, o->settings_len, planning->policy) < 0)
		ret = -1;
	return ret;
}

/* The place of the original is wiped inside the sandbox: see init_hide(). */
static const char *const *copy_environ(struct arena *arena)
{
	const char **copy;
	size_t n = 0;

	while (environ[n])
		n++;
	copy = arena_alloc(arena, (n + 1) * sizeof *copy);
	for (size_t i = 0; i < n; i++)
		copy[i] = arena_strdup(arena, environ[i]);
	return copy;
}

const char *const *planning_files(const struct planning *planning)
{
	const struct profile_set *profiles = planning->profiles;
	const char **files =
		arena_alloc(planning->diags->arena, (profiles->len + 1) * sizeof *files);

	for (size_t i = 0; i < profiles->len; i++)
		files[i] = profiles->files[i].path;
	return files;
}

static int make(const struct planning *planning)
{
	struct plan_input input = { .policy = planning->policy,
				    .host = planning->host,
				    .argv = planning->options->command,
				    .profile_files = planning_files(planning),
				    .own_dirs = planning->caller->own_dirs,
				    .hidden_dirs = planning->caller->hidden_dirs };

	return plan_make(&input, planning->diags, planning->plan);
}

int planning_plan(const struct planning *planning)
{
	struct arena *arena = planning->diags->arena;
	struct host *host = planning->host;
	unsigned cgroup = plan_wants_cgroup(planning->policy);

	probe_host(arena, planning->policy, landlock_abi(), host);
	if (cgroup)
		cgroup_probe(arena, cgroup, &host->cgroup);
	host->environ = copy_environ(arena);
	return make(planning);
}

int planning_without_cgroup(const struct planning *planning, const char *why_not)
{
	planning->host->cgroup = (struct host_cgroup){ .why_not = why_not };
	return make(planning);
}
