/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-forms.c - what the strings of a profile must look like */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "policy/forms.h"

struct fixture {
	struct arena arena;
	struct diags diags;
	struct layer layer;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	if (!f)
		return -1;
	f->diags.arena = &f->arena;
	f->layer.diags = &f->diags;
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

/* As the profile itself says it. */
static const char *check(struct fixture *f, enum key_form form, const char *s)
{
	return form_check(&f->layer, form, &(struct expanded){ .s = s }, &here);
}

static void is(struct fixture *f, enum key_form form, const char *s, const char *want)
{
	const char *got = check(f, form, s);

	if (!got)
		fail_msg("%s: %s", s, f->diags.list[0].msg);
	assert_string_equal(got, want);
}

static void is_not(struct fixture *f, enum key_form form, const char *s)
{
	const char *got = check(f, form, s);

	if (got)
		fail_msg("\"%s\" is taken as \"%s\"", s, got);
	assert_int_equal(f->diags.total, 1);
	assert_int_equal(f->diags.list[0].pos.line, here.line);
	assert_int_equal(f->diags.list[0].msg[0], '"');
	assert_int_equal(strncmp(f->diags.list[0].msg + 1, s, strlen(s)), 0);
	f->diags = (struct diags){ .arena = &f->arena };
}

/* @s is a path entry of @source and @target. */
static void spec(struct fixture *f, const char *s, const char *source, const char *target)
{
	struct fsspec got = { 0 };

	if (fsspec_parse(&f->arena, s, f->layer.cwd, &got) < 0)
		fail_msg("\"%s\" is no path entry", s);
	assert_int_equal(got.optional, *s == '?');
	assert_string_equal(got.source, source);
	assert_string_equal(got.target, target);
}

static void no_spec(struct fixture *f, const char *s)
{
	struct fsspec got = { .source = "kept" };

	if (fsspec_parse(&f->arena, s, f->layer.cwd, &got) == 0)
		fail_msg("\"%s\" is \"%s\" on \"%s\"", s, got.source, got.target);
	assert_string_equal(got.source, "kept");
}

static void a_path_entry_has_a_source_and_may_have_a_target(void **state)
{
	struct fixture *f = *state;

	spec(f, "/a", "/a", "/a");
	spec(f, "//a/./b/", "/a/b", "/a/b");
	spec(f, "/", "/", "/");
	spec(f, "/a:/b//c", "/a", "/b/c");
	spec(f, "/a:/", "/a", "/");
	spec(f, "?/a", "/a", "/a");
	spec(f, "?/a:/b", "/a", "/b");
	spec(f, "/a?b:/?", "/a?b", "/?");
}

static void a_colon_in_a_name_is_written_with_a_backslash(void **state)
{
	struct fixture *f = *state;

	spec(f, "/a\\:b", "/a:b", "/a:b");
	spec(f, "/a\\:b:/c\\:d", "/a:b", "/c:d");
	spec(f, "/a\\\\:/b", "/a\\", "/b");
	spec(f, "/a\\b", "/a\\b", "/a\\b");
	spec(f, "/a\\", "/a\\", "/a\\");
	/* there is only one target: the colons behind it are its own */
	spec(f, "/a:/b:/c", "/a", "/b:/c");
}

static void anything_else_is_no_path_entry(void **state)
{
	static const char *const bad[] = { "",      "?",     "a",        "?a",   ":",
					   "/a:",   ":/a",   "/a:b",     "a:/b", "?\?/a",
					   "/a/..", "/../a", "/a:/b/..", "~/a",  "./a",
					   "\\/a",  "?:/a",  "/a:?/b" };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		no_spec(f, bad[i]);
		is_not(f, FORM_SPEC, bad[i]);
	}
}

static void relative_paths_start_at_the_working_directory(void **state)
{
	struct fixture *f = *state;

	f->layer.cwd = "/cwd";
	spec(f, "a", "/cwd/a", "/cwd/a");
	spec(f, ".", "/cwd", "/cwd");
	spec(f, "./a//b/", "/cwd/a/b", "/cwd/a/b");
	spec(f, "?a:/b", "/cwd/a", "/b");
	spec(f, "/a", "/a", "/a");
	spec(f, "..nothing", "/cwd/..nothing", "/cwd/..nothing");
	no_spec(f, "a:b");
	no_spec(f, "");
	no_spec(f, "?");
	no_spec(f, ":/b");
	is(f, FORM_PATH, "a/./b", "/cwd/a/b");
	is_not(f, FORM_PATH, "");
	f->layer.cwd = "/";
	spec(f, "a", "/a", "/a");
}

static void what_a_shell_did_not_expand_is_no_path(void **state)
{
	static const char *const bad[] = { "~", "~/.ssh", "~u/x", "$HOME/.ssh",
					   "${HOME}/x" };
	const struct vars vars = { .builtin = { 0 } };
	struct fixture *f = *state;

	f->layer.cwd = "/cwd";
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		is_not(f, FORM_PATH, bad[i]);
		is_not(f, FORM_SPEC, bad[i]);
		is_not(f, FORM_SPEC, arena_printf(&f->arena, "?%s", bad[i]));
	}
	is(f, FORM_PATH, "./~/.ssh", "/cwd/~/.ssh");
	is(f, FORM_SPEC, "./$HOME", "/cwd/$HOME");
	is(f, FORM_SPEC, "/a/~b/$c", "/a/~b/$c");
	/* a profile has no shell in front of it */
	f->layer.vars = &vars;
	f->layer.cwd = NULL;
	assert_null(check(f, FORM_PATH, "~/.ssh"));
	assert_null(strstr(f->diags.list[0].msg, "shell"));
}

static void two_dots_go_where_the_file_system_says(void **state)
{
	struct fixture *f = *state;

	/* /proc/self is a symlink: a lexical answer would be another one */
	f->layer.cwd = "/usr";
	spec(f, "../usr", "/usr", "/usr");
	spec(f, "..", "/", "/");
	spec(f, "/usr/../usr", "/usr", "/usr");
	no_spec(f, "../nonexistent-directory/x");
	no_spec(f, "/usr:/b/../c");
}

static void a_missing_optional_path_may_go_up_too(void **state)
{
	struct fixture *f = *state;

	/* "?" means "skip if missing", not "it must be there to be understood" */
	f->layer.cwd = "/usr";
	spec(f, "?../nonexistent-file", "/nonexistent-file", "/nonexistent-file");
}

static void a_path_is_shorter_than_path_max(void **state)
{
	struct fixture *f = *state;
	char path[2 * PATH_MAX];

	memset(path, 'a', sizeof path);
	path[0] = '/';
	path[PATH_MAX - 1] = '\0';
	spec(f, path, path, path);
	path[PATH_MAX - 1] = 'a';
	path[PATH_MAX] = '\0';
	no_spec(f, path);
	f->layer.cwd = "/cwd";
	no_spec(f, path);
	no_spec(f, path + 2);
}

static void what_was_checked_means_the_same_again(void **state)
{
	static const char *const good[] = { "/a//b/",        "?/a:/b/",  "/a\\:b:/c",
					    "/a\\\\:/b",     "/a\\b",    "/a:/a/",
					    "/a\\:b:/a:b",   "?/x:/b:c", "/a\\",
					    "/a b:/\xff\xfe" };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		const char *once = check(f, FORM_SPEC, good[i]);
		struct fsspec first, again;

		assert_non_null(once);
		is(f, FORM_SPEC, once, once);
		assert_int_equal(fsspec_parse(&f->arena, good[i], NULL, &first), 0);
		assert_int_equal(fsspec_parse(&f->arena, once, NULL, &again), 0);
		assert_string_equal(first.source, again.source);
		assert_string_equal(first.target, again.target);
		assert_int_equal(first.optional, again.optional);
	}
	is(f, FORM_SPEC, "/a:/a/", "/a");
}

/* Every ${X} of @s is @value. */
static const char *check_with(struct fixture *f, enum key_form form, const char *s,
			      const char *value)
{
	struct vars vars = { 0 };
	struct expanded text = { 0 };

	pairs_set(&f->arena, &vars.builtin,
		  &(struct pair){ .name = "X", .value = value });
	assert_int_equal(vars_expand(&vars, &f->diags, s, &here, &text), 0);
	f->layer.vars = &vars;
	text.s = form_check(&f->layer, form, &text, &here);
	f->layer.vars = NULL;
	return text.s;
}

/* Names that mean something where a profile says them. */
static const char *const names[] = {
	"x:/data", "x:",  ":",  "?x", "?",     "a\\b", "a\\:b", "a\\\\", "\\", "*",
	"a*b",     "[a]", "$a", "~",  "a b\n", "\\*",  "a:b:c", "/d:/e", "::", "\\:/k",
};
#define NAMES (sizeof names / sizeof names[0])

static void what_a_variable_brings_in_is_a_path_as_it_is(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < NAMES; i++) {
		const char *path = arena_printf(&f->arena, "/p/%s", names[i]);
		const char *clean = path_clean(&f->arena, path);
		const char *got = check_with(f, FORM_SPEC, "${X}", path);
		struct fsspec entry;

		assert_non_null(got);
		assert_int_equal(fsspec_parse(&f->arena, got, NULL, &entry), 0);
		assert_false(entry.optional);
		assert_string_equal(entry.source, clean);
		assert_ptr_equal(entry.source, entry.target);
		got = check_with(f, FORM_SPEC, "?${X}/s:/t${X}/\\:", path);
		assert_non_null(got);
		assert_int_equal(fsspec_parse(&f->arena, got, NULL, &entry), 0);
		assert_true(entry.optional);
		assert_string_equal(entry.source, arena_printf(&f->arena, "%s/s", clean));
		assert_string_equal(entry.target,
				    arena_printf(&f->arena, "/t%s/:", clean));
		assert_string_equal(check_with(f, FORM_PATH, "${X}/q", path),
				    arena_printf(&f->arena, "%s/q", clean));
	}
	/* no path without the "?" that the profile would have to say, nor with a ".." */
	assert_null(check_with(f, FORM_SPEC, "${X}", "?/p"));
	assert_null(check_with(f, FORM_SPEC, "${X}", "/p/../q"));
	assert_string_equal(check_with(f, FORM_SPEC, "/a${X}/b", ":"), "/a\\:/b");
}

/* The profile's own text that means @value. */
static const char *quoted(struct fixture *f, const char *value, const char *special)
{
	struct strbuf out = { 0 };

	for (; *value; value++) {
		if (strchr(special, *value))
			strbuf_addc(&out, '\\');
		strbuf_addc(&out, *value);
	}
	value = arena_strdup(&f->arena, strbuf_str(&out));
	strbuf_done(&out);
	return value;
}

/* As an accident would write it: structure, escapes and a few letters in any order. */
static const char *random_text(struct fixture *f, unsigned *seed)
{
	static const char chars[] = "::\\\\?*/ab.$@[]-~ \n";
	char text[16] = "";
	size_t len = 1 + (size_t)(rand_r(seed) % 14);

	for (size_t i = 0; i < len; i++)
		text[i] = chars[(size_t)rand_r(seed) % (sizeof chars - 1)];
	return arena_strdup(&f->arena, text);
}

static void replace_x(struct fixture *f, const char *s, const char *value,
		      const char **ret)
{
	struct strbuf out = { 0 };
	const char *x;

	for (; (x = strstr(s, "${X}")); s = x + 4) {
		strbuf_addn(&out, s, (size_t)(x - s));
		strbuf_add(&out, value);
	}
	strbuf_add(&out, s);
	*ret = arena_strdup(&f->arena, strbuf_str(&out));
	strbuf_done(&out);
}

static void expanding_is_the_same_as_quoting(void **state)
{
	static const struct {
		enum key_form form;
		const char *special, *templates[7];
	} rows[] = {
		{ FORM_SPEC,
		  ":\\",
		  { "/${X}", "?/${X}", "/a${X}b:/c", "/a:/${X}/b", "?/${X}:/${X}",
		    "/p\\:${X}:/\\\\${X}" } },
		{ FORM_ENV_PATTERN, "*\\", { "A${X}", "${X}*", "*${X}*B", "\\*${X}" } },
		{ FORM_PATH, "", { "/${X}", "/a/${X}/b" } },
	};
	struct fixture *f = *state;
	unsigned seed = 1;
	size_t taken = 0;

	for (int round = 0; round < 3000; round++)
		for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
			const char *value = random_text(f, &seed), *literal;
			const char *s = rows[i].templates[round % 6], *want, *got;

			if (!s)
				continue;
			replace_x(f, s, quoted(f, value, rows[i].special), &literal);
			want = check(f, rows[i].form, literal);
			got = check_with(f, rows[i].form, s, value);
			if (!want != !got || (want && strcmp(want, got) != 0))
				fail_msg("%s with \"%s\" is %s, \"%s\" is %s", s, value,
					 got ? got : "a mistake", literal,
					 want ? want : "a mistake");
			taken += got != NULL;
		}
	assert_true(taken > 3000);
}

static void what_has_no_escape_is_a_mistake(void **state)
{
	static const struct {
		enum key_form form;
		const char *s, *good, *bad[5];
	} rows[] = {
		{ FORM_USER, "${X}", "caller", { "1:2", ":", "0:0" } },
		{ FORM_USER, "1:${X}", "2", { "2:3", ":2" } },
		{ FORM_WORD, "${X}", "none", { "join:web" } },
		{ FORM_WORD, "join:${X}", "web", { "we:b" } },
		{ FORM_CALL, "${X}", "mbind", { "@debug", "mbind:ENOSYS" } },
		{ FORM_CALL, "@${X}:ENOSYS", "debug", { "debug:EPERM", "@debug" } },
		{ FORM_RULE,
		  "${X}:443/tcp",
		  "10.0.0.1",
		  { "10.0.0.1:80", "10.0.0.0/8", "[::1]", "10.0.0.1/tcp" } },
		{ FORM_RULE, "[${X}]:443", "fd00::1", { "::1]:80", "fd00::/8" } },
		{ FORM_RULE, "10.0.0.1:${X}", "80", { "80-90", "80/udp" } },
		{ FORM_PUBLISH, "127.0.0.1:${X}:80", "8080", { "1:2", "80/tcp" } },
		{ FORM_PUBLISH, "[${X}]:1:2", "::1", { "::]:3" } },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *got = check_with(f, rows[i].form, rows[i].s, rows[i].good);

		if (!got)
			fail_msg("%s: %s", rows[i].s, f->diags.list[0].msg);
		for (size_t k = 0; rows[i].bad[k]; k++) {
			got = check_with(f, rows[i].form, rows[i].s, rows[i].bad[k]);
			if (got)
				fail_msg("%s with \"%s\" is taken as \"%s\"", rows[i].s,
					 rows[i].bad[k], got);
			assert_int_equal(f->diags.total, 1);
			assert_non_null(
				strstr(f->diags.list[0].msg, "a variable brings in"));
			f->diags = (struct diags){ .arena = &f->arena };
		}
	}
}

static void a_shells_variable_may_have_a_colon_as_well(void **state)
{
	char dir[] = "/tmp/sbox-test-forms-XXXXXX";
	struct fixture *f = *state;
	const char *colon;

	assert_non_null(mkdtemp(dir));
	colon = arena_printf(&f->arena, "%s/x:", dir);
	assert_int_equal(mkdir(colon, 0700), 0);
	colon = arena_printf(&f->arena, "%s/data", colon);
	assert_int_equal(mkdir(colon, 0700), 0);
	f->layer.cwd = dir;
	is_not(f, FORM_SPEC, colon);
	is_not(f, FORM_SPEC, "x:/data");
	is_not(f, FORM_SPEC, "?x:/data");
	is_not(f, FORM_SPEC, "x:/data:/dst");
	is_not(f, FORM_SPEC, arena_printf(&f->arena, "%s:/dst:/more", colon));
	is(f, FORM_SPEC, "x:/other", arena_printf(&f->arena, "%s/x:/other", dir));
	is(f, FORM_SPEC, "x\\:/data", arena_printf(&f->arena, "%s/x\\:/data", dir));
	f->layer.cwd = colon;
	is(f, FORM_SPEC, ".", arena_printf(&f->arena, "%s/x\\:/data", dir));
	assert_int_equal(rmdir(colon), 0);
	assert_int_equal(rmdir(path_parent(&f->arena, colon)), 0);
	assert_int_equal(rmdir(dir), 0);
}

static void paths_are_absolute_and_made_clean(void **state)
{
	struct fixture *f = *state;

	is(f, FORM_PATH, "/a//b/./c/", "/a/b/c");
	is(f, FORM_PATH, "/a:b", "/a:b");
	is_not(f, FORM_PATH, "a");
	is_not(f, FORM_PATH, "");
	is_not(f, FORM_PATH, "/a/..");
	is_not(f, FORM_PATH, "?/a");
}

/* What a form takes and what it does not, up to NULL. */
struct words {
	enum key_form form;
	const char *good[8], *bad[16];
};

static void every_form_takes_its_own(void **state)
{
	static const struct words rows[] = {
		{ FORM_ANY, { "", "x\n" }, { NULL } },
		{ FORM_ENV_NAME,
		  { "A", "_x9", "a.b" },
		  { "", "A=B", "A B", "A\tB", "A\n", "=", "LC_*" } },
		{ FORM_ENV_PATTERN,
		  { "A", "LC_*", "_x9", "*", "a.b", "a\\*", "a\\\\*" },
		  { "", "A=B", "A B", "A\tB", "A\n", "=" } },
		{ FORM_USER,
		  { "root", "caller", "0:0", "1000:100", "4294967294:4294967294" },
		  { "", "Root", "me", "1000", ":", "1:", ":1", "1:2:3", "4294967295:0",
		    "0:4294967295", "-1:0", " 1:1", "root:root",
		    "00000000000000001:0" } },
		{ FORM_HOSTNAME,
		  { "sbox", "a", "a-b.C9", "0",
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
		  { "", "-a", ".a", "a_b", "a b", "\u00e4", "a\n", "a/b",
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "a" } },
		{ FORM_MODE,
		  { "0", "755", "01777" },
		  { "", "8", "0o7", "10000", "rwx" } },
		{ FORM_FD,
		  { "0", "3", "2147483647" },
		  { "", "-1", "2147483648", "x", "3 " } },
		{ FORM_CAP,
		  { "CAP_CHOWN", "chown", "cap_Net_Raw", "all", "ALL" },
		  { "", "cap", "CAP_", "CAP_CAP_CHOWN", "chownx", "CAP_NOPE", "0" } },
		{ FORM_CALL, { "mbind", "@debug", "mbind:ENOSYS" }, { NULL } },
		{ FORM_WORD, { "none", "join:web" }, { NULL } },
		{ FORM_NAMESPACE,
		  { "ipc", "uts", "cgroup", "time" },
		  { "", "net", "IPC", "user", "ip" } },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		for (size_t k = 0; rows[i].good[k]; k++)
			is(f, rows[i].form, rows[i].good[k], rows[i].good[k]);
		for (size_t k = 0; rows[i].bad[k]; k++)
			is_not(f, rows[i].form, rows[i].bad[k]);
	}
}

static void a_cache_has_a_name_and_may_have_a_place(void **state)
{
	static const char *const bad[] = { "",    ":",   ":a",    "a:",      "a b",
					   ".a",  "-a",  "a/b",   "a:..",    "a:../b",
					   "a:/", "a:.", "a:~/b", "a:/../b", "../a" };
	struct fixture *f = *state;
	struct cachespec spec;

	is(f, FORM_CACHE, "npm", "npm");
	is(f, FORM_CACHE, "npm:.npm", "npm:.npm");
	is(f, FORM_CACHE, "npm:./a//b/", "npm:a/b");
	is(f, FORM_CACHE, "npm:/c//d", "npm:/c/d");
	is(f, FORM_CACHE, "npm:a:b", "npm:a:b");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		is_not(f, FORM_CACHE, bad[i]);
		assert_int_equal(cachespec_parse(&f->arena, bad[i], &spec), -1);
	}
	assert_int_equal(cachespec_parse(&f->arena, "npm", &spec), 0);
	assert_string_equal(spec.path, ".cache/npm");
	assert_int_equal(cachespec_parse(&f->arena, "npm:/c:d", &spec), 0);
	assert_string_equal(spec.name, "npm");
	assert_string_equal(spec.path, "/c:d");
	/* what a variable brings in parts nothing */
	assert_string_equal(check_with(f, FORM_CACHE, "npm:/${X}", "a:b"), "npm:/a:b");
	assert_null(check_with(f, FORM_CACHE, "${X}", "npm:/a"));
}

static void a_user_is_root_the_caller_or_two_numbers(void **state)
{
	bool caller = true;
	int64_t uid = -1, gid = -1;

	(void)state;
	assert_int_equal(user_parse("root", &caller, &uid, &gid), 0);
	assert_false(caller);
	assert_int_equal(uid, 0);
	assert_int_equal(gid, 0);
	assert_int_equal(user_parse("7:4294967294", &caller, &uid, &gid), 0);
	assert_false(caller);
	assert_int_equal(uid, 7);
	assert_true(gid == 4294967294);
	assert_int_equal(user_parse("caller", &caller, &uid, &gid), 0);
	assert_true(caller);
	uid = 5;
	assert_int_equal(user_parse("7:x", &caller, &uid, &gid), -1);
	assert_int_equal(uid, 5);
}

static void capabilities_have_numbers(void **state)
{
	(void)state;
	assert_int_equal(cap_number("CAP_CHOWN"), CAP_CHOWN);
	assert_int_equal(cap_number("sys_admin"), CAP_SYS_ADMIN);
	assert_int_equal(cap_number("CAP_CHECKPOINT_RESTORE"), 40);
	assert_int_equal(cap_number("all"), CAPS_ALL);
	assert_int_equal(cap_number("nope"), -1);
	assert_int_equal(cap_number(""), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_path_entry_has_a_source_and_may_have_a_target, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_colon_in_a_name_is_written_with_a_backslash, setup, teardown),
		cmocka_unit_test_setup_teardown(anything_else_is_no_path_entry, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			relative_paths_start_at_the_working_directory, setup, teardown),
		cmocka_unit_test_setup_teardown(what_a_shell_did_not_expand_is_no_path,
						setup, teardown),
		cmocka_unit_test_setup_teardown(two_dots_go_where_the_file_system_says,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_missing_optional_path_may_go_up_too,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_path_is_shorter_than_path_max, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_was_checked_means_the_same_again,
						setup, teardown),
		cmocka_unit_test_setup_teardown(
			what_a_variable_brings_in_is_a_path_as_it_is, setup, teardown),
		cmocka_unit_test_setup_teardown(expanding_is_the_same_as_quoting, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_has_no_escape_is_a_mistake, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			a_shells_variable_may_have_a_colon_as_well, setup, teardown),
		cmocka_unit_test_setup_teardown(paths_are_absolute_and_made_clean, setup,
						teardown),
		cmocka_unit_test_setup_teardown(every_form_takes_its_own, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_cache_has_a_name_and_may_have_a_place,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_user_is_root_the_caller_or_two_numbers,
						setup, teardown),
		cmocka_unit_test_setup_teardown(capabilities_have_numbers, setup,
						teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("forms", tests, NULL, NULL);
}
