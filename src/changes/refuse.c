/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* refuse.c - what a commit does not put into a directory of the host; see refuse.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/path.h"
#include "changes/attrs.h"
#include "changes/compare.h"
#include "changes/refuse-dirs.h"
#include "changes/refuse.h"

#define TEXT_MAX ((size_t)1 << 20)

/* ---------------------------------------------------------------------------- names */

/* Whether @path is @dir or below it, letters as file systems may take them. */
static bool is_within(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return strncasecmp(path, dir, len) == 0 &&
	       (path[len] == '\0' || path[len] == '/');
}

/*
 * Where the part of @path below the last directory called @name begins; NULL: it is not
 * below one.
 */
static const char *below_last(const char *path, const char *name)
{
	const size_t len = strlen(name);
	const char *found = NULL;

	for (const char *at = path; at; at = strchr(at, '/')) {
		at += *at == '/';
		if (strncasecmp(at, name, len) == 0 && at[len] == '/')
			found = at + len + 1;
	}
	return found;
}

/*
 * The part of a path below git's directory that could be one of its places. Those of
 * submodules and worktrees are in it as well, each with places of its own; what has names
 * that users choose is none.
 */
static const char *place_in_git(const char *below, const char *name)
{
	static const char *const chosen[] = { "objects", "refs", "logs", "rr-cache" };
	const size_t len = strlen(name);

	for (size_t i = 0; i < sizeof chosen / sizeof chosen[0]; i++)
		if (is_within(below, chosen[i]))
			return NULL;
	for (const char *at = below; at; at = strchr(at, '/')) {
		at += *at == '/';
		if (strncasecmp(at, name, len) == 0 &&
		    (at[len] == '\0' || at[len] == '/'))
			return at;
	}
	return NULL;
}

/* The directory that the entry is in. */
static const struct refuse_dir *dir_of_entry(const struct refusing *r)
{
	return &r->dirs[r->dirs_len - 1];
}

/* Whether the entry is at or below git's @name, in any of git's directories around it. */
static const char *below_git(const struct refusing *r, const struct walk_entry *e,
			     const char *name)
{
	for (size_t i = r->dirs_len; i > 0; i--) {
		const struct refuse_dir *dir = &r->dirs[i - 1];
		const char *at =
			dir->git ? place_in_git(e->path + dir->len + (dir->len > 0), name)
				 : NULL;

		if (at)
			return at;
	}
	return NULL;
}

static bool is_in_git(const struct refusing *r)
{
	for (size_t i = 0; i < r->dirs_len; i++)
		if (r->dirs[i].git)
			return true;
	return false;
}

static const char *below_svn(const struct refusing *r, const struct walk_entry *e)
{
	for (size_t i = r->dirs_len; i > 0; i--)
		if (r->dirs[i - 1].svn)
			return e->path + r->dirs[i - 1].len + (r->dirs[i - 1].len > 0);
	return NULL;
}

/* The part of the entry's path that is at or below @name where @where is; NULL. */
static const char *below_place(const struct refusing *r, const struct walk_entry *e,
			       enum guard_where where, const char *name)
{
	const char *below = NULL;

	switch (where) {
	case GUARD_GIT:
		return below_git(r, e, name);
	case GUARD_HG:
		below = below_last(e->path, ".hg");
		return below ? place_in_git(below, name) : NULL;
	case GUARD_JJ:
		below = below_last(e->path, ".jj");
		return below ? place_in_git(below, name) : NULL;
	case GUARD_SVN:
		return below_svn(r, e);
	case GUARD_ANY:
		return S_ISDIR(e->up.st_mode) ? NULL : e->name;
	case GUARD_TOP:
	case GUARD_COMMIT:
	case GUARD_HOME:
	case GUARD_CONFIG:
	case GUARD_LINKS:
		break;
	}
	return NULL;
}

static bool is_home(const struct refusing *r, const char *name)
{
	const char *path = strbuf_str(&r->path);

	for (const char *const *home = r->homes; home && *home; home++) {
		const size_t len = strlen(*home);

		if (strncmp(path, *home, len) == 0 && path[len] == '/' &&
		    strcmp(path + len + 1, name) == 0)
			return true;
	}
	return false;
}

/* Whether @path ends with the components of @name. */
static bool path_ends_with(const char *path, const char *name)
{
	const size_t len = strlen(path), tail = strlen(name);

	return len >= tail && strcasecmp(path + len - tail, name) == 0 &&
	       (len == tail || path[len - tail - 1] == '/');
}

/* A link that is called like the first of several components leads to the place, too. */
static bool is_link_to_place(const struct walk_entry *e, const char *name)
{
	const char *slash = strchr(name, '/');
	const size_t len = slash ? (size_t)(slash - name) : 0;

	return slash && S_ISLNK(e->up.st_mode) && strlen(e->name) == len &&
	       strncasecmp(e->name, name, len) == 0;
}

/* Whether the entry is at or below the row's place; *ret_at: not below it. */
static bool is_place(const struct refusing *r, const struct walk_entry *e,
		     const struct guard_row *row, bool *ret_at)
{
	const char *below;

	*ret_at = true;
	if (!row->name)
		return row->where == GUARD_LINKS && S_ISLNK(e->up.st_mode) &&
		       is_in_git(r);
	if (row->where == GUARD_HOME)
		return is_home(r, row->name);
	if (row->where == GUARD_TOP || row->where == GUARD_COMMIT) {
		/* what is below such a directory is judge_place()'s */
		return is_link_to_place(e, row->name) ||
		       (path_ends_with(e->path, row->name) &&
			(strchr(row->name, '/') || dir_of_entry(r)->top));
	}
	below = below_place(r, e, row->where, row->name);
	if (!below || !is_within(below, row->name))
		return false;
	*ret_at = below[strlen(row->name)] == '\0';
	return true;
}

/* Whether ".." stands behind a name, which may be a link itself: nobody can tell where.
 */
static bool goes_up_late(const char *text)
{
	bool named = false;

	for (const char *at = text; *at; at += strcspn(at, "/"), at += strspn(at, "/")) {
		const size_t len = strcspn(at, "/");
		const bool up = len == 2 && at[0] == '.' && at[1] == '.';

		if (up && named)
			return true;
		named = named || (!up && len > 0 && !(len == 1 && *at == '.'));
	}
	return false;
}

/* -------------------------------------------------------------------------- contents */

static char *text_of(struct arena *arena, int dir, const char *name, size_t *ret_len)
{
	_cleanup_fd_ int fd = openat(
		dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	char *text;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    io_read_all(fd, TEXT_MAX, arena, &text, ret_len) < 0)
		return NULL;
	return text;
}

static const char *named(struct refusing *r, const struct guard_row *row,
			 const char *what)
{
	const bool more = what && *what;

	return arena_printf(r->arena, "%s (%s): %s%s%s", row->place, row->program,
			    row->why, more ? "; here it " : "", more ? what : "");
}

/*
 * As "git worktree add" and "git submodule add" write it: from a working tree in one of
 * the set's to git's own directory for it in one of them, where a commit looks at all
 * there is.
 */
static bool leads_to_own_git(const struct refusing *r, struct arena *arena,
			     const char *text)
{
	static const char *const own[] = { "/.git/worktrees/", "/.git/modules/" };
	const size_t len = strcspn(text, "\n");
	const char *to;

	if (strncmp(text, "gitdir: ", 8) != 0 || (text[len] && text[len + 1]))
		return false;
	to = arena_strndup(arena, text + 8, len - 8);
	if (goes_up_late(to))
		return false;
	to = refuse_leads_to(arena, path_parent(arena, strbuf_str(&r->path)), to);
	for (size_t i = 0; i < r->set->about.trees_len; i++)
		if (path_within(to, r->set->about.trees[i].lower) &&
		    (strstr(to, own[0]) || strstr(to, own[1])))
			return true;
	return false;
}

/* What "git worktree add" writes, which leads to the directory that it is in. */
static bool is_own_commondir(const struct refusing *r, const char *text)
{
	const char *path = strbuf_str(&r->path);

	return (strcmp(text, "../..\n") == 0 || strcmp(text, "../..") == 0) &&
	       (strstr(path, "/.git/worktrees/") || strstr(path, "/.git/modules/"));
}

static const char *judge_text_of(struct refusing *r, const struct guard_row *row,
				 const struct walk_entry *e)
{
	struct refuse_text text = { 0 };
	const char *why = NULL;

	if (!S_ISREG(e->up.st_mode))
		return named(r, row, NULL);
	text.text = text_of(r->arena, e->upper, e->name, &text.len);
	if (text.text && row->judge == GUARD_GITFILE)
		return leads_to_own_git(r, r->arena, text.text) ? NULL
								: named(r, row, NULL);
	if (text.text && row->judge == GUARD_COMMONDIR)
		return is_own_commondir(r, text.text) ? NULL : named(r, row, NULL);
	if (e->has_low && S_ISREG(e->low.st_mode))
		text.before = text_of(r->arena, e->lower, e->name, &text.before_len);
	if (!text.text || !r->judge)
		return named(r, row, NULL);
	return r->judge->ask(r->judge->data, row, &text, &why) ? NULL
							       : named(r, row, why);
}

/* A place that nothing new may be at. */
static const char *judge_nothing(struct refusing *r, const struct guard_row *row,
				 const struct walk_entry *e, bool at)
{
	const bool dir = S_ISDIR(e->up.st_mode);
	const bool whole = row->where == GUARD_TOP || row->where == GUARD_COMMIT ||
			   row->where == GUARD_HOME;

	if (dir && at && e->has_low && S_ISDIR(e->low.st_mode) && !e->opaque) {
		/* what is new in it is refused, and it stays */
		r->below.len = 0;
		strbuf_add(&r->below, e->path);
		r->row = row;
		return NULL;
	}
	/* a directory of a file's name is not read as that file */
	return dir && !whole ? NULL : named(r, row, NULL);
}

/* The entry is at or below the place of @row. */
static const char *judge_place(struct refusing *r, const struct guard_row *row,
			       const struct walk_entry *e, bool at)
{
	const bool dir = S_ISDIR(e->up.st_mode);

	if (row->judge == GUARD_START)
		return e->has_low ? named(r, row, NULL) : NULL;
	if (row->judge == GUARD_NOTHING)
		return judge_nothing(r, row, e, at);
	if (!guard_is_dir(row))
		return dir ? NULL : judge_text_of(r, row, e);
	if ((at && dir) || (row->judge == GUARD_SAMPLES && guard_is_sample(e->name)))
		return NULL;
	return named(r, row, NULL);
}

/* ------------------------------------------------------------------------------ links */

/* Where programs are, and what nobody but root can change. */
static bool is_of_system(const char *path)
{
	static const char *const dirs[] = {
		"/usr",     "/bin",     "/sbin", "/lib", "/lib32",
		"/lib64",   "/opt",     "/nix",  "/gnu", "/etc/alternatives",
		"/etc/ssl", "/dev/null"
	};

	for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++)
		if (path_within(path, dirs[i]))
			return true;
	return false;
}

/* Where the link @text leads, if it is out of all trees and not to the system; NULL. */
static const char *leads_out(const struct refusing *r, struct arena *arena,
			     const char *text)
{
	const char *to =
		refuse_leads_to(arena, path_parent(arena, strbuf_str(&r->path)), text);

	for (size_t i = 0; i < r->set->about.trees_len; i++)
		if (path_within(to, r->set->about.trees[i].lower))
			return NULL;
	return is_of_system(to) ? NULL : arena_strdup(r->arena, to);
}

static const char *judge_link(struct refusing *r, const struct walk_entry *e)
{
	const struct compared up = { e->upper, e->name, &e->up };
	const struct compared low = { e->lower, e->name, &e->low };
	char text[PATH_MAX];
	ssize_t len = readlinkat(e->upper, e->name, text, sizeof text - 1);
	struct arena arena = { 0 };
	const char *to;

	if (e->has_low && S_ISLNK(e->low.st_mode) && compare_content(&up, &low) == 1)
		return NULL;
	if (len < 0)
		return "is a link that cannot be read";
	text[len] = '\0';
	if (goes_up_late(text))
		return "is a link that perhaps leads out: \"..\" stands behind a name";
	to = leads_out(r, &arena, text);
	arena_done(&arena);
	return to ? arena_printf(r->arena,
				 "is a link that leads out of the directory, to %s", to)
		  : NULL;
}

/* ------------------------------------------------------------------------------- all */

/*
 * Whether the entry is at or below one of the clean paths in @list, or is a link above
 * one, by which that is reached.
 */
static bool is_listed(const struct refusing *r, const struct walk_entry *e,
		      const char *const *list)
{
	const char *path = strbuf_str(&r->path);

	for (; list && *list; list++)
		if (path_within(path, *list) ||
		    (S_ISLNK(e->up.st_mode) && path_within(*list, path)))
			return true;
	return false;
}

/* Whether it is at or below what guard.allow names; a link above that is not. */
static bool is_allowed(const struct refusing *r)
{
	for (const char *const *list = r->set->about.allowed; list && *list; list++)
		if (path_within(strbuf_str(&r->path), *list))
			return true;
	return false;
}

/* Whether some row could be about it: most paths are not looked at any further. */
static bool may_matter(const struct refusing *r, const struct walk_entry *e)
{
	if (*e->path == '.' || strstr(e->path, "/.") || r->below.len > 0)
		return true;
	for (size_t i = 0; i < r->dirs_len; i++)
		if (r->dirs[i].git || r->dirs[i].svn)
			return true;
	for (const struct guard_row *row = guard_table; row->place; row++) {
		const char *slash = row->name ? strrchr(row->name, '/') : NULL;

		if (row->name && strcasecmp(e->name, slash ? slash + 1 : row->name) == 0)
			return true;
	}
	return false;
}

static const char *judge_table(struct refusing *r, const struct walk_entry *e)
{
	bool at;

	if (r->below.len > 0 && is_within(e->path, strbuf_str(&r->below)) &&
	    e->path[r->below.len] == '/')
		return named(r, r->row, NULL);
	if (!may_matter(r, e))
		return NULL;
	for (const struct guard_row *row = guard_table; row->place; row++) {
		const char *why =
			is_place(r, e, row, &at) ? judge_place(r, row, e, at) : NULL;

		if (why)
			return why;
	}
	return NULL;
}

const char *refuse_why(struct refusing *r, const struct walk_entry *e)
{
	const char *lower, *why;

	r->path.len = 0;
	lower = r->set->about.trees[r->tree].lower;
	strbuf_printf(&r->path, "%s/%s", lower[1] ? lower : "", e->path);
	refuse_leave(r, e);
	why = S_ISDIR(e->up.st_mode) ? refuse_becoming(r, e) : NULL;
	if (S_ISCHR(e->up.st_mode) || S_ISBLK(e->up.st_mode))
		why = "is a device";
	else if (is_allowed(r))
		why = NULL;
	else if (is_listed(r, e, r->set->about.watched))
		why = "is to be protected or hidden, and did not exist when the run "
		      "began";
	else if (is_listed(r, e, r->led))
		why = "is where a setting of a repository leads";
	else if (!why)
		why = judge_table(r, e);
	if (!why && S_ISLNK(e->up.st_mode) && !is_allowed(r))
		why = judge_link(r, e);
	if (S_ISDIR(e->up.st_mode))
		refuse_enter(r, e);
	return why;
}

void refuse_done(struct refusing *r)
{
	strbuf_done(&r->path);
	strbuf_done(&r->way);
	strbuf_done(&r->below);
	free(r->dirs);
}
