/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* text.c - a seccomp policy in words; see filter.h */
#include "config.h"

#include <errno.h>

#include "base/strbuf.h"
#include "seccomp/errnos.h"
#include "seccomp/filter.h"
#include "seccomp/syscalls.h"

const char *filter_action_text(struct arena *arena, uint32_t action)
{
	int number = (int)(action & SECCOMP_RET_DATA);
	const char *name = errno_name(number);

	if (action == SECCOMP_RET_ALLOW)
		return "allow";
	if (action == SECCOMP_RET_KILL_PROCESS)
		return "kill";
	if (action == SECCOMP_RET_ERRNO)
		return "success without effect";
	return name ? name : arena_printf(arena, "errno %d", number);
}

static void calls_add(struct arena *arena, struct strbuf *out,
		      const struct filter_policy *policy)
{
	const char **names = arena_alloc(arena, FILTER_CALLS * sizeof *names);
	uint32_t *calls = arena_alloc(arena, FILTER_CALLS * sizeof *calls);
	uint32_t otherwise = filter_call(policy, FILTER_CALLS);
	const struct syscall_row *row;

	for (size_t i = 0; (row = syscall_row(i)); i++)
		if (syscall_number(row) >= 0)
			names[syscall_number(row)] = row->name;
	filter_calls(policy, calls);
	for (uint32_t nr = 0; nr < FILTER_CALLS; nr++) {
		if (calls[nr] == otherwise)
			continue;
		if (names[nr])
			strbuf_add(out, names[nr]);
		else
			strbuf_printf(out, "%u", nr);
		strbuf_printf(out, ": %s\n", filter_action_text(arena, calls[nr]));
	}
}

static void values_add(struct strbuf *out, const uint32_t *values, unsigned len)
{
	for (unsigned i = 0; i < len; i++) {
		if (values[i] == FILTER_OWN_UID)
			strbuf_add(out, " the command's user");
		else if (values[i] == FILTER_OWN_GID)
			strbuf_add(out, " the command's group");
		else
			strbuf_printf(out, " 0x%x", values[i]);
	}
}

static void mask_add(struct strbuf *out, uint32_t mask)
{
	if (mask)
		strbuf_printf(out, " under the mask 0x%x", mask);
}

static void when_add(struct strbuf *out, const struct filter_when *when)
{
	if (when->whose == FILTER_ANYWAY)
		return;
	strbuf_printf(out, ", when argument %u", when->arg);
	mask_add(out, when->mask);
	strbuf_printf(out, " %s 0x%x", when->whose == FILTER_IS ? "is" : "has a bit of",
		      when->value);
}

char *filter_row_text(struct arena *arena, const struct filter_row *row, uint32_t action)
{
	_cleanup_strbuf_ struct strbuf out = { 0 };

	strbuf_printf(&out, "%s: %s %s argument %u", row->call,
		      filter_action_text(arena, action),
		      row->test == FILTER_ONLY ? "unless" : "if", row->arg);
	mask_add(&out, row->mask);
	strbuf_add(&out, row->test == FILTER_CLEAR ? " has a bit of" : " is");
	values_add(&out, row->values, row->values_len);
	if (row->excepted_len)
		strbuf_add(&out, ", but for");
	values_add(&out, row->excepted, row->excepted_len);
	for (unsigned i = 0; i < FILTER_WHENS; i++)
		when_add(&out, &row->when[i]);
	return arena_strdup(arena, strbuf_str(&out));
}

char *filter_policy_text(struct arena *arena, const struct filter_policy *policy)
{
	_cleanup_strbuf_ struct strbuf out = { 0 };
	const struct filter_row *row;

	strbuf_printf(&out, "sbox-filter %d %s\n", FILTER_VERSION, SYSCALL_ARCH_NAME);
	strbuf_printf(&out, "foreign architectures: %s\n",
		      filter_is_empty(policy) ? "allow" : "kill");
	strbuf_printf(&out, "unlisted: %s\n",
		      filter_action_text(arena, filter_call(policy, FILTER_CALLS)));
	calls_add(arena, &out, policy);
	for (size_t i = 0; (row = filter_row(i)); i++)
		if (filter_row_number(row) >= 0 &&
		    policy->rules[row->rule] != SECCOMP_RET_ALLOW)
			strbuf_printf(
				&out, "%s\n",
				filter_row_text(arena, row, policy->rules[row->rule]));
	return arena_strdup(arena, strbuf_str(&out));
}
