/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* compare.h - whether two entries of two directories are the same to whoever reads them
 */
#ifndef SBOX_CHANGES_COMPARE_H
#define SBOX_CHANGES_COMPARE_H

#include <stdbool.h>
#include <sys/stat.h>

struct compared { /* an entry, and what it was when it was looked at */
	int dir;
	const char *name;
	const struct stat *st;
};

/*
 * Whether two regular files, or two symbolic links, have the same content: 1 or 0; -1
 * with errno, ESTALE: one is not any more what @st says. Nothing else is ever opened.
 * Holes of sparse files are not read.
 */
int compare_content(const struct compared *a, const struct compared *b);

/* Whether mode, owner and extended attributes are the same as well; as above. */
int compare_meta(const struct compared *a, const struct compared *b);

#endif
