/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * guard.h - nothing that the command has written is run for it when it has ended
 *
 * Theory of operation
 *
 * What existed at the start and programs take as instructions is a read-only mount inside
 * (look.h, plan/instructions.c). What did not exist cannot be mounted over: so when
 * nothing of the sandbox is alive any more, every directory below the writable ones is
 * looked at (sweep.c), and what is there now, is new and names a program is moved aside
 * (aside.c).
 *
 * New is what has a ctime of the run: the kernel sets it to its own clock whenever an
 * inode is written, linked or renamed, and nobody can set it back. A directory that was
 * moved keeps the times of what is in it; so where the directory of a repository could
 * have got its name during the run, all that is in it counts as new. File systems that
 * take their times from elsewhere are not believed: there everything counts as new.
 *
 * The writable directories are held by descriptors from before the command ran, and all
 * that is looked at, read or moved is found below these without following any link, so
 * that neither what a command has left nor another sandbox that runs leads us elsewhere.
 *
 * A command that could be more users than the caller leaves directories that are closed
 * to the caller. Then a job (base/job.h) looks and moves, with the ids of the sandbox,
 * and answers with what it has found.
 */
#ifndef SBOX_GUARD_H
#define SBOX_GUARD_H

#include <time.h>

#include "base/patience.h"
#include "box/guard/look.h"
#include "plan/plan.h"

/* From before the start to the end of a run. */
struct guard {
	const struct plan *plan;
	struct arena *arena;
	int *dirs; /* of plan->guard.dirs */
	size_t len;
	struct timespec since;
	int64_t clock; /* nanoseconds by which the real clock is ahead of the other */
};

struct guard_finding {
	const char *path; /* of the host */
	const char *program, *why;
	const char *what;  /* what gave it away; NULL: that it is there */
	const char *moved; /* where it is now; NULL: it was left */
	const char *error; /* why it could not be moved or not be looked at; NULL */
	bool by_profile;   /* fs.protect names it, and it did not exist */
	bool unseen;       /* it could not be looked at */
};

struct guard_findings {
	struct guard_finding *list;
	size_t len;
};

/* The arguments of guard_end() that the plan does not hold. */
struct guard_end {
	const struct guard_question
		*question;     /* as it was at the start, but for @since */
	const char *state_dir; /* sbox's own, where things are moved to; NULL: none */
	/*
	 * The outer user namespace of the sandbox, with whose ids it is looked; -1: as
	 * the caller, who is the only one that the command could be.
	 */
	int ids;
	struct patience *patience; /* looked at while it is looked; or NULL */
};

/* Nothing is held if the plan guards nothing. */
_must_check_ int guard_begin(const struct plan *plan, struct arena *arena,
			     struct guard *ret, struct error *err);

/* Looks, moves if the plan says so, and closes the descriptors. */
void guard_end(struct guard *guard, const struct guard_end *end,
	       struct guard_findings *ret);

#endif
