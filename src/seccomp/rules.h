/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rules.h - what arguments the calls that pass may have, as a table
 *
 * Arguments are compared by their low 32 bits only, as the kernel reads them, so
 * that high bits change nothing (CVE-2019-10063). Pointers are never looked at.
 */
#ifndef SBOX_FILTER_RULES_H
#define SBOX_FILTER_RULES_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Argument rules. An allow lifts the rule of the call it names:
 *	NAMESPACES   by "clone", by a group that has clone, by "@namespaces" (which is
 *	             unshare, setns and these flags; it leaves clone3 at ENOSYS, because
 *	             the flags of clone3 are behind a pointer), by nested
 *	PERSONALITY  by "personality" or a group that has it
 *	TRACE        by "ptrace" or a group that has it
 *	SETID        by "@set-id-files", which is this rule, and openat2, whose mode is
 *	             behind a pointer
 *	REMOUNT      by nothing but FILTER_NONE; it holds for owners of mounts alone
 *	OWNER        the same; it holds for commands with one user number (enum
 *filter_ids) all others   by nothing but FILTER_NONE: no namespace and no mount confines
 *what they are about. allow = ["ioctl"] changes nothing
 *
 * Denying "@namespaces" sets the rule again and clone3 to ENOSYS, whatever allowed them.
 */
enum filter_rule {
	FILTER_NAMESPACES,  /* clone: no CLONE_NEW* flag; EPERM or killed */
	FILTER_PERSONALITY, /* personality: harmless values only; EPERM or killed */
	FILTER_TERMINAL,    /* ioctl: no TIOCSTI and the like; EPERM or killed */
	FILTER_FAMILY,      /* socket, socketpair: UNIX, INET, INET6, NETLINK_ROUTE;
			       EAFNOSUPPORT */
	FILTER_PROTOCOL,    /* socket, socketpair: TCP, UDP, ICMP; EPROTONOSUPPORT */
	FILTER_REMOUNT, /* mount: no MS_REMOUNT, for an owner of mounts; EPERM (strict:
			   killed) */
	FILTER_SETID,   /* chmod, open and the like: no set-id bit; EPERM */
	FILTER_LEASE,   /* fcntl: no leases; EPERM */
	FILTER_BYPASS,  /* ioctl: subvolumes, namespaces, what mounts do not cover;
			   EPERM */
	FILTER_UNCOVER, /* mount calls and unshare: no flag that leaves covers behind;
			   EPERM */
	FILTER_TRACE,   /* ptrace: to stop and to look, not to change; strict: EPERM */
	FILTER_OWNER,   /* chown and the like: the command's own numbers, or -1; see enum
			   filter_ids */
	FILTER_RULES,
};

/*
 * Values of rows that stand for numbers of the command, which programs are made without:
 * filter_own() puts these into them. Nobody has them as their own.
 */
#define FILTER_OWN_UID 0xfffffff0U
#define FILTER_OWN_GID 0xfffffff1U

/* The user and group number of a command, as it sees them. */
struct filter_own {
	uint32_t uid, gid;
};

enum filter_test {
	FILTER_ONLY,  /* must be one of the values */
	FILTER_NOT,   /* must be none of the values, those excepted aside */
	FILTER_CLEAR, /* the values are single bits, none of which may be set */
};

/* Of which calls a row speaks: of those whose argument @arg ... */
enum filter_whose {
	FILTER_ANYWAY,   /* no condition */
	FILTER_IS,       /* under @mask is @value */
	FILTER_HAS_A_BIT /* has a bit of @value */
};

struct filter_when {
	enum filter_whose whose;
	unsigned arg;  /* another one than that which the row looks at */
	uint32_t mask; /* of FILTER_IS; 0: all bits */
	uint32_t value;
};

#define FILTER_VALUES_MAX 8
#define FILTER_EXCEPTED_MAX 12
#define FILTER_WHENS 2 /* conditions, all of which must hold */

/* One row: looks at argument @arg of @call. */
struct filter_row {
	enum filter_rule rule;
	char call[16];
	enum filter_test test;
	unsigned arg;
	uint32_t mask; /* which bits of it are compared with the values; 0: all */
	unsigned values_len;
	uint32_t values[FILTER_VALUES_MAX];
	unsigned excepted_len; /* of FILTER_NOT: what passes as a whole, unmasked */
	uint32_t excepted[FILTER_EXCEPTED_MAX];
	struct filter_when when[FILTER_WHENS];
};

/* Row @i, NULL behind the last. */
const struct filter_row *filter_row(size_t i);

/* The number of the row's call here, -1 if this architecture does not have it. */
int filter_row_number(const struct filter_row *row);

/* The bits that a mask of a row stands for. */
uint32_t filter_mask(uint32_t mask);

/* Whether the row speaks of @call at all. */
bool filter_row_speaks(const struct filter_row *row, const struct seccomp_data *call);

/* @value of a row, for a command with the numbers of @own. */
uint32_t filter_value(uint32_t value, const struct filter_own *own);

/*
 * The first row that @call's arguments break, of the rules that are not ALLOW; or NULL.
 * The command has the numbers of @own.
 */
const struct filter_row *filter_broken(const struct seccomp_data *call,
				       const uint32_t *rules,
				       const struct filter_own *own);

#endif
