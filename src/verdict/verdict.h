/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verdict.h - what a plan allows, and which line says so
 *
 * Questions to the very data that is carried out: the steps, the rules of the network,
 * the environment. (What a system call gets is said by the compiled programs, which ctl/
 * asks; why it does is said here.)
 * What is not in the plan decides as well, and is not spoken of: permissions and owners
 * of files, routers on the way, capabilities.
 */
#ifndef SBOX_VERDICT_H
#define SBOX_VERDICT_H

#include <linux/seccomp.h>

#include "base/strbuf.h"
#include "seccomp/rules.h"
#include "verdict/view.h"

enum answer { ANSWER_NO, ANSWER_YES, ANSWER_UNKNOWN };

/* Everything is in the arena of who asked. */
struct verdict {
	enum answer answer;
	const char *says; /* one line */
	/* The reasons, of which the last decides. pos.file NULL: sbox itself. */
	struct diag *why;
	size_t why_len;
};

/* Adds a reason: a line of a profile (@pos; file NULL: sbox itself), and what it says. */
_printf_(4, 5) void verdict_why(struct verdict *verdict, struct arena *arena,
				const struct srcpos *pos, const char *fmt, ...);

/* The member "why" of a JSON object: the reasons. */
void verdict_reasons_json(const struct verdict *verdict, struct strbuf *out);

enum path_access { PATH_READ, PATH_WRITE, PATH_EXEC, PATH_ACCESSES };

struct path_verdict {
	enum answer may[PATH_ACCESSES];
	struct place place;
};

/*
 * Clean @path inside. verdict->answer is that of reading; PATH_WRITE of what is absent
 * is whether the command may create it.
 */
void verdict_path(const struct view *view, const char *path, struct path_verdict *ret,
		  struct verdict *verdict);

/* Where the first packet of a connection goes. */
struct packet {
	const char *host;     /* as it was asked for */
	struct net_addr addr; /* as the kernel takes it; AF_UNSPEC: @host is a name */
	int family;           /* of the socket that is needed: AF_INET or AF_INET6 */
	uint16_t port;
	int protocol; /* IPPROTO_TCP or IPPROTO_UDP */
};

/* "HOST:PORT[/tcp|/udp]", an IPv6 address in brackets; tcp if not said. NULL, or what is
 * wrong, in words for "X": ... As in the kernel, an IPv4 address that is written as IPv6
 * is one of IPv4, and the address of no host is that of loopback. */
const char *packet_parse(struct arena *arena, const char *s, struct packet *ret);

/* Whether @packet gets there, by which rule of the plan. */
void verdict_net(const struct plan *plan, struct arena *arena,
		 const struct packet *packet, struct verdict *ret);

/* The variable @name: set by the profile, let through, or not there. */
void verdict_env(const struct policy *policy, const struct host *host,
		 struct arena *arena, const char *name, struct verdict *ret);

struct call_scope {
	const struct plan *plan;
	const struct policy *policy;
	struct arena *arena;
};

/*
 * What the kernel answers to @call (SECCOMP_RET_...), of the filter and seccomp.programs;
 * *ret_by: the one of these that decides, NULL: the filter.
 */
uint32_t verdict_answer(const struct plan *plan, const struct seccomp_data *call,
			const struct plan_program **ret_by);

/*
 * Why that is the answer: the program, the entry, the rule or the base that decides, and
 * where that is the base, what entry would let it through.
 */
void verdict_call(const struct call_scope *scope, const struct seccomp_data *call,
		  struct verdict *ret);

/* Adds the rule @row of a call's arguments, with the entry that made it, as a reason. */
void verdict_call_row(const struct call_scope *scope, const struct filter_row *row,
		      struct verdict *ret);

#endif
