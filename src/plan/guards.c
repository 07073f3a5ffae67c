/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guards.c - protected and denied paths, wherever a mount shows them; see plan.h */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "base/pathindex.h"
#include "base/strindex.h"
#include "plan/parts.h"
#include "policy/keys.h"

/* What to protect: a path of the host, as the profile or sbox itself names it. */
struct guard {
	const char *path;
	bool optional; /* may be missing: then a protected one is watched for */
	bool own;      /* a directory of sbox: made if it is missing */
	struct srcpos pos;
};

/* The targets of all steps of one type that were made here. */
struct made {
	const char **targets;
	size_t len;
	struct strindex index;
};

/* The plan's first steps are the mounts; the guards come behind them. */
struct guards {
	struct planner *p;
	size_t mounts;            /* how many */
	struct pathindex origins; /* of the host; a mount's number */
	struct pathindex targets;
	struct made pinned, protected, covered;
};

static void append_name(struct planner *p, const char ***names, size_t *len,
			const char *name)
{
	*(const char **)arena_append(p->arena, names, len, sizeof name) = name;
}

/* Whether @target is none of @made yet. It is from now on. */
static bool first_time(struct guards *g, struct made *made, const char *target)
{
	if (strindex_find(&made->index, made->targets, sizeof target, target))
		return false;
	append_name(g->p, &made->targets, &made->len, target);
	strindex_add(&made->index, g->p->arena, made->targets, sizeof target);
	return true;
}

static void note_mounts(struct guards *g)
{
	struct planner *p = g->p;

	g->mounts = p->plan->steps_len;
	g->origins = g->targets = (struct pathindex){ 0 };
	for (size_t i = 0; i < g->mounts; i++) {
		const struct step *step = &p->plan->steps[i];

		pathindex_add(&g->targets, p->arena, step->target, i);
		for (size_t n = 0; step_origin(step, n); n++)
			pathindex_add(&g->origins, p->arena, step_origin(step, n), i);
	}
	pathindex_sort(&g->origins);
	pathindex_sort(&g->targets);
}

/*
 * The mounts that could show @real of the host or something below it, or be from there:
 * their numbers, in order.
 */
static const size_t *mounts_near(const struct guards *g, const char *real,
				 size_t *ret_len)
{
	return pathindex_near(&g->origins, g->p->arena, real, ret_len);
}

/*
 * Makes @target, inside the mount at @top, unmovable: a directory that is a mount
 * point cannot be renamed, so every one from @top down becomes one.
 */
static void pin(struct guards *g, const char *top, const char *target,
		const struct guard *guard)
{
	const char *parent;
	struct step *step;

	if (strcmp(target, top) == 0)
		return;
	parent = path_parent(g->p->arena, target);
	pin(g, top, parent, guard);
	if (strcmp(parent, top) == 0 || !first_time(g, &g->pinned, parent))
		return;
	step = plan_step(g->p, STEP_PIN, parent, &guard->pos);
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

static void protect_at(struct guards *g, const char *top, const char *target,
		       const struct guard *guard)
{
	const struct host *host = g->p->host;
	struct host_file file = { .type = S_IFDIR };
	struct step *step;

	if (!first_time(g, &g->protected, target))
		return;
	pin(g, top, target, guard);
	(void)host->lookup(host, guard->path, &file);
	step = plan_step(g->p, STEP_PROTECT, target, &guard->pos);
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
static const struct step *mount_at(const struct guards *g, const char *target)
{
	size_t number;

	while (!pathindex_last(&g->targets, target, &number)) {
		if (strcmp(target, "/") == 0)
			return NULL;
		target = path_parent(g->p->arena, target);
	}
	return &g->p->plan->steps[number];
}

/* Where the writable mount @step shows @real, if that is not covered; else NULL. */
static const char *shown_at(const struct guards *g, const struct step *step,
			    const char *real)
{
	const char *origin = writable_origin(step), *target = NULL;

	if (origin && path_within(real, origin))
		target = path_join(g->p->arena, step->target, path_below(real, origin));
	else if (origin && path_within(origin, real)) /* only a part of it is shown */
		target = step->target;
	return target && mount_at(g, target) == step ? target : NULL;
}

static bool anywhere(const struct guards *g, const char *real)
{
	size_t len;
	const size_t *near = mounts_near(g, real, &len);

	for (size_t i = 0; i < len; i++)
		if (shown_at(g, &g->p->plan->steps[near[i]], real))
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
static void protect(struct guards *g, const struct guard *guard)
{
	struct planner *p = g->p;
	const char *real = canonical(p, guard->path);
	const size_t *near;
	struct host_file file;
	size_t len;
	int errnum;

	if (real && plan_swapped(p, guard->path, real)) {
		diag_add(p->diags, &guard->pos,
			 "\"%s\" cannot be protected: on the way to \"%s\" there is a "
			 "symbolic link that the command could replace",
			 guard->path, real);
		return;
	}
	if (!real || !anywhere(g, real))
		return;
	errnum = p->host->lookup(p->host, guard->path, &file);
	if (errnum == ENOTDIR) {
		protect(g, &(struct guard){ .path = existing(p, guard->path),
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
	near = mounts_near(g, real, &len);
	for (size_t i = 0; i < len; i++) {
		const struct step *mount = &p->plan->steps[near[i]];
		const char *target = shown_at(g, mount, real);

		if (target)
			protect_at(g, mount->target, target, guard);
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
static bool writes_anywhere(const struct guards *g)
{
	for (size_t i = 0; i < g->mounts; i++)
		if (writable_origin(&g->p->plan->steps[i]))
			return true;
	return false;
}

static void protect_all(struct guards *g)
{
	struct planner *p = g->p;
	const struct texts *paths = &p->policy->fs.protect;
	const bool writes = writes_anywhere(g);
	struct guard guard;

	for (size_t i = 0; i < paths->len; i++) {
		plain_path(p, &paths->items[i], "fs.protect", &guard);
		if (guard.path && writes)
			protect(g, &guard);
	}
	if (!writes)
		return;
	for (size_t i = 0; p->input->profile_files[i]; i++) {
		guard = (struct guard){ .path = p->input->profile_files[i],
					.optional = true };
		protect(g, &guard);
	}
	for (size_t i = 0; p->input->own_dirs[i]; i++) {
		guard = (struct guard){ .path = p->input->own_dirs[i], .own = true };
		protect(g, &guard);
	}
}

static bool shows_only(const struct step *step, const char *real)
{
	for (size_t n = 0; step_origin(step, n); n++)
		if (path_within(step_origin(step, n), real))
			return true;
	return false;
}

/*
 * What is mounted from inside a denied path is not mounted at all: its place in @dropped
 * becomes true.
 */
static void drop_denied(const struct guards *g, const struct guard *guard, bool *dropped)
{
	struct planner *p = g->p;
	const size_t *near;
	struct host_file file;
	size_t len;

	if (p->host->lookup(p->host, guard->path, &file) != 0)
		return;
	near = mounts_near(g, file.real, &len);
	for (size_t i = 0; i < len; i++) {
		const struct step *mount = &p->plan->steps[near[i]];

		if (dropped[near[i]] || !shows_only(mount, file.real))
			continue;
		dropped[near[i]] = true;
		plan_leave_out(p, mount->target, "denied, and so not mounted here at all",
			       &guard->pos);
	}
}

static void drop_all_denied(struct guards *g, const struct guard *denied, size_t len)
{
	struct plan *plan = g->p->plan;
	bool *dropped = arena_alloc(g->p->arena, g->mounts + 1);
	size_t kept = 0;

	for (size_t i = 0; i < len; i++)
		if (denied[i].path)
			drop_denied(g, &denied[i], dropped);
	for (size_t i = 0; i < g->mounts; i++)
		if (!dropped[i])
			plan->steps[kept++] = plan->steps[i];
	if (kept == g->mounts)
		return;
	plan->steps_len = kept;
	note_mounts(g);
}

static void cover_at(struct guards *g, const struct host_file *file,
		     const struct guard *guard, const char *target)
{
	struct step *step;

	if (!first_time(g, &g->covered, target))
		return;
	step = plan_step(g->p, STEP_DENY, target, &guard->pos);
	step->file_type = file->type;
	step->optional = true; /* another mount may cover it already */
}

/* Covers @file of the host at every place where a mount shows it. */
static void cover(struct guards *g, const struct host_file *file,
		  const struct guard *guard)
{
	size_t len;
	const size_t *near = mounts_near(g, file->real, &len);

	for (size_t i = 0; i < len; i++) {
		const struct step *mount = &g->p->plan->steps[near[i]];

		for (size_t n = 0; step_origin(mount, n); n++) {
			const char *origin = step_origin(mount, n);

			if (path_within(file->real, origin))
				cover_at(g, file, guard,
					 path_join(g->p->arena, mount->target,
						   path_below(file->real, origin)));
		}
	}
}

static bool is_shown(const struct guards *g, const char *real)
{
	size_t len;
	const size_t *near = mounts_near(g, real, &len);

	for (size_t i = 0; i < len; i++)
		for (size_t n = 0; step_origin(&g->p->plan->steps[near[i]], n); n++)
			if (path_within(real,
					step_origin(&g->p->plan->steps[near[i]], n)))
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

static void cover_denied(struct guards *g, const struct guard *guard)
{
	struct planner *p = g->p;
	struct host_file file = { .real = NULL };
	int errnum = p->host->lookup(p->host, guard->path, &file);

	if (errnum)
		file.real = canonical(p, guard->path);
	if (!file.real || errnum == ENOENT || errnum == ENOTDIR) {
		if (!guard->optional)
			warn_missing(p, guard);
		return; /* what is not there needs no hiding */
	}
	if (errnum && is_shown(g, file.real))
		(void)not_there(p, guard, errnum, "hidden");
	else if (!errnum)
		cover(g, &file, guard);
}

/* Whoever sees @mount sees sbox's own secrets at @real, or some of them. */
static void refuse_own(struct planner *p, const struct step *mount, const char *real)
{
	for (size_t n = 0; step_origin(mount, n); n++)
		if (path_within(step_origin(mount, n), real))
			diag_add(p->diags, &mount->pos,
				 "\"%s\" cannot be shown: whoever sees it can "
				 "start commands in other sandboxes",
				 step_origin(mount, n));
}

/*
 * sbox's own secrets: made now if a mount would show them once they are there, covered
 * whether they are or not. A read-only mount is no help: a socket below one can be used.
 */
static void hide_own(struct guards *g, const char *path)
{
	struct planner *p = g->p;
	const struct guard guard = { .path = path, .own = true };
	const char *real = canonical(p, path);
	struct host_file file;
	const size_t *near;
	size_t len;

	if (!real)
		return;
	near = mounts_near(g, real, &len);
	for (size_t i = 0; i < len; i++)
		refuse_own(p, &p->plan->steps[near[i]], real);
	if (!is_shown(g, real))
		return;
	if (p->host->lookup(p->host, path, &file) != 0) {
		missing(p, &guard, real);
		file = (struct host_file){ .type = S_IFDIR, .real = real };
	}
	/* else the command could put a directory of its own in the place of the one above
	 */
	for (size_t i = 0; i < len; i++) {
		const struct step *mount = &p->plan->steps[near[i]];
		const char *target = shown_at(g, mount, real);

		if (target)
			pin(g, mount->target, target, &guard);
	}
	cover(g, &file, &guard);
}

/*
 * A command without an inner user namespace owns its mounts: it could simply unmount
 * what guards a path, so nothing of the kind is promised.
 */
static void check_owner(const struct guards *g)
{
	struct planner *p = g->p;

	for (size_t i = g->mounts; !p->plan->has_inner && i < p->plan->steps_len; i++) {
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
	struct guards guards = { .p = p };

	for (size_t i = 0; i < paths->len; i++)
		plain_path(p, &paths->items[i], "fs.deny", &denied[i]);
	note_mounts(&guards);
	drop_all_denied(&guards, denied, paths->len);
	protect_all(&guards);
	for (size_t i = 0; i < paths->len; i++)
		if (denied[i].path)
			cover_denied(&guards, &denied[i]);
	for (size_t i = 0; p->input->hidden_dirs && p->input->hidden_dirs[i]; i++)
		hide_own(&guards, p->input->hidden_dirs[i]);
	check_owner(&guards);
}
