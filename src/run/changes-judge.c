/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* changes-judge.c - what the guard of a run knows, for what a commit would put; see
 * changes-judge.h */
#include "config.h"

#include "base/path.h"
#include "box/guard/look.h"
#include "run/changes-judge.h"
#include "run/guarding.h"

static bool ask_judge(void *data, const struct guard_row *row,
		      const struct refuse_text *text, const char **why)
{
	struct changes_judge *j = data;
	const struct judge_case c = { .kind = row->judge,
				      .text = text->text,
				      .len = text->len,
				      .before = text->before,
				      .before_len = text->before_len };
	char what[JUDGE_WHAT_MAX];

	if (text->len > JUDGE_TEXT_MAX || text->before_len > JUDGE_TEXT_MAX) {
		*why = "is too large to be looked at";
		return false;
	}
	if (judge_ask(&j->judge, &c, what))
		return true;
	*why = arena_strdup(j->caller->arena, what);
	return false;
}

/*
 * Those that settings name and links lead to, there or not: what git and hg have by
 * themselves is judged by its text.
 */
static const char *const *find_places(void *data, const char *program, const char *dir,
				      const char *worktree)
{
	struct changes_judge *j = data;
	struct guard_question question;
	struct guard_facts facts = { 0 };
	const struct guard_places *lists[] = { &facts.protect, &facts.watch };
	const char **paths = NULL;
	size_t len = 0;

	guarding_question(j->caller, &question);
	question.dirs = j->lowers;
	question.dirs_len = j->lowers_len;
	guard_look_at(&question, program, dir, worktree, &facts);
	for (size_t i = 0; i < 2; i++)
		for (size_t n = 0; n < lists[i]->len; n++)
			if (lists[i]->list[n].row->where == GUARD_CONFIG ||
			    !path_within(lists[i]->list[n].path, dir))
				*(const char **)arena_append(j->caller->arena, &paths,
							     &len, sizeof *paths) =
					lists[i]->list[n].path;
	*(const char **)arena_append(j->caller->arena, &paths, &len, sizeof *paths) =
		NULL;
	return paths;
}

void changes_judge_init(struct changes_judge *judge, const struct changes_set *set,
			struct refuse_judge *ret)
{
	struct arena *arena = judge->caller->arena;
	const char **lowers =
		arena_alloc(arena, (set->about.trees_len + 1) * sizeof *lowers);

	for (size_t i = 0; i < set->about.trees_len; i++)
		lowers[i] = set->about.trees[i].lower;
	judge->lowers = lowers;
	judge->lowers_len = set->about.trees_len;
	*ret = (struct refuse_judge){ ask_judge, find_places, judge };
}
