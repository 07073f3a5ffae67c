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

/* Refuses the call if the argument under @mask is @value. */
static int compare_add(const struct row_rule *rule, uint32_t mask, uint32_t value)
{
	const struct filter_row *row = rule->row;
	struct scmp_arg_cmp compare[2] = {
		SCMP_CMP64(row->arg, SCMP_CMP_MASKED_EQ, mask, value),
		SCMP_CMP64(row->when_arg, SCMP_CMP_MASKED_EQ, LOW_HALF, row->when_value),
	};
	int ret = seccomp_rule_add_array(rule->context, rule->action,
					 (int)syscall_must(row->call),
					 row->has_when ? 2 : 1, compare);

	return ret ? seccomp_error(rule->err, ret, row->call) : 0;
}

/* Refuses whatever begins with the @bits bits of @prefix and is none of the values. */
static int others_add(const struct row_rule *rule, uint32_t prefix, unsigned bits)
{
	uint32_t mask = bits ? LOW_HALF << (32 - bits) : 0;
	bool holds = false;

	for (unsigned i = 0; i < rule->row->values_len; i++)
		holds |= (rule->row->values[i] & mask) == prefix;
	if (!holds)
		return compare_add(rule, mask, prefix);
	if (bits == 32)
		return 0;
	if (others_add(rule, prefix, bits + 1))
		return -1;
	return others_add(rule, prefix | 1U << (31 - bits), bits + 1);
}

static int row_add(const struct row_rule *rule)
{
	const struct filter_row *row = rule->row;

	if (row->test == FILTER_ONLY)
		return others_add(rule, 0, 0);
	for (unsigned i = 0; i < row->values_len; i++) {
		uint32_t value = row->values[i];
		uint32_t mask = row->test == FILTER_CLEAR ? value : LOW_HALF;

		if (compare_add(rule, mask, value))
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

		if (rule.action != SECCOMP_RET_ALLOW &&
		    calls[syscall_must(row->call)] == SECCOMP_RET_ALLOW && row_add(&rule))
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
