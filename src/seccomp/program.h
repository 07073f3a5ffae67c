/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * program.h - a seccomp policy as programs for the kernel
 *
 * A policy becomes two programs, and the kernel takes the stricter answer of the two
 * (seccomp(2)). The first is a list: what is in it passes, all else is ENOSYS. The
 * second refuses: EPERM rows, argument rules. So what one of them forgets to refuse, the
 * other one still does not list.
 */
#ifndef SBOX_FILTER_PROGRAM_H
#define SBOX_FILTER_PROGRAM_H

#include <linux/filter.h>

#include "base/arena.h"
#include "base/error.h"
#include "seccomp/filter.h"

#define FILTER_PROGRAMS 2

/* In the order of loading. A length of 0: there is no such program. */
struct filter_programs {
	const struct sock_filter *insns[FILTER_PROGRAMS];
	unsigned short len[FILTER_PROGRAMS];
};

/*
 * The programs of any policy that is not empty, in @arena. The first one lets
 * seccomp(2) pass whatever the policy says, so that the second can follow it. It fails
 * only for a program that is longer than the kernel takes (BPF_MAXINSNS).
 */
_must_check_ int filter_compile(struct arena *arena, const struct filter_policy *policy,
				struct filter_programs *ret, struct error *err);

/*
 * Programs are made for commands with whatever numbers: puts those of @policy into
 * @programs, in copies in @arena.
 */
void filter_own(struct arena *arena, const struct filter_policy *policy,
		struct filter_programs *programs);

#endif
