/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sweep.h - the pieces of looking for what a command has planted; see guard.h */
#ifndef SBOX_GUARD_SWEEP_H
#define SBOX_GUARD_SWEEP_H

#include <sys/stat.h>

#include "box/guard/guard.h"
#include "box/guard/judge.h"

#define SWEEP_DIRS_MAX 1000000 /* that are looked at in one run */
#define SWEEP_FOUND_MAX 10000  /* more are not listed */

struct sweep {
	const struct guard *guard;
	const struct guard_end *end;
	struct arena *arena;
	struct guard_findings *found;
	struct strindex index; /* of these */
	struct judge judge;
	struct timespec since; /* less what the clock was set back by */
	size_t dirs;           /* that were looked at */
	bool full;             /* there are more findings than are kept */
	dev_t dev;             /* the last one asked about */
	bool times;            /* whether its times are the kernel's */
};

/* A directory that is looked at. */
struct spot {
	int fd;
	const char *path;
	struct stat st;
	bool known;  /* as a repository, since the start: it has not moved */
	bool dotted; /* it is one by its name, not by what is in it */
	bool in_git; /* it is below a directory of git's */
	bool moved; /* a directory on the way to a place in it has changed its name, maybe
		     */
};

/* sweep-file.c */
/* Opens @path of the host without following a link below the writable directories. */
int sweep_open(const struct guard *guard, const char *path, uint64_t flags);
bool sweep_changed(struct sweep *s, int fd, const struct stat *st);
/* The symbolic link on the way to @path, which was canonical before; NULL: there is none.
 */
const char *sweep_link(const struct sweep *s, const char *path);
/* The text of a regular file; NULL: it is none, or too large. */
char *sweep_text(const struct sweep *s, const char *path, size_t *ret_len);
/* The only line of @path, without its end; NULL: there are more, or none. */
const char *sweep_line(const struct sweep *s, const char *path);
/* Where @link leads from directory @dir, by its text alone. */
const char *sweep_leads_to(struct arena *arena, const char *dir, const char *link);
/* Whether something below this directory has changed; the caller's @depth is 0. */
bool sweep_tree_changed(struct sweep *s, const char *path, unsigned depth);
/* Whether what the link @name in @dir leads to has changed, through more links as well.
 */
bool sweep_target_changed(struct sweep *s, const char *dir, const char *name);

/* sweep-place.c */
void sweep_found(struct sweep *s, const char *path, const struct guard_row *row,
		 const char *what);
void sweep_unseen(struct sweep *s, const char *path, const char *error);
/* Judges the row's place below @spot. */
void sweep_place(struct sweep *s, const struct spot *spot, const struct guard_row *row);
/* Judges the entry @name of @spot, which is git's directory or below it, if it is a link.
 */
void sweep_link_in_git(struct sweep *s, const struct spot *spot, const char *name);
/* Judges places that were noted at the start, or that an older repository leads to; of
 * those that are mounts inside only what has another name as well. */
void sweep_noted(struct sweep *s, const struct guard_places *places);
void sweep_led_to(struct sweep *s, const struct spot *spot, const char *program);

/* sweep.c */
void sweep_all(struct sweep *s);

#endif
