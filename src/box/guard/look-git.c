/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* look-git.c - what a repository of git leads to; see look.h */
#include "config.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "box/guard/look-parts.h"

/* A hook that is a link runs what it leads to. */
static void look_hook_links(struct look *l, const char *dir)
{
	const char *hooks = path_join(l->arena, dir, "hooks");

	for (const char **name = look_entries(l, hooks, DT_LNK); *name; name++)
		look_place(l, path_join(l->arena, hooks, *name), guard_named);
}

static void look_settings(struct look *l, const char *dir, const char *worktree)
{
	static const char *const own[] = { "config", "config.worktree", NULL };
	struct look_conf conf = { CONF_GIT, NULL, worktree ? worktree : dir, 0 };

	for (const char *const *set = l->q->git_settings; *set; set += 2) {
		struct conf_entry entry;

		(void)snprintf(entry.name, sizeof entry.name, "%s", set[0]);
		(void)snprintf(entry.value, sizeof entry.value, "%s", set[1]);
		look_git_setting(l, &conf, &entry);
	}
	look_confs(l, &conf, NULL, l->q->git_configs);
	look_confs(l, &conf, dir, own);
}

/* @top/.git as a file, which leads to a directory. */
static void look_gitfile(struct look *l, const char *top)
{
	const char *file = path_join(l->arena, top, ".git");
	struct stat st;

	if (look_lstat(l, file, &st) == 0 && !S_ISDIR(st.st_mode))
		look_place(l, file, look_row(GUARD_ANY, ".git"));
}

static void look_module(struct look *l, const char *dir)
{
	const char *config = path_join(l->arena, dir, "config");
	const char *worktree = look_setting(l, config, "core.worktree");

	if (worktree)
		worktree = look_real(l, look_path(l, dir, worktree));
	if (worktree)
		look_gitfile(l, worktree);
	look_git(l, dir, worktree);
}

static void look_modules(struct look *l, const char *dir, unsigned depth)
{
	for (const char **name = look_entries(l, dir, DT_DIR); *name; name++) {
		const char *module = path_join(l->arena, dir, *name);

		if (look_exists(l, module, "HEAD"))
			look_module(l, module);
		else if (depth < MODULES_DEPTH)
			look_modules(l, module, depth + 1);
	}
}

static void look_worktrees(struct look *l, const char *dir)
{
	const char *all = path_join(l->arena, dir, "worktrees");

	for (const char **name = look_entries(l, all, DT_DIR); *name; name++) {
		const char *own = path_join(l->arena, all, *name);
		const char *back = look_line(l, path_join(l->arena, own, "gitdir"));
		const char *top = back ? look_path(l, own, back) : NULL;

		if (top)
			top = look_real(l, path_parent(l->arena, top));
		if (top)
			look_gitfile(l, top);
		look_git(l, own, top);
	}
}

/* Whether the settings in @dir were not read yet for this worktree. */
static bool new_worktree(struct look *l, const char *dir, const char *worktree)
{
	const char *here = worktree ? worktree : dir;

	for (size_t i = 0; i < l->worktrees_len; i++)
		if (strcmp(l->worktrees[i].dir, dir) == 0 &&
		    strcmp(l->worktrees[i].worktree, here) == 0)
			return false;
	*(struct worktree_seen *)arena_append(l->arena, &l->worktrees, &l->worktrees_len,
					      sizeof *l->worktrees) =
		(struct worktree_seen){ dir, here };
	return true;
}

void look_git(struct look *l, const char *dir, const char *worktree)
{
	const char *common = look_line(l, path_join(l->arena, dir, "commondir"));
	const bool first = look_repo(l, dir);

	if (!new_worktree(l, dir, worktree))
		return;
	if (first) {
		look_rows(l, GUARD_GIT, dir);
		look_hook_links(l, dir);
	}
	look_settings(l, dir, worktree);
	if (worktree && look_inside(l, worktree))
		look_rows(l, GUARD_TOP, worktree);
	if (common)
		common = look_real(l, look_path(l, dir, common));
	if (common)
		look_git(l, common, worktree);
	if (!first)
		return;
	if (look_exists(l, dir, "modules"))
		look_modules(l, path_join(l->arena, dir, "modules"), 0);
	if (look_exists(l, dir, "worktrees"))
		look_worktrees(l, dir);
}

void look_git_at(struct look *l, const char *top)
{
	const char *git = path_join(l->arena, top, ".git");
	const char *line;
	struct stat st;

	if (look_lstat(l, git, &st) < 0) {
		if (look_exists(l, top, "HEAD") && look_exists(l, top, "objects"))
			look_git(l, top, NULL); /* a bare one */
		return;
	}
	look_gitfile(l, top);
	if (S_ISREG(st.st_mode)) {
		line = look_line(l, git);
		git = line && strncmp(line, "gitdir: ", 8) == 0
			      ? look_path(l, top, line + 8)
			      : NULL;
	}
	git = look_real(l, git);
	if (git)
		look_git(l, git, top);
}
