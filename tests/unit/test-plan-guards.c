/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-plan-guards.c - protected and denied paths, wherever a mount shows them */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/stat.h>

#include "fake-host.h"

static void every_directory_on_the_way_to_a_protected_path_is_pinned(void **state)
{
	struct trial *t = *state;
	const struct step *step;

	plan(t, "fs.write = ['/home']\nfs.protect = ['/home/u/p/.git/hooks']\n");
	trial_steps_are(t,
			"bind rw /home\npin /home/u\npin /home/u/p\npin /home/u/p/.git\n"
			"protect /home/u/p/.git/hooks\n");
	step = trial_step(t, STEP_PROTECT, "/home/u/p/.git/hooks");
	assert_true(step->readonly);
	assert_int_equal(step->file_type, S_IFDIR);
	assert_int_equal(step->pos.line, 2);
	assert_int_equal(trial_step(t, STEP_PIN, "/home/u/p")->file_type, S_IFDIR);
}

static void a_directory_is_pinned_once_for_all_below_it(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.write = ['/home/u/p']\n"
		"fs.protect = ['/home/u/p/.git/hooks', '/home/u/p/.git/config']\n");
	trial_steps_are(t, "bind rw /home/u/p\npin /home/u/p/.git\n"
			   "protect /home/u/p/.git/hooks\n"
			   "protect /home/u/p/.git/config\n");
	assert_int_equal(trial_step(t, STEP_PROTECT, "/home/u/p/.git/config")->file_type,
			 S_IFREG);
}

static void protection_holds_under_every_name(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.write = ['/home/u/p:/w', '/home/u:/h', '/home/u/px']\n"
		"fs.protect = ['/home/u/p/.git/config']\n");
	trial_steps_are(t, "bind rw /w < /home/u/p\nbind rw /h < /home/u\n"
			   "bind rw /home/u/px\npin /w/.git\nprotect /w/.git/config\n"
			   "pin /h/p\npin /h/p/.git\nprotect /h/p/.git/config\n");
}

static void a_writable_mount_is_protected_like_any_bind(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.protect = ['/home/u/p/.git']\n[[fs.mount]]\ntype = 'bind'\n"
		"source = '/home/u/p'\ntarget = '/w'\nreadonly = false\n");
	trial_steps_are(t, "bind rw /w < /home/u/p\nprotect /w/.git\n");
}

static void a_protected_directory_can_be_the_bind_itself(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.write = ['/home/u/p']\nfs.protect = ['/home/u/p']\n");
	trial_steps_are(t, "bind rw /home/u/p\nprotect /home/u/p\n");
}

static void a_protected_file_can_be_the_bind_itself(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.write = ['/home/u/p/.env']\nfs.protect = ['/home/u/p/.env']\n");
	trial_steps_are(t, "bind rw /home/u/p/.env\nprotect /home/u/p/.env\n");
}

static void what_is_read_only_anyway_needs_no_protection(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.read = ['/home/u/p']\nfs.protect = ['/home/u/p/.git']\n");
	trial_steps_are(t, "bind ro /home/u/p\n");
}

static void a_missing_protected_path_is_a_mistake(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.write = ['/home/u/p']\nfs.protect = ['/home/u/p/.hg/hgrc']\n");
	trial_mistake_at(t, "1.toml:2:15",
			 "\"/home/u/p/.hg/hgrc\" does not exist, so it");
	assert_int_equal(t->diags.total, 1);
}

static void a_file_in_the_place_of_a_directory_is_protected(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.write = ['/home/u/p']\n"
		"fs.protect = ['?/home/u/p/.env/hooks/x', '?/home/u/p/.env/config']\n");
	trial_steps_are(t, "bind rw /home/u/p\nprotect /home/u/p/.env\n");
	assert_int_equal(t->plan.watch_len, 0);
}

static void what_cannot_be_looked_at_is_a_mistake(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.write = ['/home/u/p']\nfs.protect = ['?/home/u/p/broken/part']\n");
	trial_mistake_at(t, "1.toml:2:15", "part\" cannot be protected: Input/output");
	plan(t, "fs.read = ['/home/u/p']\nfs.deny = ['/home/u/p/broken/part']\n");
	trial_mistake_at(t, "1.toml:2:12", "part\" cannot be hidden: Input/output");
	/* but not where nobody could see it */
	plan(t, "fs.read = ['/usr']\nfs.protect = ['?/home/u/p/broken/part']\n"
		"fs.deny = ['/home/u/p/broken/part']\n");
	trial_steps_are(t, "bind ro /usr\n");
}

static void a_missing_optional_one_is_watched(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.write = ['/home/u/p', '/home/u/p:/w']\n"
		"fs.protect = ['?/home/u/p/.hg/hgrc', '?/home/u/p/.git/config']\n");
	trial_steps_are(t, "bind rw /w < /home/u/p\nbind rw /home/u/p\npin /w/.git\n"
			   "protect /w/.git/config\npin /home/u/p/.git\n"
			   "protect /home/u/p/.git/config\n");
	assert_int_equal(t->plan.watch_len, 1);
	assert_string_equal(t->plan.watch[0].path, "/home/u/p/.hg/hgrc");
}

static void a_missing_path_is_watched_under_its_real_name(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.write = ['/home/u/p']\nfs.protect = ['?/alias/.hg/hgrc']\n");
	trial_planned(t);
	assert_int_equal(t->plan.watch_len, 1);
	assert_string_equal(t->plan.watch[0].path, "/home/u/p/.hg/hgrc");
}

static void a_symlink_that_the_command_could_replace_cannot_be_protected(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.write = ['/home/u/p']\nfs.protect = ['/home/u/p/around/main.c']\n");
	trial_mistake_at(t, "1.toml:2:15", "cannot be protected");
	assert_int_equal(t->diags.total, 1);
}

static void not_even_if_it_leads_out_of_the_writable_directory(void **state)
{
	struct trial *t = *state;

	/* else a command plants .git -> elsewhere now and a real .git the next time */
	plan(t, "fs.write = ['/home/u/p']\nfs.protect = ['/home/u/p/planted/id']\n");
	trial_mistake_at(t, "1.toml:2:15", "cannot be protected");
}

static void not_even_if_the_writable_directory_is_a_mount(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.protect = ['/home/u/p/around/main.c']\n[[fs.mount]]\ntype = 'bind'\n"
		"source = '/home/u/p'\ntarget = '/w'\nreadonly = false\n");
	trial_mistake_at(t, "1.toml:1:15", "cannot be protected");
}

static void a_symlink_out_of_reach_is_followed(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.write = ['/home/u/p']\nfs.protect = ['/alias/.git']\n");
	trial_steps_are(t, "bind rw /home/u/p\nprotect /home/u/p/.git\n");
}

static void what_another_mount_covers_needs_no_protection(void **state)
{
	struct trial *t = *state;

	/* there is no /home/u/p/.git/hooks to protect inside: the tmpfs is empty */
	plan(t, "fs.write = ['/home/u/p']\nfs.tmpfs = ['/home/u/p/.git']\n"
		"fs.protect = ['/home/u/p/.git/hooks']\n");
	trial_steps_are(t, "bind rw /home/u/p\ntmpfs 0755 /home/u/p/.git\n");
}

static void protection_takes_paths_of_the_host(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.protect = ['/a:/b']\nfs.deny = ['/home:/c']\n");
	trial_mistake_at(t, "1.toml:1:15", "fs.protect takes paths of the host");
	trial_mistake_at(t, "1.toml:2:12", "fs.deny takes paths of the host");
}

static void own_directories_are_protected(void **state)
{
	struct trial *t = *state;

	t->own_dirs[0] = "/home/u/.config/sbox";
	plan(t, "fs.write = ['/home/u']");
	trial_steps_are(t, "bind rw /home/u\npin /home/u/.config\n"
			   "protect /home/u/.config/sbox\n");
	assert_int_equal(t->plan.make_dirs_len, 0);
	assert_null(trial_step(t, STEP_PROTECT, "/home/u/.config/sbox")->pos.file);
}

static void missing_own_directories_are_made_first(void **state)
{
	struct trial *t = *state;

	t->own_dirs[0] = "/home/u/.cache/sbox";
	plan(t, "fs.write = ['/home/u', '/home:/h']");
	trial_steps_are(t, "bind rw /h < /home\nbind rw /home/u\npin /h/u\n"
			   "pin /h/u/.cache\nprotect /h/u/.cache/sbox\n"
			   "pin /home/u/.cache\nprotect /home/u/.cache/sbox\n");
	assert_int_equal(t->plan.make_dirs_len, 1);
	assert_string_equal(t->plan.make_dirs[0], "/home/u/.cache/sbox");
	assert_int_equal(t->plan.watch_len, 0);
	assert_int_equal(trial_step(t, STEP_PROTECT, "/home/u/.cache/sbox")->file_type,
			 S_IFDIR);
}

static void own_directories_out_of_reach_are_not_made(void **state)
{
	struct trial *t = *state;

	t->own_dirs[0] = "/home/u/.cache/sbox";
	plan(t, "fs.read = ['/home/u']\nfs.write = ['/home/u/p']\n");
	trial_steps_are(t, "bind ro /home/u\nbind rw /home/u/p\n");
	assert_int_equal(t->plan.make_dirs_len, 0);
}

static void nothing_inside_an_own_directory_is_writable(void **state)
{
	struct trial *t = *state;

	/* a profile put there would rule the next run: say so, or make it read-only */
	t->own_dirs[0] = "/home/u/.config/sbox";
	plan(t, "fs.write = ['/home/u/.config/sbox/profiles:/w']");
	if (t->ok)
		trial_steps_are(t, "bind rw /w < /home/u/.config/sbox/profiles\n"
				   "protect /w\n");
}

static void hidden_directories_are_covered_even_if_read_only(void **state)
{
	struct trial *t = *state;

	t->hidden_dirs[0] = "/home/u/.ssh";
	plan(t, "fs.read = ['/home']\n");
	trial_steps_are(t, "bind ro /home\ndeny /home/u/.ssh\n");
	plan(t, "fs.read = ['/usr']\n");
	trial_steps_are(t, "bind ro /usr\n");
	assert_int_equal(t->plan.make_dirs_len, 0);
}

static void where_a_hidden_directory_is_nothing_can_be_put_in_its_place(void **state)
{
	struct trial *t = *state;

	t->hidden_dirs[0] = "/home/u/.ssh";
	plan(t, "fs.write = ['/home:/h']\n");
	trial_steps_are(t, "bind rw /h < /home\ndeny /h/u/.ssh\npin /h/u\n");
}

static void a_missing_hidden_directory_is_made_and_covered(void **state)
{
	struct trial *t = *state;

	t->hidden_dirs[0] = "/home/u/p/run/sbox";
	plan(t, "fs.read = ['/home/u/p']\n");
	trial_steps_are(t, "bind ro /home/u/p\ndeny /home/u/p/run/sbox\n");
	assert_int_equal(t->plan.make_dirs_len, 1);
	assert_string_equal(t->plan.make_dirs[0], "/home/u/p/run/sbox");
}

static void a_hidden_directory_cannot_be_shown_by_name(void **state)
{
	struct trial *t = *state;

	t->hidden_dirs[0] = "/home/u/.ssh";
	plan(t, "fs.read = ['/home/u/.ssh:/tmp/x']\n");
	trial_mistake_at(t, "1.toml:1:12", "cannot be shown");
}

static void profile_files_are_protected(void **state)
{
	struct trial *t = *state;

	t->profile_files[0] = "/home/u/p/sbox.toml";
	t->profile_files[1] = "/home/u/.config/sbox/profiles/mine.toml";
	plan(t, "fs.write = ['/home/u/p:/w']");
	trial_steps_are(t, "bind rw /w < /home/u/p\nprotect /w/sbox.toml\n");
}

static void a_profile_file_that_is_bound_itself_is_protected(void **state)
{
	struct trial *t = *state;

	t->profile_files[0] = "/home/u/p/sbox.toml";
	plan(t, "fs.write = ['/home/u/p/sbox.toml:/x']");
	if (t->ok)
		trial_steps_are(t, "bind rw /x < /home/u/p/sbox.toml\nprotect /x\n");
}

static void the_upper_directory_of_an_overlay_is_no_way_to_a_profile(void **state)
{
	struct trial *t = *state;
	const struct step *step;

	t->profile_files[0] = "/home/u/p/sbox.toml";
	plan(t, "[[fs.mount]]\ntype = 'overlay'\ntarget = '/w'\nlower = ['/usr']\n"
		"upper = '/home/u/p'\nwork = '/home/u/work'\n");
	if (!t->ok)
		return; /* refusing it is as good */
	step = trial_step(t, STEP_PROTECT, "/w/sbox.toml");
	assert_true(step->readonly);
}

static void a_denied_path_is_covered(void **state)
{
	struct trial *t = *state;
	const struct step *step;

	plan(t,
	     "fs.read = ['/home/u/p']\nfs.deny = ['/home/u/p/.env', '/home/u/p/.git']\n");
	trial_steps_are(t,
			"bind ro /home/u/p\ndeny /home/u/p/.env\ndeny /home/u/p/.git\n");
	step = trial_step(t, STEP_DENY, "/home/u/p/.env");
	assert_int_equal(step->file_type, S_IFREG);
	assert_false(step->optional);
	assert_true(step->ino != 0);
	assert_string_equal(step->top, "/home/u/p");
	assert_int_equal(step->pos.col, 12);
}

static void a_denied_path_is_covered_wherever_it_is_shown(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.read = ['/home/u/p:/r', '/home/u']\nfs.write = ['/home/u/p:/w']\n"
		"fs.deny = ['/home/u/p/.env']\n[[fs.mount]]\ntype = 'overlay'\n"
		"target = '/o'\nlower = ['/usr', '/home/u/p']\n[[fs.mount]]\n"
		"type = 'overlay'\ntarget = '/v'\nlower = ['/usr']\n"
		"upper = '/home/u/p'\nwork = '/home/u/work'\n");
	trial_steps_are(t, "bind ro /r < /home/u/p\ndeny /r/.env\n"
			   "bind rw /w < /home/u/p\ndeny /w/.env\n"
			   "overlay rw /o < - over /usr:/home/u/p\ndeny /o/.env\n"
			   "overlay rw /v < /home/u/p over /usr\ndeny /v/.env\n"
			   "bind ro /home/u\ndeny /home/u/p/.env\n");
	/* a layer above it may hide it, and there it has other numbers */
	assert_true(trial_step(t, STEP_DENY, "/o/.env")->optional);
	assert_int_equal(trial_step(t, STEP_DENY, "/o/.env")->ino, 0);
}

static void a_denied_path_is_covered_in_a_root_directory(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.root = '/srv/root'\nfs.deny = ['/srv/root/bin']\nfs.dev = 'none'\n"
		"fs.proc = 'none'\n");
	trial_steps_are(t, "bind ro / < /srv/root\ndeny /bin\n");
	plan(t,
	     "fs.root = '/srv/root'\nfs.deny = ['/srv/root/bin']\nfs.tmpfs = ['/x']\n");
	trial_steps_are(t, "overlay ro / < - over /srv/root\ndeny /bin\ntmpfs 0755 /x\n");
}

static void a_mount_of_nothing_but_what_is_denied_is_not_made(void **state)
{
	struct trial *t = *state;

	plan(t,
	     "fs.read = ['/home/u/p', '/home/u/p/src:/s', '/etc/hosts']\n"
	     "fs.write = ['/home/u/p/.env:/e', '/home/u/px']\nfs.deny = ['/home/u/p']\n");
	trial_steps_are(t, "bind ro /etc/hosts\nbind rw /home/u/px\n");
}

static void a_denied_name_is_no_prefix(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.read = ['/home/u/px', '/home/u/p/.env']\n"
		"fs.deny = ['/home/u/p/.en', '/home/u/p']\n");
	trial_steps_are(t, "bind ro /home/u/px\n");
}

static void a_later_allow_does_not_lift_a_denial(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.deny = ['/home/u/.ssh']", "fs.write = ['/home/u', '/home/u/.ssh']");
	trial_steps_are(t, "bind rw /home/u\ndeny /home/u/.ssh\n");
}

static void what_is_denied_is_found_behind_symlinks(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.read = ['/home/u/p']\nfs.deny = ['/alias/.env']\n");
	trial_steps_are(t, "bind ro /home/u/p\ndeny /home/u/p/.env\n");
}

static void denying_what_is_not_there_is_no_mistake(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.read = ['/home/u/p']\nfs.deny = ['/home/u/p/none', '?/nowhere']\n");
	trial_steps_are(t, "bind ro /home/u/p\n");
	/* but worth a word, unless the profile says that it may be missing */
	assert_int_equal(t->plan.warnings_len, 1);
	assert_int_equal(t->plan.warnings[0].pos.line, 2);
	assert_non_null(strstr(t->plan.warnings[0].msg, "\"/home/u/p/none\" does not"));
	plan(t,
	     "fs.read = ['/home/u/p']\nfs.deny = ['/home/u/p/.env', '/home/u/.ssh']\n");
	trial_planned(t);
	assert_int_equal(t->plan.warnings_len, 0);
}

static void an_overlay_of_what_is_denied_shows_nothing(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.deny = ['/home/u']\n[[fs.mount]]\ntype = 'overlay'\ntarget = '/o'\n"
		"lower = ['/home/u/p']\n");
	if (t->ok)
		assert_null(strstr(trial_steps(t), "over /home/u/p\n"));
}

static void a_root_inside_what_is_denied_shows_nothing(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.deny = ['/srv']\nfs.root = '/srv/root'\nfs.root_mode = 'overlay'\n"
		"fs.dev = 'none'\nfs.proc = 'none'\n");
	if (t->ok)
		assert_null(strstr(trial_steps(t), "/srv/root"));
}

static void what_is_not_mounted_needs_no_protection(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.write = ['/home/u/p']\nfs.protect = ['/home/u/p/.git/hooks']\n"
		"fs.deny = ['/home/u/p']\n");
	trial_steps_are(t, "");
}

static void denial_wins_over_protection(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.write = ['/home/u/p']\nfs.protect = ['/home/u/p/.git/hooks']\n"
		"fs.deny = ['/home/u/p/.git']\n");
	/* where nobody gets there is nothing to protect */
	trial_steps_are(t, "bind rw /home/u/p\ndeny /home/u/p/.git\n");
	plan(t, "fs.write = ['/home/u/p']\nfs.deny = ['/home/u/p/.git/hooks']\n"
		"fs.protect = ['/home/u/p/.git', '/home/u/p/.git/hooks/pre-commit']\n");
	trial_steps_are(t, "bind rw /home/u/p\ndeny /home/u/p/.git/hooks\n"
			   "pin /home/u/p/.git\nprotect /home/u/p/.git\n");
}

static void every_directory_on_the_way_to_a_denied_path_is_pinned(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.write = ['/home:/h']\nfs.read = ['/home/u']\n"
		"fs.deny = ['/home/u/p/.git/hooks', '/home/u/p/.git/config']\n"
		"fs.protect = ['/home/u/p/src/main.c']\n");
	trial_steps_are(t, "bind rw /h < /home\ndeny /h/u/p/.git/hooks\n"
			   "deny /h/u/p/.git/config\nbind ro /home/u\n"
			   "deny /home/u/p/.git/hooks\ndeny /home/u/p/.git/config\n"
			   "pin /h/u\npin /h/u/p\npin /h/u/p/.git\npin /h/u/p/src\n"
			   "protect /h/u/p/src/main.c\n");
}

static void what_lies_deeper_is_covered_first(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.write = ['/home/u']\n"
		"fs.deny = ['/home/u/p', '/home/u/p/.git/hooks', '/home/u/p/.git']\n");
	trial_steps_are(t, "bind rw /home/u\ndeny /home/u/p/.git/hooks\n"
			   "deny /home/u/p/.git\ndeny /home/u/p\n");
}

static void what_is_mounted_in_a_denied_place_is_not_mounted(void **state)
{
	struct trial *t = *state;

	plan(t,
	     "fs.write = ['/home/u']\nfs.read = ['/usr/lib:/home/u/p/src/lib']\n"
	     "fs.tmpfs = ['/home/u/p/src', '/home/u/px']\nfs.deny = ['/home/u/p/src']\n");
	trial_steps_are(t, "bind rw /home/u\ndeny /home/u/p/src\n"
			   "tmpfs 0755 /home/u/px\npin /home/u/p\n");
	assert_int_equal(t->plan.left_out_len, 2);
	/* but what lies over such a place hides it anyway */
	plan(t, "fs.write = ['/home/u']\nfs.read = ['/usr/lib:/home/u/p/src/lib']\n"
		"fs.tmpfs = ['/home/u/p']\nfs.deny = ['/home/u/p/src']\n");
	trial_steps_are(t,
			"bind rw /home/u\ndeny /home/u/p/src\n"
			"tmpfs 0755 /home/u/p\nbind ro /home/u/p/src/lib < /usr/lib\n");
}

static void each_mount_has_covers_of_its_own(void **state)
{
	struct trial *t = *state;

	plan(t,
	     "fs.write = ['/home', '/home/u/p']\nfs.deny = ['/home/u/p/.git/hooks']\n");
	trial_steps_are(t, "bind rw /home\ndeny /home/u/p/.git/hooks\n"
			   "bind rw /home/u/p\ndeny /home/u/p/.git/hooks\n"
			   "pin /home/u\npin /home/u/p/.git\n");
}

static void what_lies_over_a_protected_path_is_kept_in_place(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.write = ['/home']\nfs.read = ['/home/u/p']\n"
		"fs.protect = ['/home/u/p/.git/hooks']\n");
	trial_steps_are(t, "bind rw /home\nbind ro /home/u/p\npin /home/u\n");
}

static void a_missing_denied_path_in_a_writable_directory_is_a_mistake(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.write = ['/home/u/p']\nfs.deny = ['/home/u/p/none/such']\n");
	trial_mistake_at(t, "1.toml:2:12", "does not exist, so it cannot be hidden");
	plan(t, "fs.write = ['/home/u/p']\nfs.deny = ['/home/u/p/.env/such']\n");
	trial_mistake_at(t, "1.toml:2:12", "does not exist, so it cannot be hidden");
	/* unless it may be missing: then it is looked for */
	plan(t, "fs.write = ['/home/u/p']\n"
		"fs.deny = ['?/home/u/p/none', '?/home/u/none', '?/nowhere']\n");
	trial_steps_are(t, "bind rw /home/u/p\n");
	assert_int_equal(t->plan.warnings_len, 0);
	assert_int_equal(t->plan.watch_len, 1);
	assert_string_equal(t->plan.watch[0].path, "/home/u/p/none");
	assert_true(t->plan.watch[0].denied);
}

static void a_symlink_that_the_command_could_replace_cannot_be_hidden(void **state)
{
	static const struct fake_file files[] = {
		{ "/home/u/p/src/main.c", S_IFREG, NULL, 0 },
		{ "/home/u/p/around", S_IFLNK, "src", 0 },
		{ "/home/u/p/broken", S_IFLNK, "none", 0 },
		{ "/home/u/p/round", S_IFLNK, "round", 0 },
		{ "/alias", S_IFLNK, "/home/u/p", 0 },
		{ NULL, 0, NULL, 0 },
	};
	static const char *const names[] = { "around",   "around/main.c", "broken",
					     "broken/x", "round",         "round/x" };
	struct trial *t = *state;

	t->files = files;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *const texts[] = { arena_printf(
						      &t->arena,
						      "fs.write = ['/home/u/p:/w']\n"
						      "fs.deny = ['?/home/u/p/%s']\n",
						      names[i]),
					      NULL };

		trial_plan(t, texts);
		trial_mistake_at(t, "1.toml:2:12", "cannot be hidden");
	}
	/* where nothing can be written a link is what it is, and so is one outside */
	plan(t, "fs.read = ['/home/u/p']\nfs.deny = ['/home/u/p/around', "
		"'?/home/u/p/broken']\n");
	trial_steps_are(t, "bind ro /home/u/p\ndeny /home/u/p/src\n");
	plan(t, "fs.write = ['/home/u/p']\nfs.deny = ['/alias/src']\n");
	trial_steps_are(t, "bind rw /home/u/p\ndeny /home/u/p/src\n");
}

/* A guard's step has its own settings only, nothing of a step that was dropped. */
static void clean(const struct step *step)
{
	assert_null(step->source);
	assert_null(step->content);
	assert_null(step->link);
	assert_null(step->lowers);
	assert_null(step->upper);
	assert_false(step->verbatim);
	assert_false(step->noexec);
	assert_int_equal(step->mode, 0);
	assert_int_equal(step->size, 0);
}

static void a_guard_inherits_nothing_from_a_mount_that_was_replaced(void **state)
{
	static const char parent[] =
		"fs.write = ['/home/u/p']\n[[fs.mount]]\ntype = 'device'\n"
		"source = '/dev/null'\ntarget = '/x'\n[[fs.mount]]\ntype = 'device'\n"
		"source = '/dev/null'\ntarget = '/z'\n";
	struct trial *t = *state;

	/* the list of steps becomes shorter, and then grows over what was there */
	plan(t, parent,
	     "fs.tmpfs = ['/x', '/z']\nfs.protect = ['/home/u/p/.git/hooks']\n");
	clean(trial_step(t, STEP_PIN, "/home/u/p/.git"));
	clean(trial_step(t, STEP_PROTECT, "/home/u/p/.git/hooks"));
	assert_false(trial_step(t, STEP_PROTECT, "/home/u/p/.git/hooks")->optional);
}

static void a_guard_inherits_nothing_from_a_mount_that_was_denied(void **state)
{
	struct trial *t = *state;

	plan(t,
	     "fs.read = ['/home/u/.ssh:/s1', '/home/u/.ssh:/s2', '/home/u']\n"
	     "fs.tmpfs = ['/t', '/v']\nfs.deny = ['/home/u/.ssh', '/home/u/p/.env']\n");
	clean(trial_step(t, STEP_DENY, "/home/u/.ssh"));
	clean(trial_step(t, STEP_DENY, "/home/u/p/.env"));
}

static void what_covers_a_path_is_watched(void **state)
{
	struct trial *t = *state;
	const struct covered *covered;

	plan(t, "fs.write = ['/home/u/p:/w']\nfs.read = ['/home/u']\n"
		"fs.deny = ['/home/u/p/.env']\nfs.protect = ['/home/u/p/.git/config']\n"
		"[[fs.mount]]\ntype = 'overlay'\ntarget = '/o'\nlower = ['/home/u/p']\n");
	trial_planned(t);
	/* each place in a directory of the host, and none of an overlay */
	assert_int_equal(t->plan.covers_len, 3);
	covered = &t->plan.covers[0];
	assert_string_equal(covered->path, "/home/u/p/.env");
	assert_string_equal(covered->origin, "/home/u/p");
	assert_string_equal(covered->target, "/w/.env");
	assert_string_equal(covered->top, "/w");
	assert_true(covered->denied && covered->writable);
	assert_int_equal(covered->ino, trial_step(t, STEP_DENY, "/w/.env")->ino);
	assert_false(t->plan.covers[1].writable);
	assert_false(t->plan.covers[2].denied);
	plan(t, "fs.write = ['/home/u/p']\nfs.deny = ['?/home/u/p/none']\n");
	assert_int_equal(t->plan.covers_len, 0);
}

static void what_its_owner_could_unmount_is_not_mounted_in_what_is_writable(void **state)
{
	static const char *const mounts[] = {
		"fs.read = ['/home/u/p/src']",
		"fs.read = ['/usr:/home/u/p/src']",
		"fs.tmpfs = ['/home/u/p/src']",
		"fs.write = ['/home/u/px:/home/u/p/src']",
	};
	struct trial *t = *state;

	for (size_t i = 0; i < sizeof mounts / sizeof mounts[0]; i++) {
		const char *const texts[] = { mounts[i],
					      "fs.write = ['/home/u/p']\n"
					      "namespaces.inner = false\n",
					      NULL };

		trial_plan(t, texts);
		if (t->ok)
			fail_msg("no mistake: %s", mounts[i]);
		trial_mistake_at(t,
				 i == 2   ? "1.toml:1:13"
				 : i == 3 ? "1.toml:1:13"
					  : "1.toml:1:12",
				 "cannot be mounted in");
	}
	/* what is there anyway, and what is mounted where nothing can be written */
	plan(t, "fs.write = ['/home/u/p', '/home/u/p/src']\nnamespaces.inner = false\n");
	trial_planned(t);
	plan(t, "fs.read = ['/home/u/p']\nfs.write = ['/home/u/p/src']\n"
		"fs.tmpfs = ['/tmp', '/run']\nnamespaces.inner = false\n");
	trial_planned(t);
	plan(t, "fs.write = ['/home/u/p']\nfs.tmpfs = ['/home/u/p/src']\n");
	trial_planned(t);
}

#define PLAN(name) cmocka_unit_test_setup_teardown(name, trial_setup, trial_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAN(every_directory_on_the_way_to_a_protected_path_is_pinned),
		PLAN(a_directory_is_pinned_once_for_all_below_it),
		PLAN(protection_holds_under_every_name),
		PLAN(a_writable_mount_is_protected_like_any_bind),
		PLAN(a_protected_directory_can_be_the_bind_itself),
		PLAN(a_protected_file_can_be_the_bind_itself),
		PLAN(what_is_read_only_anyway_needs_no_protection),
		PLAN(a_missing_protected_path_is_a_mistake),
		PLAN(a_file_in_the_place_of_a_directory_is_protected),
		PLAN(what_cannot_be_looked_at_is_a_mistake),
		PLAN(a_missing_optional_one_is_watched),
		PLAN(a_missing_path_is_watched_under_its_real_name),
		PLAN(a_symlink_that_the_command_could_replace_cannot_be_protected),
		PLAN(not_even_if_it_leads_out_of_the_writable_directory),
		PLAN(not_even_if_the_writable_directory_is_a_mount),
		PLAN(a_symlink_out_of_reach_is_followed),
		PLAN(what_another_mount_covers_needs_no_protection),
		PLAN(protection_takes_paths_of_the_host),
		PLAN(own_directories_are_protected),
		PLAN(missing_own_directories_are_made_first),
		PLAN(own_directories_out_of_reach_are_not_made),
		PLAN(nothing_inside_an_own_directory_is_writable),
		PLAN(hidden_directories_are_covered_even_if_read_only),
		PLAN(where_a_hidden_directory_is_nothing_can_be_put_in_its_place),
		PLAN(a_missing_hidden_directory_is_made_and_covered),
		PLAN(a_hidden_directory_cannot_be_shown_by_name),
		PLAN(profile_files_are_protected),
		PLAN(a_profile_file_that_is_bound_itself_is_protected),
		PLAN(the_upper_directory_of_an_overlay_is_no_way_to_a_profile),
		PLAN(a_denied_path_is_covered),
		PLAN(a_denied_path_is_covered_wherever_it_is_shown),
		PLAN(a_denied_path_is_covered_in_a_root_directory),
		PLAN(a_mount_of_nothing_but_what_is_denied_is_not_made),
		PLAN(a_denied_name_is_no_prefix),
		PLAN(a_later_allow_does_not_lift_a_denial),
		PLAN(what_is_denied_is_found_behind_symlinks),
		PLAN(denying_what_is_not_there_is_no_mistake),
		PLAN(an_overlay_of_what_is_denied_shows_nothing),
		PLAN(a_root_inside_what_is_denied_shows_nothing),
		PLAN(what_is_not_mounted_needs_no_protection),
		PLAN(denial_wins_over_protection),
		PLAN(what_covers_a_path_is_watched),
		PLAN(what_its_owner_could_unmount_is_not_mounted_in_what_is_writable),
		PLAN(every_directory_on_the_way_to_a_denied_path_is_pinned),
		PLAN(what_lies_deeper_is_covered_first),
		PLAN(what_is_mounted_in_a_denied_place_is_not_mounted),
		PLAN(each_mount_has_covers_of_its_own),
		PLAN(what_lies_over_a_protected_path_is_kept_in_place),
		PLAN(a_missing_denied_path_in_a_writable_directory_is_a_mistake),
		PLAN(a_symlink_that_the_command_could_replace_cannot_be_hidden),
		PLAN(a_guard_inherits_nothing_from_a_mount_that_was_replaced),
		PLAN(a_guard_inherits_nothing_from_a_mount_that_was_denied),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("plan-guards", tests, NULL, NULL);
}
