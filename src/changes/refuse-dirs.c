/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* refuse-dirs.c - which directories on the way to an entry are repositories; see
 * refuse-dirs.h */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "base/sys.h"
#include "changes/attrs.h"
#include "changes/refuse-dirs.h"

/* A directory on both sides: @name below @upper and @lower, -1 where it is not. */
struct sides {
	int upper, lower;
	const char *name;
};

static bool side_has(int dir, const char *name, const char *below, bool *ret_gone)
{
	char path[2 * NAME_MAX + 2];
	struct stat st;

	*ret_gone = false;
	(void)snprintf(path, sizeof path, "%s/%s", name, below);
	if (dir < 0 || fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	*ret_gone = attrs_is_whiteout(&st);
	return !*ret_gone;
}

static bool has_below(const struct sides *sides, const char *below)
{
	bool gone, none;

	return side_has(sides->upper, sides->name, below, &gone) ||
	       (!gone && side_has(sides->lower, sides->name, below, &none));
}

static struct refuse_dir kind_of(const struct sides *sides, const char *name)
{
	const struct refuse_dir dir = {
		.git = strcasecmp(name, ".git") == 0 ||
		       (has_below(sides, "objects") && has_below(sides, "refs")) ||
		       (has_below(sides, "HEAD") && has_below(sides, "commondir")),
		.svn = has_below(sides, "format") && has_below(sides, "db"),
		.top = has_below(sides, ".git") || has_below(sides, ".hg") ||
		       has_below(sides, ".jj") || has_below(sides, ".svn"),
	};

	return dir;
}

static void push_dir(struct refusing *r, const struct refuse_dir *dir)
{
	if (r->dirs_len == r->dirs_cap) {
		const size_t cap = r->dirs_cap ? 2 * r->dirs_cap : 32;
		struct refuse_dir *dirs = realloc(r->dirs, cap * sizeof *dirs);

		if (!dirs)
			oom();
		r->dirs = dirs;
		r->dirs_cap = cap;
	}
	r->dirs[r->dirs_len++] = *dir;
}

const char *refuse_leads_to(struct arena *arena, const char *dir, const char *link)
{
	const char *at = *link == '/' ? "/" : dir, *name;

	while ((name = path_next(arena, &link))) {
		if (strcmp(name, "..") == 0)
			at = path_parent(arena, at);
		else if (strcmp(name, ".") != 0 && *name)
			at = path_join(arena, at, name);
	}
	return at;
}

static void add_led(struct refusing *r, const char *path)
{
	/* it ends with NULL, whoever reads it meanwhile */
	*(const char **)arena_append(r->arena, &r->led, &r->led_len, sizeof *r->led) =
		path;
	*(const char **)arena_append(r->arena, &r->led, &r->led_len, sizeof *r->led) =
		NULL;
	r->led_len--;
}

/* Notes where the links among the hooks of @lower/@name lead, there or not. */
static void note_links(struct refusing *r, int lower, const char *name, const char *path)
{
	const char *hooks = path_join(r->arena, path, ".git/hooks");
	_cleanup_fd_ int fd =
		sys_openat2(lower, arena_printf(r->arena, "%s/.git/hooks", name),
			    O_RDONLY | O_DIRECTORY | O_CLOEXEC,
			    RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!dir)
		return;
	(void)take_fd(&fd);
	while ((entry = readdir(dir))) {
		char text[PATH_MAX];
		ssize_t len =
			readlinkat(dirfd(dir), entry->d_name, text, sizeof text - 1);

		if (len < 0)
			continue;
		text[len] = '\0';
		add_led(r, refuse_leads_to(r->arena, hooks, text));
	}
	(void)closedir(dir);
}

/* Notes where the settings of the repositories of @lower/@name lead; @path of the host.
 */
static void note_led(struct refusing *r, int lower, const char *name, const char *path)
{
	static const struct {
		const char *dir, *program;
	} kinds_of[] = { { ".git", "git" }, { ".hg", "hg" } };
	bool gone;

	for (size_t i = 0; r->judge && r->judge->places && i < 2; i++) {
		const char *const *led;

		if (!side_has(lower, name, kinds_of[i].dir, &gone))
			continue;
		led = r->judge->places(r->judge->data, kinds_of[i].program,
				       path_join(r->arena, path, kinds_of[i].dir), path);
		for (; led && *led; led++)
			add_led(r, *led);
		if (i == 0)
			note_links(r, lower, name, path);
	}
}

static bool is_way(const char *path, const char *dir, size_t len)
{
	return len == 0 || (strncmp(path, dir, len) == 0 && path[len] == '/');
}

void refuse_leave(struct refusing *r, const struct walk_entry *e)
{
	const char *lower = r->set->about.trees[r->tree].lower;

	if (r->dirs_len == 0) {
		const struct sides sides = { e->upper, e->lower, "." };
		struct refuse_dir dir = kind_of(&sides, path_last(lower));

		dir.top = true;
		push_dir(r, &dir);
		note_led(r, e->lower, ".", lower);
	}
	/* the entry's path begins with that of the directory that was entered last */
	while (r->dirs_len > 1) {
		const size_t len = r->dirs[r->dirs_len - 1].len;

		if (strlen(e->path) > len && e->path[len] == '/' &&
		    is_way(e->path, strbuf_str(&r->way), len))
			break;
		r->dirs_len--;
	}
}

void refuse_enter(struct refusing *r, const struct walk_entry *e)
{
	const bool low = e->has_low && S_ISDIR(e->low.st_mode) && !e->opaque;
	const struct sides sides = { e->upper, low ? e->lower : -1, e->name };
	struct refuse_dir dir = kind_of(&sides, e->name);

	dir.len = strlen(e->path);
	r->way.len = 0;
	strbuf_add(&r->way, e->path);
	push_dir(r, &dir);
	if (low)
		note_led(r, e->lower, e->name, strbuf_str(&r->path));
}

const char *refuse_becoming(const struct refusing *r, const struct walk_entry *e)
{
	const bool low = e->has_low && S_ISDIR(e->low.st_mode) && !e->opaque;
	const struct sides both = { e->upper, e->lower, e->name };
	const struct sides before = { -1, e->lower, e->name };
	struct refuse_dir is, was;
	bool gone;

	if (!low || strcasecmp(e->name, ".git") == 0)
		return NULL;
	is = kind_of(&both, e->name);
	was = kind_of(&before, e->name);
	for (const struct guard_row *row = guard_table; row->place; row++) {
		const bool asked =
			(row->where == GUARD_GIT && is.git && !was.git) ||
			(row->where == GUARD_SVN && is.svn && !was.svn) ||
			((row->where == GUARD_TOP || row->where == GUARD_COMMIT) &&
			 is.top && !was.top);

		if (asked && row->name && side_has(e->lower, e->name, row->name, &gone))
			return arena_printf(r->arena,
					    "becomes a repository, and has from before: "
					    "%s (%s): %s",
					    row->place, row->program, row->why);
	}
	return NULL;
}
