/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cgroup.h - what control groups can do for an ordinary user here
 *
 * Only a cgroup v2 that somebody has delegated to the caller can be used: on a v1 host,
 * and on one where the controllers are still in the v1 hierarchies, the kernel lets no
 * ordinary user limit anything.
 */
#ifndef SBOX_CGROUP_H
#define SBOX_CGROUP_H

#include "base/arena.h"

/* Why no limit can be given to a cgroup, in @arena. */
const char *cgroup_why_not(struct arena *arena);

#endif
