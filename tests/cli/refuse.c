/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * refuse.c - refuse NUMBER:ERRNO... -- COMMAND [ARG...]
 *
 * Runs COMMAND under a seccomp filter that answers these system calls with these
 * errnos and lets all others pass: what a container around us may do.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define CALLS_MAX 30

int main(int argc, char **argv)
{
	struct sock_filter code[2 * CALLS_MAX + 2];
	struct sock_fprog program = { 0, code };
	int at = 1;

	code[program.len++] = (struct sock_filter)BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (; at < argc && at <= CALLS_MAX && strcmp(argv[at], "--") != 0; at++) {
		char *colon;
		unsigned long number = strtoul(argv[at], &colon, 10);
		unsigned long answer = *colon == ':' ? strtoul(colon + 1, NULL, 10) : 0;

		code[program.len++] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1);
		code[program.len++] = (struct sock_filter)BPF_STMT(
			BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)answer);
	}
	code[program.len++] =
		(struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	if (at + 1 >= argc || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0) {
		perror("refuse");
		return 99;
	}
	(void)execvp(argv[at + 1], argv + at + 1);
	perror(argv[at + 1]);
	return 99;
}
