/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hints.c - what a person could do about a failure; see hints.h */
#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "policy/keys.h"
#include "run/hints.h"

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* Where a search along @dir (as PATH) finds @name on the host, into @path. */
static bool find_on_host(const char *name, const char *dir, char *path, size_t size)
{
	if (strchr(name, '/'))
		return (size_t)snprintf(path, size, "%s", name) < size &&
		       is_program(path);
	while (dir && *dir) {
		size_t len = strcspn(dir, ":");
		int n = snprintf(path, size, "%.*s/%s", (int)len, dir, name);

		if (len > 0 && n > 0 && (size_t)n < size && is_program(path))
			return true;
		dir += len + (dir[len] == ':');
	}
	return false;
}

/* The entry of fs.deny that @real is in, NULL if none is. */
static const struct text *denied(struct arena *arena, const struct plan *plan,
				 const char *real)
{
	const struct texts *deny = &plan->policy->fs.deny;
	struct fsspec spec;

	for (size_t i = 0; i < deny->len; i++)
		if (fsspec_parse(arena, deny->items[i].s, NULL, &spec) == 0 &&
		    path_within(real, spec.source))
			return &deny->items[i];
	return NULL;
}

static void add_hint(const struct plan *plan, const char *real, struct error *err)
{
	const struct fsspec entry = { .source = real, .target = real };
	size_t len = strnlen(err->msg, sizeof err->msg), room = sizeof err->msg - len;
	struct arena arena = { 0 };
	const struct text *deny = denied(&arena, plan, real);

	if (deny)
		(void)snprintf(err->msg + len, room,
			       "; the host has it, and fs.deny hides it (%s:%u)",
			       deny->pos.file, deny->pos.line);
	else
		(void)snprintf(
			err->msg + len, room,
			"; the host has it, but the profile does not show it: "
			"--read=%.500s (fs.read), or a directory in PATH (env.set)",
			fsspec_text(&arena, &entry));
	arena_done(&arena);
}

void hint_command(const struct plan *plan, struct error *err)
{
	char path[PATH_MAX], real[PATH_MAX];

	const char *name = plan->argv[0];

	if (err->status != EXIT_NOCMD || !name[0])
		return;
	/* the directories of the sandbox's PATH first: it may show a link but not its
	 * target */
	if ((find_on_host(name, plan->path, path, sizeof path) ||
	     find_on_host(name, getenv("PATH"), path, sizeof path)) &&
	    realpath(path, real))
		add_hint(plan, real, err);
}
