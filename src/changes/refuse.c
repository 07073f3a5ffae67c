/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* refuse.c - what a commit does not put into a directory of the host; see refuse.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/path.h"
#include "changes/attrs.h"
#include "changes/compare.h"
#include "changes/refuse.h"

#define TEXT_MAX ((size_t)1 << 20)

/* ---------------------------------------------------------------------------- names */

/* Whether the entry's directory has @name, on either side. */
static bool has_sibling(const struct walk_entry *e, const char *name)
{
	struct stat st;

	if (e->upper >= 0 && fstatat(e->upper, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return !attrs_is_whiteout(&st);
	return e->lower >= 0 && fstatat(e->lower, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool is_repository_top(const struct walk_entry *e)
{
	static const char *const names[] = { ".git", ".hg", ".jj", ".svn" };

	if (!strchr(e->path, '/'))
		return true;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (has_sibling(e, names[i]))
			return true;
	return false;
}

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

static bool is_one_of(const char *name, const char *const *list)
{
	for (; *list; list++)
		if (strcasecmp(name, *list) == 0)
			return true;
	return false;
}

static void note_repository(struct refusing *r, const struct walk_entry *e,
			    enum guard_where where)
{
	const char *slash = strrchr(e->path, '/');

	r->has_repo = true;
	r->repo_where = where;
	r->repo.len = 0;
	strbuf_addn(&r->repo, e->path, slash ? (size_t)(slash - e->path) : 0);
}

/* Notes a directory that is a repository by what is in it: see struct refusing. */
static void look_for_repository(struct refusing *r, const struct walk_entry *e)
{
	static const char *const git[] = {
		"HEAD",        "config",       "config.worktree", "hooks",
		"info",        "commondir",    "branches",        "remotes",
		"description", "rebase-merge", "rebase-apply",    "sequencer",
		"gitweb",      "pid",          "MERGE_RR",        "lazygit.yml",
		NULL
	};
	static const char *const svn[] = { "hooks", "conf", "db", "format", NULL };

	if (is_one_of(e->name, git) && has_sibling(e, "objects") &&
	    has_sibling(e, "refs"))
		note_repository(r, e, GUARD_GIT);
	else if (is_one_of(e->name, svn) && has_sibling(e, "format") &&
		 has_sibling(e, "db"))
		note_repository(r, e, GUARD_SVN);
}

/* The part of the entry's path below the repository that was noted; NULL: it is not. */
static const char *below_repository(const struct refusing *r, const struct walk_entry *e,
				    enum guard_where where)
{
	if (!r->has_repo || r->repo_where != where)
		return NULL;
	if (r->repo.len == 0)
		return e->path;
	return is_within(e->path, strbuf_str(&r->repo)) && e->path[r->repo.len]
		       ? e->path + r->repo.len + 1
		       : NULL;
}

/* The part of the entry's path below the directory that @where is about; NULL. */
static const char *below_place(const struct refusing *r, const struct walk_entry *e,
			       enum guard_where where)
{
	const char *below;

	switch (where) {
	case GUARD_GIT:
	case GUARD_LINKS:
		below = below_repository(r, e, GUARD_GIT);
		return below ? below : below_last(e->path, ".git");
	case GUARD_HG:
		return below_last(e->path, ".hg");
	case GUARD_JJ:
		return below_last(e->path, ".jj");
	case GUARD_SVN:
		return below_repository(r, e, GUARD_SVN);
	case GUARD_ANY:
		return S_ISDIR(e->up.st_mode) ? NULL : e->name;
	case GUARD_TOP:
	case GUARD_COMMIT:
	case GUARD_HOME:
	case GUARD_CONFIG:
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

/* Whether the entry is at or below the row's place; *ret_at: not below it. */
static bool is_place(const struct refusing *r, const struct walk_entry *e,
		     const struct guard_row *row, bool *ret_at)
{
	const char *below;

	*ret_at = true;
	if (!row->name)
		return row->where == GUARD_LINKS && S_ISLNK(e->up.st_mode) &&
		       below_place(r, e, GUARD_LINKS);
	if (row->where == GUARD_HOME)
		return is_home(r, row->name);
	if (row->where == GUARD_TOP || row->where == GUARD_COMMIT) {
		/* what is below such a directory is judge_place()'s */
		return path_ends_with(e->path, row->name) &&
		       (strchr(row->name, '/') || is_repository_top(e));
	}
	below = below_place(r, e, row->where);
	if (below &&
	    (row->where == GUARD_GIT || row->where == GUARD_HG || row->where == GUARD_JJ))
		below = place_in_git(below, row->name);
	if (!below || !is_within(below, row->name))
		return false;
	*ret_at = below[strlen(row->name)] == '\0';
	return true;
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
	return arena_printf(r->arena, "%s (%s): %s%s%s", row->place, row->program,
			    row->why, what ? "; here it " : "", what ? what : "");
}

static const char *judge_text_of(struct refusing *r, const struct guard_row *row,
				 const struct walk_entry *e)
{
	struct refuse_text text = { 0 };
	const char *why = NULL;

	if (!S_ISREG(e->up.st_mode))
		return named(r, row, NULL);
	text.text = text_of(r->arena, e->upper, e->name, &text.len);
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

/* @link in the clean directory @dir, by its text alone; NULL: it is too long. */
static const char *resolve_link(struct arena *arena, const char *dir, const char *link)
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

/* Where the link @text leads, if it is out of all trees and not to the system; NULL. */
static const char *leads_out(const struct refusing *r, struct arena *arena,
			     const char *text)
{
	const char *to =
		resolve_link(arena, path_parent(arena, strbuf_str(&r->path)), text);

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
	to = leads_out(r, &arena, text);
	arena_done(&arena);
	return to ? arena_printf(r->arena,
				 "is a link that leads out of the directory, to %s", to)
		  : NULL;
}

/* ------------------------------------------------------------------------------- all */

/* Whether the entry is at or below one of the clean paths in @list. */
static bool is_listed(const struct refusing *r, const char *const *list)
{
	const char *path = strbuf_str(&r->path);

	for (; list && *list; list++) {
		const size_t len = strlen(*list);

		if (strncmp(path, *list, len) == 0 &&
		    (path[len] == '\0' || path[len] == '/'))
			return true;
	}
	return false;
}

/* Whether some row could be about it: most paths are not looked at any further. */
static bool may_matter(const struct refusing *r, const struct walk_entry *e)
{
	if (*e->path == '.' || strstr(e->path, "/.") || r->has_repo || r->below.len > 0)
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

	look_for_repository(r, e);
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
	const char *why;

	if (S_ISCHR(e->up.st_mode) || S_ISBLK(e->up.st_mode))
		return "is a device";
	r->path.len = 0;
	strbuf_printf(&r->path, "%s/%s", r->set->about.trees[r->tree].lower, e->path);
	if (is_listed(r, r->set->about.allowed))
		return NULL;
	if (is_listed(r, r->set->about.watched))
		return "is to be protected or hidden, and did not exist when the run "
		       "began";
	why = judge_table(r, e);
	return !why && S_ISLNK(e->up.st_mode) ? judge_link(r, e) : why;
}

void refuse_done(struct refusing *r)
{
	strbuf_done(&r->path);
	strbuf_done(&r->repo);
	strbuf_done(&r->below);
}
