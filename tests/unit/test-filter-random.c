/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-filter-random.c - programs of policies that nobody thought of
 *
 * What a profile allows and denies is put together at random, most of it around the
 * calls that have argument rules, where one list meets another. Our programs, those of
 * libseccomp and the policy itself must then give one answer to every call.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "scmp-oracle.h"
#include "seccomp/bpf.h"
#include "seccomp/program.h"
#include "seccomp/syscalls.h"

#define POLICIES 500
#define CHANGES_MAX 12
#define NUMBERS 520 /* all that exist, and some more */

static const char *const subjects[] = {
	"clone",       "clone3",   "personality", "ioctl",        "socket",
	"socketpair",  "mount",    "unshare",     "setns",        "seccomp",
	"ptrace",      "bpf",      "read",        "mbind",        "keyctl",
	"@namespaces", "@keyring", "@mount",      "@network-io",  "@debug",
	"@memlock",    "@clock",   "@privileged", "chmod",        "openat",
	"fcntl",       "openat2",  "move_mount",  "@set-id-files"
};

static const char *const answers[] = { "",      ":ENOSYS",       ":EPERM",
				       ":KILL", ":EAFNOSUPPORT", ":4094" };

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

/* xorshift64: the same policies in every run, so that a failure can be looked at. */
static uint64_t next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* One entry of seccomp.allow or seccomp.deny. */
static void make_change(struct arena *arena, uint64_t *state, struct filter_change *ret)
{
	const char *subject = subjects[next(state) % LEN(subjects)];

	if (next(state) % 8 == 0)
		subject = arena_printf(arena, "%u", (unsigned)(next(state) % NUMBERS));
	*ret = (struct filter_change){ .allow = next(state) % 3 == 0 };
	ret->what = ret->allow ? subject
			       : arena_printf(arena, "%s%s", subject,
					      answers[next(state) % LEN(answers)]);
}

struct stacks {
	struct arena *arena;
	const struct filter_policy *policy;
	struct bpf_program ours[FILTER_PROGRAMS], theirs[FILTER_PROGRAMS];
};

static void check_call(const struct stacks *stacks, const struct seccomp_data *call)
{
	uint32_t ours = 0, theirs = 0;

	if (bpf_run_stacked(stacks->ours, FILTER_PROGRAMS, call, &ours) &&
	    bpf_run_stacked(stacks->theirs, FILTER_PROGRAMS, call, &theirs) &&
	    ours == theirs && ours == filter_verdict(stacks->policy, call))
		return;
	fail_msg("call %d (%llx, %llx, %llx, %llx): ours %x, libseccomp's %x, expected "
		 "%x, of\n%s",
		 call->nr, call->args[0], call->args[1], call->args[2], call->args[3],
		 ours, theirs, filter_verdict(stacks->policy, call),
		 filter_policy_text(stacks->arena, stacks->policy));
}

/* What the row is about with one bit changed, and values of no meaning. */
static void check_row(const struct stacks *stacks, const struct filter_row *row,
		      uint64_t *state)
{
	for (unsigned i = 0; i < 100; i++) {
		struct seccomp_data call = { .nr = filter_row_number(row),
					     .arch = SYSCALL_ARCH };

		for (unsigned n = 0; n < FILTER_WHENS; n++)
			if (row->when[n].whose != FILTER_ANYWAY)
				call.args[row->when[n].arg] =
					row->when[n].value ^
					(i % 16 ? 0 : UINT64_C(1) << next(state) % 64);
		call.args[row->arg] = row->values[i % row->values_len] ^
				      (i & 1 ? UINT64_C(1) << next(state) % 64 : 0);
		check_call(stacks, &call);
		call.args[row->arg] = next(state) >> next(state) % 64;
		check_call(stacks, &call);
	}
}

static void check_policy(struct arena *arena, const struct filter_policy *policy,
			 uint64_t *state)
{
	struct filter_programs ours, theirs;
	struct stacks stacks = { .arena = arena, .policy = policy };
	const struct filter_row *row;
	struct error err = { 0 };

	if (filter_compile(arena, policy, &ours, &err) ||
	    scmp_compile(arena, policy, &theirs, &err))
		fail_msg("%s", err.msg);
	for (unsigned i = 0; i < FILTER_PROGRAMS; i++) {
		stacks.ours[i] = (struct bpf_program){ ours.insns[i], ours.len[i] };
		stacks.theirs[i] = (struct bpf_program){ theirs.insns[i], theirs.len[i] };
	}
	for (int nr = 0; nr < NUMBERS; nr++)
		check_call(&stacks,
			   &(struct seccomp_data){ .nr = nr, .arch = SYSCALL_ARCH });
	for (size_t i = 0; (row = filter_row(i)); i++)
		if (filter_row_number(row) >= 0)
			check_row(&stacks, row, state);
}

/* Whether there is a filter to look at: denials of execve are mistakes. */
static bool make_policy(struct arena *arena, uint64_t *state, struct filter_policy *ret)
{
	struct diags diags = { .arena = arena };
	struct filter_change *changes = arena_alloc(arena, CHANGES_MAX * sizeof *changes);
	struct filter_spec spec = {
		.base = (enum filter_base)(next(state) % 3),
		.nested = next(state) % 2,
		.changes = changes,
		.changes_len = 1 + next(state) % CHANGES_MAX,
	};

	spec.owner = spec.nested && next(state) % 2;
	spec.ids = (enum filter_ids)(next(state) % 3);
	spec.own = (struct filter_own){ FILTER_OWN_UID, FILTER_OWN_GID };
	for (size_t i = 0; i < spec.changes_len; i++)
		make_change(arena, state, &changes[i]);
	return filter_resolve(arena, &spec, &diags, ret) == 0 && !filter_is_empty(ret);
}

static void test_random_policies(void **unused)
{
	uint64_t state = 0x9e3779b97f4a7c15;
	unsigned made = 0;

	(void)unused;
	for (unsigned i = 0; i < POLICIES; i++) {
		struct arena arena = { 0 };
		struct filter_policy policy;

		if (make_policy(&arena, &state, &policy)) {
			check_policy(&arena, &policy, &state);
			made++;
		}
		arena_done(&arena);
	}
	assert_true(made > POLICIES * 3 / 4);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		{ "programs of random policies answer what libseccomp's do, and the "
		  "policy says",
		  test_random_policies, NULL, NULL, NULL },
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
