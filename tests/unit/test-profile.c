/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-profile.c - profile files: found, judged and put in order */
#include "config.h"

#include <errno.h>

#include "test-profile.h"

static void a_name_is_looked_for_in_the_search_path(void **state)
{
	struct fixture *f = *state;

	put("first/a.toml", "description = 'first'");
	put("second/a.toml", "description = 'second'");
	put("second/b.toml", "fs.read = ['/b']");
	load(f, "a", "b");
	loaded(f);
	assert_string_equal(f->policy.description.s, "first");
	files_are(f, "first/a.toml second/b.toml");
}

static void a_name_is_never_looked_for_in_the_working_directory(void **state)
{
	struct fixture *f = *state;

	put("cwd/a", "fs.read = ['/']");
	put("cwd/a.toml", "fs.read = ['/']");
	put("a.toml", "fs.read = ['/']"); /* the test's own */
	load(f, "a");
	mistakes_are(
		f, "command line:1:0: no profile \"a\" in first, second (a path needs a "
		   "slash: ./a)\n");
	assert_int_equal(f->policy.fs.read.len, 0);
}

static void not_even_for_a_parent(void **state)
{
	struct fixture *f = *state;

	put("cwd/main.toml", "extends = ['a']");
	put("cwd/a.toml", "fs.read = ['/']");
	load(f, "./main.toml");
	mistaken(f, "main.toml:1:12: no profile \"a\"");
}

static void a_path_starts_at_the_working_directory(void **state)
{
	struct fixture *f = *state;

	put("cwd/a.toml", "fs.read = ['/a']");
	put("b.toml", "fs.read = ['/b']");
	load(f, "./a.toml", "../b.toml",
	     arena_printf(&f->arena, "%s/cwd/a.toml", f->dir));
	reads_are(f, "/a /b");
	files_are(f, "cwd/a.toml b.toml");
}

static void a_parent_s_path_starts_at_the_profile(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkdir("cwd/sub", 0755), 0);
	put("cwd/sub/a.toml", "extends = ['./b.toml', '../c.toml']\nfs.read = ['/a']\n");
	put("cwd/sub/b.toml", "fs.read = ['/b']");
	put("cwd/c.toml", "fs.read = ['/c']");
	load(f, "sub/a.toml");
	reads_are(f, "/b /c /a");
}

static void a_parent_can_be_named_by_the_profile_s_directory(void **state)
{
	struct fixture *f = *state;

	put("cwd/a.toml", "extends = ['${PROFILE_DIR}/b.toml']");
	put("cwd/b.toml", "fs.read = ['/b']");
	load(f, "./a.toml");
	reads_are(f, "/b");
}

static void a_wrong_name_is_told_with_the_nearest(void **state)
{
	struct fixture *f = *state;

	put("second/build.toml", "");
	load(f, "biuld");
	mistakes_are(f,
		     "command line:1:0: no profile \"biuld\": did you mean \"build\"?\n");
}

static void some_words_are_no_names(void **state)
{
	struct fixture *f = *state;

	put("first/.hidden.toml", "");
	load(f, "", ".hidden", "..", "a b", "a\nb");
	assert_int_equal(f->diags.total, 5);
	mistaken(f, "\".hidden\" is no name of a profile");
}

static void a_parent_of_two_is_applied_once(void **state)
{
	struct fixture *f = *state;

	put("first/top.toml", "description = 'top'");
	put("first/left.toml", "extends = ['top']\ndescription = 'left'\n");
	put("first/right.toml", "extends = ['top']");
	put("first/main.toml", "extends = ['left', 'right']");
	load(f, "main", "top");
	files_are(f, "first/top.toml first/left.toml first/right.toml first/main.toml");
	assert_string_equal(f->policy.description.s, "left");
}

static void a_file_under_two_names_is_one(void **state)
{
	struct fixture *f = *state;

	put("first/a.toml", "fs.read = ['/a']");
	assert_int_equal(symlink("a.toml", "first/b.toml"), 0);
	load(f, "a", "b");
	files_are(f, "first/a.toml");
}

static void a_profile_that_extends_itself_is_a_mistake(void **state)
{
	struct fixture *f = *state;

	put("first/a.toml", "extends = ['b']");
	put("first/b.toml", "# b\nextends = ['c', 'a']\n");
	put("first/c.toml", "");
	put("first/self.toml", "extends = ['self']");
	load(f, "a", "self");
	mistakes_are(f, "first/b.toml:2:17: profile \"a\" extends itself\n"
			"first/self.toml:1:12: profile \"self\" extends itself\n");
}

static void profiles_extend_each_other_ten_deep_at_most(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 11; i++)
		put(arena_printf(&f->arena, "first/p%d.toml", i),
		    arena_printf(&f->arena, "extends = ['p%d']", i + 1));
	put("first/p11.toml", "");
	load(f, "p1");
	loaded(f);
	assert_int_equal(f->set.len, 11);
	f->set.files = NULL;
	f->set.len = 0;
	load(f, "p0");
	mistakes_are(
		f, "first/p10.toml:1:12: profiles extend each other more than 10 deep\n");
}

static void extends_takes_an_array_of_names(void **state)
{
	struct fixture *f = *state;

	put("first/a.toml", "extends = 'b'");
	put("first/b.toml", "extends = ['a', 3]");
	put("first/c.toml", "extends = [4]");
	load(f, "a", "c");
	mistakes_are(
		f,
		"first/a.toml:1:11: \"extends\" takes an array of profile names, not a "
		"string\nfirst/c.toml:1:12: \"extends\" takes names, not an integer\n");
}

static void a_profile_knows_its_canonical_path(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkdir("real", 0755), 0);
	put("real/a.toml", "fs.read = ['${PROFILE_DIR}']\nextends = ['./b.toml']\n");
	put("real/b.toml", "");
	assert_int_equal(symlink("../real/a.toml", "first/a.toml"), 0);
	load(f, "a");
	files_are(f, "real/b.toml real/a.toml");
	reads_are(f, "real");
}

static void what_others_can_write_to_is_not_trusted(void **state)
{
	struct fixture *f = *state;

	put("first/g.toml", "");
	put("first/o.toml", "");
	put("first/good.toml", "");
	assert_int_equal(chmod("first/g.toml", 0664), 0);
	assert_int_equal(chmod("first/o.toml", 0646), 0);
	load(f, "g", "o", "good");
	mistakes_are(
		f, "command line:1:0: profile \"first/g.toml\" can be written by others: "
		   "run chmod go-w on it\n"
		   "command line:1:0: profile \"first/o.toml\" can be written by others: "
		   "run chmod go-w on it\n");
}

static void what_belongs_to_others_is_not_trusted(void **state)
{
	struct fixture *f = *state;

	put("first/a.toml", "");
	f->set.uid = getuid() + 1;
	if (getuid() == 0)
		assert_int_equal(chown("first/a.toml", 12345, (gid_t)-1), 0);
	load(f, "a");
	mistaken(f, "profile \"first/a.toml\" belongs to another user");
}

static void a_file_is_one_mebibyte_at_most(void **state)
{
	struct fixture *f = *state;
	char *text = arena_alloc(&f->arena, TOML_MAX_SIZE + 1);

	memset(text, '\n', TOML_MAX_SIZE + 1);
	put_n("first/fits.toml", text, TOML_MAX_SIZE);
	put_n("first/large.toml", text, TOML_MAX_SIZE + 1);
	load(f, "fits", "large");
	mistakes_are(
		f,
		"command line:1:0: profile \"first/large.toml\" is larger than 1 MiB\n");
}

static void a_directory_or_a_fifo_is_no_profile(void **state)
{
	struct fixture *f = *state;

	(void)alarm(60); /* a launcher that waits at a FIFO would wait for ever */
	assert_int_equal(mkdir("first/d.toml", 0755), 0);
	assert_int_equal(mkfifo("first/f.toml", 0644), 0);
	load(f, "d", "f", "/dev/null");
	(void)alarm(0);
	mistakes_are(f,
		     "command line:1:0: profile \"first/d.toml\" is not a regular file\n"
		     "command line:1:0: profile \"first/f.toml\" is not a regular file\n"
		     "command line:1:0: profile \"/dev/null\" is not a regular file\n");
}

static void a_magic_link_is_not_followed(void **state)
{
	struct fixture *f = *state;
	_cleanup_fd_ int fd = -1;

	put("first/a.toml", "");
	fd = open("first/a.toml", O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	load(f, arena_printf(&f->arena, "/proc/self/fd/%d", fd));
	mistaken(f, strerror(ELOOP));
}

static void a_missing_file_is_a_mistake(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(symlink("nowhere", "first/b.toml"), 0);
	load(f, "./none.toml", "/nonexistent/x.toml", "b");
	mistaken(f, "cannot read profile \"./none.toml\": No such file or directory\n");
	mistaken(f, "cannot read profile \"/nonexistent/x.toml\": No such file or "
		    "directory\n");
	assert_int_equal(f->diags.total, 3);
}

static void without_a_working_directory_only_absolute_paths_are_meant(void **state)
{
	struct fixture *f = *state;

	put("cwd/a.toml", "fs.read = ['/a']");
	f->set.cwd = NULL;
	load(f, "./cwd/a.toml", arena_printf(&f->arena, "%s/cwd/a.toml", f->dir));
	assert_int_equal(f->diags.total, 1);
	mistaken(f, "cannot read profile \"./cwd/a.toml\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROFILE(a_name_is_looked_for_in_the_search_path),
		PROFILE(a_name_is_never_looked_for_in_the_working_directory),
		PROFILE(not_even_for_a_parent),
		PROFILE(a_path_starts_at_the_working_directory),
		PROFILE(a_parent_s_path_starts_at_the_profile),
		PROFILE(a_parent_can_be_named_by_the_profile_s_directory),
		PROFILE(a_wrong_name_is_told_with_the_nearest),
		PROFILE(some_words_are_no_names),
		PROFILE(a_parent_of_two_is_applied_once),
		PROFILE(a_file_under_two_names_is_one),
		PROFILE(a_profile_that_extends_itself_is_a_mistake),
		PROFILE(profiles_extend_each_other_ten_deep_at_most),
		PROFILE(extends_takes_an_array_of_names),
		PROFILE(a_profile_knows_its_canonical_path),
		PROFILE(what_others_can_write_to_is_not_trusted),
		PROFILE(what_belongs_to_others_is_not_trusted),
		PROFILE(a_file_is_one_mebibyte_at_most),
		PROFILE(a_directory_or_a_fifo_is_no_profile),
		PROFILE(a_magic_link_is_not_followed),
		PROFILE(a_missing_file_is_a_mistake),
		PROFILE(without_a_working_directory_only_absolute_paths_are_meant),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
