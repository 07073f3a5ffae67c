/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * made.h - a sandbox that is there but for its command, in the host's terms
 *
 * Whoever prepares more than a profile can say (a cgroup, a count, a packet filter) needs
 * the processes and namespaces before the command runs, and has to be able to let it go.
 */
#ifndef SBOX_START_MADE_H
#define SBOX_START_MADE_H

#include <stdint.h>
#include <sys/types.h>

#define MADE_NAMESPACES 7
#define MADE_REPORTED 6 /* of them, all but the last */

struct made {
	pid_t init;
	pid_t command; /* 0: the kernel does not say (CONFIG_PROC_CHILDREN) */
	/* "user", "mnt", ... and the number that /proc/PID/ns/NAME of init shows; 0:
	 * unknown. The user namespace is the outer one, and the cgroup namespace, the
	 * last, is not what it will be if init makes it anew: with a cgroup of its own */
	struct {
		const char *name;
		uint64_t number;
	} ns[MADE_NAMESPACES];
};

/* Right after init was cloned as @init: later nobody may look into it any more. */
void made_look(struct made *ret, pid_t init);

/* Finds the command, which waits. */
void made_find_command(struct made *made);

#endif
