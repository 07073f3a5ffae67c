/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* project.c - the directory of the project that the caller stands in; see project.h */
#include "config.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "run/project.h"

/* What the directory of a working copy has; in git's case also a file. */
static const char *const marks[] = { ".git",   ".hg",       ".jj",    ".svn", ".bzr",
				     "_darcs", ".fslckout", ".pijul", "CVS" };

#define POINTER_MAX 4200 /* "gitdir: ", a path and the end of the line */

static bool is_mine(const char *path, mode_t *ret_type)
{
	struct stat st;

	if (lstat(path, &st) < 0 || st.st_uid != getuid())
		return false;
	*ret_type = st.st_mode & S_IFMT;
	return true;
}

static bool is_working_copy(struct arena *arena, const char *dir)
{
	mode_t type;

	if (!is_mine(dir, &type))
		return false;
	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
		if (is_mine(path_join(arena, dir, marks[i]), &type))
			return true;
	return false;
}

bool project_is_marked(struct arena *arena, const char *dir)
{
	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
		if (access(path_join(arena, dir, marks[i]), F_OK) == 0)
			return true;
	return false;
}

/* The first line of the regular file @path, without its end; NULL: there is none. */
static const char *first_line(struct arena *arena, const char *path)
{
	_cleanup_fd_ int fd =
		open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	char text[POINTER_MAX];
	struct stat st;
	ssize_t len;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return NULL;
	len = read(fd, text, sizeof text - 1);
	if (len <= 0 || (size_t)len == sizeof text - 1)
		return NULL;
	text[len] = '\0';
	text[strcspn(text, "\r\n")] = '\0';
	return *text ? arena_strdup(arena, text) : NULL;
}

/* Where @path leads that is written in a file of @dir, without links; NULL: nowhere. */
static const char *leads_to(struct arena *arena, const char *dir, const char *path)
{
	char real[PATH_MAX];

	/* not path_join(), which takes clean paths only */
	if (*path != '/')
		path = arena_printf(arena, "%s/%s", dir, path);
	return realpath(path, real) ? arena_strdup(arena, real) : NULL;
}

/* A worktree: the repository has a file that names its ".git". */
static bool names_worktree(struct arena *arena, const char *gitdir, const char *dotgit)
{
	const char *line = first_line(arena, path_join(arena, gitdir, "gitdir"));
	const char *back = line ? leads_to(arena, gitdir, line) : NULL;

	return back && strcmp(back, dotgit) == 0;
}

/* A submodule: it lies in the ".git" of a directory above, below its own name there. */
static bool is_submodule(struct arena *arena, const char *gitdir, const char *top)
{
	for (const char *above = path_parent(arena, top); strcmp(above, "/") != 0;
	     above = path_parent(arena, above)) {
		const char *modules = path_join(arena, above, ".git/modules");
		mode_t type;

		if (path_within(top, above) && is_mine(modules, &type) &&
		    strcmp(gitdir, path_join(arena, modules, path_below(top, above))) ==
			    0)
			return true;
	}
	return false;
}

/*
 * Whether clean @dir is a repository and nothing but one: an archive can bring all files
 * of one, so that the directory that it is unpacked into, with all that lies beside,
 * would be shown. By its name it is the archive's own: "x/.git", or "x.git".
 */
static bool is_repository(struct arena *arena, const char *dir)
{
	const size_t len = strlen(dir);
	mode_t type;

	return len > 4 && strcmp(dir + len - 4, ".git") == 0 && is_mine(dir, &type) &&
	       type == S_IFDIR && is_mine(path_join(arena, dir, "HEAD"), &type) &&
	       is_mine(path_join(arena, dir, "objects"), &type) && type == S_IFDIR;
}

/* The repository of the worktree or submodule @top; NULL: it is none, or not proven. */
static const char *repository(struct arena *arena, const char *top)
{
	static const char word[] = "gitdir: ";
	const char *dotgit = path_join(arena, top, ".git");
	const char *line = first_line(arena, dotgit), *gitdir, *common;
	mode_t type;

	if (!line || strncmp(line, word, sizeof word - 1) != 0)
		return NULL;
	gitdir = leads_to(arena, top, line + sizeof word - 1);
	if (!gitdir || !is_mine(gitdir, &type) || type != S_IFDIR)
		return NULL;
	if (is_submodule(arena, gitdir, top))
		return gitdir;
	if (!names_worktree(arena, gitdir, dotgit))
		return NULL;
	/* what it says of a common directory is not asked: see is_repository() */
	common = path_parent(arena, path_parent(arena, gitdir));
	return strcmp(path_parent(arena, gitdir),
		      path_join(arena, common, "worktrees")) == 0 &&
			       is_repository(arena, common)
		       ? common
		       : NULL;
}

/* The home directory that is at or below @dir, NULL: none is. */
static const char *home_in(const struct project_place *place, const char *dir)
{
	char real[PATH_MAX];

	for (size_t i = 0; i < PROJECT_HOMES; i++) {
		const char *home = place->homes[i];

		if (home && (path_within(home, dir) ||
			     (realpath(home, real) && path_within(real, dir))))
			return home;
	}
	return NULL;
}

/* The nearest working copy, up to where a home directory begins, else where one stands.
 */
static const char *find_project(struct arena *arena, const struct project_place *place)
{
	for (const char *dir = place->cwd; strcmp(dir, "/") != 0 && !home_in(place, dir);
	     dir = path_parent(arena, dir))
		if (is_working_copy(arena, dir))
			return dir;
	return place->cwd;
}

/* Why the current directory is no project, NULL: it may be one. */
static const char *why_none(struct arena *arena, const struct project_place *place)
{
	const char *home = home_in(place, place->cwd);
	struct stat st;

	/* /tmp and its like: what lies there is everybody's */
	if (!home && stat(place->cwd, &st) == 0 && (st.st_mode & S_ISVTX) &&
	    (st.st_mode & S_IWOTH))
		return arena_printf(arena,
				    "the current directory is \"%s\", where all kinds of "
				    "files lie; make "
				    "one for the project there and go to it, or name it: "
				    "--project=DIR",
				    place->cwd);
	if (!home && strcmp(place->cwd, "/") != 0)
		return NULL;
	return arena_printf(arena,
			    "the current directory is %s, all of which the command could "
			    "change; go to the project's directory, or name one: "
			    "--project=DIR",
			    !home ? "the root directory"
			    : strcmp(home, place->cwd) == 0
				    ? "your home directory"
				    : "above your home directory");
}

void project_find(struct arena *arena, const struct project_place *place,
		  struct project *ret)
{
	const char *git;

	*ret = (struct project){ .dir = place->given };
	if (!place->given)
		ret->missing = why_none(arena, place);
	if (ret->missing)
		return;
	if (!place->given)
		ret->dir = find_project(arena, place);
	git = repository(arena, ret->dir);
	if (git && !home_in(place, git))
		ret->git = git;
}
