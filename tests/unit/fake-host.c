/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fake-host.c - a machine made of a table, and plans made for it; see fake-host.h */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "fake-host.h"

#define LINKS_MAX 40
#define TEXTS_MAX 4

const struct fake_file fake_files[] = {
	{ "/usr/bin/ls", S_IFREG, NULL, 0 },
	{ "/usr/lib/libc.so", S_IFREG, NULL, 0 },
	{ "/usr/lib/jvm/java/bin", S_IFDIR, NULL, 0 },
	{ "/usr/lib64", S_IFLNK, "lib", 0 },
	{ "/bin", S_IFLNK, "usr/bin", 0 },
	{ "/opt/java", S_IFLNK, "/etc/alternatives/java", 0 },
	{ "/etc/alternatives/java", S_IFLNK, "/usr/lib/jvm/java", 0 },
	{ "/etc/hosts", S_IFREG, NULL, 0 },
	{ "/etc/passwd", S_IFREG, NULL, 0 },
	{ "/home/u/p/src/main.c", S_IFREG, NULL, 0 },
	{ "/home/u/p/.env", S_IFREG, NULL, 0 },
	{ "/home/u/p/sbox.toml", S_IFREG, NULL, 0 },
	{ "/home/u/p/.git/config", S_IFREG, NULL, 0 },
	{ "/home/u/p/.git/hooks/pre-commit", S_IFREG, NULL, 0 },
	{ "/home/u/p/planted", S_IFLNK, "/home/u/.ssh", 0 },
	{ "/home/u/p/broken/part", S_IFREG, NULL, EIO },
	{ "/home/u/p/around", S_IFLNK, "src", 0 },
	{ "/home/u/px/notes", S_IFREG, NULL, 0 },
	{ "/home/u/up", S_IFDIR, NULL, 0 },
	{ "/home/u/work", S_IFDIR, NULL, 0 },
	{ "/home/u/.ssh/id", S_IFREG, NULL, 0 },
	{ "/home/u/.config/sbox/profiles/mine.toml", S_IFREG, NULL, 0 },
	{ "/alias", S_IFLNK, "/home/u/p", 0 },
	{ "/loop", S_IFLNK, "/loop", 0 },
	{ "/locked", S_IFDIR, NULL, EACCES },
	{ "/srv/root/bin/sh", S_IFREG, NULL, 0 },
	{ "/srv/root/tmp", S_IFDIR, NULL, 0 },
	{ "/dev/null", S_IFCHR, NULL, 0 },
	{ "/run/bus", S_IFSOCK, NULL, 0 },
	{ "/run/fifo", S_IFIFO, NULL, 0 },
	{ "/proc/self", S_IFDIR, NULL, 0 },
	{ "/tmp", S_IFDIR, NULL, 0 },
	{ NULL, 0, NULL, 0 },
};

static const struct fake_file implied_dir = { "", S_IFDIR, NULL, 0 };

/* The row of canonical @path; a directory that other rows are in has none of its own. */
static const struct fake_file *find_row(const struct fake_file *files, const char *path)
{
	const struct fake_file *found = NULL;

	if (strcmp(path, "/") == 0)
		return &implied_dir;
	for (; files->path; files++) {
		if (strcmp(files->path, path) == 0)
			return files;
		if (path_within(files->path, path))
			found = &implied_dir;
	}
	return found;
}

struct walk {
	struct arena *arena;
	const struct fake_file *files, *row; /* of what @real names */
	const char *real, *rest;
	unsigned links;
};

/* One component further: follows it if it is a symlink. 0 or an errno. */
static int step_into(struct walk *walk, const char *name)
{
	const char *at = path_join(walk->arena, walk->real, name);
	const struct fake_file *row = find_row(walk->files, at);

	if (!row)
		return ENOENT;
	if (row->errnum)
		return row->errnum;
	if (row->type == S_IFLNK) {
		if (++walk->links > LINKS_MAX)
			return ELOOP;
		walk->rest = path_join(walk->arena, row->link, walk->rest);
		if (row->link[0] == '/')
			walk->real = "/";
		return 0;
	}
	walk->real = at;
	walk->row = row;
	return 0;
}

static int resolve(struct walk *walk, const char *path)
{
	walk->real = "/";
	walk->row = &implied_dir;
	walk->rest = path;
	while (*(walk->rest += strspn(walk->rest, "/"))) {
		size_t len = strcspn(walk->rest, "/");
		const char *name = arena_strndup(walk->arena, walk->rest, len);
		int errnum = 0;

		if (walk->row->type != S_IFDIR)
			return ENOTDIR;
		walk->rest += len;
		if (strcmp(name, "..") == 0)
			walk->real = path_parent(walk->arena, walk->real);
		else if (strcmp(name, ".") != 0)
			errnum = step_into(walk, name);
		if (errnum)
			return errnum;
	}
	return 0;
}

/* What readlink(2) says of @path; NULL: it is no symlink. */
static const char *link_of(struct trial *t, const char *path)
{
	struct walk walk = { .arena = &t->arena, .files = t->files };
	const struct fake_file *row;

	if (strcmp(path, "/") == 0 || resolve(&walk, path_parent(&t->arena, path)) != 0)
		return NULL;
	row = find_row(t->files, path_join(&t->arena, walk.real, path_last(path)));
	return row && row->type == S_IFLNK ? row->link : NULL;
}

static int lookup(const struct host *host, const char *path, struct host_file *ret)
{
	struct trial *t = host->lookup_data;
	struct walk walk = { .arena = &t->arena, .files = t->files };
	int errnum = resolve(&walk, path);

	assert_int_equal(path[0], '/');
	if (errnum)
		return errnum;
	*ret = (struct host_file){ .type = walk.row->type,
				   .dev = 1,
				   .real = walk.real,
				   .symlink = link_of(t, path) };
	if (t->elsewhere && path_within(walk.real, t->elsewhere))
		ret->dev = 2;
	for (const char *p = walk.real; *p; p++)
		ret->ino = ret->ino * 31 + (unsigned char)*p;
	return 0;
}

static const char *host_link(const struct host *host, const char *path)
{
	return link_of(host->lookup_data, path);
}

static const char *mount_below(const struct host *host, const char *path)
{
	const struct trial *t = host->lookup_data;

	return t->mounted && path_within(t->mounted, path) &&
			       strcmp(t->mounted, path) != 0
		       ? t->mounted
		       : NULL;
}

static enum host_opaque opaque(const struct host *host, const char *path)
{
	const struct trial *t = host->lookup_data;

	if (!t->opaque)
		return HOST_UNSURE;
	return strcmp(t->opaque, path) == 0 ? HOST_OPAQUE : HOST_MERGED;
}

static const char *bare_tmpfs(const struct host *host)
{
	const struct trial *t = host->lookup_data;

	return t->bare;
}

int trial_setup(void **state)
{
	static const char *const environ[] = {
		"HOME=/home/u", "LANG=C", "LC_ALL=C", "PATH=/bin", "odd", "SECRET=x", NULL
	};
	struct trial *t = calloc(1, sizeof *t);

	if (!t)
		return -1;
	t->diags.arena = &t->arena;
	t->files = fake_files;
	t->host = (struct host){ .uid = 1000,
				 .gid = 1000,
				 .user = "u",
				 .group = "users",
				 .cwd = "/home/u/p",
				 .landlock_abi = 3,
				 .environ = environ,
				 .lookup = lookup,
				 .link = host_link,
				 .mount_below = mount_below,
				 .opaque = opaque,
				 .bare_tmpfs = bare_tmpfs,
				 .lookup_data = t };
	t->argv[0] = "true";
	*state = t;
	return 0;
}

int trial_teardown(void **state)
{
	struct trial *t = *state;

	arena_done(&t->arena);
	free(t);
	return 0;
}

/* @text as profile file @number of @set. */
static void add_profile(struct trial *t, struct profile_set *set, size_t number,
			const char *text)
{
	struct profile_file *file = &set->files[number];

	file->name = arena_printf(&t->arena, "%zu.toml", number + 1);
	file->path = arena_printf(&t->arena, "/profiles/%s", file->name);
	file->dir = "/profiles";
	diag_source(&t->diags, file->name, text, strlen(text));
	file->root = toml_parse(&t->arena, &t->diags, file->name, text, strlen(text));
	if (!file->root)
		fail_msg("a test's profile is no TOML:\n%s", trial_mistakes(t));
	set->len++;
}

void trial_plan(struct trial *t, const char *const *texts)
{
	struct profile_file files[TEXTS_MAX] = { 0 };
	struct profile_set set = { .diags = &t->diags,
				   .cwd = "/home/u/p",
				   .files = files };
	struct plan_input input = { .policy = &t->policy,
				    .host = &t->host,
				    .argv = t->argv,
				    .hold = t->hold,
				    .profile_files = t->profile_files,
				    .own_dirs = t->own_dirs,
				    .hidden_dirs = t->hidden_dirs,
				    .changes = t->changes,
				    .changes_dir = "/home/u/.local/state/sbox/changes",
				    .cache_dirs = t->cache_dirs,
				    .caches = t->caches };

	t->diags = (struct diags){ .arena = &t->arena };
	for (size_t i = 0; texts[i]; i++) {
		assert_true(i < TEXTS_MAX);
		add_profile(t, &set, i, texts[i]);
	}
	if (profile_merge(&set, NULL, 0, &t->policy) < 0)
		fail_msg("a test's profile has mistakes:\n%s", trial_mistakes(t));
	t->ok = plan_make(&input, &t->diags, &t->plan) == 0;
	if (t->ok && plan_check(&t->plan))
		fail_msg("the plan is wrong: %s", plan_check(&t->plan));
	assert_true(t->ok == (t->diags.total == 0));
}

static const char *step_text(struct arena *arena, const struct step *step)
{
	static const char *const names[] = {
		[STEP_BIND] = "bind",       [STEP_TMPFS] = "tmpfs",
		[STEP_OVERLAY] = "overlay", [STEP_FILE] = "file",
		[STEP_SYMLINK] = "symlink", [STEP_DIR] = "dir",
		[STEP_MQUEUE] = "mqueue",   [STEP_DEV] = "dev",
		[STEP_PROC] = "proc",       [STEP_PIN] = "pin",
		[STEP_PROTECT] = "protect", [STEP_DENY] = "deny",
	};
	const char *access = step->readonly ? "ro" : "rw";
	const char *lowers = "";

	if (step->type == STEP_BIND && strcmp(step->source, step->target) == 0)
		return arena_printf(arena, "bind %s %s", access, step->target);
	if (step->type == STEP_BIND)
		return arena_printf(arena, "bind %s %s < %s", access, step->target,
				    step->source);
	if (step->type == STEP_TMPFS)
		return arena_printf(arena, "tmpfs %04o %s", step->mode, step->target);
	if (step->type == STEP_SYMLINK)
		return arena_printf(arena, "symlink %s -> %s", step->target,
				    step->source);
	if (step->type != STEP_OVERLAY)
		return arena_printf(arena, "%s %s", names[step->type], step->target);
	for (size_t i = 0; step->lowers[i]; i++)
		lowers = arena_printf(arena, "%s%s%s", lowers, i ? ":" : "",
				      step->lowers[i]);
	return arena_printf(arena, "overlay %s %s < %s over %s", access, step->target,
			    step->upper ? step->upper : "-", lowers);
}

static bool is_own(const struct step *step)
{
	return !step->pos.file && (step->type == STEP_FILE || step->type == STEP_DEV ||
				   step->type == STEP_PROC);
}

const char *trial_steps(struct trial *t)
{
	const char *text = "";

	for (size_t i = 0; i < t->plan.steps_len; i++)
		if (!is_own(&t->plan.steps[i]))
			text = arena_printf(&t->arena, "%s%s\n", text,
					    step_text(&t->arena, &t->plan.steps[i]));
	return text;
}

const char *trial_mistakes(struct trial *t)
{
	const char *text = "";

	for (size_t i = 0; i < t->diags.len; i++) {
		const struct diag *diag = &t->diags.list[i];

		text = arena_printf(&t->arena, "%s%s:%u:%u: %s\n", text,
				    diag->pos.file ? diag->pos.file : "-", diag->pos.line,
				    diag->pos.col, diag->msg);
	}
	return text;
}

const char *trial_map(struct trial *t, const struct id_map *map)
{
	const char *text = "";

	for (size_t i = 0; i < map->len; i++)
		text = arena_printf(&t->arena, "%s%s%lld %lld %lld", text, i ? ", " : "",
				    (long long)map->range[i].inside,
				    (long long)map->range[i].outside,
				    (long long)map->range[i].count);
	return text;
}

void trial_planned(struct trial *t)
{
	if (!t->ok)
		fail_msg("no plan:\n%s", trial_mistakes(t));
}

void trial_steps_are(struct trial *t, const char *want)
{
	trial_planned(t);
	assert_string_equal(trial_steps(t), want);
}

void trial_mistake_at(struct trial *t, const char *where, const char *what)
{
	for (size_t i = 0; i < t->diags.len; i++) {
		const struct diag *diag = &t->diags.list[i];
		const char *at = arena_printf(&t->arena, "%s:%u:%u",
					      diag->pos.file ? diag->pos.file : "-",
					      diag->pos.line, diag->pos.col);

		if (strcmp(at, where) == 0 && strstr(diag->msg, what))
			return;
	}
	fail_msg("no mistake \"%s: ...%s...\"; mistakes:\n%ssteps:\n%s", where, what,
		 trial_mistakes(t), t->ok ? trial_steps(t) : "");
}

const struct step *trial_step(struct trial *t, enum step_type type, const char *target)
{
	trial_planned(t);
	for (size_t i = 0; i < t->plan.steps_len; i++)
		if (t->plan.steps[i].type == type &&
		    strcmp(t->plan.steps[i].target, target) == 0)
			return &t->plan.steps[i];
	fail_msg("no such step at %s:\n%s", target, trial_steps(t));
	return NULL;
}
