/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* deny.c - denied paths: not mounted at all, or covered; see guarding.h */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "plan/guarding.h"

/* One path that is to be hidden, and is there. */
struct denied {
	struct guard guard;
	struct host_file file;
	size_t depth, order; /* of its path; in the profile */
};

struct denial {
	struct guards *g;
	struct denied *list;
	size_t len;
};

static bool is_shown(const struct guards *g, const char *real)
{
	size_t len;
	const size_t *near = guards_near(g, real, &len);

	for (size_t i = 0; i < len; i++)
		for (size_t n = 0; step_origin(&g->mounts[near[i]], n); n++)
			if (path_within(real, step_origin(&g->mounts[near[i]], n)))
				return true;
	return false;
}

/*
 * A path that is missing cannot be covered, and in a writable directory it may be missing
 * because an earlier command, or one in another sandbox, has given it another name.
 */
static void missing(const struct denial *d, const struct guard *guard, const char *real)
{
	struct planner *p = d->g->p;

	if (!guard->optional && guards_may_write(d->g, real)) {
		diag_add(p->diags, &guard->pos,
			 "\"%s\" does not exist, so it cannot be hidden, under whatever "
			 "name it may be there: \"?%s\" says that it may be missing",
			 guard->path, guard->path);
		return;
	}
	if (!guard->optional)
		guards_warn_missing(p, guard, "fs.deny hides");
	if (is_shown(d->g, real))
		guards_watch(p, real, true);
}

static void add_denied(struct denial *d, const struct guard *guard,
		       const struct host_file *file)
{
	size_t order = d->len;

	*(struct denied *)arena_append(d->g->p->arena, &d->list, &d->len,
				       sizeof *d->list) =
		(struct denied){ *guard, *file, path_depth(file->real), order };
}

/* A path of fs.deny, wherever it may be. */
static void judge(struct denial *d, const struct guard *guard)
{
	struct planner *p = d->g->p;
	struct host_file file;
	int errnum = p->host->lookup(p->host, guard->path, &file);
	const char *real = errnum ? guards_canonical(p, guard->path) : file.real;

	if (!real) {
		if (!guard->optional)
			guards_warn_missing(p, guard, "fs.deny hides");
		return;
	}
	if (guards_by_link(p, guard, real, "hidden") ||
	    (!is_shown(d->g, real) && guards_by_target(d->g, guard, false)))
		return;
	if (errnum == 0)
		add_denied(d, guard, &file);
	else if (errnum == ENOENT || errnum == ENOTDIR)
		missing(d, guard, real);
	else if (is_shown(d->g, real))
		(void)guards_not_there(p, guard, errnum, "hidden");
}

/* Refuses mounts that show what is sbox's own at @real, or some of it; @why. */
static void refuse_own(const struct denial *d, const char *real, const char *why)
{
	struct planner *p = d->g->p;
	size_t len;
	const size_t *near = guards_near(d->g, real, &len);

	for (size_t i = 0; i < len; i++) {
		const struct step *mount = &d->g->mounts[near[i]];

		for (size_t n = 0; !mount->cache && step_origin(mount, n); n++)
			if (path_within(step_origin(mount, n), real))
				diag_add(p->diags, &mount->pos,
					 "\"%s\" cannot be shown: %s",
					 step_origin(mount, n), why);
	}
}

/*
 * sbox's own secrets: made now if a mount would show them once they are there, covered
 * whether they are or not. A read-only mount is no help: a socket below one can be used.
 */
static void judge_own(struct denial *d, const char *path)
{
	struct planner *p = d->g->p;
	const struct guard guard = { .path = path, .own = true };
	const char *real = guards_canonical(p, path);
	struct host_file file;

	if (!real)
		return;
	refuse_own(d, real,
		   "whoever sees it can start commands in other "
		   "sandboxes, or change what they have written");
	if (!is_shown(d->g, real))
		return;
	if (p->host->lookup(p->host, path, &file) != 0) {
		guards_make_dir(p, real);
		file = (struct host_file){ .type = S_IFDIR, .real = real };
	}
	add_denied(d, &guard, &file);
}

/*
 * Directories of private caches: covered wherever a mount shows them, and made now if a
 * command could make them itself, with caches of its own in them, or if a cache is about
 * to be made there (@used). That the guard finds things in them is no news.
 */
static void judge_caches(struct denial *d, const char *path, bool used)
{
	struct planner *p = d->g->p;
	const struct guard guard = { .path = path, .own = true };
	const char *real = guards_canonical(p, path);
	struct host_file file;
	bool writes;

	if (!real)
		return;
	refuse_own(d, real, "it is a private cache; fs.cache shows one, by its name");
	if (!is_shown(d->g, real))
		return;
	writes = guards_may_write(d->g, real);
	if (p->plan->given && !writes)
		return;
	if (p->host->lookup(p->host, path, &file) != 0) {
		if (!used && !writes) {
			guards_watch(p, real, true);
			return;
		}
		if (p->host->barred && p->host->barred(p->host, real))
			return; /* nobody else can make it either */
		guards_make_dir(p, real);
		file = (struct host_file){ .type = S_IFDIR, .real = real };
	}
	if (writes)
		guards_allow(p, real);
	add_denied(d, &guard, &file);
}

/*
 * Whether @mount is of a private cache and @real above all caches: what hides the host's
 * files there, or the caches of others, does not take its own from the command.
 */
static bool spares(const struct step *mount, const char *real)
{
	return mount->cache && path_depth(real) + 2 <= path_depth(mount->source);
}

/* A path in a denied directory comes first: once that is covered, nobody gets there. */
static int deepest_first(const void *a, const void *b)
{
	const struct denied *x = a, *y = b;

	if (x->depth != y->depth)
		return x->depth > y->depth ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static bool shows_only(const struct step *mount, const char *real)
{
	for (size_t n = 0; step_origin(mount, n); n++)
		if (path_within(step_origin(mount, n), real))
			return true;
	return false;
}

/* Where @mount shows @real by its @n-th origin, NULL: not by that. */
static const char *place_in(const struct denial *d, const struct step *mount, size_t n,
			    const char *real)
{
	const char *origin = step_origin(mount, n);

	if (!path_within(real, origin))
		return NULL;
	return path_join(d->g->p->arena, mount->target, path_below(real, origin));
}

/* The denied path whose cover in @mount a mount at @target would lie on or below. */
static const struct denied *covered_by(const struct denial *d, const struct step *mount,
				       const char *target)
{
	for (size_t i = 0; i < d->len; i++)
		for (size_t n = 0; step_origin(mount, n); n++) {
			const char *place = place_in(d, mount, n, d->list[i].file.real);

			if (place && path_within(target, place))
				return &d->list[i];
		}
	return NULL;
}

/* The mount that a mount at @target is put on, of those that are not @dropped. */
static const struct step *mounted_on(const struct denial *d, const char *target,
				     const bool *dropped)
{
	size_t number;

	while (strcmp(target, "/") != 0) {
		target = path_parent(d->g->p->arena, target);
		if (pathindex_last(&d->g->targets, target, &number) && !dropped[number])
			return &d->g->mounts[number];
	}
	return NULL;
}

/* The denied path because of which @mount is not made at all, NULL: it is. */
static const struct denied *denied_to(const struct denial *d, const struct step *mount,
				      const bool *dropped)
{
	const struct step *on;

	for (size_t i = 0; i < d->len; i++)
		if (shows_only(mount, d->list[i].file.real) &&
		    !spares(mount, d->list[i].file.real))
			return &d->list[i];
	on = mounted_on(d, mount->target, dropped);
	return on ? covered_by(d, on, mount->target) : NULL;
}

/* Takes what is not made at all out of the list of steps. */
static void leave_out(const struct denial *d)
{
	struct planner *p = d->g->p;
	bool *dropped = arena_alloc(p->arena, d->g->mounts_len + 1);
	size_t kept = 0;

	for (size_t i = 0; i < d->g->mounts_len; i++) {
		const struct step *mount = &d->g->mounts[i];
		const struct denied *by = denied_to(d, mount, dropped);

		dropped[i] = by != NULL;
		if (by)
			plan_leave_out(p, mount->target,
				       "denied, and so not mounted here at all",
				       &by->guard.pos);
		else
			p->plan->steps[kept++] = *mount;
	}
	if (kept == d->g->mounts_len)
		return;
	p->plan->steps_len = kept;
	guards_note_mounts(d->g);
}

static void cover_in(const struct denial *d, const struct step *mount)
{
	struct guards *g = d->g;
	struct made covered = { 0 };

	for (size_t i = 0; !mount->hidden && i < d->len; i++)
		for (size_t n = 0; step_origin(mount, n); n++) {
			const struct denied *denied = &d->list[i];
			const char *place = place_in(d, mount, n, denied->file.real);
			struct step *step;

			if (!place || !guards_first_time(g, &covered, place))
				continue;
			step = guards_step(g, STEP_DENY, mount, place, &denied->guard);
			guards_expect(g, step, mount, &denied->file);
			/* a layer above may not have it, or hide it */
			step->optional |= mount->type == STEP_OVERLAY;
		}
}

/* The list of steps once more, each mount with its covers behind it. */
static void cover(const struct denial *d)
{
	struct plan *plan = d->g->p->plan;

	plan->steps = NULL;
	plan->steps_len = 0;
	for (size_t i = 0; i < d->g->mounts_len; i++) {
		const struct step *mount = &d->g->mounts[i];

		*plan_step(d->g->p, mount->type, mount->target, NULL) = *mount;
		cover_in(d, mount);
	}
}

static void pin(const struct denial *d, const struct denied *denied)
{
	size_t len;
	const size_t *near = guards_near(d->g, denied->file.real, &len);

	for (size_t i = 0; i < len; i++)
		guards_pin(d->g, &d->g->mounts[near[i]], denied->file.real,
			   &denied->guard);
}

void guards_deny(struct guards *g)
{
	struct planner *p = g->p;
	const struct texts *paths = &p->policy->fs.deny;
	struct denial d = { .g = g };
	struct guard guard;

	for (size_t i = 0; i < paths->len; i++) {
		guards_parse(p, &paths->items[i], "fs.deny", &guard);
		if (guard.path)
			judge(&d, &guard);
	}
	for (size_t i = 0; p->input->hidden_dirs && p->input->hidden_dirs[i]; i++)
		judge_own(&d, p->input->hidden_dirs[i]);
	if (plan_changes_place(p))
		judge_own(&d, plan_changes_place(p));
	for (size_t i = 0; p->input->cache_dirs && p->input->cache_dirs[i]; i++)
		judge_caches(&d, p->input->cache_dirs[i],
			     p->policy->fs.cache.len > 0 && p->input->caches &&
				     strcmp(p->input->caches, p->input->cache_dirs[i]) ==
					     0);
	if (d.len == 0)
		return;
	qsort(d.list, d.len, sizeof *d.list, deepest_first);
	leave_out(&d);
	cover(&d);
	for (size_t i = 0; i < d.len; i++)
		pin(&d, &d.list[i]);
}
