/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* observed-calls.h - system calls that the filter refused to an observed command */
#ifndef SBOX_OBSERVED_CALLS_H
#define SBOX_OBSERVED_CALLS_H

#include "run/observed.h"

/* A call that fails as the filter says: by its number and arguments, those that are
 * pointers left out. */
struct observed_call {
	const struct observe_failed *row;
	const char
		*what; /* as "sboxctl explain syscall" takes it: "socket(AF_PACKET, 3)" */
	struct verdict verdict;
};

/* Fills ret->calls with those of ret->table that the filter of the plan refuses so. */
void observed_calls_judge(const struct observed_scope *scope, struct observed *ret);

/* The members "refused" and "refused_left_out" of the object "observed". */
void observed_calls_json(const struct observed *observed, struct strbuf *out);

#endif
