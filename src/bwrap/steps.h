/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * steps.h - the operations of a bwrap command line, as steps of a plan
 *
 * In their order. Sources are looked up now, on the host: a step has the canonical path,
 * and device and inode of what was found, and is refused later if that was replaced. What
 * lies below an operation on "/" is left out, for nothing of it would ever be seen.
 */
#ifndef SBOX_BWRAP_STEPS_H
#define SBOX_BWRAP_STEPS_H

#include "bwrap/options.h"
#include "plan/plan.h"

struct bwrap_steps {
	struct step *list;
	size_t len;
	int64_t memory; /* bytes that a tmpfs has which nobody has given a size */
};

/* All in @b->arena. 0 or -1 with *err. */
_must_check_ int bwrap_steps(const struct bwrap *b, struct bwrap_steps *ret,
			     struct error *err);

#endif
