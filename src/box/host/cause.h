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

/* The cause of a refusal, and how to allow it again; constant text. */
struct cause {
	const char *what;
	const char *mend; /* a command line for root if @command, else words */
	bool command;
};

/*
 * The cause on this machine that forbids to make user and other namespaces, or to use
 * them; @errnum is how the kernel said so. NULL: none is found.
 */
const struct cause *cause_namespaces(int errnum);

/* How AppArmor treats user namespaces of ordinary users (Ubuntu; Linux 6.7). */
enum apparmor {
	APPARMOR_NONE,      /* it has no such switch here */
	APPARMOR_ALLOWS,    /* the switch is off */
	APPARMOR_PROFILED,  /* it is on, and this program has sbox's profile */
	APPARMOR_RESTRICTS, /* it is on, and this program has not */
};
enum apparmor cause_apparmor(void);

/* Whether SELinux enforces its policy. */
bool cause_selinux(void);

/*
 * Adds to @err, which tells that a user namespace could not be made or used, what on
 * this machine forbids it and how to allow it, or else who looks further.
 */
void cause_userns(struct error *err);

/*
 * Adds to @err, an error of the set-up inside, that a system call filter around us may be
 * its cause. Nothing is added if there is no such filter.
 */
void cause_filter(struct error *err);

/* -1 with an error if the kernel is older than what sbox needs (5.14). */
_must_check_ int cause_kernel(struct error *err);

#endif
