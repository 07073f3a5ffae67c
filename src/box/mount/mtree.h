/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mtree.h - a tree of mounts under construction
 *
 * The root of the new tree is a descriptor, and every path in it is resolved as a
 * process with that root would see it: a symlink that somebody left in a bound
 * directory leads nowhere but inside (CVE-2026-87766 was a launcher without that).
 *
 * Directories and files are created only on file systems that were made for this
 * tree: their device numbers are kept, and nothing else is ever created on, unless
 * whoever asks has said so (on_host).
 *
 * The scratch file system, mounted where the tree does not show it, holds what must
 * come from somewhere: empty covers, contents of files, layers of overlays, and the
 * directories that are shown as the root and as /dev, because a file system more costs
 * as much as five mounts of one that is there.
 */
#ifndef SBOX_MTREE_H
#define SBOX_MTREE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct mtree {
	int fd;      /* its root */
	int scratch; /* see above */
	int host;    /* a copy of the host's "/" that one step is to get; -1 */
	int covers;  /* its read-only copy, that mtree_cover() copies */
	dev_t cover; /* its device, which is seen where a cover lies */
	int top;     /* the mount whose parts were last asked for, -1: none */
	const char *top_path;
	int dir;      /* the directory last worked in, -1: none is known */
	bool dir_own; /* ... is on a file system of ours */
	char dir_path[PATH_MAX];
	dev_t *devs; /* of our file systems */
	size_t devs_len;
	unsigned names;   /* how many were given in the scratch file system */
	unsigned parents; /* permissions of directories that are made for a path */
	/* what is missing may be made on file systems of the host, too; then each is told
	 * of: @dir has it, as @name, and @end characters of the target lead to it */
	bool on_host;
	void (*made)(void *data, int dir, const char *name, size_t end);
	/* ... and of what is there, @at, and could have been made so by others. 0 or -1
	 */
	int (*used)(void *data, int at, struct error *err);
	void *made_data;
};

#define MTREE_INIT                                                                       \
	{                                                                                \
		.fd = -1, .scratch = -1, .host = -1, .covers = -1, .top = -1, .dir = -1, \
		.parents = 0755                                                          \
	}

struct mtree_size {           /* of a tmpfs */
	int64_t size, inodes; /* bytes, files */
	unsigned mode;
};

/* Closes what it holds; mounts that are attached stay. */
void mtree_done(struct mtree *tree);

/* A new, detached tmpfs with MOUNT_ATTR_* @attrs that may be created on; its descriptor.
 */
_must_check_ int mtree_tmpfs(struct mtree *tree, const struct mtree_size *opt,
			     uint64_t attrs, struct error *err);

/* Notes the file system of @fd as one of ours. */
_must_check_ int mtree_own(struct mtree *tree, int fd, struct error *err);
bool mtree_is_own(const struct mtree *tree, int fd);

/* Makes directory (@dir) or empty file @name in @parent, in which it is not; tells of it
 * if @parent is the host's. @end as of made(). 0 or -1 with errno. */
int mtree_make(struct mtree *tree, int parent, const char *name, bool dir, size_t end);

/* An O_PATH descriptor of directory @path, made with its parents where it is missing. */
_must_check_ int mtree_dir(struct mtree *tree, const char *path, struct error *err);

/*
 * An O_PATH descriptor of the directory that @path is in, made with its parents where it
 * is missing; tree->dir_own tells whether it is on a file system of ours, *ret_name is
 * the last component of @path. The descriptor stays the tree's and is good until the next
 * call of any function here: neighbours are mostly asked for in a row, and found here.
 */
_must_check_ int mtree_parent(struct mtree *tree, const char *path, const char **ret_name,
			      struct error *err);

/* Attaches detached mount @fd at @target; the mount point is made if it is missing. */
_must_check_ int mtree_attach(struct mtree *tree, int fd, const char *target, bool dir,
			      struct error *err);

/*
 * Attaches detached mount @fd at directory @target, to which no symbolic link may lead
 * (CVE-2026-41579); the mount point is made if it is missing.
 */
_must_check_ int mtree_attach_plain(struct mtree *tree, int fd, const char *target,
				    struct error *err);

/* Attaches @fd at the open directory or file @at; 0 or -1 with errno. */
int mtree_attach_fd(struct mtree *tree, int fd, int at);

/*
 * An O_PATH descriptor of @target, which is @top or below it: on the way from there no
 * symbolic link is followed, and nothing leads out. -1 with errno. @top is to stay where
 * it is, for neighbours are mostly asked for in a row, and then it is opened once.
 */
int mtree_part(struct mtree *tree, const char *top, const char *target);

/*
 * Makes the scratch file system; to be called first of all. It is attached over "/",
 * where it hides nothing: paths begin at the process's root, which lies below it. A copy
 * of "/" with all mounts would have it on top from then on, so if there will be such
 * (@hosts of them), one is made before, for mtree_host() to give out, or to copy.
 */
_must_check_ int mtree_scratch(struct mtree *tree, unsigned hosts, struct error *err);

/* A detached copy of the host's "/" with all mounts, as it was; -1 with errno. */
int mtree_host(struct mtree *tree);

/* A detached mount of a new, empty directory of the scratch file system, @name there. */
_must_check_ int mtree_piece(struct mtree *tree, const char *name, struct error *err);

/* A detached, read-only, empty directory or file without permissions, to cover things. */
_must_check_ int mtree_cover(struct mtree *tree, bool dir, struct error *err);

#endif
