/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guarding.c - what the guard has to know of the caller; see guarding.h */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "run/guarding.h"

#define FILES 10

struct files {
	const char *list[FILES];
	size_t len;
};

static void add(struct files *files, const char *path)
{
	if (path && files->len + 1 < FILES)
		files->list[files->len++] = path;
}

static const char *env_path(struct arena *arena, const char *name)
{
	const char *value = getenv(name);

	return value ? path_clean(arena, value) : NULL;
}

static void add_below(struct arena *arena, struct files *files, const char *dir,
		      const char *below)
{
	if (dir)
		add(files, path_join(arena, dir, below));
}

void guarding_question(struct caller *caller, struct guard_question *ret)
{
	struct arena *arena = caller->arena;
	struct files *homes = arena_alloc(arena, sizeof *homes);
	struct files *git = arena_alloc(arena, sizeof *git);
	struct files *hg = arena_alloc(arena, sizeof *hg);
	const char *xdg = env_path(arena, "XDG_CONFIG_HOME");
	const char *named = env_path(arena, "HOME");
	const char *home = probe_account(&caller->account)->home;

	add(homes, named);
	if (!named || (home && strcmp(home, named) != 0))
		add(homes, home);
	add(git, "/etc/gitconfig");
	add(git, env_path(arena, "GIT_CONFIG_SYSTEM"));
	add(git, env_path(arena, "GIT_CONFIG_GLOBAL"));
	add_below(arena, git, xdg, "git/config");
	add(hg, "/etc/mercurial/hgrc");
	add_below(arena, hg, xdg, "hg/hgrc");
	for (size_t i = 0; i < homes->len; i++) {
		add_below(arena, git, homes->list[i], ".config/git/config");
		add_below(arena, git, homes->list[i], ".gitconfig");
		add_below(arena, hg, homes->list[i], ".config/hg/hgrc");
		add_below(arena, hg, homes->list[i], ".hgrc");
	}
	*ret = (struct guard_question){ .arena = arena,
					.homes = homes->list,
					.git_configs = git->list,
					.hg_configs = hg->list };
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
