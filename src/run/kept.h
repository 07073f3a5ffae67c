/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kept.h - what is remembered of the last runs that failed, so that they can be asked
 * about
 *
 * Theory of operation
 *
 * A file for each in the directory "runs" of the registry (box/door/registry.h), which is
 * the caller's, of mode 0700, in memory where the machine has a runtime directory, and
 * shown to no sandbox. It has the options, the command, the directory and what of the
 * environment decides about a plan, so the plan can be made once more, with the lines of
 * its profiles. The last KEPT_MAX are there. A run that ends well leaves nothing, and
 * neither does one without such a directory: it is never made for this.
 */
#ifndef SBOX_KEPT_H
#define SBOX_KEPT_H

#include "run/session.h"

#define KEPT_MAX 20

struct kept_run {
	const char *id;  /* "20260131-235959-4711": when it ended, and its process */
	int64_t status;  /* of sbox */
	const char *why; /* as in the report */
	const char *cwd;
	const char *const *options; /* behind "sbox", before the command */
	const char *const *command;
	const char *const *environ; /* "NAME=VALUE" */
};

struct kept_runs {
	struct kept_run *list; /* the oldest first */
	size_t len;
};

/* Remembers @session, if it failed or was refused a host. What cannot be is not told. */
void kept_save(const struct session *session);

/* All that are there, in @caller's arena. */
void kept_list(const struct caller *caller, struct kept_runs *ret);

/* The one called @id, or by "last" the last one. */
_must_check_ int kept_find(const struct caller *caller, const char *id,
			   struct kept_run *ret, struct error *err);

#endif
