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
#include "run/observed-fix.h"

#define SIBLINGS_MAX 1000 /* that are looked at */
#define ROOM_MAX 4

static bool is_versioned(struct arena *arena, const char *dir)
{
	static const char *const marks[] = { ".git", ".hg", ".jj", ".svn" };

	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (access(path_join(arena, dir, marks[i]), F_OK) == 0)
			return true;
	return false;
}

bool observed_foreign(const struct observed_scope *scope,
		      const struct observed_path *path, const char *project)
{
	char real[PATH_MAX];
	const char *dir;

	if (!realpath(path->host, real) &&
	    !realpath(path_parent(scope->arena, path->host), real))
		return false;
	for (dir = real; dir[1]; dir = path_parent(scope->arena, dir))
		if (is_versioned(scope->arena, dir))
			return !project || !path_within(project, dir);
	return false;
}

/* Of a home directory, only what is in a directory of settings, caches and the like. */
static bool is_near_home(const struct observed_scope *scope, const char *dir)
{
	for (int h = 0; h < 2; h++) {
		const char *below;

		if (!scope->homes[h] || !path_within(dir, scope->homes[h]))
			continue;
		below = path_below(dir, scope->homes[h]);
		if (*below != '.' || !strchr(below, '/'))
			return true;
	}
	return false;
}

/* Whether @dir of the host, a canonical path, may be granted as a whole. */
static bool may_grant_all(const struct observed_scope *scope, const char *dir, bool write)
{
	const struct place nowhere = { 0 };
	struct observed_path path = { .path = dir, .host = dir, .write = write };
	const struct dirent *file;
	bool ok = true;
	size_t seen = 0;
	DIR *files;

	if (path_within(dir, "/etc") || is_near_home(scope, dir) ||
	    is_versioned(scope->arena, dir) ||
	    observed_objection(scope, &nowhere, dir, &path))
		return false;
	files = opendir(dir);
	while (files && ok && (file = readdir(files))) {
		const char *name = path_join(scope->arena, dir, file->d_name);

		if (strcmp(file->d_name, ".") == 0 || strcmp(file->d_name, "..") == 0)
			continue;
		path.path = path.host = name;
		ok = ++seen <= SIBLINGS_MAX &&
		     !observed_objection(scope, &nowhere, name, &path);
	}
	if (files)
		(void)closedir(files);
	return files && ok;
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
