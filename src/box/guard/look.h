/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * look.h - what the repositories in and around directories take as instructions
 *
 * Theory of operation
 *
 * From each directory that a command may write to, up to the root, repositories are
 * looked for, as git, hg and jj do it. Of each the rows of the guard table are looked
 * at, and its settings are read (conf.h) as to where they lead: common directories,
 * submodules, other worktrees, included files, directories of hooks, and each word of a
 * setting that names a file. No program is run. What is found exists only as far as it is
 * inside the directories asked about: nothing else can be written by the command.
 *
 * All of it may have been prepared by an earlier command: nothing but regular files is
 * read, none that is larger than CONF_MAX, no deeper than git goes, and what is too much
 * is not protected but still looked at when the command has ended (sweep.h).
 */
#ifndef SBOX_GUARD_LOOK_H
#define SBOX_GUARD_LOOK_H

#include "base/arena.h"
#include "plan/guard-facts.h"

struct guard_question {
	const char *const *dirs; /* canonical; what of them can be written by a command */
	size_t dirs_len;
	const char *const *homes;       /* of the caller; NULL-terminated */
	const char *const *git_configs; /* of the user and the system; likewise */
	const char *const *hg_configs;  /* likewise */
	const char *const
		*settings; /* files of both that the environment names; likewise */
	/* what it sets for git by itself: "name", "value", ...; likewise */
	const char *const *git_settings;
	struct arena *arena;
	/* files that have changed since then are noted, and not read; NULL: all are */
	const struct timespec *since;
};

/* *ret: what was found, in the question's arena; what could not be looked at is in it. */
void guard_look(const struct guard_question *question, struct guard_facts *ret);

/* Where the repository of @program ("git", "hg") at @dir leads; @worktree NULL: none. */
void guard_look_at(const struct guard_question *question, const char *program,
		   const char *dir, const char *worktree, struct guard_facts *ret);

#endif
