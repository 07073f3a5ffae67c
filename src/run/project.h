/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * project.h - the directory of the project that the caller stands in
 *
 * Theory of operation
 *
 * It is the nearest directory, from the current one up, that version control works in: it
 * has a ".git", ".hg" or the like. Both must be the caller's: whoever can put a ".git"
 * into /tmp must not decide what a command of ours may write to. A home directory, and
 * what is above one, is never a project. Without version control it is the current
 * directory.
 *
 * A worktree or a submodule of git keeps its repository elsewhere, where its ".git", a
 * file, says. An archive can bring a ".git" that names any directory of the caller's; so
 * it counts only if the repository itself names this project, and is a directory of its
 * own: "commondir" in it could name any other above, and is not believed.
 */
#ifndef SBOX_PROJECT_H
#define SBOX_PROJECT_H

#include "base/arena.h"

struct project {
	const char *dir;     /* NULL: none, and ... */
	const char *missing; /* ... why, as of struct pair */
	/* The repository of a worktree or submodule, which is outside of @dir; else NULL.
	 */
	const char *git;
};

#define PROJECT_HOMES 2

/* Where it is looked for. */
struct project_place {
	const char *cwd;   /* the current directory, clean */
	const char *given; /* the project as somebody named it, clean; NULL */
	const char *homes[PROJECT_HOMES]; /* home directories of the caller; NULL: none */
};

/* All in @arena. */
void project_find(struct arena *arena, const struct project_place *place,
		  struct project *ret);

/* Whether version control works in @dir, by what is in it and whoever it is of. */
bool project_is_marked(struct arena *arena, const char *dir);

#endif
