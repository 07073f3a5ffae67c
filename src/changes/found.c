/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* found.c - why a commit cannot be done, or not all of it; see found.h */
#include "config.h"

#include "base/path.h"
#include "changes/found.h"

void found_add(struct founds *founds, enum found_kind kind, const char *lower,
	       const char *path, const char *why)
{
	founds->count[kind]++;
	if (founds->len == FOUND_MAX)
		return;
	*(struct found *)arena_append(founds->arena, &founds->list, &founds->len,
				      sizeof *founds->list) =
		(struct found){ kind, path_join(founds->arena, lower, path),
				arena_strdup(founds->arena, why) };
}

bool found_none(const struct founds *founds)
{
	return founds->count[FOUND_CONFLICT] == 0 && founds->count[FOUND_REFUSED] == 0;
}
