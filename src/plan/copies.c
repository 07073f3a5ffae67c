/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * copies.c - files of root's whose owner a program checks
 *
 * The host's root has no number inside, so its files belong to nobody there, and ssh(1)
 * refuses settings that belong neither to root nor to who runs it. Where the profile
 * shows such a file, the command sees a copy of its own in its place, with the same
 * permissions, read-only like what it covers: nothing is shown that was not.
 */
#include "config.h"

#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "plan/parts.h"

/* What ssh includes as distributions have it; what ssh_config(5) itself says is not
 * checked. */
static const char *const checked[] = {
	"/etc/ssh/ssh_config.d",                         /* Debian, Fedora, Arch */
	"/usr/etc/ssh/ssh_config.d",                     /* openSUSE */
	"/etc/crypto-policies/back-ends/openssh.config", /* Fedora, by the first */
};

/* Whether the profile may show something of @path: no question to the host before. */
static bool touched(const struct planner *p, const char *path)
{
	for (size_t i = 0; i < p->plan->steps_len; i++)
		if (path_within(p->index[i].target, path))
			return true;
	return plan_shows(p, path);
}

/* Into an empty *ret what stands at @target in the place of @step, which shows the host's
 * file. */
static void make_copy(const struct host_copy *copy, const struct step *step,
		      const char *target, struct step *ret)
{
	*ret = (struct step){ .type = STEP_FILE,
			      .target = target,
			      .source = copy->real,
			      .content = copy->content,
			      .mode = copy->mode,
			      .pos = step->pos,
			      .layer = step->layer,
			      .order = step->order };
}

/* At @target, one of the names of @copy's file, if it is seen there. */
static void place_copy(struct planner *p, const struct host_copy *copy,
		       const char *target, struct plan *added)
{
	const struct step *step = plan_step_above(p, target, true);

	if (!step || plan_denies(p, copy->real))
		return;
	if (strcmp(step->target, target) == 0) {
		if (step->type == STEP_BIND && strcmp(step->source, copy->real) == 0)
			make_copy(copy, step, target, (struct step *)step);
		return;
	}
	/* a link is not mounted over: where it leads has a name as well. Who owns its
	 * mounts is not trusted with one in what it may write to. */
	if (strcmp(target, copy->real) != 0 || !plan_shows(p, target) ||
	    (!step->readonly && !p->plan->has_inner))
		return;
	for (size_t i = 0; i < added->steps_len; i++)
		if (strcmp(added->steps[i].target, target) == 0)
			return;
	make_copy(copy, step, target,
		  arena_append(p->arena, &added->steps, &added->steps_len,
			       sizeof *added->steps));
}

void plan_copies(struct planner *p)
{
	struct plan added = { 0 }; /* apart: the index is to stay in its order */
	struct host_copies copies = { 0 };

	for (size_t i = 0; p->host->copies && i < sizeof checked / sizeof *checked; i++)
		if (touched(p, checked[i]))
			p->host->copies(p->host, checked[i], &copies);
	for (size_t i = 0; i < copies.len; i++) {
		const struct host_copy *copy = &copies.list[i];

		place_copy(p, copy, copy->path, &added);
		if (strcmp(copy->path, copy->real) != 0)
			place_copy(p, copy, copy->real, &added);
	}
	for (size_t i = 0; i < added.steps_len; i++)
		*(struct step *)arena_append(p->arena, &p->plan->steps,
					     &p->plan->steps_len,
					     sizeof *p->plan->steps) = added.steps[i];
}
