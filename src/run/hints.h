/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hints.h - what a person could do about a failure, by looking at the host */
#ifndef SBOX_HINTS_H
#define SBOX_HINTS_H

#include "base/error.h"
#include "plan/plan.h"

/*
 * If @err says that the command was not found inside (EXIT_NOCMD) and the host has it,
 * adds where it is and which key would show it.
 */
void hint_command(const struct plan *plan, struct error *err);

#endif
