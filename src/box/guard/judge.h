/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * judge.h - whether a text that the command has written names a program
 *
 * A repository that a command made is as good as any other while it names no program and
 * no other file: so "git init", "git clone" and "git worktree add" go on working. What is
 * allowed is listed, setting by setting; everything else is taken for a program, a
 * mistake in the text as well.
 *
 * The texts are read by a process of its own, which can only read, write and end
 * (seccomp's strict mode): a mistake in the parser is no way to the caller's files.
 */
#ifndef SBOX_GUARD_JUDGE_H
#define SBOX_GUARD_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/arena.h"
#include "plan/guard-table.h"

#define JUDGE_TEXT_MAX ((size_t)1 << 20)
#define JUDGE_WHAT_MAX 160

/* A text and what it was before: settings that were there at the start may stay. */
struct judge_case {
	enum guard_judge kind;
	const char *text, *before; /* @before: NULL if it is not known */
	size_t len, before_len;
	/* of a submodule's directory, how many ".." its core.worktree may begin with */
	unsigned up;
};

/*
 * Whether it may stay. If not, *what says why, in words for "names ..." or the like, with
 * text of the command's in it.
 */
bool judge_text(const struct judge_case *c, char what[JUDGE_WHAT_MAX]);

/* The process that does it. All-zero but for the -1s is none yet. */
struct judge {
	int to, from;
	pid_t pid;
};
#define JUDGE_NONE ((struct judge){ -1, -1, 0 })

/* As judge_text(), over there; false if that is impossible. */
bool judge_ask(struct judge *judge, const struct judge_case *c,
	       char what[JUDGE_WHAT_MAX]);

/* Ends the process, if there is one. */
void judge_end(struct judge *judge);

#endif
