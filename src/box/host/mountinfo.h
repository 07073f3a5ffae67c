/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mountinfo.h - mount points of the host by their paths, as proc_pid_mountinfo(5) has
 * them */
#ifndef SBOX_MOUNTINFO_H
#define SBOX_MOUNTINFO_H

#include "base/arena.h"

/*
 * The first mount point in @text, a mountinfo file, that lies below @path, and not at it;
 * in @arena. NULL: there is none.
 */
const char *mountinfo_below(struct arena *arena, const char *text, const char *path);

#endif
