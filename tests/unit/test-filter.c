/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-filter.c - seccomp policies: names, groups, changes, verdicts, mistakes */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>

#include "seccomp/filter.h"
#include "seccomp/syscalls.h"

#define ALLOW SECCOMP_RET_ALLOW
#define KILL SECCOMP_RET_KILL_PROCESS
#define REFUSED(number) (SECCOMP_RET_ERRNO | (number))
#define CHANGES_MAX 8

struct fixture {
	struct arena arena;
	struct diags diags;
	struct filter_change changes[CHANGES_MAX];
	struct filter_spec spec;
	struct filter_policy policy;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);

	if (!fixture)
		return -1;
	fixture->diags.arena = &fixture->arena;
	fixture->spec.changes = fixture->changes;
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	arena_done(&fixture->arena);
	free(fixture);
	return 0;
}

/* Adds "+what" (an allow) or "-what" (a deny). */
static void add(struct fixture *fixture, const char *change)
{
	size_t n = fixture->spec.changes_len++;

	assert_true(n < CHANGES_MAX);
	fixture->changes[n] = (struct filter_change){
		.allow = change[0] == '+',
		.what = change + 1,
		.pos = { "p.toml", 7, 1 + (unsigned)n },
	};
}

static int resolve(struct fixture *fixture)
{
	return filter_resolve(&fixture->arena, &fixture->spec, &fixture->diags,
			      &fixture->policy);
}

/* As resolve() of just "+a" or "-a" and "b" (unless NULL); must work. */
static void resolve_two(struct fixture *fixture, const char *a, const char *b)
{
	fixture->spec.changes_len = 0;
	add(fixture, a);
	if (b)
		add(fixture, b);
	assert_int_equal(resolve(fixture), 0);
}

/* The only mistake in @change must read @expected. */
static void assert_mistake(struct fixture *fixture, const char *change,
			   const char *expected)
{
	fixture->spec.changes_len = 0;
	fixture->diags.len = fixture->diags.total = 0;
	add(fixture, change);
	assert_int_equal(resolve(fixture), -1);
	assert_int_equal(fixture->diags.total, 1);
	assert_string_equal(fixture->diags.list[0].msg, expected);
	assert_int_equal(fixture->diags.list[0].pos.line, 7);
}

static uint32_t call_of(const struct fixture *fixture, const char *name)
{
	return filter_call(&fixture->policy, syscall_must(name));
}

static uint32_t verdict(const struct fixture *fixture, const char *name, uint64_t arg0,
			uint64_t arg1, uint64_t arg2)
{
	struct seccomp_data call = { .nr = (int)syscall_must(name),
				     .arch = SYSCALL_ARCH,
				     .args = { arg0, arg1, arg2 } };

	return filter_verdict(&fixture->policy, &call);
}

static void base_resolve(struct fixture *fixture, enum filter_base base, bool nested)
{
	fixture->spec.base = base;
	fixture->spec.nested = nested;
	fixture->spec.changes_len = 0;
	assert_int_equal(resolve(fixture), 0);
}

static void test_default(void **state)
{
	static const char *const passing[] = { "read",       "clone",
					       "ptrace",     "mseal",
					       "setxattrat", "execve",
					       "seccomp",    "landlock_add_rule",
					       "mbind",      "memfd_create" };
	static const char *const refused[] = {
		"unshare",     "setns",       "mount",       "chroot",
		"keyctl",      "bpf",         "kcmp",        "fsopen",
		"pidfd_getfd", "userfaultfd", "sethostname", "open_by_handle_at"
	};
	static const char *const absent[] = { "clone3",    "io_uring_setup", "vmsplice",
					      "statmount", "open_tree_attr", "listns" };
	struct fixture *fixture = *state;

	base_resolve(fixture, FILTER_DEFAULT, false);
	assert_true(fixture->policy.stock);
	assert_null(fixture->policy.calls);
	for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
		assert_int_equal(call_of(fixture, passing[i]), ALLOW);
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		assert_int_equal(call_of(fixture, refused[i]), REFUSED(EPERM));
	for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
		assert_int_equal(call_of(fixture, absent[i]), REFUSED(ENOSYS));
	assert_int_equal(filter_call(&fixture->policy, 600), REFUSED(ENOSYS));
	assert_int_equal(filter_call(&fixture->policy, UINT32_MAX), REFUSED(ENOSYS));
}

static void test_strict(void **state)
{
	struct fixture *fixture = *state;

	base_resolve(fixture, FILTER_STRICT, false);
	assert_int_equal(call_of(fixture, "read"), ALLOW);
	assert_int_equal(call_of(fixture, "mount"), KILL);
	assert_int_equal(call_of(fixture, "process_vm_readv"), KILL);
	assert_int_equal(call_of(fixture, "pidfd_getfd"), KILL);
	assert_int_equal(verdict(fixture, "ptrace", PTRACE_TRACEME, 0, 0),
			 REFUSED(EPERM));
	assert_int_equal(verdict(fixture, "ptrace", PTRACE_POKEDATA, 0, 0),
			 REFUSED(EPERM));
	assert_int_equal(verdict(fixture, "ptrace", PTRACE_SETREGSET, 0, 0),
			 REFUSED(EPERM));
	assert_int_equal(verdict(fixture, "ptrace", PTRACE_SEIZE, 0, 0), REFUSED(EPERM));
	assert_int_equal(verdict(fixture, "ptrace", PTRACE_ATTACH, 0, 0), ALLOW);
	assert_int_equal(verdict(fixture, "ptrace", PTRACE_GETREGSET, 0, 0), ALLOW);
	assert_int_equal(call_of(fixture, "io_setup"), REFUSED(EPERM));
	assert_int_equal(call_of(fixture, "clone3"), REFUSED(ENOSYS));
	assert_int_equal(verdict(fixture, "clone", 0x10000000, 0, 0), KILL);
	assert_int_equal(verdict(fixture, "ioctl", 0, 0x5412, 0), KILL);
	assert_int_equal(verdict(fixture, "socket", AF_VSOCK, 1, 0),
			 REFUSED(EAFNOSUPPORT));
}

static void test_nested(void **state)
{
	static const char *const opened[] = {
		"unshare",      "setns",          "clone3",      "mount",
		"umount2",      "pivot_root",     "chroot",      "fsopen",
		"move_mount",   "open_tree_attr", "sethostname", "setdomainname",
		"mount_setattr"
	};
	struct fixture *fixture = *state;

	for (int base = FILTER_DEFAULT; base <= FILTER_STRICT; base++) {
		base_resolve(fixture, (enum filter_base)base, true);
		assert_true(fixture->policy.stock);
		for (size_t i = 0; i < sizeof opened / sizeof *opened; i++)
			assert_int_equal(call_of(fixture, opened[i]), ALLOW);
		assert_int_equal(verdict(fixture, "clone", 0x7e020011, 0, 0), ALLOW);
		assert_int_not_equal(call_of(fixture, "keyctl"), ALLOW);
		assert_int_not_equal(call_of(fixture, "statmount"), ALLOW);
		assert_int_not_equal(verdict(fixture, "ioctl", 0, 0x5412, 0), ALLOW);
		assert_int_not_equal(verdict(fixture, "socket", AF_ALG, 1, 0), ALLOW);
	}
}

static void test_none(void **state)
{
	struct seccomp_data call = { .arch = 0x40000003, .nr = 165 };
	struct fixture *fixture = *state;

	base_resolve(fixture, FILTER_NONE, false);
	assert_true(filter_is_empty(&fixture->policy));
	assert_int_equal(filter_verdict(&fixture->policy, &call), ALLOW);
	assert_int_equal(verdict(fixture, "ioctl", 0, 0x5412, 0), ALLOW);
	resolve_two(fixture, "-@mount", "+read");
	assert_false(filter_is_empty(&fixture->policy));
	assert_int_equal(filter_verdict(&fixture->policy, &call), KILL);
	assert_int_equal(call_of(fixture, "mount"), REFUSED(EPERM));
	assert_int_equal(verdict(fixture, "ioctl", 0, 0x5412, 0), ALLOW);
	assert_int_equal(filter_call(&fixture->policy, 600), ALLOW);
	resolve_two(fixture, "+mount", NULL);
	assert_true(filter_is_empty(&fixture->policy));
}

static void test_arguments(void **state)
{
	static const uint64_t highs[] = { 0, (uint64_t)1 << 32, 0xffffffff00000000 };
	const uint32_t eafnosupport = REFUSED(EAFNOSUPPORT);
	struct fixture *fixture = *state;

	base_resolve(fixture, FILTER_DEFAULT, false);
	for (size_t i = 0; i < sizeof highs / sizeof *highs; i++) {
		uint64_t h = highs[i];

		assert_int_equal(verdict(fixture, "clone", h | 0x003d0f00, 0, 0), ALLOW);
		for (unsigned bit = 0; bit < 32; bit++)
			assert_int_equal(verdict(fixture, "clone", h | 1U << bit, 0, 0),
					 0x7e020000 >> bit & 1 ? REFUSED(EPERM) : ALLOW);
		assert_int_equal(verdict(fixture, "ioctl", 0, h | 0x5412, 0),
				 REFUSED(EPERM));
		assert_int_equal(verdict(fixture, "ioctl", 0, h | 0x5413, 0), ALLOW);
		assert_int_equal(verdict(fixture, "socket", h | AF_INET, 1, h | 6),
				 ALLOW);
		assert_int_equal(verdict(fixture, "socket", h | AF_NETLINK, 3, h), ALLOW);
		assert_int_equal(verdict(fixture, "socket", h | AF_NETLINK, 3, h | 9),
				 eafnosupport);
		assert_int_equal(verdict(fixture, "socket", h | AF_VSOCK, 1, 0),
				 eafnosupport);
		assert_int_equal(verdict(fixture, "socketpair", h | AF_UNIX, 1, 0),
				 ALLOW);
		assert_int_equal(verdict(fixture, "socketpair", h | AF_ALG, 1, 0),
				 eafnosupport);
		assert_int_equal(verdict(fixture, "personality", h | 0xffffffff, 0, 0),
				 ALLOW);
		assert_int_equal(verdict(fixture, "personality", h | 0x0400000, 0, 0),
				 REFUSED(EPERM));
	}
}

static void test_architectures(void **state)
{
	struct seccomp_data call = { .arch = AUDIT_ARCH_I386, .nr = 20 };
	struct fixture *fixture = *state;

	base_resolve(fixture, FILTER_DEFAULT, false);
	assert_int_equal(filter_verdict(&fixture->policy, &call), KILL);
	call.arch = SYSCALL_ARCH;
	assert_int_equal(filter_verdict(&fixture->policy, &call), ALLOW);
	call.nr = -1;
	assert_int_equal(filter_verdict(&fixture->policy, &call), REFUSED(ENOSYS));
	if (SYSCALL_ARCH != AUDIT_ARCH_X86_64)
		return;
	call.nr = 0x40000000 | 39;
	assert_int_equal(filter_verdict(&fixture->policy, &call), KILL);
}

static void test_deny_wins(void **state)
{
	struct fixture *fixture = *state;

	resolve_two(fixture, "+mount", "-mount");
	assert_int_equal(call_of(fixture, "mount"), REFUSED(EPERM));
	resolve_two(fixture, "-mount:EACCES", "+@mount");
	assert_int_equal(call_of(fixture, "mount"), REFUSED(EACCES));
	assert_int_equal(call_of(fixture, "fsopen"), ALLOW);
	resolve_two(fixture, "-@namespaces", "+clone");
	assert_int_equal(verdict(fixture, "clone", 0x10000000, 0, 0), REFUSED(EPERM));
}

static void test_answers(void **state)
{
	struct fixture *fixture = *state;

	resolve_two(fixture, "-mbind:ENOSYS", "-@resources");
	assert_int_equal(call_of(fixture, "mbind"), REFUSED(ENOSYS));
	assert_int_equal(call_of(fixture, "setpriority"), REFUSED(EPERM));
	resolve_two(fixture, "-@resources", "-mbind:38");
	assert_int_equal(call_of(fixture, "mbind"), REFUSED(38));
	resolve_two(fixture, "-mbind:EACCES", "-mbind:KILL");
	assert_int_equal(call_of(fixture, "mbind"), KILL);
	resolve_two(fixture, "-@keyring:4094", NULL);
	assert_int_equal(call_of(fixture, "keyctl"), REFUSED(4094));
	resolve_two(fixture, "-read:EWOULDBLOCK", "-write:EAGAIN");
	assert_int_equal(call_of(fixture, "read"), call_of(fixture, "write"));
}

static void test_plain_deny(void **state)
{
	struct fixture *fixture = *state;

	resolve_two(fixture, "-read", "-io_uring_setup");
	assert_int_equal(call_of(fixture, "read"), REFUSED(EPERM));
	assert_int_equal(call_of(fixture, "io_uring_setup"), REFUSED(ENOSYS));
	fixture->spec.base = FILTER_STRICT;
	resolve_two(fixture, "-mount", "-read");
	assert_int_equal(call_of(fixture, "mount"), KILL);
	assert_int_equal(call_of(fixture, "read"), REFUSED(EPERM));
}

static void test_numbers_as_names(void **state)
{
	struct fixture *fixture = *state;

	resolve_two(fixture, "+600", "-1023:KILL");
	assert_int_equal(filter_call(&fixture->policy, 600), ALLOW);
	assert_int_equal(filter_call(&fixture->policy, 601), REFUSED(ENOSYS));
	assert_int_equal(filter_call(&fixture->policy, 1023), KILL);
	assert_int_equal(filter_call(&fixture->policy, 1024), REFUSED(ENOSYS));
}

static void test_rules_lifted(void **state)
{
	struct fixture *fixture = *state;

	resolve_two(fixture, "+@namespaces", "+ioctl");
	assert_int_equal(call_of(fixture, "unshare"), ALLOW);
	assert_int_equal(verdict(fixture, "clone", 0x7e020000, 0, 0), ALLOW);
	assert_int_equal(call_of(fixture, "clone3"), REFUSED(ENOSYS));
	assert_int_equal(call_of(fixture, "mount"), REFUSED(EPERM));
	assert_int_equal(verdict(fixture, "ioctl", 0, 0x5412, 0), REFUSED(EPERM));
	resolve_two(fixture, "+clone", "+socket");
	assert_int_equal(verdict(fixture, "clone", 0x7e020000, 0, 0), ALLOW);
	assert_int_equal(call_of(fixture, "unshare"), REFUSED(EPERM));
	assert_int_equal(verdict(fixture, "socket", AF_PACKET, 3, 0),
			 REFUSED(EAFNOSUPPORT));
	resolve_two(fixture, "+personality", NULL);
	assert_int_equal(verdict(fixture, "personality", 0x0400000, 0, 0), ALLOW);
	resolve_two(fixture, "+@process", NULL);
	assert_int_equal(verdict(fixture, "clone", 0x7e020000, 0, 0), ALLOW);
}

static void test_namespaces_denied(void **state)
{
	struct fixture *fixture = *state;

	fixture->spec.nested = true;
	resolve_two(fixture, "-@namespaces", NULL);
	assert_int_equal(verdict(fixture, "clone", 0x10000000, 0, 0), REFUSED(EPERM));
	assert_int_equal(verdict(fixture, "clone", 0x11, 0, 0), ALLOW);
	assert_int_equal(call_of(fixture, "clone3"), REFUSED(ENOSYS));
	assert_int_equal(call_of(fixture, "unshare"), REFUSED(EPERM));
	assert_int_equal(call_of(fixture, "mount"), ALLOW);
	resolve_two(fixture, "-@namespaces:KILL", "+clone3");
	assert_int_equal(verdict(fixture, "clone", 0x10000000, 0, 0), KILL);
	assert_int_equal(call_of(fixture, "clone3"), REFUSED(ENOSYS));
	fixture->spec.nested = false;
	fixture->spec.base = FILTER_NONE;
	resolve_two(fixture, "-@namespaces", NULL);
	assert_int_equal(verdict(fixture, "clone", 0x10000000, 0, 0), REFUSED(EPERM));
	assert_int_equal(call_of(fixture, "clone3"), REFUSED(ENOSYS));
}

static void test_groups(void **state)
{
	struct fixture *fixture = *state;

	resolve_two(fixture, "+@system-service", "-@privileged");
	assert_int_equal(call_of(fixture, "keyctl"), ALLOW);
	assert_int_equal(call_of(fixture, "userfaultfd"), ALLOW);
	assert_int_equal(call_of(fixture, "fchown"), REFUSED(EPERM));
	assert_int_equal(call_of(fixture, "swapon"), REFUSED(EPERM));
	assert_int_equal(call_of(fixture, "mount"), REFUSED(EPERM));
	resolve_two(fixture, "+@debug", NULL);
	assert_int_equal(call_of(fixture, "perf_event_open"), ALLOW);
	assert_int_equal(call_of(fixture, "pidfd_getfd"), ALLOW);
}

static void test_back_to_stock(void **state)
{
	struct fixture *fixture = *state;

	resolve_two(fixture, "+read", "-mount");
	assert_true(fixture->policy.stock);
	assert_null(fixture->policy.calls);
	resolve_two(fixture, "+mount", "-read");
	assert_false(fixture->policy.stock);
	resolve_two(fixture, "+clone", NULL);
	assert_false(fixture->policy.stock);
}

static void test_mistakes(void **state)
{
	struct fixture *fixture = *state;

	assert_mistake(fixture, "+moutn",
		       "unknown system call \"moutn\": did you mean \"mount\"?");
	assert_mistake(fixture, "-xyzzyplugh", "unknown system call \"xyzzyplugh\"");
	assert_mistake(fixture, "+", "unknown system call \"\"");
	assert_mistake(fixture, "+ read",
		       "unknown system call \" read\": did you mean \"read\"?");
	assert_mistake(fixture, "-@keyrings",
		       "unknown group of system calls \"@keyrings\": did you mean "
		       "\"@keyring\"?");
	assert_mistake(fixture, "+read:EPERM",
		       "\"read:EPERM\": only a denial has an answer");
	assert_mistake(
		fixture, "-read:EPREM",
		"\"read:EPREM\": \"EPREM\" is neither an errno (a name or 1..4094) "
		"nor KILL: did you mean \"EPERM\"?");
	assert_mistake(fixture, "-raed:EPERM",
		       "unknown system call \"raed\": did you mean \"read\"?");
	assert_mistake(fixture, "-1024", "\"1024\": system call numbers go up to 1023");
	assert_mistake(fixture, "+99999999999999999999",
		       "\"99999999999999999999\": system call numbers go up to 1023");
	assert_mistake(fixture, "-execve",
		       "\"execve\" denies execve, which sbox needs to "
		       "start the command");
	assert_mistake(fixture, "-@default",
		       "\"@default\" denies execve, which sbox needs "
		       "to start the command");
}

static void test_bad_answers(void **state)
{
	static const char *const bad[] = { "-read:",           "-read:0",
					   "-read:4095",       "-read:-1",
					   "-read:+1",         "-read:eperm",
					   "-read:KILL:EPERM", "-read:0x1",
					   "-read:99999999999" };
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		fixture->spec.changes_len = 0;
		fixture->diags.total = fixture->diags.len = 0;
		add(fixture, bad[i]);
		assert_int_equal(resolve(fixture), -1);
		assert_int_equal(fixture->diags.total, 1);
	}
}

static void test_all_mistakes(void **state)
{
	struct fixture *fixture = *state;

	add(fixture, "-nonsense1");
	add(fixture, "+nonsense2");
	add(fixture, "-read:NONSENSE");
	assert_int_equal(resolve(fixture), -1);
	assert_int_equal(fixture->diags.total, 3);
}

static void test_cap(void **state)
{
	struct fixture *fixture = *state;
	struct filter_change *many =
		arena_alloc(&fixture->arena, (FILTER_CHANGES_MAX + 1) * sizeof *many);

	for (size_t i = 0; i <= FILTER_CHANGES_MAX; i++)
		many[i] = (struct filter_change){ true,
						  "@system-service",
						  { "p.toml", (unsigned)i + 1, 1 } };
	fixture->spec.changes = many;
	fixture->spec.changes_len = FILTER_CHANGES_MAX;
	assert_int_equal(resolve(fixture), 0);
	fixture->spec.changes_len++;
	assert_int_equal(resolve(fixture), -1);
	assert_int_equal(fixture->diags.list[0].pos.line, FILTER_CHANGES_MAX + 1);
}

static void test_text(void **state)
{
	struct fixture *fixture = *state;
	char *first, *second;

	base_resolve(fixture, FILTER_DEFAULT, false);
	first = filter_policy_text(&fixture->arena, &fixture->policy);
	assert_ptr_equal(strstr(first, "sbox-filter 5 " SYSCALL_ARCH_NAME "\n"), first);
	assert_non_null(strstr(first, "\nunlisted: ENOSYS\n"));
	assert_non_null(strstr(first, "\nread: allow\n"));
	assert_non_null(strstr(first, "\nmount: EPERM\n"));
	assert_null(strstr(first, "clone3"));
	assert_non_null(strstr(first, "\nioctl: EPERM if argument 1 is 0x5412 "));
	assert_non_null(strstr(first, "\nsocket: EAFNOSUPPORT unless argument 2 is 0x0, "
				      "when argument 0 is 0x10\n"));
	resolve_two(fixture, "-mbind:ENOSYS", "+bpf");
	first = filter_policy_text(&fixture->arena, &fixture->policy);
	resolve_two(fixture, "+bpf", "-mbind:38");
	second = filter_policy_text(&fixture->arena, &fixture->policy);
	assert_string_equal(first, second);
	resolve_two(fixture, "+bpf", "-mbind:39");
	second = filter_policy_text(&fixture->arena, &fixture->policy);
	assert_string_not_equal(first, second);
	resolve_two(fixture, "-read:4000", "-600:KILL");
	first = filter_policy_text(&fixture->arena, &fixture->policy);
	assert_non_null(strstr(first, "\nread: errno 4000\n"));
	assert_non_null(strstr(first, "\n600: kill\n"));
}

#define TEST(sentence, function)                                                         \
	{                                                                                \
		.name = sentence, .test_func = function, .setup_func = setup,            \
		.teardown_func = teardown                                                \
	}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("the default passes, refuses and hides what it should",
		     test_default),
		TEST("strict kills what default refuses, but ptrace", test_strict),
		TEST("nested opens namespaces and mounts and nothing else", test_nested),
		TEST("no base allows all but what is denied", test_none),
		TEST("arguments count by their low 32 bits", test_arguments),
		TEST("foreign architectures and x32 are killed", test_architectures),
		TEST("a denial wins over an allowance in either order", test_deny_wins),
		TEST("a denial with an answer wins over one without", test_answers),
		TEST("a denial without an answer weakens no base", test_plain_deny),
		TEST("numbers name calls up to the limit", test_numbers_as_names),
		TEST("allowances lift the rules they should", test_rules_lifted),
		TEST("denied namespaces leave no way around", test_namespaces_denied),
		TEST("groups are the lists of their names", test_groups),
		TEST("changes that change nothing are the stock policy",
		     test_back_to_stock),
		TEST("each mistake has its words and its place", test_mistakes),
		TEST("answers are errnos or KILL", test_bad_answers),
		TEST("all mistakes are reported at once", test_all_mistakes),
		TEST("the number of changes is limited", test_cap),
		TEST("the text is canonical and says what is answered", test_text),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
