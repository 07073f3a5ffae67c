/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * alone.h - the command as process 1 itself
 *
 * Theory of operation
 *
 * Who asks for it (plan->alone) wants the command to reap what is orphaned, and to be
 * what the kernel takes for process 1. So there is no init beside it: process 1 builds
 * all, as ever, and then does what the command's process does elsewhere. Only the inner
 * user namespace is made otherwise: process 1 cannot be born in it, so it goes there by
 * itself, and a child of it, which stays in the outer one, writes the maps and ends.
 * Nobody says how the command ends: that is the status of process 1. Nothing of the
 * sandbox's is out of the command's reach in process 1 then; what it could change there
 * has been given up before, as in any command.
 */
#ifndef SBOX_START_ALONE_H
#define SBOX_START_ALONE_H

#include "box/start/inside.h"

/* From a sandbox that is built to the command. */
_Noreturn void alone_main(struct inside *in);

#endif
