/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* wanted.c - from switches to a policy; see wanted.h */
#include "config.h"

#include <cap-ng.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/path.h"
#include "bwrap/steps.h"
#include "bwrap/wanted.h"

#define FILTER_BYTES_MAX ((size_t)1 << 20)

static const struct srcpos on_command_line = { "command line", 1, 0 };

static void want_text(const struct bwrap *b, struct texts *texts, const char *s)
{
	*(struct text *)arena_append(b->arena, &texts->items, &texts->len,
				     sizeof *texts->items) =
		(struct text){ s, on_command_line, 0 };
	strindex_add(&texts->index, b->arena, texts->items, sizeof *texts->items);
}

/* ------------------------------------------------------------- descriptors */

static bool is_spent(const struct bwrap *b, int fd)
{
	if (b->as_pid_1 && fd == b->sync_fd)
		return false; /* there is no other process that could keep it */
	for (size_t i = 0; i < b->spent_len; i++)
		if (b->spent[i] == fd)
			return true;
	return false;
}

/*
 * The command gets whatever bwrap was started with, but what options name: to be asked
 * before anything else is open.
 */
static void keep_inherited(const struct bwrap *b, struct texts *ret)
{
	for (size_t i = 0; i < b->inherited_len; i++)
		if (!is_spent(b, b->inherited[i]))
			want_text(b, ret, arena_printf(b->arena, "%d", b->inherited[i]));
}

static int read_filter(const struct bwrap *b, int fd, struct host_program *ret,
		       struct error *err)
{
	char *bytes;

	if (io_read_all(fd, FILTER_BYTES_MAX, b->arena, &bytes, &ret->size) < 0)
		return error_sys(err, "Can't read seccomp data");
	(void)close(fd); /* so that one that is named twice is a mistake */
	if (ret->size % 8)
		return error_set(err, "Invalid seccomp data, must be multiple of 8");
	ret->bytes = bytes;
	return 0;
}

static int read_filters(const struct bwrap *b, struct bwrap_wanted *ret,
			struct error *err)
{
	struct host_program *list =
		arena_alloc(b->arena, (b->filters_len + 1) * sizeof *list);

	for (size_t i = 0; i < b->filters_len; i++) {
		if (read_filter(b, b->filters[i], &list[i], err) < 0)
			return -1;
		want_text(b, &ret->policy.seccomp.programs,
			  arena_printf(b->arena, "descriptor %d", b->filters[i]));
	}
	ret->plan.programs = list;
	return 0;
}

/* -------------------------------------------------------------- the policy */

/* false: SBOX_BWRAP says something else. */
static bool find_mode(const char *mode, bool *ret_strict)
{
	*ret_strict = mode && strcmp(mode, "strict") == 0;
	return !mode || !*mode || *ret_strict || strcmp(mode, "compat") == 0;
}

static void want_namespaces(const struct bwrap *b, bool strict, struct policy *policy)
{
	const bool nested = !strict && !b->disable_userns;

	if (!b->ipc)
		want_text(b, &policy->namespaces.share, "ipc");
	if (!b->uts)
		want_text(b, &policy->namespaces.share, "uts");
	if (!b->cgroup && !b->cgroup_try)
		want_text(b, &policy->namespaces.share, "cgroup");
	want_text(b, &policy->namespaces.share, "time");
	policy->namespaces.nested.value = nested;
	policy->net.mode.value = b->net ? NET_NONE : NET_HOST;
	policy->landlock.mode.value = strict ? LANDLOCK_AUTO : LANDLOCK_OFF;
	/* without one of its own it keeps the host's, that of a new namespace */
	policy->identity.hostname.s = b->uts ? b->hostname : NULL;
}

static void want_identity(const struct bwrap *b, struct policy *policy)
{
	policy->identity.map.value = MAP_SINGLE;
	policy->identity.user.s = arena_printf(
		b->arena, "%lld:%lld", (long long)(b->uid >= 0 ? b->uid : getuid()),
		(long long)(b->gid >= 0 ? b->gid : getgid()));
}

static void want_caps(const struct bwrap *b, struct policy *policy)
{
	if (b->caps == UINT64_MAX) {
		want_text(b, &policy->caps.keep, "all");
		return;
	}
	for (unsigned cap = 0; cap <= CAP_LAST_CAP; cap++)
		if (b->caps & UINT64_C(1) << cap)
			want_text(b, &policy->caps.keep, capng_capability_to_name(cap));
}

/* The copies are ours: what lies behind argv is wiped inside. */
static const char *const *copy_variables(const struct bwrap *b)
{
	const char **list = NULL;
	size_t len = 0;

	for (char **var = environ; var && *var; var++)
		if (strchr(*var, '='))
			*(const char **)arena_append(b->arena, &list, &len,
						     sizeof *list) =
				arena_strdup(b->arena, *var);
	*(const char **)arena_append(b->arena, &list, &len, sizeof *list) = NULL;
	return list;
}

/* Where the command starts: --chdir, or else here, at home, or in the root. */
static int want_directory(const struct bwrap *b, struct plan_given *plan,
			  struct error *err)
{
	const char *home = getenv("HOME");
	char *here = getcwd(NULL, 0);

	plan->cwd = "/";
	plan->cwd_else = "/";
	if (here && *here == '/')
		plan->cwd = arena_strdup(b->arena, here);
	free(here);
	if (home && *home == '/')
		plan->cwd_else = arena_strdup(b->arena, home); /* init wipes ours */
	if (!b->chdir)
		return 0;
	plan->cwd_else = NULL;
	plan->cwd =
		*b->chdir == '/' ? b->chdir : path_join(b->arena, plan->cwd, b->chdir);
	return *b->chdir ? 0 : error_set(err, "Can't chdir to an empty path");
}

/* A number that means nothing here would be somebody else's descriptor later. */
static int check_open(const struct bwrap *b, struct error *err)
{
	const struct {
		int fd;
		const char *option;
	} used[] = {
		{ b->info_fd, "--info-fd" },
		{ b->json_fd, "--json-status-fd" },
		{ b->block_fd, "--block-fd" },
		{ b->sync_fd, "--sync-fd" },
	};

	for (size_t i = 0; i < sizeof used / sizeof used[0]; i++)
		if (used[i].fd >= 0 && fcntl(used[i].fd, F_GETFD) < 0)
			return error_sys(err, "%s: descriptor %d", used[i].option,
					 used[i].fd);
	return 0;
}

/* What of bubblewrap's is not here is an error: it would else mean less isolation. */
static int check_possible(const struct bwrap *b, struct error *err)
{
	const struct {
		bool wanted;
		const char *option;
	} missing[] = {
		{ b->userns_fd >= 0, "--userns" },
		{ b->userns2_fd >= 0, "--userns2" },
		{ b->pidns_fd >= 0, "--pidns" },
		{ b->userns_block_fd >= 0, "--userns-block-fd" },
	};

	for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++)
		if (missing[i].wanted)
			return error_set(err, "%s is not supported by sbox-bwrap",
					 missing[i].option);
	if ((b->exec_label || b->file_label) &&
	    access("/sys/fs/selinux/enforce", F_OK) == 0)
		return error_set(err, "SELinux labels are not supported by sbox-bwrap");
	return 0;
}

int bwrap_want(const struct bwrap *b, struct bwrap_wanted *ret, struct request *request,
	       struct error *err)
{
	struct bwrap_steps steps;
	bool strict;

	*ret = (struct bwrap_wanted){ .plan = { .sync_fd = b->as_pid_1 ? -1 : b->sync_fd,
						.told_fd = b->info_fd,
						.alone = b->as_pid_1,
						.leaves = !b->with_parent && !b->as_pid_1,
						.locks = b->locks } };
	policy_init(&ret->policy);
	if (!find_mode(b->mode, &strict))
		return error_set(err,
				 "SBOX_BWRAP is \"compat\" or \"strict\", not \"%s\"",
				 b->mode);
	if (check_possible(b, err) < 0 || check_open(b, err) < 0 ||
	    bwrap_steps(b, &steps, err) < 0 || want_directory(b, &ret->plan, err) < 0 ||
	    read_filters(b, ret, err) < 0)
		return -1;
	keep_inherited(b, &ret->policy.process.keep_fds);
	ret->plan.strict = strict;
	want_namespaces(b, strict, &ret->policy);
	want_identity(b, &ret->policy);
	want_caps(b, &ret->policy);
	ret->policy.guard.action.value = GUARD_OFF;
	ret->policy.process.die_with_parent.value = b->with_parent;
	ret->policy.process.argv0.s = b->argv0;
	ret->plan.steps = steps.list;
	ret->plan.steps_len = steps.len;
	ret->plan.environ = copy_variables(b);
	ret->given = (struct request_given){ .policy = &ret->policy,
					     .plan = &ret->plan,
					     .prefix = b->level_prefix ? "<3>" : "",
					     .started = b->json_fd >= 0 };
	*request = (struct request){ .given = &ret->given,
				     .quiet = true,
				     .on_success = -1,
				     .status_fd = -1,
				     .block_fd = b->block_fd,
				     .command = b->command };
	return 0;
}
