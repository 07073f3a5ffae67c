/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * journal.h - what a commit does, written down before anything of it is done
 *
 * One line is one step, and each step can be seen to be done or not by the numbers of the
 * files (inodes) that it is about: so whoever was killed goes on by reading it again from
 * the beginning, and an undo reads the same lines. It has its full length, and a last
 * line that says so, before it gets its name.
 */
#ifndef SBOX_CHANGES_JOURNAL_H
#define SBOX_CHANGES_JOURNAL_H

#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/strbuf.h"
#include "changes/set.h"

enum journal_kind {
	JOURNAL_PUT,  /* the upper entry into the place of the lower one, or of nothing */
	JOURNAL_DEL,  /* the lower entry to undo/SLOT */
	JOURNAL_MODE, /* of a directory that stays */
	JOURNAL_DIR,  /* a directory made, for what is put into it */
	JOURNAL_ASIDE, /* an upper entry that is left out, to undo/SLOT, before all else
			*/
};

struct journal_step {
	enum journal_kind kind;
	size_t tree;
	ino_t up;              /* PUT, ASIDE */
	ino_t low;             /* PUT (0: nothing is there), DEL, MODE */
	struct timespec time;  /* of the lower entry, see journal_time() */
	mode_t old_mode, mode; /* MODE, DIR: without the type; PUT: @mode of the upper */
	uint64_t slot;    /* DEL, ASIDE, PUT: 0: the old one stays in the upper tree */
	bool opaque;      /* PUT: a directory that hid the lower one */
	bool dir;         /* PUT: it is a directory */
	bool copied;      /* PUT: overlayfs has marked it as copied up */
	const char *path; /* below the tree */
};

/*
 * By what a lower entry is known to be unchanged: its ctime, which nobody can set; where
 * a file has several names, which a step for one of them gives a new ctime, its mtime.
 */
struct timespec journal_time(const struct stat *st);

/* Writing. */
struct journal {
	FILE *file;
	struct strbuf line;
	uint64_t steps;
};

/* @rest: something of the set is left when all of it is done. */
_must_check_ int journal_begin(const struct changes_set *set, bool rest,
			       struct journal *ret, struct error *err);
_must_check_ int journal_add(struct journal *journal, const struct journal_step *step,
			     struct error *err);
/* All of it is on the disk and has its name afterwards. */
_must_check_ int journal_end(const struct changes_set *set, struct journal *journal,
			     struct error *err);
/* There is to be none: what was written is removed. */
void journal_drop(const struct changes_set *set, struct journal *journal);

/* 0, or -1 with an error, which ends the reading. */
typedef int journal_take(void *data, const struct journal_step *step, struct error *err);

/*
 * Reads the journal of the set, a step at a time. -1: there is none, it is not as
 * journal_end() has left it (the line is named; nothing of it was taken then), or @take
 * has failed.
 */
_must_check_ int journal_read(const struct changes_set *set, journal_take *take,
			      void *data, struct error *err);

/* The step that @line, without its end, says; its path is in @arena. -1: it says none. */
int journal_parse(struct arena *arena, const char *line, struct journal_step *ret);
/* Appends the line of @step, with its end. */
void journal_text(struct strbuf *out, const struct journal_step *step);

/* Whether the set has one. */
bool journal_exists(const struct changes_set *set);
/*
 * Removes it, when all of it was taken back; *ret_last: that of the commit before is
 * there again, which can be undone as before. -1: errno.
 */
int journal_remove(const struct changes_set *set, bool *ret_last);
/* The commit is done: the one before cannot be undone any more. */
void journal_forget_last(const struct changes_set *set);
/* What journal_begin() was told; true if there is none. */
bool journal_leaves_rest(const struct changes_set *set);

#endif
