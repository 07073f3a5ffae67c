/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-plan-mounts.c - which mounts are made, where and in which order */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/stat.h>

#include "fake-host.h"

static void parents_before_children_whatever_their_order(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.tmpfs = ['/a/b/c', '/z', '/a/b', '/a']");
	trial_steps_are(t, "tmpfs 0755 /z\ntmpfs 0755 /a\ntmpfs 0755 /a/b\n"
			   "tmpfs 0755 /a/b/c\n");
}

/* As a host that has two files of root's, one of them by a link into /usr. */
static void ssh_copies(const struct host *host, const char *path, struct host_copies *ret)
{
	static const struct host_copy copies[] = {
		{ "/etc/ssh/ssh_config.d/a", "/etc/ssh/ssh_config.d/a", "A", 0644 },
		{ "/etc/ssh/ssh_config.d/b", "/usr/lib/b", "B", 0664 },
	};
	struct trial *t = host->lookup_data;

	if (strcmp(path, "/etc/ssh/ssh_config.d") == 0)
		for (size_t i = 0; i < 2; i++)
			*(struct host_copy *)arena_append(&t->arena, &ret->list,
							  &ret->len, sizeof copies[i]) =
				copies[i];
}

static const struct fake_file ssh_files[] = {
	{ "/etc/ssh/ssh_config.d/a", S_IFREG, NULL, 0 },
	{ "/etc/ssh/ssh_config.d/b", S_IFLNK, "/usr/lib/b", 0 },
	{ "/usr/lib/b", S_IFREG, NULL, 0 },
	{ "/other/a", S_IFREG, NULL, 0 },
	{ NULL, 0, NULL, 0 },
};

static void files_whose_owner_ssh_checks_are_the_commands_own(void **state)
{
	struct trial *t = *state;

	t->files = ssh_files;
	t->host.cwd = NULL;
	t->host.copies = ssh_copies;
	plan(t, "fs.read = ['/etc/ssh', '/usr']");
	trial_steps_are(t, "bind ro /usr\nbind ro /etc/ssh\nfile /usr/lib/b\n"
			   "file /etc/ssh/ssh_config.d/a\n");
	assert_string_equal(trial_step(t, STEP_FILE, "/usr/lib/b")->content, "B");
	assert_int_equal(trial_step(t, STEP_FILE, "/usr/lib/b")->mode, 0664);
	plan(t, "fs.read = ['/etc/ssh']"); /* the link leads nowhere inside */
	trial_steps_are(t, "bind ro /etc/ssh\nfile /etc/ssh/ssh_config.d/a\n");
	plan(t, "fs.read = ['/etc/ssh/ssh_config.d/a', '/etc/ssh/ssh_config.d/b']");
	trial_steps_are(t, "file /etc/ssh/ssh_config.d/a\n"
			   "file /etc/ssh/ssh_config.d/b\n");
}

static void a_copy_shows_nothing_that_the_profile_does_not(void **state)
{
	static const char *const texts[] = {
		"fs.read = ['/etc/ssh']\nfs.deny = ['/etc/ssh/ssh_config.d/a']",
		"fs.read = ['/etc/ssh']\nfs.deny = ['/etc/ssh/ssh_config.d']",
		"fs.read = ['/etc/ssh']\nfs.tmpfs = ['/etc/ssh/ssh_config.d']",
		"fs.read = ['/other:/etc/ssh/ssh_config.d']",
		"fs.read = ['/other/a:/etc/ssh/ssh_config.d/a']",
		"fs.read = ['/etc/ssh:/ssh']",
		"fs.write = ['/etc']\nnamespaces.inner = false",
	};
	struct trial *t = *state;

	t->files = ssh_files;
	t->host.cwd = NULL;
	t->host.copies = ssh_copies;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		plan(t, texts[i]);
		trial_planned(t);
		for (size_t n = 0; n < t->plan.steps_len; n++)
			assert_false(t->plan.steps[n].type == STEP_FILE &&
				     t->plan.steps[n].source);
	}
}

static void siblings_keep_the_order_of_the_profile(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.read = ['/usr', '/etc/hosts:/hosts']\nfs.write = ['/home/u/p:/w']\n"
		"fs.tmpfs = ['/tmp', '/a']\n[[fs.mount]]\ntype = 'dir'\ntarget = '/0'\n");
	trial_steps_are(t, "bind ro /usr\nbind ro /hosts < /etc/hosts\n"
			   "bind rw /w < /home/u/p\ntmpfs 1777 /tmp\ntmpfs 0755 /a\n"
			   "dir /0\n");
}

static void a_symlink_stays_one_where_its_target_is_visible(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.read = ['/bin', '/usr', '/usr/lib64']");
	trial_steps_are(t, "symlink /bin -> usr/bin\nbind ro /usr\n"
			   "symlink /usr/lib64 -> lib\n");
}

static void a_symlink_is_replaced_where_its_target_is_not_visible(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.read = ['/bin', '/usr:/other']");
	trial_steps_are(t, "bind ro /bin < /usr/bin\nbind ro /other < /usr\n");
}

static void a_symlink_under_another_name_is_replaced(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.read = ['/usr', '/bin:/b']");
	trial_steps_are(t, "bind ro /usr\nbind ro /b < /usr/bin\n");
}

static void a_symlink_by_way_of_one_that_is_not_shown_is_replaced(void **state)
{
	struct trial *t = *state;

	/* /opt/java -> /etc/alternatives/java, which does not exist inside */
	plan(t, "fs.read = ['/usr', '/opt/java']");
	trial_steps_are(t, "bind ro /usr\nbind ro /opt/java < /usr/lib/jvm/java\n");
}

static void a_writable_symlink_into_a_read_only_tree_stays_writable(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.read = ['/home/u']\nfs.write = ['/alias']");
	trial_steps_are(t, "bind rw /alias < /home/u/p\nbind ro /home/u\n");
}

static void a_later_profile_wins_the_same_target(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.read = ['/home/u/p', '/usr']", "fs.write = ['/home/u/p']",
	     "fs.tmpfs = ['/usr']");
	trial_steps_are(t, "tmpfs 0755 /usr\nbind rw /home/u/p\n");
}

static void a_later_profile_can_make_it_read_only_again(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.write = ['/home/u/p']", "fs.read = ['/home/u/p']");
	trial_steps_are(t, "bind ro /home/u/p\n");
}

static void the_same_target_twice_in_a_profile_is_a_mistake(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.read = ['/home/u/p']\nfs.write = ['/home/u/p']\n");
	trial_mistake_at(t, "1.toml:2:13",
			 "\"/home/u/p\" is mounted here and at 1.toml:1");
	assert_int_equal(t->diags.total, 1);
}

static void a_missing_source_is_a_mistake(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.read = ['/usr', '/nowhere']\nfs.write = ['/usr/bin/ls/x']\n"
		"fs.root = '/gone'\n");
	trial_mistake_at(t, "1.toml:1:20", "\"/nowhere\" does not exist (\"?/nowhere\"");
	trial_mistake_at(t, "1.toml:2:13", "\"/usr/bin/ls/x\": Not a directory");
	trial_mistake_at(t, "1.toml:3:11", "\"/gone\" does not exist");
	assert_int_equal(t->diags.total, 3);
}

static void an_optional_source_is_skipped_if_missing(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.read = ['?/nowhere', '?/usr', '?/etc/hosts/x']\n[[fs.mount]]\n"
		"type = 'bind'\nsource = '/nowhere'\ntarget = '/x'\noptional = true\n");
	trial_steps_are(t, "bind ro /usr\n");
}

static void an_optional_source_that_cannot_be_looked_at_is_a_mistake(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.read = ['?/locked/x', '?/loop']");
	trial_mistake_at(t, "1.toml:1:12", "\"/locked/x\": Permission denied");
	trial_mistake_at(t, "1.toml:1:26",
			 "\"/loop\": Too many levels of symbolic links");
}

static void sockets_fifos_and_devices_must_be_named_as_such(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.read = ['/run/bus', '/dev/null', '/run/fifo']\n");
	trial_mistake_at(t, "1.toml:1:12", "\"/run/bus\" is a socket");
	trial_mistake_at(t, "1.toml:1:24", "\"/dev/null\" is a device");
	trial_mistake_at(t, "1.toml:1:37", "\"/run/fifo\" is a FIFO");
}

static void a_mount_has_the_type_that_it_says(void **state)
{
	struct trial *t = *state;

	plan(t, "[[fs.mount]]\ntype = 'socket'\nsource = '/dev/null'\ntarget = '/a'\n"
		"[[fs.mount]]\ntype = 'device'\nsource = '/run/bus'\ntarget = '/b'\n"
		"[[fs.mount]]\ntype = 'bind'\nsource = '/run/bus'\ntarget = '/c'\n"
		"[[fs.mount]]\ntype = 'bind'\nsource = 'relative'\ntarget = '/d'\n");
	trial_mistake_at(t, "1.toml:3:10", "is a device, the mount's type is \"socket\"");
	trial_mistake_at(t, "1.toml:7:10", "is a socket, the mount's type is \"device\"");
	trial_mistake_at(t, "1.toml:11:10", "is a socket, the mount's type is \"bind\"");
	trial_mistake_at(t, "1.toml:15:10", "not an absolute path");
}

static void named_sockets_and_devices_are_bound_without_noexec_surprises(void **state)
{
	struct trial *t = *state;
	const struct step *socket, *device;

	plan(t,
	     "[[fs.mount]]\ntype = 'socket'\nsource = '/run/bus'\ntarget = '/bus'\n"
	     "[[fs.mount]]\ntype = 'device'\nsource = '/dev/null'\ntarget = '/null'\n");
	socket = trial_step(t, STEP_BIND, "/bus");
	device = trial_step(t, STEP_BIND, "/null");
	assert_false(socket->readonly);
	assert_false(socket->verbatim);
	assert_true(socket->noexec);
	assert_int_equal(socket->file_type, S_IFSOCK);
	assert_true(device->verbatim);
	assert_int_equal(device->file_type, S_IFCHR);
}

static void a_bind_mount_is_read_only_unless_it_says_otherwise(void **state)
{
	struct trial *t = *state;

	plan(t, "[[fs.mount]]\ntype = 'bind'\nsource = '/usr'\ntarget = '/a'\n"
		"[[fs.mount]]\ntype = 'bind'\nsource = '/usr'\ntarget = '/b'\n"
		"readonly = false\nnoexec = true\n"
		"[[fs.mount]]\ntype = 'bind'\nsource = '/usr'\ntarget = '/c'\n"
		"readonly = true\n");
	trial_steps_are(t, "bind ro /a < /usr\nbind rw /b < /usr\nbind ro /c < /usr\n");
	assert_true(trial_step(t, STEP_BIND, "/b")->noexec);
	assert_false(trial_step(t, STEP_BIND, "/a")->noexec);
}

static void a_bind_remembers_what_it_looked_at(void **state)
{
	struct trial *t = *state;
	const struct step *step;
	struct host_file file;

	plan(t, "fs.read = ['/alias:/x']");
	step = trial_step(t, STEP_BIND, "/x");
	assert_int_equal(t->host.lookup(&t->host, "/home/u/p", &file), 0);
	assert_string_equal(step->source, "/home/u/p");
	assert_int_equal(step->dev, file.dev);
	assert_int_equal(step->ino, file.ino);
	assert_int_equal(step->file_type, S_IFDIR);
	assert_string_equal(step->pos.file, "1.toml");
	assert_int_equal(step->pos.col, 12);
}

static void a_mount_takes_only_the_keys_of_its_type(void **state)
{
	struct trial *t = *state;

	plan(t, "[[fs.mount]]\ntype = 'tmpfs'\ntarget = '/a'\nsource = '/usr'\n"
		"content = 'x'\nupper = '/u'\nlower = ['/l']\n"
		"[[fs.mount]]\ntype = 'bind'\ntarget = '/b'\nsize = '1M'\nmode = '0700'\n"
		"[[fs.mount]]\ntype = 'mqueue'\ntarget = '/c'\nreadonly = true\n"
		"optional = true\n");
	trial_mistake_at(t, "1.toml:4:10", "type \"tmpfs\" takes no \"source\"");
	trial_mistake_at(t, "1.toml:5:11", "type \"tmpfs\" takes no \"content\"");
	trial_mistake_at(t, "1.toml:6:9", "type \"tmpfs\" takes no \"upper\"");
	trial_mistake_at(t, "1.toml:7:10", "type \"tmpfs\" takes no \"lower\"");
	trial_mistake_at(t, "1.toml:11:8", "type \"bind\" takes no \"size\"");
	trial_mistake_at(t, "1.toml:12:8", "type \"bind\" takes no \"mode\"");
	trial_mistake_at(t, "1.toml:8:1", "type \"bind\" needs a \"source\"");
	trial_mistake_at(t, "1.toml:16:12", "type \"mqueue\" takes no \"readonly\"");
	trial_mistake_at(t, "1.toml:17:12", "type \"mqueue\" takes no \"optional\"");
}

static void files_links_and_directories_say_what_they_are(void **state)
{
	struct trial *t = *state;
	const struct step *step;

	plan(t, "[[fs.mount]]\ntype = 'file'\ntarget = '/a'\ncontent = 'text'\nmode = "
		"'600'\n"
		"[[fs.mount]]\ntype = 'symlink'\ntarget = '/b'\nsource = '../x'\n"
		"[[fs.mount]]\ntype = 'dir'\ntarget = '/c'\nmode = '01777'\n"
		"[[fs.mount]]\ntype = 'file'\ntarget = '/d'\ncontent = ''\n");
	trial_steps_are(t, "file /a\nsymlink /b -> ../x\ndir /c\nfile /d\n");
	step = trial_step(t, STEP_FILE, "/a");
	assert_string_equal(step->content, "text");
	assert_int_equal(step->mode, 0600);
	assert_int_equal(trial_step(t, STEP_DIR, "/c")->mode, 01777);
	assert_int_equal(trial_step(t, STEP_FILE, "/d")->mode, 0644);
}

static void a_tmpfs_has_the_limits_of_its_own_or_of_all(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.tmpfs = ['/a']\n[[fs.mount]]\ntype = 'tmpfs'\ntarget = '/b'\n"
		"size = '1M'\ninodes = 7\nmode = '0700'\n[limits]\ntmpfs = '2M'\n"
		"inodes = 9\n");
	assert_int_equal(trial_step(t, STEP_TMPFS, "/a")->size, 2 << 20);
	assert_int_equal(trial_step(t, STEP_TMPFS, "/a")->inodes, 9);
	assert_int_equal(trial_step(t, STEP_TMPFS, "/b")->size, 1 << 20);
	assert_int_equal(trial_step(t, STEP_TMPFS, "/b")->inodes, 7);
	assert_int_equal(trial_step(t, STEP_TMPFS, "/b")->mode, 0700);
}

static void fs_tmpfs_takes_plain_paths(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.tmpfs = ['?/a', '/b:/c']");
	trial_mistake_at(t, "1.toml:1:13", "fs.tmpfs takes plain paths");
	trial_mistake_at(t, "1.toml:1:20", "fs.tmpfs takes plain paths");
}

static void an_overlay_is_made_of_directories(void **state)
{
	struct trial *t = *state;

	plan(t, "[[fs.mount]]\ntype = 'overlay'\ntarget = '/a'\n"
		"[[fs.mount]]\ntype = 'overlay'\ntarget = '/b'\nlower = ['/etc/hosts']\n"
		"[[fs.mount]]\ntype = 'overlay'\ntarget = '/c'\nlower = ['/usr']\n"
		"upper = '/home/u/up'\n");
	trial_mistake_at(t, "1.toml:1:1", "needs at least one \"lower\"");
	trial_mistake_at(t, "1.toml:7:10", "\"/etc/hosts\" is a file");
	trial_mistake_at(t, "1.toml:8:1", "\"upper\" and \"work\" go together");
}

static void an_overlay_knows_its_layers(void **state)
{
	struct trial *t = *state;

	plan(t,
	     "[[fs.mount]]\ntype = 'overlay'\ntarget = '/a'\nlower = ['/alias', '/usr']\n"
	     "upper = '/home/u/up'\nwork = '/home/u/work'\n"
	     "[[fs.mount]]\ntype = 'overlay'\ntarget = '/b'\nlower = ['/usr']\n"
	     "readonly = true\n");
	trial_steps_are(t, "overlay rw /a < /home/u/up over /home/u/p:/usr\n"
			   "overlay ro /b < - over /usr\n");
	assert_string_equal(trial_step(t, STEP_OVERLAY, "/a")->work, "/home/u/work");
}

static void mqueue_needs_an_ipc_namespace(void **state)
{
	struct trial *t = *state;

	plan(t, "namespaces.share = ['ipc']\n[[fs.mount]]\ntype = 'mqueue'\ntarget = "
		"'/q'\n");
	trial_mistake_at(t, "1.toml:2:1", "mqueue needs an IPC namespace");
}

static void nothing_is_created_on_the_host_for_a_mount_point(void **state)
{
	struct trial *t = *state;

	plan(t,
	     "fs.read = ['/home/u/p']\nfs.tmpfs = ['/home/u/p/new', '/home/u/p/.env']\n"
	     "fs.write = ['/etc/hosts:/home/u/p/src']\n");
	trial_mistake_at(t, "1.toml:2:13", "\"/home/u/p/new\" has no mount point");
	trial_mistake_at(t, "1.toml:2:30", "\"/home/u/p/.env\" has no mount point");
	trial_mistake_at(t, "1.toml:3:13", "\"/home/u/p/src\" has no mount point");
	assert_int_equal(t->diags.total, 3);
}

static void a_mount_point_is_looked_for_below_the_source(void **state)
{
	struct trial *t = *state;

	plan(t,
	     "fs.read = ['/home/u/p:/w', '/etc/hosts:/w/.env']\nfs.tmpfs = ['/w/src']\n");
	trial_steps_are(t, "bind ro /w < /home/u/p\nbind ro /w/.env < /etc/hosts\n"
			   "tmpfs 0755 /w/src\n");
}

static void mount_points_are_made_in_file_systems_of_our_own(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.tmpfs = ['/a', '/a/b/c']\nfs.read = ['/etc/hosts:/o/new']\n"
		"[[fs.mount]]\ntype = 'overlay'\ntarget = '/o'\nlower = ['/usr']\n");
	trial_steps_are(t, "tmpfs 0755 /a\noverlay rw /o < - over /usr\n"
			   "bind ro /o/new < /etc/hosts\ntmpfs 0755 /a/b/c\n");
}

static void links_and_directories_are_not_made_on_the_host_either(void **state)
{
	struct trial *t = *state;

	/* the directory is there, but it is no symlink, and its mode is not ours to set
	 */
	plan(t, "fs.read = ['/home/u/p']\n[[fs.mount]]\ntype = 'symlink'\nsource = 'x'\n"
		"target = '/home/u/p/src'\n[[fs.mount]]\ntype = 'dir'\n"
		"target = '/home/u/p/.git'\n");
	trial_mistake_at(t, "1.toml:2:1", "\"/home/u/p/src\"");
	trial_mistake_at(t, "1.toml:6:1", "\"/home/u/p/.git\"");
}

static void a_mount_point_behind_a_kept_symlink_must_exist_too(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.read = ['/usr', '/bin']\nfs.tmpfs = ['/bin/new']\n");
	trial_mistake_at(t, "1.toml:2:13", "\"/bin/new\" has no mount point");
}

static void nothing_is_mounted_below_a_file(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.tmpfs = ['/f/x']\n[[fs.mount]]\ntype = 'file'\ntarget = '/f'\n"
		"content = ''\n");
	trial_mistake_at(t, "1.toml:1:13", "\"/f/x\"");
}

static void no_two_mounts_have_the_same_place_in_the_order(void **state)
{
	struct trial *t = *state;

	/* else it is the C library's qsort() that decides */
	plan(t, "fs.read = ['/etc/passwd', '/usr:/a/b']");
	trial_planned(t);
	for (size_t i = 0; i < t->plan.steps_len; i++)
		for (size_t k = 0; k < i; k++)
			if (t->plan.steps[i].order == t->plan.steps[k].order)
				fail_msg("%s and %s", t->plan.steps[k].target,
					 t->plan.steps[i].target);
}

static void a_symlink_inside_a_writable_directory_is_not_followed(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.write = ['/home/u/p']\nfs.read = ['/home/u/p/planted', "
		"'?/home/u/p/planted/id:/id']\n");
	trial_mistake_at(t, "1.toml:2:12",
			 "leads to \"/home/u/.ssh\" by a symbolic link");
	trial_mistake_at(t, "1.toml:2:33", "leads to \"/home/u/.ssh/id\"");
}

static void nor_one_inside_a_writable_mount(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.read = ['/home/u/p/planted:/x']\n[[fs.mount]]\ntype = 'bind'\n"
		"source = '/home/u/p'\ntarget = '/home/u/p'\nreadonly = false\n");
	trial_mistake_at(t, "1.toml:1:12", "by a symbolic link");
}

static void nor_one_that_is_reached_by_another_name(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.write = ['/home/u/p']\nfs.read = ['/alias/planted:/x']\n");
	trial_mistake_at(t, "1.toml:2:12", "by a symbolic link");
}

static void nor_one_inside_the_upper_directory_of_an_overlay(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.read = ['/home/u/p/planted:/x']\n[[fs.mount]]\ntype = 'overlay'\n"
		"target = '/o'\nlower = ['/usr']\nupper = '/home/u/p'\n"
		"work = '/home/u/work'\n");
	trial_mistake_at(t, "1.toml:1:12", "by a symbolic link");
}

static void the_writable_directory_itself_may_be_named_by_a_symlink(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.write = ['/alias:/w']\nfs.read = ['/alias/src:/s']\n");
	trial_steps_are(t, "bind ro /s < /home/u/p/src\nbind rw /w < /home/u/p\n");
}

static void some_places_have_no_mount_points(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.tmpfs = ['/q/sub']\n[[fs.mount]]\ntype = 'mqueue'\ntarget = '/q'\n");
	trial_mistake_at(t, "1.toml:1:13", "\"/q/sub\" has no mount point");
	plan(t, "fs.tmpfs = ['/proc/none']\n");
	trial_mistake_at(t, "1.toml:1:13", "\"/proc/none\" has no mount point");
	/* below a link that leads nowhere, or to where something is only later */
	plan(t, "fs.tmpfs = ['/l/x']\n[[fs.mount]]\ntype = 'symlink'\nsource = '/none'\n"
		"target = '/l'\n");
	trial_mistake_at(t, "1.toml:1:13", "\"/l/x\" has no mount point");
	plan(t, "fs.tmpfs = ['/l/x', '/late/a/b/c']\n[[fs.mount]]\ntype = 'symlink'\n"
		"source = '/late/a'\ntarget = '/l'\n");
	trial_mistake_at(t, "1.toml:1:13", "\"/l/x\" has no mount point");
	plan(t, "fs.tmpfs = ['/l/x', '/early']\n[[fs.mount]]\ntype = 'symlink'\n"
		"source = '/early'\ntarget = '/l'\n");
	trial_planned(t);
}

#define PLAN(name) cmocka_unit_test_setup_teardown(name, trial_setup, trial_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAN(parents_before_children_whatever_their_order),
		PLAN(files_whose_owner_ssh_checks_are_the_commands_own),
		PLAN(a_copy_shows_nothing_that_the_profile_does_not),
		PLAN(siblings_keep_the_order_of_the_profile),
		PLAN(a_symlink_stays_one_where_its_target_is_visible),
		PLAN(a_symlink_is_replaced_where_its_target_is_not_visible),
		PLAN(a_symlink_under_another_name_is_replaced),
		PLAN(a_symlink_by_way_of_one_that_is_not_shown_is_replaced),
		PLAN(a_writable_symlink_into_a_read_only_tree_stays_writable),
		PLAN(a_later_profile_wins_the_same_target),
		PLAN(a_later_profile_can_make_it_read_only_again),
		PLAN(the_same_target_twice_in_a_profile_is_a_mistake),
		PLAN(a_missing_source_is_a_mistake),
		PLAN(an_optional_source_is_skipped_if_missing),
		PLAN(an_optional_source_that_cannot_be_looked_at_is_a_mistake),
		PLAN(sockets_fifos_and_devices_must_be_named_as_such),
		PLAN(a_mount_has_the_type_that_it_says),
		PLAN(named_sockets_and_devices_are_bound_without_noexec_surprises),
		PLAN(a_bind_mount_is_read_only_unless_it_says_otherwise),
		PLAN(a_bind_remembers_what_it_looked_at),
		PLAN(a_mount_takes_only_the_keys_of_its_type),
		PLAN(files_links_and_directories_say_what_they_are),
		PLAN(a_tmpfs_has_the_limits_of_its_own_or_of_all),
		PLAN(fs_tmpfs_takes_plain_paths),
		PLAN(an_overlay_is_made_of_directories),
		PLAN(an_overlay_knows_its_layers),
		PLAN(mqueue_needs_an_ipc_namespace),
		PLAN(some_places_have_no_mount_points),
		PLAN(nothing_is_created_on_the_host_for_a_mount_point),
		PLAN(a_mount_point_is_looked_for_below_the_source),
		PLAN(mount_points_are_made_in_file_systems_of_our_own),
		PLAN(links_and_directories_are_not_made_on_the_host_either),
		PLAN(a_mount_point_behind_a_kept_symlink_must_exist_too),
		PLAN(nothing_is_mounted_below_a_file),
		PLAN(no_two_mounts_have_the_same_place_in_the_order),
		PLAN(a_symlink_inside_a_writable_directory_is_not_followed),
		PLAN(nor_one_inside_a_writable_mount),
		PLAN(nor_one_that_is_reached_by_another_name),
		PLAN(nor_one_inside_the_upper_directory_of_an_overlay),
		PLAN(the_writable_directory_itself_may_be_named_by_a_symlink),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("plan-mounts", tests, NULL, NULL);
}
