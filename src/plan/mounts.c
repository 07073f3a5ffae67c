/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mounts.c - the mounts of the new root in their order; see plan.h */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "plan/parts.h"
#include "policy/devlist.h"
#include "policy/forms.h"
#include "policy/units.h"

#define LINKS_MAX 8

static int by_target(const void *a, const void *b)
{
	const struct step *x = a, *y = b;
	int c = strcmp(x->target, y->target);

	if (c != 0)
		return c;
	if (x->layer != y->layer)
		return x->layer < y->layer ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static int by_depth(const void *a, const void *b)
{
	const struct step *x = a, *y = b;

	if (x->depth != y->depth)
		return x->depth < y->depth ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* Two steps of one layer for one target: nobody can tell which was meant. */
static void told_twice(struct planner *p, const struct step *first,
		       const struct step *second)
{
	diag_add(p->diags, &second->pos,
		 "\"%s\" is mounted here and at %s:%u already: one of them must go",
		 second->target, first->pos.file ? first->pos.file : "sbox",
		 first->pos.line);
}

/* One step for each target: that of the latest layer. */
static void drop_replaced(struct planner *p)
{
	struct step *steps = p->plan->steps;
	size_t kept = 0;

	qsort(steps, p->plan->steps_len, sizeof *steps, by_target);
	for (size_t i = 0; i < p->plan->steps_len; i++) {
		struct step *last = kept ? &steps[kept - 1] : NULL;

		if (!last || strcmp(last->target, steps[i].target) != 0) {
			steps[kept++] = steps[i];
			continue;
		}
		if (last->layer == steps[i].layer && steps[i].pos.file)
			told_twice(p, last, &steps[i]);
		*last = steps[i];
	}
	p->plan->steps_len = kept;
}

/* Where symlink @link, which stands at @path, points to by its words; NULL: too far up.
 */
static const char *link_target(struct arena *arena, const char *path, const char *link)
{
	const char *dir = *link == '/' ? "/" : path_parent(arena, path);

	while (strncmp(link, "../", 3) == 0) {
		if (strcmp(dir, "/") == 0)
			return NULL;
		dir = path_parent(arena, dir);
		link += 3;
	}
	link += strspn(link, "/");
	return path_clean(arena, path_join(arena, dir, link));
}

/* Whether what is found by following @step's link inside is what it is outside. */
static bool link_works(const struct planner *p, const struct step *step)
{
	const char *target = link_target(p->arena, step->target, step->link);

	return target && !path_within(target, step->target) &&
	       plan_shows(p, path_parent(p->arena, target)) &&
	       plan_shows(p, step->source);
}

/*
 * /bin -> usr/bin stays a symlink where its target is visible under its own name
 * anyway; else what it points to stands in its place.
 */
static void keep_symlinks(struct planner *p)
{
	for (size_t i = 0; i < p->plan->steps_len; i++) {
		struct step *step = &p->index[i];

		if (step->type != STEP_BIND || !step->link || !step->readonly ||
		    !link_works(p, step))
			continue;
		step->type = STEP_SYMLINK;
		step->source = step->link;
	}
}

/* A mount point on the host is used as it is: of its kind, or the very link that is
 * wanted. */
static bool usable(const struct planner *p, const struct step *step, const char *path)
{
	bool dir = step->file_type == S_IFDIR || step->file_type == 0;
	struct host_file file;

	if (step->type == STEP_DIR || p->host->lookup(p->host, path, &file) != 0)
		return false;
	if (step->type == STEP_SYMLINK)
		return file.symlink && strcmp(file.symlink, step->source) == 0;
	if (step->type == STEP_FILE)
		dir = false;
	return (file.type == S_IFDIR) == dir;
}

static bool comes_before(const struct step *a, const struct step *b)
{
	size_t x = path_depth(a->target), y = path_depth(b->target);

	return x != y ? x < y : a->order < b->order;
}

/*
 * Whether directory @path, to which a symlink leads, will be there when @step is carried
 * out: what is not of the host has only what earlier steps have made in it.
 */
static bool led_to(const struct planner *p, const struct step *step, const char *path)
{
	const struct step *above = plan_step_above(p, path, true);
	struct host_file file;

	if (above && above->type == STEP_BIND &&
	    p->host->lookup(
		    p->host,
		    path_join(p->arena, above->source, path_below(path, above->target)),
		    &file) == 0)
		return file.type == S_IFDIR;
	if (above && above->type == STEP_OVERLAY)
		return true; /* as far as we know */
	for (size_t i = 0; i < p->plan->steps_len; i++)
		if (path_within(p->index[i].target, path) &&
		    comes_before(&p->index[i], step))
			return true;
	return false;
}

static bool mount_point_ok(const struct planner *p, const struct step *step,
			   const char *target, unsigned depth);

/* The first symlink on the way from @dir to @below in it, NULL: there is none. */
static const char *first_link(const struct planner *p, const char *dir, const char *below,
			      const char **ret_rest)
{
	const char *end = below, *link = NULL;

	while (!link && *end) {
		end += strspn(end, "/");
		end += strcspn(end, "/");
		link = arena_strndup(p->arena, below, (size_t)(end - below));
		if (!p->host->link(p->host, path_join(p->arena, dir, link)))
			link = NULL;
	}
	*ret_rest = end + strspn(end, "/");
	return link;
}

/*
 * Whether what @above shows of the host has a mount point for @step at @below. A symlink
 * there leads to where it does inside, which is to be there.
 */
static bool bound_ok(const struct planner *p, const struct step *step,
		     const struct step *above, const char *below, unsigned depth)
{
	const char *path = path_join(p->arena, above->source, below), *rest, *name, *to;
	const struct step *led;
	struct host_file file;

	if (p->host->lookup(p->host, path, &file) != 0)
		return false;
	name = strcmp(file.real, path) == 0 || step->type == STEP_SYMLINK
		       ? NULL
		       : first_link(p, above->source, below, &rest);
	if (!name)
		return usable(p, step, path);
	to = link_target(
		p->arena, path_join(p->arena, above->target, name),
		p->host->link(p->host, path_join(p->arena, above->source, name)));
	if (!to)
		return false;
	led = plan_step_above(p, to, true);
	return ((led && led->type == STEP_BIND && !*rest) || led_to(p, step, to)) &&
	       mount_point_ok(p, step, path_join(p->arena, to, rest), depth + 1);
}

/*
 * Whether sbox's own /dev has, or can be given, a mount point for @step at @below: all
 * names but its own are made as they are needed.
 */
static bool dev_ok(const struct step *step, const char *below)
{
	size_t len = strcspn(below, "/");
	bool dir = step->type == STEP_TMPFS || step->type == STEP_OVERLAY ||
		   step->type == STEP_MQUEUE || step->file_type == S_IFDIR;

	if (len == 3 && strncmp(below, "shm", 3) == 0)
		return below[len] || dir;
	if (len == 3 && strncmp(below, "pts", 3) == 0)
		return !below[len] && dir;
	for (const struct special_node *node = special_nodes; node->name; node++)
		if (strlen(node->name) == len && strncmp(node->name, below, len) == 0)
			return !below[len] && !dir && step->type == STEP_BIND;
	for (const struct special_link *link = special_links; link->name; link++)
		if (strlen(link->name) == len && strncmp(link->name, below, len) == 0)
			return false;
	return true;
}

/*
 * Whether a mount point for @step, at @target, can be had: nothing is made on the host
 * for it. A symlink on the way is followed as it will be inside.
 */
static bool mount_point_ok(const struct planner *p, const struct step *step,
			   const char *target, unsigned depth)
{
	const struct step *above = plan_step_above(p, target, depth > 0);
	const char *below, *link;

	if (!above || depth > LINKS_MAX)
		return !above;
	below = path_below(target, above->target);
	switch (above->type) {
	case STEP_FILE:
		return false;
	case STEP_BIND:
		return bound_ok(p, step, above, below, depth);
	case STEP_SYMLINK:
		link = link_target(p->arena, above->target, above->source);
		return link && *below && led_to(p, step, link) &&
		       mount_point_ok(p, step, path_join(p->arena, link, below),
				      depth + 1);
	case STEP_MQUEUE: /* takes no directories */
		return false;
	case STEP_DEV:
		return dev_ok(step, below);
	case STEP_PROC: /* has what the kernel puts there */
		return usable(p, step, path_join(p->arena, "/proc", below));
	case STEP_TMPFS:
	case STEP_OVERLAY:
	case STEP_DIR:
	case STEP_PIN:
	case STEP_PROTECT:
	case STEP_DENY:
	case STEP_READONLY:
	case STEP_CHMOD:
		break; /* not of the host: it is made there */
	}
	return true;
}

/*
 * Where a symlink of the host in what @above shows leads @step, which has no mount point
 * there; NULL: there is none on the way.
 */
static const char *led_astray(struct planner *p, const struct step *above,
			      const struct step *step, const char **ret_link)
{
	const char *name, *rest, *to;

	if (above->type != STEP_BIND || step->type != STEP_BIND)
		return NULL;
	name = first_link(p, above->source, path_below(step->target, above->target),
			  &rest);
	if (!name)
		return NULL;
	*ret_link = path_join(p->arena, above->target, name);
	to = link_target(
		p->arena, *ret_link,
		p->host->link(p->host, path_join(p->arena, above->source, name)));
	return to ? path_join(p->arena, to, rest) : NULL;
}

static void no_mount_point(struct planner *p, const struct step *above,
			   const struct step *step)
{
	const char *link, *to = led_astray(p, above, step, &link);

	if (to)
		diag_add(p->diags, &step->pos,
			 "\"%s\" cannot be shown there: \"%s\" is a symbolic link, "
			 "which leads to \"%s\" inside: name that",
			 step->target, link, to);
	else
		diag_add(p->diags, &step->pos,
			 "\"%s\" has no mount point of its kind in \"%s\" (%s:%u), and "
			 "sbox makes none on the host: create it there",
			 step->target,
			 above->type == STEP_BIND ? above->source : above->target,
			 above->pos.file ? above->pos.file : "sbox", above->pos.line);
}

static void check_mount_points(struct planner *p)
{
	for (size_t i = 0; i < p->plan->steps_len; i++) {
		struct step *step = &p->index[i];
		const struct step *above = plan_step_above(p, step->target, false);

		if (!above || mount_point_ok(p, step, step->target, 0))
			continue;
		if (above->type == STEP_BIND && strcmp(above->target, "/") == 0 &&
		    p->policy->fs.root.s && p->policy->fs.root_mode.value != ROOT_RW) {
			p->plan->root_overlay = true;
			continue;
		}
		no_mount_point(p, above, step);
	}
}

/*
 * A root directory without all the mount points that are needed: they are made in
 * a layer over it, which nobody can write to when the command starts.
 */
static void root_to_overlay(struct planner *p, struct step *root)
{
	const char *source = root->source;

	root->type = STEP_OVERLAY;
	root->lowers = arena_alloc(p->arena, 2 * sizeof *root->lowers);
	root->lowers[0] = source;
	root->size = p->policy->limits.tmpfs.value;
	root->inodes = p->policy->limits.inodes.value;
}

/*
 * What is written over an overlay and thrown away is kept in a tmpfs. One that takes no
 * user.* attributes cannot hold that a directory was removed: "rm -r" of one that a lower
 * layer has fails with EIO, and mv(1) leaves it where it was, beside the copy. A disk
 * would take them, but nothing there is limited, and nobody would remove it after a
 * SIGKILL: where that is to be is for the user to say.
 */
static void check_thrown_away(struct planner *p, const struct step *step)
{
	const bool root = p->policy->fs.root.s && strcmp(step->target, "/") == 0;
	const char *kernel;

	if (step->type != STEP_OVERLAY || step->readonly || step->upper ||
	    !p->host->bare_tmpfs)
		return;
	kernel = p->host->bare_tmpfs(p->host);
	if (!kernel)
		return;
	diag_add(
		p->diags, &step->pos,
		"what is written to \"%s\" cannot be kept in memory: a tmpfs of %s takes "
		"no user.* attributes (6.6 does), without which overlayfs can neither "
		"remove nor move a directory of a lower layer: %s",
		step->target, kernel,
		root ? "instead of fs.root name it as \"lower\" of a [[fs.mount]] of "
		       "type "
		       "\"overlay\", with the target \"/\", and \"upper\" and \"work\" "
		       "on a disk"
		     : "set \"upper\" and \"work\", directories on a disk, or let "
		       "fs.write "
		       "show it and take what is written into a change set "
		       "(--changes=NAME, --try)");
}

/* A mount at "/" (fs.read, fs.write, fs.mount) is a root as well, and as writable as it
 * says. */
static void root_of_a_mount(struct planner *p)
{
	const struct step *root = plan_find_step(p, "/");

	if (root && !p->policy->fs.root.s &&
	    (root->type == STEP_BIND || root->type == STEP_OVERLAY))
		p->plan->root_readonly = root->readonly;
}

/* The host's own /dev or /proc cannot be shown below ours; say so, do not cover it. */
static void check_reserved(struct planner *p)
{
	for (size_t i = 0; i + 1 < p->plan->steps_len; i++) {
		const struct step *a = &p->index[i];
		const char *key = strcmp(a->target, "/dev") == 0    ? "fs.dev"
				  : strcmp(a->target, "/proc") == 0 ? "fs.proc"
								    : NULL;

		if (key && strcmp(a->target, p->index[i + 1].target) == 0 && a->pos.file)
			diag_add(p->diags, &a->pos,
				 "\"%s\" is mounted by sbox: set %s = \"none\" "
				 "to put something else there",
				 a->target, key);
	}
}

/* The profile's directory, else the caller's where the command can see it, else the root.
 */
static void choose_cwd(struct planner *p)
{
	const char *cwd = p->host->cwd, *asked = p->policy->process.cwd.s;
	struct host_file file;

	if (asked) {
		p->plan->cwd = asked;
		p->plan->cwd_of_host = p->host->lookup(p->host, asked, &file) == 0;
	} else if (cwd && plan_shows(p, cwd) && !plan_denies(p, cwd)) {
		p->plan->cwd = cwd;
	} else {
		p->plan->cwd = "/";
	}
}

void plan_mounts(struct planner *p)
{
	struct step *steps;

	if (p->input->given) {
		plan_given_steps(p);
		return;
	}
	plan_sources(p);
	plan_caches(p);
	plan_identity_files(p);
	for (size_t i = 0; i < p->plan->steps_len; i++)
		p->plan->steps[i].order = (unsigned)i;
	steps = p->plan->steps;
	p->index = steps;
	qsort(steps, p->plan->steps_len, sizeof *steps, by_target);
	check_reserved(p);
	drop_replaced(p);
	keep_symlinks(p);
	check_mount_points(p);
	choose_cwd(p);
	root_of_a_mount(p);
	if (p->plan->root_overlay && plan_find_step(p, "/"))
		root_to_overlay(p, (struct step *)plan_find_step(p, "/"));
	for (size_t i = 0; i < p->plan->steps_len; i++)
		check_thrown_away(p, &p->plan->steps[i]);
	plan_copies(p);
	steps = p->plan->steps;
	for (size_t i = 0; i < p->plan->steps_len; i++)
		steps[i].depth = (unsigned)path_depth(steps[i].target);
	qsort(steps, p->plan->steps_len, sizeof *steps, by_depth);
	p->index = NULL;
}
