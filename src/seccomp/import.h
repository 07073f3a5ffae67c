/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * import.h - seccomp programs that somebody else has compiled (seccomp.programs)
 *
 * A file of struct sock_filter, as seccomp_export_bpf(3) writes it and bubblewrap's
 * --seccomp takes it. It is loaded behind sbox's own programs, so it can only refuse
 * more: of all answers the strictest counts (seccomp(2)).
 */
#ifndef SBOX_FILTER_IMPORT_H
#define SBOX_FILTER_IMPORT_H

#include <stdbool.h>

#include "base/arena.h"
#include "seccomp/bpf.h"

/*
 * How many instructions all of them can have: the kernel takes 32768 for a task, with
 * four for each program, and ours need some of these.
 */
#define IMPORT_INSNS_MAX 24000

/* The largest file that can be one: BPF_MAXINSNS instructions. */
#define IMPORT_SIZE_MAX (BPF_MAXINSNS * sizeof(struct sock_filter))

/*
 * Takes the @size bytes of such a file for a program, which keeps them by reference.
 * NULL, or in words, some of them in @arena, why the kernel would not load it.
 */
const char *import_read(struct arena *arena, const void *bytes, size_t size,
			struct bpf_program *ret);

/*
 * Whether it can answer SECCOMP_RET_TRACE, which is ENOSYS where nobody traces, and lets
 * the call pass where somebody does (ptrace(2)).
 */
bool import_may_trace(const struct bpf_program *program);

/* Whether it can answer with SIGSYS. */
bool import_may_kill(const struct bpf_program *program);

#endif
