/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* history.h - which sets of earlier runs are there for nothing any more */
#ifndef SBOX_CHANGES_HISTORY_H
#define SBOX_CHANGES_HISTORY_H

#include <stdbool.h>

#include "changes/set.h"

/* The names of sets that a profile asks for, and nobody has named: run-DAY-N. */
#define HISTORY_PREFIX "run-"

/* Of the names @prefix-N in @dir the largest N; 0: there is none. -1: an error. */
_must_check_ int history_last(int dir, const char *prefix, struct error *err);

/*
 * Whether nothing is in the set that a commit could put into place: the upper directories
 * are empty. False also where that cannot be told.
 */
bool history_is_blank(const struct changes_set *set);

/*
 * Of the sets in @dir (that of @state_dir) whose names begin with HISTORY_PREFIX and that
 * are committed and not in use, all but the last @keep, the oldest first:
 * NULL-terminated, in
 * @arena. What else has such a name is somebody's unfinished work, and is in no list.
 */
_must_check_ int history_old(int dir, size_t keep, struct arena *arena,
			     const char *const **ret, struct error *err);

#endif
