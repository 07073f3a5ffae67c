/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guarding.c - what the guard has to know of the caller; see guarding.h */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "run/guarding.h"

#define FILES 16
#define SETTINGS 100 /* of the environment that are looked at */

struct files {
	const char *list[FILES];
	size_t len;
};

static void add(struct files *files, const char *path)
{
	if (path && files->len + 1 < FILES)
		files->list[files->len++] = path;
}

static void add_below(struct arena *arena, struct files *files, const char *dir,
		      const char *below)
{
	if (dir)
		add(files, path_join(arena, dir, below));
}

/* HGRCPATH: files, and directories of them; hg reads nothing of the user's but these. */
static void add_hgrcpath(struct arena *arena, struct files *files)
{
	const char *at = getenv("HGRCPATH");

	while (at && *at) {
		size_t len = strcspn(at, ":");

		add(files, path_clean(arena, arena_strndup(arena, at, len)));
		at += len + (at[len] == ':');
	}
}

/* GIT_CONFIG_COUNT, GIT_CONFIG_KEY_0, GIT_CONFIG_VALUE_0, ...: see git(1). */
static const char *const *git_settings(struct arena *arena)
{
	const char *count = getenv("GIT_CONFIG_COUNT");
	long n = count ? strtol(count, NULL, 10) : 0;
	const char **list = NULL;
	size_t len = 0;

	for (long i = 0; i < n && i < SETTINGS; i++) {
		const char *name = getenv(arena_printf(arena, "GIT_CONFIG_KEY_%ld", i));
		const char *value =
			getenv(arena_printf(arena, "GIT_CONFIG_VALUE_%ld", i));
		char *small = name ? arena_strdup(arena, name) : NULL;

		if (!name || !value)
			break;
		for (char *c = small; *c; c++)
			*c = (char)tolower((unsigned char)*c);
		*(const char **)arena_append(arena, &list, &len, sizeof *list) = small;
		*(const char **)arena_append(arena, &list, &len, sizeof *list) = value;
	}
	*(const char **)arena_append(arena, &list, &len, sizeof *list) = NULL;
	return list;
}

void guarding_question(struct caller *caller, struct guard_question *ret)
{
	struct arena *arena = caller->arena;
	struct files *homes = arena_alloc(arena, sizeof *homes);
	struct files *git = arena_alloc(arena, sizeof *git);
	struct files *hg = arena_alloc(arena, sizeof *hg);
	struct files *settings = arena_alloc(arena, sizeof *settings);
	const char *xdg = caller_env_path(arena, "XDG_CONFIG_HOME");
	const char *global = caller_env_path(arena, "GIT_CONFIG_GLOBAL");
	const char *named = caller_env_path(arena, "HOME");
	const char *home = probe_account(&caller->account)->home;

	add(homes, named);
	if (!named || (home && strcmp(home, named) != 0))
		add(homes, home);
	add(git, "/etc/gitconfig");
	add(git, caller_env_path(arena, "GIT_CONFIG_SYSTEM"));
	add(git, global);
	add_below(arena, git, xdg, "git/config");
	add(hg, "/etc/mercurial/hgrc");
	add_below(arena, hg, xdg, "hg/hgrc");
	add_hgrcpath(arena, hg);
	add(settings, global);
	add_below(arena, settings, xdg, "git/config");
	add_below(arena, settings, xdg, "git/attributes");
	add_below(arena, settings, xdg, "hg/hgrc");
	add_hgrcpath(arena, settings);
	for (size_t i = 0; i < homes->len; i++) {
		add_below(arena, git, homes->list[i], ".config/git/config");
		add_below(arena, git, homes->list[i], ".gitconfig");
		add_below(arena, hg, homes->list[i], ".config/hg/hgrc");
		add_below(arena, hg, homes->list[i], ".hgrc");
	}
	*ret = (struct guard_question){ .arena = arena,
					.homes = homes->list,
					.git_configs = git->list,
					.hg_configs = hg->list,
					.settings = settings->list,
					.git_settings = git_settings(arena) };
}

static void instructions(const struct host *host, const char *const *dirs, size_t len,
			 struct guard_facts *ret)
{
	struct guard_question question;

	guarding_question(host->instructions_data, &question);
	question.dirs = dirs;
	question.dirs_len = len;
	guard_look(&question, ret);
}

void guarding_look(struct caller *caller, struct host *host)
{
	host->instructions = instructions;
	host->instructions_data = caller;
}
