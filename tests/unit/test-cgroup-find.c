/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-cgroup-find.c - where a cgroup could be made, in trees of plain files */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "box/cgroup/cgroup.h"

#define ALL "cpuset cpu io memory pids"
#define ALL_BITS (CGROUP_MEMORY | CGROUP_PIDS | CGROUP_CPU)

struct tree {
	struct arena arena;
	char root[64];
	struct cgroup_view view;
	struct host_cgroup found;
};

static void put(const struct tree *t, const char *dir, const char *file, const char *text)
{
	char path[256];
	int fd;

	(void)snprintf(path, sizeof path, "%s%s/%s", t->root, dir, file);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	(void)close(fd);
}

/* A cgroup: who is in it, what it has and what it gives to its children. */
static void group(const struct tree *t, const char *dir, const char *procs,
		  const char *has, const char *gives)
{
	char path[256];

	(void)snprintf(path, sizeof path, "%s%s", t->root, dir);
	assert_true(mkdir(path, 0700) == 0 || *dir == '\0');
	put(t, dir, "cgroup.procs", procs);
	put(t, dir, "cgroup.controllers", has);
	put(t, dir, "cgroup.subtree_control", gives);
	put(t, dir, "cgroup.type", "domain\n");
	put(t, dir, "memory.swap.max", "max\n");
}

/* As one that is the system's: nothing there can be written. */
static void close_group(const struct tree *t, const char *dir)
{
	char path[256];

	(void)snprintf(path, sizeof path, "%s%s/cgroup.procs", t->root, dir);
	assert_int_equal(unlink(path), 0);
}

static const char *found(struct tree *t, const char *own, unsigned needed)
{
	t->view = (struct cgroup_view){
		.root = t->root, .own = own, .pid = 42, .marked = t->view.marked
	};
	cgroup_find(&t->arena, &t->view, needed, &t->found);
	return t->found.dir ? t->found.dir + strlen(t->root) : NULL;
}

static void test_next_to_ours(void **state)
{
	struct tree *t = *state;

	group(t, "", "", ALL "\n", ALL "\n");
	group(t, "/ci", "", ALL "\n", "\n");
	group(t, "/ci/runner", "42\n41\n", ALL "\n", "\n");
	close_group(t, "");
	assert_string_equal(found(t, "/ci/runner", CGROUP_MEMORY), "/ci");
	assert_false(t->found.move);
	assert_false(t->found.scope);
	assert_true(t->found.swap);
	assert_null(t->found.why_not);
	assert_int_equal(t->found.controllers, ALL_BITS);
}

static void test_alone(void **state)
{
	struct tree *t = *state;

	group(t, "", "", ALL "\n", ALL "\n");
	group(t, "/scope", "42\n", "memory pids\n", "\n");
	close_group(t, "");
	assert_string_equal(found(t, "/scope", CGROUP_MEMORY), "/scope");
	assert_true(t->found.move);
	assert_int_equal(t->found.controllers, CGROUP_MEMORY | CGROUP_PIDS);
	/* nearer is better: what is around us stays around us */
	assert_string_equal(found(t, "/scope", CGROUP_PIDS), "/scope");
}

static void test_not_alone(void **state)
{
	struct tree *t = *state;

	group(t, "", "", ALL "\n", ALL "\n");
	group(t, "/scope", "42\n421\n", ALL "\n", "\n");
	close_group(t, "");
	assert_null(found(t, "/scope", CGROUP_MEMORY));
	assert_non_null(strstr(t->found.why_not, "other processes are in it"));
	put(t, "/scope", "cgroup.procs", "421\n"); /* 42 is not the same as 421 */
	assert_null(found(t, "/scope", CGROUP_MEMORY));
}

static void test_given_already(void **state)
{
	struct tree *t = *state;

	group(t, "", "", ALL "\n", ALL "\n");
	group(t, "/a", "7\n", ALL "\n", "pids\n");
	group(t, "/a/b", "42\n7\n", "pids\n", "\n");
	close_group(t, "");
	assert_string_equal(found(t, "/a/b", CGROUP_PIDS), "/a");
	assert_int_equal(t->found.controllers, CGROUP_PIDS);
	assert_null(found(t, "/a/b", CGROUP_MEMORY));
}

static void test_most_of_what_is_needed(void **state)
{
	struct tree *t = *state;

	group(t, "", "", ALL "\n", ALL "\n");
	group(t, "/a", "", ALL "\n", "\n");
	group(t, "/a/b", "", "pids\n", "\n");
	group(t, "/a/b/c", "42\n7\n", "\n", "\n");
	close_group(t, "");
	assert_string_equal(found(t, "/a/b/c", CGROUP_PIDS), "/a/b");
	assert_string_equal(found(t, "/a/b/c", CGROUP_PIDS | CGROUP_MEMORY), "/a");
}

static void test_not_delegated(void **state)
{
	struct tree *t = *state;

	group(t, "", "", ALL "\n", ALL "\n");
	group(t, "/session", "42\n", ALL "\n", "\n");
	close_group(t, "");
	close_group(t, "/session");
	assert_null(found(t, "/session", CGROUP_MEMORY));
	assert_non_null(strstr(t->found.why_not, "/session is not delegated"));
}

static bool never(const char *path)
{
	(void)path;
	return false;
}

static void test_not_marked(void **state)
{
	struct tree *t = *state;

	group(t, "", "", ALL "\n", ALL "\n");
	group(t, "/unit", "42\n", ALL "\n", "\n");
	close_group(t, "");
	t->view.marked = never;
	assert_null(found(t, "/unit", CGROUP_MEMORY));
	assert_non_null(strstr(t->found.why_not, "not delegated"));
}

static void test_threaded(void **state)
{
	struct tree *t = *state;

	group(t, "", "", ALL "\n", ALL "\n");
	group(t, "/t", "", ALL "\n", "\n");
	put(t, "/t", "cgroup.type", "domain threaded\n");
	group(t, "/t/u", "42\n7\n", ALL "\n", "\n");
	close_group(t, "");
	assert_null(found(t, "/t/u", CGROUP_MEMORY));
}

static void test_own_root(void **state)
{
	struct tree *t = *state;

	group(t, "", "42\n", ALL "\n", "\n"); /* a container with a namespace */
	assert_string_equal(found(t, "", CGROUP_MEMORY), "");
	assert_true(t->found.move);
}

static void test_names(void **state)
{
	(void)state;
	assert_int_equal(cgroup_controllers("cpuset cpu io memory hugetlb pids rdma\n"),
			 ALL_BITS);
	assert_int_equal(cgroup_controllers("memory\n"), CGROUP_MEMORY);
	assert_int_equal(cgroup_controllers("cpuset memoryx xpids\n"), 0);
	assert_int_equal(cgroup_controllers("\n"), 0);
	assert_int_equal(cgroup_controllers(""), 0);
}

static int begin(void **state)
{
	struct tree *t = calloc(1, sizeof *t);
	const char *tmp = getenv("TMPDIR");

	if (!t)
		return -1;
	(void)snprintf(t->root, sizeof t->root, "%.40s/sbox-cgroup-XXXXXX",
		       tmp ? tmp : "/tmp");
	*state = t;
	return mkdtemp(t->root) ? 0 : -1;
}

static int drop(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int end(void **state)
{
	struct tree *t = *state;
	int ret = nftw(t->root, drop, 8, FTW_DEPTH | FTW_PHYS);

	arena_done(&t->arena);
	free(t);
	return ret;
}

#define TEST(says, function)                                                             \
	{                                                                                \
		.name = (says), .test_func = (function), .setup_func = begin,            \
		.teardown_func = end                                                     \
	}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("a cgroup around ours without processes is used", test_next_to_ours),
		TEST("alone in ours, we make room in it", test_alone),
		TEST("where others are too, nobody is moved", test_not_alone),
		TEST("what is given to children already can be used", test_given_already),
		TEST("the nearest that has most is taken", test_most_of_what_is_needed),
		TEST("what cannot be written is not delegated", test_not_delegated),
		TEST("what systemd has not marked is its own", test_not_marked),
		TEST("threaded cgroups are left alone", test_threaded),
		TEST("our cgroup can be the root that we see", test_own_root),
		TEST("names of controllers are whole words", test_names),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
