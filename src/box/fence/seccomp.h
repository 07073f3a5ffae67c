/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * seccomp.h - seccomp programs: where they come from, and loading them
 *
 * Where they come from, cheapest first: generated with sbox (filter_stock()), read
 * from the cache, generated now (seccomp/program.h). filter_get() does the three in
 * that order.
 *
 * Memory comes from the caller's arena or is constant; nothing is to be freed.
 */
#ifndef SBOX_BOX_SECCOMP_H
#define SBOX_BOX_SECCOMP_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"
#include "plan/plan.h"
#include "seccomp/program.h"

/*
 * The programs for @policy: none for an empty one, the stock ones for a stock one,
 * else from the cache in directory @cache_dir (absolute, or NULL: no cache), else
 * compiled and put there. Trouble with the cache is not an error: the policy is
 * then compiled. It fails only when compiling does.
 *
 * @cache_dir and missing parents are created with mode 0700. It must be the caller's,
 * closed to everyone else, and out of reach of every sandbox: what is written there
 * decides what later commands may do. Pass NULL when the command could write to it.
 */
_must_check_ int filter_get(struct arena *arena, const struct filter_policy *policy,
			    const char *cache_dir, struct filter_programs *ret,
			    struct error *err);

/*
 * Loads @programs into the calling thread: the last thing before execve(2). Needs
 * no_new_privs. From here only what the policy allows can be called; the first
 * program always lets seccomp(2) pass, so that the second can follow it.
 */
_must_check_ int filter_load(const struct filter_programs *programs, struct error *err);

/*
 * Loads those of seccomp.programs, in their order, behind filter_load(): nothing but
 * execve(2) may follow, for they may refuse all else.
 */
_must_check_ int filter_load_imports(const struct plan *plan, struct error *err);

/*
 * The parts of filter_get(), for tests and for the build.
 */

/*
 * The programs compiled into sbox for a stock @policy, with FILTER_OWN_* for the numbers
 * of the command (filter_own()); none for FILTER_NONE.
 */
void filter_stock(const struct filter_policy *policy, struct filter_programs *ret);

/*
 * The cache: one file per policy, named by a hash of its canonical text and holding
 * that text in full, which is compared. Directory and file must belong to the
 * caller and be closed to group and others; anything else is an error, which says
 * what is wrong (for tests; filter_get() goes on without). Loading a policy that is
 * not there is an error with errnum ENOENT.
 */
_must_check_ int filter_cache_load(struct arena *arena, const char *dir,
				   const struct filter_policy *policy,
				   struct filter_programs *ret, struct error *err);
int filter_cache_store(struct arena *arena, const char *dir,
		       const struct filter_policy *policy,
		       const struct filter_programs *programs, struct error *err);

#endif
