/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* look-hg.c - what repositories of Mercurial, Jujutsu and Subversion lead to; see look.h
 */
#include "config.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "box/guard/look-parts.h"

void look_hg(struct look *l, const char *dir, const char *worktree)
{
	static const char *const own[] = { "hgrc", "hgrc-not-shared", NULL };
	struct look_conf conf = { CONF_HG, NULL, worktree ? worktree : dir, 0 };
	const char *shared = look_line(l, path_join(l->arena, dir, "sharedpath"));

	if (!look_repo(l, dir))
		return;
	look_rows(l, GUARD_HG, dir);
	look_confs(l, &conf, NULL, l->q->hg_configs);
	look_confs(l, &conf, dir, own);
	if (worktree && look_inside(l, worktree))
		look_rows(l, GUARD_TOP, worktree);
	if (shared)
		shared = look_real(l, look_path(l, dir, shared));
	if (shared)
		look_hg(l, shared, worktree);
}

/* The directory @name in @top, or what stands there in its place leads to; NULL: none. */
static const char *led_from(struct look *l, const char *top, const char *name)
{
	const char *path = path_join(l->arena, top, name);
	struct stat st;

	if (look_lstat(l, path, &st) < 0)
		return NULL;
	if (!S_ISDIR(st.st_mode))
		look_place(l, path, look_row(GUARD_ANY, name));
	return look_real(l, path);
}

void look_hg_at(struct look *l, const char *top)
{
	const char *hg = led_from(l, top, ".hg");

	if (hg)
		look_hg(l, hg, top);
}

/* ".jj/repo" is a directory, or a file with the path of another workspace's. */
void look_jj_at(struct look *l, const char *top)
{
	const char *jj = led_from(l, top, ".jj"), *store, *git, *line;

	if (!jj || !look_repo(l, jj))
		return;
	look_rows(l, GUARD_JJ, jj);
	if (look_inside(l, top))
		look_rows(l, GUARD_TOP, top);
	store = path_join(l->arena, jj, "repo/store");
	line = look_line(l, path_join(l->arena, store, "git_target"));
	git = line ? look_real(l, look_path(l, store, line)) : NULL;
	if (git)
		look_git(l, git, NULL);
	line = look_line(l, path_join(l->arena, jj, "repo"));
	if (line && (line = look_real(l, look_path(l, jj, line))) && look_repo(l, line))
		look_place(l, path_join(l->arena, line, "config.toml"),
			   look_row(GUARD_JJ, "repo/config.toml"));
}

/* The other end of a file:// URL, with hooks of a server. */
void look_svn_at(struct look *l, const char *top)
{
	if (!look_inside(l, top) || !look_exists(l, top, "hooks") ||
	    !look_exists(l, top, "format") || !look_exists(l, top, "db") ||
	    !look_repo(l, top))
		return;
	look_rows(l, GUARD_SVN, top);
}
