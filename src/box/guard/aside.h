/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * aside.h - a place for what was planted, where no program looks for instructions
 *
 * A directory of mode 0700, new for each run: in sbox's own state directory, or, on other
 * file systems, in the writable directory itself. What is moved there gets a number in
 * front of its name, so that it is no ".git", ".hg" or ".envrc" any more; only files,
 * links and the directories of editors are ever moved, never a whole repository.
 */
#ifndef SBOX_GUARD_ASIDE_H
#define SBOX_GUARD_ASIDE_H

#include "box/guard/guard.h"

/* Moves all that was found and can be moved; each finding says where, or why not. */
void aside_move_all(const struct guard *guard, const struct guard_end *end,
		    struct guard_findings *found);

#endif
