/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-plan-check.c - plan_check() finds what is wrong with a plan */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake-host.h"

static const char profile[] = "net.mode = 'slirp4netns'\nnet.publish = ['8080:80']\n"
			      "fs.read = ['/usr']\nfs.write = ['/home/u/p']\n"
			      "fs.protect = ['/home/u/p/.git/hooks']\n";

/* Makes one thing wrong with a good plan. */
struct damage {
	void (*make)(struct plan *plan);
	const char *found;
};

static struct step *step_of(struct plan *plan, enum step_type type)
{
	for (size_t i = 0; i < plan->steps_len; i++)
		if (plan->steps[i].type == type)
			return &plan->steps[i];
	fail_msg("the plan has no step of type %d", (int)type);
	return NULL;
}

static void relative_target(struct plan *plan)
{
	step_of(plan, STEP_BIND)->target = "usr";
}

static void upward_source(struct plan *plan)
{
	step_of(plan, STEP_BIND)->source = "/usr/../etc";
}

static void guard_elsewhere(struct plan *plan)
{
	step_of(plan, STEP_PROTECT)->target = "/home/u/other";
}

static void guard_too_early(struct plan *plan)
{
	struct step *guard = step_of(plan, STEP_PROTECT), moved = *guard;

	memmove(&plan->steps[1], plan->steps,
		(size_t)(guard - plan->steps) * sizeof *guard);
	plan->steps[0] = moved;
}

static void twice(struct plan *plan)
{
	plan->steps[0] = plan->steps[1];
}

static void hidden(struct plan *plan)
{
	struct step *last = &plan->steps[plan->steps_len - 1];

	*last = *step_of(plan, STEP_BIND);
	last->target = "/";
}

static void no_user_namespace(struct plan *plan)
{
	plan->clone_flags = 0;
}

static void no_ids(struct plan *plan)
{
	plan->inner.gid.len = 0;
}

static void double_ids(struct plan *plan)
{
	plan->outer.uid.len = 2;
	plan->outer.uid.range[1] = plan->outer.uid.range[0];
}

static void lost_helper(struct plan *plan)
{
	plan->net.helper = false;
}

static void no_carrier(struct plan *plan)
{
	plan->companions_len = 0;
}

static void carrier_without_path(struct plan *plan)
{
	plan->companions[0].path = "slirp4netns";
}

static void rules_without_network(struct plan *plan)
{
	plan->companions_len = 0;
	plan->net.helper = false;
	plan->net.mode = NET_NONE;
}

static void port_without_network(struct plan *plan)
{
	static struct net_publish far = { .host_port = 8080, .port = 80 };

	rules_without_network(plan);
	plan->net.rules_len = 0;
	plan->net.publish = &far;
	plan->net.publish_len = 1;
}

static void port_to_elsewhere(struct plan *plan)
{
	static struct net_publish far = { .host_port = 80, .port = 80, .relay = true };

	(void)net_addr_parse("192.0.2.1", &far.addr);
	plan->net.reach = &far;
	plan->net.reach_len = 1;
}

static void no_command(struct plan *plan)
{
	static const char *const none[] = { NULL };

	plan->argv = none;
}

static void nowhere(struct plan *plan)
{
	plan->cwd = ".";
}

static const struct damage damages[] = {
	{ relative_target, "a target is no clean path" },
	{ upward_source, "a bind mount has no clean source" },
	{ guard_elsewhere, "a guard is outside of its mount" },
	{ guard_too_early, "a guard stands before its mount" },
	{ twice, "two steps have the same target" },
	{ hidden, "a mount would hide an earlier step" },
	{ no_user_namespace, "there is no user namespace" },
	{ no_ids, "a user namespace maps no ids" },
	{ double_ids, "two ranges of ids overlap" },
	{ lost_helper, "the helper is not what net.mode says" },
	{ no_carrier, "no program is there to carry the packets, or one too many" },
	{ carrier_without_path, "a companion is there twice, or has no path" },
	{ rules_without_network, "there are rules without a helper" },
	{ port_without_network, "there is a port without a helper" },
	{ port_to_elsewhere, "a port leads to more than the host's loopback" },
	{ no_command, "there is a command where none is to be, or none" },
	{ nowhere, "the current directory is no clean path" },
};

static void each_damage_is_found(void **state)
{
	struct trial *t = *state;

	t->host.slirp4netns = "/usr/bin/slirp4netns";
	t->host.resolv_conf = "nameserver 192.168.9.9\n";
	for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
		const char *found;

		plan(t, profile);
		trial_planned(t);
		damages[i].make(&t->plan);
		found = plan_check(&t->plan);
		if (!found || strcmp(found, damages[i].found) != 0)
			fail_msg("\"%s\" is found as \"%s\"", damages[i].found,
				 found ? found : "nothing");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_damage_is_found, trial_setup,
						trial_teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("plan-check", tests, NULL, NULL);
}
