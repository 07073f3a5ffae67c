/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * names.h - files with several names, of which a commit puts some
 *
 * A name that stays in the set and one that was put would be names of one file: what
 * another run writes to the first would be on the host. So either all are put or none.
 */
#ifndef SBOX_CHANGES_NAMES_H
#define SBOX_CHANGES_NAMES_H

#include <sys/stat.h>

#include "changes/found.h"

#define NAMES_KEPT 100000 /* names of such files in one tree; more are refused */

struct names { /* all-zero is none */
	struct arena arena;
	struct names_one *list;
	size_t len;
	bool full;
};

/* Notes that the upper entry @path is put. */
void names_put(struct names *names, const struct stat *up, const char *path);

/* Tells what would stay half in the set of the tree with the lower directory @lower. */
void names_judge(struct names *names, const char *lower, struct founds *founds);

/* Gives back what was counted. */
void names_done(struct names *names);

#endif
