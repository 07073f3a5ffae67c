/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hits.h - which bounds a command that failed may have run into
 *
 * Process: init, in the outer user namespace without capabilities. Looked at when the
 * command has failed and is still a zombie, so that it counts: what is full then, was
 * full before. A bound that was reached and left again is not seen, but that of processes
 * where the cgroup counts, or HIT_PIDS_MADE.
 */
#ifndef SBOX_HITS_H
#define SBOX_HITS_H

#include "plan/plan.h"

enum hit {
	HIT_PIDS = 1 << 0,   /* limits.pids: not one more process can be made */
	HIT_TMPFS = 1 << 1,  /* limits.tmpfs: a directory in memory has no room */
	HIT_INODES = 1 << 2, /* limits.inodes: ... or takes no more files */
	/* without a network, a datagram found no receiver, as a question for a name does
	 */
	HIT_NAMES = 1 << 3,
	/* limits.pids: just as many were made in all as there may be at once */
	HIT_PIDS_MADE = 1 << 4,
};

/*
 * A set of enum hit. What cannot be asked is not in it: without an inner user namespace
 * all but processes. It waits for nothing that the command could hold up.
 */
int hits_look(const struct plan *plan);

#endif
