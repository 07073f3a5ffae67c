/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* instructions.c - what of writable directories other programs would run; see plan.h */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "plan/guarding.h"

const char *guard_facts_why(const struct guard_facts *facts)
{
	return facts->errnum == E2BIG ? "what is to be guarded is more than 4096 places: "
					"let the command write to less of it"
				      : strerror(facts->errnum);
}

/* Each is there once. */
static void append(struct planner *p, const char ***list, size_t *len, const char *path)
{
	for (size_t i = 0; i < *len; i++)
		if (strcmp((*list)[i], path) == 0)
			return;
	*(const char **)arena_append(p->arena, list, len, sizeof path) = path;
}

static bool within_one(const char *path, const char *const *dirs, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (path_within(path, dirs[i]))
			return true;
	return false;
}

bool plan_guard_allows(const struct plan_guard *guard, const char *path)
{
	return within_one(path, guard->allowed, guard->allowed_len);
}

/* Where repositories are looked for: directories that the command can write to, and with
 * @apart those that it writes to in a change set. */
struct starts {
	const char **list;
	size_t len;
};

static void writable_dirs(struct planner *p, bool apart, struct starts *ret)
{
	const char *cwd = p->host->cwd;

	for (size_t i = 0; i < p->plan->steps_len; i++) {
		const struct step *step = &p->plan->steps[i];
		const char *dir = guards_writable_origin(step);

		if (dir && (apart || !step->changes) &&
		    (step->type != STEP_BIND || step->file_type == S_IFDIR))
			append(p, &ret->list, &ret->len, dir);
	}
	/* where somebody works there is likely a repository, also deeper inside */
	if (cwd && within_one(cwd, ret->list, ret->len))
		append(p, &ret->list, &ret->len, cwd);
}

/* Each once, and none below another. */
static void outermost(struct planner *p, const struct starts *all,
		      struct plan_guard *guard)
{
	for (size_t i = 0; i < all->len; i++) {
		const char *dir = all->list[i];
		size_t kept = 0;

		if (within_one(dir, guard->dirs, guard->dirs_len))
			continue;
		for (size_t n = 0; n < guard->dirs_len; n++)
			if (!path_within(guard->dirs[n], dir))
				guard->dirs[kept++] = guard->dirs[n];
		guard->dirs_len = kept;
		append(p, &guard->dirs, &guard->dirs_len, dir);
	}
}

static void allowed_by_key(struct planner *p, struct plan_guard *guard)
{
	const struct texts *allow = &p->policy->guard.allow;
	struct host_file file;

	for (size_t i = 0; i < allow->len; i++) {
		const char *path = allow->items[i].s;

		append(p, &guard->allowed, &guard->allowed_len, path);
		if (p->host->lookup(p->host, path, &file) == 0)
			append(p, &guard->allowed, &guard->allowed_len, file.real);
	}
}

/* A profile that names a guarded place itself as writable allows changes there. */
static void allowed_by_mount(struct planner *p, struct plan_guard *guard)
{
	for (size_t i = 0; i < p->plan->steps_len; i++) {
		const char *origin = guards_writable_origin(&p->plan->steps[i]);

		for (size_t n = 0; origin && n < guard->facts.protect.len; n++) {
			if (!path_within(origin, guard->facts.protect.list[n].path))
				continue;
			append(p, &guard->allowed, &guard->allowed_len, origin);
			break;
		}
	}
}

void plan_instructions(struct planner *p)
{
	struct plan_guard *guard = &p->plan->guard;
	struct starts starts = { 0 }, swept = { 0 };

	guard->action = (enum guard_action)p->policy->guard.action.value;
	if (guard->action == GUARD_OFF)
		return;
	writable_dirs(p, true, &starts);
	if (starts.len == 0)
		return;
	/* what is in a change set is looked at by its commit */
	writable_dirs(p, false, &swept);
	outermost(p, &swept, guard);
	guard->mounted = p->plan->has_inner;
	if (p->host->instructions)
		p->host->instructions(p->host, starts.list, starts.len, &guard->facts);
	if (guard->facts.failed)
		diag_add(p->diags, &p->policy->guard.action.pos,
			 "the guard cannot look at \"%s\": %s (guard.action = \"off\" "
			 "does without it)",
			 guard->facts.failed, guard_facts_why(&guard->facts));
	allowed_by_key(p, guard);
	allowed_by_mount(p, guard);
}
