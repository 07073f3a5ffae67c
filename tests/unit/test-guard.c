/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-guard.c - settings of git and Mercurial, and what of them names a program */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "box/guard/conf.h"
#include "box/guard/findings.h"
#include "box/guard/judge.h"

/* "name=value|name=value|", with "!" behind if something was odd */
static void reads(enum conf_grammar grammar, const char *text, const char *want)
{
	_cleanup_strbuf_ struct strbuf have = { 0 };
	struct conf conf;
	struct conf_entry entry;

	conf_init(&conf, grammar, text, strlen(text));
	while (conf_next(&conf, &entry))
		strbuf_printf(&have, "%s=%s|", entry.name, entry.value);
	strbuf_add(&have, conf.odd ? "!" : "");
	assert_string_equal(strbuf_str(&have), want);
}

static void settings_of_git_are_read_as_git_does(void **state)
{
	(void)state;
	reads(CONF_GIT, "[core]\n\tbare = true\n", "core.bare=true|");
	reads(CONF_GIT, "[Core] BARE=x ; comment\n#c\n;d\n", "core.bare=x|");
	reads(CONF_GIT, "[a \"B.c\"]k", "a.B.c.k=|");
	reads(CONF_GIT, "[a.B]k = v", "a.b.k=v|");
	reads(CONF_GIT, "[a]\nk = \"x ; y\" z  \n", "a.k=x ; y z|");
	reads(CONF_GIT, "[a]\nk = x\\\n  y\n", "a.k=x  y|");
	reads(CONF_GIT, "[a]\r\nk = \\t\\\"\\\\\r\n", "a.k=\t\"\\|");
	reads(CONF_GIT, "\xef\xbb\xbf[a]k=v", "a.k=v|");
	reads(CONF_GIT, "[a \"x\\\"y\\z\"]k=v", "a.x\"yz.k=v|");
	reads(CONF_GIT, "[include]\npath = x\n[includeIf \"gitdir:~/\"]\npath=y",
	      "include.path=x|includeif.gitdir:~/.path=y|");
}

static void what_git_refuses_is_odd(void **state)
{
	(void)state;
	reads(CONF_GIT, "[a]\nk = \"x\n", "a.k=x|!");
	reads(CONF_GIT, "[a]\nk = \\q\n[b]\nk=v", "a.k=|b.k=v|!");
	reads(CONF_GIT, "[a b]\nk=v\n", "a.k=v|!");
	reads(CONF_GIT, "1=2\n[a]k=v", "a.k=v|!");
	reads(CONF_GIT, "[a]k:v\n", "!");
}

static void settings_of_mercurial_are_read_as_it_does(void **state)
{
	(void)state;
	reads(CONF_HG, "[paths]\ndefault = /x\n", "paths.default=/x|");
	reads(CONF_HG, "# c\n; d\n[hooks]\na b= c \n  d\n\n[x]\ny=\n",
	      "hooks.a b=c\nd|x.y=|");
	reads(CONF_HG, "%include ../x\n%unset y\n", "%include=../x|");
	reads(CONF_HG, "[paths]x]\ndefault = y\n", ".default=y|!");
	reads(CONF_HG, "[paths]\ndefault = x\r[hooks]\ry = z\n",
	      "paths.default=x\r[hooks]\ry = z|!");
	reads(CONF_HG, " a = b\n", "!");
}

static const char *says(enum guard_judge kind, const char *text, const char *before)
{
	static char what[JUDGE_WHAT_MAX];
	const struct judge_case c = { .kind = kind,
				      .text = text,
				      .len = strlen(text),
				      .before = before,
				      .before_len = before ? strlen(before) : 0,
				      .up = 3 };

	return judge_text(&c, what) ? "fine" : what;
}

static void what_git_writes_itself_may_stay(void **state)
{
	(void)state;
	assert_string_equal(
		says(GUARD_GIT_CONFIG,
		     "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n"
		     "\tbare = false\n\tlogallrefupdates = true\n"
		     "[remote \"origin\"]\n\turl = https://[::1]/x::y\n"
		     "\tfetch = +refs/heads/*:refs/remotes/origin/*\n"
		     "[branch \"main\"]\n\tremote = origin\n\tmerge = x\n"
		     "[submodule \"s\"]\n\turl = ../s\n\tactive = true\n",
		     NULL),
		"fine");
	assert_string_equal(
		says(GUARD_GIT_CONFIG, "[core]\nworktree = ../../../s/t\n", NULL),
		"fine");
}

static void what_names_a_program_may_not(void **state)
{
	static const char *const bad[][2] = {
		{ "[core]fsmonitor=x", "sets core.fsmonitor" },
		{ "[core]\nbare=false\n[CORE]FSMonitor=x", "sets core.fsmonitor" },
		{ "[include]path=x", "sets include.path" },
		{ "[includeIf \"onbranch:x\"]path=x", "sets includeif.onbranch:x.path" },
		{ "[filter \"x\"]clean=y", "sets filter.x.clean" },
		{ "[remote \"a.url\"]uploadpack=x", "sets remote.a.url.uploadpack" },
		{ "[remote \"a\"]url=ext::sh -c x", "sets remote.a.url" },
		{ "[remote \"a\"]url=-oProxyCommand=x", "sets remote.a.url" },
		{ "[submodule \"s\"]update=!x", "sets submodule.s.update" },
		{ "[core]worktree=/home", "sets core.worktree" },
		{ "[core]worktree=../../../../x", "sets core.worktree" },
		{ "[core]worktree=../x/../../../../y", "sets core.worktree" },
		{ "[core]bare=\"x", "is not of the usual form" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_string_equal(says(GUARD_GIT_CONFIG, bad[i][0], NULL), bad[i][1]);
	assert_string_equal(says(GUARD_HGRC, "[paths]\ndefault=/x\n", NULL), "fine");
	assert_string_equal(says(GUARD_HGRC, "[hooks]\nx=y", NULL), "sets hooks.x");
	assert_string_equal(says(GUARD_HGRC, "%include x", NULL), "sets %include");
	assert_string_equal(says(GUARD_TODO, "# x\npick 1 exec\n\nb\n", NULL), "fine");
	assert_string_equal(says(GUARD_TODO, "pick 1\n x touch y\n", NULL),
			    "says \"x touch y\"");
	assert_string_equal(says(GUARD_HISTEDIT, "v1\n0", NULL), "fine");
	assert_string_equal(says(GUARD_HISTEDIT, "\x80\x03", NULL), "is of the old form");
	assert_string_equal(says(GUARD_JJ_CONFIG,
				 "[revset-aliases]\n\"trunk()\" = \"main@origin\"\n",
				 NULL),
			    "fine");
	assert_string_equal(says(GUARD_JJ_CONFIG, "fsmonitor.backend = \"x\"\n", NULL),
			    "says \"fsmonitor.backend = \"x\"\"");
	assert_string_equal(says(GUARD_JJ_CONFIG, "name = \"a\" \n[ui]\n", NULL),
			    "says \"[ui]\"");
}

static void only_words_that_apply_a_patch_may_stay(void **state)
{
	static const char *const good[] = {
		"",
		"\n",
		" '-p1' '-C3'\n",
		" '--whitespace=fix' '--exclude=a b' '--reject'",
		" '--directory=x' '--include=y' '--ignore-whitespace'",
	};
	static const char *const bad[] = {
		" '--build-fake-ancestor=/x'",
		" '-p1' --build-fake-ancestor=/x",
		" '-p1 --build-fake-ancestor=/x'",
		" '-p1''--build-fake-ancestor=/x'",
		" '--exclude=a'\\''b'",
		" '--exclude=a\n--build-fake-ancestor=/x'",
		" '--rejected'",
		" '-px'",
		" '--unsafe-paths'",
		" '--reject",
		" --reject",
	};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		assert_string_equal(says(GUARD_APPLY, good[i], NULL), "fine");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (strncmp(says(GUARD_APPLY, bad[i], NULL), "says", 4) != 0)
			fail_msg("%s may stay", bad[i]);
	assert_string_equal(says(GUARD_EMPTY, "", NULL), "fine");
	assert_string_equal(says(GUARD_EMPTY, "\n", NULL), "names files");
}

static void what_was_there_before_may_stay(void **state)
{
	const char *before = "[filter \"lfs\"]\n\tclean = git-lfs clean\n";

	(void)state;
	assert_string_equal(says(GUARD_GIT_CONFIG,
				 "[branch \"x\"]\nremote=y\n[filter \"lfs\"]\nclean = "
				 "git-lfs clean\n",
				 before),
			    "fine");
	assert_string_equal(
		says(GUARD_GIT_CONFIG, "[filter \"lfs\"]\nclean = x\n", before),
		"sets filter.lfs.clean");
	assert_string_equal(says(GUARD_GIT_CONFIG,
				 "[filter \"lfs\"]\nsmudge = git-lfs clean\n", before),
			    "sets filter.lfs.smudge");
}

static void the_fenced_process_says_the_same(void **state)
{
	struct judge judge = JUDGE_NONE;
	const char *texts[] = { "[core]bare=true", "[core]fsmonitor=x", "" };
	const char *want[] = { "", "sets core.fsmonitor", "" };
	char what[JUDGE_WHAT_MAX];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const struct judge_case c = { .kind = GUARD_GIT_CONFIG,
					      .text = texts[i],
					      .len = strlen(texts[i]) };

		assert_true(judge_ask(&judge, &c, what) == (*want[i] == '\0'));
		assert_string_equal(what, want[i]);
	}
	judge_end(&judge);
	assert_int_equal(judge.pid, 0);
}

static size_t as_bytes(const struct guard_findings *found, char *bytes, size_t size)
{
	int ends[2];
	ssize_t n;

	assert_return_code(pipe(ends), errno);
	assert_return_code(findings_write(found, ends[1]), errno);
	(void)close(ends[1]);
	n = read(ends[0], bytes, size);
	assert_return_code(n, errno);
	(void)close(ends[0]);
	return (size_t)n;
}

static void what_was_found_comes_over_as_it_is(void **state)
{
	struct guard_finding list[] = {
		{ .path = "/w/.envrc",
		  .program = "direnv",
		  .why = "is run",
		  .what = "x" },
		{ .path = "/w/a\nb", .program = "p", .why = "", .moved = "/s/1.a\nb" },
		{ .path = "/w",
		  .program = "all",
		  .why = "w",
		  .error = "no",
		  .unseen = true },
		{ .path = "", .program = "fs.protect", .why = "w", .by_profile = true },
	};
	const struct guard_findings found = { list, 4 }, none = { 0 };
	struct arena arena = { 0 };
	struct guard_findings have = { 0 };
	char bytes[256];
	size_t len = as_bytes(&found, bytes, sizeof bytes);

	(void)state;
	assert_int_equal(findings_read(bytes, len, &arena, &have), 0);
	assert_int_equal(have.len, 4);
	assert_string_equal(have.list[0].what, "x");
	assert_null(have.list[0].moved);
	assert_string_equal(have.list[1].path, "/w/a\nb");
	assert_string_equal(have.list[1].why, "");
	assert_string_equal(have.list[1].moved, "/s/1.a\nb");
	assert_string_equal(have.list[2].error, "no");
	assert_true(have.list[2].unseen && !have.list[2].by_profile);
	assert_true(have.list[3].by_profile && !have.list[3].unseen);
	assert_int_equal(as_bytes(&none, bytes, sizeof bytes), 0);
	arena_done(&arena);
}

/* Cut off at any place but between two, it is no answer. */
static void half_of_what_was_found_is_nothing(void **state)
{
	struct guard_finding list[] = { { .path = "/a", .program = "p", .why = "w" },
					{ .path = "/b", .program = "p", .why = "w" } };
	const struct guard_findings found = { list, 2 };
	struct arena arena = { 0 };
	char bytes[64], odd[] = { (char)0xff, '/', 0, 'p', 0 };
	size_t len = as_bytes(&found, bytes, sizeof bytes);
	struct guard_findings have = { 0 };

	(void)state;
	for (size_t n = 0; n <= len; n++) {
		int whole = n == 0 || n == len / 2 || n == len;

		have = (struct guard_findings){ 0 };
		assert_int_equal(findings_read(bytes, n, &arena, &have), whole ? 0 : -1);
	}
	assert_int_equal(findings_read(odd, sizeof odd, &arena, &have), -1);
	arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_of_git_are_read_as_git_does),
		cmocka_unit_test(what_git_refuses_is_odd),
		cmocka_unit_test(settings_of_mercurial_are_read_as_it_does),
		cmocka_unit_test(what_git_writes_itself_may_stay),
		cmocka_unit_test(what_names_a_program_may_not),
		cmocka_unit_test(only_words_that_apply_a_patch_may_stay),
		cmocka_unit_test(what_was_there_before_may_stay),
		cmocka_unit_test(the_fenced_process_says_the_same),
		cmocka_unit_test(what_was_found_comes_over_as_it_is),
		cmocka_unit_test(half_of_what_was_found_is_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
