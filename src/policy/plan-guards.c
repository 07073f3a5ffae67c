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
	bool optional; /* may be missing: then a protected one is watched for */
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

/* The directory of the host that can be written to through @step, NULL: none. */
static const char *writable_origin(const struct step *step)
{
	if (step->readonly)
		return NULL;
	if (step->type == STEP_BIND)
		return step->source;
	return step->type == STEP_OVERLAY ? step->upper : NULL;
}

static void protect_at(struct planner *p, size_t mounts, const char *top,
		       const char *target, const struct guard *guard)
{
	struct host_file file = { .type = S_IFDIR };
	struct step *step;

	if (has_step(p, mounts, STEP_PROTECT, target))
		return;
	pin(p, mounts, top, target, guard);
	(void)p->host->lookup(p->host, guard->path, &file);
	step = plan_step(p, STEP_PROTECT, target, &guard->pos);
	step->file_type = file.type;
	step->readonly = true;
}

/*
 * Whether @errnum of looking at a path means that there is none. Anything else says that
 * we do not know, so what would be done about it is told as a mistake.
 */
static bool not_there(struct planner *p, const struct guard *guard, int errnum,
		      const char *what)
{
	if (errnum && errnum != ENOENT && errnum != ENOTDIR)
		diag_add(p->diags, &guard->pos, "\"%s\" cannot be %s: %s", guard->path,
			 what, strerror(errnum));
	return errnum == ENOENT || errnum == ENOTDIR;
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

/* The deepest mount at or above @target, which is what is seen there. */
static const struct step *mount_at(const struct planner *p, size_t mounts,
				   const char *target)
{
	const struct step *found = NULL;

	for (size_t i = 0; i < mounts; i++) {
		const struct step *step = &p->plan->steps[i];

		if (path_within(target, step->target) &&
		    (!found || path_depth(step->target) >= path_depth(found->target)))
			found = step;
	}
	return found;
}

/* Where the writable mount @step shows @real, if that is not covered; else NULL. */
static const char *shown_at(const struct planner *p, size_t mounts,
			    const struct step *step, const char *real)
{
	const char *origin = writable_origin(step), *target = NULL;

	if (origin && path_within(real, origin))
		target = path_join(p->arena, step->target, path_below(real, origin));
	else if (origin && path_within(origin, real)) /* only a part of it is shown */
		target = step->target;
	return target && mount_at(p, mounts, target) == step ? target : NULL;
}

static bool anywhere(const struct planner *p, size_t mounts, const char *real)
{
	for (size_t i = 0; i < mounts; i++)
		if (shown_at(p, mounts, &p->plan->steps[i], real))
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
 * Where a file is in the place of one of its directories, that is what decides what the
 * path will be, such as the ".git" of a worktree, and so it is protected instead.
 */
static void protect(struct planner *p, size_t mounts, const struct guard *guard)
{
	const char *real = canonical(p, guard->path);
	struct host_file file;
	int errnum;

	if (real && plan_swapped(p, guard->path, real)) {
		diag_add(p->diags, &guard->pos,
			 "\"%s\" cannot be protected: on the way to \"%s\" there is a "
			 "symbolic link that the command could replace",
			 guard->path, real);
		return;
	}
	if (!real || !anywhere(p, mounts, real))
		return;
	errnum = p->host->lookup(p->host, guard->path, &file);
	if (errnum == ENOTDIR) {
		protect(p, mounts,
			&(struct guard){ .path = existing(p, guard->path),
					 .optional = guard->optional,
					 .pos = guard->pos });
		return;
	}
	if (not_there(p, guard, errnum, "protected")) {
		missing(p, guard, real);
		if (!guard->own)
			return;
	} else if (errnum) {
		return;
	}
	for (size_t i = 0; i < mounts; i++) {
		const char *target = shown_at(p, mounts, &p->plan->steps[i], real);

		if (target)
			protect_at(p, mounts, p->plan->steps[i].target, target, guard);
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

/* What nothing can write to needs no guard, and no look at the host. */
static bool writes_anywhere(const struct planner *p, size_t mounts)
{
	for (size_t i = 0; i < mounts; i++)
		if (writable_origin(&p->plan->steps[i]))
			return true;
	return false;
}

static void protect_all(struct planner *p, size_t mounts)
{
	const struct texts *paths = &p->policy->fs.protect;
	struct guard guard;

	for (size_t i = 0; i < paths->len; i++) {
		plain_path(p, &paths->items[i], "fs.protect", &guard);
		if (guard.path && writes_anywhere(p, mounts))
			protect(p, mounts, &guard);
	}
	if (!writes_anywhere(p, mounts))
		return;
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

static bool shows_only(const struct step *step, const char *real)
{
	for (size_t n = 0; step_origin(step, n); n++)
		if (path_within(step_origin(step, n), real))
			return true;
	return false;
}

/* What is mounted from inside a denied path is not mounted at all. */
static void drop_denied(struct planner *p, const struct guard *guard)
{
	struct step *steps = p->plan->steps;
	struct host_file file;
	size_t kept = 0;

	if (p->host->lookup(p->host, guard->path, &file) != 0)
		return;
	for (size_t i = 0; i < p->plan->steps_len; i++) {
		if (shows_only(&steps[i], file.real))
			plan_leave_out(p, steps[i].target,
				       "denied, and so not mounted here at all",
				       &guard->pos);
		else
			steps[kept++] = steps[i];
	}
	p->plan->steps_len = kept;
}

static void cover_at(struct planner *p, size_t mounts, const struct host_file *file,
		     const struct guard *guard, const char *target)
{
	struct step *step;

	if (has_step(p, mounts, STEP_DENY, target))
		return;
	step = plan_step(p, STEP_DENY, target, &guard->pos);
	step->file_type = file->type;
	step->optional = true; /* another mount may cover it already */
}

/* Covers @file of the host at every place where a mount shows it. */
static void cover(struct planner *p, size_t mounts, const struct host_file *file,
		  const struct guard *guard)
{
	for (size_t i = 0; i < mounts; i++) {
		for (size_t n = 0; step_origin(&p->plan->steps[i], n); n++) {
			const char *origin = step_origin(&p->plan->steps[i], n);

			if (path_within(file->real, origin))
				cover_at(p, mounts, file, guard,
					 path_join(p->arena, p->plan->steps[i].target,
						   path_below(file->real, origin)));
		}
	}
}

static bool is_shown(const struct planner *p, size_t mounts, const char *real)
{
	for (size_t i = 0; i < mounts; i++)
		for (size_t n = 0; step_origin(&p->plan->steps[i], n); n++)
			if (path_within(real, step_origin(&p->plan->steps[i], n)))
				return true;
	return false;
}

/* A name with a slip in it hides nothing, and nobody would see that it does not. */
static void warn_missing(struct planner *p, const struct guard *guard)
{
	struct plan *plan = p->plan;
	struct diag *warning = arena_append(p->arena, &plan->warnings,
					    &plan->warnings_len, sizeof *warning);

	*warning = (struct diag){
		guard->pos,
		arena_printf(p->arena,
			     "\"%s\" does not exist, so fs.deny hides nothing there; "
			     "\"?%s\" says that it may be missing",
			     guard->path, guard->path)
	};
}

static void cover_denied(struct planner *p, size_t mounts, const struct guard *guard)
{
	struct host_file file = { .real = NULL };
	int errnum = p->host->lookup(p->host, guard->path, &file);

	if (errnum)
		file.real = canonical(p, guard->path);
	if (!file.real || errnum == ENOENT || errnum == ENOTDIR) {
		if (!guard->optional)
			warn_missing(p, guard);
		return; /* what is not there needs no hiding */
	}
	if (errnum && is_shown(p, mounts, file.real))
		(void)not_there(p, guard, errnum, "hidden");
	else if (!errnum)
		cover(p, mounts, &file, guard);
}

/*
 * sbox's own secrets: made now if a mount would show them once they are there, covered
 * whether they are or not. A read-only mount is no help: a socket below one can be used.
 */
static void hide_own(struct planner *p, size_t mounts, const char *path)
{
	const struct guard guard = { .path = path, .own = true };
	const char *real = canonical(p, path);
	struct host_file file;

	for (size_t i = 0; real && i < mounts; i++) {
		const struct step *mount = &p->plan->steps[i];

		for (size_t n = 0; step_origin(mount, n); n++) {
			const char *origin = step_origin(mount, n);

			if (path_within(origin, real))
				diag_add(p->diags, &mount->pos,
					 "\"%s\" cannot be shown: whoever sees it can "
					 "start commands in other sandboxes",
					 origin);
		}
	}
	if (!real || !is_shown(p, mounts, real))
		return;
	if (p->host->lookup(p->host, path, &file) != 0) {
		missing(p, &guard, real);
		file = (struct host_file){ .type = S_IFDIR, .real = real };
	}
	/* else the command could put a directory of its own in the place of the one above
	 */
	for (size_t i = 0; i < mounts; i++) {
		const char *target = shown_at(p, mounts, &p->plan->steps[i], real);

		if (target)
			pin(p, mounts, p->plan->steps[i].target, target, &guard);
	}
	cover(p, mounts, &file, &guard);
}

/*
 * A command without an inner user namespace owns its mounts: it could simply unmount
 * what guards a path, so nothing of the kind is promised.
 */
static void check_owner(struct planner *p, size_t mounts)
{
	for (size_t i = mounts; !p->plan->has_inner && i < p->plan->steps_len; i++) {
		const struct step *step = &p->plan->steps[i];

		if (step->type == STEP_PIN)
			continue;
		diag_add(p->diags,
			 step->pos.file ? &step->pos : &p->policy->namespaces.inner.pos,
			 "\"%s\" cannot be %s a command that owns its mounts "
			 "(namespaces.inner = false): it could unmount the cover; do not "
			 "show the "
			 "directory that it is in",
			 step->target,
			 step->type == STEP_DENY ? "hidden from" : "protected from");
	}
}

void plan_guards(struct planner *p)
{
	const struct texts *paths = &p->policy->fs.deny;
	struct guard *denied = arena_alloc(p->arena, (paths->len + 1) * sizeof *denied);
	size_t mounts;

	for (size_t i = 0; i < paths->len; i++) {
		plain_path(p, &paths->items[i], "fs.deny", &denied[i]);
		if (denied[i].path)
			drop_denied(p, &denied[i]);
	}
	mounts = p->plan->steps_len;
	protect_all(p, mounts);
	for (size_t i = 0; i < paths->len; i++)
		if (denied[i].path)
			cover_denied(p, mounts, &denied[i]);
	for (size_t i = 0; p->input->hidden_dirs && p->input->hidden_dirs[i]; i++)
		hide_own(p, mounts, p->input->hidden_dirs[i]);
	check_owner(p, mounts);
}
