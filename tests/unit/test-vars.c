/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-vars.c - variables in the strings of a profile */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "policy/vars.h"

struct fixture {
	struct arena arena;
	struct diags diags;
	struct vars vars;
};

static void builtin(struct fixture *f, const char *name, const char *value)
{
	pairs_set(&f->arena, &f->vars.builtin,
		  &(struct pair){ .name = name, .value = value });
}

static void define(struct fixture *f, const char *name, const char *value)
{
	pairs_set(&f->arena, &f->vars.defined,
		  &(struct pair){ .name = name, .value = value });
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	if (!f)
		return -1;
	f->diags.arena = &f->arena;
	builtin(f, "HOME", "/home/u");
	builtin(f, "PROFILE_DIR", "/etc/sbox/$x");
	builtin(f, "EMPTY", "");
	builtin(f, "UNSET", NULL);
	define(f, "CACHE", "${HOME}/.cache");
	define(f, "DOLLAR", "a$$b");
	define(f, "NOTHING", "");
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

static const struct srcpos here = { "f", 3, 4 };

static const char *expand(struct fixture *f, const char *s)
{
	struct expanded got = { 0 };
	int ret = vars_expand(&f->vars, &f->diags, s, &here, &got);

	assert_int_equal(ret < 0, got.s == NULL);
	return got.s;
}

static void gives(struct fixture *f, const char *s, const char *want)
{
	const char *got = expand(f, s);

	if (!got)
		fail_msg("%s: %s", s, f->diags.list[f->diags.len - 1].msg);
	assert_string_equal(got, want);
	assert_int_equal(f->diags.total, 0);
}

/* @want has a "." for each byte that the profile says itself, a "v" for all others. */
static void brings(struct fixture *f, const char *s, const char *want)
{
	struct expanded got = { 0 };

	assert_int_equal(vars_expand(&f->vars, &f->diags, s, &here, &got), 0);
	assert_int_equal(strlen(got.s), strlen(want));
	for (size_t i = 0; want[i]; i++) {
		if (expanded_is(&got, i, got.s[i]) != (want[i] == '.'))
			fail_msg("%s: byte %zu of \"%s\"", s, i, got.s);
		assert_false(expanded_is(&got, i, '\1'));
	}
}

static void refused(struct fixture *f, const char *s, const char *why)
{
	const char *got = expand(f, s);

	if (got)
		fail_msg("%s: %s", s, got);
	assert_int_equal(f->diags.total, 1);
	assert_int_equal(f->diags.list[0].pos.line, here.line);
	assert_int_equal(f->diags.list[0].pos.col, here.col);
	if (!strstr(f->diags.list[0].msg, why))
		fail_msg("%s: \"%s\" instead of \"%s\"", s, f->diags.list[0].msg, why);
	f->diags = (struct diags){ .arena = &f->arena };
}

static void a_text_without_a_dollar_stays_as_it_is(void **state)
{
	static const char text[] = "/a{b}:-c}\\";
	struct fixture *f = *state;

	assert_ptr_equal(expand(f, text), text);
	brings(f, "/a:b", "....");
}

static void what_a_variable_brings_in_is_known(void **state)
{
	struct fixture *f = *state;

	define(f, "X", "a:${DOLLAR}");
	brings(f, "${HOME}", "vvvvvvv");
	brings(f, "?${HOME}:/x", ".vvvvvvv...");
	brings(f, "<${DOLLAR}|${DOLLAR}>", ".vvv.vvv.");
	brings(f, "$$:$${A}:", ".......");
	brings(f, "${X}:", "vvvvv.");
	/* a default stands for the value, whatever it is made of */
	brings(f, "${EMPTY:-:$$}:", "vv.");
	brings(f, "a${UNSET:-b${HOME}c}d", ".vvvvvvvvv.");
	brings(f, "a${XYZZYX:-}b", "..");
}

static void variables_are_replaced(void **state)
{
	struct fixture *f = *state;

	gives(f, "${HOME}", "/home/u");
	gives(f, "<${HOME}|${HOME}/x>", "</home/u|/home/u/x>");
	gives(f, "${CACHE}/y", "/home/u/.cache/y");
}

static void values_of_sbox_are_taken_as_they_are(void **state)
{
	struct fixture *f = *state;

	/* a directory may be called anything, and what it is called is no text of ours */
	gives(f, "${PROFILE_DIR}/p", "/etc/sbox/$x/p");
}

static void a_variable_of_sbox_cannot_be_redefined(void **state)
{
	struct fixture *f = *state;

	define(f, "HOME", "/evil");
	gives(f, "${HOME}", "/home/u");
}

static void two_dollars_are_one(void **state)
{
	struct fixture *f = *state;

	gives(f, "$$", "$");
	gives(f, "a$$$$b", "a$$b");
	gives(f, "$${HOME}", "${HOME}");
	gives(f, "$$${HOME}", "$/home/u");
	gives(f, "${DOLLAR}", "a$b");
}

static void one_dollar_alone_is_a_mistake(void **state)
{
	struct fixture *f = *state;

	refused(f, "$", "a single \"$\"");
	refused(f, "a$", "a single \"$\"");
	refused(f, "$HOME/x", "a single \"$\"");
	refused(f, "$$$", "a single \"$\"");
	refused(f, "$(id)", "a single \"$\"");
}

static void a_brace_must_close(void **state)
{
	struct fixture *f = *state;

	refused(f, "${HOME", "without a closing");
	refused(f, "x${", "without a closing");
	refused(f, "${A:-${B}", "without a closing");
}

static void a_name_is_a_name(void **state)
{
	static const char *const bad[] = { "${}",      "${ HOME}",  "${HOME }",  "${1A}",
					   "${HO-ME}", "${HOME:}",  "${HOME-x}", "${:-x}",
					   "${!HOME}", "${HOME:+x}" };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		refused(f, bad[i], "is no variable: write ${NAME} or ${NAME:-default}");
	define(f, "_a9Z", "x");
	gives(f, "${_a9Z}", "x");
}

static void unset_and_empty_are_mistakes(void **state)
{
	struct fixture *f = *state;

	refused(f, "${EMPTY}/x", "variable \"EMPTY\" is empty or unset");
	refused(f, "${UNSET}", "variable \"UNSET\" is empty or unset");
	refused(f, "${NOTHING}", "variable \"NOTHING\" is empty or unset");
	refused(f, "${XYZZYX}", "variable \"XYZZYX\" is not set: define it in [vars]");
	refused(f, "${HOEM}", "did you mean \"HOME\"?");
	refused(f, "${CAHCE}", "did you mean \"CACHE\"?");
}

static void why_a_variable_has_no_value_is_told_once(void **state)
{
	struct fixture *f = *state;

	pairs_set(&f->arena, &f->vars.builtin,
		  &(struct pair){ .name = "CWD", .missing = "it was removed" });
	assert_null(expand(f, "${CWD}/a"));
	assert_null(expand(f, "${EMPTY}"));
	assert_null(expand(f, "?${CWD}/b"));
	assert_int_equal(f->diags.total, 2);
	assert_string_equal(f->diags.list[0].msg,
			    "variable \"CWD\" has no value: it was removed");
	f->diags = (struct diags){ .arena = &f->arena };
	gives(f, "${CWD:-/x}", "/x");
}

static void what_is_laid_over_counts_first(void **state)
{
	struct pairs over = { 0 };
	struct fixture *f = *state;

	pairs_set(&f->arena, &over, &(struct pair){ .name = "HOME", .value = "/other" });
	f->vars.over = &over;
	gives(f, "${HOME}/x", "/other/x");
	gives(f, "${CACHE}", "/other/.cache");
	gives(f, "${PROFILE_DIR}", "/etc/sbox/$x");
}

static void what_expands_to_nothing_is_empty_too(void **state)
{
	struct fixture *f = *state;

	/* a path of "${A}/x" must never become "/x" */
	define(f, "A", "${XYZZYX:-}");
	refused(f, "${A}/x", "empty");
}

static void a_default_is_for_the_unset_and_the_empty(void **state)
{
	struct fixture *f = *state;

	gives(f, "${HOME:-/x}", "/home/u");
	gives(f, "${EMPTY:-/x}", "/x");
	gives(f, "${UNSET:-/x}", "/x");
	gives(f, "${NOTHING:-/x}", "/x");
	gives(f, "${XYZZYX:-/x}/y", "/x/y");
	gives(f, "a${XYZZYX:-}b", "ab");
	gives(f, "${XYZZYX:-a:-b}", "a:-b");
	gives(f, "${XYZZYX:-$$}", "$");
}

static void defaults_nest(void **state)
{
	struct fixture *f = *state;

	gives(f, "${XYZZYX:-${HOME}}", "/home/u");
	gives(f, "${XYZZYX:-a${EMPTY:-b${HOME}c}d}e", "ab/home/ucde");
	gives(f, "${XYZZYX:-${HOME}/{x}", "/home/u/{x");
	refused(f, "${XYZZYX:-${YZZYXX}}", "variable \"YZZYXX\" is not set");
	refused(f, "${XYZZYX:-$HOME}", "a single \"$\"");
	gives(f, "${HOME:-$HOME}", "/home/u"); /* not looked at */
}

static void two_dollars_open_no_brace_in_a_default(void **state)
{
	struct fixture *f = *state;

	gives(f, "${XYZZYX:-$${}", "${");
}

static void a_circle_is_a_mistake(void **state)
{
	struct fixture *f = *state;

	define(f, "A", "${B}");
	define(f, "B", "x${A}");
	define(f, "C", "${C}");
	refused(f, "${A}", "variables are defined by each other");
	refused(f, "${C}", "variables are defined by each other");
	refused(f, "${XYZZYX:-${C}}", "variables are defined by each other");
}

static void ten_levels_are_enough(void **state)
{
	struct fixture *f = *state;

	define(f, "V0", "x");
	for (int i = 1; i < 12; i++)
		define(f, arena_printf(&f->arena, "V%d", i),
		       arena_printf(&f->arena, "${V%d}", i - 1));
	gives(f, "${V9}", "x");
	refused(f, "${V11}", "more than 10 deep");
}

static void a_text_does_not_grow_for_ever(void **state)
{
	struct fixture *f = *state;

	define(f, "V0", "0123456789abcdef0123456789abcdef");
	for (int i = 1; i < 10; i++)
		define(f, arena_printf(&f->arena, "V%d", i),
		       arena_printf(&f->arena, "${V%d}${V%d}${V%d}${V%d}", i - 1, i - 1,
				    i - 1, i - 1));
	refused(f, "${V9}", "too long");
}

static void a_text_of_nothing_does_not_take_for_ever_either(void **state)
{
	const struct rlimit memory = { (rlim_t)1 << 30, (rlim_t)1 << 30 };
	struct fixture *f = *state;
	pid_t pid;
	int status;

	define(f, "V0", "${XYZZYX:-}");
	for (int i = 1; i < 9; i++)
		define(f, arena_printf(&f->arena, "V%d", i),
		       arena_printf(&f->arena,
				    "${V%d}${V%d}${V%d}${V%d}${V%d}${V%d}${V%d}${V%d}"
				    "${V%d}${V%d}${V%d}${V%d}${V%d}${V%d}${V%d}${V%d}",
				    i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1,
				    i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1,
				    i - 1, i - 1));
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)signal(SIGALRM, SIG_DFL);
		(void)setrlimit(RLIMIT_DATA, &memory);
		(void)alarm(3);
		(void)expand(f, "${V8}");
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void pairs_are_unique_by_name(void **state)
{
	struct fixture *f = *state;
	struct pairs pairs = { 0 };

	assert_null(pairs_get(&pairs, "A"));
	pairs_set(&f->arena, &pairs, &(struct pair){ .name = "A", .value = "1" });
	pairs_set(&f->arena, &pairs, &(struct pair){ .name = "B", .value = "2" });
	pairs_set(&f->arena, &pairs,
		  &(struct pair){ .name = "A", .value = "3", .pos = { "f", 1, 2 } });
	assert_int_equal(pairs.len, 2);
	assert_string_equal(pairs.items[0].name, "A");
	assert_string_equal(pairs_get(&pairs, "A")->value, "3");
	assert_int_equal(pairs_get(&pairs, "A")->pos.line, 1);
	assert_null(pairs_get(&pairs, "AB"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_text_without_a_dollar_stays_as_it_is,
						setup, teardown),
		cmocka_unit_test_setup_teardown(what_a_variable_brings_in_is_known, setup,
						teardown),
		cmocka_unit_test_setup_teardown(variables_are_replaced, setup, teardown),
		cmocka_unit_test_setup_teardown(values_of_sbox_are_taken_as_they_are,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_variable_of_sbox_cannot_be_redefined,
						setup, teardown),
		cmocka_unit_test_setup_teardown(two_dollars_are_one, setup, teardown),
		cmocka_unit_test_setup_teardown(one_dollar_alone_is_a_mistake, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_brace_must_close, setup, teardown),
		cmocka_unit_test_setup_teardown(a_name_is_a_name, setup, teardown),
		cmocka_unit_test_setup_teardown(unset_and_empty_are_mistakes, setup,
						teardown),
		cmocka_unit_test_setup_teardown(why_a_variable_has_no_value_is_told_once,
						setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_laid_over_counts_first, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_expands_to_nothing_is_empty_too,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_default_is_for_the_unset_and_the_empty,
						setup, teardown),
		cmocka_unit_test_setup_teardown(defaults_nest, setup, teardown),
		cmocka_unit_test_setup_teardown(two_dollars_open_no_brace_in_a_default,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_circle_is_a_mistake, setup, teardown),
		cmocka_unit_test_setup_teardown(ten_levels_are_enough, setup, teardown),
		cmocka_unit_test_setup_teardown(a_text_does_not_grow_for_ever, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			a_text_of_nothing_does_not_take_for_ever_either, setup, teardown),
		cmocka_unit_test_setup_teardown(pairs_are_unique_by_name, setup,
						teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("vars", tests, NULL, NULL);
}
