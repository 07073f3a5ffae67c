/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* caps.c - drop capabilities; see caps.h */
#include "config.h"

#include <cap-ng.h>
#include <errno.h>
#include <linux/securebits.h>
#include <sys/prctl.h>

#include "box/fence/caps.h"

/* Not SECBIT_NO_SETUID_FIXUP: with it capabilities would outlive a change of uid. */
#define BITS (SECBIT_NOROOT | SECBIT_NOROOT_LOCKED)

/*
 * The library remembers the number of the process that used it first, and we may be a
 * child of that one. 0 is whoever asks, as in capset(2).
 */
static void begin_set(void)
{
	capng_setpid(0);
	capng_clear(CAPNG_SELECT_CAPS);
}

/* Behind the last one that the kernel knows it says EINVAL. */
static int shrink_bounding_set(uint64_t keep, struct error *err)
{
	for (unsigned cap = 0; cap < 64; cap++) {
		if (keep >> cap & 1 || prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0)
			continue;
		if (errno == EINVAL && cap > CAP_SETPCAP)
			return 0;
		return error_sys(err, "cannot drop capability %u for good", cap);
	}
	return 0;
}

static int set_ambient(uint64_t keep, struct error *err)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return error_sys(err, "cannot clear the ambient capabilities");
	for (unsigned cap = 0; cap < 64; cap++)
		if (keep >> cap & 1 &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			return error_sys(err, "cannot set the ambient capability %u",
					 cap);
	return 0;
}

/*
 * The bounding and the ambient set are asked for here, one prctl(2) for each capability:
 * libcap-ng does the same, and besides reads /proc/self/status three times for it, which
 * costs more than all of the rest.
 */
int caps_keep_only(uint64_t keep, struct error *err)
{
	uint64_t kept = 0;

	if (prctl(PR_SET_SECUREBITS, BITS, 0, 0, 0) < 0)
		return error_sys(err, "cannot set the secure bits");
	begin_set();
	for (unsigned cap = 0; keep >> cap && cap <= CAP_LAST_CAP; cap++) {
		if (!(keep >> cap & 1) || prctl(PR_CAPBSET_READ, cap, 0, 0, 0) != 1)
			continue;
		if (capng_update(CAPNG_ADD,
				 (capng_type_t)(CAPNG_EFFECTIVE | CAPNG_PERMITTED |
						CAPNG_INHERITABLE),
				 cap) < 0)
			return error_set(err, "cannot keep capability %u", cap);
		kept |= UINT64_C(1) << cap;
	}
	/* the bounding set first: shrinking it needs CAP_SETPCAP */
	if (shrink_bounding_set(kept, err) < 0)
		return -1;
	if (capng_apply(CAPNG_SELECT_CAPS) < 0)
		return error_sys(err, "cannot drop capabilities");
	return set_ambient(kept, err);
}

int caps_drop_all(struct error *err)
{
	begin_set();
	if (capng_apply(CAPNG_SELECT_CAPS) < 0)
		return error_sys(err, "cannot drop capabilities");
	return 0;
}

int caps_keep_kill(struct error *err)
{
	begin_set();
	if (capng_update(CAPNG_ADD, (capng_type_t)(CAPNG_EFFECTIVE | CAPNG_PERMITTED),
			 CAP_KILL) < 0)
		return error_set(err, "cannot keep CAP_KILL");
	if (capng_apply(CAPNG_SELECT_CAPS) < 0)
		return error_sys(err, "cannot drop capabilities");
	return 0;
}

int caps_no_new_privs(struct error *err)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_sys(err, "no_new_privs");
	return 0;
}
