/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter.h - which system calls a command may make
 *
 * The seccomp policy as plain data: nothing here compiles or loads a filter
 * (that is program.h and box/fence/seccomp.h). A policy has three parts:
 *
 *  - an action for every system call number of the native architecture. What is
 *    in no list is ENOSYS, so that a libc on a new kernel takes its old path;
 *    what is known and unwanted is EPERM (FILTER_STRICT: the process is killed);
 *  - argument rules for calls that pass only in part, see rules.h;
 *  - the architecture: every call by a foreign one (int $0x80 and x32 on x86-64)
 *    kills the process, because each of them is a way around the rest.
 *
 * FILTER_NONE without a denial is no filter at all. With one, it is a filter that
 * allows all the rest, without argument rules, and still kills foreign
 * architectures: otherwise the denial would be one instruction away from nothing.
 *
 * Arguments are compared by their low 32 bits only, as the kernel reads them, so
 * that high bits change nothing (CVE-2019-10063). Pointers are never looked at.
 */
#ifndef SBOX_FILTER_H
#define SBOX_FILTER_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/error.h"
#include "seccomp/rules.h"

/*
 * Part of the canonical text: raise it when the meaning of a text changes, or what was
 * made of one was wrong.
 */
#define FILTER_VERSION 5

/* Numbers that a policy can speak of: 0..FILTER_CALLS-1. Any other: ENOSYS. */
#define FILTER_CALLS 1024

/* How many entries seccomp.allow and seccomp.deny may have together. */
#define FILTER_CHANGES_MAX 1000

enum filter_base {
	FILTER_DEFAULT, /* what builds, interpreters and servers need */
	FILTER_STRICT,  /* the same, but EPERM becomes KILL; io_setup, and ptrace but to
			   look: EPERM */
	FILTER_NONE,
};

/*
 * Which user and group numbers a command has. With one of each, the kernel answers EINVAL
 * to a chown to any other, which no program is prepared for, and EPERM to setgroups.
 */
enum filter_ids {
	FILTER_IDS_MANY, /* the kernel's answers */
	FILTER_IDS_ONE,  /* chown and the like to others: EPERM, as for anybody */
	/*
	 * The one is 0, and programs do what only root can: chown and the like to others,
	 * and setgroups, succeed and do nothing (an errno of 0).
	 */
	FILTER_IDS_ROOT,
};

/*
 * One entry of seccomp.allow or seccomp.deny. @what is
 *	a name ("mbind"), a number ("462"), a group ("@debug"),
 *	or, to deny only, one of these with an answer: "mbind:ENOSYS", "@keyring:13",
 *	"bpf:KILL" (the process). Without an answer a denied call is refused as the
 *	base refuses it, and with EPERM if the base would let it pass.
 * Groups are systemd's (systemd.exec(5), SystemCallFilter=), "@namespaces" and
 * "@set-id-files".
 * A group is exactly the list of its names. A name of another architecture is
 * no mistake and does nothing.
 */
struct filter_change {
	bool allow;
	const char *what;
	struct srcpos pos;
};

/* The filter that is wanted. All is kept by reference, until filter_resolve() returns. */
struct filter_spec {
	enum filter_base base;
	/*
	 * For a command that builds sandboxes itself, or is root of its own
	 * namespaces: unshare, setns, namespace flags of clone, clone3, mount, umount2,
	 * pivot_root, chroot, the descriptor mount API, openat2, sethostname and
	 * setdomainname are allowed. All else stays.
	 */
	bool nested;
	/*
	 * With @nested, for a command that owns its mounts itself (no inner user
	 * namespace, so the kernel has not locked them): what is mounted read-only must
	 * stay so. No remount by mount, mount_setattr, open_tree_attr or fspick.
	 */
	bool owner;
	enum filter_ids ids;   /* @nested: taken for MANY; it can have more in its own */
	struct filter_own own; /* of ONE and ROOT; with FILTER_OWN_* for the build's */
	const struct filter_change *changes;
	size_t changes_len;
};

/*
 * The filter as filter_resolve() has made it. Actions are the kernel's:
 * SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO | errno, SECCOMP_RET_KILL_PROCESS.
 */
struct filter_policy {
	enum filter_base base;
	bool nested, owner;
	enum filter_ids ids;
	struct filter_own own;
	/*
	 * Nothing differs from the base: the programs were compiled with sbox
	 * (filter_stock()), no name was looked up and @calls is NULL.
	 */
	bool stock;
	uint32_t rules[FILTER_RULES]; /* what breaking the rule answers; ALLOW: lifted */
	const uint32_t *calls;        /* FILTER_CALLS actions, or NULL */
	/*
	 * For explanations: the changes of the spec that gave each call and each rule its
	 * answer, NULL where it is the base's. NULL altogether in a stock policy. They
	 * live as long as the spec's.
	 */
	const struct filter_change *const *origins;
	const struct filter_change *rule_origins[FILTER_RULES];
};

/*
 * Resolves what is @wanted. Mistakes (unknown names, an answer that is none, an allow
 * with an answer, a denied execve, too many entries) go to @diags with their places, all
 * of them; then -1. Denials win over allowances whatever their order. Of two
 * denials of one call the one with an answer wins, of two with an answer the later.
 */
int filter_resolve(struct arena *arena, const struct filter_spec *wanted,
		   struct diags *diags, struct filter_policy *ret);

/* Whether there is nothing to load: FILTER_NONE without a denial. */
bool filter_is_empty(const struct filter_policy *policy);

/* The action of call @nr before its arguments are looked at. */
uint32_t filter_call(const struct filter_policy *policy, uint32_t nr);
/* The actions of all FILTER_CALLS calls, before their arguments are looked at. */
void filter_calls(const struct filter_policy *policy, uint32_t *ret_calls);

/*
 * The action for @call with its arguments, computed from the tables and not from any
 * program: for tests and explanations. Foreign architectures included.
 */
uint32_t filter_verdict(const struct filter_policy *policy,
			const struct seccomp_data *call);

/*
 * The policy in its one canonical form, a line for every listed call and every rule:
 * the key of the cache, and fit for people. Two policies with the same text are equal,
 * but for the numbers of the command.
 */
char *filter_policy_text(struct arena *arena, const struct filter_policy *policy);

/* "allow", "kill", "ENOSYS", ... in @arena */
const char *filter_action_text(struct arena *arena, uint32_t action);

/* "socket: EPERM unless argument 0 is 0x1 0x2", in @arena */
char *filter_row_text(struct arena *arena, const struct filter_row *row, uint32_t action);

#endif
