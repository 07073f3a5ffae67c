/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* look.c - where repositories are looked for; see look.h */
#include "config.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "box/guard/look-parts.h"

/* Whether it is the first time; whoever was in a directory was in those above it, too. */
static bool first_time(struct look *l, const char *dir)
{
	for (size_t i = 0; i < l->seen_len; i++)
		if (strcmp(l->seen[i], dir) == 0)
			return false;
	*(const char **)arena_append(l->arena, &l->seen, &l->seen_len, sizeof *l->seen) =
		dir;
	return true;
}

/* From @dir up to the root: a repository above rules here as well. */
static void look_up(struct look *l, const char *dir)
{
	for (; first_time(l, dir); dir = path_parent(l->arena, dir)) {
		look_git_at(l, dir);
		look_hg_at(l, dir);
		look_jj_at(l, dir);
		look_svn_at(l, dir);
		if (strcmp(dir, "/") == 0)
			return;
	}
}

/* Missing places of a home directory are noted here, as no repository leads to them. */
static void look_home(struct look *l, const char *home)
{
	for (const struct guard_row *row = guard_table; row->place; row++)
		if (row->where == GUARD_HOME)
			look_place(l, path_join(l->arena, home, row->name), row);
}

void guard_look(const struct guard_question *question, struct guard_facts *ret)
{
	struct look l = { .q = question, .arena = question->arena, .facts = ret };

	*ret = (struct guard_facts){ 0 };
	for (const char *const *home = question->homes; *home; home++) {
		const char *real = look_real(&l, *home);

		if (real && look_inside(&l, real))
			look_home(&l, real);
	}
	for (const char *const *file = question->settings; *file; file++)
		look_place(&l, *file, guard_settings);
	for (size_t i = 0; i < question->dirs_len; i++) {
		look_rows(&l, GUARD_TOP, question->dirs[i]);
		look_up(&l, question->dirs[i]);
	}
}

void guard_look_at(const struct guard_question *question, const char *program,
		   const char *dir, const char *worktree, struct guard_facts *ret)
{
	struct look l = { .q = question, .arena = question->arena, .facts = ret };

	if (strcmp(program, "git") == 0)
		look_git(&l, dir, worktree);
	else
		look_hg(&l, dir, worktree);
}
