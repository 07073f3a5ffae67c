/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* errnos.h - errno names, which not every libc can tell */
#ifndef SBOX_ERRNOS_H
#define SBOX_ERRNOS_H

#include <stddef.h>

#include "base/arena.h"

/* The kernel's MAX_ERRNO is 4095, but libseccomp does not take that one. */
#define ERRNO_MAX 4094

/* "EPERM" (@len bytes) → 1; 0 for an unknown name. */
int errno_by_name(const char *name, size_t len);
/* 1 → "EPERM"; NULL for a number without a name. */
const char *errno_name(int number);
/* All names, NULL-terminated, for diag_nearest(). */
const char *const *errno_names(struct arena *arena);

#endif
