/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * diff.h - what a change set would change, path by path
 *
 * By content: a file that was written anew with the same bytes, mode and attributes is no
 * change, whatever its times are. A directory that is gone is one entry.
 */
#ifndef SBOX_CHANGES_DIFF_H
#define SBOX_CHANGES_DIFF_H

#include "changes/set.h"

enum diff_kind {
	DIFF_ADDED,
	DIFF_CHANGED,
	DIFF_DELETED,
	DIFF_RENAMED, /* a guess: removed there, and the same file here */
	DIFF_TYPE,    /* a file where a directory was, a link where a file was, ... */
	DIFF_MODE,    /* mode, owner or extended attributes, and no byte of content */
};

struct diff_entry {
	enum diff_kind kind;
	size_t tree;           /* of the set */
	const char *path;      /* below the tree */
	const char *from;      /* of DIFF_RENAMED, else NULL */
	mode_t old_mode, mode; /* with the type; 0: there is nothing */
	int64_t old_size, size;
	struct timespec mtime; /* of what is there, or of what is gone */
	bool copied; /* of DIFF_ADDED: the lower tree had this file by some name */
};

/* "A", "M", "D", "R", "T" or "m". */
char diff_letter(enum diff_kind kind);

struct diff_options {
	/* clean paths of the host, NULL-terminated: only what is at, below or above one
	 * of them; NULL: all */
	const char *const *paths;
	bool quick; /* files of the same size and time of change count as equal */
};

/* 0, or -1 with an error, which ends the walk. @entry is valid during the call. */
typedef int diff_take(void *data, const struct diff_entry *entry, struct error *err);

/*
 * Tells each change to @take, tree by tree, in the order of walk.h; with renames if there
 * are not too many changes to be kept for that (then a rename is an added and a deleted
 * file). What is hidden inside is not told. 0 or -1.
 */
_must_check_ int diff_set(const struct changes_set *set,
			  const struct diff_options *options, diff_take *take, void *data,
			  struct error *err);

/* How @path of a tree with the lower directory @lower relates to @wanted. */
enum diff_scope { SCOPE_OUT, SCOPE_ABOVE, SCOPE_IN };
enum diff_scope diff_scope(const char *const *wanted, const char *lower,
			   const char *path);

/* Whether the set does not show @path, of the tree with the lower directory @lower. */
bool diff_hides(const struct changes_set *set, const char *lower, const char *path);

#endif
