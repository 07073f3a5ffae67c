/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * changes.h - the change set of a run, from its name to what becomes of it
 *
 * To be called in this order. Without a change set none of it does anything.
 */
#ifndef SBOX_RUN_CHANGES_H
#define SBOX_RUN_CHANGES_H

#include "run/session.h"

/*
 * Finds the name of the set, if one is @wanted: that of the request, or one that no set
 * has, which is taken by making its directory, unless this is a dry run. 0, or -1 with
 * the mistake in the session's diags.
 */
_must_check_ int run_changes_name(struct session *session, bool wanted);

/* Makes the set as planned, or goes on with it, and takes its lock. */
_must_check_ int run_changes_start(struct session *session, struct error *err);

/*
 * When nothing of the sandbox is alive any more and @status is to be ended with: does
 * what is to be done with the set, says it, and returns what to end with.
 */
int run_changes_end(struct session *session, int status);

/* Gives everything up that is open or taken; a name that nothing was run with is free. */
void run_changes_drop(struct session *session);

/*
 * commit.c: puts what is in the set into its place, or with @ask what the caller says of
 * it, whose terminal that takes. Returns the status to end with: 0, EXIT_GUARD where it
 * was refused, or EXIT_SBOX. The set's lock is given up; the state is in the ending.
 */
int run_commit(struct session *session, bool ask);

#endif
