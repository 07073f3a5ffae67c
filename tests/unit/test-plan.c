/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-plan.c - namespaces, environment, system calls, Landlock, process */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sched.h>
#include <string.h>

#include "fake-host.h"

#define ALWAYS (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID)

static void every_namespace_is_new_unless_shared(void **state)
{
	struct trial *t = *state;

	plan(t, "");
	trial_planned(t);
	assert_int_equal(t->plan.clone_flags, ALWAYS | CLONE_NEWIPC | CLONE_NEWCGROUP |
						      CLONE_NEWUTS | CLONE_NEWNET |
						      CLONE_NEWTIME);
	assert_true(t->plan.loopback);
	assert_string_equal(t->plan.hostname, "sbox");
	plan(t,
	     "namespaces.share = ['ipc', 'uts', 'cgroup', 'time']\nnet.mode = 'host'\n");
	trial_planned(t);
	assert_int_equal(t->plan.clone_flags, ALWAYS);
	assert_false(t->plan.loopback);
	assert_null(t->plan.hostname);
}

static void a_host_name_needs_a_namespace(void **state)
{
	struct trial *t = *state;

	plan(t, "identity.hostname = 'x'\nnamespaces.share = ['uts']\n");
	trial_mistake_at(t, "1.toml:1:21", "the host name cannot be set");
}

/* The environment in one line. */
static const char *environment(struct trial *t)
{
	const char *text = "";

	trial_planned(t);
	for (size_t i = 0; t->plan.environ[i]; i++)
		text = arena_printf(&t->arena, "%s%s%s", text, i ? " " : "",
				    t->plan.environ[i]);
	return text;
}

/* Which are there when no profile says anything of them. */
#define NAMES "USER=root LOGNAME=root"

static void no_variable_but_the_names_inside_is_there_by_itself(void **state)
{
	struct trial *t = *state;

	plan(t, "identity.user = 'caller'");
	assert_string_equal(environment(t), "USER=u LOGNAME=u");
	plan(t, "env.set.USER = 'x'");
	assert_string_equal(environment(t), "USER=x LOGNAME=root");
	plan(t, "");
	assert_string_equal(environment(t), "USER=root LOGNAME=root");
	assert_string_equal(t->plan.path, "/usr/local/bin:/usr/bin:/bin");
}

static void variables_pass_by_name_and_by_pattern(void **state)
{
	static const struct {
		const char *pass, *want;
	} row[] = {
		{ "'LANG'", "LANG=C" },
		{ "'LC_*'", "LC_ALL=C" },
		{ "'LANG*'", "LANG=C" },
		{ "'L*'", "LANG=C LC_ALL=C" },
		{ "'*A*'", "LANG=C LC_ALL=C PATH=/bin" },
		{ "'*L'", "LC_ALL=C" },
		{ "'L**'", "LANG=C LC_ALL=C" },
		{ "'L*_*L'", "LC_ALL=C" },
		{ "'LAN', 'ANG', 'lang', 'LANGX', 'A*C'", NULL },
		{ "'?ANG', '[L]ANG'", NULL },
		{ "'*'", "HOME=/home/u LANG=C LC_ALL=C PATH=/bin SECRET=x" },
	};
	struct trial *t = *state;

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		plan(t, arena_printf(&t->arena, "env.pass = [%s]", row[i].pass));
		assert_string_equal(environment(t),
				    arena_printf(&t->arena, "%s%s" NAMES,
						 row[i].want ? row[i].want : "",
						 row[i].want ? " " : ""));
	}
}

static void a_variable_that_is_set_does_not_pass(void **state)
{
	struct trial *t = *state;

	plan(t, "env.pass = ['L*']\nenv.set = { LANG = 'de', X = '', Y = 'a=b' }\n",
	     "env.set = { Y = 'c' }");
	assert_string_equal(environment(t), "LC_ALL=C LANG=de X= Y=c " NAMES);
}

static void the_command_is_found_by_the_path_inside(void **state)
{
	struct trial *t = *state;

	plan(t, "env.pass = ['PATH']");
	assert_string_equal(environment(t), "PATH=/bin " NAMES);
	assert_string_equal(t->plan.path, "/bin");
	plan(t, "env.pass = ['PATH']\nenv.set.PATH = '/opt'\n");
	assert_string_equal(environment(t), "PATH=/opt " NAMES);
	assert_string_equal(t->plan.path, "/opt");
}

static void landlock_is_on_where_the_kernel_has_it(void **state)
{
	struct trial *t = *state;

	plan(t, "");
	trial_planned(t);
	assert_true(t->plan.landlock);
	t->host.landlock_abi = 0;
	plan(t, "");
	trial_planned(t);
	assert_false(t->plan.landlock);
}

static void landlock_is_off_where_it_would_be_in_the_way(void **state)
{
	static const char *const off[] = { "landlock.mode = 'off'",
					   "namespaces.nested = true",
					   "namespaces.inner = false" };
	struct trial *t = *state;

	for (size_t i = 0; i < sizeof off / sizeof off[0]; i++) {
		plan(t, off[i]);
		trial_planned(t);
		assert_false(t->plan.landlock);
	}
}

static void a_landlock_that_is_asked_for_must_be_had(void **state)
{
	struct trial *t = *state;

	plan(t, "landlock.min_abi = 3");
	trial_planned(t);
	assert_true(t->plan.landlock);
	plan(t, "landlock.min_abi = 4");
	trial_mistake_at(t, "1.toml:1:20", "is 4, but this kernel offers only 3");
	t->host.landlock_abi = 0;
	plan(t, "landlock.min_abi = 2");
	trial_mistake_at(t, "1.toml:1:20", "is 2, but this kernel offers 0");
	t->host.landlock_abi = 3;
	plan(t, "landlock.min_abi = 1\nnamespaces.nested = true\n");
	trial_mistake_at(t, "1.toml:1:20", "off because of namespaces.nested");
	plan(t, "landlock.min_abi = 1\nlandlock.mode = 'off'\n");
	trial_mistake_at(t, "1.toml:1:20", "off because of landlock.mode");
}

static void system_calls_are_what_the_profile_says(void **state)
{
	struct trial *t = *state;

	plan(t, "");
	trial_planned(t);
	assert_int_equal(t->plan.filter.base, FILTER_DEFAULT);
	assert_true(t->plan.filter.stock);
	assert_false(t->plan.filter.nested);
	plan(t, "seccomp.base = 'strict'\nseccomp.deny = ['ptrace:ENOSYS']\n");
	trial_planned(t);
	assert_int_equal(t->plan.filter.base, FILTER_STRICT);
	assert_false(t->plan.filter.stock);
	plan(t, "seccomp.base = 'none'");
	trial_planned(t);
	assert_true(filter_is_empty(&t->plan.filter));
	plan(t, "namespaces.nested = true");
	trial_planned(t);
	assert_true(t->plan.filter.nested);
	plan(t, "namespaces.inner = false");
	trial_planned(t);
	assert_true(t->plan.filter.nested);
}

static void an_unknown_system_call_has_its_place(void **state)
{
	struct trial *t = *state;

	plan(t, "seccomp.allow = ['mbind', 'nosuchcall']\nseccomp.deny = ['@nogroup']\n");
	trial_mistake_at(t, "1.toml:1:27", "nosuchcall");
	trial_mistake_at(t, "1.toml:2:17", "@nogroup");
	assert_int_equal(t->diags.total, 2);
}

static void the_command_gets_what_was_asked_for(void **state)
{
	struct trial *t = *state;

	plan(t, "process.argv0 = 'x'\nprocess.umask = '027'\nprocess.keep_fds = ['3', "
		"'7']\n");
	trial_planned(t);
	assert_string_equal(t->plan.argv0, "x");
	assert_string_equal(t->plan.argv[0], "true");
	assert_int_equal(t->plan.umask, 027);
	assert_int_equal(t->plan.keep_fds_len, 2);
	assert_int_equal(t->plan.keep_fds[0], 3);
	assert_int_equal(t->plan.keep_fds[1], 7);
	plan(t, "");
	trial_planned(t);
	assert_null(t->plan.argv0);
	assert_int_equal(t->plan.umask, -1);
	assert_int_equal(t->plan.keep_fds_len, 0);
}

static void a_sandbox_is_held_where_later_commands_can_be_started(void **state)
{
	struct trial *t = *state;

	t->hold = true;
	t->argv[0] = NULL;
	plan(t, "limits.grace = '7s'");
	trial_planned(t);
	assert_true(t->plan.hold);
	assert_int_equal(t->plan.limits.grace, 7000);
	plan(t, "namespaces.inner = false\nprocess.keep_fds = ['3']");
	trial_mistake_at(t, "1.toml:1:20", "takes no later commands");
	trial_mistake_at(t, "1.toml:2:21", "has none to give descriptors to");
	assert_int_equal(t->diags.total, 2);
	t->hold = false;
	t->argv[0] = "true";
	plan(t, "limits.grace = '4000d'");
	trial_mistake_at(t, "1.toml:1:16", "10 years");
}

static void all_mistakes_come_at_once(void **state)
{
	struct trial *t = *state;

	plan(t,
	     "identity.hostname = 'x'\nnamespaces.share = ['uts']\n"
	     "identity.map = 'subids'\nlandlock.min_abi = 99\nfs.root_mode = 'rw'\n"
	     "seccomp.allow = ['nosuchcall']\n",
	     "fs.read = ['/nowhere', '/run/bus']\nfs.write = ['/home/u/p']\n"
	     "fs.tmpfs = ['/dev', '/home/u/p/new']\nfs.protect = ['/home/u/p/x']\n"
	     "fs.deny = ['/a:/b']\nfs.mount = [{ type = 'bind', target = '/q' }]\n");
	trial_mistake_at(t, "1.toml:1:21", "host name");
	trial_mistake_at(t, "1.toml:3:16", "/etc/subuid");
	trial_mistake_at(t, "1.toml:4:20", "is 99, but");
	trial_mistake_at(t, "1.toml:5:16", "fs.root_mode without");
	trial_mistake_at(t, "1.toml:6:18", "nosuchcall");
	trial_mistake_at(t, "2.toml:1:12", "/nowhere");
	trial_mistake_at(t, "2.toml:1:24", "is a socket");
	trial_mistake_at(t, "2.toml:3:13", "mounted by sbox");
	trial_mistake_at(t, "2.toml:3:21", "has no mount point");
	trial_mistake_at(t, "2.toml:4:15", "cannot be protected");
	trial_mistake_at(t, "2.toml:5:12", "paths of the host");
	trial_mistake_at(t, "2.toml:6:13", "needs a \"source\"");
	assert_int_equal(t->diags.total, 12);
}

#define PLAN(name) cmocka_unit_test_setup_teardown(name, trial_setup, trial_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAN(every_namespace_is_new_unless_shared),
		PLAN(a_host_name_needs_a_namespace),
		PLAN(no_variable_but_the_names_inside_is_there_by_itself),
		PLAN(variables_pass_by_name_and_by_pattern),
		PLAN(a_variable_that_is_set_does_not_pass),
		PLAN(the_command_is_found_by_the_path_inside),
		PLAN(landlock_is_on_where_the_kernel_has_it),
		PLAN(landlock_is_off_where_it_would_be_in_the_way),
		PLAN(a_landlock_that_is_asked_for_must_be_had),
		PLAN(system_calls_are_what_the_profile_says),
		PLAN(an_unknown_system_call_has_its_place),
		PLAN(the_command_gets_what_was_asked_for),
		PLAN(a_sandbox_is_held_where_later_commands_can_be_started),
		PLAN(all_mistakes_come_at_once),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
