/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tracer-fence.c - what the observer cannot do any more; see tracer.h */
#include "config.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/ptrace.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "box/observe/tracer.h"
#include "seccomp/syscalls.h"

/* write and close are for the one message that it is ready. */
static const uint32_t calls[] = {
	SYS_wait4, SYS_readlinkat,   SYS_clock_gettime,   SYS_write,
	SYS_close, SYS_rt_sigreturn, SYS_restart_syscall, SYS_exit_group,
};

/* Of ptrace(2), what can only be done to who is traced already, and changes nothing. */
static const uint32_t requests[] = {
	PTRACE_PEEKDATA,         PTRACE_CONT, PTRACE_SYSCALL, PTRACE_LISTEN,
	PTRACE_GET_SYSCALL_INFO,
};

#define CALLS (sizeof calls / sizeof calls[0])
#define REQUESTS (sizeof requests / sizeof requests[0])

static const struct sock_filter load_arch =
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
static const struct sock_filter load_number =
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
static const struct sock_filter load_first_argument =
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args));
static const struct sock_filter pass = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
static const struct sock_filter kill_it =
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);

/* Goes on at the next step if the value is @value, else passes over @skip steps. */
static struct sock_filter unless(uint32_t value, uint8_t skip)
{
	return (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip);
}

static int load_list(struct error *err)
{
	struct sock_filter insns[4 + 2 * CALLS + 2 + 2 * REQUESTS + 1];
	struct sock_fprog program = { .filter = insns };
	unsigned short len = 0;

	insns[len++] = load_arch;
	insns[len++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
						    SYSCALL_ARCH, 1, 0);
	insns[len++] = kill_it;
	insns[len++] = load_number;
	for (size_t i = 0; i < CALLS; i++) {
		insns[len++] = unless(calls[i], 1);
		insns[len++] = pass;
	}
	insns[len++] = unless(SYS_ptrace, 1 + 2 * REQUESTS);
	insns[len++] = load_first_argument;
	for (size_t i = 0; i < REQUESTS; i++) {
		insns[len++] = unless(requests[i], 1);
		insns[len++] = pass;
	}
	insns[len++] = kill_it;
	program.len = len;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0UL, &program))
		return error_sys(err, "--observe: cannot fence the observer in");
	return 0;
}

int tracer_fence(int (*drop)(struct error *err), struct error *err)
{
	if (drop(err) < 0)
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return error_sys(err, "--observe: cannot fence the observer in");
	return load_list(err);
}
