/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ruleset.h - Landlock's rule sets, whoever they are for
 *
 * What the kernel's own rules look like, without a plan: for landlock.c, and for
 * sbox-egress, which has none (landlock_fence()).
 */
#ifndef SBOX_RULESET_H
#define SBOX_RULESET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/*
 * linux/landlock.h, of which the C library's copy may be older than the kernel
 * (Documentation/userspace-api/landlock.rst): numbers are those of ABI 1 to 9.
 * What ABI 10 adds is about ports of UDP, which the rules of the network are for.
 */
enum {
	FS_EXECUTE = 1 << 0,
	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_ABI1 = (1 << 13) - 1,
	FS_REFER = 1 << 13,           /* ABI 2 */
	FS_TRUNCATE = 1 << 14,        /* ABI 3 */
	FS_IOCTL_DEV = 1 << 15,       /* ABI 5 */
	FS_RESOLVE_UNIX = 1 << 16,    /* ABI 9 */
	SCOPE_ABSTRACT_UNIX = 1 << 0, /* ABI 6 */
	SCOPE_SIGNAL = 1 << 1,
	RULE_PATH_BENEATH = 1,
	CREATE_RULESET_VERSION = 1,
};

#define FS_READ (FS_EXECUTE | FS_READ_FILE | FS_READ_DIR)
#define FS_OF_A_FILE                                                                     \
	(FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV |        \
	 FS_RESOLVE_UNIX)

/* The ABI that the kernel offers; 0: none (not built in or not enabled). */
int landlock_abi(void);

/* The newest that is known here; what later ones add is not used. */
#define LANDLOCK_NEWEST 9

/* The file access that a rule set for @abi decides, as bits of the kernel's. */
uint64_t landlock_handled(int abi);

/* A new rule set that decides all that @abi offers; a descriptor, or -1. *ret_fs: of
 * files. */
_must_check_ int ruleset_make(int abi, uint64_t *ret_fs, struct error *err);

/* Gives @rights below what @fd is; @path is for people. */
_must_check_ int ruleset_allow_fd(int ruleset, int fd, const char *path, uint64_t rights,
				  struct error *err);
/* Gives @rights below @path, which may be missing: a step may have been left out. */
_must_check_ int ruleset_allow(int ruleset, const char *path, uint64_t rights,
			       struct error *err);
/* The same of an open file as it is; of kinds that have no rules (EBADFD): nothing. */
_must_check_ int ruleset_allow_open(int ruleset, int fd, uint64_t rights,
				    struct error *err);

/* Restricts the caller, which must have no_new_privs. */
_must_check_ int ruleset_enforce(int ruleset, struct error *err);

/*
 * Restricts the caller, a program outside the sandbox with no_new_privs, to what is below
 * @paths (those that exist). @abi 0: no Landlock, nothing is done.
 */
struct landlock_path {
	const char *path;
	bool write; /* else it may be read and executed */
};
_must_check_ int landlock_fence(const struct landlock_path *paths, size_t len, int abi,
				struct error *err);

#endif
