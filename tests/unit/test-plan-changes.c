/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-plan-changes.c - what is written to in a change set, and what is guarded there */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/stat.h>

#include "fake-host.h"

#define LAYERS "/home/u/.local/state/sbox/changes/set"

static struct trial *with_set(void **state)
{
	struct trial *t = *state;

	t->changes = "set";
	return t;
}

static void without_a_set_nothing_is_kept_apart(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.write = ['/home/u/p']\n");
	trial_steps_are(t, "bind rw /home/u/p\n");
	assert_false(t->plan.changes.on);
	assert_null(t->plan.changes.layers);
}

static void writable_directories_are_numbered_in_their_order(void **state)
{
	struct trial *t = with_set(state);
	const struct plan_changes *changes = &t->plan.changes;
	const struct step *step;

	plan(t, "fs.write = ['/home/u/px', '/home/u/p:/w']\nfs.read = ['/usr']\n"
		"[[fs.mount]]\ntype = 'bind'\nsource = '/home/u/up'\ntarget = '/up'\n"
		"readonly = false\nnoexec = true\n");
	trial_steps_are(t, "bind ro /usr\noverlay rw /w < " LAYERS
			   "/0/up over /home/u/p\noverlay rw /up < " LAYERS
			   "/1/up over /home/u/up\noverlay rw /home/u/px < " LAYERS
			   "/2/up over /home/u/px\n");
	assert_true(changes->on);
	assert_string_equal(changes->layers, LAYERS);
	assert_int_equal(changes->trees_len, 3);
	assert_string_equal(changes->trees[0].lower, "/home/u/p");
	assert_string_equal(changes->trees[0].target, "/w");
	step = trial_step(t, STEP_OVERLAY, "/w");
	assert_true(step->changes);
	assert_string_equal(step->work, LAYERS "/0/wk");
	assert_int_equal(changes->trees[0].ino, step->ino);
	assert_int_not_equal(step->ino, 0);
	assert_true(trial_step(t, STEP_OVERLAY, "/up")->noexec);
}

static void what_is_no_writable_directory_stays_what_it_is(void **state)
{
	struct trial *t = with_set(state);

	plan(t, "fs.read = ['/home/u/p']\nfs.tmpfs = ['/tmp']\n[[fs.mount]]\n"
		"type = 'socket'\nsource = '/run/bus'\ntarget = '/bus'\n[[fs.mount]]\n"
		"type = 'device'\nsource = '/dev/null'\ntarget = '/zero'\n[[fs.mount]]\n"
		"type = 'overlay'\ntarget = '/o'\nlower = ['/usr']\n"
		"upper = '/home/u/up'\nwork = '/home/u/work'\n");
	trial_steps_are(
		t, "tmpfs 1777 /tmp\nbind rw /bus < /run/bus\n"
		   "bind rw /zero < /dev/null\noverlay rw /o < /home/u/up over /usr\n"
		   "bind ro /home/u/p\n");
	assert_int_equal(t->plan.changes.trees_len, 0);
}

static void a_file_is_no_tree(void **state)
{
	struct trial *t = with_set(state);

	plan(t, "fs.write = ['/home/u/p/src/main.c']\n");
	trial_mistake_at(t, "1.toml:1:13", "\"/home/u/p/src/main.c\" is a file");
}

static void the_root_is_no_tree(void **state)
{
	struct trial *t = with_set(state);

	plan(t, "fs.root = '/srv/root'\nfs.root_mode = 'rw'\n");
	trial_mistake_at(t, "1.toml:1:11", "\"/srv/root\" is the root");
	plan(t, "fs.root = '/srv/root'\nfs.root_mode = 'overlay'\n");
	trial_planned(t);
}

static void mounts_below_and_other_devices_are_mistakes(void **state)
{
	struct trial *t = with_set(state);

	t->mounted = "/home/u/p/src";
	plan(t, "fs.write = ['/home/u/p']\n");
	trial_mistake_at(t, "1.toml:1:13", "at \"/home/u/p/src\"");
	plan(t, "fs.write = ['/home/u/p/src']\n"); /* a mount itself is no obstacle */
	trial_planned(t);
	t->mounted = NULL;
	t->elsewhere = "/home/u/p";
	plan(t, "fs.write = ['/home/u/p']\n");
	trial_mistake_at(t, "1.toml:1:13", "set changes.dir");
	plan(t, "fs.write = ['/home/u/p/src']\nchanges.dir = '/home/u/p/.git/hooks'\n");
	trial_steps_are(t, "overlay rw /home/u/p/src < /home/u/p/.git/hooks/set/0/up "
			   "over /home/u/p/src\n");
}

static void a_set_does_not_lie_in_what_it_is_of(void **state)
{
	struct trial *t = with_set(state);

	plan(t, "fs.write = ['/home/u']\n");
	trial_mistake_at(t, "1.toml:1:13", "directory of the change sets itself");
}

static void the_place_of_a_set_is_asked_for_and_not_made(void **state)
{
	struct trial *t = with_set(state);

	plan(t, "fs.write = ['/home/u/p']\nchanges.dir = '/home/u/none'\n");
	trial_mistake_at(t, "1.toml:2:15", "mkdir -m 700");
	plan(t, "fs.write = ['/home/u/px']\nchanges.dir = '/etc/hosts'\n");
	trial_mistake_at(t, "1.toml:2:15", "is no directory");
	plan(t, "fs.write = ['/home/u/p']\nchanges.dir = '/home/u/p/planted'\n");
	trial_mistake_at(t, "1.toml:2:15", "by a symbolic link");
}

static void a_directory_has_one_tree(void **state)
{
	struct trial *t = with_set(state);

	plan(t, "fs.write = ['/home/u/p', '/home/u/p:/w']\n");
	trial_mistake_at(t, "1.toml:1:13", "a second time");
	plan(t, "fs.write = ['/home/u/p/src:/w', '/home/u/p']\n");
	trial_mistake_at(t, "1.toml:1:33", "a second time");
	/* at its own place in the other it covers that part of it */
	plan(t, "fs.write = ['/home/u/p', '/home/u/p/src']\n");
	trial_planned(t);
	assert_int_equal(t->plan.changes.trees_len, 2);
	/* and read-only it shows what is there */
	plan(t, "fs.write = ['/home/u/p']\nfs.read = ['/home/u/p:/before']\n");
	trial_planned(t);
}

static void what_is_denied_is_covered_in_a_tree(void **state)
{
	struct trial *t = with_set(state);
	const struct step *step;

	plan(t, "fs.write = ['/home/u/p:/w']\nfs.deny = ['/home/u/p/.git/config']\n");
	trial_steps_are(t, "overlay rw /w < " LAYERS "/0/up over /home/u/p\n"
			   "deny /w/.git/config\npin /w/.git\n");
	step = trial_step(t, STEP_DENY, "/w/.git/config");
	assert_int_equal(step->ino, 0); /* an overlay has numbers of its own */
	assert_int_equal(t->plan.covers_len, 0);
	assert_int_equal(t->plan.changes.hidden_len, 1);
	assert_string_equal(t->plan.changes.hidden[0], "/home/u/p/.git/config");
}

static void what_is_protected_is_protected_in_a_tree(void **state)
{
	struct trial *t = with_set(state);
	const struct step *step;

	plan(t, "fs.write = ['/home/u/p']\nfs.protect = ['/home/u/p/.git/hooks']\n");
	trial_steps_are(t, "overlay rw /home/u/p < " LAYERS "/0/up over /home/u/p\n"
			   "pin /home/u/p/.git\nprotect /home/u/p/.git/hooks\n");
	step = trial_step(t, STEP_PROTECT, "/home/u/p/.git/hooks");
	assert_int_equal(step->ino, 0);
	assert_true(step->changes);
	assert_string_equal(t->plan.changes.hidden[0], "/home/u/p/.git/hooks");
}

static void what_is_missing_is_watched_for(void **state)
{
	struct trial *t = with_set(state);

	plan(t,
	     "fs.write = ['/home/u/p']\nfs.deny = ['?/home/u/p/secret', '?/home/u/x']\n"
	     "fs.protect = ['?/home/u/p/box.toml']\n");
	trial_planned(t);
	assert_int_equal(t->plan.changes.hidden_len, 0);
	assert_int_equal(t->plan.changes.watched_len, 2);
	assert_string_equal(t->plan.changes.watched[0], "/home/u/p/secret");
	assert_string_equal(t->plan.changes.watched[1], "/home/u/p/box.toml");
	/* as ever, what must be there has to be */
	plan(t, "fs.write = ['/home/u/p']\nfs.deny = ['/home/u/p/secret']\n");
	trial_mistake_at(t, "1.toml:2:12", "cannot be hidden");
}

static void a_tree_that_is_denied_is_not_shown(void **state)
{
	struct trial *t = with_set(state);

	plan(t, "fs.write = ['/home/u/p', '/home/u/px']\nfs.deny = ['/home/u/p']\n");
	trial_steps_are(t, "overlay rw /home/u/px < " LAYERS "/0/up over /home/u/px\n");
	assert_int_equal(t->plan.changes.trees_len, 1);
}

static void the_place_of_the_set_is_hidden(void **state)
{
	struct trial *t = with_set(state);

	plan(t, "fs.read = ['/home/u']\nfs.write = ['/home/u/p']\n");
	trial_step(t, STEP_DENY, "/home/u/.local/state/sbox/changes");
	assert_string_equal(t->plan.make_dirs[0], "/home/u/.local/state/sbox/changes");
	plan(t, "fs.read = ['/home/u/px', '/home/u/up']\nfs.write = ['/home/u/p']\n"
		"changes.dir = '/home/u/px'\n");
	trial_mistake_at(t, "1.toml:1:12", "cannot be shown");
}

static void a_mount_point_is_not_made_in_a_tree(void **state)
{
	struct trial *t = with_set(state);

	plan(t, "fs.write = ['/home/u/p']\nfs.tmpfs = ['/home/u/p/none']\n");
	trial_mistake_at(t, "1.toml:2:13", "has no mount point of its kind");
}

static void the_command_is_started_where_it_would_be(void **state)
{
	struct trial *t = with_set(state);

	plan(t, "fs.write = ['/home/u/p']\n");
	assert_string_equal(t->plan.cwd, "/home/u/p");
}

/* One repository, whose hooks exist, and a place that is missing. */
static void instructions(const struct host *host, const char *const *dirs, size_t len,
			 struct guard_facts *ret)
{
	static struct guard_row row = { .program = "git" };
	static struct guard_place protect = { .path = "/home/u/p/.git/hooks",
					      .row = &row,
					      .type = S_IFDIR };
	static struct guard_place watch = { .path = "/home/u/p/missing", .row = &row };
	struct trial *t = host->lookup_data;

	t->profile_files[3] = len > 0 ? dirs[0] : NULL; /* for the test to see */
	*ret = (struct guard_facts){ .protect = { &protect, 1, { 0 } },
				     .watch = { &watch, 1, { 0 } } };
}

static void the_guard_protects_and_does_not_sweep(void **state)
{
	struct trial *t = with_set(state);

	t->host.instructions = instructions;
	plan(t, "fs.write = ['/home/u/p']\n");
	assert_string_equal(t->profile_files[3], "/home/u/p");
	trial_step(t, STEP_PROTECT, "/home/u/p/.git/hooks");
	assert_int_equal(t->plan.guard.dirs_len, 0);
	assert_int_equal(t->plan.changes.hidden_len, 0);
	assert_int_equal(t->plan.changes.watched_len, 1);
	assert_string_equal(t->plan.changes.watched[0], "/home/u/p/missing");
	/* an upper directory of the profile's is no change set's */
	plan(t,
	     "fs.write = ['/home/u/p']\n[[fs.mount]]\ntype = 'overlay'\ntarget = '/o'\n"
	     "lower = ['/usr']\nupper = '/home/u/up'\nwork = '/home/u/work'\n");
	assert_int_equal(t->plan.guard.dirs_len, 1);
	assert_string_equal(t->plan.guard.dirs[0], "/home/u/up");
}

static void a_command_that_owns_its_mounts_is_refused_covers_there_too(void **state)
{
	struct trial *t = with_set(state);

	plan(t, "namespaces.inner = false\nfs.write = ['/home/u/p']\n"
		"fs.deny = ['/home/u/p/.env']\n");
	trial_mistake_at(t, "1.toml:3:12", "cannot be hidden from");
}

#define PLAN(test) cmocka_unit_test_setup_teardown(test, trial_setup, trial_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAN(without_a_set_nothing_is_kept_apart),
		PLAN(writable_directories_are_numbered_in_their_order),
		PLAN(what_is_no_writable_directory_stays_what_it_is),
		PLAN(a_file_is_no_tree),
		PLAN(the_root_is_no_tree),
		PLAN(mounts_below_and_other_devices_are_mistakes),
		PLAN(a_set_does_not_lie_in_what_it_is_of),
		PLAN(the_place_of_a_set_is_asked_for_and_not_made),
		PLAN(a_directory_has_one_tree),
		PLAN(what_is_denied_is_covered_in_a_tree),
		PLAN(what_is_protected_is_protected_in_a_tree),
		PLAN(what_is_missing_is_watched_for),
		PLAN(a_tree_that_is_denied_is_not_shown),
		PLAN(the_place_of_the_set_is_hidden),
		PLAN(a_mount_point_is_not_made_in_a_tree),
		PLAN(the_command_is_started_where_it_would_be),
		PLAN(the_guard_protects_and_does_not_sweep),
		PLAN(a_command_that_owns_its_mounts_is_refused_covers_there_too),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("plan-changes", tests, NULL, NULL);
}
