/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * attrs.h - what overlayfs notes in its upper directory, and other extended attributes
 *
 * An ordinary user's overlay ("userxattr") keeps its notes in attributes "user.overlay.*"
 * of the files there: "opaque" at a directory says that nothing of the lower one is seen
 * below it, "origin" at a file that it was copied up. A removed name is a character
 * device 0,0 (Documentation/filesystems/overlayfs.rst). None of it is content.
 */
#ifndef SBOX_CHANGES_ATTRS_H
#define SBOX_CHANGES_ATTRS_H

#include <stdbool.h>
#include <sys/stat.h>

/* Whether @st is a removed name. */
bool attrs_is_whiteout(const struct stat *st);

/* Whether the directory @name in @dir hides all of the lower one. */
bool attrs_is_opaque(int dir, const char *name);
/* Whether @name in @dir was copied up, so that the lower tree had it, by whatever name.
 */
bool attrs_has_origin(int dir, const char *name);

/*
 * Whether the two have the same extended attributes, but for those of overlayfs: 1 or 0,
 * -1 with errno. A file system without any has none.
 */
int attrs_equal(int dir, const char *name, int other_dir, const char *other_name);

/* Removes those of overlayfs, also those that a command has set itself; -1: errno. */
int attrs_clean(int dir, const char *name);
/* Marks the directory @name opaque, as it was before attrs_clean(); -1: errno. */
int attrs_set_opaque(int dir, const char *name);
/* Marks the directory @name as one that the lower tree has as well; -1: errno. */
int attrs_set_origin(int dir, const char *name);
/* Takes that back; -1: errno. */
int attrs_unset_origin(int dir, const char *name);

/* Marks the directory @name as one with the lower one of its name; -1: errno. */
int attrs_set_merged(int dir, const char *name);

#endif
