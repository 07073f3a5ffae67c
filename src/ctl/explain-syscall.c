/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* explain-syscall.c - what the compiled filter answers to a system call; see explain.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/fs.h>
#include <linux/kd.h>
#include <linux/mount.h>
#include <linux/netlink.h>
#include <linux/nsfs.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/path.h"
#include "box/fence/seccomp.h"
#include "ctl/explain.h"
#include "seccomp/bpf.h"
#include "seccomp/syscalls.h"

/* Of headers that are newer than those of Linux 6.1. */
#ifndef F_SETDELEG
#define F_SETDELEG 1040
#endif
#ifndef OPEN_TREE_NAMESPACE
#define OPEN_TREE_NAMESPACE 0x2
#endif
#ifndef FSMOUNT_NAMESPACE
#define FSMOUNT_NAMESPACE 0x2
#endif
#ifndef MOVE_MOUNT_BENEATH
#define MOVE_MOUNT_BENEATH 0x200
#endif
#ifndef UNSHARE_EMPTY_MNTNS
#define UNSHARE_EMPTY_MNTNS 0x100000
#endif

/* Constants that the argument rules can turn on; all else is written as a number. */
static const struct constant {
	const char *name;
	uint64_t value;
} constants[] = {
#define CONSTANT(name)                                                                   \
	{                                                                                \
#name, (uint64_t)(name)                                                  \
	}
	CONSTANT(AF_UNSPEC),
	CONSTANT(AF_UNIX),
	CONSTANT(AF_INET),
	CONSTANT(AF_INET6),
	CONSTANT(AF_NETLINK),
	CONSTANT(AF_PACKET),
	CONSTANT(AF_ALG),
	CONSTANT(AF_VSOCK),
	CONSTANT(AF_BLUETOOTH),
	CONSTANT(SOCK_STREAM),
	CONSTANT(SOCK_DGRAM),
	CONSTANT(SOCK_RAW),
	CONSTANT(SOCK_SEQPACKET),
	CONSTANT(SOCK_CLOEXEC),
	CONSTANT(SOCK_NONBLOCK),
	CONSTANT(NETLINK_ROUTE),
	CONSTANT(NETLINK_NETFILTER),
	CONSTANT(NETLINK_KOBJECT_UEVENT),
	CONSTANT(CLONE_NEWNS),
	CONSTANT(CLONE_NEWCGROUP),
	CONSTANT(CLONE_NEWUTS),
	CONSTANT(CLONE_NEWIPC),
	CONSTANT(CLONE_NEWUSER),
	CONSTANT(CLONE_NEWPID),
	CONSTANT(CLONE_NEWNET),
	CONSTANT(CLONE_VM),
	CONSTANT(CLONE_THREAD),
	CONSTANT(TIOCSTI),
	CONSTANT(TIOCLINUX),
	CONSTANT(TIOCSETD),
	CONSTANT(TIOCCONS),
	CONSTANT(TIOCGWINSZ),
	CONSTANT(FIONREAD),
	CONSTANT(PER_LINUX),
	CONSTANT(PER_LINUX32),
	CONSTANT(UNAME26),
	CONSTANT(ADDR_NO_RANDOMIZE),
	CONSTANT(READ_IMPLIES_EXEC),
	CONSTANT(MS_REMOUNT),
	CONSTANT(MS_BIND),
	CONSTANT(MS_RDONLY),
	CONSTANT(PR_SET_DUMPABLE),
	CONSTANT(SOCK_RDM),
	CONSTANT(IPPROTO_TCP),
	CONSTANT(IPPROTO_UDP),
	CONSTANT(IPPROTO_ICMP),
	CONSTANT(IPPROTO_ICMPV6),
	CONSTANT(IPPROTO_SCTP),
	CONSTANT(IPPROTO_UDPLITE),
	CONSTANT(IPPROTO_MPTCP),
	CONSTANT(S_ISUID),
	CONSTANT(S_ISGID),
	CONSTANT(S_ISVTX),
	CONSTANT(O_CREAT),
	CONSTANT(O_TMPFILE),
	CONSTANT(F_DUPFD),
	CONSTANT(F_SETLEASE),
	CONSTANT(F_SETDELEG),
	CONSTANT(FICLONE),
	CONSTANT(FICLONERANGE),
	CONSTANT(FIDEDUPERANGE),
	CONSTANT(BTRFS_IOC_SUBVOL_CREATE),
	CONSTANT(BTRFS_IOC_SNAP_CREATE),
	CONSTANT(BTRFS_IOC_SNAP_CREATE_V2),
	CONSTANT(BTRFS_IOC_SNAP_DESTROY),
	CONSTANT(BTRFS_IOC_SNAP_DESTROY_V2),
	CONSTANT(NS_GET_USERNS),
	CONSTANT(NS_GET_PARENT),
	CONSTANT(SIOCGSKNS),
	CONSTANT(KDSKBENT),
	CONSTANT(KDSKBMODE),
	CONSTANT(OPEN_TREE_NAMESPACE),
	CONSTANT(FSMOUNT_NAMESPACE),
	CONSTANT(MOVE_MOUNT_BENEATH),
	CONSTANT(UNSHARE_EMPTY_MNTNS),
#undef CONSTANT
};

#define CONSTANTS (sizeof constants / sizeof constants[0])

static const struct constant *find_constant(const char *name)
{
	for (size_t i = 0; i < CONSTANTS; i++)
		if (strcmp(constants[i].name, name) == 0)
			return &constants[i];
	return NULL;
}

static int unknown_constant(const char *word, struct error *err)
{
	const char *names[CONSTANTS + 1] = { NULL }, *near;

	for (size_t i = 0; i < CONSTANTS; i++)
		names[i] = constants[i].name;
	near = diag_nearest(word, names);
	return error_set(err,
			 "argument \"%s\" is neither a number nor a constant known "
			 "here%s%s%s",
			 word, near ? ": did you mean \"" : "", near ? near : "",
			 near ? "\"?" : "");
}

/* "0x5412", or "-1" as the 64 bits that a program would pass. */
static int parse_call_value(const char *word, __u64 *ret)
{
	const bool negative = *word == '-';
	const char *digits = word + negative;
	char *end;

	errno = 0;
	if (*digits < '0' || *digits > '9')
		return -1;
	*ret = negative ? (__u64)strtoll(word, &end, 0) : strtoull(word, &end, 0);
	return *end || errno ? -1 : 0;
}

/* "AF_UNIX", "0x5412", "CLONE_NEWUSER|17"; @text is taken apart. */
static int parse_argument(char *text, __u64 *ret, struct error *err)
{
	__u64 value = 0;
	char *state = NULL;

	for (char *word = strtok_r(text, "| \t", &state); word;
	     word = strtok_r(NULL, "| \t", &state)) {
		const struct constant *constant = find_constant(word);
		__u64 bits = constant ? constant->value : 0;

		if (!constant && parse_call_value(word, &bits) < 0)
			return unknown_constant(word, err);
		value |= bits;
	}
	*ret = value;
	return 0;
}

/* Parses the arguments between the parentheses; how many there are, or -1. */
static int parse_arguments(char *text, struct seccomp_data *call, struct error *err)
{
	char *next = text;
	int n = 0;

	if (text[strspn(text, " \t")] == '\0')
		return 0;
	while (next) {
		char *comma = strchr(next, ',');

		if (comma)
			*comma = '\0';
		if (next[strspn(next, " \t")] == '\0')
			return error_set(err, "argument %d is empty", n);
		if (n == 6)
			return error_set(err, "a system call has six arguments at most");
		if (parse_argument(next, &call->args[n++], err) < 0)
			return -1;
		next = comma ? comma + 1 : NULL;
	}
	return n;
}

static int parse_number(struct arena *arena, const char *name, struct error *err)
{
	const struct syscall_row *row = syscall_by_name(name, strlen(name));
	const char *near;
	char *end;
	long number = strtol(name, &end, 10);

	if (*name >= '0' && *name <= '9' && *end == '\0' && number < FILTER_CALLS)
		return (int)number;
	if (*name >= '0' && *name <= '9' && *end == '\0')
		return error_set(err,
				 "\"%s\" is no number of a system call: 0 to %d can "
				 "be asked for",
				 name, FILTER_CALLS - 1);
	if (row && syscall_number(row) >= 0)
		return syscall_number(row);
	if (row)
		return error_set(err, "\"%s\" is no system call of %s", name,
				 SYSCALL_ARCH_NAME);
	near = diag_nearest(name, syscall_names(arena));
	return error_set(err, "unknown system call \"%s\"%s%s%s", name,
			 near ? ": did you mean \"" : "", near ? near : "",
			 near ? "\"?" : "");
}

/* Arguments that break no rule: whether there are some is what was asked. */
static void choose_arguments(struct seccomp_data *call)
{
	const struct filter_row *row;

	for (size_t i = 0; (row = filter_row(i)); i++)
		if (filter_row_speaks(row, call) && row->test == FILTER_ONLY)
			call->args[row->arg] = row->values[0];
}

/* The programs that sbox would load, over the call, as the kernel does it. */
static int run_programs(struct explain *e, const struct seccomp_data *call,
			struct error *err)
{
	uint32_t answer = SECCOMP_RET_KILL_PROCESS;
	const char *cache = e->ctl->caller.cache_dir;
	struct bpf_program stack[FILTER_PROGRAMS];
	struct filter_programs programs;

	if (cache)
		cache = path_join(&e->ctl->arena, cache, "filters");
	if (filter_get(&e->ctl->arena, &e->plan.filter, cache, &programs, err) < 0)
		return -1;
	for (unsigned i = 0; i < FILTER_PROGRAMS; i++)
		stack[i] = (struct bpf_program){ programs.insns[i], programs.len[i] };
	if (!bpf_run_stacked(stack, FILTER_PROGRAMS, call, &answer) ||
	    answer != filter_verdict(&e->plan.filter, call))
		return error_set(err, "the compiled filter and the policy do not agree "
				      "about this call: a mistake of sbox, or of a file "
				      "in its cache of filters");
	return 0;
}

int explain_call(struct explain *e, const struct seccomp_data *call, struct verdict *ret,
		 struct error *err)
{
	if (run_programs(e, call, err) < 0)
		return -1;
	verdict_call(&(struct call_scope){ &e->plan, &e->policy, &e->ctl->arena }, call,
		     ret);
	return 0;
}

/* Adds the rules by which call @nr, though allowed, does not pass with every argument. */
static void add_limits(struct explain *e, uint32_t nr, struct verdict *ret)
{
	const struct filter_policy *filter = &e->plan.filter;
	const struct filter_row *row;

	for (size_t i = 0; ret->answer == ANSWER_YES && (row = filter_row(i)); i++) {
		if (filter_row_number(row) != (int)nr ||
		    filter->rules[row->rule] == SECCOMP_RET_ALLOW)
			continue;
		ret->says = "allowed, but not with every argument";
		verdict_call_row(
			&(struct call_scope){ &e->plan, &e->policy, &e->ctl->arena }, row,
			ret);
	}
}

int explain_syscall(struct explain *e, const char *what, struct verdict *ret,
		    struct error *err)
{
	struct seccomp_data call = { .arch = SYSCALL_ARCH };
	char *name = arena_strdup(&e->ctl->arena, what), *open = strchr(name, '(');
	size_t len = strlen(name);

	if (open && name[len - 1] != ')')
		return error_set(err, "\"%s\": the \")\" is missing", what);
	if (open) {
		name[len - 1] = '\0';
		*open = '\0';
		if (parse_arguments(open + 1, &call, err) < 0)
			return -1;
	}
	call.nr = parse_number(&e->ctl->arena, name, err);
	if (call.nr < 0)
		return -1;
	if (!open)
		choose_arguments(&call);
	if (explain_call(e, &call, ret, err) < 0)
		return -1;
	if (!open)
		add_limits(e, (uint32_t)call.nr, ret);
	return 0;
}
