/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * landlock.h - a second fence around the mounts, that follows descriptors too
 *
 * Mounts decide what can be named. Landlock decides what can be opened, whatever
 * it was reached by: a directory descriptor that another sandbox sent over a socket
 * leads nowhere. From ABI 6 on it also keeps signals and abstract sockets inside, and
 * from ABI 9 on a socket that is not the sandbox's own can be connected to only where the
 * profile shows that very socket, and not a directory that it lies in.
 *
 * Reading and executing is allowed below the new root, writing below the writable mounts
 * of the plan. What a read-only mount or a cover inside a
 * writable mount forbids, the mount forbids: rules of Landlock only add up.
 */
#ifndef SBOX_LANDLOCK_H
#define SBOX_LANDLOCK_H

#include <stdint.h>

#include "base/error.h"
#include "box/fence/ruleset.h"
#include "plan/plan.h"

/*
 * The rights beyond reading that the rule for the target of @step gives, by the newest
 * ABI: to be cut to landlock_handled(). 0: the step needs no rule.
 */
uint64_t landlock_step_rights(const struct step *step);

/*
 * The places that the rules are about, opened before a command could move them: what is
 * started later gets the same rules. Empty: they are looked up when they are needed.
 */
#define LANDLOCK_HELD_MAX 200

struct landlock_held {
	int fds[LANDLOCK_HELD_MAX];
	uint64_t rights[LANDLOCK_HELD_MAX];
	size_t len;
	int queues; /* see landlock_queues() */
};

/*
 * POSIX message queues are files of a file system that is mounted nowhere, so no rule for
 * a path gives rights to them (mq_overview(7)). @ret_fd: that of the caller's own IPC
 * namespace, over which it needs CAP_SYS_ADMIN; close-on-exec; -1: the kernel has none
 * (CONFIG_POSIX_MQUEUE).
 */
_must_check_ int landlock_queues(int *ret_fd, struct error *err);

/* In the new root. -1: some of them may be open. */
_must_check_ int landlock_hold(const struct plan *plan, struct landlock_held *held,
			       struct error *err);

/*
 * Restricts the caller, which must be in the new root and have no_new_privs. All that
 * @abi offers of file access and scopes is used. After it nothing can be mounted.
 */
_must_check_ int landlock_restrict(const struct plan *plan,
				   const struct landlock_held *held, int abi,
				   struct error *err);

#endif
