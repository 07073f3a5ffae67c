/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * calls.h - the system calls that are observed: those that take a path or an address
 *
 * One row is one call. The program that stops the command at them, the observer that
 * reads their arguments and whoever tells of them all use this table.
 */
#ifndef SBOX_OBSERVE_CALLS_H
#define SBOX_OBSERVE_CALLS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* What a call wants of a path. */
enum observe_access {
	OBSERVE_READ,
	OBSERVE_WRITE,  /* of what is there */
	OBSERVE_CREATE, /* of what need not be there */
	OBSERVE_EXEC,
	OBSERVE_CONNECT, /* to a socket that has a path */
	OBSERVE_TRACE,   /* of another process; there is no path */
	OBSERVE_ACCESSES
};

enum { OBSERVE_NONE = -1 }; /* of an argument */

/* Where a path stands: arguments by number. */
struct observe_operand {
	int8_t dir;  /* the descriptor that it is relative to; NONE: the working directory
		      */
	int8_t path; /* NONE: there is no operand */
};

struct observe_call {
	long number;
	const char *name;
	struct observe_operand operands[2];
	uint8_t access; /* enum observe_access */
	/* the argument with the flags of open(2), which say what is wanted */
	int8_t flags;
};

extern const struct observe_call observe_calls[];
extern const size_t observe_calls_len;

/*
 * In the command's process: from here each of these calls stops for the tracer, and fails
 * with ENOSYS where there is none; all else passes. Decides nothing: what other programs
 * of seccomp(2) refuse stays refused, and is not stopped for. Needs no_new_privs.
 */
_must_check_ int observe_stop_at_calls(struct error *err);

#endif
