/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cause.h - the cause behind a refusal, looked up where it is set
 *
 * Kernels and distributions have many switches that forbid user namespaces, and all
 * of them answer EPERM. A person needs the one that does.
 */
#ifndef SBOX_CAUSE_H
#define SBOX_CAUSE_H

#include "base/error.h"

/* What forbids something, and what allows it again; constant text. */
struct cause {
	const char *what;
	const char *mend; /* a command line for root if @command, else words */
	bool command;
};

/*
 * What on this machine forbids to make user and other namespaces, or to use them;
 * @errnum is how the kernel said so. NULL: no cause is found.
 */
const struct cause *explain_namespaces(int errnum);

/* What AppArmor does about user namespaces of ordinary users (Ubuntu; Linux 6.7). */
enum apparmor {
	APPARMOR_NONE,      /* it has no such switch here */
	APPARMOR_ALLOWS,    /* the switch is off */
	APPARMOR_PROFILED,  /* it is on, and this program has sbox's profile */
	APPARMOR_RESTRICTS, /* it is on, and this program has not */
};
enum apparmor explain_apparmor(void);

/* Whether SELinux enforces its policy. */
bool explain_selinux(void);

/*
 * Adds to @err, which tells that a user namespace could not be made or used, what on
 * this machine forbids it and how to allow it, or else who looks further.
 */
void explain_userns(struct error *err);

/*
 * The same for an error of the set-up inside, where only a filter around us is looked
 * for. Nothing is added if there is none.
 */
void explain_filter(struct error *err);

/* -1 with an error if the kernel is older than what sbox needs (5.14). */
int explain_kernel(struct error *err);

#endif
