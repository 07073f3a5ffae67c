/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* probe.c - what this machine offers for limits; see cgroup.h */
#include "config.h"

#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "box/cgroup/cgroup.h"

#define ROOT "/sys/fs/cgroup"

/* How many controllers @mask has. */
static int count(unsigned mask)
{
	return __builtin_popcount(mask);
}

/*
 * systemd owns all cgroups but those that it has delegated, and marks them. The mark is
 * that of the unit, so we look at the nearest directory that is one; that of the user
 * manager around it does not count, else all of the caller's units were ours to change.
 */
static bool marked_by_systemd(const char *path)
{
	char unit[4096], value[8];
	size_t len = strlen(path);

	if (len >= sizeof unit)
		return false;
	memcpy(unit, path, len + 1);
	for (char *slash; (slash = strrchr(unit, '/')); *slash = '\0') {
		const char *dot = strrchr(slash, '.');

		if (dot && (strcmp(dot, ".scope") == 0 || strcmp(dot, ".service") == 0 ||
			    strcmp(dot, ".slice") == 0))
			return getxattr(unit, "user.delegate", value, sizeof value) ==
				       1 &&
			       value[0] == '1';
	}
	return false;
}

static long fs_type(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 ? (long)fs.f_type : 0;
}

/* NULL: there is cgroup v2, with the controllers. */
static const char *why_no_v2(void)
{
	long type = fs_type(ROOT);

	if (type == CGROUP2_SUPER_MAGIC)
		return NULL;
	if (type == TMPFS_MAGIC && fs_type(ROOT "/unified") == CGROUP2_SUPER_MAGIC)
		return "a hybrid cgroup host: the controllers are in cgroup v1, which no "
		       "ordinary user can use; boot it with "
		       "systemd.unified_cgroup_hierarchy=1";
	if (type == TMPFS_MAGIC)
		return "a cgroup v1 host: there no ordinary user can set limits; boot it "
		       "with systemd.unified_cgroup_hierarchy=1";
	return "no cgroup file system is mounted at " ROOT;
}

void cgroup_probe(struct arena *arena, unsigned needed, struct host_cgroup *ret)
{
	struct cgroup_view view = { .root = ROOT, .pid = getpid() };
	struct host_cgroup around, scope;
	const char *why = NULL;

	*ret = (struct host_cgroup){ .why_not = why_no_v2() };
	if (ret->why_not)
		return;
	view.own = cgroup_own_path(arena);
	if (!view.own) {
		ret->why_not = "this process is in no cgroup below " ROOT;
		return;
	}
	if (access("/run/systemd/system", F_OK) == 0)
		view.marked = marked_by_systemd;
	cgroup_find(arena, &view, needed, &around);
	*ret = around;
	if (count(around.controllers & needed) == count(needed))
		return;
	if (!cgroup_scope_possible(arena, &scope, &why)) {
		if (ret->why_not)
			ret->why_not =
				arena_printf(arena, "%s, and %s", ret->why_not, why);
		return;
	}
	if (count(scope.controllers & needed) > count(around.controllers & needed))
		*ret = scope;
}
