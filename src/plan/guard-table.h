/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * guard-table.h - the places that other programs take as instructions
 *
 * One row is one kind of place: what protects it before the command runs, what is looked
 * for when it has ended, what "sboxctl profile guards" prints and the manual lists are
 * all this table (tests/lint/guards.sh).
 */
#ifndef SBOX_GUARD_TABLE_H
#define SBOX_GUARD_TABLE_H

#include <stdbool.h>
#include <stddef.h>

/* Where a row's @name is looked for. */
enum guard_where {
	GUARD_GIT,    /* git's directory: ".git", a bare repository, of a submodule or a
			 worktree; also the common one */
	GUARD_HG,     /* ".hg" */
	GUARD_JJ,     /* ".jj" */
	GUARD_SVN,    /* a repository of Subversion, not a working copy */
	GUARD_ANY,    /* every directory */
	GUARD_TOP,    /* a writable directory itself, and where a repository begins */
	GUARD_HOME,   /* the caller's home directory */
	GUARD_CONFIG, /* nowhere: a setting of git or Mercurial names it */
	GUARD_LINKS,  /* git's directory and all below it */
	GUARD_COMMIT, /* as GUARD_TOP, only where a change set is committed: a run with
			 the directory itself writable has to be able to change it */
};

/* The content that may stay at a place that the command made or changed. */
enum guard_judge {
	GUARD_NOTHING,
	GUARD_GIT_CONFIG, /* settings that name no program and no other file */
	GUARD_HGRC,       /* the same */
	GUARD_JJ_CONFIG,  /* the same */
	GUARD_SAMPLES,   /* files of a directory with ".sample" or ".tmpl" at their end */
	GUARD_ENTRIES,   /* none of the files of a directory */
	GUARD_COMMONDIR, /* "../..", in a worktree's own directory */
	GUARD_GITFILE,   /* what leads to a submodule's or a worktree's own directory */
	GUARD_TODO,      /* lines that pick, and run nothing */
	GUARD_HISTEDIT,  /* a state that is text */
	GUARD_STRATEGY,  /* the name of a strategy of git's own */
	GUARD_OPTIONS,   /* settings, among them no other strategy */
	GUARD_APPLY,     /* words that say how a patch is applied, and nothing more */
	GUARD_EMPTY,     /* an empty file */
	GUARD_START,     /* everything: only what was there at the start is guarded */
};

struct guard_row {
	const char *place; /* for people */
	const char *program;
	const char *why;
	enum guard_where where;
	const char *name; /* below that; NULL: see GUARD_CONFIG and GUARD_LINKS */
	enum guard_judge judge;
};

/* Ends with a row whose place is NULL. */
extern const struct guard_row guard_table[];

/* The rows for what settings name. */
extern const struct guard_row *const guard_included,
	*const guard_hooks_path, *const guard_named, *const guard_module,
							     *const guard_settings;
/* The one of GUARD_LINKS. */
extern const struct guard_row *const guard_links;

/* Whether it is a directory, of which each file is looked at. */
bool guard_is_dir(const struct guard_row *row);

/*
 * Whether it is looked at when the command has ended, and not protected before: version
 * control changes it all the time, or git makes it empty and uses it no more.
 */
bool guard_is_pending(const struct guard_row *row);

/* Whether the entry @name of a directory of hooks is an example that nothing runs. */
bool guard_is_sample(const char *name);

#endif
