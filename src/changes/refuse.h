/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * refuse.h - what a commit does not put into a directory of the host by itself
 *
 * The guard of a run with writable directories protects what is there and moves aside
 * what was planted (box/guard/guard.h). A commit can do better: what programs of the host
 * would take as instructions does not get there at all. It is the same table
 * (plan/guard-table.h), with rows that only a commit looks at, and what no file of a
 * project is: devices, and links that lead out of the tree.
 */
#ifndef SBOX_CHANGES_REFUSE_H
#define SBOX_CHANGES_REFUSE_H

#include <stdbool.h>

#include "base/strbuf.h"
#include "changes/set.h"
#include "changes/walk.h"
#include "plan/guard-table.h"

struct refuse_text {               /* of a file, and of the one that it would replace */
	const char *text, *before; /* @before: NULL: there is none */
	size_t len, before_len;
};

/* What decides about a text, which is read in a process of its own: box/guard/judge.h. */
struct refuse_judge {
	/* Whether @text may stay, where @before was (NULL: nothing was). If not, *why,
	 * which is in @arena. */
	bool (*ask)(void *data, const struct guard_row *row,
		    const struct refuse_text *text, const char **why);
	/*
	 * The paths of the host that the settings of a repository of the host lead to:
	 * of @program ("git", "hg"), with its directory @dir of the working tree
	 * @worktree; NULL-terminated. NULL: nobody is asked.
	 */
	const char *const *(*places)(void *data, const char *program, const char *dir,
				     const char *worktree);
	void *data;
};

/* A directory on the way to an entry, and what it is: the upper tree over the lower one.
 */
struct refuse_dir {
	size_t len; /* of its path */
	bool git, svn,
		top; /* git's own, a repository of Subversion's, one begins there */
};

/* From one entry of a walk to the next; begins with the first five, and zeroes. */
struct refusing {
	const struct changes_set *set;
	size_t tree;
	struct arena *arena;
	const struct refuse_judge *judge;
	const char *const *homes; /* the caller's, clean, NULL-terminated */
	struct strbuf path;       /* of the host, of the entry */
	struct refuse_dir *dirs; /* from the tree's own to the one that the entry is in */
	size_t dirs_len, dirs_cap;
	struct strbuf way; /* path of the last of them */
	const char **led;  /* where the settings of repositories of the host lead */
	size_t led_len;
	struct strbuf below; /* all that is below this is @row's; empty: none */
	const struct guard_row *row;
};

/*
 * Why the entry of the walk, which the upper tree has and which is no whiteout, is not to
 * be committed; NULL: it may be. To be called for each directory before what is in it.
 */
const char *refuse_why(struct refusing *r, const struct walk_entry *entry);
void refuse_done(struct refusing *r);

#endif
