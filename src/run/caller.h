/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * caller.h - what the caller's environment decides: directories, variables, profiles
 *
 * sbox, which runs a profile, and sboxctl, which explains it, find it by the same
 * means, so that one cannot tell of another profile than the other runs.
 */
#ifndef SBOX_CALLER_H
#define SBOX_CALLER_H

#include "policy/profile.h"

/* Everything is in the arena; NULL: the environment does not say. */
struct caller {
	struct arena *arena;
	const char *config_dir, *cache_dir; /* sbox's own */
	/*
	 * All directories that decide about later runs, NULL-terminated, whether the
	 * environment names them now or not: the next run may have another environment.
	 */
	const char *const *own_dirs;
	const char *runtime_dir; /* where running sandboxes are registered */
	/* The registries of all runtime directories of this user, which no command may
	 * see: whoever reaches the socket of one can start commands in that sandbox */
	const char *const *hidden_dirs;
};

void caller_dirs(struct arena *arena, struct caller *ret);

/* The search path for profiles and the built-in variables; nothing is loaded yet. */
void caller_profiles(const struct caller *caller, struct diags *diags,
		     struct profile_set *ret);

#endif
