/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* protect.c - protected paths: read-only, and kept in their place with the links that
 * lead to them; see guarding.h */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "plan/guarding.h"

#define LINKS_MAX 40 /* as the kernel: path_resolution(7) */

/* ------------------------------------------------- links on the way to them */

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

/* -------------------------------------------------------------- the paths */

static void protect_at(struct guards *g, const struct step *mount, const char *target,
		       const struct guard *guard)
{
	const struct host *host = g->p->host;
	struct host_file file = { .type = S_IFDIR }; /* one of sbox's own is made yet */
	struct step *step;

	if (!guards_first_time(g, &g->protected, target))
		return;
	if (strcmp(target, mount->target) != 0) /* else it is compared with the source */
		(void)host->lookup(host, guard->path, &file);
	step = guards_step(g, STEP_PROTECT, mount, target, guard);
	guards_expect(g, step, mount, &file);
	step->readonly = true;
	step->guard = guard->row;
}

static void protect_missing(struct planner *p, const struct guard *guard,
			    const char *real)
{
	if (guard->own)
		guards_make_dir(p, real);
	else if (guard->optional)
		guards_watch(p, real, false);
	else
		diag_add(p->diags, &guard->pos,
			 "\"%s\" does not exist, so it cannot be protected: create it, "
			 "or write "
			 "\"?%s\" to be told if the command creates it",
			 guard->path, guard->path);
}

/* Where the writable mount @step shows @real, if that is not covered; else NULL. */
static const char *shown_at(const struct guards *g, const struct step *step,
			    const char *real)
{
	const char *origin = guards_writable_origin(step), *target = NULL;

	if (origin && path_within(real, origin))
		target = path_join(g->p->arena, step->target, path_below(real, origin));
	else if (origin && path_within(origin, real)) /* only a part of it is shown */
		target = step->target;
	if (!target || guards_mount_at(g, target) != step)
		return NULL;
	return guards_hides(g, step, target) ? NULL : target;
}

static bool anywhere(const struct guards *g, const char *real)
{
	size_t len;
	const size_t *near = guards_near(g, real, &len);

	for (size_t i = 0; i < len; i++)
		if (shown_at(g, &g->mounts[near[i]], real))
			return true;
	return false;
}

/* The longest part of @path that exists. */
static const char *existing(const struct planner *p, const char *path)
{
	struct host_file file;

	while (strcmp(path, "/") != 0 && p->host->lookup(p->host, path, &file) != 0)
		path = path_parent(p->arena, path);
	return path;
}

/*
 * A mount that lies over @real, such as a read-only one of the same directory, must not
 * be moved away together with the directory that it is in either.
 */
static void protect_everywhere(struct guards *g, const struct guard *guard,
			       const char *real)
{
	size_t len;
	const size_t *near = guards_near(g, real, &len);

	for (size_t i = 0; i < len; i++) {
		const struct step *mount = &g->mounts[near[i]];
		const char *target = shown_at(g, mount, real);

		guards_pin(g, mount, real, guard);
		if (target)
			protect_at(g, mount, target, guard);
	}
}

/* A path that is shown writable nowhere, or only with something else lying over it. */
static void protect_unseen(struct guards *g, const struct guard *guard, const char *real)
{
	struct planner *p = g->p;
	struct host_file file;
	int errnum = p->host->lookup(p->host, guard->path, &file);

	if (guards_may_write(g, real)) {
		if (errnum == 0)
			protect_everywhere(g, guard, real);
	} else if (!guards_by_target(g, guard, true) && !guard->optional && !guard->own &&
		   !guard->links && errnum == ENOENT) {
		guards_warn_missing(p, guard, "fs.protect protects");
	}
}

/*
 * Where a file is in the place of one of its directories, that is what decides what the
 * path will be, such as the ".git" of a worktree, and so it is protected instead.
 */
static void protect(struct guards *g, const struct guard *guard)
{
	struct planner *p = g->p;
	const char *real = guards_canonical(p, guard->path);
	struct host_file file;
	int errnum;

	if (!real || (!guard->links && guards_by_link(p, guard, real, "protected")))
		return;
	if (guard->links &&
	    (strcmp(guard->path, real) != 0 || plan_dangling(p, guard->path)))
		guards_pin_links(g, guard);
	if (!anywhere(g, real)) {
		protect_unseen(g, guard, real);
		return;
	}
	errnum = p->host->lookup(p->host, guard->path, &file);
	if (errnum == ENOTDIR) {
		protect(g, &(struct guard){ .path = existing(p, guard->path),
					    .optional = guard->optional,
					    .pos = guard->pos });
		return;
	}
	if (guards_not_there(p, guard, errnum, "protected")) {
		if (guard->own && p->host->barred && p->host->barred(p->host, real))
			return;
		protect_missing(p, guard, real);
		if (!guard->own)
			return;
	} else if (errnum) {
		return;
	}
	protect_everywhere(g, guard, real);
}

/* Whether any mount is writable: else no guard is needed, and no look at the host. */
static bool writes_anywhere(const struct guards *g)
{
	for (size_t i = 0; i < g->mounts_len; i++)
		if (guards_writable_origin(&g->mounts[i]))
			return true;
	return false;
}

/* deny.c hides the directory of caches itself, but not the way to it. */
static void keep_way(struct guards *g, const char *path)
{
	const struct guard guard = { .path = path, .own = true, .links = true };
	const char *real = guards_canonical(g->p, path);

	if (real && (strcmp(path, real) != 0 || plan_dangling(g->p, path)))
		guards_pin_links(g, &guard);
}

/* @place is canonical and was there a moment ago. What shows only it was asked for. */
static void protect_instruction(struct guards *g, const struct guard_place *place)
{
	const struct guard guard = { .path = place->path, .row = place->row };
	size_t len;
	const size_t *near = guards_near(g, place->path, &len);

	for (size_t i = 0; i < len; i++) {
		const struct step *mount = &g->mounts[near[i]];
		const char *origin = guards_writable_origin(mount);
		const char *target = shown_at(g, mount, place->path);

		if (origin && path_within(origin, place->path))
			continue;
		guards_pin(g, mount, place->path, &guard);
		if (target)
			protect_at(g, mount, target, &guard);
	}
}

static void protect_instructions(struct guards *g)
{
	const struct plan_guard *guard = &g->p->plan->guard;

	for (size_t i = 0; guard->mounted && i < guard->facts.protect.len; i++) {
		const struct guard_place *place = &guard->facts.protect.list[i];

		if (!plan_guard_allows(guard, place->path))
			protect_instruction(g, place);
	}
}

/*
 * By the name that it was given, with the links on the way to it, and by its own, which
 * is all there is where a descriptor named it. A file that cannot be read is a mistake
 * anyway.
 */
static void protect_programs(struct guards *g)
{
	const struct texts *files = &g->p->policy->seccomp.programs;
	const struct host_program *programs = g->p->host->programs;

	for (size_t i = 0; programs && i < files->len; i++) {
		const char *name = files->items[i].s, *real = programs[i].real;
		struct guard guard = { .path = real,
				       .pos = files->items[i].pos,
				       .links = true };

		if (programs[i].why_not || !real)
			continue;
		protect(g, &guard);
		guard.path = name;
		if (strcmp(name, real) != 0 && !path_within(name, "/proc") &&
		    !path_within(name, "/dev"))
			protect(g, &guard);
	}
}

void guards_protect(struct guards *g)
{
	struct planner *p = g->p;
	const struct texts *paths = &p->policy->fs.protect;
	const bool writes = writes_anywhere(g);
	struct guard guard;

	for (size_t i = 0; i < paths->len; i++) {
		guards_parse(p, &paths->items[i], "fs.protect", &guard);
		if (guard.path && writes)
			protect(g, &guard);
	}
	if (!writes)
		return;
	for (size_t i = 0; p->input->profile_files[i]; i++) {
		guard = (struct guard){ .path = p->input->profile_files[i],
					.optional = true,
					.links = true };
		protect(g, &guard);
	}
	protect_programs(g);
	for (size_t i = 0; p->input->own_dirs[i]; i++) {
		guard = (struct guard){ .path = p->input->own_dirs[i],
					.own = true,
					.links = true };
		protect(g, &guard);
	}
	for (size_t i = 0; p->input->cache_dirs && p->input->cache_dirs[i]; i++)
		keep_way(g, p->input->cache_dirs[i]);
	protect_instructions(g);
}
