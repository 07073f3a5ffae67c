/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* names.c - files with several names, of which a commit puts some; see names.h */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "changes/names.h"

struct names_one {
	ino_t ino;
	nlink_t all;
	const char *path;
};

void names_put(struct names *names, const struct stat *up, const char *path)
{
	if (S_ISDIR(up->st_mode) || up->st_nlink == 1)
		return;
	if (names->len == NAMES_KEPT) {
		names->full = true;
		return;
	}
	*(struct names_one *)arena_append(&names->arena, &names->list, &names->len,
					  sizeof *names->list) =
		(struct names_one){ up->st_ino, up->st_nlink,
				    arena_strdup(&names->arena, path) };
}

static int by_file(const void *a, const void *b)
{
	const struct names_one *x = a, *y = b;

	if (x->ino != y->ino)
		return x->ino < y->ino ? -1 : 1;
	return strcmp(x->path, y->path);
}

void names_judge(struct names *names, const char *lower, struct founds *founds)
{
	if (names->len > 0)
		qsort(names->list, names->len, sizeof *names->list, by_file);
	for (size_t i = 0, next; i < names->len; i = next) {
		const struct names_one *one = &names->list[i];

		for (next = i + 1;
		     next < names->len && names->list[next].ino == one->ino;)
			next++;
		if (next - i < one->all)
			found_add(founds, FOUND_REFUSED, lower, one->path,
				  "has another name inside, which would stay in the "
				  "change set: commit both together");
	}
	if (names->full)
		found_add(founds, FOUND_REFUSED, lower, "",
			  "has too many files with several names for a part of the "
			  "changes to be committed: commit all");
}

void names_done(struct names *names)
{
	arena_done(&names->arena);
	*names = (struct names){ 0 };
}
