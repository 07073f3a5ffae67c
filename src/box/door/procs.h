/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * procs.h - processes by number, and whether a number still means the same one
 *
 * A process number is given out again. A number together with the time when the process
 * was started is not, so both are written down, and a signal goes through a pidfd that
 * was opened before the time was compared.
 */
#ifndef SBOX_PROCS_H
#define SBOX_PROCS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"

struct proc { /* proc_pid_stat(5); times are in clock ticks */
	pid_t pid, parent;
	char name[32];         /* what it calls itself: never to be trusted */
	char state;            /* 'T': stopped */
	uint64_t start;        /* since boot */
	uint64_t user, system; /* its own ... */
	uint64_t children_user, children_system; /* ... and of those it has reaped */
	int64_t resident;                        /* bytes */
};

struct procs {
	struct proc *list; /* by rising number */
	size_t len;
};

/* 0, or -1: there is no such process, or it has ended and was not reaped yet. */
int proc_read(pid_t pid, struct proc *ret);

/* All that this /proc shows, but those of @skip (@len numbers, rising). */
_must_check_ int procs_read(struct arena *arena, const pid_t *skip, size_t len,
			    struct procs *ret, struct error *err);
const struct proc *procs_find(const struct procs *procs, pid_t pid);
/*
 * Of each process, in the order of the list, which of @roots (their numbers) it is or
 * comes of, the nearest one, as far as the processes between are alive; NO_ROOT: of none.
 * In @arena.
 */
#define NO_ROOT ((size_t)-1)
const size_t *procs_roots(const struct procs *procs, const pid_t *roots, size_t len,
			  struct arena *arena);

/* A pidfd of the process that got this number at @start, or -1: it is gone. */
int proc_pidfd(pid_t pid, uint64_t start);

/* The number of the process that @pidfd is of, -1: it is reaped, or none can be told. */
pid_t proc_number(int pidfd);

/* Whether process @pid is in our own user or network namespace; false also if that is not
 * known. */
bool proc_same_userns(pid_t pid);
bool proc_same_netns(pid_t pid);

/*
 * Whether @pid, a process of the caller, is process 1 of a PID namespace one level below
 * ours whose parent is in our own user namespace: nothing that is inside of a sandbox can
 * look so.
 */
bool proc_is_first(pid_t pid);

/* The words of its command line as it shows them, in @arena; empty: it shows none. */
const char *const *proc_command(struct arena *arena, pid_t pid);

#endif
