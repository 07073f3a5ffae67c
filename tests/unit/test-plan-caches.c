/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-plan-caches.c - private caches: where they are shown, and what is hidden of them
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "fake-host.h"

#define CACHES "/home/u/.cache/sbox-caches"

/* One that is made already, beside what a plan needs of the machine. */
static const struct fake_file files[] = {
	{ "/usr/bin/ls", S_IFREG, NULL, 0 },
	{ "/home/u/p/.git/config", S_IFREG, NULL, 0 },
	{ CACHES "/old/data/file", S_IFREG, NULL, 0 },
	{ CACHES "/other/data", S_IFDIR, NULL, 0 },
	{ CACHES "/link", S_IFLNK, "/home/u/p", 0 },
	{ CACHES "/linked/data", S_IFLNK, "/home/u/p", 0 },
	{ CACHES "/file", S_IFREG, NULL, 0 },
	{ CACHES "/closed", S_IFDIR, NULL, EACCES },
	{ "/home/u/elsewhere/sbox-caches", S_IFDIR, NULL, 0 },
	{ "/home/u/l/sbox-caches", S_IFLNK, "/home/u/elsewhere/sbox-caches", 0 },
	{ "/home/u/w/link", S_IFLNK, "/home/u/elsewhere", 0 },
	{ NULL, 0, NULL, 0 },
};

static int setup(void **state)
{
	struct trial *t;

	if (trial_setup(state) < 0)
		return -1;
	t = *state;
	t->files = files;
	t->cache_dirs[0] = t->caches = CACHES;
	return 0;
}

static void a_cache_is_one_writable_directory(void **state)
{
	struct trial *t = *state;
	const struct step *step;

	plan(t, "fs.read = ['/usr']\nfs.cache = ['old:.npm', 'new:/c']\n"
		"env.set = { HOME = '/h/' }\n");
	trial_steps_are(t, "bind ro /usr\nbind rw /c < " CACHES "/new/data\n"
			   "bind rw /h/.npm < " CACHES "/old/data\n");
	step = trial_step(t, STEP_BIND, "/h/.npm");
	assert_string_equal(step->cache, "old");
	assert_int_not_equal(step->ino, 0);
	assert_int_equal(step->pos.line, 2);
	assert_int_equal(trial_step(t, STEP_BIND, "/c")->ino, 0); /* not there yet */
	assert_int_equal(t->plan.make_dirs_len, 0);
}

static void its_place_is_in_the_home_directory(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.cache = ['old']\nenv.set = { HOME = '/h' }\n");
	trial_steps_are(t, "bind rw /h/.cache/old < " CACHES "/old/data\n");
	plan(t, "fs.cache = ['old']\n");
	trial_steps_are(t, "bind rw /.cache/old < " CACHES "/old/data\n");
	plan(t, "fs.root = '/usr'\nfs.cache = ['old']\n");
	trial_mistake_at(t, "1.toml:2:13", "has no HOME");
	t->caches = NULL;
	plan(t, "fs.cache = ['old']\n");
	trial_mistake_at(t, "1.toml:1:13", "neither XDG_CACHE_HOME nor HOME");
}

static void a_later_layer_moves_it(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.cache = ['old:/a', 'new:/b']\n", "fs.cache = ['old:/c']\n");
	trial_steps_are(t, "bind rw /b < " CACHES "/new/data\n"
			   "bind rw /c < " CACHES "/old/data\n");
	plan(t, "fs.cache = ['old:/a', 'old:/b']\n");
	trial_mistake_at(t, "1.toml:1:23", "asked for here and at 1.toml:1");
	plan(t, "fs.cache = ['old:/a', 'new:/a']\n");
	trial_mistake_at(t, "1.toml:1:23", "mounted here and at");
}

static void no_link_is_followed_to_it(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.cache = ['link:/a']\n");
	if (t->ok) /* nothing is there: refused when it would be made */
		assert_string_equal(trial_step(t, STEP_BIND, "/a")->source,
				    CACHES "/link/data");
	plan(t, "fs.cache = ['linked:/a']\n");
	trial_mistake_at(t, "1.toml:1:13", "by a symbolic link");
	plan(t, "fs.cache = ['file:/a']\n");
	trial_mistake_at(t, "1.toml:1:13", "is no directory");
	plan(t, "fs.cache = ['closed:/a']\n");
	trial_mistake_at(t, "1.toml:1:13", strerror(EACCES));
	/* above all of them one is, but not where a command could make another */
	t->cache_dirs[0] = t->caches = "/home/u/w/link/sbox-caches";
	plan(t, "fs.cache = ['a:/a']\n");
	trial_steps_are(t, "bind rw /a < /home/u/elsewhere/sbox-caches/a/data\n");
	plan(t, "fs.cache = ['a:/a']\nfs.write = ['/home/u/w']\n");
	trial_mistake_at(t, "1.toml:1:13", "the command could replace");
}

static void caches_are_covered_where_a_mount_shows_them(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.read = ['/home']\n");
	trial_steps_are(t, "bind ro /home\ndeny " CACHES "\n");
	plan(t, "fs.write = ['/home:/h']\nfs.cache = ['old:/c']\n");
	trial_steps_are(t,
			"bind rw /h < /home\ndeny /h/u/.cache/sbox-caches\n"
			"bind rw /c < " CACHES "/old/data\npin /h/u\npin /h/u/.cache\n");
	plan(t, "fs.write = ['/usr']\n");
	trial_steps_are(t, "bind rw /usr\n");
}

static void missing_ones_are_made_where_a_command_could_make_them(void **state)
{
	struct trial *t = *state;

	t->cache_dirs[0] = t->caches = "/home/u/p/x/sbox-caches";
	plan(t, "fs.read = ['/home/u']\n");
	trial_steps_are(t, "bind ro /home/u\n");
	assert_int_equal(t->plan.make_dirs_len, 0);
	assert_int_equal(t->plan.watch_len, 1);
	plan(t, "fs.write = ['/home/u/p']\n");
	trial_steps_are(t, "bind rw /home/u/p\ndeny /home/u/p/x/sbox-caches\n"
			   "pin /home/u/p/x\n");
	assert_int_equal(t->plan.make_dirs_len, 1);
	assert_string_equal(t->plan.make_dirs[0], "/home/u/p/x/sbox-caches");
	plan(t, "fs.read = ['/home/u']\nfs.cache = ['a:/a']\n");
	trial_steps_are(t, "bind rw /a < /home/u/p/x/sbox-caches/a/data\n"
			   "bind ro /home/u\ndeny /home/u/p/x/sbox-caches\n");
}

static void links_on_the_way_to_them_stay_in_place(void **state)
{
	struct trial *t = *state;

	t->cache_dirs[0] = t->caches = "/home/u/l/sbox-caches";
	plan(t, "fs.write = ['/home/u/l', '/home/u/w']\n");
	trial_steps_are(t, "bind rw /home/u/l\nbind rw /home/u/w\n"
			   "pin /home/u/l/sbox-caches\n");
	t->cache_dirs[0] = t->caches = "/home/u/w/link/sbox-caches";
	plan(t, "fs.write = ['/home/u']\n");
	trial_steps_are(t, "bind rw /home/u\ndeny /home/u/elsewhere/sbox-caches\n"
			   "pin /home/u/elsewhere\npin /home/u/w\npin /home/u/w/link\n");
}

static void no_other_key_shows_a_cache(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.read = ['" CACHES "/old/data:/x']\n");
	trial_mistake_at(t, "1.toml:1:12", "fs.cache shows one");
	plan(t, "fs.write = ['" CACHES ":/x']\n");
	trial_mistake_at(t, "1.toml:1:13", "fs.cache shows one");
	plan(t, "fs.root = '" CACHES "/other'\n");
	trial_mistake_at(t, "1.toml:1:11", "fs.cache shows one");
}

static void what_hides_the_hosts_files_does_not_take_a_cache(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.cache = ['old:/c']\nfs.deny = ['/home/u/.cache']\n");
	trial_steps_are(t, "bind rw /c < " CACHES "/old/data\n");
	plan(t, "fs.cache = ['old:/c']\nfs.deny = ['" CACHES "/old']\n");
	trial_steps_are(t, "");
	plan(t, "fs.cache = ['old:/c']\nfs.deny = ['" CACHES "/old/data/file']\n");
	trial_steps_are(t, "bind rw /c < " CACHES "/old/data\ndeny /c/file\n");
	plan(t, "fs.cache = ['old:/c']\nfs.protect = ['/home/u/.cache']\n");
	trial_steps_are(t, "bind rw /c < " CACHES "/old/data\n");
}

static void the_guard_looks_into_no_cache(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.cache = ['old:/c']\n");
	assert_int_equal(t->plan.guard.dirs_len, 0);
	plan(t, "fs.cache = ['old:/c']\nfs.write = ['/home/u/p']\n");
	assert_int_equal(t->plan.guard.dirs_len, 1);
	assert_string_equal(t->plan.guard.dirs[0], "/home/u/p");
	assert_false(plan_guard_allows(&t->plan.guard, "/home/u/p/.git/hooks/x"));
	/* and of what is around them, into all else */
	plan(t, "fs.write = ['/home/u']\n");
	assert_true(plan_guard_allows(&t->plan.guard, CACHES "/old/data/.git"));
	assert_false(plan_guard_allows(&t->plan.guard, "/home/u/.cache/.git"));
	assert_false(plan_guard_allows(&t->plan.guard, "/home/u/p/sbox-caches/.git"));
}

#define PLAN(test) cmocka_unit_test_setup_teardown(test, setup, trial_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAN(a_cache_is_one_writable_directory),
		PLAN(its_place_is_in_the_home_directory),
		PLAN(a_later_layer_moves_it),
		PLAN(no_link_is_followed_to_it),
		PLAN(caches_are_covered_where_a_mount_shows_them),
		PLAN(missing_ones_are_made_where_a_command_could_make_them),
		PLAN(links_on_the_way_to_them_stay_in_place),
		PLAN(no_other_key_shows_a_cache),
		PLAN(what_hides_the_hosts_files_does_not_take_a_cache),
		PLAN(the_guard_looks_into_no_cache),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("plan-caches", tests, NULL, NULL);
}
