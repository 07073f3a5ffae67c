/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* profile.h - the pieces of sboxctl profile */
#ifndef SBOX_CTL_PROFILE_H
#define SBOX_CTL_PROFILE_H

#include "ctl/ctl.h"
#include "run/planning.h"

/*
 * profile-effective.c: @policy as one profile, with the place that each line came from.
 * It is a profile itself and, on this machine, gives the same policy: what a later file
 * has replaced is a comment, because within one file it would be a mistake. -1: a text of
 * the command line is no UTF-8, which no profile can hold.
 */
_must_check_ int profile_effective(struct arena *arena, const struct policy *policy,
				   struct strbuf *out, struct error *err);

/* profile-schema.c: the JSON Schema of profiles, from the key table. */
void profile_schema(struct strbuf *out);

/* profile-list.c: every profile of the search path. Returns the exit status. */
int profile_list(struct ctl *ctl, bool json);

/*
 * profile-new.c: writes a profile to begin with. @extends: NULL-terminated, or empty.
 * @options->detect: one for the project in the current directory; ->from_run: one of the
 * options of that run.
 */
int profile_new(struct ctl *ctl, const char *name, const char *const *extends,
		const struct request *options);

/* profile-from-run.c: the text of the one of the run @id. */
_must_check_ int profile_from_run(struct ctl *ctl, const char *id, struct strbuf *out,
				  struct error *err);

/* What the project in the current directory is; all-zero: nothing is found yet. */
struct detected {
	struct strbuf names;    /* "node (package.json)"; empty: none that is known */
	struct strbuf notes;    /* how it is built, as comments */
	struct strbuf body;     /* tables of a profile */
	const char *bundles[8]; /* profiles that it extends: as many as there are kinds */
	size_t bundles_len;
};

/* profile-detect.c: what stands in the project's files is not looked at. */
void profile_detect(struct detected *ret);
void detected_done(struct detected *detected);
#define _cleanup_detected_ __attribute__((cleanup(detected_done)))

#endif
