/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* observed-around.c - directories around what was asked for; see observed-around.h */
#include "config.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "run/observed-around.h"
#include "run/observed-objection.h"
#include "run/project.h"

#define SEEN_MAX 5000 /* below a directory that are looked at */
#define DEPTH_MAX 12
#define ROOM_MAX 4

bool observed_foreign(const struct observed_scope *scope,
		      const struct observed_path *path)
{
	char real[PATH_MAX];
	const char *dir;

	if (!realpath(path->host, real) &&
	    !realpath(path_parent(scope->arena, path->host), real))
		return false;
	for (dir = real; dir[1]; dir = path_parent(scope->arena, dir))
		if (project_is_marked(scope->arena, dir))
			return !scope->project || !path_within(scope->project, dir);
	return false;
}

/* Of a home directory, only what is in a directory of settings, caches and the like. */
static bool is_near_home(const struct observed_scope *scope, const char *dir)
{
	for (const char *const *home = scope->all_homes; *home; home++) {
		const char *below;

		if (!path_within(dir, *home))
			continue;
		below = path_below(dir, *home);
		if (*below != '.' || !strchr(below, '/'))
			return true;
	}
	return false;
}

/* A look through a directory. */
struct looking {
	const struct observed_scope *scope;
	struct arena arena; /* of the names, which are many */
	bool write;
	size_t seen;
};

static bool has_objection(struct looking *l, const char *name)
{
	const struct place nowhere = { 0 };
	const struct observed_path path = { .path = name,
					    .host = name,
					    .write = l->write };

	return observed_objection(l->scope, &nowhere, name, &path) != NULL;
}

static bool has_more_below(struct looking *l, const char *dir, int depth)
{
	DIR *files = depth < DEPTH_MAX ? opendir(dir) : NULL;
	const struct dirent *file;
	bool more = !files || project_is_marked(&l->arena, dir);

	while (!more && (file = readdir(files))) {
		const char *name;

		if (strcmp(file->d_name, ".") == 0 || strcmp(file->d_name, "..") == 0)
			continue;
		name = path_join(&l->arena, dir, file->d_name);
		more = ++l->seen > SEEN_MAX || has_objection(l, name) ||
		       (file->d_type == DT_DIR && has_more_below(l, name, depth + 1)) ||
		       file->d_type == DT_UNKNOWN;
	}
	if (files)
		(void)closedir(files);
	return more;
}

/* Where secrets of the caller can be. */
static bool is_personal_dir(const struct observed_scope *scope, const struct stat *st,
			    const char *real)
{
	for (const char *const *home = scope->all_homes; *home; home++)
		if (path_within(real, *home))
			return true;
	return st->st_uid == getuid();
}

bool observed_has_more(const struct observed_scope *scope, const char *real, bool write)
{
	struct looking l = { .scope = scope, .write = write };
	struct stat st;
	bool more;

	if (stat(real, &st) < 0 || !S_ISDIR(st.st_mode) ||
	    (scope->project && path_within(real, scope->project)) ||
	    !is_personal_dir(scope, &st, real))
		return false;
	more = has_more_below(&l, real, 0);
	arena_done(&l.arena);
	return more;
}

/* Whether @dir of the host, a canonical path, may be granted as a whole. */
static bool may_grant_all(const struct observed_scope *scope, const char *dir, bool write)
{
	const struct place nowhere = { 0 };
	const struct observed_path path = { .path = dir, .host = dir, .write = write };

	return !path_within(dir, "/etc") && !is_near_home(scope, dir) &&
	       !observed_objection(scope, &nowhere, dir, &path) &&
	       !observed_has_more(scope, dir, write);
}

/* The two halves of an entry. */
struct halves {
	const char *host, *target;
};

static struct halves halves_of(struct arena *arena, const char *entry)
{
	const char *colon = strchr(entry, ':');

	return colon ? (struct halves){ arena_strndup(arena, entry,
						      (size_t)(colon - entry)),
					colon + 1 }
		     : (struct halves){ entry, entry };
}

/* Goes up by one in both halves; false: what is there may not be granted. */
static bool go_to_parents(const struct observed_scope *scope, struct halves *at,
			  bool write)
{
	char real[PATH_MAX];

	if (strcmp(path_last(at->host), path_last(at->target)) != 0)
		return false;
	at->host = path_parent(scope->arena, at->host);
	at->target = path_parent(scope->arena, at->target);
	return path_depth(at->target) >= 2 && realpath(at->host, real) &&
	       strcmp(real, at->host) == 0 && may_grant_all(scope, at->host, write);
}

unsigned observed_room(const struct observed_scope *scope,
		       const struct observed_path *path)
{
	struct halves at = halves_of(scope->arena, path->entry);
	unsigned up = 0;

	while (!path->write && up < ROOM_MAX && go_to_parents(scope, &at, false))
		up++;
	return up;
}

const char *observed_directory(const struct observed_scope *scope,
			       const struct observed_path *path)
{
	struct halves at = halves_of(scope->arena, path->entry);
	struct stat st;

	if (stat(at.host, &st) < 0 || S_ISDIR(st.st_mode))
		return path->entry;
	if (!go_to_parents(scope, &at, path->write))
		return NULL;
	return strcmp(at.host, at.target) == 0
		       ? at.host
		       : arena_printf(scope->arena, "%s:%s", at.host, at.target);
}
