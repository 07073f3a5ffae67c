/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-history.c - which sets of earlier runs are there for nothing any more */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/tree.h"
#include "changes/history.h"

struct trial {
	char path[64];
	int dir;
	struct arena arena;
	struct error err;
};

static int setup(void **state)
{
	static struct trial t;

	memset(&t, 0, sizeof t);
	(void)strcpy(t.path, "/tmp/test-history-XXXXXX");
	if (!mkdtemp(t.path))
		return -1;
	t.dir = open(t.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = &t;
	return t.dir < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	struct trial *t = *state;
	int above = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret = tree_remove_at(above, t->path + strlen("/tmp/"), &t->err);

	arena_done(&t->arena);
	(void)close(t->dir);
	(void)close(above);
	return ret;
}

static int write_at(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	return fd;
}

/* A set with this state, which was written at the second @when. */
static void make_set(struct trial *t, const char *name, const char *state, time_t when)
{
	const struct timespec times[2] = { { when, 0 }, { when, 0 } };
	int set, fd;

	assert_int_equal(mkdirat(t->dir, name, 0700), 0);
	set = openat(t->dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = write_at(set, "state", state);
	assert_int_equal(futimens(fd, times), 0);
	(void)close(fd);
	(void)close(write_at(set, "lock", ""));
	(void)close(set);
}

/* The names of what is old, with a space behind each. */
static const char *old(struct trial *t, size_t keep)
{
	const char *const *names;
	const char *text = "";

	assert_int_equal(history_old(t->dir, keep, &t->arena, &names, &t->err), 0);
	for (; *names; names++)
		text = arena_printf(&t->arena, "%s%s ", text, *names);
	return text;
}

static void numbers_go_on_behind_the_largest(void **state)
{
	struct trial *t = *state;

	assert_int_equal(history_last(t->dir, "run-20261130", &t->err), 0);
	assert_int_equal(history_last(-1, "run-20261130", &t->err), 0);
	make_set(t, "run-20261130-9", "committed\n", 1);
	make_set(t, "run-20261130-10", "stopped\n", 1);
	make_set(t, "run-20261129-70", "committed\n", 1);
	make_set(t, "run-20261130-99x", "committed\n", 1);
	make_set(t, "run-2026113055", "committed\n", 1);
	make_set(t, "run-20261130-99999999999999999999", "committed\n", 1);
	assert_int_equal(history_last(t->dir, "run-20261130", &t->err), 10);
}

static void the_oldest_of_the_committed_are_old(void **state)
{
	struct trial *t = *state;

	make_set(t, "run-1", "committed\n", 40);
	make_set(t, "run-2", "committed\n", 10);
	make_set(t, "run-3", "committed\n", 30);
	make_set(t, "run-4", "committed\n", 20);
	assert_string_equal(old(t, 4), "");
	assert_string_equal(old(t, 3), "run-2 ");
	assert_string_equal(old(t, 1), "run-2 run-4 run-3 ");
}

static void unfinished_work_is_never_old(void **state)
{
	struct trial *t = *state;

	make_set(t, "run-1", "stopped\n", 1);
	make_set(t, "run-2", "committing\n", 1);
	make_set(t, "run-3", "partly\n", 1);
	make_set(t, "run-4", "committed", 1);
	make_set(t, "run-5", "committed\nand more", 1);
	make_set(t, "mine", "committed\n", 1);
	assert_int_equal(mkdirat(t->dir, "run-6", 0700), 0);
	assert_int_equal(symlinkat("run-7", t->dir, "run-8"), 0);
	make_set(t, "run-7", "committed\n", 2);
	assert_string_equal(old(t, 0), "run-7 ");
}

static void a_set_in_use_is_not_old(void **state)
{
	struct trial *t = *state;
	int lock;

	make_set(t, "run-1", "committed\n", 1);
	lock = openat(t->dir, "run-1/lock", O_RDWR | O_CLOEXEC);
	assert_int_equal(flock(lock, LOCK_EX), 0);
	assert_string_equal(old(t, 0), "");
	(void)close(lock);
	assert_string_equal(old(t, 0), "run-1 ");
}

static void a_set_is_blank_until_something_is_in_an_upper_directory(void **state)
{
	struct trial *t = *state;
	struct stat st;
	struct changes_tree trees[2];
	struct changes_set set = CHANGES_SET_NONE;

	for (size_t i = 0; i < 2; i++) {
		const char *low = arena_printf(&t->arena, "%s/low%zu", t->path, i);

		assert_int_equal(mkdir(low, 0755), 0);
		assert_int_equal(stat(low, &st), 0);
		trees[i] = (struct changes_tree){ low, low, st.st_dev, st.st_ino, 0, 0 };
		assert_int_equal(mkdirat(t->dir, arena_printf(&t->arena, "%zu", i), 0700),
				 0);
		assert_int_equal(
			mkdirat(t->dir, arena_printf(&t->arena, "%zu/up", i), 0700), 0);
	}
	set.layers = t->dir;
	set.layers_path = t->path;
	set.about.trees = trees;
	set.about.trees_len = 2;
	assert_true(history_is_blank(&set));
	(void)close(write_at(t->dir, "1/up/.hidden", ""));
	assert_false(history_is_blank(&set));
	assert_int_equal(unlinkat(t->dir, "1/up/.hidden", 0), 0);
	assert_true(history_is_blank(&set));
	/* what cannot be told is not blank */
	trees[0].ino++;
	assert_false(history_is_blank(&set));
}

#define TRIAL(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TRIAL(numbers_go_on_behind_the_largest),
		TRIAL(the_oldest_of_the_committed_are_old),
		TRIAL(unfinished_work_is_never_old),
		TRIAL(a_set_in_use_is_not_old),
		TRIAL(a_set_is_blank_until_something_is_in_an_upper_directory),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
