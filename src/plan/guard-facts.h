/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * guard-facts.h - what of the host's repositories programs take as instructions
 *
 * Found out before the command runs (box/guard/look.h), made into mounts by the planner
 * and compared when the command has ended (box/guard/guard.h).
 */
#ifndef SBOX_GUARD_FACTS_H
#define SBOX_GUARD_FACTS_H

#include <sys/types.h>
#include <time.h>

#include "base/strindex.h"
#include "plan/guard-table.h"

/* A path and what was there; everything is in the arena of who asked. */
struct guard_place {
	const char *path;
	const struct guard_row *row;
	mode_t type; /* S_IFMT; 0: nothing was there */
	dev_t dev;
	ino_t ino;
	bool linked; /* it, or a file in it, has another name as well, which no mount
			holds */
	struct timespec changed; /* its ctime */
	const char *text;        /* what was in it, NULL: it was not read */
	size_t text_len;
};

struct guard_places {
	struct guard_place *list;
	size_t len;
	struct strindex index;
};

struct guard_facts {
	struct guard_places protect; /* files and directories, by their canonical paths */
	struct guard_places watch; /* what is missing, and links: no mount can hold it */
	struct guard_places repos; /* the directories that version control keeps */
	const char
		*failed; /* what could not be looked at, NULL: nothing; the first one */
	int errnum;      /* why; not that it is missing or closed to the caller; E2BIG:
			    it is one more than GUARD_PLACES_MAX */
};

#define GUARD_PLACES_MAX 4096 /* of each list */

/* The reason that facts->errnum stands for, in words. */
const char *guard_facts_why(const struct guard_facts *facts);

#endif
