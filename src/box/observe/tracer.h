/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tracer.h - what the observer cannot do any more, once it traces the command */
#ifndef SBOX_OBSERVE_TRACER_H
#define SBOX_OBSERVE_TRACER_H

#include "base/error.h"

/*
 * Gives up capabilities, by @drop, new privileges, and all system calls but those that
 * tracer.c needs; any other ends the process.
 */
_must_check_ int tracer_fence(int (*drop)(struct error *err), struct error *err);

#endif
