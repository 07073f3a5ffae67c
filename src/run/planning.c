/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* planning.c - from a command line to a plan; see planning.h */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "box/cgroup/cgroup.h"
#include "box/fence/landlock.h"
#include "box/host/probe.h"
#include "run/guarding.h"
#include "run/planning.h"

static int load_request(struct profile_set *profiles,
			const struct profile_request *request)
{
	return request->name ? profile_load(profiles, request->name, &request->pos)
			     : profile_load_fd(profiles, request->fd, &request->pos);
}

int planning_policy(const struct planning *planning)
{
	const struct request *o = planning->options;
	struct profile_set *profiles = planning->profiles;
	int ret = 0;

	caller_dirs(planning->diags->arena, planning->caller);
	planning->caller->project_given = o->project;
	caller_profiles(planning->caller, planning->diags, profiles);
	if (o->given) {
		*planning->policy = *o->given->policy;
		return 0;
	}
	for (size_t i = 0; i < o->profiles_len; i++)
		if (load_request(profiles, &o->profiles[i]) < 0)
			ret = -1;
	if (o->profiles_len == 0)
		ret = profile_load(profiles, "default",
				   &(struct srcpos){ .file = "sbox" });
	if (profile_merge(profiles, o->settings, o->settings_len, planning->policy) < 0)
		ret = -1;
	/* whoever names one believes that it is shown */
	if (ret == 0 && o->project && planning->caller->project.len == 0)
		ret = diag_add(planning->diags, &o->project_pos,
			       "--project=%s has no effect: no profile in use speaks of "
			       "${PROJECT}; --write=%s or --read=%s shows it",
			       o->project, o->project, o->project);
	return ret;
}

const char *const *planning_files(const struct planning *planning)
{
	const struct profile_set *profiles = planning->profiles;
	const char **files =
		arena_alloc(planning->diags->arena, (profiles->len + 1) * sizeof *files);

	for (size_t i = 0; i < profiles->len; i++)
		files[i] = profiles->files[i].path ? profiles->files[i].path
						   : profiles->files[i].name;
	return files;
}

/*
 * The profiles in use, by their canonical paths and as they were named, and those that
 * later runs could use; NULL-terminated.
 */
static const char *const *guarded_files(const struct planning *planning)
{
	const struct profile_set *profiles = planning->profiles;
	const char *const *later = caller_later_profiles(planning->caller, profiles->cwd);
	struct arena *arena = planning->diags->arena;
	const char **files = NULL;
	size_t len = 0;

	for (size_t i = 0; i < profiles->len; i++) {
		if (!profiles->files[i].path)
			continue;
		*(const char **)arena_append(arena, &files, &len, sizeof *files) =
			profiles->files[i].path;
		*(const char **)arena_append(arena, &files, &len, sizeof *files) =
			profiles->files[i].written;
	}
	for (size_t i = 0; later[i]; i++)
		*(const char **)arena_append(arena, &files, &len, sizeof *files) =
			later[i];
	*(const char **)arena_append(arena, &files, &len, sizeof *files) = NULL;
	return files;
}

/* Whether a step of @given shows the host, and lets it be written to with @writes. */
static bool given_shows(const struct plan_given *given, bool writes)
{
	for (size_t i = 0; i < given->steps_len; i++) {
		const struct step *step = &given->steps[i];

		if ((step->type == STEP_BIND || step->type == STEP_OVERLAY) &&
		    !(writes && step->readonly))
			return true;
	}
	return false;
}

/* Only what can be written to needs to be guarded. */
static bool writes_to_host(const struct planning *planning)
{
	const struct policy *policy = planning->policy;

	if (planning->options->given)
		return given_shows(planning->options->given->plan, true);
	return policy->fs.write.len > 0 || policy->fs.mount.len > 0 || policy->fs.root.s;
}

static bool one_of(const char *path, const char *const *list, bool within)
{
	for (; *list; list++)
		if (within ? path_within(path, *list) : strcmp(path, *list) == 0)
			return true;
	return false;
}

/* Whether sbox's own directories, as the environment names them, are in @path. */
static bool has_own(const struct caller *caller, const char *path)
{
	return (caller->state_dir && path_within(caller->state_dir, path)) ||
	       (caller->caches && path_within(caller->caches, path));
}

/*
 * Whether something of a home directory could be shown, or of sbox's own. Directories of
 * the system have neither, but where the environment says so.
 */
static bool shows_homes(const struct planning *planning)
{
	static const char *const system[] = { "/usr",   "/bin",   "/sbin",   "/lib",
					      "/lib32", "/lib64", "/libx32", "/etc",
					      "/nix",   "/gnu",   NULL };
	const struct policy *policy = planning->policy;
	const struct caller *caller = planning->caller;
	bool homes = writes_to_host(planning);

	/* what is shown to be read is what was asked for: the registry alone is hidden */
	if (planning->options->given)
		return false;

	for (size_t i = 0; !homes && system[i]; i++)
		homes = has_own(caller, system[i]);
	for (size_t i = 0; !homes && i < policy->fs.read.len; i++) {
		const char *path = policy->fs.read.items[i].s;

		homes = !one_of(path + (*path == '?'), system, true);
	}
	return homes;
}

/* Said for secrets that the profile hides in a directory that is not known. */
static void warn_homeless(const struct planning *planning)
{
	struct plan *plan = planning->plan;

	if (!planning->caller->home_matters || !caller_is_homeless(planning->caller))
		return;
	*(struct diag *)arena_append(planning->diags->arena, &plan->warnings,
				     &plan->warnings_len, sizeof *plan->warnings) =
		(struct diag){
			{ 0 },
			"your home directory is not known, so nothing in it is hidden or "
			"protected: HOME names no directory of yours, and /etc/passwd "
			"does not list you (a directory service may): set HOME"
		};
}

/* The directory that the plan shows writable and that @path is in; NULL: none. */
static const char *writable_around(const struct plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->steps_len; i++) {
		const struct step *step = &plan->steps[i];

		if (step->type == STEP_BIND && !step->readonly &&
		    path_within(path, step->source))
			return step->source;
	}
	return NULL;
}

/* While a profile is in use it is protected, but not before, unless it lies where all
 * are.
 */
static void warn_exposed(const struct planning *planning)
{
	const struct profile_set *profiles = planning->profiles;
	const char *const *own = caller_own_dirs(planning->caller);
	const char *const *later = caller_later_profiles(planning->caller, profiles->cwd);
	struct arena *arena = planning->diags->arena;
	struct plan *plan = planning->plan;

	for (size_t i = 0; i < profiles->len; i++) {
		const struct profile_file *file = &profiles->files[i];
		const char *dir = file->path ? writable_around(plan, file->path) : NULL;

		if (!dir || one_of(file->path, own, true) ||
		    one_of(file->path, later, false) || one_of(file->written, own, true))
			continue;
		*(struct diag *)arena_append(arena, &plan->warnings, &plan->warnings_len,
					     sizeof *plan->warnings) = (struct diag){
			{ 0 },
			arena_printf(
				arena,
				"profile \"%s\" lies in \"%s\", which commands can "
				"write to: one that ran with another profile could have "
				"changed it; call it box.toml, which is always "
				"protected, or keep it elsewhere",
				file->name, dir)
		};
	}
}

/* A file that cannot be read is not a missing one: nothing is left out because of it. */
static int knows_caller(const struct planning *planning)
{
	const struct caller *caller = planning->caller;
	const struct srcpos pos = { .file = "sbox" };

	if (caller->account.errnum)
		return diag_add(planning->diags, &pos,
				"cannot read /etc/passwd, for your home directory: %s",
				strerror(caller->account.errnum));
	if (caller->failed)
		return diag_add(
			planning->diags, &pos,
			"cannot look at \"%s\", which says what is to be kept from the "
			"command: %s",
			caller->failed, strerror(caller->errnum));
	return 0;
}

bool planning_wants_changes(const struct planning *planning)
{
	return planning->options->changes || planning->options->try ||
	       planning->policy->changes.enabled.value;
}

/* One that is to be made has no name yet, where nothing is run. */
static const char *changes_name(const struct planning *planning)
{
	if (planning->changes || !planning_wants_changes(planning))
		return planning->changes;
	return planning->options->changes ? planning->options->changes : ".new";
}

static int make(const struct planning *planning)
{
	static const char *const none[] = { NULL };
	struct caller *caller = planning->caller;
	const bool writes = writes_to_host(planning);
	const bool homes = shows_homes(planning);
	struct plan_input input = {
		.given = planning->options->given ? planning->options->given->plan : NULL,
		.policy = planning->policy,
		.host = planning->host,
		.argv = planning->options->command,
		.hold = planning->options->hold,
		.profile_files = writes ? guarded_files(planning) : none,
		.own_dirs = writes ? caller_own_dirs(caller) : none,
		.hidden_dirs = homes ? caller_hidden_dirs(caller) : caller->hidden_dirs,
		.changes = changes_name(planning),
		.changes_dir = caller_changes_dir(caller),
		.cache_dirs = homes || (planning->options->given && writes)
				      ? caller_cache_dirs(caller)
				      : none,
		.caches = caller->caches,
		.caches_aside = planning->options->caches_aside
	};

	if (plan_make(&input, planning->diags, planning->plan) < 0 ||
	    knows_caller(planning) < 0)
		return -1;
	warn_homeless(planning);
	if (writes)
		warn_exposed(planning);
	return 0;
}

int planning_plan(const struct planning *planning)
{
	struct arena *arena = planning->diags->arena;
	struct host *host = planning->host;
	unsigned cgroup = plan_wants_cgroup(planning->policy);

	probe_host(&planning->caller->account, planning->policy, landlock_abi(), host);
	if (cgroup)
		cgroup_probe(arena, cgroup, &host->cgroup);
	if (planning->options->given)
		host->programs = planning->options->given->plan->programs;
	/* the place of the original is wiped inside the sandbox: see init_hide() */
	host->environ = planning->options->given
				? planning->options->given->plan->environ
				: (const char *const *)arena_words(arena, environ);
	guarding_look(planning->caller, host);
	return make(planning);
}

int planning_without_cgroup(const struct planning *planning, const char *why_not)
{
	planning->host->cgroup = (struct host_cgroup){ .why_not = why_not };
	return make(planning);
}
