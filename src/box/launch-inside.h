/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * launch-inside.h - the part of a start that happens in the new namespaces
 *
 * Process 1 builds, clones the command and waits; the command gives up what is left and
 * executes. The order and its reasons are told in launch.c.
 */
#ifndef SBOX_LAUNCH_INSIDE_H
#define SBOX_LAUNCH_INSIDE_H

#include <stdbool.h>
#include <sys/types.h>

#include "box/launch.h"

/* What init and the command have in hand while they set up. */
struct inside {
	const struct launch *launch;
	const struct plan *plan;
	int ctl;       /* to the supervisor */
	int errors;    /* close-on-exec, see above */
	int proc;      /* a procfs, for init alone: the new one, or the host's */
	bool proc_new; /* whose process numbers are those inside */
	int sys;       /* its sys directory, writable; -1 without a new procfs */
	int dev;       /* /dev, to be made read-only; -1: there is none */
	int pty;       /* the command's terminal, -1: none */
	bool tty[3];   /* which of 0 to 2 it stands for */
	const struct relays *relays;
	int go[2];    /* pipe: init has written the command's id maps */
	mode_t umask; /* the caller's; ours is 0 while we build */
};

/* The life of process 1, from its first instruction on. */
_Noreturn void inside_init(struct inside *in);

#endif
