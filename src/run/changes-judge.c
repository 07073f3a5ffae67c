/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* changes-judge.c - the guard's judge, for what a commit would put; see changes-judge.h
 */
#include "config.h"

#include "run/changes-judge.h"

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
	*why = arena_strdup(j->arena, what);
	return false;
}

void changes_judge_init(struct changes_judge *judge, struct refuse_judge *ret)
{
	*ret = (struct refuse_judge){ ask_judge, judge };
}
