/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * devproc.h - /dev and /proc of the sandbox
 *
 * /dev is a small tmpfs of its own with six nodes of the host (a user namespace
 * cannot make nodes), each checked to be the character device that it should be,
 * a devpts instance of its own and a /dev/shm. Nothing else of the host's /dev is there.
 *
 * /proc is a new procfs of the sandbox's PID namespace. Through it the kernel's
 * limits on further namespaces are set, which bind every descendant also without
 * seccomp; then what tells about the host is covered and /proc/sys made read-only.
 * The covers also keep a nested namespace from mounting a fresh, uncovered procfs.
 */
#ifndef SBOX_DEVPROC_H
#define SBOX_DEVPROC_H

#include "box/mount/mtree.h"
#include "plan/plan.h"

/* At the target of @step, a STEP_DEV of @plan. *ret_dev: its mount, still writable: the
 * profile may put more into it. */
_must_check_ int devproc_dev(struct mtree *tree, const struct plan *plan,
			     const struct step *step, int *ret_dev, struct error *err);

/*
 * At the target of @step, a STEP_PROC.
 * *ret_proc, *ret_sys: descriptors of the new procfs and of its sys directory, the latter
 * from below the read-only cover, for sbox itself.
 */
_must_check_ int devproc_proc(struct mtree *tree, const struct step *step, int *ret_proc,
			      int *ret_sys, struct error *err);

/*
 * Lets @users (0 or 1) user namespaces be in that of the caller, and no other namespace,
 * however deep below: the kernel asks all the way up. Through @sys. From then on no mount
 * can be made there, unless @mounts: a detached one counts as a mount namespace while it
 * is detached, and mount(8) of util-linux 2.39 and newer makes all of them so. Then a few
 * are let, and as many mount namespaces: to a command that may mount they give nothing.
 */
_must_check_ int devproc_limits(int sys, unsigned users, bool mounts, struct error *err);

/*
 * Lets all below the caller's user namespace together have a share of what the host
 * counts for each user, inotify instances and watches: so that one sandbox leaves some to
 * others.
 */
_must_check_ int devproc_quotas(int sys, struct error *err);

#endif
