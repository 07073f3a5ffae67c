/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plan-guards.c - protected and denied paths, wherever a mount shows them; see plan.h */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "policy/keys.h"
#include "policy/plan-parts.h"

/* What to protect: a path of the host, as the profile or sbox itself names it. */
struct guard {
	const char *path;
	bool optional; /* may be missing: then it is watched for */
	bool own;      /* a directory of sbox: made if it is missing */
	struct srcpos pos;
};

static void append_name(struct planner *p, const char ***names, size_t *len,
			const char *name)
{
	*(const char **)arena_append(p->arena, names, len, sizeof name) = name;
}

static bool has_step(const struct planner *p, size_t from, enum step_type type,
		     const char *target)
{
	for (size_t i = from; i < p->plan->steps_len; i++)
		if (p->plan->steps[i].type == type &&
		    strcmp(p->plan->steps[i].target, target) == 0)
			return true;
	return false;
}

/*
 * Makes @target, inside the mount at @top, unmovable: a directory that is a mount
 * point cannot be renamed, so every one from @top down becomes one.
 */
static void pin(struct planner *p, size_t from, const char *top, const char *target,
		const struct guard *guard)
{
	const char *parent;
	struct step *step;

	if (strcmp(target, top) == 0)
		return;
	parent = path_parent(p->arena, target);
	pin(p, from, top, parent, guard);
	if (strcmp(parent, top) == 0 || has_step(p, from, STEP_PIN, parent))
		return;
	step = plan_step(p, STEP_PIN, parent, &guard->pos);
	step->file_type = S_IFDIR;
}

/* The canonical path of @path even if its last components do not exist; NULL: nowhere. */
static const char *canonical(const struct planner *p, const char *path)
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

static void protect_in(struct planner *p, size_t mounts, const struct step *mount,
		       const struct guard *guard, const char *real)
{
	const char *top = mount->target, *source = mount->source;
	const char *target = path_join(p->arena, top, path_below(real, source));
	struct host_file file = { .type = S_IFDIR };
	struct step *step;

	if (has_step(p, mounts, STEP_PROTECT, target))
		return;
	/* @mount moves with the list that is appended to: it is not used from here on */
	pin(p, mounts, top, target, guard);
	(void)p->host->lookup(p->host, guard->path, &file);
	step = plan_step(p, STEP_PROTECT, target, &guard->pos);
	step->file_type = file.type;
	step->readonly = true;
}

static bool writable_bind(const struct step *step)
{
	return step->type == STEP_BIND && !step->readonly && step->file_type == S_IFDIR;
}

static void missing(struct planner *p, const struct guard *guard, const char *real)
{
	if (guard->own)
		append_name(p, &p->plan->make_dirs, &p->plan->make_dirs_len, real);
	else if (guard->optional)
		append_name(p, &p->plan->watch, &p->plan->watch_len, real);
	else
		diag_add(p->diags, &guard->pos,
			 "\"%s\" does not exist, so it cannot be protected: create it, "
			 "or write "
			 "\"?%s\" to be told if the command creates it",
			 guard->path, guard->path);
}

static void protect(struct planner *p, size_t mounts, const struct guard *guard)
{
	const char *real = canonical(p, guard->path);
	bool told = false;
	struct host_file file;

	for (size_t i = 0; real && i < mounts; i++) {
		const struct step *step = &p->plan->steps[i];

		if (!writable_bind(step) || !path_within(real, step->source))
			continue;
		if (plan_swapped(p, guard->path, real)) {
			diag_add(p->diags, &guard->pos,
				 "\"%s\" cannot be protected: on the way to \"%s\" there "
				 "is a "
				 "symbolic link that the command could replace",
				 guard->path, real);
			return;
		}
		if (p->host->lookup(p->host, guard->path, &file) != 0) {
			if (!told)
				missing(p, guard, real);
			told = true;
			if (!guard->own)
				continue;
		}
		protect_in(p, mounts, step, guard, real);
	}
}

static void plain_path(struct planner *p, const struct text *text, const char *key,
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

static void protect_all(struct planner *p, size_t mounts)
{
	const struct texts *paths = &p->policy->fs.protect;
	struct guard guard;

	for (size_t i = 0; i < paths->len; i++) {
		plain_path(p, &paths->items[i], "fs.protect", &guard);
		if (guard.path)
			protect(p, mounts, &guard);
	}
	for (size_t i = 0; p->input->profile_files[i]; i++) {
		guard = (struct guard){ .path = p->input->profile_files[i],
					.optional = true };
		protect(p, mounts, &guard);
	}
	for (size_t i = 0; p->input->own_dirs[i]; i++) {
		guard = (struct guard){ .path = p->input->own_dirs[i], .own = true };
		protect(p, mounts, &guard);
	}
}

/* The @n-th directory or file of the host that @step shows; NULL behind the last. */
static const char *origin_at(const struct step *step, size_t n)
{
	size_t lowers = 0;

	if (step->type == STEP_BIND)
		return n == 0 ? step->source : NULL;
	if (step->type != STEP_OVERLAY)
		return NULL;
	while (step->lowers[lowers]) {
		if (lowers == n)
			return step->lowers[lowers];
		lowers++;
	}
	return n == lowers ? step->upper : NULL;
}

/* A mount of nothing but what is denied is not made at all. */
static size_t drop_denied(struct planner *p, size_t mounts, const char *real)
{
	struct step *steps = p->plan->steps;
	size_t kept = 0;

	for (size_t i = 0; i < p->plan->steps_len; i++) {
		bool gone = i < mounts && steps[i].type == STEP_BIND &&
			    path_within(steps[i].source, real);

		if (!gone)
			steps[kept++] = steps[i];
	}
	mounts -= p->plan->steps_len - kept;
	p->plan->steps_len = kept;
	return mounts;
}

static size_t deny(struct planner *p, size_t mounts, const struct guard *guard)
{
	struct host_file file;

	if (p->host->lookup(p->host, guard->path, &file) != 0)
		return mounts; /* what is not there needs no hiding */
	mounts = drop_denied(p, mounts, file.real);
	for (size_t i = 0; i < mounts; i++) {
		for (size_t n = 0; origin_at(&p->plan->steps[i], n); n++) {
			const char *origin = origin_at(&p->plan->steps[i], n), *target;
			struct step *step;

			if (!path_within(file.real, origin))
				continue;
			target = path_join(p->arena, p->plan->steps[i].target,
					   path_below(file.real, origin));
			step = plan_step(p, STEP_DENY, target, &guard->pos);
			step->file_type = file.type;
			step->optional = true; /* another mount may cover it already */
		}
	}
	return mounts;
}

void plan_guards(struct planner *p)
{
	const struct texts *paths = &p->policy->fs.deny;
	size_t mounts = p->plan->steps_len;
	struct guard guard;

	protect_all(p, mounts);
	for (size_t i = 0; i < paths->len; i++) {
		plain_path(p, &paths->items[i], "fs.deny", &guard);
		if (guard.path)
			mounts = deny(p, mounts, &guard);
	}
}
