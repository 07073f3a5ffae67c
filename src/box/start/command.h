/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * command.h - run the command, and say why if it cannot be run
 *
 * The last file whose code runs before the payload's. What execve(2) answers is
 * one errno; what a person needs is the cause: a program that is there but whose
 * interpreter or dynamic loader is not, a script without "#!", a directory that is not
 * searchable, a mount without exec.
 */
#ifndef SBOX_COMMAND_H
#define SBOX_COMMAND_H

#include "base/error.h"
#include "plan/plan.h"

/* Into the plan's working directory, which must be inside (CVE-2024-21626). */
int command_chdir(const struct plan *plan, struct error *err);

/*
 * Closes every descriptor but 0 to 2, those the plan keeps, and those of @keep (@len
 * numbers, in any order). Whatever the plan keeps loses close-on-exec.
 */
int command_close_fds(const struct plan *plan, const int *keep, size_t len,
		      struct error *err);

/* execve(2) with the plan's PATH and environment. Returns only to report in *err. */
void command_exec(const struct plan *plan, struct error *err);

#endif
