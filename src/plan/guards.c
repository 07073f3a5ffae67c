/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guards.c - denied and protected paths, put among and behind the mounts; see guarding.h
 */
#include "config.h"

#include <string.h>

#include "base/path.h"
#include "plan/guarding.h"

/*
 * A command without an inner user namespace owns its mounts: it could simply unmount
 * what guards a path, so nothing of the kind is promised.
 */
static void check_mounts_owner(const struct guards *g)
{
	struct planner *p = g->p;

	for (size_t i = 0; !p->plan->has_inner && i < p->plan->steps_len; i++) {
		const struct step *step = &p->plan->steps[i];

		if (step->type != STEP_DENY && step->type != STEP_PROTECT)
			continue;
		diag_add(p->diags,
			 step->pos.file ? &step->pos : &p->policy->namespaces.inner.pos,
			 "\"%s\" cannot be %s a command that owns its mounts "
			 "(namespaces.inner = false): it could unmount the cover; do not "
			 "show the directory that it is in",
			 step->target,
			 step->type == STEP_DENY ? "hidden from" : "protected from");
	}
}

/*
 * Whether the command would have more than it is promised where it unmounts @mount, which
 * lies in what @on shows and lets it write to.
 */
static bool reveals(const struct planner *p, const struct step *on,
		    const struct step *mount)
{
	const char *origin = guards_writable_origin(on), *under;

	if (!origin || (p->policy->fs.root.s && strcmp(on->target, "/") == 0))
		return false; /* a root directory of its own hides nothing of ours */
	under = path_join(p->arena, origin, path_below(mount->target, on->target));
	switch (mount->type) {
	case STEP_BIND:
		return mount->readonly || strcmp(mount->source, under) != 0;
	case STEP_TMPFS:
	case STEP_OVERLAY:
	case STEP_MQUEUE:
	case STEP_DEV:
	case STEP_PROC:
	case STEP_FILE:
		return true;
	case STEP_SYMLINK:
	case STEP_DIR:
	case STEP_PIN:
	case STEP_PROTECT:
	case STEP_DENY:
	case STEP_READONLY:
	case STEP_CHMOD:
		break;
	}
	return false;
}

/* A command that owns its mounts could unmount one in a directory it may write to. */
static void check_mounts(const struct guards *g)
{
	struct planner *p = g->p;

	for (size_t i = 0; !p->plan->has_inner && i < g->mounts_len; i++) {
		const struct step *mount = &g->mounts[i], *on;

		if (strcmp(mount->target, "/") == 0)
			continue;
		on = guards_mount_at(g, path_parent(p->arena, mount->target));
		if (!on || !reveals(p, on, mount))
			continue;
		diag_add(p->diags,
			 mount->pos.file ? &mount->pos : &p->policy->namespaces.inner.pos,
			 "\"%s\" cannot be mounted in \"%s\" (%s:%u), which is writable, "
			 "for "
			 "a command that owns its mounts (namespaces.inner = false): it "
			 "could unmount it, and write to what is below; show that "
			 "read-only, "
			 "or only parts of it",
			 mount->target, on->target, on->pos.file ? on->pos.file : "sbox",
			 on->pos.line);
	}
}

void plan_guards(struct planner *p)
{
	struct guards guards = { .p = p };

	guards_note_mounts(&guards);
	guards_deny(&guards);
	plan_instructions(p);
	guards_protect(&guards);
	check_mounts_owner(&guards);
	check_mounts(&guards);
}
