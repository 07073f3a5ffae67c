/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * jobserver.h - the job slots of a GNU make that sbox was started by
 *
 * make hands its slots on as bytes in a pipe, whose descriptors the recipe inherits if
 * make takes it for another make ("+" in front), or as a FIFO with a name, and says which
 * in MAKEFLAGS: --jobserver-auth=R,W (4.2), --jobserver-fds=R,W (before), and
 * --jobserver-auth=fifo:PATH (4.4; info make, "POSIX Jobserver").
 */
#ifndef SBOX_JOBSERVER_H
#define SBOX_JOBSERVER_H

#include "base/arena.h"
#include "plan/host.h"

/*
 * Fills *ret from @makeflags (NULL: there are none). A FIFO is opened, close-on-exec: the
 * two descriptors are then ours, and stay open. What is not there, or is no pipe that is
 * open as it has to be, is none: make says of itself what follows.
 */
void jobserver_probe(struct arena *arena, const char *makeflags,
		     struct host_jobserver *ret);

#endif
