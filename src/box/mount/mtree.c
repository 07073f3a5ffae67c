/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mtree.c - a tree of mounts under construction; see mtree.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/mnt.h"
#include "base/path.h"
#include "box/mount/mtree.h"

#define SAFE (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)
#define COVER (SAFE | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_RDONLY)

void mtree_done(struct mtree *tree)
{
	fd_closep(&tree->fd);
	fd_closep(&tree->scratch);
	fd_closep(&tree->host);
	fd_closep(&tree->covers);
	fd_closep(&tree->top);
	fd_closep(&tree->dir);
	free(tree->devs);
	*tree = (struct mtree)MTREE_INIT;
}

int mtree_own(struct mtree *tree, int fd, struct error *err)
{
	struct stat st;
	dev_t *devs;

	if (fstat(fd, &st) < 0)
		return error_sys(err, "cannot look at a new file system");
	devs = realloc(tree->devs, (tree->devs_len + 1) * sizeof *devs);
	if (!devs)
		oom();
	devs[tree->devs_len++] = st.st_dev;
	tree->devs = devs;
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

int mtree_make(struct mtree *tree, int parent, const char *name, bool dir, size_t end)
{
	const int made = dir ? mkdirat(parent, name, (mode_t)tree->parents)
			     : mknodat(parent, name, S_IFREG | 0444, 0);

	if (made == 0 && tree->on_host && !mtree_is_own(tree, parent))
		tree->made(tree->made_data, parent, name, end);
	return made;
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
		if (!tree->on_host && !mtree_is_own(tree, parent))
			return error_set(err,
					 "mount point %s does not exist, and nothing is "
					 "created on the host",
					 part);
		if (mtree_make(tree, parent, part + (name - path), true, len) < 0)
			return error_sys(err, "cannot create mount point %s", part);
		fd = mnt_open_in(tree->fd, part, O_PATH | O_DIRECTORY);
		if (fd < 0)
			return error_sys(err, "mount point %s", part);
	}
	return take_fd(&fd);
}

/* A new mount may cover the directory last worked in. */
static void forget_dir(struct mtree *tree)
{
	fd_drop(&tree->dir);
}

int mtree_parent(struct mtree *tree, const char *path, const char **ret_name,
		 struct error *err)
{
	const char *name = path_last(path);
	size_t len = (size_t)(name - path); /* with the slash */

	if (strlen(path) >= sizeof tree->dir_path)
		return error_set(err, "%s: the path is too long", path);
	len = len > 1 ? len - 1 : 1;
	*ret_name = name;
	if (tree->dir >= 0 && strncmp(tree->dir_path, path, len) == 0 &&
	    tree->dir_path[len] == '\0')
		return tree->dir;
	forget_dir(tree);
	memcpy(tree->dir_path, path, len);
	tree->dir_path[len] = '\0';
	tree->dir = mtree_dir(tree, tree->dir_path, err);
	tree->dir_own = tree->dir >= 0 && mtree_is_own(tree, tree->dir);
	return tree->dir;
}

int mtree_attach_fd(struct mtree *tree, int fd, int at)
{
	forget_dir(tree);
	return mnt_attach(fd, at);
}

/*
 * The mount point is made without looking first: it mostly is not there. What we have
 * just made is no symlink, and nobody else is in this mount namespace. A mount on an
 * entry of the known directory does not change which directory that is.
 */
static int attach_new(struct mtree *tree, int fd, const char *target, bool dir,
		      struct error *err)
{
	const char *name = NULL;
	int parent = mtree_parent(tree, target, &name, err), made;

	if (parent < 0 || !name)
		return -1;
	if (!tree->dir_own && !tree->on_host)
		return 0;
	made = mtree_make(tree, parent, name, dir, strlen(target));
	if (made < 0)
		return errno == EEXIST
			       ? 0
			       : error_sys(err, "cannot create mount point %s", target);
	if (mnt_attach_at(fd, parent, name) < 0)
		return error_sys(err, "cannot mount on %s", target);
	return 1;
}

/* An empty file, or a directory that has none: only such are made for a mount. */
static bool could_be_made(const struct mtree *tree, int at)
{
	struct stat st;

	if (mtree_is_own(tree, at) || fstat(at, &st) < 0)
		return false;
	return S_ISDIR(st.st_mode) ? st.st_nlink <= 2
				   : S_ISREG(st.st_mode) && st.st_size == 0;
}

static int attach_existing(struct mtree *tree, int fd, int at, const char *target,
			   struct error *err)
{
	if (at < 0 && errno == ENOENT && !tree->dir_own && !tree->on_host)
		return error_set(
			err,
			"mount point %s does not exist, and nothing is created on "
			"the host",
			target);
	if (at < 0 && errno == ENOTDIR)
		return error_set(err, "mount point %s is not a directory", target);
	if (at < 0)
		return error_sys(err, "mount point %s", target);
	if (tree->on_host && could_be_made(tree, at) &&
	    tree->used(tree->made_data, at, err) < 0)
		return -1;
	if (mtree_attach_fd(tree, fd, at) < 0)
		return error_sys(err, "cannot mount on %s", target);
	return 0;
}

/* The kernel mounts no file on a directory. */
static bool is_directory(int at)
{
	struct stat st;

	return at >= 0 && fstat(at, &st) == 0 && S_ISDIR(st.st_mode);
}

int mtree_attach(struct mtree *tree, int fd, const char *target, bool dir,
		 struct error *err)
{
	int done = attach_new(tree, fd, target, dir, err);
	_cleanup_fd_ int at = -1;

	if (done != 0)
		return done < 0 ? -1 : 0;
	at = mnt_open_in(tree->fd, target, O_PATH | (dir ? O_DIRECTORY : 0));
	if (!dir && is_directory(at))
		return error_set(err, "mount point %s is not a file", target);
	return attach_existing(tree, fd, at, target, err);
}

int mtree_attach_plain(struct mtree *tree, int fd, const char *target, struct error *err)
{
	int done = attach_new(tree, fd, target, true, err);
	_cleanup_fd_ int at = -1;

	if (done != 0)
		return done < 0 ? -1 : 0;
	at = mnt_open_nolinks(tree->fd, target, O_PATH | O_DIRECTORY);
	if (at < 0 && errno == ELOOP)
		return error_set(err,
				 "%s of the root directory must be a directory, not a "
				 "symbolic link",
				 target);
	return attach_existing(tree, fd, at, target, err);
}

int mtree_part(struct mtree *tree, const char *top, const char *target)
{
	if (!tree->top_path || strcmp(tree->top_path, top) != 0) {
		fd_closep(&tree->top);
		tree->top_path = top;
		tree->top = mnt_open_in(tree->fd, top, O_PATH);
	}
	if (tree->top < 0)
		return -1;
	if (strcmp(target, top) == 0)
		return fcntl(tree->top, F_DUPFD_CLOEXEC, 3);
	return mnt_open_below(tree->top, path_below(target, top), O_PATH);
}

/* The scratch file system once more, read-only: copies of this mount have its flags. */
static int make_covers(struct mtree *tree, struct error *err)
{
	_cleanup_fd_ int fd = mnt_clone(tree->scratch, "", false);

	if (fd < 0 || mkdirat(tree->scratch, "covers", 0) < 0 ||
	    mnt_set(fd, COVER, false) < 0 ||
	    mnt_attach_at(fd, tree->scratch, "covers") < 0)
		return error_sys(err, "cannot make the covers");
	tree->covers = take_fd(&fd);
	return 0;
}

/* Directories and small files; what can be seen of it is read-only for the command. */
int mtree_scratch(struct mtree *tree, unsigned hosts, struct error *err)
{
	static const struct mtree_size opt = { 64 << 20, 65536, 0700 };
	_cleanup_fd_ int fd = -1, at = -1, copy = -1;

	fd = mtree_tmpfs(tree, &opt, SAFE, err);
	if (fd < 0)
		return -1;
	copy = hosts ? mnt_clone(AT_FDCWD, "/", true) : -1;
	if (hosts && copy < 0)
		return error_sys(err, "cannot copy the mounts of the host");
	at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (at < 0 || mnt_attach(fd, at) < 0)
		return error_sys(err, "cannot mount a scratch file system");
	if (mkdirat(fd, "dir", 0) < 0)
		return error_sys(err, "cannot make an empty directory");
	if (mknodat(fd, "file", S_IFREG, 0) < 0)
		return error_sys(err, "cannot make an empty file");
	if (hosts == 1) /* to copy it once more would take as long again */
		tree->host = take_fd(&copy);
	if (hosts > 1 &&
	    (mkdirat(fd, "host", 0) < 0 || mnt_attach_at(copy, fd, "host") < 0))
		return error_sys(err, "cannot keep the mounts of the host");
	tree->scratch = take_fd(&fd);
	tree->cover = tree->devs[0];
	return make_covers(tree, err);
}

int mtree_host(struct mtree *tree)
{
	if (tree->host >= 0)
		return take_fd(&tree->host);
	return mnt_clone(tree->scratch, "host", true);
}

int mtree_piece(struct mtree *tree, const char *name, struct error *err)
{
	int fd = mkdirat(tree->scratch, name, 0755) < 0
			 ? -1
			 : mnt_clone(tree->scratch, name, false);

	return fd < 0 ? error_sys(err, "cannot make an empty file system") : fd;
}

int mtree_cover(struct mtree *tree, bool dir, struct error *err)
{
	int fd = mnt_clone(tree->covers, dir ? "dir" : "file", false);

	return fd < 0 ? error_sys(err, "cannot make an empty cover") : fd;
}
