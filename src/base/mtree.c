/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mtree.c - a tree of mounts under construction; see mtree.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/mnt.h"
#include "base/mtree.h"
#include "base/path.h"

#define SAFE (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)
#define COVER (SAFE | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_RDONLY)

void mtree_done(struct mtree *tree)
{
	fd_closep(&tree->fd);
	fd_closep(&tree->scratch);
	fd_closep(&tree->covers);
	*tree = (struct mtree)MTREE_INIT;
}

int mtree_own(struct mtree *tree, int fd, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_sys(err, "cannot look at a new file system");
	if (tree->devs_len == MTREE_DEVS_MAX)
		return error_set(err, "more than %d file systems in memory",
				 MTREE_DEVS_MAX);
	tree->devs[tree->devs_len++] = st.st_dev;
	return 0;
}

bool mtree_is_own(const struct mtree *tree, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return false;
	for (size_t i = 0; i < tree->devs_len; i++)
		if (tree->devs[i] == st.st_dev)
			return true;
	return false;
}

/* A new tmpfs, known to be ours. */
int mtree_tmpfs(struct mtree *tree, const struct mtree_size *opt, uint64_t attrs,
		struct error *err)
{
	char size[32], inodes[32], mode[16];
	struct mnt_option options[] = { { "size", size },
					{ "nr_inodes", inodes },
					{ "mode", mode },
					{ NULL, NULL } };
	_cleanup_fd_ int fd = -1;

	(void)snprintf(size, sizeof size, "%lld", (long long)opt->size);
	(void)snprintf(inodes, sizeof inodes, "%lld", (long long)opt->inodes);
	(void)snprintf(mode, sizeof mode, "%04o", opt->mode);
	fd = mnt_new("tmpfs", options, attrs);
	if (fd < 0)
		return error_sys(err, "cannot make a tmpfs (size=%s)", size);
	if (mtree_own(tree, fd, err) < 0)
		return -1;
	return take_fd(&fd);
}

/*
 * Opens directory @path of the new root, creating what is missing of it. Created
 * is only on file systems of our own.
 */
int mtree_dir(struct mtree *tree, const char *path, struct error *err)
{
	char part[PATH_MAX];
	_cleanup_fd_ int fd = mnt_open_in(tree->fd, path, O_PATH | O_DIRECTORY);

	if (fd >= 0)
		return take_fd(&fd);
	if (strlen(path) >= sizeof part)
		return error_set(err, "mount point %s: the path is too long", path);
	for (const char *end = path; *end;) {
		_cleanup_fd_ int parent = take_fd(&fd);
		const char *name = end + 1;
		size_t len;

		end = name + strcspn(name, "/");
		len = (size_t)(end - path);
		memcpy(part, path, len);
		part[len] = '\0';
		fd = mnt_open_in(tree->fd, part, O_PATH | O_DIRECTORY);
		if (fd >= 0)
			continue;
		if (errno != ENOENT)
			return error_sys(err, "mount point %s", part);
		if (parent < 0)
			parent = mnt_open_in(tree->fd, "/", O_PATH | O_DIRECTORY);
		if (!mtree_is_own(tree, parent))
			return error_set(err,
					 "mount point %s does not exist, and nothing is "
					 "created on the host",
					 part);
		if (mkdirat(parent, part + (name - path), 0755) < 0)
			return error_sys(err, "cannot create mount point %s", part);
		fd = mnt_open_in(tree->fd, part, O_PATH | O_DIRECTORY);
		if (fd < 0)
			return error_sys(err, "mount point %s", part);
	}
	return take_fd(&fd);
}

/* A descriptor of the directory that @path is in; *ret_name is its last component. */
int mtree_parent(struct mtree *tree, const char *path, const char **ret_name,
		 struct error *err)
{
	char parent[PATH_MAX];
	size_t len;

	if (strlen(path) >= sizeof parent)
		return error_set(err, "%s: the path is too long", path);
	*ret_name = path_last(path);
	len = (size_t)(*ret_name - path); /* with the slash */
	memcpy(parent, path, len);
	parent[len > 1 ? len - 1 : 1] = '\0';
	return mtree_dir(tree, parent, err);
}

/* An empty file as a mount point; one that exists is as good. */
static int make_file(struct mtree *tree, const char *target, struct error *err)
{
	const char *name = NULL;
	_cleanup_fd_ int parent = -1, made = -1;
	int fd = mnt_open_in(tree->fd, target, O_PATH);

	if (fd >= 0)
		return fd;
	parent = mtree_parent(tree, target, &name, err);
	if (parent < 0 || !name)
		return -1;
	if (!mtree_is_own(tree, parent))
		return error_set(
			err,
			"mount point %s does not exist, and nothing is created on "
			"the host",
			target);
	made = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		      0444);
	if (made < 0)
		return error_sys(err, "cannot create mount point %s", target);
	fd = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? error_sys(err, "mount point %s", target) : fd;
}

/* Attaches detached mount @fd at @target, where a mount point is made if need be. */
int mtree_attach(struct mtree *tree, int fd, const char *target, bool dir,
		 struct error *err)
{
	_cleanup_fd_ int at =
		dir ? mtree_dir(tree, target, err) : make_file(tree, target, err);

	if (at < 0)
		return -1;
	if (mnt_attach(fd, at) < 0)
		return error_sys(err, "cannot mount on %s", target);
	return 0;
}

/* The same file system once more, read-only: copies of this mount are born with its
 * flags. */
static int make_covers(struct mtree *tree, struct error *err)
{
	_cleanup_fd_ int fd = mnt_clone(tree->scratch, "", false);
	_cleanup_fd_ int at = -1;

	if (mkdirat(tree->scratch, "covers", 0) < 0)
		return error_sys(err, "cannot make the covers");
	at = openat(tree->scratch, "covers", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || at < 0 || mnt_set(fd, COVER, false) < 0 || mnt_attach(fd, at) < 0)
		return error_sys(err, "cannot make the covers");
	tree->covers = take_fd(&fd);
	return 0;
}

int mtree_scratch(struct mtree *tree, struct error *err)
{
	static const struct mtree_size opt = { 1 << 20, 4096, 0700 };
	_cleanup_fd_ int fd = -1, at = -1, file = -1;

	fd = mtree_tmpfs(tree, &opt, SAFE, err);
	if (fd < 0)
		return -1;
	at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (at < 0 || mnt_attach(fd, at) < 0)
		return error_sys(err, "cannot mount a scratch file system");
	if (mkdirat(fd, "dir", 0) < 0)
		return error_sys(err, "cannot make an empty directory");
	file = openat(fd, "file", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);
	if (file < 0)
		return error_sys(err, "cannot make an empty file");
	tree->scratch = take_fd(&fd);
	return make_covers(tree, err);
}

int mtree_cover(struct mtree *tree, bool dir, struct error *err)
{
	int fd = mnt_clone(tree->covers, dir ? "dir" : "file", false);

	return fd < 0 ? error_sys(err, "cannot make an empty cover") : fd;
}
