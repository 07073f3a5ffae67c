/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * restore.h - put a cover back that has fallen off
 *
 * Theory of operation
 *
 * To mount in the sandbox takes CAP_SYS_ADMIN in the user namespace U1 that owns its
 * mounts. Nobody inside has it any more when the command runs, and nobody shall: the
 * supervisor has made U1, so the kernel gives it all capabilities there as soon as it
 * enters (user_namespaces(7)). A child of it does so, puts the cover on, and is gone; no
 * process waits for that, and it costs a start nothing but one descriptor.
 *
 * The child enters U1 and the mount namespace, not the PID namespace: no process inside
 * can name it, signal it or trace it, and it executes nothing, reads nothing that the
 * command wrote, and resolves the path without a symbolic link, from the mount that shows
 * it. What it covers has to be what the supervisor saw on the host.
 */
#ifndef SBOX_COVERS_RESTORE_H
#define SBOX_COVERS_RESTORE_H

#include <sys/stat.h>

#include "base/error.h"
#include "plan/plan.h"

/*
 * Covers @cover again, in the mount namespace @mntns of a sandbox that the caller has
 * made, where @now is what the host has at its path. It takes a second at most.
 */
int cover_restore(int mntns, const struct covered *cover, const struct stat *now,
		  struct error *err);

#endif
