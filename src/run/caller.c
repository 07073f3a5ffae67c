/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* caller.c - what the caller's environment decides; see caller.h */
#include "config.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "run/caller.h"

/* The absolute path in the environment variable @name, or NULL. */
static const char *env_path(struct arena *arena, const char *name)
{
	const char *value = getenv(name);

	return value ? path_clean(arena, value) : NULL;
}

/* The same, or else @fallback below HOME. */
static const char *xdg_dir(struct arena *arena, const char *name, const char *fallback)
{
	const char *dir = env_path(arena, name);
	const char *home = dir ? NULL : env_path(arena, "HOME");

	return home ? path_join(arena, home, fallback) : dir;
}

/* One that others can register in is none of ours, and nothing of ours will be there. */
static bool is_ours(const char *dir)
{
	struct stat st;

	return dir && stat(dir, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == getuid();
}

static void runtime_dirs(struct arena *arena, struct caller *ret)
{
	const char *named = env_path(arena, "XDG_RUNTIME_DIR");
	const char *usual = arena_printf(arena, "/run/user/%u", (unsigned)getuid());
	const char **hidden = arena_alloc(arena, 3 * sizeof *hidden);
	size_t n = 0;

	if (is_ours(named))
		hidden[n++] = path_join(arena, named, "sbox");
	if (is_ours(usual))
		hidden[n++] = path_join(arena, usual, "sbox");
	ret->hidden_dirs = hidden;
	ret->runtime_dir = named ? named : is_ours(usual) ? usual : NULL;
}

void caller_dirs(struct arena *arena, struct caller *ret)
{
	const char *config = xdg_dir(arena, "XDG_CONFIG_HOME", ".config");
	const char *cache = xdg_dir(arena, "XDG_CACHE_HOME", ".cache");
	const char *home = env_path(arena, "HOME");
	const char **own = arena_alloc(arena, 5 * sizeof *own);
	size_t n = 0;

	*ret = (struct caller){ .arena = arena, .own_dirs = own };
	if (config)
		own[n++] = ret->config_dir = path_join(arena, config, "sbox");
	if (cache)
		own[n++] = ret->cache_dir = path_join(arena, cache, "sbox");
	if (home) {
		own[n++] = path_join(arena, home, ".config/sbox");
		own[n++] = path_join(arena, home, ".cache/sbox");
	}
	runtime_dirs(arena, ret);
}

static const char *const *search_path(const struct caller *caller)
{
	const char **dirs = arena_alloc(caller->arena, 4 * sizeof *dirs);
	size_t n = 0;

	if (caller->config_dir)
		dirs[n++] = path_join(caller->arena, caller->config_dir, "profiles");
	dirs[n++] = SYSCONFDIR "/sbox/profiles";
	dirs[n++] = PROFILEDIR;
	return dirs;
}

static void builtin(struct arena *arena, struct vars *vars, const char *name,
		    const char *value)
{
	const struct pair pair = { .name = name, .value = value };

	pairs_set(arena, &vars->builtin, &pair);
}

static void set_builtins(struct arena *arena, const char *cwd, struct vars *vars)
{
	const char *tmp = getenv("TMPDIR");

	builtin(arena, vars, "HOME", getenv("HOME"));
	builtin(arena, vars, "CWD", cwd);
	builtin(arena, vars, "USER", getenv("USER"));
	builtin(arena, vars, "UID", arena_printf(arena, "%u", (unsigned)getuid()));
	builtin(arena, vars, "GID", arena_printf(arena, "%u", (unsigned)getgid()));
	builtin(arena, vars, "XDG_RUNTIME_DIR", getenv("XDG_RUNTIME_DIR"));
	builtin(arena, vars, "XDG_CONFIG_HOME",
		xdg_dir(arena, "XDG_CONFIG_HOME", ".config"));
	builtin(arena, vars, "XDG_CACHE_HOME",
		xdg_dir(arena, "XDG_CACHE_HOME", ".cache"));
	builtin(arena, vars, "TMPDIR", tmp && *tmp ? tmp : "/tmp");
}

void caller_profiles(const struct caller *caller, struct diags *diags,
		     struct profile_set *ret)
{
	_cleanup_free_ char *cwd = getcwd(NULL, 0);

	*ret = (struct profile_set){
		.diags = diags,
		.uid = getuid(),
		.dirs = search_path(caller),
		/* "(unreachable)/..." is no path: getcwd(3) */
		.cwd = cwd && cwd[0] == '/' ? arena_strdup(caller->arena, cwd) : NULL,
	};
	set_builtins(caller->arena, ret->cwd, &ret->vars);
}
