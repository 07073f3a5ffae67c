/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-changes.c - the texts of a change set, what paths are about, what is refused */
#include "config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/tree.h"
#include "changes/about.h"
#include "changes/diff.h"
#include "changes/encode.h"
#include "changes/journal.h"
#include "changes/refuse.h"
#include "changes/walk.h"

/* ---------------------------------------------------------------------------- texts */

static void any_path_is_read_as_it_was_written(void **state)
{
	static const char *const paths[] = { "a",        "a b/c", "x\ny", "%41", "\"\\",
					     "\xff\xfe", "\x01",  "",     "/",   "ü" };
	struct arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		_cleanup_strbuf_ struct strbuf text = { 0 };
		const char *back;

		encode_path(&text, paths[i]);
		for (const char *c = strbuf_str(&text); *c; c++)
			assert_true(*c >= 0x20 && *c < 0x7f && *c != '"' && *c != '\\');
		back = encode_read_path(&arena, strbuf_str(&text), text.len);
		assert_non_null(back);
		assert_string_equal(back, paths[i]);
	}
	arena_done(&arena);
}

static void what_nobody_writes_is_no_path(void **state)
{
	static const char *const texts[] = { "%",  "%4",  "%41", "%00", "%0a",
					     "\n", "a\"", "\\",  "%GG", "\x80" };
	struct arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		assert_null(encode_read_path(&arena, texts[i], strlen(texts[i])));
	arena_done(&arena);
}

static void only_a_path_below_a_tree_is_one(void **state)
{
	(void)state;
	assert_true(encode_is_below("a"));
	assert_true(encode_is_below("a/...b/c"));
	assert_false(encode_is_below(""));
	assert_false(encode_is_below("/a"));
	assert_false(encode_is_below("a/"));
	assert_false(encode_is_below("a//b"));
	assert_false(encode_is_below("."));
	assert_false(encode_is_below("a/../b"));
	assert_false(encode_is_below("a/.."));
}

static void a_step_is_read_as_it_was_written(void **state)
{
	const struct journal_step step = { .kind = JOURNAL_PUT,
					   .tree = 3,
					   .up = UINT64_MAX,
					   .low = 7,
					   .time = { 12345, 678 },
					   .old_mode = 0755,
					   .mode = 01777,
					   .slot = 9,
					   .opaque = true,
					   .copied = true,
					   .path = "a\nb/c d" };
	_cleanup_strbuf_ struct strbuf text = { 0 };
	struct arena arena = { 0 };
	struct journal_step back;

	(void)state;
	journal_text(&text, &step);
	assert_int_equal(text.s[text.len - 1], '\n');
	text.s[text.len - 1] = '\0';
	assert_int_equal(journal_parse(&arena, text.s, &back), 0);
	assert_int_equal(back.kind, step.kind);
	assert_int_equal(back.tree, 3);
	assert_true(back.up == step.up && back.low == step.low && back.slot == step.slot);
	assert_true(back.time.tv_sec == 12345 && back.time.tv_nsec == 678);
	assert_int_equal(back.old_mode, 0755);
	assert_int_equal(back.mode, 01777);
	assert_true(back.opaque && !back.dir && back.copied);
	assert_string_equal(back.path, step.path);
	arena_done(&arena);
}

static void no_other_line_is_a_step(void **state)
{
	static const char *const lines[] = {
		"",
		"put",
		"move 0 1 2 3.4 0 0 0 --- a",
		"put 0 1 2 3.4 0 0 0 --- ",
		"put 0 1 2 3.4 0 0 0 --- /a",
		"put 0 1 2 3.4 0 0 0 --- ../a",
		"put 0 1 2 3.4 0 0 0 -- a",
		"put 0 1 2 3.4 0 0 0 x-- a",
		"put -1 1 2 3.4 0 0 0 --- a",
		"put 0 1 2 3.1000000000 0 0 0 --- a",
		"put 0 1 2 3.4 0 10000 0 --- a",
		"put 0 1 2 3.4 0 8 0 --- a",
		"put 0 99999999999999999999 2 3.4 0 0 0 --- a",
		"put  0 1 2 3.4 0 0 0 --- a",
	};
	struct arena arena = { 0 };
	struct journal_step step;

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		if (journal_parse(&arena, lines[i], &step) == 0)
			fail_msg("taken for a step: %s", lines[i]);
	arena_done(&arena);
}

static void what_a_set_is_about_is_read_as_it_was_written(void **state)
{
	static const char *const words[] = { "a\nb", "\"", NULL };
	static const char *const hidden[] = { "/w/\xff", NULL };
	struct changes_tree tree = { "/w w", "/inside", 2049, 12, 5, 6 };
	struct changes_ids ids[] = { { 0, 1000, 1 }, { 1, 100000, 65536 } };
	const struct changes_about about = { .since = 7,
					     .profiles = words,
					     .command = words,
					     .skip = true,
					     .max = 1000,
					     .layers = "/data/x",
					     .hidden = hidden,
					     .uids = ids,
					     .uids_len = 2,
					     .trees = &tree,
					     .trees_len = 1 };
	_cleanup_strbuf_ struct strbuf text = { 0 };
	struct error err = { 0 };
	struct arena arena = { 0 };
	struct changes_about back;

	(void)state;
	about_write(&text, &about);
	assert_int_equal(about_read(&arena, "run.toml", strbuf_str(&text), &back, &err),
			 0);
	assert_string_equal(back.command[0], words[0]);
	assert_null(back.profiles[2]);
	assert_true(back.skip);
	assert_int_equal(back.max, 1000);
	assert_string_equal(back.layers, "/data/x");
	assert_string_equal(back.hidden[0], hidden[0]);
	assert_null(back.allowed[0]);
	assert_int_equal(back.uids_len, 2);
	assert_int_equal(back.uids[1].outside, 100000);
	assert_int_equal(back.gids_len, 0);
	assert_string_equal(back.trees[0].lower, "/w w");
	assert_int_equal(back.trees[0].ino, 12);
	assert_int_equal(back.trees[0].born, 5);
	assert_int_equal(back.trees[0].born_nsec, 6);
	arena_done(&arena);
}

/* ---------------------------------------------------------------------------- paths */

static void paths_are_asked_for_by_components(void **state)
{
	static const char *const wanted[] = { "/w/a/b", "/x", NULL };
	static const char *const all[] = { "/", NULL };

	(void)state;
	assert_int_equal(diff_scope(NULL, "/w", "a"), SCOPE_IN);
	assert_int_equal(diff_scope(wanted, "/w", "a"), SCOPE_ABOVE);
	assert_int_equal(diff_scope(wanted, "/w", "a/b"), SCOPE_IN);
	assert_int_equal(diff_scope(wanted, "/w", "a/b/c"), SCOPE_IN);
	assert_int_equal(diff_scope(wanted, "/w", "a/bc"), SCOPE_OUT);
	assert_int_equal(diff_scope(wanted, "/w", "ab"), SCOPE_OUT);
	assert_int_equal(diff_scope(wanted, "/ww", "a/b"), SCOPE_OUT);
	assert_int_equal(diff_scope(wanted, "/x/y", "z"), SCOPE_IN);
	assert_int_equal(diff_scope(wanted, "/", "w"), SCOPE_ABOVE);
	assert_int_equal(diff_scope(all, "/w", "a"), SCOPE_IN);
}

static void what_is_hidden_is_with_all_below_it(void **state)
{
	static const char *const hidden[] = { "/w/.env", "/w/secret", NULL };
	const struct changes_set set = { .about = { .hidden = hidden } };

	(void)state;
	assert_true(diff_hides(&set, "/w", ".env"));
	assert_true(diff_hides(&set, "/w", "secret/key"));
	assert_false(diff_hides(&set, "/w", "secrets"));
	assert_false(diff_hides(&set, "/v", ".env"));
	assert_true(diff_hides(&set, "/w/secret", "key"));
}

/* -------------------------------------------------------------------------- refusals */

struct tree {
	char path[64];
	int fd;
	struct arena arena;
	struct changes_set set;
	struct changes_tree only;
	struct refusing refusing;
	struct strbuf found;
};

static void make(struct tree *t, const char *path)
{
	char name[256];

	(void)snprintf(name, sizeof name, "%s", path);
	for (char *slash = name; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		(void)mkdirat(t->fd, name, 0755);
		*slash = '/';
	}
	if (name[strlen(name) - 1] != '/')
		(void)close(openat(t->fd, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
}

static int set_up(void **state)
{
	struct tree *t = calloc(1, sizeof *t);

	assert_non_null(t);
	(void)snprintf(t->path, sizeof t->path, "/tmp/test-changes-XXXXXX");
	assert_non_null(mkdtemp(t->path));
	t->fd = open(t->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	t->only = (struct changes_tree){ .lower = "/w/project" };
	t->set.about.trees = &t->only;
	t->set.about.trees_len = 1;
	t->refusing = (struct refusing){ .set = &t->set, .arena = &t->arena };
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	struct tree *t = *state;
	struct error err = { 0 };
	const int tmp = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const int ret = tree_remove_at(tmp, t->path + strlen("/tmp/"), &err);

	(void)close(tmp);
	refuse_done(&t->refusing);
	strbuf_done(&t->found);
	arena_done(&t->arena);
	(void)close(t->fd);
	free(t);
	return ret;
}

static enum walk_next note(void *data, const struct walk_entry *e, struct error *err)
{
	struct tree *t = data;

	(void)err;
	if (refuse_why(&t->refusing, e)) {
		strbuf_printf(&t->found, "%s ", e->path);
		return WALK_ON;
	}
	return S_ISDIR(e->up.st_mode) ? WALK_DOWN : WALK_ON;
}

/* All that is refused of what is in the tree, which is new. */
static const char *refused(struct tree *t)
{
	const struct walk walk = { note, t, false };
	struct error err = { 0 };

	t->found.len = 0;
	assert_int_equal(walk_trees(&walk, t->fd, -1, &err), 0);
	return strbuf_str(&t->found);
}

static void what_programs_take_as_instructions_is_refused(void **state)
{
	static const char *const paths[] = {
		".git/hooks/post-checkout",
		".git/hooks/x.sample",
		".git/config",
		".git/refs/heads/hooks/x",
		".git/objects/ab/hooks",
		".git/HEAD",
		".git/modules/m/hooks/x",
		".GIT/Hooks/y",
		".envrc",
		"sub/.envrc",
		".vscode/tasks.json",
		".github/workflows/a.yml",
		".github/CODEOWNERS",
		"src/main.c",
		"hooks/mine",
		"bare/HEAD",
		"bare/objects/",
		"bare/refs/",
		"bare/hooks/update",
		"svn/format",
		"svn/db/current",
		"svn/hooks/post-commit",
		"repo/.hg/hgrc",
		"repo/.envrc",
	};
	struct tree *t = *state;

	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
		make(t, paths[i]);
	assert_string_equal(
		refused(t),
		".GIT/Hooks/y .envrc .git/config .git/hooks/post-checkout "
		".git/modules/m/hooks/x .github/workflows .vscode bare/hooks/update "
		"repo/.envrc repo/.hg/hgrc svn/hooks/post-commit ");
}

static void what_is_allowed_is_not_refused(void **state)
{
	static const char *const allowed[] = { "/w/project/.git/hooks", NULL };
	struct tree *t = *state;

	t->set.about.allowed = allowed;
	make(t, ".git/hooks/pre-commit");
	make(t, ".git/config");
	assert_string_equal(refused(t), ".git/config ");
}

static void links_that_lead_out_are_refused(void **state)
{
	static const struct {
		const char *name, *to;
	} links[] = {
		{ "a", "/etc/passwd" },  { "b", "../other" },
		{ "c", "d/../../x" },    { "d", "/w/project/y" },
		{ "e", "../project/y" }, { "f", "/usr/bin/python3" },
		{ "g", "n/m" },          { "h", "/home/u/.ssh/id" },
		{ "i", "/w/project-x" },
	};
	struct tree *t = *state;

	for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
		assert_int_equal(symlinkat(links[i].to, t->fd, links[i].name), 0);
	assert_string_equal(refused(t), "a b c h i ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_path_is_read_as_it_was_written),
		cmocka_unit_test(what_nobody_writes_is_no_path),
		cmocka_unit_test(only_a_path_below_a_tree_is_one),
		cmocka_unit_test(a_step_is_read_as_it_was_written),
		cmocka_unit_test(no_other_line_is_a_step),
		cmocka_unit_test(what_a_set_is_about_is_read_as_it_was_written),
		cmocka_unit_test(paths_are_asked_for_by_components),
		cmocka_unit_test(what_is_hidden_is_with_all_below_it),
		cmocka_unit_test_setup_teardown(
			what_programs_take_as_instructions_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_allowed_is_not_refused, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(links_that_lead_out_are_refused, set_up,
						tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("changes", tests, NULL, NULL);
}
