/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * guarding.h - what deny.c and protect.c share; for these and guards.c alone
 *
 * Theory of operation
 *
 * A guard is about a path of the host. It holds wherever a mount shows that path, under
 * whatever name, and has to survive three: the command, which must not move it out of the
 * way; whoever else can write to the same directory, at any time; and the next run, which
 * looks for it under the same name again.
 *
 * The command: every directory between a writable mount and the guarded path becomes a
 * mount point ("pin"), which can be neither renamed nor removed in this sandbox.
 *
 * Others: a mount stands on the file or directory itself and not on its name, so if that
 * is moved its cover goes along, within the mount that shows it. Hence the order: what is
 * denied is covered right behind the mount that shows it, before anything else is mounted
 * below and before the pins. A pin is a copy of a part of that mount with all that is
 * mounted there, so the cover is then in each of them, and whichever of these directories
 * the file is moved to, it is covered there. What was another file than the planned one
 * when its turn came is refused (device and inode).
 *
 * The next run: a name that leads through a symbolic link in a writable directory is
 * refused, since the command could have put it there, and what is missing is never passed
 * over in silence.
 */
#ifndef SBOX_PLAN_GUARDING_H
#define SBOX_PLAN_GUARDING_H

#include "base/pathindex.h"
#include "base/strindex.h"
#include "plan/parts.h"

/* A path of the host to guard, as the profile or sbox itself names it. */
struct guard {
	const char *path;
	bool optional; /* may be missing: then it is watched for */
	bool own;      /* a directory of sbox: made if it is missing */
	bool links;    /* may be reached by symbolic links, which are kept as well */
	const struct guard_row *row; /* of the guard's table, NULL: none */
	struct srcpos pos;
};

/* The targets of all steps of one type that were made here. */
struct made {
	const char **targets;
	size_t len;
	struct strindex index;
};

struct guards {
	struct planner *p;
	const struct step *mounts; /* all that shows something, in the plan's order */
	size_t mounts_len;
	struct pathindex origins; /* of the host; a mount's number */
	struct pathindex targets;
	struct made pinned, protected;
};

/* Takes the plan's steps so far for the mounts. They are copied: the plan may grow. */
void guards_note_mounts(struct guards *g);

/*
 * The mounts that could show @real of the host or something below it, or be from there:
 * their numbers, in order.
 */
const size_t *guards_near(const struct guards *g, const char *real, size_t *ret_len);

/* The deepest mount at or above @target, which is what is seen there; NULL: the root. */
const struct step *guards_mount_at(const struct guards *g, const char *target);

/* Whether something denied is hidden at or above @target, a part of @mount. */
bool guards_hides(const struct guards *g, const struct step *mount, const char *target);

/*
 * The directory of the host that can be written to through @mount, NULL: none. That the
 * writes go to a change set makes no difference: they are to be committed. A private
 * cache is no such one: nothing outside runs what is in it, so nothing in it is guarded.
 */
const char *guards_writable_origin(const struct step *mount);
/* Whether some mount that can be written to has a place for @real. */
bool guards_may_write(const struct guards *g, const char *real);

/* Whether @target is none of @made yet. It is from now on. */
bool guards_first_time(struct guards *g, struct made *made, const char *target);

/* An entry of fs.deny or fs.protect (@key); guard->path is NULL after a mistake. */
void guards_parse(struct planner *p, const struct text *text, const char *key,
		  struct guard *guard);

/* The canonical path of @path even if its last components do not exist; NULL: nowhere. */
const char *guards_canonical(const struct planner *p, const char *path);

/*
 * Whether a symbolic link that the command could have made is on the way to @guard, which
 * is @real by it, or at its end; that is told as a mistake. @what: "hidden".
 */
bool guards_by_link(struct planner *p, const struct guard *guard, const char *real,
		    const char *what);

/*
 * Whether @guard, which no mount shows, is named as it would be called inside: where a
 * mount of another directory is, which can be written to if @writable. That is told as a
 * mistake, with the host's name.
 */
bool guards_by_target(const struct guards *g, const struct guard *guard, bool writable);

/* A name with a slip in it guards nothing, and nobody would see it. @what: "fs.deny
 * hides" */
void guards_warn_missing(struct planner *p, const struct guard *guard, const char *what);

/*
 * Whether @errnum of looking at a path means that there is none. Anything else says that
 * we do not know, so what would be done about it is told as a mistake.
 */
bool guards_not_there(struct planner *p, const struct guard *guard, int errnum,
		      const char *what);

/* @real of the host is to be made before anything is started. */
void guards_make_dir(struct planner *p, const char *real);
/* What changes at and below @real of the host is none of the guard's concern. */
void guards_allow(struct planner *p, const char *real);
/* @real of the host, which is missing, is looked for when the command has ended. */
void guards_watch(struct planner *p, const char *real, bool denied);

/*
 * Makes @real unmovable where @mount shows it and can be written to: all directories on
 * the way to it become mount points, as far as they are this mount's.
 */
void guards_pin(struct guards *g, const struct step *mount, const char *real,
		const struct guard *guard);

/* A guard's step for @target, which is a part of @mount and, so far, @file. */
struct step *guards_step(struct guards *g, enum step_type type, const struct step *mount,
			 const char *target, const struct guard *guard);
/*
 * The file that it was made for: no other may be there when it is carried out, nor later
 * as far as we can see to it.
 */
void guards_expect(struct guards *g, struct step *step, const struct step *mount,
		   const struct host_file *file);

/*
 * links.c: keeps every symbolic link on the way to @guard in its place, wherever it can
 * be written to, so that the name leads to the same file afterwards.
 */
void guards_pin_links(struct guards *g, const struct guard *guard);
/* deny.c: leaves out what only shows what is denied, and covers the rest of it */
void guards_deny(struct guards *g);
/* protect.c */
void guards_protect(struct guards *g);

#endif
