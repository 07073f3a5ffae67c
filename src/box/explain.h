/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * explain.h - the cause behind a refusal, looked up where it is set
 *
 * Kernels and distributions have many switches that forbid user namespaces, and all
 * of them answer EPERM. A person needs the one that does.
 */
#ifndef SBOX_EXPLAIN_H
#define SBOX_EXPLAIN_H

#include "base/error.h"

/*
 * Adds to @err, which tells that a user namespace could not be made or used, what on
 * this machine forbids it and how to allow it. Adds nothing if no cause is found.
 */
void explain_userns(struct error *err);

/* The same for an error of the set-up inside, where only a filter around us is looked
 * for. */
void explain_filter(struct error *err);

/* -1 with an error if the kernel is older than what sbox needs (5.14). */
int explain_kernel(struct error *err);

#endif
