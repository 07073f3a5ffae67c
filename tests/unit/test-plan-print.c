/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-plan-print.c - the plan for people and for programs */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "fake-host.h"

static const char everything[] =
	"fs.read = ['/usr', '/bin', '/etc/hosts:/h']\nfs.write = ['/home/u/p']\n"
	"fs.tmpfs = ['/tmp', '/etc']\nfs.deny = ['/home/u/p/.env']\n"
	"fs.protect = ['/home/u/p/.git/hooks', '?/home/u/p/.hg']\n"
	"env.set = { A = 'a', PATH = '/bin' }\ncaps.keep = ['chown', 'net_raw']\n"
	"seccomp.deny = ['ptrace']\n"
	"[[fs.mount]]\ntype = 'overlay'\ntarget = '/o'\nlower = ['/usr', "
	"'/etc/alternatives']\n"
	"upper = '/home/u/up'\nwork = '/home/u/work'\n"
	"[[fs.mount]]\ntype = 'device'\nsource = '/dev/null'\ntarget = '/null'\n"
	"[[fs.mount]]\ntype = 'mqueue'\ntarget = '/q'\n"
	"[[fs.mount]]\ntype = 'dir'\ntarget = '/d'\n";

static void people_see_every_part_of_the_plan(void **state)
{
	struct trial *t = *state;
	_cleanup_strbuf_ struct strbuf out = { 0 };

	t->argv[1] = "--x";
	plan(t, everything);
	trial_planned(t);
	plan_print(&t->plan, &out);
	assert_string_equal(
		strbuf_str(&out),
		"namespaces: user mnt pid ipc uts net cgroup time\n"
		"user: 0:0 inside; ids: the caller's alone (auto: the caller has no line "
		"in "
		"/etc/subuid: usermod --add-subuids 100000-165535 USER)\n"
		"  outer uid_map 0 1000 1\n"
		"  outer gid_map 0 1000 1\n"
		"  inner uid_map 0 0 1\n"
		"  inner gid_map 0 0 1\n"
		"host name: sbox\n"
		"root: tmpfs, read-only\n"
		"mounts:\n"
		"  bind     /usr (ro,nosuid,nodev)  # 1.toml:1:12\n"
		"  symlink  /bin -> usr/bin  # 1.toml:1:20\n"
		"  bind     /h from /etc/hosts (ro,nosuid,nodev)  # 1.toml:1:28\n"
		"  tmpfs    /tmp size=2147483648 inodes=400000 mode=1777 "
		"(rw,nosuid,nodev)  # "
		"1.toml:3:13\n"
		"  tmpfs    /etc size=2147483648 inodes=400000 mode=0755 "
		"(rw,nosuid,nodev)  # "
		"1.toml:3:21\n"
		"  overlay  /o over /usr:/etc/alternatives keeps changes in /home/u/up "
		"(rw,nosuid,nodev)  # 1.toml:9:1\n"
		"  bind     /null from /dev/null (rw,nosuid,noexec)  # 1.toml:15:1\n"
		"  mqueue   /q (rw,nosuid,nodev,noexec)  # 1.toml:19:1\n"
		"  dir      /d  # 1.toml:22:1\n"
		"  dev      /dev (ro,nosuid,noexec)  # sbox\n"
		"  proc     /proc (rw,nosuid,nodev,noexec)  # sbox\n"
		"  bind     /home/u/p (rw,nosuid,nodev)  # 1.toml:2:13\n"
		"  deny     /home/u/p/.env (ro,nosuid,nodev,noexec)  # 1.toml:4:12\n"
		"  pin      /home/u/p/.git  # 1.toml:5:15\n"
		"  protect  /home/u/p/.git/hooks (ro,nosuid,nodev)  # 1.toml:5:15\n"
		"  watched: /home/u/p/.hg (does not exist; reported if the command "
		"creates it)\n"
		"capabilities: chown net_raw\n"
		"seccomp: default, with the profile's changes\n"
		"landlock: on\n"
		"network: none (loopback only)\n"
		"limits:\n"
		"  tmpfs    2G by size= of each tmpfs\n"
		"  inodes   400000 by nr_inodes= of each tmpfs\n"
		"  core     0 by RLIMIT_CORE of each process\n"
		"environment:\n"
		"  A=a\n"
		"  PATH=/bin\n"
		"  USER=root\n"
		"  LOGNAME=root\n"
		"working directory: /home/u/p\n"
		"command: true --x\n");
}

static void people_see_what_is_switched_off(void **state)
{
	struct trial *t = *state;
	_cleanup_strbuf_ struct strbuf out = { 0 };

	plan(t, "namespaces.inner = false\nnamespaces.share = ['uts', 'ipc']\n"
		"net.mode = 'host'\nseccomp.base = 'none'\ncaps.keep = ['all']\n"
		"landlock.mode = 'off'\nfs.root = '/srv/root'\nfs.root_mode = 'rw'\n"
		"fs.dev = 'none'\nfs.proc = 'none'\n");
	trial_planned(t);
	plan_print(&t->plan, &out);
	assert_non_null(strstr(out.s, "namespaces: user mnt pid cgroup time\n"));
	assert_non_null(strstr(out.s, "  no inner user namespace"));
	assert_non_null(strstr(out.s, "host name: (the host's)\n"));
	assert_non_null(strstr(out.s, "root: a directory, see mounts, writable\n"));
	assert_non_null(strstr(out.s, "  bind     / from /srv/root (rw,nosuid,nodev)"));
	assert_non_null(strstr(out.s, "capabilities: all\n"));
	assert_non_null(strstr(out.s, "seccomp: none, nested namespaces allowed\n"));
	assert_non_null(strstr(out.s, "landlock: off\n"));
	assert_non_null(strstr(out.s, "network: host (not isolated)\n"));
}

/* A small but strict reader of JSON: behind the value at @s, NULL if it is none. */
static const char *json_value(const char *s);

static const char *json_string(const char *s)
{
	if (*s++ != '"')
		return NULL;
	for (; *s != '"'; s++) {
		if ((unsigned char)*s < 0x20)
			return NULL;
		if (*s != '\\')
			continue;
		s++;
		if (*s == 'u' && strspn(s + 1, "0123456789abcdefABCDEF") >= 4)
			s += 4;
		else if (!*s || !strchr("\"\\/bfnrt", *s))
			return NULL;
	}
	return s + 1;
}

static const char *json_list(const char *s, char close)
{
	if (*++s == close)
		return s + 1;
	for (;;) {
		if (close == '}') {
			s = json_string(s);
			if (!s || *s++ != ':')
				return NULL;
		}
		s = json_value(s);
		if (!s || (*s != ',' && *s != close))
			return NULL;
		if (*s++ == close)
			return s;
	}
}

static const char *json_value(const char *s)
{
	static const char *const words[] = { "true", "false", "null" };
	size_t digits;

	if (*s == '"')
		return json_string(s);
	if (*s == '{')
		return json_list(s, '}');
	if (*s == '[')
		return json_list(s, ']');
	for (size_t i = 0; i < 3; i++)
		if (strncmp(s, words[i], strlen(words[i])) == 0)
			return s + strlen(words[i]);
	s += *s == '-';
	digits = strspn(s, "0123456789");
	return digits > 0 && (digits == 1 || *s != '0') ? s + digits : NULL;
}

static const char *json_of(struct trial *t)
{
	struct strbuf out = { 0 };
	const char *copy, *end;

	trial_planned(t);
	plan_json(&t->plan, &out);
	copy = arena_strdup(&t->arena, strbuf_str(&out));
	strbuf_done(&out);
	end = json_value(copy);
	if (!end || strcmp(end, "\n") != 0)
		fail_msg("no JSON: %s", copy);
	return copy;
}

static void the_reader_of_json_is_strict(void **state)
{
	static const char *const bad[] = { "",          "[1,]",      "{\"a\":}", "{a:1}",
					   "[\"\\x\"]", "\"\n\"",    "[01]",     "[1 2]",
					   "nul",       "{\"a\":1,}" };

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		const char *end = json_value(bad[i]);

		assert_true(!end || *end);
	}
	assert_string_equal(json_value("{\"a\":[1,-2,\"\\u001b\",{}],\"b\":null}!"), "!");
}

static void programs_get_json(void **state)
{
	struct trial *t = *state;
	const char *json;

	t->argv[1] = "--x";
	plan(t, everything);
	json = json_of(t);
	assert_non_null(
		strstr(json, "{\"namespaces\":[\"user\",\"mnt\",\"pid\",\"ipc\",\"uts\","
			     "\"net\",\"cgroup\",\"time\"],"));
	assert_non_null(strstr(
		json,
		"\"outer\":{\"uid\":[{\"inside\":0,\"outside\":1000,\"count\":1}]"));
	assert_non_null(strstr(json,
			       "{\"type\":\"bind\",\"target\":\"/h\",\"source\":"
			       "\"/etc/hosts\",\"flags\":\"ro,nosuid,nodev\",\"from\":"
			       "\"1.toml:1:28\"}"));
	assert_non_null(strstr(json,
			       "\"lower\":[\"/usr\",\"/etc/alternatives\"],\"upper\":"
			       "\"/home/u/up\"}"));
	assert_non_null(strstr(json, "\"size\":2147483648,\"inodes\":400000,"
				     "\"mode\":\"1777\"}"));
	assert_non_null(strstr(json, "{\"type\":\"deny\",\"target\":\"/home/u/p/.env\","
				     "\"source\":null,"));
	assert_non_null(strstr(json, "\"capabilities\":[\"chown\",\"net_raw\"],"));
	assert_non_null(strstr(json, "\"environment\":[\"A=a\",\"PATH=/bin\","
				     "\"USER=root\",\"LOGNAME=root\"],"));
	assert_non_null(
		strstr(json, "\"cwd\":\"/home/u/p\",\"command\":[\"true\",\"--x\"]}"));
}

static void programs_see_what_is_watched_too(void **state)
{
	struct trial *t = *state;

	plan(t, everything);
	assert_non_null(strstr(json_of(t), "\"/home/u/p/.hg\""));
}

static void json_says_null_where_there_is_nothing(void **state)
{
	struct trial *t = *state;
	const char *json;

	plan(t,
	     "namespaces.inner = false\nnamespaces.share = ['uts']\ncaps.keep = ['all']\n"
	     "net.mode = 'host'\nseccomp.base = 'none'\n");
	json = json_of(t);
	assert_non_null(strstr(json, "\"inner\":null}"));
	assert_non_null(strstr(json, "\"hostname\":null,"));
	assert_non_null(strstr(json, "\"network\":\"host\""));
	assert_non_null(strstr(json, "\"seccomp\":{\"base\":\"none\",\"nested\":true,"
				     "\"changed\":false,\"programs\":[]}"));
	assert_non_null(strstr(json, "\"chown\",\"dac_override\""));
	assert_non_null(
		strstr(json, "\"environment\":[\"USER=root\",\"LOGNAME=root\"],"));
}

static void nothing_hostile_reaches_the_terminal(void **state)
{
	static const char *const environ[] = { "E=\x1b[2J\xff", NULL };
	struct trial *t = *state;
	_cleanup_strbuf_ struct strbuf out = { 0 };

	t->host.environ = environ;
	t->argv[1] = "\x1b]0;x\a\u202e\n";
	plan(t, "fs.tmpfs = [\"/a\\u001b\\n\\u202eb\"]\nenv.pass = ['*']\n"
		"process.cwd = \"/\\u009b\"\n[[fs.mount]]\ntype = 'symlink'\n"
		"target = '/l'\nsource = \"\\t\\u007f\"\n");
	trial_planned(t);
	plan_print(&t->plan, &out);
	for (const char *s = strbuf_str(&out); *s; s++)
		if (*s != '\n' && ((unsigned char)*s < ' ' || *s == 0x7f))
			fail_msg("a control character: %s", s);
	assert_null(strstr(out.s, "\u202e"));
	assert_null(strstr(out.s, "\xff"));
	assert_non_null(strstr(out.s, "  tmpfs    /a\\x1b\\x0a\\xe2\\x80\\xaeb size="));
	assert_non_null(strstr(out.s, "  E=\\x1b[2J\\xff\n"));
	assert_non_null(strstr(out.s, "working directory: /\\xc2\\x9b\n"));
	assert_non_null(
		strstr(out.s, "command: true \\x1b]0;x\\x07\\xe2\\x80\\xae\\x0a\n"));
}

static void nothing_hostile_is_in_the_json(void **state)
{
	static const char *const environ[] = { "E=\x1b[2J\xff\"\\", NULL };
	struct trial *t = *state;
	const char *json;

	t->host.environ = environ;
	t->argv[1] = "\x1b]0;x\a\u202e\n";
	plan(t, "fs.tmpfs = [\"/a\\u001b\\n\\\"\\u202eb\"]\nenv.pass = ['*']\n");
	json = json_of(t);
	assert_non_null(strstr(json, "\"/a\\u001b\\u000a\\\"\\u202eb\""));
	assert_non_null(strstr(json, "\"E=\\u001b[2J\\ufffd\\\"\\\\\""));
	assert_non_null(strstr(json, "\"\\u001b]0;x\\u0007\\u202e\\u000a\""));
	for (const char *s = json; s[1]; s++)
		assert_true((unsigned char)*s >= ' ' && *s != 0x7f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(people_see_every_part_of_the_plan,
						trial_setup, trial_teardown),
		cmocka_unit_test_setup_teardown(people_see_what_is_switched_off,
						trial_setup, trial_teardown),
		cmocka_unit_test_setup_teardown(the_reader_of_json_is_strict, trial_setup,
						trial_teardown),
		cmocka_unit_test_setup_teardown(programs_get_json, trial_setup,
						trial_teardown),
		cmocka_unit_test_setup_teardown(programs_see_what_is_watched_too,
						trial_setup, trial_teardown),
		cmocka_unit_test_setup_teardown(json_says_null_where_there_is_nothing,
						trial_setup, trial_teardown),
		cmocka_unit_test_setup_teardown(nothing_hostile_reaches_the_terminal,
						trial_setup, trial_teardown),
		cmocka_unit_test_setup_teardown(nothing_hostile_is_in_the_json,
						trial_setup, trial_teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("plan-print", tests, NULL, NULL);
}
