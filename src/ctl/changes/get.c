/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* get.c - a change set by its name; see changes.h */
#include "config.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "ctl/changes/changes.h"

/* @written as a path of the tree that it is written below; NULL: it is below none. */
static const char *path_in_tree(struct arena *arena, const struct changes_about *about,
				const char *written)
{
	char real[PATH_MAX];

	for (const char *above = written; *above && strcmp(above, "/") != 0;
	     above = path_parent(arena, above)) {
		if (!realpath(above, real))
			continue;
		for (size_t i = 0; i < about->trees_len; i++)
			if (strcmp(real, about->trees[i].lower) == 0)
				return path_join(arena, real, path_below(written, above));
	}
	return NULL;
}

int changes_get(struct ctl *ctl, const struct changes_request *request,
		struct changes_set *ret, struct error *err)
{
	_cleanup_fd_ int dir = -1;

	if (changes_open_dir(ctl->caller.state_dir, false, &dir, err) < 0 ||
	    changes_open(
		    &(struct changes_home){ dir, ctl->caller.state_dir, &ctl->arena },
		    request->names[0], ret, err) < 0)
		return -1;
	for (size_t i = 0; request->paths && request->paths[i]; i++) {
		const char *path = request->written[i]
					   ? path_in_tree(&ctl->arena, &ret->about,
							  request->written[i])
					   : NULL;

		if (path)
			request->paths[i] = path;
	}
	return 0;
}
