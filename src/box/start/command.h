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
#include "box/start/inside.h"
#include "plan/plan.h"

/* Into the plan's working directory, which must be inside (CVE-2024-21626). */
_must_check_ int command_chdir(const struct plan *plan, struct error *err);

/*
 * Closes every descriptor but 0 to 2, those the plan keeps, and those of @keep (@len
 * numbers, in any order). Whatever the plan keeps loses close-on-exec.
 */
_must_check_ int command_close_fds(const struct plan *plan, const int *keep, size_t len,
				   struct error *err);

/* The life of a command up to its own first instruction. */
_Noreturn void command_main(struct inside *in);

/*
 * In the place of the command, where a sandbox is held without one: makes the inner user
 * namespace, in which nothing else is yet, and ends when it is what a command would have
 * found. It stays for as long as init holds it.
 */
_Noreturn void command_make_userns(struct inside *in);

/*
 * From here no namespace can be made, and of what the kernel counts for each user there
 * is a share only. Nobody below the user namespace whose limits these are can lift them.
 * That is the outer one, unless another sandbox may come to lie in it: see join.h. Called
 * in each of the two; @inner: we are in the inner one.
 */
_must_check_ int command_limit_namespaces(const struct inside *in, bool inner,
					  struct error *err);

#endif
