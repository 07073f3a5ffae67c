/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * findings.h - what a look has found, as bytes from one process to another
 *
 * Of each finding: a byte FINDING_* of what it has, then its path and these texts, in the
 * order of the structure, each with its NUL.
 */
#ifndef SBOX_GUARD_FINDINGS_H
#define SBOX_GUARD_FINDINGS_H

#include "box/guard/guard.h"

#define FINDINGS_BYTES_MAX ((size_t)256 << 20) /* 10,001 with paths of their longest */

/* Writes all of @found to @fd; 0, or -1 with errno. */
int findings_write(const struct guard_findings *found, int fd);

/*
 * Adds those of @bytes to @ret, with their texts in @arena. -1: the bytes end in the
 * middle of one, or are none of findings_write().
 */
int findings_read(const char *bytes, size_t len, struct arena *arena,
		  struct guard_findings *ret);

#endif
