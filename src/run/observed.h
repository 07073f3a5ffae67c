/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * observed.h - what an observed command asked for in vain, and why
 *
 * What the observer has seen fail (box/observe/observe.h) is compared with the plan, and
 * with the host: what the plan does not explain is the command's own affair, and what the
 * host does not have either, or refuses to the caller as well, is none of sbox's doing.
 * What is left is told with the line that decides.
 */
#ifndef SBOX_OBSERVED_H
#define SBOX_OBSERVED_H

#include "base/arena.h"
#include "base/strindex.h"
#include "box/observe/observe.h"
#include "plan/plan.h"
#include "verdict/verdict.h"

#define OBSERVED_PROGRAMS_MAX 4

/* A path that was asked for in vain. */
struct observed_path {
	const char *path;              /* as the command called it, clean; comes first */
	const struct observe_row *row; /* the first time */
	const char *host;              /* what it would be on the host */
	uint64_t times;
	const char *programs[OBSERVED_PROGRAMS_MAX + 1]; /* NULL-terminated */
	bool write;             /* it was to be changed or made, else read or executed */
	struct verdict verdict; /* its reasons, of which the last decides */
	/* the key and its new entry that would let it through; NULL: none is offered, and
	 * why */
	const char *key, *entry, *no_fix;
};

struct observed {
	const struct observe_table *table; /* NULL: it cannot be read */
	enum observe_mode mode;
	struct observed_path *list;
	size_t len;
	struct strindex index;
	struct observed_call *calls; /* that the filter refused: observed-calls.h */
	size_t calls_len;
};

/* An entry of fs.deny or fs.protect, and a path that it means: as it is written, or where
 * that leads. */
struct observed_listed {
	const char *path;
	const struct text *text;
};

/* Who is asked, and for whom: observed-scope.h. Lists end with NULL. */
struct observed_scope {
	struct arena *arena;
	const struct plan *plan;
	const struct policy *policy;
	const struct host *host;
	/* home directories of the caller, as HOME and the account say; NULL: none */
	const char *homes[2];
	/* all that follow: as written, and without links */
	const char *const *all_homes, *const *secrets, *const *shared, *const *own_dirs;
	struct observed_listed *denied, *protected;
	size_t denied_len, protected_len;
	const char *project; /* the one that is worked in, without links; NULL */
};

/* Judges all rows of ret->table that have a path. */
void observed_judge(const struct observed_scope *scope, struct observed *ret);

/* The member "observed" of a report; @observed NULL: nobody asked for it. */
void observed_json(const struct observed *observed, struct strbuf *out);

#endif
