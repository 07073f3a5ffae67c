/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * attendant.h - the process that starts a later command, and serves it; see exec.h
 */
#ifndef SBOX_START_ATTENDANT_H
#define SBOX_START_ATTENDANT_H

#include "base/msg.h"

/*
 * In init: forks the attendant of a command that is asked for by @fds, as MSG_EXEC brings
 * them; @ttys: for which of 0 to 2 a terminal of the sandbox stands, a bit each. @data is
 * init's struct inside, which stays as it is.
 */
void attendant_start(void *data, int ttys, const int fds[EXEC_FDS]);

#endif
