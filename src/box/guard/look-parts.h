/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* look-parts.h - the pieces of looking at repositories; see look.h */
#ifndef SBOX_GUARD_LOOK_PARTS_H
#define SBOX_GUARD_LOOK_PARTS_H

#include <sys/stat.h>

#include "box/guard/conf.h"
#include "box/guard/look.h"

#define CONF_MAX ((size_t)1 << 20)
#define INCLUDES_MAX 10   /* as git */
#define MODULES_DEPTH 6   /* "a/b/c" is a fine name of a submodule */
#define ENTRIES_MAX 10000 /* of a directory */

struct look {
	const struct guard_question *q;
	struct arena *arena;
	struct guard_facts *facts;
	const char **seen; /* directories in which repositories were looked for */
	size_t seen_len;
	struct worktree_seen {
		const char *dir, *worktree; /* git's; NULL */
	} * worktrees; /* whose settings were read, from which relative paths start */
	size_t worktrees_len;
};

/* A file of settings, and what relative paths in it start from. */
struct look_conf {
	enum conf_grammar grammar;
	const char *path;
	const char *worktree; /* or git's directory, where there is none */
	unsigned depth;       /* of includes */
};

/* look-place.c */
/* The canonical form of @path, NULL: there is nothing, or @path is NULL. */
const char *look_real(const struct look *l, const char *path);
/* Whether @path, canonical, is inside of what was asked about. */
bool look_inside(const struct look *l, const char *path);
/* @path from @base, with "~" as the home directory; lexically clean. NULL: nowhere. */
const char *look_path(const struct look *l, const char *base, const char *path);
/* Notes the absolute, clean @path: see struct guard_facts. NULL: nothing. */
void look_place(struct look *l, const char *path, const struct guard_row *row);
/* Notes @dir as a repository of version control; false: it was already, or is none. */
bool look_repo(struct look *l, const char *dir);
/* All rows for @where whose places exist below @dir. */
void look_rows(struct look *l, enum guard_where where, const char *dir);
/* The text of a regular file, NULL: none, or not to be read. */
const char *look_text(const struct look *l, const char *path, size_t max);
/* The first line of it. */
const char *look_line(const struct look *l, const char *path);
/* The entries of @dir of a type (DT_DIR, DT_LNK), but "." and ".."; NULL-terminated. */
const char **look_entries(const struct look *l, const char *dir, unsigned char type);
/*
 * stat(2), lstat(2), and whether @dir/@name is there. An error that says neither that
 * there is nothing nor that the caller may not see it is noted in the facts: who cannot
 * look cannot guard.
 */
int look_stat(const struct look *l, const char *path, struct stat *ret);
int look_lstat(const struct look *l, const char *path, struct stat *ret);
bool look_exists(const struct look *l, const char *dir, const char *name);
const struct guard_row *look_row(enum guard_where where, const char *name);

/* look-conf.c: where the settings of a file lead */
void look_conf(struct look *l, const struct look_conf *conf);
/* look_conf() of each of @files (NULL-terminated), which are in @dir; NULL: are paths. */
void look_confs(struct look *l, struct look_conf *conf, const char *dir,
		const char *const *files);
/* Notes where one setting of git, its name in small letters, leads to. */
void look_git_setting(struct look *l, const struct look_conf *conf,
		      const struct conf_entry *entry);
/* The value of setting @name in a file of git's, NULL: none. */
const char *look_setting(struct look *l, const char *path, const char *name);

/* look-git.c, look-hg.c */
void look_git(struct look *l, const char *dir, const char *worktree);
void look_git_at(struct look *l, const char *top); /* @top/.git, or @top itself */
void look_hg(struct look *l, const char *dir, const char *worktree);
void look_hg_at(struct look *l, const char *top);
void look_jj_at(struct look *l, const char *top);
void look_svn_at(struct look *l, const char *top);

#endif
