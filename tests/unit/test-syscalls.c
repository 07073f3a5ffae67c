/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-syscalls.c - the table of system calls, held against libseccomp's */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "seccomp/syscalls.h"

static void test_numbers(void **state)
{
	const struct syscall_row *row;

	(void)state;
	for (size_t i = 0; (row = syscall_row(i)); i++) {
		int x86_64 =
			seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86_64, row->name);
		int aarch64 =
			seccomp_syscall_resolve_name_arch(SCMP_ARCH_AARCH64, row->name);

		if (x86_64 == __NR_SCMP_ERROR)
			continue; /* newer than this libseccomp */
		assert_int_equal(row->x86_64, x86_64 < 0 ? -1 : x86_64);
		assert_int_equal(row->aarch64, aarch64 < 0 ? -1 : aarch64);
	}
}

static void test_table_complete(void **state)
{
	(void)state;
	for (int nr = 0; nr < 451; nr++) {
		char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, nr);

		if (name && !syscall_by_number((uint32_t)nr))
			fail_msg("%s (%d) is in no row", name, nr);
		free(name);
	}
}

static void test_table_sorted(void **state)
{
	(void)state;
	for (size_t i = 0; syscall_row(i + 1); i++)
		assert_true(strcmp(syscall_row(i)->name, syscall_row(i + 1)->name) < 0);
	for (size_t i = 0; syscall_row(i); i++)
		assert_ptr_equal(syscall_by_name(syscall_row(i)->name,
						 strlen(syscall_row(i)->name)),
				 syscall_row(i));
	for (size_t i = 0; syscall_group(i + 1); i++)
		assert_true(strcmp(syscall_group(i)->name, syscall_group(i + 1)->name) <
			    0);
	assert_null(syscall_by_name("rea", 3));
	assert_null(syscall_by_name("readx", 5));
	assert_non_null(syscall_by_name("readx", 4));
}

static void test_groups_known(void **state)
{
	const struct syscall_group *group;

	(void)state;
	for (size_t i = 0; (group = syscall_group(i)); i++) {
		const char *word = group->calls;

		while (*word) {
			size_t len = strcspn(word, " ");

			if (!syscall_by_name(word, len) &&
			    !syscall_group_by_name(word, len))
				fail_msg("%s: %.*s", group->name, (int)len, word);
			word += len;
			word += strspn(word, " ");
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		{ .name = "call numbers are those of libseccomp",
		  .test_func = test_numbers },
		{ .name = "every call that libseccomp knows is in the table",
		  .test_func = test_table_complete },
		{ .name = "the tables are sorted and names are found whole",
		  .test_func = test_table_sorted },
		{ .name = "groups name known calls and groups",
		  .test_func = test_groups_known },
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
