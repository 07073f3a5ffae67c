/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-import.c - seccomp programs of others, and the kernel's opinion of them */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "seccomp/import.h"

#define INSN(c, t, f, v)                                                                 \
	((struct sock_filter){ .code = (c), .jt = (t), .jf = (f), .k = (v) })
#define PASS INSN(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW)
#define PROGRAMS 1000

static const char *flaw(struct arena *arena, const void *bytes, size_t size)
{
	struct bpf_program program;

	return import_read(arena, bytes, size, &program);
}

static void test_flaws(void **state)
{
	static const struct {
		struct sock_filter insn;
		const char *what; /* NULL: none */
	} rows[] = {
		{ INSN(BPF_LD | BPF_W | BPF_ABS, 0, 0, 60), NULL },
		{ INSN(BPF_LD | BPF_W | BPF_ABS, 0, 0, 64),
		  "its instruction 1 loads what is no word of a system call" },
		{ INSN(BPF_LD | BPF_W | BPF_ABS, 0, 0, 2),
		  "its instruction 1 loads what is no word of a system call" },
		{ INSN(BPF_LD | BPF_H | BPF_ABS, 0, 0, 0),
		  "its instruction 1 is none that seccomp takes" },
		{ INSN(BPF_ST, 0, 0, 15), NULL },
		{ INSN(BPF_ST, 0, 0, 16),
		  "its instruction 1 is about memory that is not there" },
		{ INSN(BPF_ALU | BPF_DIV | BPF_K, 0, 0, 0),
		  "its instruction 1 divides by 0" },
		{ INSN(BPF_ALU | BPF_DIV | BPF_X, 0, 0, 0), NULL },
		{ INSN(BPF_ALU | BPF_RSH | BPF_K, 0, 0, 32),
		  "its instruction 1 shifts by more than a word" },
		{ INSN(BPF_ALU | BPF_MOD | BPF_K, 0, 0, 3),
		  "its instruction 1 is none that seccomp takes" },
		{ INSN(BPF_JMP | BPF_JA, 0, 0, 0), NULL },
		{ INSN(BPF_JMP | BPF_JA, 0, 0, 1),
		  "its instruction 1 jumps behind the end" },
		{ INSN(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
		  "its instruction 1 jumps behind the end" },
	};
	struct arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct sock_filter two[] = { rows[i].insn, PASS };
		const char *what = flaw(&arena, two, sizeof two);

		if (rows[i].what)
			assert_string_equal(what, rows[i].what);
		else
			assert_null(what);
	}
	arena_done(&arena);
}

static void test_sizes(void **state)
{
	static struct sock_filter many[BPF_MAXINSNS + 1];
	struct arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof many / sizeof many[0]; i++)
		many[i] = PASS;
	assert_string_equal(flaw(&arena, many, 0), "it is empty");
	assert_string_equal(flaw(&arena, many, 9),
			    "its 9 bytes are not whole instructions of 8");
	assert_null(flaw(&arena, many, IMPORT_SIZE_MAX));
	assert_non_null(flaw(&arena, many, sizeof many));
	many[1] = INSN(BPF_LD | BPF_IMM, 0, 0, 0);
	assert_string_equal(flaw(&arena, many, 16),
			    "its last instruction is no answer (BPF_RET)");
	arena_done(&arena);
}

/* Whether the kernel loads it, in a process that says so by memory alone: the program may
 * refuse it all else. */
static bool kernel_takes(const struct sock_filter *insns, unsigned short len)
{
	const struct sock_fprog program = { .len = len,
					    .filter = (struct sock_filter *)insns };
	const int flags = MAP_SHARED | MAP_ANONYMOUS;
	volatile int *answer =
		mmap(NULL, sizeof *answer, PROT_READ | PROT_WRITE, flags, -1, 0);
	bool taken;
	pid_t pid;

	assert_true(answer != MAP_FAILED);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		*answer = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0UL, &program)
				  ? 1
				  : 2;
		for (;;)
			;
	}
	while (*answer == 0)
		(void)usleep(100);
	taken = *answer == 2;
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	(void)munmap((void *)answer, sizeof *answer);
	return taken;
}

static struct sock_filter any_insn(void)
{
	static const uint16_t codes[] = {
		BPF_LD | BPF_W | BPF_ABS,
		BPF_LD | BPF_W | BPF_LEN,
		BPF_LDX | BPF_IMM,
		BPF_LD | BPF_MEM,
		BPF_LDX | BPF_MEM,
		BPF_ST,
		BPF_STX,
		BPF_ALU | BPF_DIV | BPF_K,
		BPF_ALU | BPF_LSH | BPF_K,
		BPF_ALU | BPF_RSH | BPF_X,
		BPF_ALU | BPF_MOD | BPF_K,
		BPF_ALU | BPF_NEG,
		BPF_JMP | BPF_JA,
		BPF_JMP | BPF_JSET | BPF_K,
		BPF_JMP | BPF_JGT | BPF_X,
		BPF_MISC | BPF_TXA,
		BPF_RET | BPF_K,
		BPF_RET | BPF_A,
		BPF_RET | BPF_X,
		BPF_LD | BPF_B | BPF_IND,
		BPF_LDX | BPF_B | BPF_MSH,
	};
	const int code = rand();

	return INSN(code % 8
			    ? codes[(unsigned)code / 8 % (sizeof codes / sizeof codes[0])]
			    : (uint16_t)rand(),
		    (uint8_t)(rand() % 5), (uint8_t)(rand() % 5),
		    rand() % 3 ? (uint32_t)(rand() % 40) : (uint32_t)rand());
}

static void test_kernel_agrees(void **state)
{
	struct arena arena = { 0 };
	int taken = 0;

	(void)state;
	srand(1);
	for (int i = 0; i < PROGRAMS; i++) {
		struct sock_filter insns[6];
		const unsigned len = 1 + (unsigned)rand() % 6;
		bool ours;

		for (unsigned n = 0; n < len; n++)
			insns[n] = any_insn();
		if (rand() % 2)
			insns[len - 1] = PASS;
		ours = flaw(&arena, insns, len * sizeof insns[0]) == NULL;
		if (ours != kernel_takes(insns, (unsigned short)len))
			fail_msg("program %d of srand(1): %s here", i,
				 ours ? "fine"
				      : flaw(&arena, insns, len * sizeof insns[0]));
		taken += ours;
	}
	assert_true(taken > PROGRAMS / 10 && taken < PROGRAMS * 9 / 10);
	arena_done(&arena);
}

static void test_arithmetic(void **state)
{
	static const struct {
		struct sock_filter insn;
		uint32_t a, x, result;
	} rows[] = {
		{ INSN(BPF_ALU | BPF_MUL | BPF_K, 0, 0, 3), 5, 0, 15 },
		{ INSN(BPF_ALU | BPF_DIV | BPF_X, 0, 0, 0), 17, 5, 3 },
		{ INSN(BPF_ALU | BPF_DIV | BPF_X, 0, 0, 0), 17, 0, 0 }, /* ends with 0 */
		{ INSN(BPF_ALU | BPF_LSH | BPF_K, 0, 0, 4), 3, 0, 48 },
		{ INSN(BPF_ALU | BPF_RSH | BPF_X, 0, 0, 0), 48, 4, 3 },
		{ INSN(BPF_ALU | BPF_NEG, 0, 0, 0), 1, 0, UINT32_MAX },
		{ INSN(BPF_LD | BPF_W | BPF_LEN, 0, 0, 0), 0, 0, 64 },
	};
	const struct seccomp_data call = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct sock_filter insns[] = {
			INSN(BPF_LD | BPF_IMM, 0, 0, rows[i].a),
			INSN(BPF_LDX | BPF_IMM, 0, 0, rows[i].x),
			rows[i].insn,
			INSN(BPF_RET | BPF_A, 0, 0, 0),
		};
		uint32_t result = 1;

		assert_true(bpf_run(&(struct bpf_program){ insns, 4 }, &call, &result));
		assert_int_equal(result, rows[i].result);
	}
}

static void test_traces(void **state)
{
	const struct sock_filter none[] = { INSN(BPF_RET | BPF_K, 0, 0,
						 SECCOMP_RET_ERRNO | 1),
					    PASS },
				 some[] = { PASS, INSN(BPF_RET | BPF_K, 0, 0,
						       SECCOMP_RET_TRACE | 7) },
				 any[] = { INSN(BPF_RET | BPF_A, 0, 0, 0) };

	(void)state;
	assert_false(import_may_trace(&(struct bpf_program){ none, 2 }));
	assert_true(import_may_trace(&(struct bpf_program){ some, 2 }));
	assert_true(import_may_trace(&(struct bpf_program){ any, 1 }));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		{ .name = "an instruction that the kernel would refuse is told",
		  .test_func = test_flaws },
		{ .name = "a file has whole instructions, and no more than can be loaded",
		  .test_func = test_sizes },
		{ .name = "the kernel is of the same opinion about random programs",
		  .test_func = test_kernel_agrees },
		{ .name = "arithmetic is the kernel's", .test_func = test_arithmetic },
		{ .name = "an answer that asks a tracer is seen",
		  .test_func = test_traces },
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
