/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guarding.c - what deny.c and protect.c share; see guarding.h */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "plan/guarding.h"
#include "policy/forms.h"

bool guards_first_time(struct guards *g, struct made *made, const char *target)
{
	struct arena *arena = g->p->arena;

	if (strindex_find(&made->index, made->targets, sizeof target, target))
		return false;
	*(const char **)arena_append(arena, &made->targets, &made->len, sizeof target) =
		target;
	strindex_add(&made->index, arena, made->targets, sizeof target);
	return true;
}

void guards_note_mounts(struct guards *g)
{
	struct planner *p = g->p;
	const size_t len = p->plan->steps_len;
	struct step *mounts = arena_alloc(p->arena, (len + 1) * sizeof *mounts);

	g->mounts = mounts;
	g->mounts_len = len;
	g->origins = g->targets = (struct pathindex){ 0 };
	for (size_t i = 0; i < len; i++) {
		mounts[i] = p->plan->steps[i];
		if (mounts[i].hidden)
			continue; /* nobody sees what it shows */
		pathindex_add(&g->targets, p->arena, mounts[i].target, i);
		for (size_t n = 0; step_origin(&mounts[i], n); n++)
			pathindex_add(&g->origins, p->arena, step_origin(&mounts[i], n),
				      i);
	}
	pathindex_sort(&g->origins);
	pathindex_sort(&g->targets);
}

const size_t *guards_near(const struct guards *g, const char *real, size_t *ret_len)
{
	return pathindex_near(&g->origins, g->p->arena, real, ret_len);
}

const struct step *guards_mount_at(const struct guards *g, const char *target)
{
	size_t number;

	return pathindex_nearest(&g->targets, target, &number) ? &g->mounts[number]
							       : NULL;
}

bool guards_hides(const struct guards *g, const struct step *mount, const char *target)
{
	const struct plan *plan = g->p->plan;

	for (size_t i = 0; i < plan->steps_len; i++) {
		const struct step *step = &plan->steps[i];

		if (step->type == STEP_DENY && strcmp(step->top, mount->target) == 0 &&
		    path_within(target, step->target))
			return true;
	}
	return false;
}

const char *guards_writable_origin(const struct step *mount)
{
	if (mount->readonly || mount->cache)
		return NULL;
	if (mount->type == STEP_BIND)
		return mount->source;
	if (mount->type != STEP_OVERLAY)
		return NULL;
	return mount->changes ? mount->source : mount->upper;
}

bool guards_may_write(const struct guards *g, const char *real)
{
	size_t len;
	const size_t *near = guards_near(g, real, &len);

	for (size_t i = 0; i < len; i++) {
		const char *origin = guards_writable_origin(&g->mounts[near[i]]);

		if (origin && path_within(real, origin))
			return true;
	}
	return false;
}

void guards_parse(struct planner *p, const struct text *text, const char *key,
		  struct guard *guard)
{
	struct fsspec spec;

	*guard = (struct guard){ .pos = text->pos };
	if (fsspec_parse(p->arena, text->s, NULL, &spec) < 0)
		return;
	if (spec.source != spec.target) {
		diag_add(p->diags, &text->pos,
			 "%s takes paths of the host, not \"%s\": it holds wherever they "
			 "are shown",
			 key, text->s);
		return;
	}
	guard->path = spec.source;
	guard->optional = spec.optional;
}

const char *guards_canonical(const struct planner *p, const char *path)
{
	const char *parent = path;
	struct host_file file;

	while (p->host->lookup(p->host, parent, &file) != 0) {
		if (strcmp(parent, "/") == 0)
			return NULL;
		parent = path_parent(p->arena, parent);
	}
	return path_join(p->arena, file.real, path_below(path, parent));
}

bool guards_by_link(struct planner *p, const struct guard *guard, const char *real,
		    const char *what)
{
	if (!plan_swapped(p, guard->path, real) && !plan_dangling(p, guard->path))
		return false;
	diag_add(
		p->diags, &guard->pos,
		"\"%s\" cannot be %s: on the way to \"%s\" there is a symbolic link that "
		"the command could replace; name what is meant without it, or put what "
		"it leads to in the place of the link",
		guard->path, what, real);
	return true;
}

bool guards_by_target(const struct guards *g, const struct guard *guard, bool writable)
{
	const struct step *mount;
	const char *origin, *below;

	if (guard->optional || guard->own || guard->links)
		return false;
	mount = guards_mount_at(g, guard->path);
	if (!mount || (writable && !guards_writable_origin(mount)))
		return false;
	origin = writable ? guards_writable_origin(mount) : step_origin(mount, 0);
	if (!origin || strcmp(origin, mount->target) == 0)
		return false;
	below = path_join(g->p->arena, origin, path_below(guard->path, mount->target));
	diag_add(
		g->p->diags, &guard->pos,
		"\"%s\" of the host is not shown: inside, that is \"%s\" of the host, "
		"and the paths to be denied or protected are the host's: name \"%s\", or "
		"\"?%s\" for the host's own",
		guard->path, below, below, guard->path);
	return true;
}

void guards_warn_missing(struct planner *p, const struct guard *guard, const char *what)
{
	struct plan *plan = p->plan;
	struct diag *warning = arena_append(p->arena, &plan->warnings,
					    &plan->warnings_len, sizeof *warning);

	*warning =
		(struct diag){ guard->pos,
			       arena_printf(p->arena,
					    "\"%s\" does not exist, so %s nothing there; "
					    "\"?%s\" says that it may be missing",
					    guard->path, what, guard->path) };
}

bool guards_not_there(struct planner *p, const struct guard *guard, int errnum,
		      const char *what)
{
	/* who gives steps may stand where nobody of the caller's can get anyway */
	if (errnum == EACCES && p->plan->given && p->host->barred &&
	    p->host->barred(p->host, guard->path))
		return false;
	if (errnum && errnum != ENOENT && errnum != ENOTDIR)
		diag_add(p->diags, &guard->pos, "\"%s\" cannot be %s: %s", guard->path,
			 what, strerror(errnum));
	return errnum == ENOENT || errnum == ENOTDIR;
}

void guards_make_dir(struct planner *p, const char *real)
{
	struct plan *plan = p->plan;

	*(const char **)arena_append(p->arena, &plan->make_dirs, &plan->make_dirs_len,
				     sizeof real) = real;
}

void guards_allow(struct planner *p, const char *real)
{
	struct plan_guard *guard = &p->plan->guard;

	*(const char **)arena_append(p->arena, &guard->allowed, &guard->allowed_len,
				     sizeof real) = real;
}

void guards_watch(struct planner *p, const char *real, bool denied)
{
	struct plan *plan = p->plan;

	*(struct watched *)arena_append(p->arena, &plan->watch, &plan->watch_len,
					sizeof *plan->watch) =
		(struct watched){ real, denied };
}

struct step *guards_step(struct guards *g, enum step_type type, const struct step *mount,
			 const char *target, const struct guard *guard)
{
	struct step *step = plan_step(g->p, type, target, &guard->pos);

	step->top = mount->target;
	step->changes = mount->changes;
	/* one of sbox's own that nobody with the command's rights can make */
	step->loose = step->optional = g->p->plan->given && guard->own;
	return step;
}

/*
 * A file that an overlay shows has a number of its own, and stays covered there whatever
 * becomes of the layers. A mount of a single file shows that file, whatever its name says
 * later.
 */
void guards_expect(struct guards *g, struct step *step, const struct step *mount,
		   const struct host_file *file)
{
	struct plan *plan = g->p->plan;

	step->file_type = file->type;
	if (mount->type != STEP_BIND || file->ino == 0)
		return;
	step->dev = file->dev;
	step->ino = file->ino;
	if (strcmp(step->target, mount->target) == 0)
		return;
	*(struct covered *)arena_append(g->p->arena, &plan->covers, &plan->covers_len,
					sizeof *plan->covers) =
		(struct covered){ .path = file->real,
				  .origin = mount->source,
				  .target = step->target,
				  .top = mount->target,
				  .dev = file->dev,
				  .ino = file->ino,
				  .origin_dev = mount->dev,
				  .origin_ino = mount->ino,
				  .denied = step->type == STEP_DENY,
				  .writable = !mount->readonly };
}

/* Every directory from @mount's own down to the one that @target is in. */
static void pin_above(struct guards *g, const struct step *mount, const char *target,
		      const struct guard *guard)
{
	const char *parent = path_parent(g->p->arena, target);

	if (strcmp(target, mount->target) == 0 || strcmp(parent, mount->target) == 0)
		return;
	pin_above(g, mount, parent, guard);
	/* one that something else is mounted on, or that is denied, cannot be moved
	 * anyway */
	if (guards_mount_at(g, parent) != mount ||
	    !guards_first_time(g, &g->pinned, parent) || guards_hides(g, mount, parent))
		return;
	guards_step(g, STEP_PIN, mount, parent, guard)->file_type = S_IFDIR;
}

void guards_pin(struct guards *g, const struct step *mount, const char *real,
		const struct guard *guard)
{
	const char *origin = guards_writable_origin(mount);

	if (origin && path_within(real, origin))
		pin_above(g, mount,
			  path_join(g->p->arena, mount->target, path_below(real, origin)),
			  guard);
}
