/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* caps.c - drop capabilities; see caps.h */
#include "config.h"

#include <cap-ng.h>
#include <errno.h>
#include <linux/securebits.h>
#include <sys/prctl.h>

#include "box/caps.h"

/* Not SECBIT_NO_SETUID_FIXUP: with it capabilities would outlive a change of uid. */
#define BITS (SECBIT_NOROOT | SECBIT_NOROOT_LOCKED)

/*
 * Not by libcap-ng, which does not tell when one of them stays (0.8.3). EINVAL is behind
 * the last one that this kernel has.
 */
static int drop_bounds(uint64_t keep, struct error *err)
{
	for (unsigned cap = 0; cap < 64; cap++)
		if (!(keep >> cap & 1) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return errno == EINVAL
				       ? 0
				       : error_sys(err, "cannot drop capability %u", cap);
	return 0;
}

int caps_keep_only(uint64_t keep, struct error *err)
{
	if (prctl(PR_SET_SECUREBITS, BITS, 0, 0, 0) < 0)
		return error_sys(err, "cannot set the secure bits");
	capng_clear(CAPNG_SELECT_ALL);
	for (unsigned cap = 0; cap <= CAP_LAST_CAP; cap++) {
		if (!(keep >> cap & 1) || prctl(PR_CAPBSET_READ, cap, 0, 0, 0) != 1)
			continue;
		if (capng_update(CAPNG_ADD,
				 (capng_type_t)(CAPNG_EFFECTIVE | CAPNG_PERMITTED |
						CAPNG_INHERITABLE | CAPNG_BOUNDING_SET |
						CAPNG_AMBIENT),
				 cap) < 0)
			return error_set(err, "cannot keep capability %u", cap);
	}
	/* the bounding set first: shrinking it needs CAP_SETPCAP */
	if (drop_bounds(keep, err) < 0)
		return -1;
	if (capng_apply(CAPNG_SELECT_CAPS) < 0)
		return error_sys(err, "cannot drop capabilities");
	if (capng_apply(CAPNG_SELECT_AMBIENT) < 0)
		return error_sys(err, "cannot set the ambient capabilities");
	return 0;
}

int caps_drop_all(struct error *err)
{
	capng_clear(CAPNG_SELECT_CAPS);
	if (capng_apply(CAPNG_SELECT_CAPS) < 0)
		return error_sys(err, "cannot drop capabilities");
	return 0;
}
