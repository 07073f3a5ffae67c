/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-keys.c - the key table, and values on their way into the policy */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/keys.h"

struct fixture {
	struct arena arena;
	struct diags diags;
	struct vars vars;
	struct policy policy;
	struct layer layer;
};

static const struct srcpos here = { "test.toml", 3, 9 };

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	if (!f)
		return -1;
	f->diags.arena = &f->arena;
	f->layer = (struct layer){ .policy = &f->policy,
				   .diags = &f->diags,
				   .vars = &f->vars };
	pairs_set(&f->arena, &f->vars.builtin,
		  &(struct pair){ .name = "HOME", .value = "/home/u" });
	policy_init(&f->policy);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	arena_done(&f->arena);
	free(f);
	return 0;
}

static size_t member_size(enum key_type type)
{
	static const size_t sizes[] = {
		[KEY_TEXT] = sizeof(struct text),
		[KEY_WORD] = sizeof(struct word),
		[KEY_BOOL] = sizeof(struct number),
		[KEY_COUNT] = sizeof(struct number),
		[KEY_SIZE] = sizeof(struct number),
		[KEY_TIME] = sizeof(struct number),
		[KEY_PERCENT] = sizeof(struct number),
		[KEY_TEXTS] = sizeof(struct texts),
		[KEY_PAIRS] = sizeof(struct pairs),
		[KEY_MOUNTS] = sizeof(struct mounts),
	};

	return sizes[type];
}

static const struct {
	const struct key *rows;
	size_t size;
} tables[] = {
	{ key_table, sizeof(struct policy) },
	{ mount_keys, sizeof(struct mount) },
};

#define TABLES (sizeof tables / sizeof tables[0])

static void every_name_is_there_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLES; i++)
		for (const struct key *key = tables[i].rows; key->name; key++)
			assert_ptr_equal(key_find(tables[i].rows, key->name), key);
	assert_null(key_find(key_table, "fs"));
	assert_null(key_find(key_table, "fs.rea"));
	assert_null(key_find(key_table, "fs.reads"));
	assert_null(key_find(key_table, ""));
}

static void every_member_lies_in_its_struct_and_in_no_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLES; i++) {
		for (const struct key *key = tables[i].rows; key->name; key++) {
			size_t end = key->offset + member_size(key->type);

			assert_true(end <= tables[i].size);
			assert_int_equal(key->offset % _Alignof(void *), 0);
			for (const struct key *b = key + 1; b->name; b++)
				if (b->offset < end &&
				    key->offset < b->offset + member_size(b->type))
					fail_msg("%s lies in %s", b->name, key->name);
		}
	}
}

static void every_option_belongs_to_one_key(void **state)
{
	(void)state;
	for (const struct key *key = key_table; key->name; key++) {
		assert_true((key->option != NULL) == (key->arg != NULL));
		for (const struct key *b = key + 1; key->option && b->name; b++)
			if (b->option)
				assert_string_not_equal(key->option, b->option);
	}
	for (const struct key *key = mount_keys; key->name; key++)
		assert_null(key->option);
}

static void every_row_has_a_line_of_help(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLES; i++) {
		for (const struct key *key = tables[i].rows; key->name; key++) {
			size_t len;

			if (!key->help)
				fail_msg("%s has no help", key->name);
			len = strlen(key->help);
			assert_true(len > 3 && len < 75);
			assert_null(strchr(key->help, '\n'));
			assert_true(key->help[len - 1] != '.');
		}
	}
}

static size_t count_words(const struct key *key)
{
	size_t n = 0;

	assert_non_null(key->words);
	while (key->words[n]) /* the sanitizers see a list that does not end */
		assert_true(++n < 32);
	return n;
}

static void words_end_and_hold_their_default(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLES; i++) {
		for (const struct key *key = tables[i].rows; key->name; key++) {
			if (key->type == KEY_WORD)
				assert_true(key->def >= 0 &&
					    (size_t)key->def < count_words(key));
			else
				assert_null(key->words);
		}
	}
}

static void words_are_in_the_order_of_their_enum(void **state)
{
	(void)state;
	assert_string_equal(key_find(key_table, "fs.root_mode")->words[ROOT_RW], "rw");
	assert_string_equal(key_find(key_table, "fs.proc")->words[PROC_NONE], "none");
	assert_string_equal(key_find(key_table, "fs.dev")->words[DEV_NONE], "none");
	assert_string_equal(key_find(key_table, "fs.on_replace")->words[REPLACE_KILL],
			    "kill");
	assert_string_equal(key_find(key_table, "identity.map")->words[MAP_SINGLE],
			    "single");
	assert_string_equal(key_find(key_table, "net.mode")->words[NET_HOST], "host");
	assert_string_equal(key_find(key_table, "landlock.mode")->words[LANDLOCK_OFF],
			    "off");
	assert_string_equal(key_find(key_table, "process.tty")->words[TTY_NEVER],
			    "never");
	assert_string_equal(key_find(mount_keys, "type")->words[MOUNT_BIND], "bind");
	assert_string_equal(key_find(mount_keys, "type")->words[MOUNT_FILE], "file");
	assert_string_equal(key_find(mount_keys, "type")->words[MOUNT_DEVICE], "device");
}

static void defaults_are_what_nobody_has_set(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(f->policy.identity.user.s, "root");
	assert_string_equal(f->policy.identity.hostname.s, "sbox");
	assert_null(f->policy.identity.user.pos.file);
	assert_int_equal(f->policy.namespaces.inner.value, 1);
	assert_int_equal(f->policy.namespaces.nested.value, 0);
	assert_int_equal(f->policy.limits.tmpfs.value, INT64_C(2) << 30);
	assert_int_equal(f->policy.net.mode.value, NET_NONE);
	assert_int_equal(f->policy.fs.read.len, 0);
	assert_null(f->policy.fs.root.s);
}

/* "k = @toml" applied to key @name; what @diags got, "" if nothing. */
static const char *apply(struct fixture *f, const char *name, const char *toml)
{
	const char *text = arena_printf(&f->arena, "k = %s\n", toml), *said = "";
	struct toml_value *root;
	int ret;

	f->diags = (struct diags){ .arena = &f->arena };
	root = toml_parse(&f->arena, &f->diags, "test.toml", text, strlen(text));
	assert_non_null(root);
	ret = key_apply(&f->layer, key_find(key_table, name), &f->policy, root->first);
	assert_int_equal(ret, f->diags.total ? -1 : 0);
	for (size_t i = 0; i < f->diags.len; i++)
		said = arena_printf(&f->arena, "%s%u:%u: %s\n", said,
				    f->diags.list[i].pos.line, f->diags.list[i].pos.col,
				    f->diags.list[i].msg);
	return said;
}

/* The same with an option's text. */
static const char *apply_text(struct fixture *f, const char *name, const char *text)
{
	int ret;

	f->diags = (struct diags){ .arena = &f->arena };
	ret = key_apply_text(&f->layer, key_find(key_table, name), text, &here);
	assert_int_equal(ret, f->diags.total ? -1 : 0);
	if (f->diags.len == 0)
		return "";
	assert_int_equal(f->diags.list[0].pos.line, here.line);
	assert_int_equal(f->diags.list[0].pos.col, here.col);
	return f->diags.list[0].msg;
}

static const char *list(struct fixture *f, const struct texts *texts)
{
	const char *s = "";

	for (size_t i = 0; i < texts->len; i++)
		s = arena_printf(&f->arena, "%s%s%s", s, i ? " " : "", texts->items[i].s);
	return s;
}

static void every_key_refuses_values_of_other_types(void **state)
{
	static const struct {
		const char *toml, *name;
		unsigned types; /* a bit for each enum key_type that takes it */
	} value[] = {
		{ "'512M'", "a string",
		  1 << KEY_TEXT | 1 << KEY_WORD | 1 << KEY_SIZE | 1 << KEY_TIME |
			  1 << KEY_PERCENT },
		{ "7", "an integer", 1 << KEY_COUNT | 1 << KEY_SIZE },
		{ "1.5", "a float", 0 },
		{ "true", "a boolean", 1 << KEY_BOOL },
		{ "1979-05-27", "a date or time", 0 },
		{ "[]", "an array", 1 << KEY_TEXTS | 1 << KEY_MOUNTS },
		{ "{}", "a table", 1 << KEY_PAIRS },
	};
	struct fixture *f = *state;

	for (const struct key *key = key_table; key->name; key++) {
		for (size_t i = 0; i < sizeof value / sizeof value[0]; i++) {
			const char *said;

			if (value[i].types >> key->type & 1)
				continue;
			said = apply(f, key->name, value[i].toml);
			if (strncmp(said, "1:5: ", 5) != 0 || f->diags.total != 1 ||
			    !strstr(said,
				    arena_printf(&f->arena, "\"%s\" takes", key->name)) ||
			    !strstr(said,
				    arena_printf(&f->arena, "not %s", value[i].name)))
				fail_msg("%s = %s: %s", key->name, value[i].toml, said);
		}
	}
}

static void every_word_is_taken_and_no_other(void **state)
{
	struct fixture *f = *state;

	for (const struct key *key = key_table; key->name; key++) {
		const struct word *word = (void *)((char *)&f->policy + key->offset);

		for (int i = 0; key->type == KEY_WORD && key->words[i]; i++) {
			bool takes = strchr(key->words[i], ':') != NULL;
			char text[64];

			(void)snprintf(text, sizeof text, "%s%s", key->words[i],
				       takes ? "web-1" : "");
			assert_string_equal(apply_text(f, key->name, text), "");
			assert_int_equal(word->value, i);
			assert_string_equal(word->arg ? word->arg : "none",
					    takes ? "web-1" : "none");
			assert_ptr_equal(word->pos.file, here.file);
		}
		if (key->type == KEY_WORD)
			assert_non_null(strstr(apply(f, key->name, "'nope'"),
					       "\" is \"nope\", must be one of: "));
	}
	for (const char *const *bad =
		     (const char *const[]){ "'join:'", "'join:-a'", "'join:a/b'",
					    "'join'", "'pasta:a'", NULL };
	     *bad; bad++)
		assert_non_null(strstr(apply(f, "net.mode", *bad), "must be one of: "));
	assert_string_equal(apply(f, "net.mode", "'NONE'"),
			    "1:5: \"net.mode\" is \"NONE\", must be one of: none, host, "
			    "slirp4netns, pasta, filtered, auto, join:NAME\n");
}

static void text_replaces_text(void **state)
{
	struct fixture *f = *state;

	f->layer.number = 4;
	assert_string_equal(apply(f, "description", "'a'"), "");
	assert_string_equal(apply(f, "description", "'b'"), "");
	assert_string_equal(f->policy.description.s, "b");
	assert_int_equal(f->policy.description.layer, 4);
	assert_int_equal(f->policy.description.pos.col, 5);
	assert_string_equal(apply_text(f, "description", "c=d"), "");
	assert_string_equal(f->policy.description.s, "c=d");
}

static void a_refused_value_changes_nothing(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(apply(f, "fs.root", "'/a'"), "");
	assert_string_not_equal(apply(f, "fs.root", "'a'"), "");
	assert_string_not_equal(apply(f, "fs.root", "'/a/../b'"), "");
	assert_string_equal(f->policy.fs.root.s, "/a");
	assert_string_equal(apply(f, "limits.inodes", "5"), "");
	assert_string_equal(apply(f, "limits.inodes", "-5"),
			    "1:5: \"limits.inodes\" cannot be negative\n");
	assert_int_equal(f->policy.limits.inodes.value, 5);
}

static void sizes_are_numbers_or_strings(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(apply(f, "limits.tmpfs", "4096"), "");
	assert_int_equal(f->policy.limits.tmpfs.value, 4096);
	assert_string_equal(apply(f, "limits.tmpfs", "'1G'"), "");
	assert_int_equal(f->policy.limits.tmpfs.value, 1 << 30);
	assert_string_equal(apply_text(f, "limits.tmpfs", "3K"), "");
	assert_int_equal(f->policy.limits.tmpfs.value, 3072);
	assert_string_not_equal(apply(f, "limits.tmpfs", "'1X'"), "");
	assert_string_not_equal(apply(f, "limits.tmpfs", "-1"), "");
	assert_string_not_equal(apply_text(f, "limits.tmpfs", "-1"), "");
	assert_string_not_equal(apply_text(f, "limits.tmpfs", ""), "");
}

static void an_endless_file_system_is_not_to_be_had_by_writing_nought(void **state)
{
	struct fixture *f = *state;

	/* size=0 and nr_inodes=0 mean "without a limit" to tmpfs(5) */
	assert_string_not_equal(apply(f, "limits.tmpfs", "0"), "");
	assert_string_not_equal(apply(f, "limits.inodes", "0"), "");
	assert_string_not_equal(
		apply(f, "fs.mount", "[{ type = 'tmpfs', target = '/a', size = 0 }]"),
		"");
}

static void counts_and_booleans_are_options_too(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(apply_text(f, "limits.inodes", "12"), "");
	assert_int_equal(f->policy.limits.inodes.value, 12);
	assert_string_equal(apply_text(f, "limits.inodes", "x"),
			    "\"limits.inodes\" takes a whole number, not \"x\"");
	assert_string_equal(apply_text(f, "namespaces.nested", "true"), "");
	assert_int_equal(f->policy.namespaces.nested.value, 1);
	assert_string_equal(apply_text(f, "namespaces.nested", "false"), "");
	assert_int_equal(f->policy.namespaces.nested.value, 0);
	assert_string_equal(apply_text(f, "namespaces.nested", "yes"),
			    "\"namespaces.nested\" takes true or false, not \"yes\"");
}

static void lists_grow_without_duplicates(void **state)
{
	struct fixture *f = *state;

	f->layer.number = 1;
	assert_string_equal(apply(f, "fs.read", "['/a', '/b//c/', '/a/']"), "");
	assert_string_equal(list(f, &f->policy.fs.read), "/a /b/c");
	f->layer.number = 2;
	assert_string_equal(
		apply(f, "fs.read", "['/d', '/a', '/b/c:/b/c', '?/a', '/a:/b']"), "");
	assert_string_equal(list(f, &f->policy.fs.read), "/a /b/c /d ?/a /a:/b");
	/* said again: the later place counts */
	assert_int_equal(f->policy.fs.read.items[0].layer, 2);
	assert_int_equal(f->policy.fs.read.items[0].pos.col, 12);
	assert_int_equal(f->policy.fs.read.items[2].layer, 2);
	assert_string_equal(apply_text(f, "fs.read", "/e"), "");
	assert_string_equal(list(f, &f->policy.fs.read), "/a /b/c /d ?/a /a:/b /e");
}

static void every_wrong_element_of_a_list_is_told(void **state)
{
	struct fixture *f = *state;
	const char *said = apply(f, "fs.read", "['a', '/ok', 3, '/x/..', [], '${NONE}']");

	assert_int_equal(f->diags.total, 5);
	assert_non_null(strstr(said, "1:6: \"a\" is no path"));
	assert_non_null(strstr(said, "1:18: \"fs.read\" takes strings, not an integer"));
	assert_non_null(strstr(said, "1:21: \"/x/..\" is no path"));
	assert_non_null(strstr(said, "1:30: \"fs.read\" takes strings, not an array"));
	assert_non_null(strstr(said, "1:34: variable \"NONE\" is not set"));
	assert_string_equal(list(f, &f->policy.fs.read), "/ok");
}

static void tables_merge(void **state)
{
	struct fixture *f = *state;
	const struct pairs *set = &f->policy.env.set;

	assert_string_equal(apply(f, "env.set", "{ A = 'a', B = '${HOME}' }"), "");
	assert_string_equal(apply(f, "env.set", "{ C = '', A = 'x' }"), "");
	assert_string_equal(apply_text(f, "env.set", "B=y=z"), "");
	assert_int_equal(set->len, 3);
	assert_string_equal(set->items[0].name, "A");
	assert_string_equal(set->items[0].value, "x");
	assert_string_equal(set->items[1].value, "y=z");
	assert_string_equal(set->items[2].value, "");
	assert_string_equal(apply_text(f, "env.set", "A"), "\"A\" is not NAME=VALUE");
	assert_string_equal(apply_text(f, "env.set", "=x"), "\"=x\" is not NAME=VALUE");
	assert_string_equal(apply(f, "env.set", "{ D = 3, 'E F' = 'x' }"),
			    "1:11: \"env.set.D\" takes a string, not an integer\n"
			    "1:14: \"E F\" is no name of an environment variable\n");
	assert_int_equal(set->len, 3);
}

static void a_pattern_is_no_name_to_set(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(apply(f, "env.pass", "['LC_*']"), "");
	assert_string_not_equal(apply(f, "env.set", "{ 'LC_*' = 'C' }"), "");
}

static void variables_are_for_profiles_and_not_for_options(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(apply(f, "fs.read", "['?${HOME}/x', '${HOME}/a$$b']"), "");
	f->layer.vars = NULL;
	f->layer.cwd = "/cwd";
	assert_string_equal(apply_text(f, "fs.read", "./${HOME}:/y"), "");
	assert_string_not_equal(apply_text(f, "fs.read", "${HOME}:/y"), "");
	assert_string_equal(list(f, &f->policy.fs.read),
			    "?/home/u/x /home/u/a$b /cwd/${HOME}:/y");
}

static void a_mount_is_read_key_by_key(void **state)
{
	struct fixture *f = *state;
	const struct mount *m;

	f->layer.number = 7;
	assert_string_equal(
		apply(f, "fs.mount",
		      "[{ type = 'overlay', target = '/a/', lower = ['/l1', '/l2'], "
		      "upper = '${HOME}/u', work = '/w', readonly = true }, "
		      "{ type = 'tmpfs', target = '/t', size = '1K', mode = '0700' }]"),
		"");
	assert_int_equal(f->policy.fs.mount.len, 2);
	m = &f->policy.fs.mount.items[0];
	assert_int_equal(m->type.value, MOUNT_OVERLAY);
	assert_string_equal(m->target.s, "/a");
	assert_string_equal(list(f, &m->lower), "/l1 /l2");
	assert_string_equal(m->upper.s, "/home/u/u");
	assert_int_equal(m->readonly.value, 1);
	assert_int_equal(m->layer, 7);
	assert_int_equal(m->pos.col, 6);
	assert_null(m->optional.pos.file);
	assert_int_equal(f->policy.fs.mount.items[1].size.value, 1024);
	assert_string_equal(apply(f, "fs.mount", "[{ type = 'dir', target = '/d' }]"),
			    "");
	assert_int_equal(f->policy.fs.mount.len, 3);
}

static void a_mount_with_mistakes_tells_them_all(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(
		apply(f, "fs.mount",
		      "[{ typ = 'dir', target = 'x' }, 3, { type = 'dir' }]"),
		"1:8: unknown key \"typ\" in [[fs.mount]]: did you mean \"type\"?\n"
		"1:30: \"x\" is not an absolute path without \"..\"\n"
		"1:37: \"fs.mount\" takes an array of tables ([[fs.mount]]), not an "
		"integer\n"
		"1:40: a [[fs.mount]] needs \"type\" and \"target\"\n");
	assert_int_equal(f->policy.fs.mount.len, 0);
	assert_string_not_equal(apply_text(f, "fs.mount", "/a"), "");
}

static void reset_brings_the_default_back(void **state)
{
	struct fixture *f = *state;
	struct policy fresh;

	policy_init(&fresh);
	assert_string_equal(apply(f, "fs.read", "['/a']"), "");
	assert_string_equal(apply(f, "fs.mount", "[{ type = 'dir', target = '/d' }]"),
			    "");
	assert_string_equal(apply(f, "env.set", "{ A = 'a' }"), "");
	assert_string_equal(apply(f, "identity.user", "'caller'"), "");
	assert_string_equal(apply(f, "net.mode", "'host'"), "");
	assert_string_equal(apply(f, "namespaces.inner", "false"), "");
	assert_string_equal(apply(f, "limits.tmpfs", "1"), "");
	for (const struct key *key = key_table; key->name; key++) {
		const void *member = (const char *)&f->policy + key->offset;
		const void *want = (const char *)&fresh + key->offset;

		key_reset(key, &f->policy);
		if (key->type == KEY_TEXT) {
			assert_ptr_equal(((const struct text *)member)->s,
					 ((const struct text *)want)->s);
			assert_null(((const struct text *)member)->pos.file);
		} else if (key->type == KEY_WORD) {
			assert_int_equal(((const struct word *)member)->value, key->def);
			assert_null(((const struct word *)member)->pos.file);
		} else if (key->type == KEY_TEXTS) {
			assert_int_equal(((const struct texts *)member)->len, 0);
		}
	}
	assert_int_equal(f->policy.fs.mount.len, 0);
	assert_int_equal(f->policy.env.set.len, 0);
	assert_int_equal(f->policy.namespaces.inner.value, 1);
	assert_null(f->policy.namespaces.inner.pos.file);
	/* and a list can grow again */
	assert_string_equal(apply(f, "fs.read", "['/b', '/c', '/d']"), "");
	assert_string_equal(list(f, &f->policy.fs.read), "/b /c /d");
}

static void the_defaults_have_the_form_of_their_key(void **state)
{
	struct fixture *f = *state;

	for (const struct key *key = key_table; key->name; key++)
		if (key->def_text)
			assert_string_equal(apply_text(f, key->name, key->def_text), "");
}

#define KEYS(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		KEYS(every_name_is_there_once),
		KEYS(every_member_lies_in_its_struct_and_in_no_other),
		KEYS(every_option_belongs_to_one_key),
		KEYS(every_row_has_a_line_of_help),
		KEYS(words_end_and_hold_their_default),
		KEYS(words_are_in_the_order_of_their_enum),
		KEYS(defaults_are_what_nobody_has_set),
		KEYS(every_key_refuses_values_of_other_types),
		KEYS(every_word_is_taken_and_no_other),
		KEYS(text_replaces_text),
		KEYS(a_refused_value_changes_nothing),
		KEYS(sizes_are_numbers_or_strings),
		KEYS(an_endless_file_system_is_not_to_be_had_by_writing_nought),
		KEYS(counts_and_booleans_are_options_too),
		KEYS(lists_grow_without_duplicates),
		KEYS(every_wrong_element_of_a_list_is_told),
		KEYS(tables_merge),
		KEYS(a_pattern_is_no_name_to_set),
		KEYS(variables_are_for_profiles_and_not_for_options),
		KEYS(a_mount_is_read_key_by_key),
		KEYS(a_mount_with_mistakes_tells_them_all),
		KEYS(reset_brings_the_default_back),
		KEYS(the_defaults_have_the_form_of_their_key),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
