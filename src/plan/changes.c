/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * changes.c - writable directories of the host that are written to in a change set
 *
 * Theory of operation
 *
 * The profile is planned as if there were no change set, so that every mistake in it is
 * told as ever. Then each bind mount that could be written to becomes an overlay of the
 * same directory, and the guards (guarding.h) treat it as the mount that it was: what it
 * shows of the host is hidden or protected by the same covers. They cannot compare what
 * they cover with the numbers of the host's files, since an overlay has its own.
 *
 * Not everything can be laid under an overlay, and what cannot be is a mistake with a
 * cure: a change set that only some of the writes go to would be worse than none.
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "plan/guarding.h"

static bool is_on(const struct planner *p)
{
	return p->input->changes != NULL;
}

static bool may_write(const struct step *step, mode_t type)
{
	/* what is in a private cache is no change of anything, and other runs use it */
	return step->type == STEP_BIND && !step->readonly && !step->cache &&
	       step->file_type == type;
}

/* changes.dir, which is asked for and never made. */
static const char *asked_place(struct planner *p, const struct text *dir)
{
	struct host_file file;
	int errnum = p->host->lookup(p->host, dir->s, &file);

	if (errnum)
		diag_add(p->diags, &dir->pos, "changes.dir: \"%s\": %s%s", dir->s,
			 strerror(errnum),
			 errnum == ENOENT ? " (mkdir -m 700 makes it)" : "");
	else if (file.type != S_IFDIR)
		diag_add(p->diags, &dir->pos, "changes.dir: \"%s\" is no directory",
			 dir->s);
	else if (plan_swapped(p, dir->s, file.real))
		diag_add(
			p->diags, &dir->pos,
			"changes.dir: \"%s\" leads to \"%s\" by a symbolic link inside a "
			"writable directory: a command could have put it there; name the "
			"target itself",
			dir->s, file.real);
	else
		return file.real;
	return NULL;
}

static const char *find_place(struct planner *p)
{
	const struct text *dir = &p->policy->changes.dir;
	const char *own = p->input->changes_dir;

	if (dir->s)
		return asked_place(p, dir);
	if (!own)
		diag_add(p->diags, &(struct srcpos){ .file = "sbox" },
			 "there is no place for change sets: set XDG_STATE_HOME or HOME, "
			 "or changes.dir");
	return own ? guards_canonical(p, own) : NULL;
}

const char *plan_changes_place(struct planner *p)
{
	const char *layers = p->plan->changes.layers;

	return layers ? path_parent(p->arena, layers) : NULL;
}

void plan_changes(struct planner *p)
{
	const char *place = is_on(p) ? find_place(p) : NULL;

	p->plan->changes.on = is_on(p);
	if (!place)
		return;
	p->plan->changes.layers = path_join(p->arena, place, p->input->changes);
	for (size_t i = 0; i < p->plan->steps_len; i++) {
		struct step *step = &p->plan->steps[i];

		if (!may_write(step, S_IFDIR))
			continue;
		step->type = STEP_OVERLAY;
		step->changes = true;
		step->lowers = arena_alloc(p->arena, 2 * sizeof *step->lowers);
		step->lowers[0] = step->source;
	}
}

/* The device that the layers are on: of the part of their path that is there. */
static bool other_device(struct planner *p, const struct step *step)
{
	const char *path = p->plan->changes.layers;
	struct host_file file;

	while (p->host->lookup(p->host, path, &file) != 0) {
		if (strcmp(path, "/") == 0)
			return false;
		path = path_parent(p->arena, path);
	}
	return file.dev != step->dev;
}

/* Why the directory of @step cannot be written to in a change set; NULL: it can. */
static const char *why_not(struct planner *p, const struct step *step)
{
	const char *layers = p->plan->changes.layers, *below;

	if (p->policy->fs.root.s && strcmp(step->target, "/") == 0)
		return "is the root (fs.root_mode = \"rw\"), and no change set holds "
		       "that: "
		       "\"ro\" or \"overlay\"";
	if (path_within(layers, step->source))
		return arena_printf(p->arena,
				    "has the directory of the change sets itself in it "
				    "(\"%s\"): let the command write to less of it, or "
				    "set changes.dir",
				    path_parent(p->arena, layers));
	below = p->host->mount_below ? p->host->mount_below(p->host, step->source) : NULL;
	if (below)
		return arena_printf(
			p->arena,
			"has another file system in it, at \"%s\", and no "
			"change set can be laid over that: name the directories "
			"beside it instead, or unmount it",
			below);
	if (other_device(p, step))
		return arena_printf(
			p->arena,
			"is on another file system than \"%s\", where the "
			"change set would be: make a directory there (mkdir -m "
			"700) and set changes.dir to it",
			path_parent(p->arena, layers));
	return NULL;
}

/*
 * Whether two of the trees show one directory at two places: what is written at one of
 * them would not be seen at the other, and both would be committed.
 */
static bool shown_twice(struct planner *p, const struct step *a, const struct step *b)
{
	const struct step *outer = path_within(b->source, a->source) ? a : b;
	const struct step *inner = outer == a ? b : a;

	return path_within(inner->source, outer->source) &&
	       strcmp(inner->target,
		      path_join(p->arena, outer->target,
				path_below(inner->source, outer->source))) != 0;
}

static void check_once(struct planner *p, const struct step *step)
{
	for (const struct step *other = p->plan->steps; other < step; other++)
		if (other->type == STEP_OVERLAY && other->changes &&
		    shown_twice(p, other, step))
			diag_add(
				p->diags, &step->pos,
				"\"%s\" is shown writable a second time (\"%s\" at %s:%u "
				"is it as well), and a change set has each file once: "
				"one "
				"of them must go, or be read-only",
				step->source, other->source,
				other->pos.file ? other->pos.file : "sbox",
				other->pos.line);
}

static void add_tree(struct planner *p, struct step *step)
{
	struct plan_changes *changes = &p->plan->changes;
	const size_t n = changes->trees_len;
	const char *why = why_not(p, step);

	if (why)
		diag_add(p->diags, &step->pos, "\"%s\" %s", step->source, why);
	check_once(p, step);
	step->upper = arena_printf(p->arena, "%s/%zu/up", changes->layers, n);
	step->work = arena_printf(p->arena, "%s/%zu/wk", changes->layers, n);
	*(struct plan_tree *)arena_append(p->arena, &changes->trees, &changes->trees_len,
					  sizeof *changes->trees) =
		(struct plan_tree){ step->source, step->target, step->dev, step->ino };
}

static void append_text(struct planner *p, const char ***list, size_t *len,
			const char *path)
{
	*(const char **)arena_append(p->arena, list, len, sizeof path) = path;
}

/* What the guard table protects is judged anew by whoever commits. */
static void note_covered(struct planner *p, const struct step *step)
{
	struct plan_changes *changes = &p->plan->changes;

	if (!step->changes || step->guard ||
	    (step->type != STEP_DENY && step->type != STEP_PROTECT))
		return;
	for (size_t i = 0; i < changes->trees_len; i++)
		if (strcmp(changes->trees[i].target, step->top) == 0)
			append_text(p, &changes->hidden, &changes->hidden_len,
				    path_join(p->arena, changes->trees[i].lower,
					      path_below(step->target, step->top)));
}

static void note_missing(struct planner *p, const char *path)
{
	struct plan_changes *changes = &p->plan->changes;

	for (size_t i = 0; i < changes->trees_len; i++)
		if (path_within(path, changes->trees[i].lower)) {
			append_text(p, &changes->watched, &changes->watched_len, path);
			return;
		}
}

void plan_changes_trees(struct planner *p)
{
	struct plan *plan = p->plan;

	if (!plan->changes.layers)
		return;
	for (size_t i = 0; i < plan->steps_len; i++) {
		struct step *step = &plan->steps[i];

		if (step->type == STEP_OVERLAY && step->changes)
			add_tree(p, step);
		else if (may_write(step, S_IFREG))
			diag_add(p->diags, &step->pos,
				 "\"%s\" is a file, and a change set is of directories: "
				 "let the command write to the directory that it is in, "
				 "or "
				 "show it read-only (fs.read)",
				 step->source);
	}
	for (size_t i = 0; i < plan->steps_len; i++)
		note_covered(p, &plan->steps[i]);
	for (size_t i = 0; i < plan->watch_len; i++)
		note_missing(p, plan->watch[i].path);
	for (size_t i = 0; i < plan->guard.facts.watch.len; i++)
		note_missing(p, plan->guard.facts.watch.list[i].path);
}
