/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* caller.c - what the caller's environment decides; see caller.h */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/path.h"
#include "changes/set.h"
#include "run/caller.h"
#include "run/project.h"

#define HIDDEN_MAX 256 /* directories that are hidden because of change sets */

#define CWD_MISSING                                                                      \
	"the current directory has no name: it was removed, or lies outside of the "     \
	"root "                                                                          \
	"directory; go to another one (cd)"
#define CACHES "sbox-caches" /* beside "sbox", which is read-only wherever it is seen */
#define LATER_MAX 1000       /* links among profiles that are looked at */

const char *caller_env_path(struct arena *arena, const char *name)
{
	const char *value = getenv(name), *clean;
	char real[PATH_MAX];

	if (!value || *value != '/')
		return NULL;
	clean = path_clean(arena, value);
	/* with "..": what it leads to; other programs find it there as well */
	return clean || !realpath(value, real) ? clean : arena_strdup(arena, real);
}

/* The directory in variable @name, or else @fallback below HOME; NULL: neither is set. */
static const char *xdg_dir(struct arena *arena, const char *name, const char *fallback)
{
	const char *dir = caller_env_path(arena, name);
	const char *home = dir ? NULL : caller_env_path(arena, "HOME");

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
	const char *named = caller_env_path(arena, "XDG_RUNTIME_DIR");
	const char *usual = arena_printf(arena, "/run/user/%u", (unsigned)getuid());
	const char *last = arena_printf(arena, "/tmp/sbox-%u", (unsigned)getuid());
	const char **hidden = arena_alloc(arena, 4 * sizeof *hidden);
	size_t n = 0;
	struct stat st;

	if (is_ours(named))
		hidden[n++] = path_join(arena, named, "sbox");
	if (is_ours(usual))
		hidden[n++] = path_join(arena, usual, "sbox");
	/* nobody else can replace it there, because /tmp is sticky */
	if (lstat(last, &st) == 0) {
		if (S_ISDIR(st.st_mode) && st.st_uid == getuid())
			hidden[n++] = path_join(arena, last, "sbox");
		else
			last = NULL;
	}
	ret->hidden_dirs = hidden;
	ret->last_dir = last;
	ret->runtime_dir = named ? named : is_ours(usual) ? usual : last;
}

int caller_find_running(const struct caller *caller, const char *name,
			struct registry_entry *ret, int *ret_dir, struct error *err)
{
	const char *const dirs[] = { caller->runtime_dir, caller->last_dir };
	int found = 0;

	*ret_dir = -1;
	for (size_t i = 0; i < 2 && found == 0; i++) {
		_cleanup_fd_ int dir = -1;

		if (i > 0 && dirs[i] == dirs[0])
			break;
		if (registry_open(dirs[i], false, &dir, err) < 0)
			return -1;
		found = dir < 0 ? 0 : registry_find(dir, name, caller->arena, ret, err);
		if (found > 0)
			*ret_dir = take_fd(&dir);
	}
	return found < 0 ? -1 : 0;
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
	if (cache)
		ret->caches = path_join(arena, cache, CACHES);
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
	const char *const homes[] = { caller_env_path(caller->arena, "HOME"),
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

const char *caller_changes_dir(const struct caller *caller)
{
	return caller->state_dir ? path_join(caller->arena, caller->state_dir, "changes")
				 : NULL;
}

/*
 * A set is made by a run that hides it itself, so one that is not there yet need not be
 * hidden.
 */
/* Adds the layers of sets that are not in @changes: CHANGES_ELSEWHERE of changes/set.h.
 */
static void add_elsewhere(struct caller *caller, const char *changes, const char **hidden,
			  size_t *n)
{
	const char *path = path_join(caller->arena, changes, CHANGES_ELSEWHERE);
	DIR *dir = opendir(path);
	const struct dirent *entry;

	while (dir && *n < HIDDEN_MAX && (errno = 0, entry = readdir(dir))) {
		char target[PATH_MAX];
		ssize_t len =
			readlinkat(dirfd(dir), entry->d_name, target, sizeof target);
		const char *layers =
			len > 0 && len < (ssize_t)sizeof target
				? path_clean(caller->arena,
					     arena_strndup(caller->arena, target,
							   (size_t)len))
				: NULL;

		if (layers)
			add_new(hidden, n, layers);
	}
	/* what is not known could not be hidden */
	if (*n >= HIDDEN_MAX)
		errno = EOVERFLOW;
	if (errno && !io_is_absence(errno)) {
		caller->failed = path;
		caller->errnum = errno;
	}
	if (dir)
		(void)closedir(dir);
}

const char *const *caller_hidden_dirs(struct caller *caller)
{
	static const char below_home[] = ".local/state/sbox/changes";
	const char *const homes[] = { caller_env_path(caller->arena, "HOME"),
				      probe_account(&caller->account)->home };
	const char **hidden =
		arena_alloc(caller->arena, (HIDDEN_MAX + 8) * sizeof *hidden);
	const char *changes = caller_changes_dir(caller);
	size_t n = 0, known = 0;

	while (caller->hidden_dirs[known])
		hidden[n++] = caller->hidden_dirs[known++];
	if (changes) {
		add_new(hidden, &n, changes);
		add_elsewhere(caller, changes, hidden, &n);
	}
	for (size_t h = 0; h < sizeof homes / sizeof homes[0]; h++)
		if (homes[h])
			add_new(hidden, &n,
				path_join(caller->arena, homes[h], below_home));
	for (size_t i = known; i < n;)
		if (access(hidden[i], F_OK) < 0 && errno == ENOENT)
			hidden[i] = hidden[--n];
		else
			i++;
	hidden[n] = NULL;
	return hidden;
}

const char *const *caller_cache_dirs(struct caller *caller)
{
	const char *const homes[] = { caller_env_path(caller->arena, "HOME"),
				      probe_account(&caller->account)->home };
	const char **dirs = arena_alloc(caller->arena, 4 * sizeof *dirs);
	size_t n = 0;

	if (caller->caches)
		add_new(dirs, &n, caller->caches);
	for (size_t h = 0; h < sizeof homes / sizeof homes[0]; h++)
		if (homes[h])
			add_new(dirs, &n,
				path_join(caller->arena, homes[h], ".cache/" CACHES));
	return dirs;
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
	       !is_ours(caller_env_path(caller->arena, "HOME"));
}

static const char *const system_profiles[] = { SYSCONFDIR "/sbox/profiles", PROFILEDIR,
					       NULL };

static const char *const *search_path(const struct caller *caller)
{
	const char **dirs = arena_alloc(caller->arena, 4 * sizeof *dirs);
	size_t n = 0;

	if (caller->config_dir)
		dirs[n++] = path_join(caller->arena, caller->config_dir, "profiles");
	for (size_t i = 0; system_profiles[i]; i++)
		dirs[n++] = system_profiles[i];
	return dirs;
}

/* Notes the variables of the home directory that the account's @home makes different. */
static void ask_account(struct caller *caller, const char *home)
{
	struct arena *arena = caller->arena;
	const struct {
		const char *name, *below, *here;
	} vars[] = {
		{ "HOME", "", caller_env_path(arena, "HOME") },
		{ "XDG_CONFIG_HOME", ".config",
		  xdg_dir(arena, "XDG_CONFIG_HOME", ".config") },
		{ "XDG_CACHE_HOME", ".cache",
		  xdg_dir(arena, "XDG_CACHE_HOME", ".cache") },
	};

	for (size_t i = 0; i < sizeof vars / sizeof vars[0]; i++) {
		const char *value = path_join(arena, home, vars[i].below);

		if (!vars[i].here || strcmp(vars[i].here, value) != 0)
			pairs_set(arena, &caller->account_vars,
				  &(struct pair){ .name = vars[i].name, .value = value });
	}
}

static const struct pairs *account_vars(void *data)
{
	struct caller *caller = data;
	const char *home = probe_account(&caller->account)->home;

	caller->home_matters = true;
	if (home && !caller->account_asked)
		ask_account(caller, home);
	caller->account_asked = true;
	return caller->account_vars.len > 0 ? &caller->account_vars : NULL;
}

static void set_builtins(struct arena *arena, const char *cwd, struct vars *vars)
{
	const char *tmp = getenv("TMPDIR"), *home = getenv("HOME");
	const struct {
		const char *name, *value;
		const char *missing; /* NULL: that it is empty or unset says it */
	} rows[] = {
		{ "HOME", caller_env_path(arena, "HOME"),
		  home && *home ? arena_printf(arena,
					       "HOME is \"%s\", no absolute path "
					       "without \"..\"",
					       home)
				: NULL },
		{ "CWD", cwd, CWD_MISSING },
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

/* What is found out only for profiles that speak of it. */
static const struct pair *late_vars(void *data, const char *name)
{
	struct caller *caller = data;
	struct arena *arena = caller->arena;
	char cwd[PATH_MAX];

	if (strcmp(name, "PROJECT") != 0 && strcmp(name, "PROJECT_GIT") != 0)
		return NULL;
	if (caller->project.len == 0) {
		const struct project_place place = {
			.cwd = getcwd(cwd, sizeof cwd) && cwd[0] == '/'
				       ? arena_strdup(arena, cwd)
				       : NULL,
			.given = caller->project_given,
			.homes = { caller_env_path(arena, "HOME"),
				   probe_account(&caller->account)->home },
		};
		struct project found = { .missing = CWD_MISSING };

		if (place.given || place.cwd)
			project_find(arena, &place, &found);
		pairs_set(arena, &caller->project,
			  &(struct pair){ .name = "PROJECT",
					  .value = found.dir,
					  .missing = found.missing });
		pairs_set(arena, &caller->project,
			  &(struct pair){ .name = "PROJECT_GIT", .value = found.git });
	}
	return pairs_get(&caller->project, name);
}

void caller_profiles(struct caller *caller, struct diags *diags, struct profile_set *ret)
{
	_cleanup_free_ char *cwd = getcwd(NULL, 0);

	*ret = (struct profile_set){
		.diags = diags,
		.uid = getuid(),
		.dirs = search_path(caller),
		.system_dirs = system_profiles,
		/* "(unreachable)/..." is no path: getcwd(3) */
		.cwd = cwd && cwd[0] == '/' ? arena_strdup(caller->arena, cwd) : NULL,
	};
	set_builtins(caller->arena, ret->cwd, &ret->vars);
	ret->vars.account = account_vars;
	ret->vars.account_data = caller;
	ret->vars.late = late_vars;
	ret->vars.late_data = caller;
}
