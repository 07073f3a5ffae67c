/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-filter-programs.c - generated seccomp programs answer what the policy says
 *
 * Both programs are simulated over every system call number and many more, with the
 * arguments that matter to some rule in every position, with and without high bits,
 * and compared with two others: filter_verdict(), which knows nothing of BPF, and the
 * programs that libseccomp makes of the same policy, each with its counterpart.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/audit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "box/fence/seccomp.h"
#include "scmp-oracle.h"
#include "seccomp/bpf.h"
#include "seccomp/syscalls.h"

#define NUMBERS 601 /* all that exist, and some more */
#define X32 0x40000000U

/* What the rules look at, and neighbours of it. 0..63 and single bits are added. */
static const uint32_t special_values[] = {
	0x5411,     0x5412,     0x5413,     0x541b,     0x541c,     0x541d,
	0x541e,     0x5422,     0x5423,     0x5424,     0x5401,     0x00005412 | 0x10000,
	0x20008,    0x20009,    0x40008,    0x60000,    0x60008,    0x0400000,
	0x0200000,  0x0240000,  0xffffffff, 0xfffffffe, 0x7fffffff, 0x01200011,
	0x003d0f00, 0x7e020000, 0x6c020000, 0x10000011, 0x81ffffff, 0x00010001,
	0x8000000a, 0x00000110, 0x00010010, 0x0000002f, 0x7fffffff, 0xdeadbeef,
};

#define SPECIAL (sizeof special_values / sizeof special_values[0])
#define VALUES (64 + 32 + SPECIAL)

static uint32_t value_at(size_t i)
{
	if (i < 64)
		return (uint32_t)i;
	if (i < 96)
		return 1U << (i - 64);
	return special_values[i - 96];
}

static const uint64_t high_halves[] = { 0, (uint64_t)1 << 32, 0xffffffff00000000 };

#define HIGHS (sizeof high_halves / sizeof high_halves[0])

static const uint32_t odd_numbers[] = {
	1023,       1024,          4096,      0x12345,   0x7fffffff, 0x80000000,
	0xfffffffe, 0xffffffff,    X32 - 1,   X32,       X32 | 1,    X32 | 56,
	X32 | 101,  X32 | 0x12345, X32 | 520, X32 | 547,
};

#define ODDS (sizeof odd_numbers / sizeof odd_numbers[0])

struct comparison {
	const struct filter_policy *policy;
	struct bpf_program programs[FILTER_PROGRAMS];
	struct bpf_program oracle[FILTER_PROGRAMS]; /* libseccomp's */
	bool quiet;                                 /* a difference is expected */
};

static void comparison_init(struct comparison *comparison,
			    const struct filter_policy *policy,
			    const struct filter_programs *programs,
			    const struct filter_programs *oracle)
{
	*comparison = (struct comparison){ .policy = policy };
	for (unsigned i = 0; i < FILTER_PROGRAMS; i++) {
		comparison->programs[i] =
			(struct bpf_program){ programs->insns[i], programs->len[i] };
		comparison->oracle[i] =
			(struct bpf_program){ oracle->insns[i], oracle->len[i] };
	}
}

/* Each program by itself answers what libseccomp's does. */
static bool oracle_agrees(const struct comparison *comparison,
			  const struct seccomp_data *call)
{
	for (unsigned i = 0; i < FILTER_PROGRAMS; i++) {
		uint32_t ours = 0, theirs = 0;

		if (comparison->oracle[i].len == 0 && comparison->programs[i].len == 0)
			continue;
		if (!bpf_run(&comparison->programs[i], call, &ours) ||
		    !bpf_run(&comparison->oracle[i], call, &theirs) || ours != theirs)
			return false;
	}
	return true;
}

static bool call_agrees(const struct comparison *comparison,
			const struct seccomp_data *call)
{
	uint32_t expected = filter_verdict(comparison->policy, call), actual = 0;
	bool ran = bpf_run_stacked(comparison->programs, FILTER_PROGRAMS, call, &actual);

	if (ran && actual == expected && oracle_agrees(comparison, call))
		return true;
	if (!comparison->quiet)
		print_error("arch %x call %d (%llx, %llx, %llx, %llx, %llx, %llx): "
			    "expected %x, got %x\n",
			    call->arch, call->nr, call->args[0], call->args[1],
			    call->args[2], call->args[3], call->args[4], call->args[5],
			    expected, actual);
	return false;
}

/* Every value in every position, by itself, with each high half. */
static bool values_agree(const struct comparison *comparison, uint32_t arch, uint32_t nr)
{
	for (size_t i = 0; i < 6 * VALUES * HIGHS; i++) {
		struct seccomp_data call = { .nr = (int)nr, .arch = arch };
		uint64_t high = high_halves[i / 6 % HIGHS];

		call.args[i % 6] = high | value_at(i / 6 / HIGHS);
		if (!call_agrees(comparison, &call))
			return false;
	}
	return true;
}

/* A few argument vectors, for the many calls without a rule. */
static bool vectors_agree(const struct comparison *comparison, uint32_t arch, uint32_t nr)
{
	for (size_t i = 0; i < 8; i++) {
		struct seccomp_data call = { .nr = (int)nr, .arch = arch };

		for (size_t arg = 0; arg < 6; arg++)
			call.args[arg] = i & 1 ? UINT64_MAX >> (8 * i)
					       : value_at(96 + (i * 6 + arg) % SPECIAL);
		if (!call_agrees(comparison, &call))
			return false;
	}
	return true;
}

/* Two arguments at once: every family with every protocol, netlink with any value. */
static bool families_agree(const struct comparison *comparison, const char *name)
{
	for (uint32_t i = 0; i < 64 * 32 * HIGHS * HIGHS; i++) {
		struct seccomp_data call = {
			.nr = (int)syscall_must(name),
			.arch = SYSCALL_ARCH,
			.args = { i % 64 | high_halves[i / 2048 % HIGHS], 2,
				  i / 64 % 32 | high_halves[i / 2048 / HIGHS] },
		};

		if (!call_agrees(comparison, &call))
			return false;
	}
	for (uint32_t i = 0; i < VALUES * HIGHS; i++) {
		struct seccomp_data call = {
			.nr = (int)syscall_must(name),
			.arch = SYSCALL_ARCH,
			.args = { AF_NETLINK, 2,
				  value_at(i / HIGHS) | high_halves[i % HIGHS] },
		};

		if (!call_agrees(comparison, &call))
			return false;
	}
	return true;
}

/*
 * Arguments for which @row speaks, but for one bit of one condition: @changed counts
 * through them all, and what is beyond them changes nothing.
 */
static void speak(const struct filter_row *row, unsigned changed,
		  struct seccomp_data *call)
{
	for (unsigned i = 0; i < FILTER_WHENS; i++)
		if (row->when[i].whose != FILTER_ANYWAY)
			call->args[row->when[i].arg] =
				row->when[i].value ^
				(changed / 32 == i ? 1U << changed % 32 : 0);
}

#define UNCHANGED (32 * FILTER_WHENS)

/*
 * What passes a rule or breaks it, with one or two bits of it changed, or one of what it
 * depends on; of the call itself and of its neighbours by number.
 */
static bool neighbours_agree(const struct comparison *comparison,
			     const struct filter_row *row, uint32_t value)
{
	for (unsigned i = 0; i < 32 * 32; i++) {
		struct seccomp_data call = { .nr = filter_row_number(row),
					     .arch = SYSCALL_ARCH };

		speak(row, UNCHANGED, &call);
		call.args[row->arg] = value ^ 1U << i % 32 ^ 1U << i / 32;
		if (!call_agrees(comparison, &call))
			return false;
	}
	for (unsigned i = 0; i < 33 * (UNCHANGED + 1); i++) {
		struct seccomp_data call = { .nr = filter_row_number(row),
					     .arch = SYSCALL_ARCH };
		bool changed = i / 33 < UNCHANGED;

		if (changed && i % 33 % 11 != 1) /* three bits of the value are enough */
			continue;
		speak(row, i / 33, &call);
		call.args[row->arg] = value ^ (i % 33 < 32 ? 1U << i % 33 : 0);
		for (int by = changed ? 0 : -1; by <= !changed; by++) {
			struct seccomp_data neighbour = call;

			neighbour.nr += by;
			if (neighbour.nr >= 0 && !call_agrees(comparison, &neighbour))
				return false;
		}
	}
	return true;
}

/* A row's values, what is excepted, and each bit of a condition and of a value alone. */
static bool row_agrees(const struct comparison *comparison, const struct filter_row *row)
{
	for (unsigned i = 0; i < row->values_len; i++)
		if (!neighbours_agree(
			    comparison, row,
			    filter_value(row->values[i], &comparison->policy->own)))
			return false;
	for (unsigned i = 0; i < row->excepted_len; i++)
		if (!neighbours_agree(comparison, row, row->excepted[i]))
			return false;
	for (unsigned i = 0; i < 32 * 32; i++) {
		struct seccomp_data call = { .nr = filter_row_number(row),
					     .arch = SYSCALL_ARCH };

		call.args[row->when->arg] = 1U << i % 32;
		call.args[row->arg] = 1U << i / 32;
		if (!call_agrees(comparison, &call))
			return false;
	}
	return true;
}

/* xorshift64: any numbers with any of the values in all arguments. */
static bool random_agrees(const struct comparison *comparison, unsigned rounds)
{
	uint64_t state = 0x9e3779b97f4a7c15;

	for (unsigned i = 0; i < rounds; i++) {
		struct seccomp_data call = { .arch = SYSCALL_ARCH };

		for (unsigned arg = 0; arg < 7; arg++) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			if (arg == 6)
				call.nr = (int)(state % NUMBERS);
			else
				call.args[arg] = value_at(state % VALUES) |
						 high_halves[state / VALUES % HIGHS];
		}
		if (!call_agrees(comparison, &call))
			return false;
	}
	return true;
}

static bool rules_agree(const struct comparison *comparison)
{
	static const char *const calls[] = { "clone",  "personality", "ioctl",
					     "socket", "socketpair",  "clone3",
					     "openat", "fcntl" };
	const struct filter_row *row;

	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
		if (!values_agree(comparison, SYSCALL_ARCH, syscall_must(calls[i])))
			return false;
	for (size_t i = 0; (row = filter_row(i)); i++)
		if (filter_row_number(row) >= 0 && !row_agrees(comparison, row))
			return false;
	return families_agree(comparison, "socket") &&
	       families_agree(comparison, "socketpair");
}

static bool numbers_agree(const struct comparison *comparison, uint32_t arch)
{
	for (uint32_t nr = 0; nr < NUMBERS; nr++)
		if (!vectors_agree(comparison, arch, nr))
			return false;
	for (size_t i = 0; i < ODDS; i++)
		if (!vectors_agree(comparison, arch, odd_numbers[i]))
			return false;
	return true;
}

static bool all_agree(const struct comparison *comparison)
{
	static const uint32_t foreign[] = { AUDIT_ARCH_I386, AUDIT_ARCH_ARM,
					    AUDIT_ARCH_RISCV64, 0, UINT32_MAX };

	for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
		if (!numbers_agree(comparison, foreign[i]))
			return false;
	return numbers_agree(comparison, SYSCALL_ARCH) && rules_agree(comparison) &&
	       random_agrees(comparison, 50000);
}

struct fixture {
	struct arena arena;
	struct filter_policy policy;
	struct filter_programs programs, oracle;
};

static int setup(void **state)
{
	*state = calloc(1, sizeof(struct fixture));
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	arena_done(&fixture->arena);
	free(fixture);
	return 0;
}

/* Resolves @spec and compiles it. */
static void fixture_compile(struct fixture *fixture, const struct filter_spec *spec)
{
	struct diags diags = { .arena = &fixture->arena };
	struct error err = { 0 };

	assert_int_equal(filter_resolve(&fixture->arena, spec, &diags, &fixture->policy),
			 0);
	if (filter_compile(&fixture->arena, &fixture->policy, &fixture->programs, &err) ||
	    scmp_compile(&fixture->arena, &fixture->policy, &fixture->oracle, &err))
		fail_msg("%s", err.msg);
}

static void check_all(struct fixture *fixture, const struct filter_spec *spec)
{
	struct comparison comparison;

	fixture_compile(fixture, spec);
	comparison_init(&comparison, &fixture->policy, &fixture->programs,
			&fixture->oracle);
	assert_true(all_agree(&comparison));
}

#define BASES 10

/* Each kind of policy whose programs are made with sbox. */
static struct filter_spec base_spec(int i)
{
	const struct filter_own any = { FILTER_OWN_UID, FILTER_OWN_GID };
	const int kind = i / 2;

	return (struct filter_spec){
		.base = i & 1 ? FILTER_STRICT : FILTER_DEFAULT,
		.nested = kind == 1 || kind == 2,
		.owner = kind == 2,
		.ids = kind == 3   ? FILTER_IDS_ONE
		       : kind == 4 ? FILTER_IDS_ROOT
				   : FILTER_IDS_MANY,
		.own = any,
	};
}

static void test_bases(void **state)
{
	for (int i = 0; i < BASES; i++) {
		struct filter_spec spec = base_spec(i);

		check_all(*state, &spec);
	}
}

/* Programs for whatever numbers, with some put in, answer as the policy with these does.
 */
static void test_own(void **state)
{
	struct fixture *fixture = *state;
	struct filter_own own = { 1000, 2000 };

	for (int i = 0; i < BASES; i++) {
		struct filter_spec spec = base_spec(i);
		struct filter_programs any;
		struct comparison comparison;

		fixture_compile(fixture, &spec);
		any = fixture->programs;
		fixture->policy.own = own;
		filter_own(&fixture->arena, &fixture->policy, &fixture->programs);
		assert_true((any.insns[1] == fixture->programs.insns[1]) ==
			    (spec.ids == FILTER_IDS_MANY));
		comparison_init(&comparison, &fixture->policy, &fixture->programs,
				&fixture->programs);
		assert_true(all_agree(&comparison));
	}
}

static void test_changes(void **state)
{
	static const struct filter_change changes[] = {
		{ .allow = true, .what = "@keyring" },
		{ .allow = true, .what = "personality" },
		{ .allow = true, .what = "ioctl" },
		{ .allow = true, .what = "600" },
		{ .allow = true, .what = "io_uring_setup" },
		{ .what = "mbind:ENOSYS" },
		{ .what = "getppid:4094" },
		{ .what = "socketpair:EACCES" },
		{ .what = "bpf:KILL" },
		{ .what = "1023" },
		{ .what = "0" },
		{ .what = "seccomp:ENOSYS" },
	};
	struct filter_spec spec = { .changes = changes,
				    .changes_len = sizeof changes / sizeof changes[0] };

	check_all(*state, &spec);
	spec.base = FILTER_STRICT;
	check_all(*state, &spec);
}

static void test_each_rule_lifted(void **state)
{
	static const char *const lifts[] = { "@namespaces",   "clone",
					     "personality",   "@process",
					     "@set-id-files", "@system-service" };

	for (size_t i = 0; i < sizeof lifts / sizeof lifts[0]; i++) {
		struct filter_change change = { .allow = true, .what = lifts[i] };
		struct filter_spec spec = { .changes = &change, .changes_len = 1 };

		check_all(*state, &spec);
	}
}

static void test_denied_argument_calls(void **state)
{
	static const struct filter_change changes[] = {
		{ .what = "clone" },
		{ .what = "ioctl:ENOTTY" },
		{ .what = "socket:KILL" },
		{ .what = "@namespaces:EACCES" },
	};
	struct filter_spec spec = { .changes = changes, .changes_len = 4 };

	check_all(*state, &spec);
	spec.changes += 3;
	spec.changes_len = 1;
	spec.nested = true;
	check_all(*state, &spec);
}

/* The very answer that calls in no list get: the first program gives it already. */
static void test_calls_denied_as_unlisted(void **state)
{
	static const struct filter_change changes[] = {
		{ .what = "clone:ENOSYS" },
		{ .what = "personality:ENOSYS" },
		{ .what = "ioctl:ENOSYS" },
		{ .what = "socket:ENOSYS" },
	};
	struct filter_spec spec = { .changes = changes, .changes_len = 4 };

	check_all(*state, &spec);
	spec.base = FILTER_STRICT;
	check_all(*state, &spec);
}

static void test_none(void **state)
{
	static const struct filter_change changes[] = {
		{ .what = "@mount:ENOSYS" },
		{ .what = "@namespaces" },
		{ .what = "1000:KILL" },
	};
	struct filter_spec spec = { .base = FILTER_NONE,
				    .changes = changes,
				    .changes_len = 3 };
	struct fixture *fixture = *state;

	check_all(fixture, &spec);
	assert_int_equal(fixture->programs.len[0], 0);
	assert_true(fixture->programs.len[1] > 0);
}

static void test_seccomp_passes_list(void **state)
{
	struct filter_change change = { .what = "seccomp:ENOSYS" };
	struct filter_spec spec = { .changes = &change, .changes_len = 1 };
	struct seccomp_data call = { .arch = SYSCALL_ARCH };
	struct fixture *fixture = *state;
	struct bpf_program list;
	uint32_t answer = 0;

	fixture_compile(fixture, &spec);
	list = (struct bpf_program){ fixture->programs.insns[0],
				     fixture->programs.len[0] };
	call.nr = (int)syscall_must("seccomp");
	assert_true(bpf_run(&list, &call, &answer));
	assert_int_equal(answer, SECCOMP_RET_ALLOW);
}

static void test_stock(void **state)
{
	struct fixture *fixture = *state;

	for (int i = 0; i < BASES; i++) {
		struct filter_spec spec = base_spec(i);
		struct filter_programs stock;

		fixture_compile(fixture, &spec);
		filter_stock(&fixture->policy, &stock);
		for (unsigned n = 0; n < FILTER_PROGRAMS; n++) {
			assert_int_equal(stock.len[n], fixture->programs.len[n]);
			assert_memory_equal(stock.insns[n], fixture->programs.insns[n],
					    stock.len[n] * sizeof *stock.insns[n]);
		}
	}
}

static void test_stock_none(void **state)
{
	struct filter_spec spec = { .base = FILTER_NONE };
	struct fixture *fixture = *state;
	struct diags diags = { .arena = &fixture->arena };
	struct error err = { 0 };

	assert_int_equal(filter_resolve(&fixture->arena, &spec, &diags, &fixture->policy),
			 0);
	assert_int_equal(filter_get(&fixture->arena, &fixture->policy, NULL,
				    &fixture->programs, &err),
			 0);
	assert_int_equal(fixture->programs.len[0], 0);
	assert_int_equal(fixture->programs.len[1], 0);
	assert_int_equal(filter_load(&fixture->programs, &err), 0);
}

/* The row of call @nr if that is its only one, else NULL. */
static const struct filter_row *only_row(uint32_t nr)
{
	const struct filter_row *row, *found = NULL;

	for (size_t i = 0; (row = filter_row(i)); i++) {
		if (filter_row_number(row) != (int)nr)
			continue;
		if (found)
			return NULL;
		found = row;
	}
	return found;
}

/* Whether call @nr and the one before have the same rule, as chmod and fchmod have. */
static bool same_as_before(uint32_t nr)
{
	const struct filter_row *row = only_row(nr), *before = only_row(nr - 1);
	struct filter_row copy;

	if (!row || !before)
		return false;
	copy = *before;
	memcpy(copy.call, row->call, sizeof copy.call);
	return memcmp(&copy, row, sizeof copy) == 0;
}

/*
 * What a slip in a generator would look like: another answer, another value compared.
 * False for what is no such thing, and for the checks of the architecture: both
 * programs have these, and one of them is enough.
 */
static bool insn_mutate(struct sock_filter *insn)
{
	if (insn->code == (BPF_RET | BPF_K) && insn->k != SECCOMP_RET_KILL_PROCESS) {
		insn->k ^= SECCOMP_RET_ALLOW ^ (SECCOMP_RET_ERRNO | EXDEV);
		return true;
	}
	if (insn->code == (BPF_JMP | BPF_JEQ | BPF_K) && insn->k != SYSCALL_ARCH) {
		insn->k ^= 1;
		return true;
	}
	if (insn->code == (BPF_JMP | BPF_JGE | BPF_K) && !same_as_before(insn->k)) {
		insn->k++;
		return true;
	}
	if (insn->code == (BPF_JMP | BPF_JSET | BPF_K) ||
	    insn->code == (BPF_ALU | BPF_AND | BPF_K)) {
		insn->k &= insn->k - 1;
		return true;
	}
	return false;
}

/* Counts the mutants of program @which that pass for the original. */
static unsigned mutants_missed(struct fixture *fixture, unsigned which, unsigned *made)
{
	unsigned len = fixture->programs.len[which], missed = 0;
	struct sock_filter *copy = arena_alloc(&fixture->arena, len * sizeof *copy);
	struct comparison comparison;

	comparison_init(&comparison, &fixture->policy, &fixture->programs,
			&fixture->oracle);
	comparison.programs[which].insns = copy;
	comparison.quiet = true;
	for (unsigned i = 0; i < len; i++) {
		memcpy(copy, fixture->programs.insns[which], len * sizeof *copy);
		if (!insn_mutate(&copy[i]))
			continue;
		++*made;
		if (!all_agree(&comparison))
			continue;
		print_message("# program %u instruction %u: %x %u %u %x\n", which, i,
			      copy[i].code, copy[i].jt, copy[i].jf, copy[i].k);
		missed++;
	}
	return missed;
}

static void test_mutants(void **state)
{
	struct filter_spec spec = { .base = FILTER_DEFAULT };
	unsigned made = 0, missed = 0;

	fixture_compile(*state, &spec);
	for (unsigned i = 0; i < FILTER_PROGRAMS; i++)
		missed += mutants_missed(*state, i, &made);
	assert_true(made > 150);
	assert_int_equal(missed, 0);
}

#define TEST(sentence, function)                                                         \
	{                                                                                \
		.name = sentence, .test_func = function, .setup_func = setup,            \
		.teardown_func = teardown                                                \
	}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("the programs of each base answer what the policy says", test_bases),
		TEST("so do those with the numbers of a command put in", test_own),
		TEST("so do those of changed policies", test_changes),
		TEST("lifting an argument rule lifts nothing else",
		     test_each_rule_lifted),
		TEST("a denied call has no argument rules", test_denied_argument_calls),
		TEST("nor has one that is denied as if it were in no list",
		     test_calls_denied_as_unlisted),
		TEST("denials without a base make one program", test_none),
		TEST("the first program always lets seccomp(2) load the second",
		     test_seccomp_passes_list),
		TEST("the stock programs equal freshly generated ones", test_stock),
		TEST("no base and no denial is no program", test_stock_none),
		TEST("every instruction that answers or compares wrongly is found",
		     test_mutants),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
