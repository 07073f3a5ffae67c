/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mnt.h - mounts by descriptor
 *
 * The new mount API (fsopen(2), open_tree(2), mount_setattr(2), move_mount(2); all of
 * it in Linux 5.14). A mount is made or cloned detached, gets all its flags while
 * nobody can see it, and is then attached to a target that is an open descriptor
 * too. So no path is looked up twice and no mount table is ever parsed, which is
 * where other launchers were attacked (CVE-2021-30465, CVE-2026-87766).
 */
#ifndef SBOX_MNT_H
#define SBOX_MNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/sys.h" /* MOUNT_ATTR_* */

/* One option of a new file system; value NULL: a flag. */
struct mnt_option {
	const char *name, *value;
};

/*
 * A new, detached mount of file system @type with MOUNT_ATTR_* @attrs. @options ends
 * with a NULL name. Returns its descriptor, or -1 with errno.
 */
int mnt_new(const char *type, const struct mnt_option *options, uint64_t attrs);

/*
 * A detached copy of the mount at @path below @dirfd ("" for @dirfd itself), with
 * everything mounted below it if @recursive. Returns its descriptor, or -1.
 */
int mnt_clone(int dirfd, const char *path, bool recursive);

/* Sets MOUNT_ATTR_* @attrs on the mount at @fd, in one step on all below it if
 * @recursive. */
int mnt_set(int fd, uint64_t attrs, bool recursive);

/* Whether nothing can be written by @fd because of the mount that it is on. */
bool mnt_is_readonly(int fd);

/* Attaches the detached mount @fd at @target, a descriptor of a directory or file. */
int mnt_attach(int fd, int target);

/* Attaches detached mount @fd at @name, just made below @dirfd; follows no symlink. */
int mnt_attach_at(int fd, int dirfd, const char *name);

/*
 * @path as seen by a process whose root is @rootfd: symlinks are followed inside
 * the root only, magic links never. @flags as of open(2); O_CLOEXEC is added.
 */
int mnt_open_in(int rootfd, const char *path, int flags);

/* @path below @dirfd, with no symlink on the way and none at its end. */
int mnt_open_below(int dirfd, const char *path, int flags);

/* As mnt_open_in() for a path that must have no symlink at all. */
int mnt_open_nolinks(int rootfd, const char *path, int flags);

#endif
