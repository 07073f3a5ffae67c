/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* probe.h - the facts about this machine that the planner asks for; see policy/host.h */
#ifndef SBOX_PROBE_H
#define SBOX_PROBE_H

#include "base/arena.h"
#include "policy/host.h"
#include "policy/policy.h"

/*
 * Fills *ret; everything in it lives in @arena. @policy says what will be asked for:
 * names and subordinate ids are looked up only if it can use them. @landlock_abi is
 * what the kernel offers.
 */
void probe_host(struct arena *arena, const struct policy *policy, int landlock_abi,
		struct host *ret);

#endif
