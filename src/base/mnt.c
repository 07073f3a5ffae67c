/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mnt.c - mounts by descriptor; see mnt.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/cleanup.h"
#include "base/mnt.h"
#include "base/sys.h"

int mnt_new(const char *type, const struct mnt_option *options, uint64_t attrs)
{
	_cleanup_fd_ int fs = fsopen(type, FSOPEN_CLOEXEC);

	if (fs < 0)
		return -1;
	for (; options->name; options++) {
		unsigned cmd = options->value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG;

		if (fsconfig(fs, cmd, options->name, options->value, 0) < 0)
			return -1;
	}
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	return fsmount(fs, FSMOUNT_CLOEXEC, (unsigned)attrs);
}

int mnt_clone(int dirfd, const char *path, bool recursive)
{
	unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH |
			 AT_SYMLINK_NOFOLLOW | (recursive ? AT_RECURSIVE : 0);

	return open_tree(dirfd, path, flags);
}

int mnt_set(int fd, uint64_t attrs, bool recursive)
{
	struct mount_attr attr = { .attr_set = attrs };

	return mount_setattr(fd, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0U),
			     &attr, sizeof attr);
}

bool mnt_is_readonly(int fd)
{
	struct statvfs fs;

	return fstatvfs(fd, &fs) == 0 && (fs.f_flag & ST_RDONLY);
}

int mnt_attach(int fd, int target)
{
	return move_mount(fd, "", target, "",
			  MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

int mnt_attach_at(int fd, int dirfd, const char *name)
{
	return move_mount(fd, "", dirfd, name, MOVE_MOUNT_F_EMPTY_PATH);
}

int mnt_open_in(int rootfd, const char *path, int flags)
{
	return sys_openat2(rootfd, path, (uint64_t)(unsigned)(flags | O_CLOEXEC),
			   RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

int mnt_open_below(int dirfd, const char *path, int flags)
{
	return sys_openat2(dirfd, path, (uint64_t)(unsigned)(flags | O_CLOEXEC),
			   RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

int mnt_open_nolinks(int rootfd, const char *path, int flags)
{
	return sys_openat2(rootfd, path, (uint64_t)(unsigned)(flags | O_CLOEXEC),
			   RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
}
