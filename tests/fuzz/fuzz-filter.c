/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-filter.c - any entries of seccomp.allow and seccomp.deny
 *
 * The first byte is the base and whether namespaces may be nested; then lines: one
 * that begins with "+" is allowed, any other denied.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "seccomp/filter.h"
#include "seccomp/syscalls.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void must(bool kept)
{
	if (!kept)
		abort();
}

static struct filter_change *add_changes(struct arena *arena, char *text, size_t *len)
{
	struct filter_change *changes = NULL, *change;

	for (unsigned line = 1; text; line++) {
		char *end = strchr(text, '\n');

		if (end)
			*end++ = '\0';
		change = arena_append(arena, &changes, len, sizeof *change);
		change->allow = *text == '+';
		change->what = text + change->allow;
		change->pos = (struct srcpos){ "fuzz", line, 1 };
		text = end;
	}
	return changes;
}

static void check_policy(struct arena *arena, const struct filter_policy *policy)
{
	const uint32_t exec = syscall_must("execve");

	must(*filter_policy_text(arena, policy) != '\0');
	/* without it nothing could be started at all */
	must(filter_call(policy, exec) == SECCOMP_RET_ALLOW);
	for (uint32_t nr = 0; nr < FILTER_CALLS; nr++) {
		const struct seccomp_data call = { .nr = (int)nr, .arch = SYSCALL_ARCH };
		uint32_t action = filter_call(policy, nr);

		must(*filter_action_text(arena, action) != '\0');
		if (action != SECCOMP_RET_ALLOW)
			must(filter_verdict(policy, &call) == action);
	}
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct arena arena = { 0 };
	struct diags diags = { .arena = &arena };
	struct filter_spec spec = { 0 };
	struct filter_policy policy, again;
	struct strbuf out = { 0 };

	if (size == 0)
		return 0;
	spec.base = (enum filter_base)(data[0] % 3);
	spec.nested = data[0] & 0x80;
	spec.ids = (enum filter_ids)((data[0] >> 2) % 3);
	spec.changes = add_changes(
		&arena, arena_strndup(&arena, (const char *)data + 1, size - 1),
		&spec.changes_len);
	if (filter_resolve(&arena, &spec, &diags, &policy) == 0) {
		must(diags.total == 0);
		check_policy(&arena, &policy);
		must(filter_resolve(&arena, &spec, &diags, &again) == 0);
		must(strcmp(filter_policy_text(&arena, &policy),
			    filter_policy_text(&arena, &again)) == 0);
	} else {
		must(diags.total > 0);
		diag_print(&diags, &out);
	}
	strbuf_done(&out);
	arena_done(&arena);
	return 0;
}
