/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * devlist.h - what is in the sandbox's own /dev, and what is covered in its /proc
 *
 * box/mount/devproc.c makes them of these lists, and an explanation reads the same ones.
 * All end with a row whose name is NULL.
 */
#ifndef SBOX_DEVLIST_H
#define SBOX_DEVLIST_H

#include <stdbool.h>

struct special_node { /* a character device of the host, bound to /dev/NAME */
	const char *name, *path;
	unsigned major, minor;
};

struct special_link { /* /dev/NAME -> @to */
	const char *name, *to;
};

struct special_cover { /* /proc/NAME, an empty directory or file if the kernel has it */
	const char *name;
	bool dir;
	bool root; /* nobody but root could use it anyway: covered if root starts sbox */
};

extern const struct special_node special_nodes[];
extern const struct special_link special_links[];
extern const struct special_cover special_covers[];

#endif
