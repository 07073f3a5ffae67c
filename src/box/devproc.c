/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* devproc.c - /dev and /proc of the sandbox; see devproc.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/mnt.h"
#include "box/devproc.h"
#include "policy/special.h"

#define SHM_MODE 01777

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int bind_node(int dev, const struct special_node *node, struct error *err)
{
	_cleanup_fd_ int fd = mnt_clone(AT_FDCWD, node->path, false);
	_cleanup_fd_ int at = -1;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_sys(err, "%s", node->path);
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(node->major, node->minor))
		return error_set(err, "%s is not the character device %u:%u", node->path,
				 node->major, node->minor);
	if (mnt_set(fd, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, false) < 0)
		return error_sys(err, "%s: cannot set its mount flags", node->path);
	at = openat(dev, node->name, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);
	if (at < 0 || mnt_attach(fd, at) < 0)
		return error_sys(err, "cannot mount /dev/%s", node->name);
	return 0;
}

/* Mounts the detached @fd at directory @name of /dev, which is made for it. */
static int mount_below(int dev, const char *name, int fd, struct error *err)
{
	_cleanup_fd_ int at = -1;

	if (fd < 0 || mkdirat(dev, name, 0755) < 0)
		return error_sys(err, "cannot make /dev/%s", name);
	at = openat(dev, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (at < 0 || mnt_attach(fd, at) < 0)
		return error_sys(err, "cannot mount /dev/%s", name);
	return 0;
}

static int dev_pts(int dev, struct error *err)
{
	static const struct mnt_option options[] = { { "ptmxmode", "0666" },
						     { "mode", "0620" },
						     { NULL, NULL } };
	_cleanup_fd_ int fd =
		mnt_new("devpts", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);

	return mount_below(dev, "pts", fd, err);
}

static int dev_shm(struct mtree *tree, int dev, const struct plan *plan,
		   struct error *err)
{
	const struct mtree_size size = { plan->policy->limits.tmpfs.value,
					 plan->policy->limits.inodes.value, SHM_MODE };
	_cleanup_fd_ int fd =
		mtree_tmpfs(tree, &size, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, err);

	return fd < 0 ? -1 : mount_below(dev, "shm", fd, err);
}

/* What is to be the mount point of /dev or /proc must not lead elsewhere
 * (CVE-2026-41579). */
static int mount_point(struct mtree *tree, const char *path, struct error *err)
{
	_cleanup_fd_ int made = mtree_dir(tree, path, err);
	int fd;

	if (made < 0)
		return -1;
	fd = mnt_open_nolinks(tree->fd, path, O_PATH | O_DIRECTORY);
	if (fd < 0)
		return error_sys(err,
				 "%s of the root directory must be a directory, not a "
				 "symbolic link",
				 path);
	return fd;
}

int devproc_dev(struct mtree *tree, const struct plan *plan, int *ret_dev,
		struct error *err)
{
	static const struct mtree_size size = { 65536, 64, 0755 };
	_cleanup_fd_ int dev =
		mtree_tmpfs(tree, &size, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, err);
	_cleanup_fd_ int at = dev < 0 ? -1 : mount_point(tree, "/dev", err);

	if (at < 0)
		return -1;
	if (mnt_attach(dev, at) < 0)
		return error_sys(err, "cannot mount /dev");
	for (const struct special_node *node = special_nodes; node->name; node++)
		if (bind_node(dev, node, err) < 0)
			return -1;
	for (const struct special_link *link = special_links; link->name; link++)
		if (symlinkat(link->to, dev, link->name) < 0)
			return error_sys(err, "cannot make /dev/%s", link->name);
	if (dev_pts(dev, err) < 0 || dev_shm(tree, dev, plan, err) < 0)
		return -1;
	*ret_dev = take_fd(&dev);
	return 0;
}

/* The names are the kernel's own, directly below the root of its own file system. */
static int cover_proc(struct mtree *tree, int proc, struct error *err)
{
	_cleanup_fd_ int dir = -1, file = -1;

	for (const struct special_cover *c = special_covers; c->name; c++) {
		int *fd = c->dir ? &dir : &file;

		if (*fd < 0)
			*fd = mtree_cover(tree, c->dir, err);
		if (*fd < 0)
			return -1;
		if (move_mount(*fd, "", proc, c->name, MOVE_MOUNT_F_EMPTY_PATH) == 0)
			(void)close(
				take_fd(fd)); /* used up: the next one needs another */
		else if (errno != ENOENT)     /* this kernel has it not */
			return error_sys(err, "cannot cover /proc/%s", c->name);
	}
	return 0;
}

static int sys_readonly(int proc, struct error *err)
{
	_cleanup_fd_ int fd = mnt_clone(proc, "sys", false);
	_cleanup_fd_ int at = openat(proc, "sys", O_PATH | O_CLOEXEC);

	if (fd < 0 || at < 0 || mnt_set(fd, MOUNT_ATTR_RDONLY, false) < 0 ||
	    mnt_attach(fd, at) < 0)
		return error_sys(err, "cannot make /proc/sys read-only");
	return 0;
}

int devproc_proc(struct mtree *tree, int *ret_proc, int *ret_sys, struct error *err)
{
	static const struct mnt_option none[] = { { NULL, NULL } };
	_cleanup_fd_ int at = mount_point(tree, "/proc", err);
	_cleanup_fd_ int proc = -1, sys = -1;

	if (at < 0)
		return -1;
	proc = mnt_new("proc", none,
		       MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	if (proc < 0 && errno == EPERM)
		return error_sys(
			err,
			"cannot mount /proc: the /proc outside is partly covered, as "
			"in a container, and then the kernel allows no new one; "
			"fs.proc = \"bind\" shows that one (and its processes), "
			"\"none\" leaves it out");
	if (proc < 0)
		return error_sys(err, "cannot mount /proc");
	sys = openat(proc, "sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (sys < 0 || mnt_attach(proc, at) < 0)
		return error_sys(err, "cannot mount /proc");
	if (cover_proc(tree, proc, err) < 0 || sys_readonly(proc, err) < 0)
		return -1;
	*ret_proc = take_fd(&proc);
	*ret_sys = take_fd(&sys);
	return 0;
}

/*
 * How many namespaces of each kind may be made from here on. They count in the user
 * namespace that made ours, so nobody below can lift them. ucount(s) are checked all
 * the way up, so the inner user namespace needs one place. Missing files: the kernel
 * is built without that kind. To be called when no mount has to be made any more: a
 * detached mount counts as a mount namespace.
 */
int devproc_limits(int sys, const struct plan *plan, struct error *err)
{
	static const char *const kinds[] = { "mnt",  "net", "pid", "cgroup",
					     "time", "ipc", "uts" };
	char path[64];

	if (plan->policy->namespaces.nested.value)
		return 0;
	if (io_write_file(sys, "user/max_user_namespaces", plan->has_inner ? "1" : "0") <
	    0)
		return error_sys(
			err, "cannot limit user namespaces (user.max_user_namespaces)");
	for (size_t i = 0; i < COUNT(kinds); i++) {
		(void)snprintf(path, sizeof path, "user/max_%s_namespaces", kinds[i]);
		if (io_write_file(sys, path, "0") < 0 && errno != ENOENT)
			return error_sys(err, "cannot limit namespaces (%s)", path);
	}
	return 0;
}
