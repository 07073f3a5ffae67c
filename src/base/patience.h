/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * patience.h - tells a person what takes longer than a second
 *
 * Whoever waits says for what, and looks in now and then. Nothing is told of what ends
 * sooner, and of each wait once. A NULL patience has nobody to tell.
 */
#ifndef SBOX_PATIENCE_H
#define SBOX_PATIENCE_H

#include <stdint.h>

#include "base/error.h"

#define PATIENCE_MS 1000

struct patience { /* all-zero: nobody is told */
	void (*tell)(const char *what);
	int64_t due; /* as of clock_ms(), when @what is told; 0: it was, or nothing is
			waited for */
	char what[256];
};

/* From now on this is waited for, in place of what was before. */
_printf_(2, 3) void patience_begin(struct patience *p, const char *fmt, ...);
/* Nothing is waited for any more. */
void patience_end(struct patience *p);
/* Tells what is waited for, if it is time. */
void patience_look(struct patience *p);
/* Waits until @fd can be read; at once for -1, or without anybody to tell. */
void patience_wait(struct patience *p, int fd);

#endif
