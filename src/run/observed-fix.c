/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* observed-fix.c - the line that would let a path through; see observed-fix.h */
#include "config.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "base/strbuf.h"
#include "plan/guard-table.h"
#include "policy/forms.h"
#include "run/observed-around.h"
#include "run/observed-fix.h"
#include "run/observed-objection.h"

/* What is to be shown so that @path can be made: the directory that it would be in. */
static const char *nearest_there(struct arena *arena, const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? path : path_parent(arena, path);
}

void observed_fix(const struct observed_scope *scope, const struct place *place,
		  struct observed_path *path)
{
	struct arena *arena = scope->arena;
	const char *host = nearest_there(arena, path->host);
	const char *target =
		host == path->host ? path->path : path_parent(arena, path->path);
	char real[PATH_MAX];

	path->key = path->entry = NULL;
	if (!realpath(host, real)) {
		path->no_fix = "it cannot be looked at";
		return;
	}
	path->no_fix = observed_objection(scope, place, real, path);
	if (!path->no_fix && host != path->host) /* what would be made in it counts too */
		path->no_fix = observed_objection(
			scope, place, path_join(arena, real, path_last(path->host)),
			path);
	if (!path->no_fix && observed_has_more(scope, real, path->write))
		path->no_fix = "there is more in it than may be shown, or than can be "
			       "looked at";
	if (path->no_fix)
		return;
	path->key = path->write ? "fs.write" : "fs.read";
	/* behind links on the way nothing can be shown but where they lead */
	if (place->path && strcmp(host, place->path) == 0)
		target = place->path;
	/* what was looked at, and not what a link leads to later */
	path->entry = strcmp(real, target) == 0
			      ? arena_strdup(arena, real)
			      : arena_printf(arena, "%s:%s", real, target);
}
