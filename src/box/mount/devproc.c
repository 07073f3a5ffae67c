/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* devproc.c - /dev and /proc of the sandbox; see devproc.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/mnt.h"
#include "box/mount/devproc.h"
#include "policy/devlist.h"

#define SHM_MODE 01777

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int bind_node(int dev, const struct special_node *node, struct error *err)
{
	_cleanup_fd_ int fd = mnt_clone(AT_FDCWD, node->path, false);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_sys(err, "%s", node->path);
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(node->major, node->minor))
		return error_set(err, "%s is not the character device %u:%u", node->path,
				 node->major, node->minor);
	if (mnt_set(fd, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, false) < 0)
		return error_sys(err, "%s: cannot set its mount flags", node->path);
	if (mknodat(dev, node->name, S_IFREG, 0) < 0 ||
	    mnt_attach_at(fd, dev, node->name) < 0)
		return error_sys(err, "cannot mount /dev/%s", node->name);
	return 0;
}

/* Mounts the detached @fd at directory @name of /dev, which is made for it. */
static int mount_below(int dev, const char *name, int fd, struct error *err)
{
	if (fd < 0 || mkdirat(dev, name, 0755) < 0)
		return error_sys(err, "cannot make /dev/%s", name);
	if (mnt_attach_at(fd, dev, name) < 0)
		return error_sys(err, "cannot mount /dev/%s", name);
	return 0;
}

static int dev_pts(int dev, struct error *err)
{
	/* of the 3072 that all sandboxes of the machine have, by default */
	static const struct mnt_option options[] = { { "ptmxmode", "0666" },
						     { "mode", "0620" },
						     { "max", "256" },
						     { NULL, NULL } };
	_cleanup_fd_ int fd =
		mnt_new("devpts", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);

	return mount_below(dev, "pts", fd, err);
}

static int dev_shm(struct mtree *tree, int dev, const struct plan *plan,
		   const struct step *step, struct error *err)
{
	const struct mtree_size size = { plan->shm.size, plan->shm.inodes, SHM_MODE };
	_cleanup_fd_ int fd = -1;

	if (step->loose)
		return mkdirat(dev, "shm", 0755) == 0 &&
				       symlinkat("/proc/kcore", dev, "core") == 0
			       ? 0
			       : error_sys(err, "cannot make %s", step->target);
	fd = mtree_tmpfs(tree, &size, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, err);
	return fd < 0 ? -1 : mount_below(dev, "shm", fd, err);
}

/* The directory that is to be /dev, where it is to be. */
static int dev_place(struct mtree *tree, const struct plan *plan, const struct step *step,
		     struct error *err)
{
	const struct mtree_size size = { plan->shm.size, plan->shm.inodes, 0755 };
	_cleanup_fd_ int dev = -1;

	/* a loose one has /dev/shm in it, in which a command may execute what it likes */
	if (step->loose) {
		dev = mtree_tmpfs(tree, &size, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, err);
		if (dev < 0 || mtree_attach(tree, dev, step->target, true, err) < 0)
			return -1;
		return take_fd(&dev);
	}
	dev = mtree_piece(tree, "dev", err);
	if (dev < 0)
		return -1;
	if (mnt_set(dev, MOUNT_ATTR_NOEXEC, false) < 0)
		return error_sys(err, "cannot set the mount flags of /dev");
	if (mtree_attach_plain(tree, dev, step->target, err) < 0)
		return -1;
	return take_fd(&dev);
}

int devproc_dev(struct mtree *tree, const struct plan *plan, const struct step *step,
		int *ret_dev, struct error *err)
{
	_cleanup_fd_ int dev = dev_place(tree, plan, step, err);

	if (dev < 0)
		return -1;
	for (const struct special_node *node = special_nodes; node->name; node++)
		if (bind_node(dev, node, err) < 0)
			return -1;
	for (const struct special_link *link = special_links; link->name; link++)
		if (symlinkat(link->to, dev, link->name) < 0)
			return error_sys(err, "cannot make /dev/%s", link->name);
	if (dev_pts(dev, err) < 0 || dev_shm(tree, dev, plan, step, err) < 0)
		return -1;
	*ret_dev = take_fd(&dev);
	return 0;
}

/*
 * The names are the kernel's own, below the root of its own file system. No cover is made
 * for what this kernel has not: to give up a mount that was not attached takes as long as
 * an unmount. Nor for what is the host's root's alone, unless it is root's number here.
 */
static int cover_proc(struct mtree *tree, int proc, struct error *err)
{
	for (const struct special_cover *c = special_covers; c->name; c++) {
		_cleanup_fd_ int fd = -1;
		struct stat st;

		if (fstatat(proc, c->name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
			if (errno == ENOENT)
				continue;
			return error_sys(err, "/proc/%s", c->name);
		}
		if (c->root && st.st_uid != 0)
			continue;
		fd = mtree_cover(tree, S_ISDIR(st.st_mode), err);
		if (fd < 0)
			return -1;
		if (mnt_attach_at(fd, proc, c->name) < 0)
			return error_sys(err, "cannot cover /proc/%s", c->name);
	}
	return 0;
}

static int sys_readonly(int proc, struct error *err)
{
	_cleanup_fd_ int fd = mnt_clone(proc, "sys", false);

	if (fd < 0 || mnt_set(fd, MOUNT_ATTR_RDONLY, false) < 0 ||
	    mnt_attach_at(fd, proc, "sys") < 0)
		return error_sys(err, "cannot make /proc/sys read-only");
	return 0;
}

/*
 * Covers what tells of the host, but in a bare one: below one with covers the kernel lets
 * nobody mount a /proc of its own.
 */
static int proc_place(struct mtree *tree, const struct step *step, int proc,
		      struct error *err)
{
	if ((step->loose ? mtree_attach(tree, proc, step->target, true, err)
			 : mtree_attach_plain(tree, proc, step->target, err)) < 0)
		return -1;
	if (step->bare)
		return 0;
	return cover_proc(tree, proc, err) < 0 || sys_readonly(proc, err) < 0 ? -1 : 0;
}

int devproc_proc(struct mtree *tree, const struct step *step, int *ret_proc, int *ret_sys,
		 struct error *err)
{
	static const struct mnt_option none[] = { { NULL, NULL } };
	_cleanup_fd_ int proc = -1, sys = -1;

	proc = mnt_new("proc", none,
		       MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	if (proc < 0 && step->loose)
		return error_sys(err, "Can't mount proc on %s", step->target);
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
	if (sys < 0)
		return error_sys(err, "/proc/sys");
	if (proc_place(tree, step, proc, err) < 0)
		return -1;
	*ret_proc = take_fd(&proc);
	*ret_sys = take_fd(&sys);
	return 0;
}

#define DETACHED "8" /* the mount namespace that is there, and seven mounts at a time */

/* Missing files: the kernel is built without that kind. */
int devproc_limits(int sys, unsigned users, bool mounts, struct error *err)
{
	static const char *const kinds[] = { "mnt",  "net", "pid", "cgroup",
					     "time", "ipc", "uts" };
	char path[64];

	if (io_write_file(sys, "user/max_user_namespaces", users ? "1" : "0") < 0)
		return error_sys(
			err, "cannot limit user namespaces (user.max_user_namespaces)");
	for (size_t i = 0; i < COUNT(kinds); i++) {
		(void)snprintf(path, sizeof path, "user/max_%s_namespaces", kinds[i]);
		if (io_write_file(sys, path, mounts && i == 0 ? DETACHED : "0") < 0 &&
		    errno != ENOENT)
			return error_sys(err, "cannot limit namespaces (%s)", path);
	}
	return 0;
}

/* The number that the file @path below @sys holds, or -1. */
static long read_sysctl(int sys, const char *path)
{
	_cleanup_fd_ int fd = openat(sys, path, O_RDONLY | O_CLOEXEC);
	char text[24];
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);

	if (n <= 0)
		return -1;
	text[n] = '\0';
	return strtol(text, NULL, 10);
}

int devproc_quotas(int sys, struct error *err)
{
	/* of what the host has for each user, the sandbox gets one share */
	static const struct {
		const char *host, *here;
		long shares, least;
	} quotas[] = {
		{ "fs/inotify/max_user_instances", "user/max_inotify_instances", 4, 16 },
		{ "fs/inotify/max_user_watches", "user/max_inotify_watches", 2, 4096 },
	};
	char text[24];

	for (size_t i = 0; i < COUNT(quotas); i++) {
		long share = read_sysctl(sys, quotas[i].host) / quotas[i].shares;

		if (share < quotas[i].least)
			share = quotas[i].least;
		(void)snprintf(text, sizeof text, "%ld", share);
		if (io_write_file(sys, quotas[i].here, text) < 0 && errno != ENOENT)
			return error_sys(err, "cannot set a limit (%s)", quotas[i].here);
	}
	return 0;
}
