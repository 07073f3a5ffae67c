/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * restore.h - put a cover back that has fallen off
 *
 * Theory of operation
 *
 * To mount in the sandbox takes CAP_SYS_ADMIN in the user namespace U1 that owns its
 * mounts. Nobody inside has it any more when the command runs, and nobody shall: a job of
 * the supervisor (base/job.h) enters U1, then the mount namespace, puts the cover on, and
 * is gone. No process waits for that, and it costs a start nothing but one descriptor.
 *
 * The job reads nothing that the command wrote, and resolves the path without a symbolic
 * link, from the mount that shows it. What it covers has to be what the supervisor saw on
 * the host.
 */
#ifndef SBOX_COVERS_RESTORE_H
#define SBOX_COVERS_RESTORE_H

#include <sys/stat.h>

#include "base/error.h"
#include "plan/plan.h"

/*
 * Covers @cover again, in the mount namespace @mntns of a sandbox that the caller has
 * made, where @now is what the host has at its path. 1: it was covered still. It takes a
 * second at most.
 */
_must_check_ int cover_restore(int mntns, const struct covered *cover,
			       const struct stat *now, struct error *err);

#endif
