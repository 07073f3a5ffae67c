/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* find.c - where a cgroup could be made; see cgroup.h. It only looks. */
#include "config.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/io.h"
#include "box/cgroup/cgroup.h"

#define ROOT "/sys/fs/cgroup"
#define FILE_MAX ((size_t)65536)

static const struct {
	const char *name;
	unsigned bit;
} controllers[] = { { "memory", CGROUP_MEMORY },
		    { "pids", CGROUP_PIDS },
		    { "cpu", CGROUP_CPU } };

unsigned cgroup_controllers(const char *names)
{
	unsigned bits = 0;
	size_t len;

	for (; *names; names += len + (names[len] != '\0')) {
		len = strcspn(names, " \n");
		for (size_t i = 0; i < CGROUP_CONTROLLERS; i++)
			if (strlen(controllers[i].name) == len &&
			    strncmp(names, controllers[i].name, len) == 0)
				bits |= controllers[i].bit;
	}
	return bits;
}

const char *cgroup_own_path(struct arena *arena)
{
	char *text = NULL, *line;

	if (io_read_file(AT_FDCWD, "/proc/self/cgroup", FILE_MAX, arena, &text) < 0)
		return NULL;
	line = strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");
	if (!line)
		return NULL;
	line = strchr(line, '/');
	if (!line)
		return NULL;
	line[strcspn(line, "\n")] = '\0';
	/* outside of the root of our cgroup namespace, or gone */
	if (strncmp(line, "/..", 3) == 0 || strstr(line, " (deleted)"))
		return NULL;
	return strcmp(line, "/") == 0 ? "" : line;
}

static const char *file_text(struct arena *arena, const char *dir, const char *name)
{
	const char *path = arena_printf(arena, "%s/%s", dir, name);
	char *text = NULL;

	return io_read_file(AT_FDCWD, path, FILE_MAX, arena, &text) < 0 ? NULL : text;
}

static bool is_writable(struct arena *arena, const char *dir)
{
	return access(dir, W_OK | X_OK) == 0 &&
	       access(arena_printf(arena, "%s/cgroup.procs", dir), W_OK) == 0 &&
	       access(arena_printf(arena, "%s/cgroup.subtree_control", dir), W_OK) == 0;
}

static size_t bits(unsigned mask)
{
	return (size_t)__builtin_popcount(mask);
}

/* The controllers that a child of @dir could have; *ret_move: we had to move for it. */
static unsigned child_controllers(struct arena *arena, const struct cgroup_view *view,
				  const char *dir, bool own, bool *ret_move)
{
	const char *procs = file_text(arena, dir, "cgroup.procs");
	const char *type = file_text(arena, dir, "cgroup.type");
	const char *can = file_text(arena, dir, "cgroup.controllers");
	const char *gives = file_text(arena, dir, "cgroup.subtree_control");

	*ret_move = false;
	if (!procs || !can || !gives)
		return 0;
	if (!type || (*procs == '\0' && strcmp(type, "domain\n") == 0))
		return cgroup_controllers(can); /* only the real root has no type */
	if (strcmp(type, "domain\n") != 0)
		return 0; /* its children would be threaded, without controllers */
	if (own && strcmp(procs, arena_printf(arena, "%d\n", (int)view->pid)) == 0) {
		*ret_move = true;
		return cgroup_controllers(can);
	}
	return cgroup_controllers(gives);
}

/* Why our own cgroup will not do. */
static const char *why_not_here(struct arena *arena, const struct cgroup_view *view)
{
	const char *dir = arena_printf(arena, "%s%s", view->root, view->own);

	if (!is_writable(arena, dir) || (view->marked && !view->marked(dir)))
		return arena_printf(arena, "%s is not delegated to this user", dir);
	return arena_printf(arena,
			    "%s is delegated to this user, but other processes are in it "
			    "beside sbox, or it has no controllers",
			    dir);
}

void cgroup_find(struct arena *arena, const struct cgroup_view *view, unsigned needed,
		 struct host_cgroup *ret)
{
	struct host_cgroup found = { .why_not = why_not_here(arena, view) };
	char *path = arena_printf(arena, "%s%s", view->root, view->own);
	size_t top = strlen(view->root);
	bool own = true;

	for (;; own = false) {
		unsigned can;
		bool move;

		if (!is_writable(arena, path) || (view->marked && !view->marked(path)))
			break;
		can = child_controllers(arena, view, path, own, &move);
		if (bits(can & needed) > bits(found.controllers & needed)) {
			found.why_not = NULL;
			found.dir = arena_strdup(arena, path);
			found.controllers = can;
			found.move = move;
		}
		if (strlen(path) <= top)
			break;
		*strrchr(path, '/') = '\0';
	}
	if (found.dir) {
		found.place = arena_printf(arena, "a cgroup in %s", found.dir);
		/* the real root has no such file, and may well count */
		found.swap = access(arena_printf(arena, "%s/memory.swap.max", found.dir),
				    F_OK) == 0 ||
			     access(arena_printf(arena, "%s/cgroup.type", found.dir),
				    F_OK) != 0;
	}
	*ret = found;
}
