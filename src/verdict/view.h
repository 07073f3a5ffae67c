/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * view.h - the sandbox's file system as the plan makes it, without making it
 *
 * Theory of operation
 *
 * The plan's steps are laid over each other in their order, as box/ attaches them: a
 * step covers everything at and below its target, so the last step that covers a path is
 * the one that is seen there. Where a step's target leads through a symbolic link, it
 * stands where the link leads in what had been made before it, and a path that is asked
 * for is followed the same way, one component at a time. What is inside a directory of
 * the host is asked from struct host, and so is whether a directory in a layer of an
 * overlay is opaque, which hides what the layers below have in it; where the caller may
 * not read its marks, that is not known. Nothing is opened, nothing is changed.
 *
 * PIN and PROTECT put a place onto itself: what is seen there comes from below them.
 */
#ifndef SBOX_VIEW_H
#define SBOX_VIEW_H

#include "plan/plan.h"

enum place_kind {
	PLACE_ABSENT, /* nothing has that name when the command starts */
	PLACE_DIR,
	PLACE_FILE, /* everything else that is no symlink */
	PLACE_LINK,
	PLACE_RUNTIME, /* in a file system of the kernel's, whose names come and go */
	PLACE_UNSEEN,  /* the caller cannot look there: @errnum */
	PLACE_UNSURE,  /* in a lower layer, below the directory @merged of an upper one,
			  whose mark nobody can read */
};

struct place {
	const char *path; /* inside, without links on the way */
	enum place_kind kind;
	const char *link;         /* of PLACE_LINK */
	int errnum;               /* of PLACE_UNSEEN */
	const char *merged;       /* of PLACE_UNSURE, as the host calls it */
	const char *source;       /* what of the host is seen here, NULL: nothing */
	mode_t type;              /* of that */
	const struct step *step;  /* the last that covers it; NULL: the root in memory */
	const struct step *maker; /* of a file, link or directory that is no mount */
	const struct step *protect; /* the last that keeps it read-only, else NULL */
};

/* A symlink that was followed. */
struct hop {
	const char *path, *link;
	struct srcpos
		pos; /* of the line that made it; file NULL: none of a profile did */
};

struct view {
	const struct plan *plan;
	const struct host *host;
	struct arena *arena;
	const char **at; /* where each step stands; NULL: nowhere, it was optional */
};

/* Everything in *ret belongs to @arena. */
void view_init(struct view *view, const struct plan *plan, const struct host *host,
	       struct arena *arena);

struct hops {
	struct hop *list;
	size_t len;
};

/*
 * Finds what stands at clean @path when all steps are done, links followed; the links on
 * the way are appended to *hops. An absent place is named as far as it could be followed.
 * 0, or an errno: ELOOP, ENOTDIR where something on the way is no directory, or ENOENT
 * where a link leads through a directory that is not there and out of it again.
 */
int view_find(const struct view *view, const char *path, struct place *ret,
	      struct hops *hops);

#endif
