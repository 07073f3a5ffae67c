/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-filter-cache.c - kept seccomp programs: found again, or refused and made anew */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "box/fence/seccomp.h"

struct fixture {
	struct arena arena;
	struct filter_policy policy;
	struct filter_programs compiled;
	char top[64], dir[80], file[400];
	struct error err;
};

static void policy_make(struct fixture *fixture, const char *what,
			struct filter_policy *ret)
{
	struct diags diags = { .arena = &fixture->arena };
	struct filter_change change = { .what = what };
	struct filter_spec spec = { .changes = &change, .changes_len = 1 };

	assert_int_equal(filter_resolve(&fixture->arena, &spec, &diags, ret), 0);
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);

	if (!fixture)
		return -1;
	strcpy(fixture->top, "/tmp/sbox-filter-cache-XXXXXX");
	if (!mkdtemp(fixture->top))
		return -1;
	(void)snprintf(fixture->dir, sizeof fixture->dir, "%s/a/filters", fixture->top);
	policy_make(fixture, "mbind:EACCES", &fixture->policy);
	*state = fixture;
	return filter_compile(&fixture->arena, &fixture->policy, &fixture->compiled,
			      &fixture->err);
}

/* Removes what is in @dir, and @dir. */
static void dir_remove(const char *dir)
{
	DIR *stream = opendir(dir);
	struct dirent *entry;

	while (stream && (entry = readdir(stream)))
		(void)unlinkat(dirfd(stream), entry->d_name, 0);
	if (stream)
		(void)closedir(stream);
	(void)rmdir(dir);
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	char parent[80];

	(void)snprintf(parent, sizeof parent, "%s/a", fixture->top);
	dir_remove(fixture->dir);
	dir_remove(parent);
	dir_remove(fixture->top);
	arena_done(&fixture->arena);
	free(fixture);
	return 0;
}

/* How many files the cache has; the name of the last goes to fixture->file. */
static int files_count(struct fixture *fixture)
{
	DIR *stream = opendir(fixture->dir);
	struct dirent *entry;
	int n = 0;

	while (stream && (entry = readdir(stream))) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(fixture->file, sizeof fixture->file, "%s/%s", fixture->dir,
			       entry->d_name);
		n++;
	}
	if (stream)
		(void)closedir(stream);
	return n;
}

static void store(struct fixture *fixture)
{
	if (filter_cache_store(&fixture->arena, fixture->dir, &fixture->policy,
			       &fixture->compiled, &fixture->err))
		fail_msg("%s", fixture->err.msg);
	assert_int_equal(files_count(fixture), 1);
}

static void assert_compiled(const struct fixture *fixture,
			    const struct filter_programs *programs)
{
	for (unsigned i = 0; i < FILTER_PROGRAMS; i++) {
		assert_int_equal(programs->len[i], fixture->compiled.len[i]);
		assert_memory_equal(programs->insns[i], fixture->compiled.insns[i],
				    programs->len[i] * sizeof *programs->insns[i]);
	}
}

/* Loading fails and says @why; filter_get() compiles instead. */
static void assert_refused(struct fixture *fixture, const char *why)
{
	struct filter_programs programs;

	assert_int_equal(filter_cache_load(&fixture->arena, fixture->dir,
					   &fixture->policy, &programs, &fixture->err),
			 -1);
	if (!strstr(fixture->err.msg, why))
		fail_msg("\"%s\" has no \"%s\"", fixture->err.msg, why);
	assert_int_equal(filter_get(&fixture->arena, &fixture->policy, fixture->dir,
				    &programs, &fixture->err),
			 0);
	assert_compiled(fixture, &programs);
}

static void assert_loads(struct fixture *fixture)
{
	struct filter_programs programs;

	if (filter_cache_load(&fixture->arena, fixture->dir, &fixture->policy, &programs,
			      &fixture->err))
		fail_msg("%s", fixture->err.msg);
	assert_compiled(fixture, &programs);
}

/* Overwrites one byte of the file at @offset, from the end if negative. */
static void byte_flip(const struct fixture *fixture, off_t offset)
{
	int fd = open(fixture->file, O_RDWR | O_CLOEXEC);
	unsigned char byte;

	assert_true(fd >= 0);
	offset = lseek(fd, offset, offset < 0 ? SEEK_END : SEEK_SET);
	assert_int_equal(pread(fd, &byte, 1, offset), 1);
	byte ^= 0x40;
	assert_int_equal(pwrite(fd, &byte, 1, offset), 1);
	(void)close(fd);
}

static void test_round_trip(void **state)
{
	struct fixture *fixture = *state;
	struct stat st;

	store(fixture);
	assert_loads(fixture);
	assert_int_equal(stat(fixture->file, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_int_equal(stat(fixture->dir, &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0700);
}

static void test_get_fills(void **state)
{
	struct fixture *fixture = *state;
	struct filter_programs programs;

	assert_refused(fixture, "No such file");
	assert_int_equal(files_count(fixture), 1);
	assert_loads(fixture);
	assert_int_equal(filter_get(&fixture->arena, &fixture->policy, NULL, &programs,
				    &fixture->err),
			 0);
	assert_compiled(fixture, &programs);
}

static void test_missing(void **state)
{
	struct fixture *fixture = *state;
	struct filter_programs programs;

	assert_int_equal(filter_cache_load(&fixture->arena, fixture->dir,
					   &fixture->policy, &programs, &fixture->err),
			 -1);
	assert_int_equal(fixture->err.errnum, ENOENT);
	store(fixture);
	policy_make(fixture, "mbind:EISDIR", &fixture->policy);
	assert_int_equal(filter_cache_load(&fixture->arena, fixture->dir,
					   &fixture->policy, &programs, &fixture->err),
			 -1);
	assert_int_equal(fixture->err.errnum, ENOENT);
}

static void test_cached_is_used(void **state)
{
	struct fixture *fixture = *state;
	struct filter_programs programs;

	/* others than it would compile, so that one can tell */
	programs = fixture->compiled;
	programs.insns[1] = fixture->compiled.insns[0];
	programs.len[1] = fixture->compiled.len[0];
	assert_int_equal(filter_cache_store(&fixture->arena, fixture->dir,
					    &fixture->policy, &programs, &fixture->err),
			 0);
	assert_int_equal(filter_get(&fixture->arena, &fixture->policy, fixture->dir,
				    &programs, &fixture->err),
			 0);
	assert_int_equal(programs.len[1], fixture->compiled.len[0]);
	assert_memory_equal(programs.insns[1], fixture->compiled.insns[0],
			    programs.len[1] * sizeof *programs.insns[1]);
}

static void test_stock_uses_no_cache(void **state)
{
	struct fixture *fixture = *state;
	struct filter_policy stock = { .base = FILTER_STRICT, .stock = true };
	struct filter_programs programs, expected;

	assert_int_equal(filter_get(&fixture->arena, &stock, fixture->dir, &programs,
				    &fixture->err),
			 0);
	filter_stock(&stock, &expected);
	assert_ptr_equal(programs.insns[0], expected.insns[0]);
	assert_int_equal(files_count(fixture), 0);
}

static void test_corrupted(void **state)
{
	static const struct {
		off_t offset;
		const char *why;
	} flips[] = {
		{ 0, "another version" },                        /* magic */
		{ 12, "another version" },                       /* FILTER_VERSION */
		{ 16, "another version" },                       /* architecture */
		{ 20, "another version" },                       /* length of the text */
		{ 24, "wrong size" },                            /* length of a program */
		{ 27, "too long" },        { 33, "is damaged" }, /* checksum */
		{ 44, "is damaged" },                            /* text */
		{ -1, "is damaged" },                            /* an instruction */
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof flips / sizeof *flips; i++) {
		store(fixture);
		byte_flip(fixture, flips[i].offset);
		assert_refused(fixture, flips[i].why);
		assert_loads(fixture); /* it was mended on the way */
	}
}

/* Of a small policy, as a large one's file has a hundred thousand bits. */
static void test_each_bit(void **state)
{
	struct fixture *fixture = *state;
	struct diags diags = { .arena = &fixture->arena };
	struct filter_change change = { .what = "mbind:EACCES" };
	struct filter_spec spec = { .base = FILTER_NONE,
				    .changes = &change,
				    .changes_len = 1 };
	struct filter_programs programs;
	struct stat st;
	char bytes[8192];
	int fd;

	assert_int_equal(filter_resolve(&fixture->arena, &spec, &diags, &fixture->policy),
			 0);
	assert_int_equal(filter_compile(&fixture->arena, &fixture->policy,
					&fixture->compiled, &fixture->err),
			 0);
	store(fixture);
	fd = open(fixture->file, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0 && fstat(fd, &st) == 0 && st.st_size <= (off_t)sizeof bytes);
	assert_int_equal(pread(fd, bytes, (size_t)st.st_size, 0), st.st_size);
	for (off_t at = 0; at < st.st_size; at++) {
		for (int bit = 0; bit < 8; bit++) {
			char flipped = (char)(bytes[at] ^ 1 << bit);
			struct arena arena = { 0 };

			assert_int_equal(pwrite(fd, &flipped, 1, at), 1);
			if (!filter_cache_load(&arena, fixture->dir, &fixture->policy,
					       &programs, &fixture->err))
				fail_msg("bit %d of byte %ld makes no difference", bit,
					 (long)at);
			arena_done(&arena);
		}
		assert_int_equal(pwrite(fd, &bytes[at], 1, at), 1);
	}
	(void)close(fd);
	assert_int_equal(filter_cache_load(&fixture->arena, fixture->dir,
					   &fixture->policy, &programs, &fixture->err),
			 0);
}

static void test_cut_short(void **state)
{
	struct fixture *fixture = *state;
	struct stat st;

	store(fixture);
	assert_int_equal(stat(fixture->file, &st), 0);
	for (off_t size = 0; size < st.st_size; size += st.st_size / 7) {
		store(fixture);
		assert_int_equal(truncate(fixture->file, size), 0);
		assert_refused(fixture, size < 40 ? "cut short" : "wrong size");
	}
	store(fixture);
	assert_int_equal(truncate(fixture->file, st.st_size + 8), 0);
	assert_refused(fixture, "wrong size");
}

static void test_swapped(void **state)
{
	struct fixture *fixture = *state;
	struct filter_policy other;
	struct filter_programs programs;
	char name[sizeof fixture->file];

	store(fixture);
	strcpy(name, fixture->file);
	assert_int_equal(unlink(name), 0);
	policy_make(fixture, "mbind:EISDIR", &other);
	assert_int_equal(
		filter_compile(&fixture->arena, &other, &programs, &fixture->err), 0);
	assert_int_equal(filter_cache_store(&fixture->arena, fixture->dir, &other,
					    &programs, &fixture->err),
			 0);
	assert_int_equal(files_count(fixture), 1);
	assert_int_equal(rename(fixture->file, name), 0);
	assert_refused(fixture, "is of another policy");
}

static void test_program_missing(void **state)
{
	struct fixture *fixture = *state;
	struct filter_programs half = fixture->compiled;

	half.len[1] = 0;
	assert_int_equal(filter_cache_store(&fixture->arena, fixture->dir,
					    &fixture->policy, &half, &fixture->err),
			 0);
	assert_refused(fixture, "missing");
	half = fixture->compiled;
	half.len[0] = 0;
	assert_int_equal(filter_cache_store(&fixture->arena, fixture->dir,
					    &fixture->policy, &half, &fixture->err),
			 0);
	assert_refused(fixture, "missing");
}

static void test_modes(void **state)
{
	struct fixture *fixture = *state;

	store(fixture);
	assert_int_equal(chmod(fixture->file, 0640), 0);
	assert_refused(fixture, "open to others: mode 0640");
	assert_loads(fixture);
	assert_int_equal(chmod(fixture->dir, 0701), 0);
	assert_refused(fixture, "open to others: mode 0701");
	assert_refused(fixture, "open to others"); /* it was not touched either */
	assert_int_equal(chmod(fixture->dir, 0700), 0);
}

static void test_symlinks(void **state)
{
	struct fixture *fixture = *state;
	char real[sizeof fixture->dir + 8];
	struct stat st;

	store(fixture);
	(void)snprintf(real, sizeof real, "%s.real", fixture->dir);
	assert_int_equal(rename(fixture->file, real), 0);
	assert_int_equal(symlink(real, fixture->file), 0);
	assert_refused(fixture, "symbolic links");
	assert_int_equal(lstat(fixture->file, &st), 0);
	assert_true(S_ISREG(st.st_mode)); /* replaced, the target untouched */
	assert_int_equal(unlink(real), 0);
	assert_int_equal(rename(fixture->dir, real), 0);
	assert_int_equal(symlink(real, fixture->dir), 0);
	assert_refused(fixture, fixture->dir);
	assert_int_equal(unlink(fixture->dir), 0);
	assert_int_equal(rename(real, fixture->dir), 0);
}

static void test_no_file(void **state)
{
	struct fixture *fixture = *state;

	store(fixture);
	assert_int_equal(unlink(fixture->file), 0);
	assert_int_equal(mkfifo(fixture->file, 0600), 0);
	assert_refused(fixture, "is no file");
	assert_loads(fixture);
	assert_int_equal(unlink(fixture->file), 0);
	assert_int_equal(mkdir(fixture->file, 0700), 0);
	assert_refused(fixture, "is no file");
	assert_int_equal(rmdir(fixture->file), 0);
}

/* Root can give a file away; anybody else finds a directory that is root's. */
static void test_foreign_owner(void **state)
{
	struct fixture *fixture = *state;
	struct filter_programs programs;

	if (geteuid()) {
		assert_int_equal(filter_cache_load(&fixture->arena, "/usr",
						   &fixture->policy, &programs,
						   &fixture->err),
				 -1);
		assert_non_null(strstr(fixture->err.msg, "belongs to uid 0"));
		return;
	}
	store(fixture);
	assert_int_equal(chown(fixture->file, 1, 0), 0);
	assert_refused(fixture, "belongs to uid 1");
	assert_loads(fixture);
	assert_int_equal(chown(fixture->dir, 1, 0), 0);
	assert_refused(fixture, "belongs to uid 1");
}

static void test_bad_directories(void **state)
{
	static const char *const dirs[] = { "/proc/none/such", "/dev/null", "/dev/null/x",
					    "" };
	struct fixture *fixture = *state;
	struct filter_programs programs;

	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++) {
		assert_int_equal(filter_get(&fixture->arena, &fixture->policy, dirs[i],
					    &programs, &fixture->err),
				 0);
		assert_compiled(fixture, &programs);
	}
}

#define TEST(sentence, function)                                                         \
	{                                                                                \
		.name = sentence, .test_func = function, .setup_func = setup,            \
		.teardown_func = teardown                                                \
	}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("what was stored is loaded again", test_round_trip),
		TEST("a missing file is made by the first start", test_get_fills),
		TEST("a policy that is not there is ENOENT", test_missing),
		TEST("what is there is used", test_cached_is_used),
		TEST("a stock policy does not touch the cache", test_stock_uses_no_cache),
		TEST("a corrupted file is refused and mended", test_corrupted),
		TEST("a file of which any bit has flipped is refused", test_each_bit),
		TEST("a file of a wrong size is refused", test_cut_short),
		TEST("a file of another policy is refused", test_swapped),
		TEST("a file without one of its programs is refused",
		     test_program_missing),
		TEST("what others may open is refused", test_modes),
		TEST("symbolic links are not followed", test_symlinks),
		TEST("only regular files are read", test_no_file),
		TEST("what belongs to someone else is refused", test_foreign_owner),
		TEST("an impossible directory means compiling", test_bad_directories),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
