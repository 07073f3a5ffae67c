/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * caches.c - private caches: what is kept for later runs, and shown to nobody else
 *
 * A cache called NAME is the directory NAME/data in a directory of sbox's own
 * (box/cache/cache.h), which deny.c hides from everyone. Here it becomes a writable bind
 * mount of that one directory. It may be missing: it is made when the sandbox is started.
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "plan/parts.h"
#include "policy/forms.h"

const char *plan_caches_dir(const struct planner *p)
{
	const char *dir = p->input->caches, *parent = dir;
	struct host_file file = { 0 };

	if (!dir)
		return NULL;
	/* a link in its own place would be refused: box/cache/cache.h */
	do
		parent = path_parent(p->arena, parent);
	while (p->host->lookup(p->host, parent, &file) != 0 && strcmp(parent, "/") != 0);
	return path_join(p->arena, file.real ? file.real : parent,
			 path_below(dir, parent));
}

/*
 * Where the command finds it; NULL after a mistake. Without HOME programs take the home
 * directory of /etc/passwd, which is "/" in the one that sbox makes.
 */
static const char *target_of(struct planner *p, const struct cachespec *spec,
			     const struct text *text)
{
	const char *home = plan_home(p);

	if (*spec->path == '/')
		return spec->path;
	if (home || !p->policy->fs.root.s)
		return path_join(p->arena, home ? home : "/", spec->path);
	diag_add(p->diags, &text->pos,
		 "the command has no HOME that the cache \"%s\" could be in: set it "
		 "(env.set), or say \"%s:/PATH\"",
		 text->s, spec->name);
	return NULL;
}

/* Whether a later layer, or this one again, says something of the same cache. */
static bool was_replaced(struct planner *p, size_t number, const char *name)
{
	const struct texts *caches = &p->policy->fs.cache;
	const struct text *text = &caches->items[number];
	struct cachespec spec;

	for (size_t i = 0; i < caches->len; i++) {
		const struct text *other = &caches->items[i];

		if (i == number || cachespec_parse(p->arena, other->s, &spec) < 0 ||
		    strcmp(spec.name, name) != 0)
			continue;
		if (other->layer > text->layer)
			return true;
		if (other->layer == text->layer && i > number)
			diag_add(p->diags, &other->pos,
				 "the cache \"%s\" is asked for here and at %s:%u "
				 "already: one of them must go",
				 name, text->pos.file, text->pos.line);
	}
	return false;
}

/* -1: something is in the place of a cache, and that is told. */
static int look_at_cache(struct planner *p, const char *path, const struct text *text,
			 struct host_file *ret)
{
	int errnum = p->host->lookup(p->host, path, ret);

	if (errnum == 0 && strcmp(ret->real, path) != 0)
		return diag_add(p->diags, &text->pos,
				"the cache \"%s\" cannot be used: \"%s\" leads to \"%s\" "
				"by a symbolic link, which sbox has not made: remove it",
				text->s, path, ret->real);
	if (errnum == ENOTDIR || (errnum == 0 && ret->type != S_IFDIR))
		return diag_add(
			p->diags, &text->pos,
			"the cache \"%s\" cannot be used: \"%s\" is no directory, "
			"something else was put there",
			text->s, path);
	if (errnum && errnum != ENOENT)
		return diag_add(p->diags, &text->pos,
				"the cache \"%s\" cannot be used: \"%s\": %s", text->s,
				path, strerror(errnum));
	if (errnum)
		*ret = (struct host_file){ 0 };
	return 0;
}

static void add_cache(struct planner *p, const char *dir, size_t number)
{
	const struct text *text = &p->policy->fs.cache.items[number];
	struct cachespec spec;
	struct host_file file;
	const char *source, *target;
	struct step *step;

	if (cachespec_parse(p->arena, text->s, &spec) < 0 ||
	    was_replaced(p, number, spec.name))
		return;
	source = path_join(p->arena, path_join(p->arena, dir, spec.name), "data");
	target = target_of(p, &spec, text);
	if (!target || look_at_cache(p, source, text, &file) < 0)
		return;
	step = plan_step(p, p->input->caches_aside ? STEP_TMPFS : STEP_BIND, target,
			 &text->pos);
	step->layer = text->layer;
	if (p->input->caches_aside) {
		step->size = p->policy->limits.tmpfs.value;
		step->inodes = p->policy->limits.inodes.value;
		step->mode = 0755;
		return;
	}
	step->cache = spec.name;
	step->source = source;
	step->dev = file.dev;
	step->ino = file.ino;
	step->file_type = S_IFDIR;
}

void plan_caches(struct planner *p)
{
	const struct texts *caches = &p->policy->fs.cache;
	const char *dir;

	if (caches->len == 0)
		return;
	dir = plan_caches_dir(p);
	if (!dir) {
		diag_add(p->diags, &caches->items[0].pos,
			 "neither XDG_CACHE_HOME nor HOME says where the cache \"%s\" "
			 "could be kept",
			 caches->items[0].s);
		return;
	}
	if (plan_swapped(p, p->input->caches, dir) ||
	    plan_dangling(p, p->input->caches)) {
		diag_add(
			p->diags, &caches->items[0].pos,
			"caches cannot be kept in \"%s\": on the way there is a symbolic "
			"link that the command could replace; set XDG_CACHE_HOME to what "
			"it leads to",
			p->input->caches);
		return;
	}
	for (size_t i = 0; i < caches->len; i++)
		add_cache(p, dir, i);
}
