/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* caller.c - what the caller's environment decides; see caller.h */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/path.h"
#include "run/caller.h"

#define LATER_MAX 1000 /* links among profiles that are looked at */

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
	const char *state = xdg_dir(arena, "XDG_STATE_HOME", ".local/state");

	*ret = (struct caller){ .arena = arena, .account = { .arena = arena } };
	if (config)
		ret->config_dir = path_join(arena, config, "sbox");
	if (cache)
		ret->cache_dir = path_join(arena, cache, "sbox");
	if (state)
		ret->state_dir = path_join(arena, state, "sbox");
	runtime_dirs(arena, ret);
}

static void add_new(const char **list, size_t *len, const char *dir)
{
	for (size_t i = 0; i < *len; i++)
		if (strcmp(list[i], dir) == 0)
			return;
	list[(*len)++] = dir;
}

const char *const *caller_own_dirs(struct caller *caller)
{
	static const char *const below_home[] = { ".config/sbox", ".cache/sbox",
						  ".local/state/sbox" };
	const char *const homes[] = { env_path(caller->arena, "HOME"),
				      probe_account(&caller->account)->home };
	const char *const named[] = { caller->config_dir, caller->cache_dir,
				      caller->state_dir };
	const char **own = arena_alloc(caller->arena, 10 * sizeof *own);
	size_t n = 0;

	caller->home_matters = true;
	for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
		if (named[i])
			add_new(own, &n, named[i]);
	for (size_t h = 0; h < sizeof homes / sizeof homes[0]; h++)
		for (size_t i = 0;
		     homes[h] && i < sizeof below_home / sizeof below_home[0]; i++)
			add_new(own, &n,
				path_join(caller->arena, homes[h], below_home[i]));
	return own;
}

/* The links in @dir, and itself if it is one. */
static void add_links(struct caller *caller, const char *dir, const char ***list,
		      size_t *len)
{
	DIR *entries = opendir(dir);
	struct arena *arena = caller->arena;
	struct dirent *entry;
	struct stat st;

	if (entries && lstat(dir, &st) == 0 && S_ISLNK(st.st_mode))
		*(const char **)arena_append(arena, list, len, sizeof **list) = dir;
	while (entries && *len < LATER_MAX && (errno = 0, entry = readdir(entries)))
		if (entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN)
			*(const char **)arena_append(arena, list, len, sizeof **list) =
				path_join(arena, dir, entry->d_name);
	if (*len < LATER_MAX && errno && !io_is_absence(errno)) {
		caller->failed = dir;
		caller->errnum = errno;
	}
	if (entries)
		closedir(entries);
}

const char *const *caller_later_profiles(struct caller *caller, const char *cwd)
{
	static const char *const usual[] = { "box.toml", "sbox.toml", ".sbox.toml",
					     ".sbox" };
	const char *const *own = caller_own_dirs(caller);
	struct arena *arena = caller->arena;
	const char **list = NULL;
	size_t len = 0;

	if (caller->later_profiles)
		return caller->later_profiles;
	for (size_t i = 0; own[i]; i++)
		add_links(caller, path_join(arena, own[i], "profiles"), &list, &len);
	for (size_t i = 0; cwd && i < sizeof usual / sizeof usual[0]; i++)
		*(const char **)arena_append(arena, &list, &len, sizeof *list) =
			path_join(arena, cwd, usual[i]);
	*(const char **)arena_append(arena, &list, &len, sizeof *list) = NULL;
	caller->later_profiles = list;
	return list;
}

bool caller_is_homeless(struct caller *caller)
{
	return !probe_account(&caller->account)->home &&
	       !is_ours(env_path(caller->arena, "HOME"));
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

/* The variables that say where the home directory is, as the account has it. */
static const struct pairs *account_vars(void *data)
{
	struct caller *caller = data;
	const char *home = probe_account(&caller->account)->home;
	const struct {
		const char *name, *below;
	} vars[] = {
		{ "HOME", "" },
		{ "XDG_CONFIG_HOME", ".config" },
		{ "XDG_CACHE_HOME", ".cache" },
	};

	caller->home_matters = true;
	if (!home)
		return NULL;
	if (caller->account_vars.len > 0)
		return &caller->account_vars;
	for (size_t i = 0; i < sizeof vars / sizeof vars[0]; i++)
		pairs_set(caller->arena, &caller->account_vars,
			  &(struct pair){ .name = vars[i].name,
					  .value = path_join(caller->arena, home,
							     vars[i].below) });
	return &caller->account_vars;
}

static void set_builtins(struct arena *arena, const char *cwd, struct vars *vars)
{
	const char *tmp = getenv("TMPDIR"), *home = getenv("HOME");
	const struct {
		const char *name, *value;
		const char *missing; /* NULL: that it is empty or unset says it */
	} rows[] = {
		{ "HOME", env_path(arena, "HOME"),
		  home && *home ? arena_printf(arena,
					       "HOME is \"%s\", no absolute path "
					       "without \"..\"",
					       home)
				: NULL },
		{ "CWD", cwd,
		  "the current directory has no name: it was removed, or lies outside of "
		  "the root directory; go to another one (cd)" },
		{ "USER", getenv("USER"), NULL },
		{ "UID", arena_printf(arena, "%u", (unsigned)getuid()), NULL },
		{ "GID", arena_printf(arena, "%u", (unsigned)getgid()), NULL },
		{ "XDG_RUNTIME_DIR", getenv("XDG_RUNTIME_DIR"), NULL },
		{ "XDG_CONFIG_HOME", xdg_dir(arena, "XDG_CONFIG_HOME", ".config"), NULL },
		{ "XDG_CACHE_HOME", xdg_dir(arena, "XDG_CACHE_HOME", ".cache"), NULL },
		{ "TMPDIR", tmp && *tmp ? tmp : "/tmp", NULL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		pairs_set(arena, &vars->builtin,
			  &(struct pair){ .name = rows[i].name,
					  .value = rows[i].value,
					  .missing = rows[i].missing });
}

void caller_profiles(struct caller *caller, struct diags *diags, struct profile_set *ret)
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
	ret->vars.account = account_vars;
	ret->vars.account_data = caller;
}
