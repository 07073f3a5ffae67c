/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* options-given.h - the profiles and settings of a command line, as a profile of their
 * own */
#ifndef SBOX_CTL_OPTIONS_GIVEN_H
#define SBOX_CTL_OPTIONS_GIVEN_H

#include "base/strbuf.h"
#include "policy/keys.h"
#include "run/request.h"

struct options_given {
	struct arena *arena;
	const struct request *request; /* profiles and settings */
	const char *cwd;               /* that its relative paths begin in */
	const char *project;           /* what ${PROJECT} is; NULL or "": not known */
	const char *home;              /* of the caller; NULL: not known */
};

/* Looks that all of it can stand in a profile and mean the same there. */
_must_check_ int given_check(const struct options_given *given, struct error *err);

/* An absolute path, with ${PROJECT} or ${HOME} in front where it is in one. */
void given_path(const struct options_given *given, const char *path, struct strbuf *out);

/* "extends = [...]" */
void given_extends(const struct options_given *given, struct strbuf *out);

/*
 * More entries for the list @key, each "    ENTRY,\n"; with @out NULL only whether there
 * are any.
 */
typedef bool given_more(void *data, const struct key *key, struct strbuf *out);

/* The settings, table by table in the order of the manual, with those of @more (NULL). */
void given_tables(const struct options_given *given, given_more *more, void *data,
		  struct strbuf *out);

#endif
