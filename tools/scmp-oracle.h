/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * scmp-oracle.h - what libseccomp makes of a policy
 *
 * A second opinion on policy/filter-program.h, by a compiler that is not ours; and what
 * the rules cost as bubblewrap's users have them (tests/bench).
 */
#ifndef SBOX_SCMP_ORACLE_H
#define SBOX_SCMP_ORACLE_H

#include "seccomp/program.h"

/* As filter_compile(). */
int scmp_compile(struct arena *arena, const struct filter_policy *policy,
		 struct filter_programs *ret, struct error *err);

#endif
