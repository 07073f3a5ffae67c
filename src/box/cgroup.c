/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cgroup.c - control groups, see cgroup.h and cgroups(7) */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/io.h"
#include "box/cgroup.h"

#define ROOT "/sys/fs/cgroup"
#define PROC_FILE_MAX ((size_t)65536)

static long fs_type(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 ? (long)fs.f_type : 0;
}

/* Our place in the v2 tree, the line "0::/path", or NULL. */
static const char *own_path(struct arena *arena)
{
	char *text = NULL, *line;

	if (io_read_file(AT_FDCWD, "/proc/self/cgroup", PROC_FILE_MAX, arena, &text) < 0)
		return NULL;
	line = strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");
	if (!line)
		return NULL;
	line = strchr(line, '/');
	return line ? arena_strndup(arena, line, strcspn(line, "\n")) : NULL;
}

const char *cgroup_why_not(struct arena *arena)
{
	long type = fs_type(ROOT);
	const char *path;

	if (type == TMPFS_MAGIC && fs_type(ROOT "/unified") == CGROUP2_SUPER_MAGIC)
		return "a hybrid cgroup host: the controllers are in cgroup v1, which no "
		       "ordinary user can use; boot it with "
		       "systemd.unified_cgroup_hierarchy=1";
	if (type == TMPFS_MAGIC)
		return "a cgroup v1 host: there no ordinary user can set limits; boot it "
		       "with systemd.unified_cgroup_hierarchy=1";
	if (type != CGROUP2_SUPER_MAGIC)
		return "no cgroup file system is mounted at " ROOT;
	path = own_path(arena);
	if (!path)
		return "this process is in no cgroup v2";
	path = arena_printf(arena, ROOT "%s", path);
	if (access(path, W_OK) < 0)
		return arena_printf(arena,
				    "%s is not delegated to this user: start sbox by "
				    "systemd-run --user --scope -p Delegate=yes, in a "
				    "session of systemd's user manager",
				    path);
	return "this version of sbox does not use the delegated cgroup";
}
