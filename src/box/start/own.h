/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* own.h - directories that are sbox's own and would else be for the command to make */
#ifndef SBOX_OWN_H
#define SBOX_OWN_H

#include "base/error.h"
#include "plan/plan.h"

/*
 * Makes plan->make_dirs and what is missing above them. One that is read-only by its mode
 * alone is no obstacle: the command could change that mode, so we do, and change it back.
 */
_must_check_ int own_make_dirs(const struct plan *plan, struct error *err);

#endif
