/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * limits.h - the limits that a process takes upon itself and hands down
 *
 * Resource limits are inherited and can only be lowered, so what is set before the
 * command's program starts binds all that comes of it. The bound on the number of
 * processes is different: see by_counting() in plan/limits.c.
 */
#ifndef SBOX_LIMITS_H
#define SBOX_LIMITS_H

#include <sys/resource.h>

#include "base/error.h"
#include "plan/plan.h"

/*
 * For init, before it makes the command's user namespace. @sys: the sys directory of the
 * sandbox's own procfs, or -1. The CPUs are drawn here, so that commands which come later
 * have those of the first.
 */
_must_check_ int limits_init(int sys, const struct plan *plan, struct error *err);

/*
 * Before a process of ours sends descriptors: the kernel compares all that are in flight
 * between processes of the user with the sender's limit of open files, so that is made as
 * high as it may be. *ret_before: what it was, for limits_command(); NULL: not wanted.
 */
_must_check_ int limits_files(struct rlimit *ret_before, struct error *err);

/*
 * For the command's process; after it no descriptor may be needed any more. @files: of
 * limits_files(). Where the limit of open files is the caller's, the command stays below
 * it by what a message can carry a few times over, so that it can never have so many
 * descriptors in flight that sbox has no room for its own.
 */
_must_check_ int limits_command(const struct plan *plan, const struct rlimit *files,
				struct error *err);

/*
 * When init ends everything by itself, in milliseconds from now: the supervisor has had
 * its time, the grace and a second more. -1: never.
 */
int64_t limits_last_moment(const struct plan *plan);

#endif
