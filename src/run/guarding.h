/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guarding.h - what the guard has to know of the caller; see box/guard/guard.h */
#ifndef SBOX_GUARDING_H
#define SBOX_GUARDING_H

#include "box/guard/look.h"
#include "plan/host.h"
#include "run/caller.h"

/* The caller's home directory and the settings of git and Mercurial that hold everywhere;
 * the directories are the planner's to fill in. */
void guarding_question(struct caller *caller, struct guard_question *ret);

/* Lets the planner ask @host for instructions. */
void guarding_look(struct caller *caller, struct host *host);

#endif
