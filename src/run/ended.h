/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ended.h - how a run ended: told, put into the report, and made the exit status of sbox
 *
 * The first three are to be called in this order, when nothing of the sandbox is alive
 * any more.
 */
#ifndef SBOX_ENDED_H
#define SBOX_ENDED_H

#include "run/session.h"

/* Why the run ended, from session->outcome; returns the status that follows from it. */
int ended_status(struct session *session);

/* Tells of covers that fell off, since somebody outside put something else there. */
void ended_replaced(struct session *session);

/*
 * Lets the guard look at what the command left, and tells what it found. Returns the
 * status to end with: @status, or EXIT_GUARD in the place of 0.
 */
int ended_guard(struct session *session, int status);

/*
 * "limits.pids = 5 was reached: no further process ...", of limit @name (behind
 * "limits.") if it is set; @how, "was reached", and @what followed from it.
 */
void ended_limit(struct session *session, const char *name, const char *how,
		 const char *what);

#endif
