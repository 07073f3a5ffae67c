/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links.c - symbolic links on the way to what is protected, kept too; see guarding.h */
#include "config.h"

#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "plan/guarding.h"

#define LINKS_MAX 40 /* as the kernel: path_resolution(7) */

/* A link can be mounted on itself like a file: it still leads on, and stays. */
static void pin_link(struct guards *g, const char *path, const char *to,
		     const struct guard *guard)
{
	size_t len;
	const size_t *near = guards_near(g, path, &len);

	for (size_t i = 0; i < len; i++) {
		const struct step *mount = &g->mounts[near[i]];
		const char *origin = guards_writable_origin(mount), *target;
		struct step *step;

		if (!origin || !path_within(path, origin) || strcmp(path, origin) == 0)
			continue;
		target = path_join(g->p->arena, mount->target, path_below(path, origin));
		if (guards_mount_at(g, target) != mount ||
		    guards_hides(g, mount, target) ||
		    !guards_first_time(g, &g->pinned, target))
			continue;
		guards_pin(g, mount, path, guard);
		step = guards_step(g, STEP_PIN, mount, target, guard);
		step->file_type = S_IFLNK;
		step->link = to;
	}
}

/* Pins a directory that a path enters and leaves by "..", like "up" in "up/../name". */
static void pin_dir(struct guards *g, const char *dir, const struct guard *guard)
{
	const char *inside = path_join(g->p->arena, dir, ".");
	size_t len;
	const size_t *near = guards_near(g, dir, &len);

	for (size_t i = 0; i < len; i++)
		guards_pin(g, &g->mounts[near[i]], inside, guard);
}

void guards_pin_links(struct guards *g, const struct guard *guard)
{
	struct arena *arena = g->p->arena;
	const char *dir = "/", *rest = guard->path, *part;
	unsigned links = 0;

	while ((part = path_next(arena, &rest))) {
		const char *path = path_join(arena, dir, part), *to;

		if (strcmp(part, ".") == 0)
			continue;
		if (strcmp(part, "..") == 0) {
			pin_dir(g, dir, guard);
			dir = path_parent(arena, dir);
			continue;
		}
		to = g->p->host->link(g->p->host, path);
		if (!to) {
			dir = path;
			continue;
		}
		if (++links > LINKS_MAX) /* a circle leads nowhere */
			return;
		pin_link(g, path, to, guard);
		rest = arena_printf(arena, "%s/%s", to, rest);
		if (*to == '/')
			dir = "/";
	}
}
