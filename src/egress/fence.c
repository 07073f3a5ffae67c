/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fence.c - what the two processes of sbox-egress cannot do any more; see fence.h */
#include "config.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "box/fence/ruleset.h"
#include "egress/fence.h"
#include "seccomp/syscalls.h"

#define MEMORY_MAX ((rlim_t)256 << 20) /* of addresses; it needs a tenth of that */
#define PROGRAM_MAX 160

struct program {
	struct sock_filter insns[PROGRAM_MAX];
	unsigned short len;
};

static void put_step(struct program *p, struct sock_filter insn)
{
	if (p->len < PROGRAM_MAX)
		p->insns[p->len++] = insn;
}

static void put_load(struct program *p, size_t offset)
{
	put_step(p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						 (uint32_t)offset));
}

/* With the number of the call in the accumulator: @answer for @nr. */
static void put_call(struct program *p, long nr, uint32_t answer)
{
	put_step(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)nr,
						 0, 1));
	put_step(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, answer));
}

/* Calls of another architecture, or of x32, are none of ours. */
static void begin_program(struct program *p, uint32_t answer)
{
	put_load(p, offsetof(struct seccomp_data, arch));
	put_step(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYSCALL_ARCH,
						 1, 0));
	put_step(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, answer));
	put_load(p, offsetof(struct seccomp_data, nr));
	put_step(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000U,
						 0, 1));
	put_step(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, answer));
}

/* Lets @nr pass if none of @bits is set in the low word of its argument @arg. */
static void put_without_bits(struct program *p, long nr, unsigned arg, uint32_t bits)
{
	put_step(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)nr,
						 0, 4));
	put_load(p, offsetof(struct seccomp_data, args) + 8 * (size_t)arg);
	put_step(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1));
	put_step(p,
		 (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
	put_step(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
}

/* socket(2) of IP alone: what speaks to the host, such as AF_UNIX, is none of it. */
static void put_socket(struct program *p)
{
	put_step(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0,
						 5));
	put_load(p, offsetof(struct seccomp_data, args));
	put_step(p,
		 (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 2, 0));
	put_step(p,
		 (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 1, 0));
	put_step(p,
		 (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
	put_step(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
}

static int load_program(struct program *p, struct error *err)
{
	const struct sock_fprog prog = { p->len, p->insns };

	if (p->len == PROGRAM_MAX)
		return error_set(err, "the filter of system calls is too long");
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) < 0)
		return error_sys(err, "cannot load the filter of system calls");
	return 0;
}

int fence_reader(struct error *err)
{
	static const long calls[] = {
#ifdef SYS_epoll_wait
		SYS_epoll_wait,
#endif
		SYS_epoll_pwait,     SYS_epoll_ctl,   SYS_splice,        SYS_recvfrom,
		SYS_sendto,          SYS_recvmsg,     SYS_sendmsg,       SYS_read,
		SYS_write,           SYS_accept4,     SYS_connect,       SYS_close,
		SYS_shutdown,        SYS_getsockname, SYS_getsockopt,    SYS_setsockopt,
		SYS_pipe2,           SYS_fcntl,       SYS_clock_gettime, SYS_munmap,
		SYS_mremap,          SYS_brk,         SYS_madvise,       SYS_getrandom,
		SYS_futex,           SYS_exit,        SYS_exit_group,    SYS_rt_sigreturn,
		SYS_restart_syscall,
	};
	const struct rlimit memory = { MEMORY_MAX, MEMORY_MAX };
	struct program p = { .len = 0 };

	if (landlock_fence(NULL, 0, landlock_abi(), err) < 0)
		return -1;
	if (setrlimit(RLIMIT_AS, &memory) < 0)
		return error_sys(err, "cannot bound the memory");
	begin_program(&p, SECCOMP_RET_KILL_PROCESS);
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
		put_call(&p, calls[i], SECCOMP_RET_ALLOW);
	put_socket(&p);
	put_without_bits(&p, SYS_mmap, 2, PROT_EXEC);
	put_without_bits(&p, SYS_mprotect, 2, PROT_EXEC);
	put_step(&p,
		 (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
	return load_program(&p, err);
}

/* Where the modules of nsswitch.conf(5), and what they read, can lie. */
static const struct landlock_path resolver_paths[] = {
	{ "/etc", false },
	{ "/usr", false },
	{ "/lib", false },
	{ "/lib64", false },
	{ "/nix/store", false },
	{ "/gnu/store", false },
	{ "/var/lib/sss", false },
	{ "/run/systemd", false },
	{ "/run/nscd", false },
	{ "/run/resolvconf", false },
	{ "/run/NetworkManager", false },
	{ "/run/connman", false },
	{ "/run/netconfig", false },
	{ "/run/avahi-daemon", false },
	{ "/mnt/wsl", false }, /* where WSL 2 keeps resolv.conf */
	{ "/dev/null", true },
	{ "/dev/urandom", false },
	{ "/proc/sys", false },
};

/* By which it could become, or touch, another program, or reach more of the kernel. */
static const long refused_calls[] = {
	SYS_execve,
	SYS_execveat,
	SYS_ptrace,
	SYS_process_vm_readv,
	SYS_process_vm_writev,
	SYS_kill,
	SYS_pidfd_open,
	SYS_pidfd_getfd,
	SYS_pidfd_send_signal,
	SYS_mount,
	SYS_umount2,
	SYS_pivot_root,
	SYS_chroot,
	SYS_unshare,
	SYS_setns,
	SYS_clone3,
	SYS_bpf,
	SYS_perf_event_open,
	SYS_userfaultfd,
	SYS_keyctl,
	SYS_add_key,
	SYS_request_key,
	SYS_io_uring_setup,
	SYS_io_uring_enter,
	SYS_open_by_handle_at,
	SYS_init_module,
	SYS_finit_module,
	SYS_kexec_load,
	SYS_memfd_create,
	SYS_personality,
	SYS_move_mount,
	SYS_open_tree,
	SYS_fsopen,
	SYS_fsmount,
};

int fence_resolver(struct error *err)
{
	struct program p = { .len = 0 };

	if (landlock_fence(resolver_paths,
			   sizeof resolver_paths / sizeof resolver_paths[0],
			   landlock_abi(), err) < 0)
		return -1;
	begin_program(&p, SECCOMP_RET_KILL_PROCESS);
	for (size_t i = 0; i < sizeof refused_calls / sizeof refused_calls[0]; i++)
		put_call(&p, refused_calls[i],
			 SECCOMP_RET_ERRNO |
				 (refused_calls[i] == SYS_clone3 ? ENOSYS : EPERM));
	put_step(&p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
	return load_program(&p, err);
}
