/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* explain.h - the pieces of sboxctl explain */
#ifndef SBOX_CTL_EXPLAIN_H
#define SBOX_CTL_EXPLAIN_H

#include <linux/seccomp.h>

#include "ctl/ctl.h"
#include "run/planning.h"
#include "verdict/verdict.h"

/* The plan for a command that nobody starts. */
struct explain {
	struct ctl *ctl;
	struct request options;
	struct profile_set profiles;
	struct policy policy;
	struct host host;
	struct plan plan;
};

/*
 * explain-syscall.c: runs the programs that the plan's filter compiles to, as the kernel
 * would. "NAME", "NUMBER", "NAME(ARGUMENT, ...)"; arguments are numbers or names of
 * constants, "|" between two. Without arguments: is there any way to make the call?
 * -1: a mistake in @what, or no program could be made; @err says it.
 */
_must_check_ int explain_syscall(struct explain *explain, const char *what,
				 struct verdict *ret, struct error *err);

/*
 * Explains one call by its number and known arguments, into *ret. -1: no program could be
 * made, or it does not agree with the policy; @err says it.
 */
_must_check_ int explain_call(struct explain *explain, const struct seccomp_data *call,
			      struct verdict *ret, struct error *err);

#endif
