/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* overlay.c - layers of directories as one; see overlay.h */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/cleanup.h"
#include "base/mnt.h"
#include "base/sys.h"
#include "box/mount/overlay.h"

/* Names an open directory to overlayfs, which takes paths only; no escaping is needed
 * then. */
static void fd_path(char *path, size_t size, int fd)
{
	(void)snprintf(path, size, "/proc/self/fd/%d", fd);
}

static int open_layer(const char *path, struct error *err)
{
	int fd = sys_openat2(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC,
			     RESOLVE_NO_SYMLINKS);

	return fd < 0 ? error_sys(err, "overlay of %s", path) : fd;
}

/* The lower directory of a change set is the one that was planned, as of a bind mount. */
static int check_lower(const struct step *step, int fd, struct error *err)
{
	struct stat st;

	if (!step->changes)
		return 0;
	if (fstat(fd, &st) < 0)
		return error_sys(err, "overlay of %s", step->source);
	if (st.st_dev != step->dev || st.st_ino != step->ino)
		return error_set(
			err,
			"overlay of %s: it was replaced while the sandbox was set up",
			step->source);
	return 0;
}

/* A directory for the changes of a throw-away overlay, sized like any tmpfs. */
static int throw_away_layers(struct mtree *tree, const struct step *step, int *ret_upper,
			     int *ret_work, struct error *err)
{
	_cleanup_fd_ int fs =
		mtree_tmpfs(tree, &(struct mtree_size){ step->size, step->inodes, 0700 },
			    MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, err);
	_cleanup_fd_ int at = -1;
	char name[32];

	if (fs < 0)
		return -1;
	(void)snprintf(name, sizeof name, "overlay-%u", tree->names++);
	if (mkdirat(tree->scratch, name, 0700) < 0)
		return error_sys(err, "overlay: mkdir");
	at = openat(tree->scratch, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (at < 0 || mnt_attach(fs, at) < 0 || mkdirat(fs, "upper", 0755) < 0 ||
	    mkdirat(fs, "work", 0700) < 0)
		return error_sys(err, "overlay: cannot make its layers");
	*ret_upper = openat(fs, "upper", O_PATH | O_DIRECTORY | O_CLOEXEC);
	*ret_work = openat(fs, "work", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return *ret_upper < 0 || *ret_work < 0 ? error_sys(err, "overlay: layers") : 0;
}

/*
 * The directories that keep what is written. Where no user.* attributes are, overlayfs
 * mounts all the same, and then fails in the midst of removing or moving a directory.
 */
static int kept_layers(const struct step *step, int *ret_upper, int *ret_work,
		       struct error *err)
{
	_cleanup_fd_ int upper = open_layer(step->upper, err);
	char path[64];

	if (upper < 0)
		return -1;
	fd_path(path, sizeof path, upper);
	if (getxattr(path, "user.overlay.opaque", NULL, 0) < 0 && errno != ENODATA)
		return error_sys(
			err,
			"overlay: %s has to be on a file system that takes "
			"user.* attributes, which a tmpfs before Linux 6.6 does not%s",
			step->upper,
			step->changes ? ", and so have the directories that are "
					"written to in a change set"
				      : "");
	*ret_work = open_layer(step->work, err);
	if (*ret_work < 0)
		return -1;
	*ret_upper = take_fd(&upper);
	return 0;
}

/* "/proc/self/fd/5:/proc/self/fd/6"; the descriptors stay open in @fds. */
static int open_lowers(const struct step *step, int *fds, char *text, size_t size,
		       struct error *err)
{
	size_t len = 0;

	for (size_t i = 0; step->lowers[i]; i++) {
		if (i == 32)
			return error_set(err, "overlay %s: more than 32 layers",
					 step->target);
		fds[i] = open_layer(step->lowers[i], err);
		if (fds[i] < 0 || check_lower(step, fds[i], err) < 0)
			return -1;
		if (i > 0)
			text[len++] = ':';
		fd_path(text + len, size - len, fds[i]);
		len += strlen(text + len);
	}
	return 0;
}

static int mount_overlay(struct mtree *tree, const struct step *step, int *lowers,
			 struct error *err)
{
	char lower[1024], upper[64], work[64];
	struct mnt_option options[] = { { "lowerdir", lower },
					{ "upperdir", upper },
					{ "workdir", work },
					{ "userxattr", NULL },
					{ NULL, NULL } };
	const uint64_t attrs = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			       (step->noexec ? MOUNT_ATTR_NOEXEC : 0);
	_cleanup_fd_ int up = -1, wk = -1, fd = -1;

	if (open_lowers(step, lowers, lower, sizeof lower, err) < 0)
		return -1;
	if ((step->upper ? kept_layers(step, &up, &wk, err)
			 : throw_away_layers(tree, step, &up, &wk, err)) < 0)
		return -1;
	fd_path(upper, sizeof upper, up);
	fd_path(work, sizeof work, wk);
	fd = mnt_new("overlay", options, attrs);
	if (fd < 0)
		return error_sys(
			err, "cannot mount an overlay of %s%s", step->lowers[0],
			errno != EINVAL ? ""
			: step->changes
				? " (the file system of a change set has to hold "
				  "extended attributes of users and names of all "
				  "kinds of files: NFS, FUSE and overlayfs itself do not)"
				: " (an ordinary user can lay none over a "
				  "directory that has mounts below it)");
	/* in a change set only the command makes something, as on the host */
	if (!step->changes && mtree_own(tree, fd, err) < 0)
		return -1;
	return take_fd(&fd);
}

int overlay_new(struct mtree *tree, const struct step *step, struct error *err)
{
	int lowers[32], fd;

	memset(lowers, -1, sizeof lowers);
	fd = mount_overlay(tree, step, lowers, err);
	for (size_t i = 0; i < 32; i++)
		fd_closep(&lowers[i]);
	return fd;
}
