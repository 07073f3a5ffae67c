/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * syscalls.h - system calls by name, what we think of each, and groups of them
 *
 * Numbers are written down and not taken from the headers of the build machine:
 * a policy must not depend on where sbox was compiled, and libseccomp 2.5.4 knows
 * no name behind 456. From 403 on, numbers are the same on all architectures.
 */
#ifndef SBOX_SYSCALLS_H
#define SBOX_SYSCALLS_H

#include <linux/audit.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/*
 * In a cross build tools/gen-filters is told by -DSYSCALLS_OF_... whose calls it is to
 * filter; all else is for the architecture that it is compiled for.
 */
#if !defined SYSCALLS_OF_X86_64 && !defined SYSCALLS_OF_AARCH64
#if defined __x86_64__ && !defined __ILP32__
#define SYSCALLS_OF_X86_64
#elif defined __aarch64__ && defined __AARCH64EL__ && !defined __ILP32__
#define SYSCALLS_OF_AARCH64
#endif
#endif

#ifdef SYSCALLS_OF_X86_64
#define SYSCALL_ARCH AUDIT_ARCH_X86_64
#define SYSCALL_ARCH_NAME "x86_64"
#elif defined SYSCALLS_OF_AARCH64
#define SYSCALL_ARCH AUDIT_ARCH_AARCH64
#define SYSCALL_ARCH_NAME "aarch64"
#else
#error "sbox has no table of system calls for this architecture"
#endif

/* How the bases see a call; "refused" is EPERM, and KILL for FILTER_STRICT. */
enum syscall_class {
	CALL_PASS,
	CALL_REFUSE,
	CALL_ABSENT,      /* ENOSYS: removed, or not yet looked at */
	CALL_TRACE,       /* passes; FILTER_STRICT: EPERM */
	CALL_NEST,        /* refused; passes when nested */
	CALL_NEST_ABSENT, /* ENOSYS; passes when nested */
	CALL_REMOUNT, /* refused; passes when nested, but not for an owner of mounts */
	CALL_REMOUNT_ABSENT, /* ENOSYS; the same */
	CALL_GROUPS,         /* passes; done nothing for, when root is only a name */
};

struct syscall_row {
	char name[24];
	int16_t x86_64, aarch64; /* -1: not there */
	uint8_t class;           /* enum syscall_class */
};

/* The number on the native architecture, -1 if it has no such call. */
int syscall_number(const struct syscall_row *row);

/* Row @i, sorted by name; NULL behind the last. */
const struct syscall_row *syscall_row(size_t i);
/* @name has @len bytes. NULL if no architecture of ours has it. */
const struct syscall_row *syscall_by_name(const char *name, size_t len);
/* NULL if @nr is no call of the native architecture that we know. */
const struct syscall_row *syscall_by_number(uint32_t nr);

/* The native number of a call that every architecture of ours has. */
uint32_t syscall_must(const char *name);

struct syscall_group {
	const char *name;  /* with its "@" */
	const char *calls; /* names and other groups, a blank between two */
};

/* Group @i, sorted by name; NULL behind the last. */
const struct syscall_group *syscall_group(size_t i);
const struct syscall_group *syscall_group_by_name(const char *name, size_t len);

/* The names of all calls and of all groups, NULL-terminated, for diag_nearest(). */
const char *const *syscall_names(struct arena *arena);
const char *const *syscall_group_names(struct arena *arena);

#endif
