/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * refuse.c - refuse NUMBER[/ARGUMENT=VALUE]:ERRNO... -- COMMAND [ARG...]
 *
 * Runs COMMAND under a seccomp filter that answers these system calls with these
 * errnos and lets all others pass: what a container around us may do. With an argument
 * (0 is the first) only those calls that have this value there.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define CALLS_MAX 30

/* @skip: of a jump, how many to leave out if it does not match. */
static void add(struct sock_fprog *program, int code, size_t k, int skip)
{
	program->filter[program->len++] = (struct sock_filter){
		.code = (unsigned short)code, .jf = (unsigned char)skip, .k = (unsigned)k
	};
}

int main(int argc, char **argv)
{
	struct sock_filter code[5 * CALLS_MAX + 1];
	struct sock_fprog program = { 0, code };
	int at = 1;

	for (; at < argc && at <= CALLS_MAX && strcmp(argv[at], "--") != 0; at++) {
		char *end;
		unsigned number = (unsigned)strtoul(argv[at], &end, 10);
		bool argued = *end == '/';
		unsigned argument = argued ? (unsigned)strtoul(end + 1, &end, 10) : 0;
		unsigned value = *end == '=' ? (unsigned)strtoul(end + 1, &end, 10) : 0;
		unsigned answer = *end == ':' ? (unsigned)strtoul(end + 1, NULL, 10) : 0;

		add(&program, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr),
		    0);
		add(&program, BPF_JMP | BPF_JEQ | BPF_K, number, argued ? 3 : 1);
		if (argued) {
			add(&program, BPF_LD | BPF_W | BPF_ABS,
			    offsetof(struct seccomp_data, args) +
				    argument * sizeof(uint64_t),
			    0);
			add(&program, BPF_JMP | BPF_JEQ | BPF_K, value, 1);
		}
		add(&program, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | answer, 0);
	}
	add(&program, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0);
	if (at + 1 >= argc || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0) {
		perror("refuse");
		return 99;
	}
	(void)execvp(argv[at + 1], argv + at + 1);
	perror(argv[at + 1]);
	return 99;
}
