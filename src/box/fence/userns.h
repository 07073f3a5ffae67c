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
 * (mode 0604). For the same reason no group is ever dropped (CVE-2018-7169). The
 * exception is id_maps.setgroups, which a profile asks for.
 *
 * The helpers take a process id. Ours cannot be reused while we have not reaped it,
 * and the maps are read back and compared before anything goes on.
 *
 * They look ids up where the system keeps them, and a directory service may not answer.
 * So they have a deadline, and a signal or the end of whoever started us ends the wait.
 * Being setuid, they get no PR_SET_PDEATHSIG; each holds the reading end of a pipe that
 * sends it SIGKILL when its writing end, which is ours, closes (F_SETOWN, F_SETSIG).
 */
#ifndef SBOX_USERNS_H
#define SBOX_USERNS_H

#include <sys/types.h>

#include "base/error.h"
#include "plan/plan.h"

/*
 * The number of the process that @pidfd is of in procfs @procfd, which may be of another
 * PID namespace than ours; -1: it is in none.
 */
pid_t userns_number(int procfd, int pidfd);

/* Writes both maps of @pid, a child of ours, directly: for those in a map we may write.
 */
_must_check_ int userns_map_self(int procfd, pid_t pid, const struct id_maps *maps,
				 struct error *err);

/* Events that end the wait for newuidmap and newgidmap before its deadline. */
struct userns_patience {
	int64_t until; /* as of clock_ms(), negative: nothing but the deadline */
	int signals;   /* readable when a signal is pending, which is left there; -1 */
	int parent;    /* a pidfd whose end counts; -1 */
};

/*
 * Writes both maps of our child @pid with host->newuidmap and host->newgidmap. When the
 * wait was ended by a signal, err->status is what sbox ends with.
 */
_must_check_ int userns_map_helpers(pid_t pid, const struct id_maps *maps,
				    const struct host *host,
				    const struct userns_patience *patience,
				    struct error *err);

#endif
