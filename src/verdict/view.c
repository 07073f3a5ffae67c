/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* view.c - what is seen at a path inside, by the plan alone; see view.h */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "policy/devlist.h"
#include "verdict/view.h"

#define HOPS_MAX 40 /* as the kernel: path_resolution(7) */

/* One look at @place->path, with the first @steps steps done. */
struct look {
	const struct view *view;
	size_t steps;
	struct place *place;
};

/* Whether some step has made a directory on its way to a target below @path. */
static bool on_the_way(const struct look *look, const char *path)
{
	for (size_t i = 0; i < look->steps; i++) {
		const char *at = look->view->at[i];

		if (at && path_within(at, path))
			return true;
	}
	return false;
}

/* A file system that begins empty: what is in it are directories for other steps. */
static void look_empty(const struct look *look, const char *top)
{
	struct place *place = look->place;

	if (strcmp(place->path, top) == 0 || place->maker ||
	    on_the_way(look, place->path))
		place->kind = PLACE_DIR;
}

/* Mount points, and directories on the way to them, are made where they are lacking. */
static void look_made(const struct look *look)
{
	struct place *place = look->place;

	if (place->kind == PLACE_ABSENT &&
	    (place->maker || on_the_way(look, place->path)))
		place->kind = PLACE_DIR;
}

/* Fills @place with what the host has at @path; a symlink there is not followed. */
static void look_host(const struct look *look, const char *path, struct place *place)
{
	const struct host *host = look->view->host;
	struct host_file file;
	int errnum = host->lookup(host, path, &file);
	const char *link = host->link(host, path);

	if (link) {
		place->kind = PLACE_LINK;
		place->link = link;
		place->source = path;
	} else if (errnum == 0) {
		place->kind = file.type == S_IFDIR ? PLACE_DIR : PLACE_FILE;
		place->type = file.type;
		place->source = path;
	} else if (errnum != ENOENT && errnum != ENOTDIR) {
		place->kind = PLACE_UNSEEN;
		place->errnum = errnum;
	}
}

static void look_bind(const struct look *look, const char *below)
{
	struct place *place = look->place;

	look_host(look, path_join(look->view->arena, place->step->source, below), place);
	if (place->step->cache && !*below) { /* made by then */
		place->kind = PLACE_DIR;
		place->type = S_IFDIR;
	}
}

/* overlayfs marks what was removed by a device 0:0. */
static bool is_whiteout(const struct look *look, const struct place *place)
{
	struct host_file file;

	return place->kind == PLACE_FILE && place->type == S_IFCHR &&
	       look->view->host->lookup(look->view->host, place->source, &file) == 0 &&
	       file.rdev == 0;
}

enum layer_answer {
	LAYER_LACKS,  /* the next one is asked */
	LAYER_HIDES,  /* it has not got it, and nothing of those below it is seen */
	LAYER_DECIDES /* what it has is seen */
};

static enum host_opaque ask_opaque(const struct look *look, const char *path)
{
	const struct host *host = look->view->host;

	return host->opaque ? host->opaque(host, path) : HOST_UNSURE;
}

/*
 * The entry at @below in @layer, a directory of the host that is part of an overlay: into
 * *ret if it decides; into *ret_dir the last directory on the way there of which nobody
 * knows whether it hides what the layers below have in it, if there is one.
 */
static enum layer_answer look_layer(const struct look *look, const char *layer,
				    const char *below, struct place *ret,
				    const char **ret_dir)
{
	struct arena *arena = look->view->arena;
	enum layer_answer lacks = LAYER_LACKS;
	enum host_opaque opaque;
	size_t len = 0;

	for (;;) {
		const char *path =
			path_join(arena, layer, arena_strndup(arena, below, len));

		*ret = (struct place){ .path = path };
		look_host(look, path, ret);
		if (ret->kind == PLACE_ABSENT)
			return lacks;
		if (is_whiteout(look, ret))
			return LAYER_HIDES;
		if (!below[len] || ret->kind == PLACE_UNSEEN)
			return LAYER_DECIDES;
		if (ret->kind != PLACE_DIR)
			return LAYER_HIDES;
		/* the top of a layer is never opaque */
		opaque = len > 0 ? ask_opaque(look, path) : HOST_MERGED;
		if (opaque == HOST_OPAQUE)
			lacks = LAYER_HIDES;
		else if (opaque == HOST_UNSURE)
			*ret_dir = path;
		len += below[len] == '/';
		len += strcspn(below + len, "/");
	}
}

static void look_overlay(const struct look *look, const char *below)
{
	const struct step *step = look->place->step;
	const char *merged = NULL, *dir = NULL;
	struct place *place = look->place, seen;
	enum layer_answer answer = LAYER_LACKS;

	if (step->upper)
		answer = look_layer(look, step->upper, below, &seen, &dir);
	for (size_t i = 0; answer == LAYER_LACKS && step->lowers[i]; i++) {
		merged = dir;
		answer = look_layer(look, step->lowers[i], below, &seen, &dir);
	}
	if (answer == LAYER_DECIDES && !merged) {
		place->kind = seen.kind;
		place->link = seen.link;
		place->errnum = seen.errnum;
		place->source = seen.source;
		place->type = seen.type;
	}
	look_made(look);
	if (answer == LAYER_DECIDES && merged && place->kind == PLACE_ABSENT) {
		place->kind = PLACE_UNSURE;
		place->merged = merged;
	}
}

static void look_dev(const struct look *look, const char *below)
{
	struct place *place = look->place;

	if (!*below || strcmp(below, "pts") == 0 || strcmp(below, "shm") == 0)
		place->kind = PLACE_DIR;
	if (strncmp(below, "pts/", 4) == 0)
		place->kind = PLACE_RUNTIME;
	for (const struct special_node *node = special_nodes; node->name; node++) {
		if (strcmp(below, node->name) != 0)
			continue;
		place->kind = PLACE_FILE;
		place->type = S_IFCHR;
		place->source = node->path;
	}
	for (const struct special_link *link = special_links; link->name; link++) {
		if (strcmp(below, link->name) != 0)
			continue;
		place->kind = PLACE_LINK;
		place->link = link->to;
	}
	look_made(look);
}

static void look_into(const struct look *look, const char *at)
{
	struct place *place = look->place;
	const char *below = path_below(place->path, at);

	switch (place->step->type) {
	case STEP_BIND:
		look_bind(look, below);
		break;
	case STEP_OVERLAY:
		look_overlay(look, below);
		break;
	case STEP_TMPFS:
		look_empty(look, at);
		break;
	case STEP_DEV:
		look_dev(look, below);
		break;
	case STEP_MQUEUE:
		place->kind = *below ? PLACE_RUNTIME : PLACE_DIR;
		break;
	case STEP_PROC:
		place->kind =
			*below && strcmp(below, "sys") != 0 ? PLACE_RUNTIME : PLACE_DIR;
		break;
	case STEP_DENY:
		place->kind = *below                              ? PLACE_ABSENT
			      : place->step->file_type == S_IFDIR ? PLACE_DIR
								  : PLACE_FILE;
		break;
	case STEP_FILE:
	case STEP_SYMLINK:
	case STEP_DIR:
	case STEP_PIN:
	case STEP_PROTECT:
	case STEP_READONLY:
	case STEP_CHMOD:
		break; /* no mounts of their own: see look_at() */
	}
}

/* Takes @step, which stands at @at, into account. Whether nothing below it matters. */
static bool meet(const struct look *look, const struct step *step, const char *at)
{
	struct place *place = look->place;
	bool here = strcmp(at, place->path) == 0;

	if (!path_within(place->path, at))
		return false;
	switch (step->type) {
	case STEP_PIN:
	case STEP_READONLY:
	case STEP_CHMOD:
		return false;
	case STEP_PROTECT:
		if (!place->protect)
			place->protect = step;
		return false;
	case STEP_DIR:
		if (here && !place->maker)
			place->maker = step;
		return false;
	case STEP_FILE:
	case STEP_SYMLINK:
		if (!here || place->maker)
			return false;
		place->maker = step;
		place->kind = step->type == STEP_FILE ? PLACE_FILE : PLACE_LINK;
		place->link = step->type == STEP_FILE ? NULL : step->source;
		return false; /* what it stands in is still to be found */
	case STEP_BIND:
	case STEP_TMPFS:
	case STEP_OVERLAY:
	case STEP_MQUEUE:
	case STEP_DEV:
	case STEP_PROC:
	case STEP_DENY:
		break;
	}
	place->step = step;
	if (!place->maker || place->maker->type == STEP_DIR)
		look_into(look, at);
	return true;
}

/* Fills @place with what stands at @path, on the way to which there is no link. */
static void look_at(const struct view *view, size_t steps, const char *path,
		    struct place *place)
{
	struct look look = { view, steps, place };

	*place = (struct place){ .path = path };
	for (size_t i = steps; i-- > 0;)
		if (view->at[i] && meet(&look, &view->plan->steps[i], view->at[i]))
			return;
	if (place->kind == PLACE_ABSENT)
		look_empty(&look, "/");
}

struct walk {
	const struct view *view;
	size_t steps;
	struct place *place;
	struct hops *hops; /* NULL: nobody wants to know */
	unsigned links;
	const char *rest; /* what is still to be walked */
};

/* Where the walk goes on from the link that @walk->place is. */
static int follow(struct walk *walk)
{
	struct place *place = walk->place;
	struct arena *arena = walk->view->arena;
	const char *dir = *place->link == '/' ? "/" : path_parent(arena, place->path);

	if (++walk->links > HOPS_MAX)
		return ELOOP;
	if (walk->hops)
		*(struct hop *)arena_append(arena, &walk->hops->list, &walk->hops->len,
					    sizeof(struct hop)) =
			(struct hop){ place->path, place->link,
				      place->maker ? place->maker->pos
						   : (struct srcpos){ 0 } };
	walk->rest = arena_printf(arena, "%s/%s", place->link, walk->rest);
	look_at(walk->view, walk->steps, dir, place);
	return 0;
}

/* One component further. Where nothing is, nothing is below. 0 or an errno. */
static int walk_step(struct walk *walk)
{
	struct arena *arena = walk->view->arena;
	struct place *place = walk->place;
	size_t len = strcspn(walk->rest, "/");
	const char *name = arena_strndup(arena, walk->rest, len), *path = place->path;
	const enum place_kind above = place->kind;
	const char *merged = place->merged;

	if (above == PLACE_FILE)
		return ENOTDIR;
	if (above == PLACE_ABSENT && (strcmp(name, ".") == 0 || strcmp(name, "..") == 0))
		return ENOENT;
	walk->rest += len;
	walk->rest += strspn(walk->rest, "/");
	if (strcmp(name, ".") == 0)
		return 0;
	path = strcmp(name, "..") == 0 ? path_parent(arena, path)
				       : path_join(arena, path, name);
	look_at(walk->view, walk->steps, path, place);
	if (above == PLACE_ABSENT || above == PLACE_UNSURE) {
		place->kind = above;
		place->merged = merged;
	}
	return place->kind == PLACE_LINK ? follow(walk) : 0;
}

static int find_through(const struct view *view, size_t steps, const char *path,
			struct place *ret, struct hops *hops)
{
	struct walk walk = { view, steps, ret, hops, 0, path + strspn(path, "/") };
	int errnum = 0;

	look_at(view, steps, "/", ret);
	while (errnum == 0 && *walk.rest) {
		errnum = walk_step(&walk);
		walk.rest += strspn(walk.rest, "/");
	}
	return errnum;
}

int view_find(const struct view *view, const char *path, struct place *ret,
	      struct hops *hops)
{
	return find_through(view, view->plan->steps_len, path, ret, hops);
}

/* A link, and what must not follow one, stands where its name is, not where it leads. */
static const char *stand(const struct view *view, size_t i)
{
	const struct step *step = &view->plan->steps[i];
	struct place place = { .path = NULL };

	if (strcmp(step->target, "/") == 0)
		return "/";
	if (step->type == STEP_SYMLINK || step->type == STEP_DENY ||
	    step->type == STEP_DIR) {
		if (find_through(view, i, path_parent(view->arena, step->target), &place,
				 NULL))
			return NULL;
		return path_join(view->arena, place.path, path_last(step->target));
	}
	if (find_through(view, i, step->target, &place, NULL))
		return NULL;
	return place.path;
}

void view_init(struct view *view, const struct plan *plan, const struct host *host,
	       struct arena *arena)
{
	struct place place;

	*view = (struct view){ plan, host, arena, NULL };
	view->at = arena_alloc(arena, (plan->steps_len + 1) * sizeof *view->at);
	for (size_t i = 0; i < plan->steps_len; i++) {
		view->at[i] = stand(view, i);
		if (plan->steps[i].type != STEP_DENY || !view->at[i])
			continue;
		/* another mount may show nothing there that could be covered */
		look_at(view, i, view->at[i], &place);
		if (place.kind == PLACE_ABSENT)
			view->at[i] = NULL;
	}
}
