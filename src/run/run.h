/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * run.h - one run, from a request to the exit status
 *
 * Whoever takes orders fills session.request (request.h) and calls run_session(): it
 * makes the plan, starts what is planned, waits, tells how it ended, and returns what
 * sbox ends with. What is told goes by say.h to people and by report.h to programs.
 *
 * A process has one session: it changes the signals, the umask and the descriptors of the
 * process that it runs in, and nothing is freed before exit.
 */
#ifndef SBOX_RUN_H
#define SBOX_RUN_H

#include "run/session.h"

/*
 * Before anything is opened or made: what the caller's process brings along is put in
 * order (launch_sanitize()), and the kernel looked at. Makes the umask 0077, so that sbox
 * can read what it makes for itself; the caller's is kept for the command. -1 with *err.
 */
_must_check_ int run_begin(struct session *session, struct error *err);

/*
 * Carries session->request out, unless session->diags has mistakes already, which are
 * told then. Returns the status to exit with. @argv0 is what ps shows of this process.
 */
int run_session(struct session *session, char *argv0);

#endif
