/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* changes-judge.h - the guard's judge, for what a commit would put */
#ifndef SBOX_CHANGES_JUDGE_H
#define SBOX_CHANGES_JUDGE_H

#include "box/guard/judge.h"
#include "changes/refuse.h"

/* All-zero but for the judge, which is JUDGE_NONE, is ready. */
struct changes_judge {
	struct judge judge; /* whose process is ended by judge_end() */
	struct arena *arena;
};

/* *ret asks @judge, which must live as long as it. */
void changes_judge_init(struct changes_judge *judge, struct refuse_judge *ret);

#endif
