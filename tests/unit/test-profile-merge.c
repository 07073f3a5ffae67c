/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-profile-merge.c - profiles and options become one policy, or all their mistakes */
#include "config.h"

#include "test-profile.h"

static void parents_come_first_and_children_win(void **state)
{
	struct fixture *f = *state;

	put("first/a.toml", "description = 'a'\nfs.read = ['/a', '/x']\n"
			    "env.set = { A = 'a', B = 'a' }\nnet.mode = 'host'\n");
	put("first/b.toml",
	    "description = 'b'\nfs.read = ['/b', '/x']\nenv.set.B = 'b'\n");
	put("first/c.toml",
	    "extends = ['a', 'b']\ndescription = 'c'\nfs.read = ['/c']\n");
	load(f, "c");
	files_are(f, "first/a.toml first/b.toml first/c.toml");
	reads_are(f, "/a /x /b /c");
	assert_string_equal(f->policy.description.s, "c");
	assert_string_equal(pairs_get(&f->policy.env.set, "A")->value, "a");
	assert_string_equal(pairs_get(&f->policy.env.set, "B")->value, "b");
	assert_int_equal(f->policy.net.mode.value, NET_HOST);
	assert_int_equal(f->policy.fs.read.items[1].layer, 2);
	assert_int_equal(f->policy.description.layer, 3);
}

static void reset_clears_what_was_inherited(void **state)
{
	struct fixture *f = *state;

	put("first/a.toml", "fs.read = ['/a']\nfs.write = ['/a']\nnet.mode = 'host'\n"
			    "[env]\npass = ['A']\nset = { A = 'a' }\n");
	put("first/b.toml",
	    "extends = ['a']\nreset = ['fs.read', 'env']\nfs.read = ['/b']\n");
	load(f, "b");
	reads_are(f, "/b");
	assert_int_equal(f->policy.fs.write.len, 1);
	assert_int_equal(f->policy.env.pass.len, 0);
	assert_int_equal(f->policy.env.set.len, 0);
	assert_int_equal(f->policy.net.mode.value, NET_HOST);
}

static void reset_names_keys(void **state)
{
	struct fixture *f = *state;

	put("first/a.toml", "reset = ['fs.raed', 'f', 'fs.', '', 3]\n");
	put("first/b.toml", "reset = 'fs.read'\n");
	load(f, "a", "b");
	mistaken(f, "first/a.toml:1:10: unknown key \"fs.raed\": did you mean "
		    "\"fs.read\"?\n");
	mistaken(f, "first/a.toml:1:21: unknown key \"f\"");
	mistaken(f, "first/a.toml:1:26: unknown key \"fs.\"");
	mistaken(f, "first/a.toml:1:33: unknown key \"\"");
	mistaken(f, "first/a.toml:1:37: \"reset\" takes key names, not an integer\n");
	mistaken(f, "first/b.toml:1:9: \"reset\" takes an array of key names, not a "
		    "string\n");
}

static void unknown_keys_are_told_with_the_nearest(void **state)
{
	struct fixture *f = *state;

	put("first/a.toml",
	    "versoin = 1\n[fs]\nraed = ['/usr']\nxyzzy = 1\n[nest]\na = 1\n"
	    "[process]\ntty.x = 'auto'\n");
	load(f, "a");
	mistaken(
		f,
		"first/a.toml:1:1: unknown key \"versoin\": did you mean \"version\"?\n");
	mistaken(
		f,
		"first/a.toml:3:1: unknown key \"fs.raed\": did you mean \"fs.read\"?\n");
	mistaken(f, "first/a.toml:4:1: unknown key \"fs.xyzzy\"");
	mistaken(f, "first/a.toml:5:2: unknown key \"nest\"");
	mistaken(f, "\"process.tty\" takes a string, not a table\n");
	assert_int_equal(f->diags.total, 5);
}

static void a_nearest_key_is_never_the_same(void **state)
{
	struct fixture *f = *state;

	put("first/a.toml", "reset = ['version']");
	set(f, "extends=['b']");
	load(f, "a");
	mistaken(f, "unknown key \"version\"");
	assert_null(strstr(mistakes(f), "\"version\": did you mean \"version\""));
	assert_null(strstr(mistakes(f), "\"extends\": did you mean \"extends\""));
}

static void a_table_is_no_value_and_a_value_no_table(void **state)
{
	struct fixture *f = *state;

	put("first/a.toml", "fs = 3\n[description]\n[[env]]\n");
	load(f, "a");
	mistakes_are(f, "first/a.toml:1:6: \"fs\" is a table ([fs]), not an integer\n"
			"first/a.toml:2:1: \"description\" takes a string, not a table\n"
			"first/a.toml:3:1: \"env\" is a table ([env]), not an array\n");
}

static void only_version_one_is_read(void **state)
{
	struct fixture *f = *state;

	put("first/a.toml", "version = 1");
	put("first/b.toml", "\nversion = 2\n");
	put("first/c.toml", "version = '1'");
	load(f, "a", "b", "c");
	mistakes_are(
		f,
		"first/b.toml:2:11: this sbox reads profiles of version 1 (\"version = "
		"1\")\n"
		"first/c.toml:1:11: this sbox reads profiles of version 1 (\"version = "
		"1\")\n");
}

static void all_mistakes_of_all_files_come_in_one_go(void **state)
{
	struct fixture *f = *state;

	put("first/a.toml",
	    "version = 1\nnet.mode = 'hots'\n[fs]\nread = ['usr', '/ok', 7]\n");
	put("first/b.toml",
	    "extends = ['a']\n[vars]\nX = 1\n[env.set]\nA = '${NOSUCHVAR}'\n"
	    "'B=' = 'x'\n[limits]\ntmpfs = '1X'\n");
	set(f, "identity.user=\"nobody\"");
	load(f, "b");
	mistakes_are(
		f,
		"first/b.toml:3:5: \"vars.X\" takes a string, not an integer\n"
		"first/a.toml:2:12: \"net.mode\" is \"hots\", must be one of: none, "
		"host, slirp4netns, pasta, filtered, auto, join:NAME\n"
		"first/a.toml:4:9: \"usr\" is no path of the form [?]SRC[:DST]: paths "
		"are "
		"absolute and without \"..\"; ${HOME}, ${CWD} and ${PROFILE_DIR} help\n"
		"first/a.toml:4:23: \"fs.read\" takes strings, not an integer\n"
		"first/b.toml:5:5: variable \"NOSUCHVAR\" is not set: define it in "
		"[vars], or "
		"give a "
		"default with ${NOSUCHVAR:-...}\n"
		"first/b.toml:6:1: \"B=\" is no name of an environment variable\n"
		"first/b.toml:8:9: \"1X\" is no size: write bytes, or 64K, 512M, 4G\n"
		"command line:2:0: \"nobody\" is no user: write root, caller or "
		"UID:GID\n");
}

static void a_text_that_is_no_toml_is_a_mistake_among_others(void **state)
{
	struct fixture *f = *state;

	put("first/a.toml", "version = 1\n[fs\nread = ['/usr']\n");
	put("first/b.toml", "net.mode = 'hots'");
	load(f, "a", "b");
	mistaken(f, "first/a.toml:2:4: ");
	mistaken(f, "first/b.toml:1:12: \"net.mode\" is \"hots\"");
}

static void a_broken_parent_of_two_is_told_once(void **state)
{
	struct fixture *f = *state;

	put("first/top.toml", "version = 2");
	put("first/left.toml", "extends = ['top']");
	put("first/right.toml", "extends = ['top']");
	load(f, "left", "right");
	mistakes_are(
		f,
		"first/top.toml:1:11: this sbox reads profiles of version 1 (\"version = "
		"1\")\n");
}

static void options_come_last_and_start_at_the_working_directory(void **state)
{
	struct fixture *f = *state;

	put("first/a.toml", "description = 'a'\nfs.read = ['/a']\n");
	f->options[0] = (struct profile_option){ key_find(key_table, "description"),
						 "${x}",
						 { "command line", 2, 0 } };
	f->options[1] = (struct profile_option){ key_find(key_table, "fs.read"),
						 "sub:/s",
						 { "command line", 3, 0 } };
	f->options_len = 2;
	load(f, "a");
	reads_are(f, "/a cwd/sub:/s");
	assert_string_equal(f->policy.description.s, "${x}");
	assert_int_equal(f->policy.fs.read.items[1].layer, 2);
	assert_int_equal(f->policy.fs.read.items[1].pos.line, 3);
}

static void set_takes_values_of_every_type(void **state)
{
	struct fixture *f = *state;

	set(f, "description=\"a = b\"");
	set(f, "fs.read=[\"/b\", './c']");
	set(f, "limits.inodes=0x10");
	set(f, "namespaces.nested=true");
	set(f, "env.set={ A = 'a', B = 'b' }");
	set(f, "env.set.B='c=d'");
	set(f, "limits.tmpfs='1M'");
	set(f, "fs.mount=[{ type = 'dir', target = '/d' }]");
	put("first/a.toml", "fs.read = ['/a']\nenv.set = { A = 'x', C = 'y' }\n");
	load(f, "a");
	reads_are(f, "/a /b cwd/c");
	assert_string_equal(f->policy.description.s, "a = b");
	assert_int_equal(f->policy.limits.inodes.value, 16);
	assert_int_equal(f->policy.namespaces.nested.value, 1);
	assert_string_equal(pairs_get(&f->policy.env.set, "A")->value, "a");
	assert_string_equal(pairs_get(&f->policy.env.set, "B")->value, "c=d");
	assert_string_equal(pairs_get(&f->policy.env.set, "C")->value, "y");
	assert_int_equal(f->policy.limits.tmpfs.value, 1 << 20);
	assert_int_equal(f->policy.fs.mount.len, 1);
}

static void set_takes_a_bare_word_for_a_string(void **state)
{
	struct fixture *f = *state;

	set(f, "net.mode=host");
	load(f, NULL);
	loaded(f);
	assert_int_equal(f->policy.net.mode.value, NET_HOST);
}

static void set_can_reset(void **state)
{
	struct fixture *f = *state;

	put("first/a.toml", "fs.read = ['/a']");
	set(f, "reset=['fs.read']");
	set(f, "fs.read=['/b']");
	load(f, "a");
	reads_are(f, "/b");
}

static void set_says_what_is_wrong(void **state)
{
	struct fixture *f = *state;

	set(f, "fs.read");
	set(f, "=1");
	set(f, "fs.raed=['/a']");
	set(f, "fs.read='/a'");
	set(f, "fs.read=[");
	set(f, "limits.inodes=1 2");
	set(f, "fs={ read = ['/a'] }");
	load(f, NULL);
	mistaken(f, "command line:2:0: \"--set=fs.read\" is not KEY=VALUE\n");
	mistaken(f, "command line:3:0: \"--set==1\" is not KEY=VALUE\n");
	mistaken(
		f,
		"command line:4:0: unknown key \"fs.raed\": did you mean \"fs.read\"?\n");
	mistaken(f, "command line:5:");
	mistaken(f, "\"fs.read\" takes an array of strings, not a string\n");
	mistaken(f, "command line:6:");
	mistaken(f, "command line:7:");
	mistaken(f, "command line:8:0: unknown key \"fs\"");
	assert_int_equal(f->diags.total, 7);
}

static void a_root_replaces_what_earlier_layers_show(void **state)
{
	struct fixture *f = *state;

	put("first/a.toml", "fs.read = ['/usr', '/both']\nfs.write = ['/w']\n");
	put("first/b.toml",
	    "extends = ['a']\nfs.read = ['/own', '/both']\nfs.root = '/r'\n");
	put("first/c.toml", "extends = ['b']\nfs.read = ['/after']\n");
	load(f, "c");
	reads_are(f, "/both /own /after");
	assert_int_equal(f->policy.fs.write.len, 1);
}

static void a_root_of_the_command_line_replaces_them_all(void **state)
{
	struct fixture *f = *state;

	put("first/a.toml", "fs.read = ['/usr']");
	set(f, "fs.read=['/own']");
	set(f, "fs.root='/r'");
	load(f, "a");
	reads_are(f, "/own");
}

static void variables_of_later_files_win(void **state)
{
	struct fixture *f = *state;

	put("first/a.toml",
	    "fs.read = ['${X}', '${Y}']\n[vars]\nX = '/a'\nY = '${X}/y'\n");
	put("first/b.toml", "extends = ['a']\n[vars]\nX = '${HOME}/b'\n");
	load(f, "b");
	reads_are(f, "/home/u/b /home/u/b/y");
}

static const struct pairs *account(void *data)
{
	return data;
}

/* What fs.deny is, with blanks between. */
static void denies_are(struct fixture *f, const char *want)
{
	struct strbuf got = { 0 };

	for (size_t i = 0; i < f->policy.fs.deny.len; i++)
		strbuf_printf(&got, "%s%s", i ? " " : "", f->policy.fs.deny.items[i].s);
	assert_string_equal(strbuf_str(&got), want);
	strbuf_done(&got);
}

static void what_is_denied_at_home_is_in_each_home(void **state)
{
	struct fixture *f = *state;
	struct pairs pairs = { 0 };

	pairs_set(&f->arena, &pairs, &(struct pair){ .name = "HOME", .value = "/acc" });
	f->set.vars.account = account;
	f->set.vars.account_data = &pairs;
	put("first/a.toml", "[vars]\nS = '${HOME}/s'\n[fs]\nread = ['${HOME}/r']\n"
			    "deny = ['?${HOME}/.ssh', '${S}', '/plain', "
			    "'${HOME:-/root}/x', '/$$/y']\n");
	load(f, "a");
	denies_are(f, "?/home/u/.ssh ?/acc/.ssh /home/u/s ?/acc/s /plain /home/u/x "
		      "?/acc/x /$/y");
	reads_are(f, "/home/u/r");
}

static void without_a_home_it_is_in_that_of_the_account(void **state)
{
	struct fixture *f = *state;
	struct pairs pairs = { 0 };

	pairs_set(&f->arena, &pairs, &(struct pair){ .name = "HOME", .value = "/acc" });
	f->set.vars.account = account;
	f->set.vars.account_data = &pairs;
	pairs_set(&f->arena, &f->set.vars.builtin, &(struct pair){ .name = "HOME" });
	put("first/a.toml", "fs.deny = ['?${HOME}/.ssh', '${HOME:-/root}/x']\n");
	load(f, "a");
	denies_are(f, "?/acc/.ssh /acc/x");
}

static void variables_have_names_of_their_own(void **state)
{
	struct fixture *f = *state;

	put("first/a.toml", "[vars]\nHOME = '/evil'\n");
	put("first/b.toml", "vars = ['x']");
	load(f, "a", "b");
	mistakes_are(
		f,
		"first/a.toml:2:1: \"HOME\" is a variable of sbox itself: choose another "
		"name\n"
		"first/b.toml:1:8: \"vars\" takes a table of strings, not an array\n");
}

static void profile_dir_is_not_to_be_redefined_either(void **state)
{
	struct fixture *f = *state;

	put("first/a.toml", "[vars]\nPROFILE_DIR = '/evil'\n");
	load(f, "a");
	mistaken(f, "first/a.toml:2:1: \"PROFILE_DIR\" is a variable of sbox itself");
}

static void profile_dir_is_that_of_each_file(void **state)
{
	struct fixture *f = *state;

	put("first/a.toml",
	    "fs.read = ['${PROFILE_DIR}/a']\n[vars]\nD = '${PROFILE_DIR}/d'\n");
	put("second/b.toml", "extends = ['a']\nfs.read = ['${PROFILE_DIR}/b', '${D}']\n");
	load(f, "b");
	reads_are(f, "first/a second/b first/d");
}

static void profile_dir_with_a_default_is_the_defining_file_s_too(void **state)
{
	struct fixture *f = *state;

	put("first/a.toml", "[vars]\nD = '${PROFILE_DIR:-/x}/d'\n");
	put("second/b.toml", "extends = ['a']\nfs.read = ['${D}']\n");
	load(f, "b");
	reads_are(f, "first/d");
}

static void a_dollar_in_front_of_profile_dir_is_a_dollar(void **state)
{
	struct fixture *f = *state;

	put("first/a.toml", "description = '${D}'\n[vars]\nD = '$${PROFILE_DIR}'\n");
	load(f, "a");
	loaded(f);
	assert_string_equal(f->policy.description.s, "${PROFILE_DIR}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROFILE(parents_come_first_and_children_win),
		PROFILE(reset_clears_what_was_inherited),
		PROFILE(reset_names_keys),
		PROFILE(unknown_keys_are_told_with_the_nearest),
		PROFILE(a_nearest_key_is_never_the_same),
		PROFILE(a_table_is_no_value_and_a_value_no_table),
		PROFILE(only_version_one_is_read),
		PROFILE(all_mistakes_of_all_files_come_in_one_go),
		PROFILE(a_text_that_is_no_toml_is_a_mistake_among_others),
		PROFILE(a_broken_parent_of_two_is_told_once),
		PROFILE(options_come_last_and_start_at_the_working_directory),
		PROFILE(set_takes_values_of_every_type),
		PROFILE(set_takes_a_bare_word_for_a_string),
		PROFILE(set_can_reset),
		PROFILE(set_says_what_is_wrong),
		PROFILE(a_root_replaces_what_earlier_layers_show),
		PROFILE(a_root_of_the_command_line_replaces_them_all),
		PROFILE(variables_of_later_files_win),
		PROFILE(variables_have_names_of_their_own),
		PROFILE(what_is_denied_at_home_is_in_each_home),
		PROFILE(without_a_home_it_is_in_that_of_the_account),
		PROFILE(profile_dir_is_not_to_be_redefined_either),
		PROFILE(profile_dir_is_that_of_each_file),
		PROFILE(profile_dir_with_a_default_is_the_defining_file_s_too),
		PROFILE(a_dollar_in_front_of_profile_dir_is_a_dollar),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("profile-merge", tests, NULL, NULL);
}
