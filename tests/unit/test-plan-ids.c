/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-plan-ids.c - who the command is: id maps, passwd and group, capabilities */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/capability.h>
#include <string.h>

#include "fake-host.h"
#include "plan/parts.h"

static void give_subids(struct trial *t)
{
	t->host.subuid = (struct subid_range){ 100000, 65536 };
	t->host.subgid = (struct subid_range){ 200000, 1000 };
	t->host.newuidmap = "/usr/bin/newuidmap";
	t->host.newgidmap = "/usr/bin/newgidmap";
}

static void root_is_the_caller_without_subordinate_ids(void **state)
{
	struct trial *t = *state;

	plan(t, "");
	trial_planned(t);
	assert_false(t->plan.subids);
	assert_true(t->plan.has_inner);
	assert_int_equal(t->plan.uid, 0);
	assert_int_equal(t->plan.gid, 0);
	assert_string_equal(trial_map(t, &t->plan.outer.uid), "0 1000 1");
	assert_string_equal(trial_map(t, &t->plan.inner.uid), "0 0 1");
	assert_string_equal(trial_map(t, &t->plan.inner.gid), "0 0 1");
}

static void the_caller_keeps_its_numbers(void **state)
{
	struct trial *t = *state;

	t->host.gid = 77;
	plan(t, "identity.user = 'caller'");
	trial_planned(t);
	assert_int_equal(t->plan.uid, 1000);
	assert_int_equal(t->plan.gid, 77);
	assert_string_equal(trial_map(t, &t->plan.outer.gid), "0 77 1");
	assert_string_equal(trial_map(t, &t->plan.inner.uid), "1000 0 1");
	assert_string_equal(trial_map(t, &t->plan.inner.gid), "77 0 1");
}

static void numbers_are_the_caller_under_another_name(void **state)
{
	struct trial *t = *state;

	plan(t, "identity.user = '33:4294967294'");
	trial_planned(t);
	assert_int_equal(t->plan.uid, 33);
	assert_int_equal(t->plan.gid, 4294967294);
	assert_string_equal(trial_map(t, &t->plan.inner.uid), "33 0 1");
	assert_string_equal(trial_map(t, &t->plan.inner.gid), "4294967294 0 1");
}

static void subordinate_ids_follow_root(void **state)
{
	struct trial *t = *state;

	give_subids(t);
	plan(t, "identity.map = 'subids'");
	trial_planned(t);
	assert_true(t->plan.subids);
	assert_string_equal(trial_map(t, &t->plan.outer.uid), "0 1000 1, 1 100000 65536");
	assert_string_equal(trial_map(t, &t->plan.outer.gid), "0 1000 1, 1 200000 1000");
	assert_string_equal(trial_map(t, &t->plan.inner.uid), "0 0 1, 1 1 65536");
	assert_string_equal(trial_map(t, &t->plan.inner.gid), "0 0 1, 1 1 1000");
}

static void subordinate_ids_lie_around_a_number_inside_the_range(void **state)
{
	struct trial *t = *state;

	give_subids(t);
	plan(t, "identity.map = 'subids'\nidentity.user = 'caller'\n");
	trial_planned(t);
	assert_string_equal(trial_map(t, &t->plan.inner.uid),
			    "0 1 1000, 1000 0 1, 1001 1001 64536");
	/* the last one: nothing is left behind it */
	assert_string_equal(trial_map(t, &t->plan.inner.gid), "0 1 1000, 1000 0 1");
}

static void subordinate_ids_lie_below_a_number_above_the_range(void **state)
{
	struct trial *t = *state;

	give_subids(t);
	plan(t, "identity.map = 'subids'\nidentity.user = '100000:1001'\n");
	trial_planned(t);
	assert_string_equal(trial_map(t, &t->plan.inner.uid), "0 1 65536, 100000 0 1");
	assert_string_equal(trial_map(t, &t->plan.inner.gid), "0 1 1000, 1001 0 1");
}

/* How many of @map's lines have @id on their outer (inner) side. */
static unsigned mapped(const struct id_map *map, int64_t id, bool outer)
{
	unsigned n = 0;

	for (size_t i = 0; i < map->len; i++) {
		int64_t first = outer ? map->range[i].outside : map->range[i].inside;

		n += id >= first && id < first + map->range[i].count;
	}
	return n;
}

static void every_outer_id_is_mapped_just_once(void **state)
{
	(void)state;
	for (int64_t extra = 0; extra < 8; extra++) {
		for (int64_t id = 0; id < 12; id++) {
			struct id_map map;
			int64_t inside = 0;

			plan_inner_map(&map, id, extra);
			assert_true(map.len <= MAP_LINES_MAX);
			for (int64_t n = 0; n <= extra; n++)
				assert_int_equal(mapped(&map, n, true), 1);
			assert_int_equal(mapped(&map, extra + 1, true), 0);
			for (int64_t n = 0; n < 24; n++) {
				assert_true(mapped(&map, n, false) <= 1);
				inside += mapped(&map, n, false);
			}
			assert_int_equal(inside, extra + 1);
			assert_int_equal(mapped(&map, id, false), 1);
		}
	}
}

static void auto_takes_subordinate_ids_only_if_they_are_of_use(void **state)
{
	struct trial *t = *state;

	give_subids(t);
	plan(t, "");
	trial_planned(t);
	assert_false(t->plan.subids);
	assert_string_equal(t->plan.map_reason,
			    "auto: without capabilities it could not use more");
	plan(t, "caps.keep = ['chown']");
	trial_planned(t);
	assert_true(t->plan.subids);
	plan(t, "namespaces.inner = false");
	trial_planned(t);
	assert_true(t->plan.subids);
}

static void auto_says_why_it_goes_without(void **state)
{
	struct trial *t = *state;

	plan(t, "caps.keep = ['chown']");
	trial_planned(t);
	assert_false(t->plan.subids);
	assert_non_null(strstr(t->plan.map_reason, "/etc/subuid"));
	give_subids(t);
	t->host.newgidmap = NULL;
	plan(t, "caps.keep = ['chown']");
	trial_planned(t);
	assert_non_null(strstr(t->plan.map_reason, "newgidmap is not installed"));
}

static void single_is_single_with_subordinate_ids_too(void **state)
{
	struct trial *t = *state;

	give_subids(t);
	plan(t, "identity.map = 'single'\ncaps.keep = ['all']\n");
	trial_planned(t);
	assert_false(t->plan.subids);
	assert_string_equal(trial_map(t, &t->plan.outer.uid), "0 1000 1");
	assert_string_equal(t->plan.map_reason, "as the profile says");
}

static void subids_that_cannot_be_had_are_a_mistake(void **state)
{
	struct trial *t = *state;

	plan(t, "identity.map = 'subids'");
	trial_mistake_at(t, "1.toml:1:16", "no line in /etc/subuid");
	give_subids(t);
	t->host.subgid.count = 0;
	plan(t, "identity.map = 'subids'");
	trial_mistake_at(t, "1.toml:1:16", "no line in /etc/subgid");
	give_subids(t);
	t->host.newuidmap = NULL;
	plan(t, "identity.map = 'subids'");
	trial_mistake_at(t, "1.toml:1:16", "not installed");
}

static void without_an_inner_namespace_the_command_is_root(void **state)
{
	struct trial *t = *state;

	plan(t, "namespaces.inner = false");
	trial_planned(t);
	assert_false(t->plan.has_inner);
	plan(t, "namespaces.inner = false\nidentity.user = '0:0'\n");
	trial_planned(t);
	plan(t, "namespaces.inner = false\nidentity.user = 'caller'\n");
	trial_mistake_at(t, "1.toml:2:17", "identity.user cannot be \"caller\"");
}

static void root_as_the_caller_is_root(void **state)
{
	struct trial *t = *state;

	t->host.uid = 0;
	t->host.gid = 0;
	plan(t, "identity.user = 'caller'\nnamespaces.inner = false\n");
	trial_planned(t);
	assert_int_equal(t->plan.uid, 0);
	assert_string_equal(trial_map(t, &t->plan.outer.uid), "0 0 1");
}

static void capabilities_are_kept_by_name(void **state)
{
	struct trial *t = *state;

	plan(t, "");
	trial_planned(t);
	assert_int_equal(t->plan.caps, 0);
	plan(t, "caps.keep = ['chown', 'CAP_NET_RAW', 'cap_Bpf']");
	trial_planned(t);
	assert_true(t->plan.caps == (UINT64_C(1) << CAP_CHOWN |
				     UINT64_C(1) << CAP_NET_RAW | UINT64_C(1) << 39));
	plan(t, "caps.keep = ['chown', 'all']");
	trial_planned(t);
	assert_true(t->plan.caps == ~UINT64_C(0));
}

static const char *content(struct trial *t, const char *target)
{
	return trial_step(t, STEP_FILE, target)->content;
}

static void passwd_of_root_has_root_and_nobody(void **state)
{
	struct trial *t = *state;

	plan(t, "env.set = { HOME = '/root' }");
	assert_string_equal(
		content(t, "/etc/passwd"),
		"root:x:0:0:root:/root:/bin/sh\n"
		"nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n");
	assert_string_equal(content(t, "/etc/group"), "root:x:0:\nnogroup:x:65534:\n");
}

static void passwd_of_the_caller_has_its_name_and_home(void **state)
{
	struct trial *t = *state;

	plan(t, "identity.user = 'caller'\nenv.pass = ['HOME']\n");
	assert_non_null(strstr(content(t, "/etc/passwd"),
			       "\nu:x:1000:1000:u:/home/u:/bin/sh\nnobody:"));
	assert_string_equal(content(t, "/etc/group"),
			    "root:x:0:\nusers:x:1000:\nnogroup:x:65534:\n");
}

static void nobody_is_in_passwd_only_once(void **state)
{
	struct trial *t = *state;

	plan(t, "identity.user = '65534:65534'");
	assert_null(strstr(content(t, "/etc/passwd"), "nobody:"));
	assert_non_null(
		strstr(content(t, "/etc/passwd"), "u:x:65534:65534:u:/:/bin/sh\n"));
	assert_null(strstr(content(t, "/etc/group"), "nogroup:"));
}

static void names_that_would_part_fields_are_not_used(void **state)
{
	struct trial *t = *state;

	t->host.user = "a:0:0:x";
	t->host.group = "b\nroot";
	plan(t, "identity.user = 'caller'\nenv.set = { HOME = \"/h\\nroot::0:0\" }\n");
	assert_non_null(strstr(content(t, "/etc/passwd"), "\nuser:x:1000:1000:user:/:"));
	assert_non_null(strstr(content(t, "/etc/group"), "\nuser:x:1000:\n"));
	t->host.user = NULL;
	t->host.group = "";
	plan(t, "identity.user = 'caller'");
	assert_non_null(strstr(content(t, "/etc/passwd"), "\nuser:x:1000:1000:user:/:"));
	assert_non_null(strstr(content(t, "/etc/group"), "\nuser:x:1000:\n"));
}

#define PLAN(name) cmocka_unit_test_setup_teardown(name, trial_setup, trial_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAN(root_is_the_caller_without_subordinate_ids),
		PLAN(the_caller_keeps_its_numbers),
		PLAN(numbers_are_the_caller_under_another_name),
		PLAN(subordinate_ids_follow_root),
		PLAN(subordinate_ids_lie_around_a_number_inside_the_range),
		PLAN(subordinate_ids_lie_below_a_number_above_the_range),
		PLAN(every_outer_id_is_mapped_just_once),
		PLAN(auto_takes_subordinate_ids_only_if_they_are_of_use),
		PLAN(auto_says_why_it_goes_without),
		PLAN(single_is_single_with_subordinate_ids_too),
		PLAN(subids_that_cannot_be_had_are_a_mistake),
		PLAN(without_an_inner_namespace_the_command_is_root),
		PLAN(root_as_the_caller_is_root),
		PLAN(capabilities_are_kept_by_name),
		PLAN(passwd_of_root_has_root_and_nobody),
		PLAN(passwd_of_the_caller_has_its_name_and_home),
		PLAN(nobody_is_in_passwd_only_once),
		PLAN(names_that_would_part_fields_are_not_used),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("plan-ids", tests, NULL, NULL);
}
