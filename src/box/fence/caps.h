/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* caps.h - what capabilities the calling process keeps, by libcap-ng */
#ifndef SBOX_CAPS_H
#define SBOX_CAPS_H

#include <stdint.h>

#include "base/error.h"

/*
 * Leaves exactly the capabilities of bit mask @keep, in all five sets (so that they
 * survive execve(2) of a program that knows nothing of them), and takes from uid 0 its
 * way of getting others at execve(2) (SECBIT_NOROOT). A new user namespace starts with
 * a full bounding set, so this is needed in each. Bits the kernel does not know are
 * ignored. Must come after the last step that needs a capability.
 */
_must_check_ int caps_keep_only(uint64_t keep, struct error *err);

/* Gives up all capabilities for good, for a process that will never call execve(2). */
_must_check_ int caps_drop_all(struct error *err);

/*
 * All but CAP_KILL, for who hands on signals to processes of other users in a sandbox
 * with several: it can end all of them anyway, as process 1.
 */
_must_check_ int caps_keep_kill(struct error *err);

/* No setuid program and no file capability gives anything any more, to nobody below. */
_must_check_ int caps_no_new_privs(struct error *err);

#endif
