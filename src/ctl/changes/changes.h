/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* changes.h - the parts of "sboxctl changes" */
#ifndef SBOX_CTL_CHANGES_H
#define SBOX_CTL_CHANGES_H

#include "changes/commit.h"
#include "changes/set.h"
#include "ctl/ctl.h"

/* What the command line of "sboxctl changes VERB" says. */
struct changes_request {
	const char *verb;
	const char **names;   /* of sets; NULL-terminated; one but for list and discard */
	const char **paths;   /* clean, of the host; NULL: all */
	const char **written; /* the same, as they were written; each NULL or clean */
	bool json, stat, content, quick, trust, overwrite, all;
};

/*
 * Opens the set that @request names first, which must not be in use; 0 or -1. From then
 * on request->paths below its trees are as they were written: what is a link on the host
 * can be a directory in the set.
 */
_must_check_ int changes_get(struct ctl *ctl, const struct changes_request *request,
			     struct changes_set *ret, struct error *err);

/*
 * Takes on the ids that the files of @set can have: as root of a user namespace with
 * these, of the caller's alone where there are no others (changes/ids.h). The process has
 * one thread, and no way back.
 */
_must_check_ int changes_enter(struct ctl *ctl, const struct changes_set *set,
			       struct error *err);

/* diff.c, list.c: return the exit status. */
int changes_diff(struct ctl *ctl, const struct changes_request *request);
int changes_list(struct ctl *ctl, const struct changes_request *request);

#endif
