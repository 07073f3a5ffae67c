/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * userns.h - write the id maps of a user namespace
 *
 * Theory of operation
 *
 * A map of the caller's one id is written directly. A map with subordinate ids is
 * written by newuidmap(1) and newgidmap(1), which check /etc/subuid and /etc/subgid
 * as root; the two run at the same time, because each takes longer than everything
 * else that we do until then.
 *
 * setgroups(2) is denied before any gid map is written, also when newgidmap writes
 * it: a process that may drop its groups can read what a group was excluded from
 * (mode 0604). For the same reason no group is ever dropped (CVE-2018-7169).
 *
 * The helpers take a process id. Ours cannot be reused while we have not reaped it,
 * and the maps are read back and compared before anything goes on.
 */
#ifndef SBOX_USERNS_H
#define SBOX_USERNS_H

#include <sys/types.h>

#include "base/error.h"
#include "plan/plan.h"

/* Writes both maps of @pid, a child of ours, directly: for those in a map we may write.
 */
int userns_map_self(int procfd, pid_t pid, const struct id_maps *maps, struct error *err);

/* Writes both maps of our child @pid with the helpers at @newuidmap and @newgidmap. */
int userns_map_helpers(pid_t pid, const struct id_maps *maps, const struct host *host,
		       struct error *err);

#endif
