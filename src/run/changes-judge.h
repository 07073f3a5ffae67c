/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* changes-judge.h - what the guard of a run knows, for what a commit would put */
#ifndef SBOX_CHANGES_JUDGE_H
#define SBOX_CHANGES_JUDGE_H

#include "box/guard/judge.h"
#include "changes/refuse.h"
#include "run/caller.h"

/* All-zero but for the judge, which is JUDGE_NONE, and the caller is ready. */
struct changes_judge {
	struct judge judge; /* whose process is ended by judge_end() */
	struct caller *caller;
	const char *const *lowers; /* of the set's trees */
	size_t lowers_len;
};

/* *ret asks @judge, which must live as long as it, about what is in @set. */
void changes_judge_init(struct changes_judge *judge, const struct changes_set *set,
			struct refuse_judge *ret);

#endif
