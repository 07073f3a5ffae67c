/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* overlay.h - overlayfs in a user namespace (Linux 5.11), with layers given by descriptor
 */
#ifndef SBOX_OVERLAY_H
#define SBOX_OVERLAY_H

#include "box/mount/mtree.h"
#include "plan/plan.h"

/*
 * The detached overlay of a STEP_OVERLAY; without an upper directory what is written
 * goes to a tmpfs of the step's size and is gone with the sandbox. It is writable; the
 * caller makes it read-only when nothing has to be created in it any more.
 * Limit of the kernel: a layer with mounts below it that this namespace did not make
 * cannot be used (EINVAL).
 */
_must_check_ int overlay_new(struct mtree *tree, const struct step *step,
			     struct error *err);

#endif
