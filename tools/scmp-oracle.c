/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * scmp-oracle.c - a seccomp policy compiled by libseccomp; see scmp-oracle.h
 *
 * The list lets pass what passes, and is ENOSYS for all else. The
 * refusals are loaded after it, so that of two errnos theirs is returned
 * (seccomp(2)). Each program is for the native architecture alone, because libseccomp
 * takes raw numbers in such a filter only, and would rewrite socket calls for i386
 * behind our back. What it has wrong or surprising, and how it is avoided:
 *
 *  - a range comparison may be merged wrongly (GHSA-4q85-33p6-j5g6): only equality
 *    under a mask is used, always within the low 32 bits. "None but these values" is
 *    therefore split into the subtrees of the binary tree of all values that hold
 *    none of them;
 *  - one comparison for each argument of a rule: no rule needs two;
 *  - a rule without arguments erases those with: never both for one call;
 *  - a rule with the default action is an error: none is made.
 *
 * sbox generated its programs like this once; filter-program.c says why no longer.
 */
#include "config.h"

#include <errno.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "scmp-oracle.h"
#include "seccomp/syscalls.h"

#define LOW_HALF 0xffffffffU

_Static_assert(SCMP_ACT_ERRNO(1) == (SECCOMP_RET_ERRNO | 1) &&
		       SCMP_ACT_ALLOW == SECCOMP_RET_ALLOW &&
		       SCMP_ACT_KILL_PROCESS == SECCOMP_RET_KILL_PROCESS,
	       "actions of a policy are libseccomp's");

static void context_releasep(scmp_filter_ctx *context)
{
	if (*context)
		seccomp_release(*context);
}

#define _cleanup_context_ __attribute__((cleanup(context_releasep)))

/* libseccomp returns negative errnos. */
static int seccomp_error(struct error *err, int result, const char *what)
{
	errno = -result;
	return error_sys(err, "libseccomp: %s", what);
}

static scmp_filter_ctx context_new(uint32_t otherwise, struct error *err)
{
	_cleanup_context_ scmp_filter_ctx context = seccomp_init(otherwise);
	scmp_filter_ctx taken;
	int ret;

	/*
	 * Programs are made here and never loaded, so what this kernel can do is no
	 * matter: qemu-user has no seccomp(2) at all. Level 3 has SCMP_ACT_KILL_PROCESS.
	 */
	(void)seccomp_api_set(3);
	if (!context) {
		(void)error_set(err, "libseccomp: cannot make a filter");
		return NULL;
	}
	ret = seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (!ret)
		ret = seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (ret) {
		(void)seccomp_error(err, ret, "cannot set an attribute");
		return NULL;
	}
	taken = context;
	context = NULL;
	return taken;
}

static int call_add(scmp_filter_ctx context, uint32_t action, uint32_t nr,
		    struct error *err)
{
	int ret = seccomp_rule_add(context, action, (int)nr, 0);

	if (ret) {
		errno = -ret;
		return error_sys(err, "libseccomp: system call %u", nr);
	}
	return 0;
}

/* One row of the argument rules on its way into a program. */
struct row_rule {
	scmp_filter_ctx context;
	const struct filter_row *row;
	uint32_t action;
	struct error *err;
};

/*
 * Refuses the call if the argument under @mask is @value and all conditions of the row
 * hold, of bits that one has to have this @bit.
 */
static int bit_add(const struct row_rule *rule, uint32_t mask, uint32_t value,
		   uint32_t bit)
{
	const struct filter_row *row = rule->row;
	struct scmp_arg_cmp compare[1 + FILTER_WHENS] = {
		SCMP_CMP64(row->arg, SCMP_CMP_MASKED_EQ, mask, value),
	};
	unsigned len = 1;
	int ret;

	for (unsigned i = 0; i < FILTER_WHENS; i++) {
		const struct filter_when *when = &row->when[i];
		bool is = when->whose == FILTER_IS;

		if (when->whose != FILTER_ANYWAY)
			compare[len++] = SCMP_CMP64(when->arg, SCMP_CMP_MASKED_EQ,
						    is ? filter_mask(when->mask) : bit,
						    is ? when->value : bit);
	}
	ret = seccomp_rule_add_array(rule->context, rule->action, filter_row_number(row),
				     len, compare);
	return ret ? seccomp_error(rule->err, ret, row->call) : 0;
}

/* The same for every bit that a condition asks for; no row has two such conditions. */
static int compare_add(const struct row_rule *rule, uint32_t mask, uint32_t value)
{
	uint32_t bits = 0;

	for (unsigned i = 0; i < FILTER_WHENS; i++)
		if (rule->row->when[i].whose == FILTER_HAS_A_BIT)
			bits = rule->row->when[i].value;
	if (!bits)
		return bit_add(rule, mask, value, 0);
	for (; bits; bits &= bits - 1)
		if (bit_add(rule, mask, value, bits & -bits))
			return -1;
	return 0;
}

/* What a rule refuses of an argument: all values of a kind but these. */
struct exceptions {
	const uint32_t *values;
	unsigned len;
	uint32_t bits; /* of which they consist */
};

/*
 * Refuses whatever is @value under @mask and none of the exceptions: where there is one,
 * the next higher bit is looked at as well, both ways.
 */
static int others_add(const struct row_rule *rule, const struct exceptions *but,
		      uint32_t mask, uint32_t value)
{
	uint32_t bit = 1U << 31;
	bool holds = false;

	for (unsigned i = 0; i < but->len; i++)
		holds |= (but->values[i] & mask) == value;
	if (!holds)
		return compare_add(rule, mask, value);
	while (bit && ((mask & bit) || !(but->bits & bit)))
		bit >>= 1;
	if (!bit)
		return 0;
	if (others_add(rule, but, mask | bit, value))
		return -1;
	return others_add(rule, but, mask | bit, value | bit);
}

static int row_add(const struct row_rule *rule)
{
	const struct filter_row *row = rule->row;
	const struct exceptions only = { row->values, row->values_len,
					 filter_mask(row->mask) };
	const struct exceptions excepted = { row->excepted, row->excepted_len, LOW_HALF };

	if (row->test == FILTER_ONLY)
		return others_add(rule, &only, 0, 0);
	for (unsigned i = 0; i < row->values_len; i++) {
		uint32_t value = row->values[i];
		uint32_t mask =
			row->test == FILTER_CLEAR ? value : filter_mask(row->mask);

		if (others_add(rule, &excepted, mask, value))
			return -1;
	}
	return 0;
}

/* What passes, its arguments aside; and the call that loads the next program. */
static int list_fill(scmp_filter_ctx context, const struct filter_policy *policy,
		     struct error *err)
{
	uint32_t seccomp_nr = syscall_must("seccomp");
	uint32_t calls[FILTER_CALLS];

	filter_calls(policy, calls);
	calls[seccomp_nr] = SECCOMP_RET_ALLOW;
	for (uint32_t nr = 0; nr < FILTER_CALLS; nr++)
		if (calls[nr] == SECCOMP_RET_ALLOW &&
		    call_add(context, SECCOMP_RET_ALLOW, nr, err))
			return -1;
	return 0;
}

/* What is refused otherwise than by not being in the list; argument rules. */
static int refusals_fill(scmp_filter_ctx context, const struct filter_policy *policy,
			 struct error *err)
{
	uint32_t seccomp_nr = syscall_must("seccomp");
	uint32_t unlisted = filter_call(policy, FILTER_CALLS);
	uint32_t calls[FILTER_CALLS];
	const struct filter_row *row;

	filter_calls(policy, calls);
	for (uint32_t nr = 0; nr < FILTER_CALLS; nr++) {
		if (calls[nr] == SECCOMP_RET_ALLOW ||
		    (calls[nr] == unlisted && nr != seccomp_nr))
			continue;
		if (call_add(context, calls[nr], nr, err))
			return -1;
	}
	for (size_t i = 0; (row = filter_row(i)); i++) {
		struct row_rule rule = { context, row, policy->rules[row->rule], err };
		int nr = filter_row_number(row);

		if (nr >= 0 && rule.action != SECCOMP_RET_ALLOW &&
		    calls[nr] == SECCOMP_RET_ALLOW && row_add(&rule))
			return -1;
	}
	return 0;
}

/* The finished program @i of @ret: libseccomp writes to descriptors only. */
static int program_export(struct arena *arena, scmp_filter_ctx context,
			  struct filter_programs *ret, unsigned i, struct error *err)
{
	_cleanup_fd_ int fd = memfd_create("sbox-filter", MFD_CLOEXEC);
	struct sock_filter *insns;
	struct stat st;
	int result;

	if (fd < 0)
		return error_sys(err, "memfd_create");
	result = seccomp_export_bpf(context, fd);
	if (result)
		return seccomp_error(err, result, "cannot export a filter");
	if (fstat(fd, &st))
		return error_sys(err, "fstat of a filter");
	if (st.st_size == 0 || (size_t)st.st_size > BPF_MAXINSNS * sizeof *insns ||
	    (size_t)st.st_size % sizeof *insns)
		return error_set(err,
				 "the filter is too large: %lld bytes, %zu at the most",
				 (long long)st.st_size, BPF_MAXINSNS * sizeof *insns);
	insns = arena_alloc(arena, (size_t)st.st_size);
	if (pread(fd, insns, (size_t)st.st_size, 0) != st.st_size)
		return error_set(err, "cannot read a filter back");
	ret->insns[i] = insns;
	ret->len[i] = (unsigned short)((size_t)st.st_size / sizeof *insns);
	return 0;
}

typedef int fill_fn(scmp_filter_ctx context, const struct filter_policy *policy,
		    struct error *err);

int scmp_compile(struct arena *arena, const struct filter_policy *policy,
		 struct filter_programs *ret, struct error *err)
{
	uint32_t otherwise = filter_call(policy, FILTER_CALLS);
	const uint32_t otherwises[] = { otherwise, SECCOMP_RET_ALLOW };
	fill_fn *const fills[] = { list_fill, refusals_fill };
	struct filter_programs programs = { 0 };

	for (unsigned i = 0; i < FILTER_PROGRAMS; i++) {
		_cleanup_context_ scmp_filter_ctx context = NULL;

		/* without a base nothing is unlisted: refusals alone */
		if (i == 0 && otherwise == SECCOMP_RET_ALLOW)
			continue;
		context = context_new(otherwises[i], err);
		if (!context || fills[i](context, policy, err) ||
		    program_export(arena, context, &programs, i, err))
			return -1;
	}
	*ret = programs;
	return 0;
}
