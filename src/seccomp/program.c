/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * program.c - generate seccomp programs; see program.h
 *
 * Theory of operation: what a program answers depends first on the number of the call,
 * and most neighbours have the same answer. So all 2^32 numbers are cut into spans with
 * one answer each, which a balanced tree of comparisons finds in 6 or 7 steps; a
 * chain that looks at arguments stands only behind the few calls that have rules.
 *
 * Why not libseccomp's code: it has a comparison for every call and spells "none but
 * these values" out bit by bit, 1059 instructions in place of 171 for the default policy.
 * The kernel translates every instruction and runs every program for every number when
 * it is loaded (its bitmap of calls that always pass), which was a seventh of a
 * start. The unit test holds what is generated here against libseccomp's programs and
 * against the policy's own verdict, call by call.
 *
 * A program is written from its end to its beginning: where a jump leads is then
 * known when the jump is written. Places are counted from the end for that reason.
 * Conditional jumps reach 255 instructions; where that is too short, a return is
 * repeated and a longer way goes by an unconditional jump.
 */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "seccomp/program.h"
#include "seccomp/syscalls.h"

#define REACH 255

/* Numbers of x32 calls on x86-64; the one behind them, -1, is a skipped call. */
#define X32_FIRST 0x40000000U
#define X32_LAST 0xfffffffeU

#define SPANS_MAX (FILTER_CALLS + 4)

/* All numbers from @first up to the next span's: one answer. */
struct span {
	uint32_t first;
	uint32_t action;
	bool rules; /* ... but for the argument rules of this call */
};

struct writer {
	const struct filter_policy *policy;
	struct sock_filter *insns; /* BPF_MAXINSNS of them, filled from the end */
	unsigned len;
	bool full;
	struct span spans[SPANS_MAX];
	size_t spans_len;
};

/* Puts an instruction in front of the others; its place. */
static unsigned put_insn(struct writer *w, unsigned code, unsigned yes, unsigned no,
			 uint32_t k)
{
	if (w->len == BPF_MAXINSNS) {
		w->full = true;
		return w->len;
	}
	w->len++;
	w->insns[BPF_MAXINSNS - w->len] =
		(struct sock_filter){ (uint16_t)code, (uint8_t)yes, (uint8_t)no, k };
	return w->len;
}

/* A place that answers @action and can be reached by the next few instructions. */
static unsigned place_of_answer(struct writer *w, uint32_t action)
{
	for (unsigned at = w->len; at > 0 && w->len - at < REACH - 3; at--) {
		const struct sock_filter *insn = &w->insns[BPF_MAXINSNS - at];

		if (insn->code == (BPF_RET | BPF_K) && insn->k == action)
			return at;
	}
	return put_insn(w, BPF_RET | BPF_K, 0, 0, action);
}

/* Place @at, or a jump to it if it will be too far for the next instruction but one. */
static unsigned near(struct writer *w, unsigned at)
{
	if (w->len + 1 - at < REACH)
		return at;
	return put_insn(w, BPF_JMP | BPF_JA, 0, 0, w->len - at);
}

/* A comparison with two ways on. */
static unsigned branch(struct writer *w, unsigned test, uint32_t k, unsigned yes,
		       unsigned no)
{
	yes = near(w, yes);
	no = near(w, no);
	return put_insn(w, BPF_JMP | test | BPF_K, w->len - yes, w->len - no, k);
}

/* The low half of an argument; both architectures of ours store it first. */
static unsigned load_argument(struct writer *w, unsigned arg)
{
	return put_insn(
		w, BPF_LD | BPF_W | BPF_ABS, 0, 0,
		(uint32_t)(offsetof(struct seccomp_data, args) + arg * sizeof(uint64_t)));
}

/* Leaves of what has been loaded the bits of @mask. */
static void put_mask(struct writer *w, uint32_t mask)
{
	if (mask != UINT32_MAX)
		(void)put_insn(w, BPF_ALU | BPF_AND | BPF_K, 0, 0, mask);
}

/* The comparisons of one argument rule with what has been loaded and masked. */
static unsigned put_test(struct writer *w, const struct filter_row *row, unsigned refused,
			 unsigned next)
{
	bool only = row->test == FILTER_ONLY;
	unsigned at = only ? refused : next;
	uint32_t bits = 0;

	for (unsigned i = 0; i < row->values_len; i++)
		bits |= row->values[i];
	if (row->test == FILTER_CLEAR)
		return branch(w, BPF_JSET, bits, refused, next);
	for (unsigned i = 0; i < row->values_len; i++)
		at = branch(w, BPF_JEQ, row->values[i], only ? next : refused, at);
	return at;
}

/* Lets excepted values of a rule pass: behind the test, so that few calls come here. */
static unsigned put_excepted(struct writer *w, const struct filter_row *row,
			     unsigned refused, unsigned next)
{
	unsigned at = refused;

	for (unsigned i = 0; i < row->excepted_len; i++)
		at = branch(w, BPF_JEQ, row->excepted[i], next, at);
	return row->excepted_len ? load_argument(w, row->arg) : at;
}

/* One condition: on to @at if it holds, else to @next. */
static unsigned put_when(struct writer *w, const struct filter_when *when, unsigned at,
			 unsigned next)
{
	bool is = when->whose == FILTER_IS;

	if (when->whose == FILTER_ANYWAY)
		return at;
	(void)branch(w, is ? BPF_JEQ : BPF_JSET, when->value, at, next);
	put_mask(w, is ? filter_mask(when->mask) : UINT32_MAX);
	return load_argument(w, when->arg);
}

/* One argument rule: refused with @action, or on to @next. */
static unsigned put_row(struct writer *w, const struct filter_row *row, uint32_t action,
			unsigned next)
{
	unsigned refused = put_excepted(w, row, place_of_answer(w, action), next), at;

	/* each is put in front of what it runs into */
	(void)put_test(w, row, refused, next);
	put_mask(w, filter_mask(row->mask));
	at = load_argument(w, row->arg);
	for (unsigned i = 0; i < FILTER_WHENS; i++)
		at = put_when(w, &row->when[i], at, next);
	return at;
}

/* All argument rules of call @nr, behind which it passes. */
static unsigned put_rules(struct writer *w, uint32_t nr)
{
	unsigned at = place_of_answer(w, SECCOMP_RET_ALLOW);
	size_t rows = 0;

	while (filter_row(rows))
		rows++;
	while (rows-- > 0) {
		const struct filter_row *row = filter_row(rows);
		uint32_t action = w->policy->rules[row->rule];

		if (filter_row_number(row) == (int)nr && action != SECCOMP_RET_ALLOW)
			at = put_row(w, row, action, at);
	}
	return at;
}

/* The tree that finds the span of a number among @len of them. */
static unsigned put_tree(struct writer *w, const struct span *spans, size_t len)
{
	size_t half = len / 2;
	unsigned above, below;

	if (len == 1)
		return spans->rules ? put_rules(w, spans->first)
				    : place_of_answer(w, spans->action);
	above = put_tree(w, spans + half, len - half);
	below = put_tree(w, spans, half);
	return branch(w, BPF_JGE, spans[half].first, above, below);
}

static void append_span(struct writer *w, uint32_t first, uint32_t action, bool rules)
{
	const struct span *last = w->spans_len ? &w->spans[w->spans_len - 1] : NULL;

	if (!last || rules || last->rules || last->action != action)
		w->spans[w->spans_len++] = (struct span){ first, action, rules };
}

/*
 * @calls: an action for each number; @otherwise: for those that no policy can name;
 * @ruled: which calls have argument rules.
 */
static void cut(struct writer *w, const uint32_t *calls, uint32_t otherwise,
		const bool *ruled)
{
	for (uint32_t nr = 0; nr < FILTER_CALLS; nr++)
		append_span(w, nr, calls[nr], ruled[nr]);
	append_span(w, FILTER_CALLS, otherwise, false);
	if (SYSCALL_ARCH == AUDIT_ARCH_X86_64) {
		append_span(w, X32_FIRST, SECCOMP_RET_KILL_PROCESS, false);
		append_span(w, X32_LAST + 1, otherwise, false);
	}
}

static int put_program(struct writer *w, struct filter_programs *ret, unsigned i,
		       struct error *err)
{
	unsigned tree = put_tree(w, w->spans, w->spans_len), kill;

	if (tree != w->len) /* the first instruction is the last one that was put */
		(void)put_insn(w, BPF_JMP | BPF_JA, 0, 0, w->len - tree);
	tree = put_insn(w, BPF_LD | BPF_W | BPF_ABS, 0, 0,
			offsetof(struct seccomp_data, nr));
	kill = place_of_answer(w, SECCOMP_RET_KILL_PROCESS);
	(void)branch(w, BPF_JEQ, SYSCALL_ARCH, tree, kill);
	(void)put_insn(w, BPF_LD | BPF_W | BPF_ABS, 0, 0,
		       offsetof(struct seccomp_data, arch));
	if (w->full)
		return error_set(err,
				 "the filter is too large: more than %d instructions",
				 BPF_MAXINSNS);
	ret->insns[i] = w->insns + BPF_MAXINSNS - w->len;
	ret->len[i] = (unsigned short)w->len;
	return 0;
}

/* The first program: the calls that pass, whatever their arguments. */
static void cut_list(struct writer *w, const uint32_t *calls, uint32_t otherwise)
{
	const bool none[FILTER_CALLS] = { false };
	uint32_t list[FILTER_CALLS];

	for (uint32_t nr = 0; nr < FILTER_CALLS; nr++)
		list[nr] = calls[nr] == SECCOMP_RET_ALLOW ? SECCOMP_RET_ALLOW : otherwise;
	list[syscall_must("seccomp")] = SECCOMP_RET_ALLOW;
	cut(w, list, otherwise, none);
}

/*
 * The second program: the calls that are refused otherwise than by not being in the list,
 * and the argument rules of those that pass. A call that only the list refuses passes
 * here, and must have no rules here: of two answers the one of this program counts.
 */
static void cut_refusals(struct writer *w, const uint32_t *calls, uint32_t otherwise)
{
	uint32_t seccomp_nr = syscall_must("seccomp"), refusals[FILTER_CALLS];
	bool ruled[FILTER_CALLS] = { false };
	const struct filter_row *row;

	for (size_t i = 0; (row = filter_row(i)); i++) {
		int nr = filter_row_number(row);

		if (nr >= 0 && w->policy->rules[row->rule] != SECCOMP_RET_ALLOW &&
		    calls[nr] == SECCOMP_RET_ALLOW)
			ruled[nr] = true;
	}
	for (uint32_t nr = 0; nr < FILTER_CALLS; nr++)
		refusals[nr] = calls[nr] == otherwise && nr != seccomp_nr
				       ? SECCOMP_RET_ALLOW
				       : calls[nr];
	cut(w, refusals, SECCOMP_RET_ALLOW, ruled);
}

int filter_compile(struct arena *arena, const struct filter_policy *policy,
		   struct filter_programs *ret, struct error *err)
{
	uint32_t otherwise = filter_call(policy, FILTER_CALLS);
	struct filter_programs programs = { 0 };
	uint32_t calls[FILTER_CALLS];

	filter_calls(policy, calls);
	for (unsigned i = 0; i < FILTER_PROGRAMS; i++) {
		struct writer *w = arena_alloc(arena, sizeof *w);

		/* without a base nothing is unlisted: refusals alone */
		if (i == 0 && otherwise == SECCOMP_RET_ALLOW)
			continue;
		w->policy = policy;
		w->insns = arena_alloc(arena, BPF_MAXINSNS * sizeof *w->insns);
		if (i == 0)
			cut_list(w, calls, otherwise);
		else
			cut_refusals(w, calls, otherwise);
		if (put_program(w, &programs, i, err) < 0)
			return -1;
	}
	*ret = programs;
	return 0;
}

void filter_own(struct arena *arena, const struct filter_policy *policy,
		struct filter_programs *programs)
{
	if (policy->ids == FILTER_IDS_MANY)
		return;
	for (unsigned i = 0; i < FILTER_PROGRAMS; i++) {
		const size_t size = programs->len[i] * sizeof *programs->insns[i];
		struct sock_filter *insns = arena_alloc(arena, size);

		for (unsigned n = 0; n < programs->len[i]; n++) {
			insns[n] = programs->insns[i][n];
			if (insns[n].code == (BPF_JMP | BPF_JEQ | BPF_K))
				insns[n].k = filter_value(insns[n].k, &policy->own);
		}
		programs->insns[i] = insns;
	}
}
