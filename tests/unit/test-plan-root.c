/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-plan-root.c - the root, what sbox adds to it, and where the command starts */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "fake-host.h"

static void a_root_directory_is_bound_read_only(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.root = '/srv/root'\nfs.tmpfs = ['/tmp']\nfs.dev = 'none'\n"
		"fs.proc = 'none'\n");
	trial_steps_are(t, "bind ro / < /srv/root\ntmpfs 1777 /tmp\n");
	assert_true(t->plan.root_readonly);
	assert_false(t->plan.root_overlay);
}

static void a_root_without_mount_points_gets_a_layer_over_it(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.root = '/srv/root'\nfs.tmpfs = ['/new']\nfs.dev = 'none'\n");
	trial_steps_are(t, "overlay ro / < - over /srv/root\ntmpfs 0755 /new\n");
	assert_true(t->plan.root_readonly);
	assert_true(t->plan.root_overlay);
}

static void a_throw_away_root_is_writable(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.root = '/srv/root'\nfs.root_mode = 'overlay'\nfs.tmpfs = ['/new']\n");
	trial_steps_are(t, "overlay rw / < - over /srv/root\ntmpfs 0755 /new\n");
	assert_false(t->plan.root_readonly);
}

static void what_a_tmpfs_cannot_keep_is_not_thrown_away(void **state)
{
	struct trial *t = *state;
	static const char over[] = "[[fs.mount]]\ntype = 'overlay'\ntarget = '/o'\n"
				   "lower = ['/usr']\n",
			  *kept = "upper = '/home/u/up'\nwork = '/home/u/work'\n";

	t->bare = "Linux 6.1.0-56-amd64";
	plan(t, "fs.root = '/srv/root'\nfs.root_mode = 'overlay'\n");
	trial_mistake_at(t, "1.toml:1:11",
			 "what is written to \"/\" cannot be kept in memory: a tmpfs of "
			 "Linux 6.1.0-56-amd64 takes no user.* attributes");
	trial_mistake_at(t, "1.toml:1:11", "instead of fs.root");
	plan(t, over);
	trial_mistake_at(t, "1.toml:1:1", "what is written to \"/o\" cannot be kept");
	trial_mistake_at(t, "1.toml:1:1", "--changes=NAME");
	assert_int_equal(t->diags.total, 1);

	/* what the command cannot write to, and what has its place on a disk */
	plan(t, arena_printf(&t->arena, "%sreadonly = true\n", over));
	trial_steps_are(t, "overlay ro /o < - over /usr\n");
	plan(t, arena_printf(&t->arena, "%s%s", over, kept));
	trial_steps_are(t, "overlay rw /o < /home/u/up over /usr\n");
	plan(t, "fs.root = '/srv/root'\nfs.tmpfs = ['/new']\nfs.dev = 'none'\n");
	trial_steps_are(t, "overlay ro / < - over /srv/root\ntmpfs 0755 /new\n");
}

static void an_overlay_as_the_root_is_as_writable_as_it_says(void **state)
{
	struct trial *t = *state;

	plan(t, "[[fs.mount]]\ntype = 'overlay'\ntarget = '/'\nlower = ['/srv/root']\n");
	assert_false(t->plan.root_readonly);
	plan(t, "[[fs.mount]]\ntype = 'overlay'\ntarget = '/'\nlower = ['/srv/root']\n"
		"readonly = true\n");
	assert_true(t->plan.root_readonly);
}

static void a_writable_root_must_have_its_mount_points(void **state)
{
	struct trial *t = *state;

	plan(t,
	     "fs.root = '/srv/root'\nfs.root_mode = 'rw'\nfs.tmpfs = ['/new', '/tmp']\n"
	     "fs.dev = 'none'\nfs.proc = 'none'\n");
	trial_mistake_at(t, "1.toml:3:13", "\"/new\" has no mount point");
	assert_int_equal(t->diags.total, 1);
}

static void a_root_must_be_a_directory(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.root = '/etc/hosts'");
	trial_mistake_at(t, "1.toml:1:11", "is a file, a root is a directory");
}

static void a_root_mode_without_a_root_is_a_mistake(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.root_mode = 'rw'");
	trial_mistake_at(t, "1.toml:1:16", "fs.root_mode without fs.root");
}

static void writing_to_all_of_the_host_is_not_made_a_throw_away_layer(void **state)
{
	struct trial *t = *state;

	/* fs.root_mode is about fs.root: what fs.write says is to reach the disk */
	plan(t, "fs.write = ['/']\nfs.tmpfs = ['/tmp']\n");
	trial_steps_are(t, "bind rw /\ntmpfs 1777 /tmp\n");
	assert_false(t->plan.root_overlay);
	assert_false(t->plan.root_readonly);
	plan(t, "fs.write = ['/']\nfs.tmpfs = ['/new']\n");
	trial_mistake_at(t, "1.toml:2:13", "\"/new\" has no mount point");
}

static void dev_and_proc_are_ours_unless_switched_off(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.read = ['/dev:/dev', '/usr']\nfs.tmpfs = ['/proc']\n");
	trial_mistake_at(t, "1.toml:1:12", "\"/dev\" is mounted by sbox: set fs.dev");
	trial_mistake_at(t, "1.toml:2:13", "\"/proc\" is mounted by sbox: set fs.proc");
	assert_int_equal(t->diags.total, 2);
}

static void dev_and_proc_can_be_something_else(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.dev = 'none'\nfs.proc = 'none'\nfs.tmpfs = ['/dev', '/proc']\n");
	trial_steps_are(t, "tmpfs 0755 /dev\ntmpfs 0755 /proc\n");
}

static void the_host_s_proc_is_bound_read_only(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.proc = 'bind'");
	trial_steps_are(t, "bind ro /proc\n");
}

static void dev_and_proc_are_made_by_default(void **state)
{
	struct trial *t = *state;

	plan(t, "");
	trial_steps_are(t, "");
	trial_step(t, STEP_DEV, "/dev");
	trial_step(t, STEP_PROC, "/proc");
	assert_true(t->plan.root_readonly);
}

static void identity_files_are_made_where_nothing_provides_them(void **state)
{
	struct trial *t = *state;
	const struct step *hosts;

	plan(t, "fs.read = ['/etc/passwd']\nidentity.hostname = 'box'\n");
	hosts = trial_step(t, STEP_FILE, "/etc/hosts");
	assert_string_equal(hosts->content,
			    "127.0.0.1 localhost\n::1 localhost\n127.0.1.1 box\n");
	trial_step(t, STEP_FILE, "/etc/machine-id");
	trial_step(t, STEP_FILE, "/etc/group");
	trial_step(t, STEP_FILE, "/etc/nsswitch.conf");
	trial_steps_are(t, "bind ro /etc/passwd\n");
	for (size_t i = 0; i < t->plan.steps_len; i++)
		assert_false(t->plan.steps[i].type == STEP_FILE &&
			     strcmp(t->plan.steps[i].target, "/etc/passwd") == 0);
}

static void identity_files_are_not_made_in_a_shown_etc_or_root(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.read = ['/etc']");
	for (size_t i = 0; i < t->plan.steps_len; i++)
		assert_int_not_equal(t->plan.steps[i].type, STEP_FILE);
	plan(t, "fs.root = '/srv/root'");
	for (size_t i = 0; i < t->plan.steps_len; i++)
		assert_int_not_equal(t->plan.steps[i].type, STEP_FILE);
}

static void a_command_starts_where_its_profile_says(void **state)
{
	struct trial *t = *state;

	plan(t, "process.cwd = '/x'\nfs.read = ['/home/u']\n");
	trial_planned(t);
	assert_string_equal(t->plan.cwd, "/x");
}

static void else_where_the_caller_is_if_that_is_visible(void **state)
{
	static const struct {
		const char *profile, *cwd;
	} row[] = {
		{ "fs.read = ['/home']", "/home/u/p" },
		{ "fs.write = ['/home/u/p']", "/home/u/p" },
		{ "fs.read = ['/home/u/p:/w']", "/" },
		{ "fs.read = ['/home/u/px']", "/" },
		{ "fs.read = ['/home/u']\nfs.tmpfs = ['/home/u/p']", "/" },
		{ "fs.read = ['/home/u']\nfs.deny = ['/home/u/p']", "/" },
		{ "fs.read = ['/home/u']\nfs.deny = ['/home']", "/" },
		{ "fs.read = ['/home/u']\nfs.deny = ['/home/u/p/src']", "/home/u/p" },
		{ "fs.root = '/'", "/home/u/p" },
		{ "fs.root = '/'\nfs.root_mode = 'overlay'", "/home/u/p" },
		{ "", "/" },
	};
	struct trial *t = *state;

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		plan(t, row[i].profile);
		trial_planned(t);
		assert_string_equal(t->plan.cwd, row[i].cwd);
	}
}

static void an_overlay_of_the_caller_s_directory_shows_it(void **state)
{
	struct trial *t = *state;

	plan(t, "[[fs.mount]]\ntype = 'overlay'\ntarget = '/home/u/p'\n"
		"lower = ['/home/u/p']\n");
	trial_planned(t);
	assert_string_equal(t->plan.cwd, "/home/u/p");
}

static void a_directory_without_a_name_is_no_place_to_start(void **state)
{
	struct trial *t = *state;

	t->host.cwd = NULL;
	plan(t, "fs.read = ['/home']");
	trial_planned(t);
	assert_string_equal(t->plan.cwd, "/");
}

#define PLAN(name) cmocka_unit_test_setup_teardown(name, trial_setup, trial_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAN(a_root_directory_is_bound_read_only),
		PLAN(a_root_without_mount_points_gets_a_layer_over_it),
		PLAN(a_throw_away_root_is_writable),
		PLAN(what_a_tmpfs_cannot_keep_is_not_thrown_away),
		PLAN(an_overlay_as_the_root_is_as_writable_as_it_says),
		PLAN(a_writable_root_must_have_its_mount_points),
		PLAN(a_root_must_be_a_directory),
		PLAN(a_root_mode_without_a_root_is_a_mistake),
		PLAN(writing_to_all_of_the_host_is_not_made_a_throw_away_layer),
		PLAN(dev_and_proc_are_ours_unless_switched_off),
		PLAN(dev_and_proc_can_be_something_else),
		PLAN(the_host_s_proc_is_bound_read_only),
		PLAN(dev_and_proc_are_made_by_default),
		PLAN(identity_files_are_made_where_nothing_provides_them),
		PLAN(identity_files_are_not_made_in_a_shown_etc_or_root),
		PLAN(a_command_starts_where_its_profile_says),
		PLAN(else_where_the_caller_is_if_that_is_visible),
		PLAN(an_overlay_of_the_caller_s_directory_shows_it),
		PLAN(a_directory_without_a_name_is_no_place_to_start),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("plan-root", tests, NULL, NULL);
}
