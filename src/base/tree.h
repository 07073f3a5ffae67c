/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tree.h - a tree of files that a hostile command has made: measured, removed
 *
 * Everything is reached by the descriptor of the directory that it is in and by its own
 * name there; no symbolic link is followed, nothing but directories is opened, and no
 * number of levels is too many: neither function keeps a descriptor for each, nor a path.
 */
#ifndef SBOX_TREE_H
#define SBOX_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct tree_size {
	uint64_t bytes; /* on the disk; of a file with N names an Nth for each */
	bool partial;   /* not all could be looked at, so it is more than that */
};

/* Of all that is below directory @dir, which others may change meanwhile. */
void tree_measure(int dir, struct tree_size *ret);

struct tree_rest { /* what a removal has left; all-zero: nothing */
	size_t len;
	int errnum;   /* why, of one of them */
	bool foreign; /* some of it belongs to others */
	uid_t owner;  /* such as this one */
};

/*
 * Removes all that is in directory @dir, which nobody else changes. Directories that are
 * closed by their mode are opened.
 */
void tree_remove(int dir, struct tree_rest *ret);

/* Removes @name in @dir, if it is there, with all that is in it. */
_must_check_ int tree_remove_at(int dir, const char *name, struct error *err);

/* A directory that things are put into to be removed, and the first name to try. */
struct tree_bin {
	int dir;
	uint64_t next;
};

/* Moves directory @name of directory @from into @bin. 0, or -1 with errno. */
int tree_put_away(int from, const char *name, struct tree_bin *bin);

#endif
