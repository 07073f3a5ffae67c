/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rules.c - the table of argument rules; see rules.h
 *
 * Reasons for the rows that are not plain:
 *
 *  clone        CLONE_NEWTIME is no flag of it: its bit is part of the exit signal there
 *  terminal     TIOCSTI and TIOCLINUX type into a terminal, TIOCCONS takes the console's
 *               output, TIOCSETD loads line disciplines (many a CVE in them). Of a
 *               console ('K' and 'V' without a direction), which the command has only
 *               if it holds the caller's, all but questions: its keys, its font, whose
 *               turn it is
 *  personality  PER_LINUX32 and UNAME26 only change what uname says, and
 *               ADDR_NO_RANDOMIZE is what debuggers and sanitizers start programs with;
 *               all ones asks. Refused, among others: READ_IMPLIES_EXEC
 *  protocols    any other number makes the kernel look for a module of that name,
 *               for everyone. Raw sockets do not, and need a capability
 *  set-id       a file of the caller that another user runs as the caller. open ignores
 *               its mode unless it makes a file, mkdir drops these bits by itself, and
 *               what mq_open makes lies on a file system that runs nothing. openat2 is
 *               absent (syscalls.c): every user of it goes on without
 *  leases       who opens the file elsewhere waits until the lease is given up, 45
 *               seconds by default; a file that can only be read is enough for one
 *  bypass       of btrfs and bcachefs: a snapshot of a subvolume has none of the mounts
 *               that cover parts of it, and needs no privilege; cloning ranges of open
 *               files is harmless, and what cp does. nsfs: descriptors of namespaces,
 *               which are nobody's business here; sockets, tunnels and pidfds hand them
 *               out too. fscrypt: the keys of the caller's encrypted directories. XFS:
 *               the names of a file in directories that are not shown
 *  trace        LeakSanitizer, which -fsanitize=address brings along, and heap profilers
 *               stop the other threads of their own process and read their registers
 *  owner        the kernel answers EINVAL to a number that the user namespace does not
 *               have; install, tar and fakeroot expect EPERM of who is not root
 *  uncover      mounts made by these flags (Linux 7.0 and newer) can lack what a locked
 *               mount covers: CVE-2026-98976, -98978, -98988
 */
#include "config.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/fscrypt.h>
#include <linux/mount.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "seccomp/rules.h"
#include "seccomp/syscalls.h"

#define NAMESPACE_FLAGS                                                                  \
	CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER,         \
		CLONE_NEWPID, CLONE_NEWNET

/* Written down: <fcntl.h> and <linux/fcntl.h> exclude each other, and some are new. */
#define LEASE_SET 1024
#define DELEGATION_SET 1040
#define MAKES_TMPFILE 020000000 /* O_TMPFILE without O_DIRECTORY */

/* ioctl requests that only ask a console something: <linux/kd.h> and <linux/vt.h> */
#define CONSOLE_QUESTIONS                                                                \
	0x4b31 /* KDGETLED */, 0x4b33 /* KDGKBTYPE */, 0x4b3b /* KDGETMODE */,           \
		0x4b44 /* KDGKBMODE */, 0x4b46 /* KDGKBENT */, 0x4b48 /* KDGKBSENT */,   \
		0x4b4a /* KDGKBDIACR */, 0x4b62 /* KDGKBMETA */, 0x4b64 /* KDGKBLED */,  \
		0x5600 /* VT_OPENQRY */, 0x5601 /* VT_GETMODE */,                        \
		0x5603 /* VT_GETSTATE */

/* The type of a request, the second lowest byte; and that of one without a direction. */
#define TYPE_MASK 0x0000ff00U
#define PLAIN_TYPE_MASK 0xffffff00U

/* Of the flags in it the type of a socket is but this. */
#define SOCK_TYPE_MASK 0xfU

/* AF_INET is 2 and AF_INET6 10, so that one bit lies between them. */
#define INTERNET_MASK (~(uint32_t)(AF_INET ^ AF_INET6))

_Static_assert((AF_INET & INTERNET_MASK) == AF_INET &&
		       (AF_INET6 & INTERNET_MASK) == AF_INET,
	       "one comparison finds both families");

#define IF_INTERNET                                                                      \
	{                                                                                \
		FILTER_IS, 0, INTERNET_MASK, AF_INET                                     \
	}

/* The protocols that an internet socket of one type may speak. */
#define PROTOCOL_ROW(name, type, count, ...)                                             \
	{                                                                                \
		.rule = FILTER_PROTOCOL, .call = (name), .test = FILTER_ONLY, .arg = 2,  \
		.when = { IF_INTERNET, { FILTER_IS, 1, SOCK_TYPE_MASK, (type) } },       \
		.values_len = (count), .values = {                                       \
			__VA_ARGS__                                                      \
		}                                                                        \
	}

#define PROTOCOL_ROWS(name)                                                              \
	{ .rule = FILTER_PROTOCOL,                                                       \
	  .call = (name),                                                                \
	  .test = FILTER_ONLY,                                                           \
	  .arg = 1,                                                                      \
	  .mask = SOCK_TYPE_MASK,                                                        \
	  .when = { IF_INTERNET },                                                       \
	  .values_len = 3,                                                               \
	  .values = { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW } },                             \
		PROTOCOL_ROW(name, SOCK_STREAM, 2, 0, IPPROTO_TCP),                      \
		PROTOCOL_ROW(name, SOCK_DGRAM, 4, 0, IPPROTO_ICMP, IPPROTO_UDP,          \
			     IPPROTO_ICMPV6)

/* The mode of a call that makes or changes a file. */
#define SETID_ROW(name, n)                                                               \
	{                                                                                \
		.rule = FILTER_SETID, .call = (name), .test = FILTER_CLEAR, .arg = (n),  \
		.values_len = 2, .values = {                                             \
			S_ISUID,                                                         \
			S_ISGID                                                          \
		}                                                                        \
	}

/* The mode of a call that makes a file only if its flags say so (argument @flags). */
#define SETID_OPEN_ROW(name, n, flags)                                                   \
	{                                                                                \
		.rule = FILTER_SETID, .call = (name), .test = FILTER_CLEAR, .arg = (n),  \
		.when = { { FILTER_HAS_A_BIT, (flags), 0, O_CREAT | MAKES_TMPFILE } },   \
		.values_len = 2, .values = {                                             \
			S_ISUID,                                                         \
			S_ISGID                                                          \
		}                                                                        \
	}

/* The new owner and group of a call that changes them: -1 changes nothing. */
#define OWNER_ROW(name, n, own)                                                          \
	{                                                                                \
		.rule = FILTER_OWNER, .call = (name), .test = FILTER_ONLY, .arg = (n),   \
		.values_len = 2, .values = {                                             \
			UINT32_MAX,                                                      \
			(own)                                                            \
		}                                                                        \
	}

#define OWNER_ROWS(name, n)                                                              \
	OWNER_ROW(name, n, FILTER_OWN_UID), OWNER_ROW(name, (n) + 1, FILTER_OWN_GID)

#define UNCOVER_ROW(name, n, flag)                                                       \
	{                                                                                \
		.rule = FILTER_UNCOVER, .call = (name), .test = FILTER_CLEAR,            \
		.arg = (n), .values_len = 1, .values = {                                 \
			(flag)                                                           \
		}                                                                        \
	}

static const struct filter_row rule_rows[] = {
	{ .rule = FILTER_NAMESPACES,
	  .call = "clone",
	  .test = FILTER_CLEAR,
	  .values_len = 7,
	  .values = { NAMESPACE_FLAGS } },
	{ .rule = FILTER_PERSONALITY,
	  .call = "personality",
	  .test = FILTER_ONLY,
	  .values_len = 6,
	  .values = { PER_LINUX, PER_LINUX32, UNAME26, PER_LINUX32 | UNAME26,
		      ADDR_NO_RANDOMIZE, 0xffffffff } },
	{ .rule = FILTER_TERMINAL,
	  .call = "ioctl",
	  .test = FILTER_NOT,
	  .arg = 1,
	  .values_len = 4,
	  .values = { TIOCSTI, TIOCLINUX, TIOCSETD, TIOCCONS } },
	{ .rule = FILTER_TERMINAL,
	  .call = "ioctl",
	  .test = FILTER_NOT,
	  .arg = 1,
	  .mask = PLAIN_TYPE_MASK,
	  .values_len = 2,
	  .values = { 'K' << 8, 'V' << 8 },
	  .excepted_len = 12,
	  .excepted = { CONSOLE_QUESTIONS } },
	{ .rule = FILTER_BYPASS,
	  .call = "ioctl",
	  .test = FILTER_NOT,
	  .arg = 1,
	  .mask = TYPE_MASK,
	  .values_len = 3,
	  .values = { 0x94 << 8 /* btrfs */, 0xbc << 8 /* bcachefs */,
		      0xb7 << 8 /* nsfs */ },
	  .excepted_len = 3,
	  .excepted = { FICLONE, FICLONERANGE, FIDEDUPERANGE } },
	{ .rule = FILTER_BYPASS,
	  .call = "ioctl",
	  .test = FILTER_NOT,
	  .arg = 1,
	  .values_len = 6,
	  .values = { 0x894c /* SIOCGSKNS */, 0x54e3 /* TUNGETDEVNETNS */,
		      FS_IOC_ADD_ENCRYPTION_KEY, FS_IOC_REMOVE_ENCRYPTION_KEY,
		      FS_IOC_REMOVE_ENCRYPTION_KEY_ALL_USERS,
		      0xc028583e /* XFS_IOC_GETPARENTS */ } },
	/* PIDFD_GET_*_NAMESPACE, which are _IO(0xff, 1) and up */
	{ .rule = FILTER_BYPASS,
	  .call = "ioctl",
	  .test = FILTER_NOT,
	  .arg = 1,
	  .mask = 0xfffffff0,
	  .values_len = 1,
	  .values = { 0xff00 } },
	PROTOCOL_ROWS("socket"),
	{ .rule = FILTER_FAMILY,
	  .call = "socket",
	  .test = FILTER_ONLY,
	  .values_len = 4,
	  .values = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK } },
	{ .rule = FILTER_FAMILY,
	  .call = "socket",
	  .test = FILTER_ONLY,
	  .arg = 2,
	  .when = { { FILTER_IS, 0, 0, AF_NETLINK } },
	  .values_len = 1,
	  .values = { NETLINK_ROUTE } },
	/* The kernel makes both sockets, loading modules, before it finds it cannot. */
	PROTOCOL_ROWS("socketpair"),
	{ .rule = FILTER_FAMILY,
	  .call = "socketpair",
	  .test = FILTER_ONLY,
	  .values_len = 3,
	  .values = { AF_UNIX, AF_INET, AF_INET6 } },
	{ .rule = FILTER_REMOUNT,
	  .call = "mount",
	  .test = FILTER_CLEAR,
	  .arg = 3,
	  .values_len = 1,
	  .values = { MS_REMOUNT } },
	SETID_OPEN_ROW("openat", 3, 2),
	SETID_OPEN_ROW("open", 2, 1),
	SETID_ROW("creat", 1),
	SETID_ROW("chmod", 1),
	SETID_ROW("fchmod", 1),
	SETID_ROW("fchmodat", 2),
	SETID_ROW("fchmodat2", 2),
	SETID_ROW("mknod", 1),
	SETID_ROW("mknodat", 2),
	{ .rule = FILTER_LEASE,
	  .call = "fcntl",
	  .test = FILTER_NOT,
	  .arg = 1,
	  .values_len = 2,
	  .values = { LEASE_SET, DELEGATION_SET } },
	UNCOVER_ROW("open_tree", 2, 0x2),      /* OPEN_TREE_NAMESPACE */
	UNCOVER_ROW("open_tree_attr", 2, 0x2), /* the same */
	UNCOVER_ROW("fsmount", 1, 0x2),        /* FSMOUNT_NAMESPACE */
	UNCOVER_ROW("move_mount", 4, 0x200),   /* MOVE_MOUNT_BENEATH */
	UNCOVER_ROW("unshare", 0, 0x100000),   /* UNSHARE_EMPTY_MNTNS */
	{ .rule = FILTER_TRACE,
	  .call = "ptrace",
	  .test = FILTER_ONLY,
	  .values_len = 8,
	  .values = { PTRACE_ATTACH, PTRACE_DETACH, PTRACE_CONT, PTRACE_GETREGSET,
		      PTRACE_GETSIGINFO, PTRACE_PEEKDATA, PTRACE_PEEKUSER,
		      12 /* PTRACE_GETREGS, where there is one */ } },
	OWNER_ROWS("chown", 1),
	OWNER_ROWS("fchown", 1),
	OWNER_ROWS("lchown", 1),
	OWNER_ROWS("fchownat", 2),
};

#define ROWS (sizeof rule_rows / sizeof rule_rows[0])

const struct filter_row *filter_row(size_t i)
{
	return i < ROWS ? &rule_rows[i] : NULL;
}

int filter_row_number(const struct filter_row *row)
{
	return syscall_number(syscall_by_name(row->call, strlen(row->call)));
}

uint32_t filter_mask(uint32_t mask)
{
	return mask ? mask : UINT32_MAX;
}

static bool when_holds(const struct filter_when *when, const struct seccomp_data *call)
{
	uint32_t value = (uint32_t)call->args[when->arg];

	switch (when->whose) {
	case FILTER_IS:
		return (value & filter_mask(when->mask)) == when->value;
	case FILTER_HAS_A_BIT:
		return (value & when->value) != 0;
	case FILTER_ANYWAY:
		break;
	}
	return true;
}

static bool whens_hold(const struct filter_row *row, const struct seccomp_data *call)
{
	bool hold = true;

	for (unsigned i = 0; i < FILTER_WHENS; i++)
		hold = hold && when_holds(&row->when[i], call);
	return hold;
}

bool filter_row_speaks(const struct filter_row *row, const struct seccomp_data *call)
{
	int number = filter_row_number(row);

	return number >= 0 && number == call->nr && whens_hold(row, call);
}

static bool is_excepted(const struct filter_row *row, uint32_t value)
{
	for (unsigned i = 0; i < row->excepted_len; i++)
		if (value == row->excepted[i])
			return true;
	return false;
}

uint32_t filter_value(uint32_t value, const struct filter_own *own)
{
	return value == FILTER_OWN_UID   ? own->uid
	       : value == FILTER_OWN_GID ? own->gid
					 : value;
}

/* Whether arguments for which the row speaks break it. */
static bool is_broken(const struct filter_row *row, uint32_t value,
		      const struct filter_own *own)
{
	bool found = false;

	for (unsigned i = 0; i < row->values_len; i++)
		found |= row->test == FILTER_CLEAR
				 ? (value & row->values[i]) != 0
				 : (value & filter_mask(row->mask)) ==
					   filter_value(row->values[i], own);
	return found != (row->test == FILTER_ONLY) && !is_excepted(row, value);
}

const struct filter_row *filter_broken(const struct seccomp_data *call,
				       const uint32_t *rules,
				       const struct filter_own *own)
{
	const struct syscall_row *known = syscall_by_number((uint32_t)call->nr);

	for (size_t i = 0; known && i < ROWS; i++)
		if (rules[rule_rows[i].rule] != SECCOMP_RET_ALLOW &&
		    strcmp(rule_rows[i].call, known->name) == 0 &&
		    whens_hold(&rule_rows[i], call) &&
		    is_broken(&rule_rows[i], (uint32_t)call->args[rule_rows[i].arg], own))
			return &rule_rows[i];
	return NULL;
}
