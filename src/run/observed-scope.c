/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* observed-scope.c - what has to be known to judge an observed command; see
 * observed-scope.h */
#include "config.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "policy/forms.h"
#include "policy/vars.h"
#include "run/observed-scope.h"

/*
 * Below a home directory, whatever the profile says: keys, passwords, what else opens the
 * accounts of its owner. A profile that extends "home" hides many more.
 */
static const char *const secret_places[] = {
	".ssh",
	".gnupg",
	".pki",
	".aws",
	".azure",
	".kube",
	".docker",
	".netrc",
	".npmrc",
	".pypirc",
	".password-store",
	".git-credentials",
	".config/gh",
	".config/git/credentials",
	".config/gcloud",
	".config/op",
	".config/sops",
	".config/age",
	".config/containers",
	".local/share/keyrings",
	".local/share/kwalletd",
	".mozilla",
	".config/google-chrome",
	".config/chromium",
	".thunderbird",
	".cargo/credentials.toml",
	".vault-token",
	".pgpass",
	".my.cnf",
	".Xauthority",
	".claude",
	".claude.json",
	".codex",
	".gemini",
	".bitcoin",
	".ethereum",
	".bash_history",
	".zsh_history",
	".config/sbox",
};

/* Directories of a home directory in which all programs keep theirs. */
static const char *const shared_places[] = {
	".cache", ".config", ".local", ".local/share", ".local/state", ".var",
};

struct paths {
	struct arena *arena;
	const char **list;
	size_t len;
};

static void add_one(struct paths *paths, const char *path)
{
	*(const char **)arena_append(paths->arena, &paths->list, &paths->len,
				     sizeof *paths->list) = path;
}

/* @path, and where it leads if that is somewhere else. */
static void add_with_real(struct paths *paths, const char *path)
{
	char real[PATH_MAX];

	add_one(paths, path);
	if (realpath(path, real) && strcmp(real, path) != 0)
		add_one(paths, arena_strdup(paths->arena, real));
}

static const char *const *ended(struct paths *paths)
{
	add_one(paths, NULL);
	return paths->list;
}

static const char *const *below_homes(const struct observed_scope *scope,
				      const char *const *places, size_t len)
{
	struct paths paths = { .arena = scope->arena };

	for (const char *const *home = scope->all_homes; *home; home++)
		for (size_t i = 0; i < len; i++)
			add_with_real(&paths, path_join(scope->arena, *home, places[i]));
	return ended(&paths);
}

static struct observed_listed *listed_places(struct arena *arena,
					     const struct texts *texts, size_t *ret_len)
{
	struct observed_listed *list = NULL;
	char real[PATH_MAX];

	*ret_len = 0;
	for (size_t i = 0; i < texts->len; i++) {
		const struct text *text = &texts->items[i];
		struct fsspec spec;

		if (fsspec_parse(arena, text->s, NULL, &spec) < 0)
			continue;
		*(struct observed_listed *)arena_append(arena, &list, ret_len,
							sizeof *list) =
			(struct observed_listed){ spec.source, text };
		if (realpath(spec.source, real) && strcmp(real, spec.source) != 0)
			*(struct observed_listed *)arena_append(arena, &list, ret_len,
								sizeof *list) =
				(struct observed_listed){ arena_strdup(arena, real),
							  text };
	}
	return list;
}

/* The project, or the current directory where nobody has asked for one. */
static const char *project_dir(const struct session *session, struct arena *arena)
{
	const struct pair *project = pairs_get(&session->caller.project, "PROJECT");
	const char *dir =
		project && project->value ? project->value : session->profiles.cwd;
	char real[PATH_MAX];

	return dir && realpath(dir, real) ? arena_strdup(arena, real) : NULL;
}

void observed_scope_init(struct session *session, struct observed_scope *ret)
{
	const struct policy *policy = &session->policy;
	struct arena *arena = &session->arena;
	struct paths homes = { .arena = arena }, own = { .arena = arena };
	const char *const *dirs = caller_own_dirs(&session->caller);

	*ret = (struct observed_scope){
		.arena = arena,
		.plan = &session->plan,
		.policy = policy,
		.host = &session->host,
		.homes = { caller_env_path(arena, "HOME"),
			   probe_account(&session->caller.account)->home },
		.project = project_dir(session, arena),
	};
	for (int i = 0; i < 2; i++)
		if (ret->homes[i])
			add_with_real(&homes, ret->homes[i]);
	ret->all_homes = ended(&homes);
	for (; *dirs; dirs++)
		add_with_real(&own, *dirs);
	ret->own_dirs = ended(&own);
	ret->secrets = below_homes(ret, secret_places,
				   sizeof secret_places / sizeof *secret_places);
	ret->shared = below_homes(ret, shared_places,
				  sizeof shared_places / sizeof *shared_places);
	ret->denied = listed_places(arena, &policy->fs.deny, &ret->denied_len);
	ret->protected = listed_places(arena, &policy->fs.protect, &ret->protected_len);
}
