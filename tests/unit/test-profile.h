/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-profile.h - profile files in a directory of their own, for test-profile*.c */
#ifndef SBOX_TEST_PROFILE_H
#define SBOX_TEST_PROFILE_H

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
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

#include "base/cleanup.h"
#include "base/io.h"
#include "policy/profile.h"

#define OPTIONS_MAX 8

/*
 * A directory with cwd, where relative paths start, and first and second, the search
 * path. Names in here are relative to the directory.
 */
struct fixture {
	struct arena arena;
	struct diags diags;
	struct profile_set set;
	struct profile_option options[OPTIONS_MAX];
	size_t options_len;
	struct policy policy;
	const char *dir, *dirs[3];
	bool ok;
};

/* Removes what is in the open directory @fd, and the like below it. */
static inline void remove_below(int fd)
{
	DIR *dir = fdopendir(fd);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		int sub;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    unlinkat(dirfd(dir), entry->d_name, 0) == 0)
			continue;
		sub = openat(dirfd(dir), entry->d_name,
			     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (sub >= 0)
			remove_below(sub);
		(void)unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
	}
	if (dir)
		(void)closedir(dir);
}

/* A new directory by its canonical name, with a directory for each of @names. */
static inline const char *make_dirs(struct arena *arena, const char *const *names)
{
	const char *tmp = getenv("TMPDIR");
	char *dir =
		arena_printf(arena, "%s/sbox-test-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	char real[PATH_MAX];

	if (!mkdtemp(dir) || !realpath(dir, real) || chdir(real) < 0)
		return NULL;
	for (; *names; names++)
		if (mkdir(*names, 0755) < 0)
			return NULL;
	return arena_strdup(arena, real);
}

static inline int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	if (!f)
		return -1;
	*state = f;
	f->dir = make_dirs(&f->arena,
			   (const char *const[]){ "cwd", "first", "second", NULL });
	if (!f->dir)
		return -1;
	f->dirs[0] = arena_printf(&f->arena, "%s/first", f->dir);
	f->dirs[1] = arena_printf(&f->arena, "%s/second", f->dir);
	f->diags.arena = &f->arena;
	f->set = (struct profile_set){ .diags = &f->diags,
				       .uid = getuid(),
				       .dirs = f->dirs };
	f->set.cwd = arena_printf(&f->arena, "%s/cwd", f->dir);
	pairs_set(&f->arena, &f->set.vars.builtin,
		  &(struct pair){ .name = "HOME", .value = "/home/u" });
	return 0;
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;
	int fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (chdir("/") == 0 && fd >= 0)
		remove_below(fd);
	(void)rmdir(f->dir);
	arena_done(&f->arena);
	free(f);
	return 0;
}

static inline void put_n(const char *name, const char *text, size_t len)
{
	_cleanup_fd_ int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(io_write_all(fd, text, len), 0);
	assert_int_equal(fchmod(fd, 0644), 0); /* whatever the umask */
}

static inline void put(const char *name, const char *text)
{
	put_n(name, text, strlen(text));
}

/* As `sbox -p NAME...` does: everything is loaded and merged, whatever went wrong. */
static inline void load_list(struct fixture *f, const char *const *names)
{
	static const struct srcpos pos = { "command line", 1, 0 };
	bool failed = false;

	for (; *names; names++)
		failed |= profile_load(&f->set, *names, &pos) < 0;
	failed |= profile_merge(&f->set, f->options, f->options_len, &f->policy) < 0;
	assert_true(failed == (f->diags.total > 0));
	f->ok = !failed;
}

#define load(f, ...) load_list(f, (const char *const[]){ __VA_ARGS__, NULL })

/* Adds --set=@text. */
static inline void set(struct fixture *f, const char *text)
{
	assert_true(f->options_len < OPTIONS_MAX);
	f->options[f->options_len] = (struct profile_option){
		NULL, text, { "command line", (unsigned)f->options_len + 2, 0 }
	};
	f->options_len++;
}

/* @s without the name of the temporary directory. */
static inline const char *shortened(struct fixture *f, const char *s)
{
	struct strbuf out = { 0 };
	size_t len = strlen(f->dir);
	const char *at;

	for (; (at = strstr(s, f->dir)); s = at + len + 1)
		strbuf_addn(&out, s, (size_t)(at - s));
	strbuf_add(&out, s);
	s = arena_strdup(&f->arena, strbuf_str(&out));
	strbuf_done(&out);
	return s;
}

static inline const char *mistakes(struct fixture *f)
{
	const char *text = "";

	for (size_t i = 0; i < f->diags.len; i++) {
		const struct diag *diag = &f->diags.list[i];

		text = arena_printf(&f->arena, "%s%s:%u:%u: %s\n", text,
				    diag->pos.file ? diag->pos.file : "-", diag->pos.line,
				    diag->pos.col, diag->msg);
	}
	return shortened(f, text);
}

static inline void loaded(struct fixture *f)
{
	if (!f->ok)
		fail_msg("mistakes:\n%s", mistakes(f));
}

static inline void mistakes_are(struct fixture *f, const char *want)
{
	assert_string_equal(mistakes(f), want);
}

static inline void mistaken(struct fixture *f, const char *part)
{
	if (f->ok || !strstr(mistakes(f), part))
		fail_msg("no mistake \"%s\"; mistakes:\n%s", part, mistakes(f));
}

static inline void reads_are(struct fixture *f, const char *want)
{
	const char *s = "";

	for (size_t i = 0; i < f->policy.fs.read.len; i++)
		s = arena_printf(&f->arena, "%s%s%s", s, i ? " " : "",
				 f->policy.fs.read.items[i].s);
	loaded(f);
	assert_string_equal(shortened(f, s), want);
}

/* The names of the files in the order of application. */
static inline void files_are(struct fixture *f, const char *want)
{
	const char *s = "";

	for (size_t i = 0; i < f->set.len; i++)
		s = arena_printf(&f->arena, "%s%s%s", s, i ? " " : "",
				 f->set.files[i].path);
	loaded(f);
	assert_string_equal(shortened(f, s), want);
}

#define PROFILE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
