/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * caller.h - what the caller's environment decides: directories, variables, profiles
 *
 * sbox, which runs a profile, and sboxctl, which explains it, find it by the same
 * means, so that one cannot tell of another profile than the other runs.
 */
#ifndef SBOX_CALLER_H
#define SBOX_CALLER_H

#include "box/door/registry.h"
#include "box/host/probe.h"
#include "policy/profile.h"

/* Everything is in the arena; NULL: the environment does not say. */
struct caller {
	struct arena *arena;
	struct probe_account account;
	struct pairs account_vars; /* by it; where it differs from ours */
	bool account_asked;
	const char *const *later_profiles; /* NULL until asked for */
	bool home_matters;  /* something of a home directory is to be guarded */
	const char *failed; /* a directory of ours that cannot be listed; why: errnum */
	int errnum;
	const char *config_dir, *cache_dir, *state_dir; /* sbox's own */
	const char *caches;      /* where private caches are: box/cache/cache.h */
	const char *runtime_dir; /* where running sandboxes are registered */
	/* /tmp/sbox-UID, which is that where there is no other, as below cron, su and
	 * "docker exec"; it may have to be made. NULL: it is not the caller's */
	const char *last_dir;
	const char *project_given; /* --project; NULL: it is looked for */
	struct pairs project;      /* PROJECT and PROJECT_GIT, once they were asked for */
	/* The registries of all runtime directories of this user, which no command may
	 * see, see caller_hidden_dirs(): whoever reaches the socket of one can start
	 * commands in that sandbox */
	const char *const *hidden_dirs;
};

/*
 * The running sandbox called @name, in whichever registry, and the directory that it is
 * registered in; *ret_dir -1: none is.
 */
_must_check_ int caller_find_running(const struct caller *caller, const char *name,
				     struct registry_entry *ret, int *ret_dir,
				     struct error *err);

/*
 * The absolute path in the environment variable @name, clean, in @arena; where it has
 * "..", which is resolved by the file system, what it leads to. NULL: there is none.
 */
const char *caller_env_path(struct arena *arena, const char *name);

/* *ret: sbox's directories as the environment names them; nothing else is asked yet. */
void caller_dirs(struct arena *arena, struct caller *ret);

/*
 * All directories that decide about later runs, NULL-terminated, whether the environment
 * names them now or not: the next run may have another environment, and cron, a unit or
 * sudo had none or another's. So those of the account's home directory are among them.
 */
const char *const *caller_own_dirs(struct caller *caller);

/*
 * Directories that no command is to see, NULL-terminated: the registries, and those of
 * change sets that are there.
 */
const char *const *caller_hidden_dirs(struct caller *caller);

/* The directory of the caller's change sets, which may be missing; NULL: there is none.
 */
const char *caller_changes_dir(const struct caller *caller);

/*
 * The directories that private caches may be in, NULL-terminated, whether the environment
 * names them now or not: the caches of other runs are no command's to see.
 */
const char *const *caller_cache_dirs(struct caller *caller);

/*
 * Symbolic links among the caller's profiles, as some keep theirs, and the names that a
 * profile of the current directory @cwd (NULL: none) has where it is not in use: what
 * they lead to decides about later runs as well. NULL-terminated.
 */
const char *const *caller_later_profiles(struct caller *caller, const char *cwd);

/*
 * Whether the secrets of the caller may lie where nobody knows: the account is in no
 * local file, and HOME is no directory of the caller's. Asks the account.
 */
bool caller_is_homeless(struct caller *caller);

/* The search path for profiles and the built-in variables; nothing is loaded yet. */
void caller_profiles(struct caller *caller, struct diags *diags, struct profile_set *ret);

#endif
