/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mounts.c - carry out one mount of the plan; see mounts.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/mnt.h"
#include "base/path.h"
#include "base/sys.h"
#include "box/mount/mounts.h"
#include "box/mount/mtree.h"

#define SAFE (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)

int mounts_private(struct error *err)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
		return 0;
	/* with all capabilities over the namespace: Landlock refuses every mount to who
	 * may not read all files, and no program can ask whether it is that */
	if (errno == EPERM)
		return error_sys(err,
				 "mounts are forbidden here, by an outer Landlock "
				 "sandbox that restricts files or by another security "
				 "module, so sbox has to be started outside of it");
	return error_sys(err, "cannot make the mounts private");
}

static uint64_t step_attrs(const struct step *step)
{
	return MOUNT_ATTR_NOSUID | (step->verbatim ? 0 : MOUNT_ATTR_NODEV) |
	       (step->readonly ? MOUNT_ATTR_RDONLY : 0) |
	       (step->noexec ? MOUNT_ATTR_NOEXEC : 0);
}

/* A detached, flagged copy of the host's @step->source, which must be what was planned.
 */
bool mounts_shows_host(const struct step *step)
{
	return step->type == STEP_BIND && strcmp(step->source, "/") == 0;
}

int mounts_source(struct mtree *tree, const struct step *step, struct error *err)
{
	_cleanup_fd_ int fd = mounts_shows_host(step)
				      ? mtree_host(tree)
				      : mnt_clone(AT_FDCWD, step->source, true);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_sys(err, "bind %s", step->source);
	if (st.st_dev != step->dev || st.st_ino != step->ino)
		return error_set(err,
				 "bind %s: it was replaced while the sandbox was set up",
				 step->source);
	if (mnt_set(fd, step_attrs(step), true) < 0)
		return error_sys(err, "bind %s: cannot set its mount flags",
				 step->source);
	return take_fd(&fd);
}

int mounts_bind(struct mtree *tree, const struct step *step, struct error *err)
{
	_cleanup_fd_ int fd = mounts_source(tree, step, err);

	if (fd < 0)
		return -1;
	return mtree_attach(tree, fd, step->target, step->file_type == S_IFDIR, err);
}

int mounts_tmpfs(struct mtree *tree, const struct step *step, struct error *err)
{
	const struct mtree_size size = { step->size, step->inodes, step->mode };
	_cleanup_fd_ int fd = mtree_tmpfs(
		tree, &size, step_attrs(step) & ~(uint64_t)MOUNT_ATTR_RDONLY, err);

	return fd < 0 ? -1 : mtree_attach(tree, fd, step->target, true, err);
}

int mounts_seal(struct mtree *tree, const struct step *step, struct error *err)
{
	_cleanup_fd_ int fd = -1;

	if (!step->readonly || (step->type != STEP_TMPFS && step->type != STEP_OVERLAY))
		return 0;
	fd = mnt_open_in(tree->fd, step->target, O_PATH | O_DIRECTORY);
	if (fd < 0 || mnt_set(fd, MOUNT_ATTR_RDONLY, false) < 0)
		return error_sys(err, "cannot make %s read-only", step->target);
	return 0;
}

static int guard_error(const struct step *step, int errnum, struct error *err)
{
	const char *what = step->type == STEP_DENY ? "deny" : "protect";

	errno = errnum;
	if (errnum != ENOENT && errnum != ENOTDIR && errnum != ELOOP)
		return error_sys(err, "%s %s", what, step->target);
	return error_set(err,
			 "%s %s: it was moved or replaced %swhile the sandbox was set "
			 "up; try again when nothing else changes it%s",
			 what, step->target,
			 step->changes ? "in the change set, or " : "",
			 step->changes ? ", or with another change set" : "");
}

/*
 * Whether @at is the guarded file or directory that was planned. From here on its name
 * does not matter any more: what is mounted on it goes where it goes. @at is -1 with
 * errno if it could not be opened.
 */
static int check_guarded(int at, const struct step *step, mode_t *ret_type,
			 struct error *err)
{
	struct stat st;

	if (at < 0 || fstat(at, &st) < 0)
		return guard_error(step, errno, err);
	if (step->ino != 0 && (st.st_dev != step->dev || st.st_ino != step->ino))
		return guard_error(step, ENOENT, err);
	*ret_type = st.st_mode & S_IFMT;
	return 0;
}

/* Nobody could make it who has no more rights than the caller: then there is nothing to
 * guard. Where a directory on the way is closed to us, it is to the command as well. */
static bool may_be_missing(int at, const struct step *step)
{
	return at < 0 && step->optional &&
	       (errno == ENOENT || (errno == EACCES && step->loose));
}

static bool is_covered(const struct mtree *tree, int at)
{
	struct stat st;

	return fstat(at, &st) == 0 && st.st_dev == tree->cover;
}

int mounts_deny(struct mtree *tree, const struct step *step, struct error *err)
{
	_cleanup_fd_ int at = mtree_part(tree, step->top, step->target), fd = -1;
	mode_t type = 0;

	if (may_be_missing(at, step))
		return 0;
	if (at >= 0 && is_covered(tree, at))
		return 0;
	if (check_guarded(at, step, &type, err) < 0)
		return -1;
	fd = mtree_cover(tree, type == S_IFDIR, err);
	if (fd < 0)
		return -1;
	if (mtree_attach_fd(tree, fd, at) < 0)
		return error_sys(err, "deny %s", step->target);
	return 0;
}

/* The symbolic link itself, if it still leads where it led. */
static int link_part(struct mtree *tree, const struct step *step)
{
	_cleanup_fd_ int above = mtree_part(tree, step->top, step->top), at = -1;
	char to[PATH_MAX];
	ssize_t n;

	if (above < 0)
		return -1;
	at = mnt_open_below(above, path_below(step->target, step->top),
			    O_PATH | O_NOFOLLOW);
	n = at < 0 ? -1 : readlinkat(at, "", to, sizeof to);
	if (n >= 0 && (size_t)n == strlen(step->link) &&
	    memcmp(to, step->link, (size_t)n) == 0)
		return take_fd(&at);
	errno = n < 0 ? errno : ENOENT;
	return -1;
}

/* Puts @step->target onto itself: as a mount point it can be neither renamed nor removed.
 */
int mounts_pin(struct mtree *tree, const struct step *step, struct error *err)
{
	_cleanup_fd_ int at = step->link ? link_part(tree, step)
					 : mtree_part(tree, step->top, step->target);
	_cleanup_fd_ int fd = -1;
	mode_t type = 0;

	if (may_be_missing(at, step))
		return 0;
	if (check_guarded(at, step, &type, err) < 0)
		return -1;
	fd = mnt_clone(at, "", true);
	if (fd < 0)
		return error_sys(err, "protect %s", step->target);
	if (step->type == STEP_PROTECT && mnt_set(fd, MOUNT_ATTR_RDONLY, true) < 0)
		return error_sys(err, "protect %s: cannot make it read-only",
				 step->target);
	if (mtree_attach_fd(tree, fd, at) < 0)
		return error_sys(err, "protect %s", step->target);
	return 0;
}

/*
 * A pin has copies of the covers that were below it when it was made. Who moved a denied
 * path out of it just then has moved it from under its cover, once it is back.
 */
int mounts_deny_below(struct mtree *tree, const struct plan *plan, const struct step *pin,
		      struct error *err)
{
	for (const struct step *step = plan->steps; step < pin; step++)
		if (step->type == STEP_DENY && path_within(step->target, pin->target) &&
		    mounts_deny(tree, step, err) < 0)
			return -1;
	return 0;
}

/* The umask is 0 here. */
static int open_new(int dirfd, const char *name, unsigned mode)
{
	return openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		      (mode_t)mode);
}

/* All that can be read from the step's descriptor, which is not read again. */
static int copy_content(int fd, const struct step *step, struct error *err)
{
	char bytes[16384];
	ssize_t n;

	if (fd < 0)
		return error_sys(err, "cannot write file %s", step->target);
	while ((n = read(step->fd, bytes, sizeof bytes)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_sys(err, "file %s: descriptor %d", step->target,
					 step->fd);
		if (io_write_all(fd, bytes, (size_t)n) < 0)
			return error_sys(err, "cannot write file %s", step->target);
	}
	(void)close(step->fd); /* so that one that is named twice is a mistake */
	return 0;
}

static int write_content(int fd, const struct step *step, struct error *err)
{
	if (step->from_fd)
		return copy_content(fd, step, err);
	if (fd < 0 || io_write_all(fd, step->content, strlen(step->content)) < 0)
		return error_sys(err, "cannot write file %s", step->target);
	return 0;
}

/* A file that is there already is covered by one from the scratch file system. */
static int cover_file(struct mtree *tree, const struct step *step, struct error *err)
{
	char name[32];
	_cleanup_fd_ int made = -1, fd = -1;

	(void)snprintf(name, sizeof name, "content-%u", tree->names++);
	made = open_new(tree->scratch, name, step->mode);
	if (write_content(made, step, err) < 0)
		return -1;
	fd = mnt_clone(tree->scratch, name, false);
	if (fd < 0 ||
	    mnt_set(fd, step->mounted ? step_attrs(step) : SAFE | MOUNT_ATTR_RDONLY,
		    false) < 0)
		return error_sys(err, "cannot make file %s", step->target);
	return mtree_attach(tree, fd, step->target, false, err);
}

/*
 * Into the file that is there, else a new one, also where that is the host's. A FIFO that
 * somebody has put there is an error, and is not waited for.
 */
static int write_through(struct mtree *tree, const struct step *step, struct error *err)
{
	const char *name;
	int parent = mtree_parent(tree, step->target, &name, err);
	_cleanup_fd_ int fd = -1;

	if (parent < 0)
		return -1;
	fd = mnt_open_in(tree->fd, step->target,
			 O_WRONLY | O_TRUNC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT)
		fd = open_new(parent, name, step->mode);
	return copy_content(fd, step, err);
}

int mounts_file(struct mtree *tree, const struct step *step, struct error *err)
{
	const char *name;
	int parent = mtree_parent(tree, step->target, &name, err);
	_cleanup_fd_ int made = -1, there = -1;

	if (parent < 0)
		return -1;
	if (step->mounted)
		return cover_file(tree, step, err);
	if (step->from_fd)
		return write_through(tree, step, err);
	if (tree->dir_own) {
		made = open_new(parent, name, step->mode);
		if (made >= 0 || errno != EEXIST)
			return write_content(made, step, err);
	}
	there = mnt_open_in(tree->fd, step->target, O_PATH);
	if (there >= 0)
		return cover_file(tree, step, err);
	if (errno != ENOENT)
		return error_sys(err, "file %s", step->target);
	if (!tree->dir_own)
		return error_set(err, "file %s: nothing is created on the host",
				 step->target);
	/* in a layer over a root directory: a link to where nothing is */
	if (unlinkat(parent, name, 0) < 0)
		return error_sys(err, "cannot replace the link %s", step->target);
	made = open_new(parent, name, step->mode);
	return write_content(made, step, err);
}

int mounts_symlink(struct mtree *tree, const struct step *step, struct error *err)
{
	const char *name;
	int parent = mtree_parent(tree, step->target, &name, err);
	char link[PATH_MAX];
	ssize_t n;

	if (parent < 0)
		return -1;
	const bool make = tree->dir_own || tree->on_host;

	if (make && symlinkat(step->source, parent, name) == 0)
		return 0;
	if (make && errno != EEXIST)
		return error_sys(err, "symlink %s", step->target);
	n = readlinkat(parent, name, link, sizeof link);
	if (n >= 0 && (size_t)n == strlen(step->source) &&
	    memcmp(link, step->source, (size_t)n) == 0)
		return 0; /* it is there and the same */
	if (step->loose)
		return error_set(err,
				 "Can't make symlink at %s: existing destination is %.*s",
				 step->target, n < 0 ? 13 : (int)n,
				 n < 0 ? "not a symlink" : link);
	return error_set(err,
			 make ? "symlink %s: there is something else already"
			      : "symlink %s: nothing is created on the host",
			 step->target);
}

/* One that is there already stays as it is. */
static int make_dir_there(struct mtree *tree, int parent, const struct step *step,
			  struct error *err)
{
	_cleanup_fd_ int there = -1;

	if (mkdirat(parent, path_last(step->target), step->mode) == 0)
		return 0;
	there = errno == EEXIST
			? mnt_open_in(tree->fd, step->target, O_PATH | O_DIRECTORY)
			: -1;
	return there >= 0 ? 0 : error_sys(err, "Can't mkdir %s", step->target);
}

int mounts_readonly(struct mtree *tree, const struct step *step, struct error *err)
{
	_cleanup_fd_ int at = mnt_open_in(tree->fd, step->target, O_PATH);

	if (at >= 0 && mnt_set(at, MOUNT_ATTR_RDONLY, false) == 0)
		return 0;
	if (at >= 0 && errno == EINVAL)
		return error_set(err,
				 "Can't remount readonly on %s: it is no mount point",
				 step->target);
	return error_sys(err, "Can't remount readonly on %s", step->target);
}

int mounts_chmod(struct mtree *tree, const struct step *step, struct error *err)
{
	_cleanup_fd_ int at = mnt_open_in(tree->fd, step->target, O_PATH);
	char path[40];

	/* by its descriptor: nobody may put a link in the place of what was found */
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", at);
	if (at < 0 || chmod(path, (mode_t)step->mode) < 0)
		return error_sys(err, "Can't chmod %#o %s", step->mode, step->target);
	return 0;
}

int mounts_dir(struct mtree *tree, const struct step *step, struct error *err)
{
	const char *name;
	int parent = mtree_parent(tree, step->target, &name, err);

	if (parent < 0)
		return -1;
	if (step->loose)
		return make_dir_there(tree, parent, step, err);
	if (!tree->dir_own)
		return error_set(err, "dir %s: nothing is created on the host",
				 step->target);
	if (mkdirat(parent, name, step->mode) == 0)
		return 0;
	if (errno != EEXIST)
		return error_sys(err, "dir %s", step->target);
	if (fchmodat(parent, name, step->mode, 0) < 0)
		return error_sys(err, "dir %s: chmod", step->target);
	return 0;
}

int mounts_mqueue(struct mtree *tree, const struct step *step, struct error *err)
{
	static const struct mnt_option none[] = { { NULL, NULL } };
	_cleanup_fd_ int fd = mnt_new("mqueue", none, SAFE | MOUNT_ATTR_NOEXEC);

	if (fd < 0)
		return error_sys(err, "cannot mount mqueue");
	return mtree_attach(tree, fd, step->target, true, err);
}

int mounts_root(struct mtree *tree, int fd, struct error *err)
{
	_cleanup_fd_ int made = fd < 0 ? mtree_piece(tree, "root", err) : fd, at = -1;

	if (made < 0)
		return -1;
	/* over the old root, where it hides no source: see mtree_scratch() */
	at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (at < 0 || mnt_attach(made, at) < 0)
		return error_sys(err, "cannot attach the new root");
	tree->fd = take_fd(&made);
	return 0;
}

/* The mount that @path below @fd is on; 0 if that cannot be told. */
static uint64_t mount_id(int fd, const char *path)
{
	struct statx st;

	if (statx(fd, path, AT_EMPTY_PATH, STATX_MNT_ID, &st) < 0)
		return 0;
	return st.stx_mnt_id;
}

int mounts_enter(struct mtree *tree, const struct plan *plan, struct error *err)
{
	if (plan->root_readonly && mnt_set(tree->fd, MOUNT_ATTR_RDONLY, false) < 0)
		return error_sys(err, "cannot make the root read-only");
	/*
	 * The scratch file system lies over the old root. From below it goes with the old
	 * root in one unmount: each has the whole machine wait until nobody looks at the
	 * mounts any more (100 us). All of the old root's paths have had their use.
	 */
	if (mnt_attach_at(tree->scratch, AT_FDCWD, "/proc") < 0)
		return error_sys(err, "cannot put the scratch file system away");
	if (fchdir(tree->fd) < 0 || sys_pivot_root(".", ".") < 0)
		return error_sys(err, "pivot_root");
	/* the old root now lies over the new one */
	if (umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return error_sys(err, "cannot leave the old root");
	if (mount_id(AT_FDCWD, "/") != mount_id(tree->fd, ""))
		return error_set(err, "the old root is still there");
	return 0;
}
