/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bpf.h - run classic BPF programs over system calls, as the kernel does
 *
 * Written from the kernel's documentation of seccomp filters, and from nothing of
 * sbox: what it says of a program is a second opinion. The tests compare it with the
 * policy, and sboxctl explains by it what a filter that was loaded would answer.
 */
#ifndef SBOX_BPF_H
#define SBOX_BPF_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>

struct bpf_program {
	const struct sock_filter *insns;
	unsigned len;
};

/* False for a program that the kernel would refuse, or that leaves its bounds. */
bool bpf_run(const struct bpf_program *program, const struct seccomp_data *call,
	     uint32_t *ret);

/*
 * The answer of @len programs, in the order of loading: the strictest action
 * wins, of equals the one loaded last. Programs without instructions do not count.
 */
bool bpf_run_stacked(const struct bpf_program *programs, unsigned len,
		     const struct seccomp_data *call, uint32_t *ret);

#endif
