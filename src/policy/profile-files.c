/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* profile-files.c - find profiles, judge and read them; see profile.h */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/path.h"
#include "base/sys.h"
#include "policy/profile-parts.h"

#define DEPTH_MAX 10
#define FILES_MAX 100
#define OVERFLOW_UID 65534 /* user_namespaces(7): an id without a number */

bool profile_name_ok(const char *name)
{
	static const char chars[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	size_t len = strlen(name);

	return len > 0 && len < 128 && *name != '.' && strspn(name, chars) == len;
}

/* Every NAME.toml of the search path, for "did you mean". */
static const char *nearest_profile(const struct profile_set *set, const char *name)
{
	const char *names[256] = { NULL };
	size_t n = 0;

	for (size_t i = 0; set->dirs[i]; i++) {
		DIR *dir = opendir(set->dirs[i]);
		struct dirent *ent;

		while (dir && n + 1 < 256 && (ent = readdir(dir))) {
			size_t len = strlen(ent->d_name);

			if (len > 5 && strcmp(ent->d_name + len - 5, ".toml") == 0)
				names[n++] = arena_strndup(set->diags->arena, ent->d_name,
							   len - 5);
		}
		if (dir)
			closedir(dir);
	}
	return diag_nearest(name, names);
}

/* docker's -p, "8080:80/tcp" or "80", is --publish here. */
static const char *port_hint(struct arena *arena, const char *name)
{
	const size_t digits = strspn(name, "0123456789");

	if (digits == 0 || (name[digits] && !strchr(name, ':')))
		return "";
	return arena_printf(arena, " (a port of the host is led inside by --publish=%s)",
			    name);
}

static int not_found(const struct profile_set *set, const char *name,
		     const struct srcpos *pos)
{
	_cleanup_strbuf_ struct strbuf dirs = { 0 };
	const char *near = nearest_profile(set, name);

	for (size_t i = 0; set->dirs[i]; i++)
		strbuf_printf(&dirs, "%s%s", i ? ", " : "", set->dirs[i]);
	if (near)
		return diag_add(set->diags, pos,
				"no profile \"%s\": did you mean \"%s\"?", name, near);
	if (*port_hint(set->diags->arena, name))
		return diag_add(set->diags, pos, "no profile \"%s\" in %s%s", name,
				strbuf_str(&dirs), port_hint(set->diags->arena, name));
	return diag_add(set->diags, pos,
			"no profile \"%s\" in %s (a path needs a slash: ./%s)", name,
			strbuf_str(&dirs), name);
}

/* Without openat2(2) no path can be followed safely: filters of sbox have none. */
static const char *why_not_read(int errnum)
{
	return errnum == ENOSYS
		       ? "there is no openat2(2) here; to run inside a sandbox, "
			 "sbox needs namespaces.nested = true in that one's profile"
		       : strerror(errnum);
}

/* A descriptor of the profile called @name and its path; -1 after a mistake. */
static int open_profile(const struct profile_set *set, const char *name, const char *base,
			const struct srcpos *pos, const char **ret_path)
{
	const uint64_t flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	struct arena *arena = set->diags->arena;
	int fd = -1;

	if (strchr(name, '/')) {
		*ret_path = *name == '/' ? name : path_join(arena, base, name);
		fd = sys_openat2(AT_FDCWD, *ret_path, flags, RESOLVE_NO_MAGICLINKS);
		if (fd < 0)
			diag_add(set->diags, pos, "cannot read profile \"%s\": %s%s",
				 name, why_not_read(errno), port_hint(arena, name));
		return fd;
	}
	if (!profile_name_ok(name)) {
		diag_add(set->diags, pos, "\"%s\" is no name of a profile%s", name,
			 port_hint(arena, name));
		return -1;
	}
	for (size_t i = 0; set->dirs[i]; i++) {
		*ret_path = arena_printf(arena, "%s/%s.toml", set->dirs[i], name);
		fd = sys_openat2(AT_FDCWD, *ret_path, flags, RESOLVE_NO_MAGICLINKS);
		if (fd >= 0)
			return fd;
		if (errno != ENOENT && errno != ENOTDIR) {
			diag_add(set->diags, pos, "cannot read profile \"%s\" (%s): %s",
				 name, *ret_path, why_not_read(errno));
			return -1;
		}
	}
	return not_found(set, name, pos);
}

/* Whether root of the machine is nobody here: all that this user namespace has no number
 * for is. */
static bool root_has_no_number(void)
{
	static const char all[] = "0 0 4294967295";
	_cleanup_fd_ int fd = open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
	char text[128], packed[128];
	const ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	size_t len = 0;

	/* its numbers are in columns */
	for (ssize_t i = 0; i < n && text[i] != '\n'; i++)
		if (text[i] != ' ' || (len > 0 && packed[len - 1] != ' '))
			packed[len++] = text[i];
	packed[len] = '\0';
	return n > 0 && strcmp(packed, all) != 0;
}

/*
 * Whether @path is one of the administrator's, though its owner has no number in this
 * user namespace. Whoever can write to the directory, whose path is built in, could as
 * well put another sbox there.
 */
static bool is_of_administrator(const struct profile_set *set, const char *path,
				const struct stat *st)
{
	for (const char *const *dir = set->system_dirs; dir && *dir; dir++)
		if (path_within(path, *dir))
			return st->st_uid == OVERFLOW_UID && root_has_no_number();
	return false;
}

/* Why the opened file is not to be trusted; NULL if it is. */
static const char *distrust(const struct profile_set *set, const char *path,
			    const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return "is not a regular file";
	if (st->st_uid != 0 && st->st_uid != set->uid &&
	    !is_of_administrator(set, path, st))
		return "belongs to another user: a profile must be yours or root's";
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return "can be written by others: run chmod go-w on it";
	if (st->st_size > (off_t)TOML_MAX_SIZE)
		return "is larger than 1 MiB";
	return NULL;
}

static int check_version(struct profile_set *set, const struct toml_value *root)
{
	const struct toml_value *version = toml_get(root, "version");

	if (!version || (version->type == TOML_INTEGER && version->integer == 1))
		return 0;
	return diag_add(set->diags, &version->pos,
			"this sbox reads profiles of version 1 (\"version = 1\")");
}

static int load(struct profile_set *set, const char *name, const char *base,
		const struct srcpos *pos, unsigned depth);

/* PROFILE_DIR means the directory of the file that is being read, so it is set anew for
 * each. */
void profile_set_dir(struct profile_set *set, const char *dir)
{
	pairs_set(set->diags->arena, &set->vars.builtin,
		  &(struct pair){ .name = "PROFILE_DIR", .value = dir });
}

static int load_parents(struct profile_set *set, size_t index, unsigned depth)
{
	const struct toml_value *root = set->files[index].root;
	const struct toml_value *extends = toml_get(root, "extends");
	int ret = 0;

	if (!extends)
		return 0;
	if (extends->type != TOML_ARRAY)
		return diag_add(set->diags, &extends->pos,
				"\"extends\" takes an array of profile names, not %s",
				toml_type_name(extends->type));
	for (const struct toml_value *v = extends->first; v; v = v->next) {
		struct expanded parent = { 0 };

		profile_set_dir(set,
				set->files[index].dir); /* a parent has set its own */
		if (v->type != TOML_STRING)
			diag_add(set->diags, &v->pos, "\"extends\" takes names, not %s",
				 toml_type_name(v->type));
		else
			(void)vars_expand(&set->vars, set->diags, v->string.s, &v->pos,
					  &parent);
		if (!parent.s ||
		    load(set, parent.s, set->files[index].dir, &v->pos, depth + 1) < 0)
			ret = -1;
	}
	return ret;
}

/* Moves the file at @index, whose parents now stand behind it, to the end. */
static void move_to_end(struct profile_set *set, size_t index)
{
	struct profile_file file = set->files[index];

	memmove(&set->files[index], &set->files[index + 1],
		(set->len - index - 1) * sizeof file);
	file.open = false;
	set->files[set->len - 1] = file;
}

/* 1: loaded already; -1: it extends itself; 0: new. */
static int known(const struct profile_set *set, const struct stat *st, const char *name,
		 const struct srcpos *pos)
{
	for (size_t i = 0; i < set->len; i++) {
		if (set->files[i].dev != st->st_dev || set->files[i].ino != st->st_ino)
			continue;
		if (set->files[i].open)
			return diag_add(set->diags, pos, "profile \"%s\" extends itself",
					name);
		return 1;
	}
	return 0;
}

static int parse_file(struct profile_set *set, int fd, struct profile_file *file)
{
	char *text;
	size_t len;

	if (io_read_all(fd, TOML_MAX_SIZE, set->diags->arena, &text, &len) < 0)
		return diag_add(set->diags, &(struct srcpos){ .file = file->name },
				"cannot read it: %s", strerror(errno));
	diag_source(set->diags, file->name, text, len);
	file->root = toml_parse(set->diags->arena, set->diags, file->name, text, len);
	return file->root ? check_version(set, file->root) : -1;
}

/* Reads the opened file, which @file says all but the text of, and first its parents. */
static int take(struct profile_set *set, int fd, const struct profile_file *file,
		const struct srcpos *pos, unsigned depth)
{
	struct profile_file *taken;
	size_t index;
	int ret;

	if (depth > DEPTH_MAX || set->len >= FILES_MAX)
		return diag_add(set->diags, pos,
				"profiles extend each other more than %d deep",
				DEPTH_MAX);
	index = set->len;
	taken = arena_append(set->diags->arena, &set->files, &set->len, sizeof *taken);
	*taken = *file;
	taken->open = true;
	ret = parse_file(set, fd, taken);
	if (ret == 0)
		ret = load_parents(set, index, depth);
	move_to_end(set, index);
	return ret;
}

static int load(struct profile_set *set, const char *name, const char *base,
		const struct srcpos *pos, unsigned depth)
{
	struct arena *arena = set->diags->arena;
	struct profile_file file = { 0 };
	const char *path = NULL, *why;
	struct stat st;
	int seen;
	_cleanup_fd_ int fd = open_profile(set, name, base, pos, &path);

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		return diag_add(set->diags, pos, "profile \"%s\": %s", path,
				strerror(errno));
	why = distrust(set, path, &st);
	if (why)
		return diag_add(set->diags, pos, "profile \"%s\" %s", path, why);
	seen = known(set, &st, name, pos);
	if (seen)
		return seen < 0 ? -1 : 0;
	file.name = path_clean(arena, path) ? path_clean(arena, path) : path;
	file.written = path;
	file.path = io_fd_path(fd, arena);
	if (!file.path)
		file.path = path;
	file.dir = path_parent(arena, file.path);
	file.dev = st.st_dev;
	file.ino = st.st_ino;
	return take(set, fd, &file, pos, depth);
}

/* without a nameable working directory only absolute paths can be meant */
static const char *base_dir(const struct profile_set *set)
{
	return set->cwd ? set->cwd : "/";
}

int profile_load(struct profile_set *set, const char *name, const struct srcpos *pos)
{
	return load(set, name, base_dir(set), pos, 0);
}

int profile_load_fd(struct profile_set *set, int fd, const struct srcpos *pos)
{
	struct arena *arena = set->diags->arena;
	struct profile_file file = { .dir = base_dir(set),
				     .name = arena_printf(arena, "descriptor %d", fd) };
	struct stat st;

	if (fstat(fd, &st) < 0)
		return diag_add(set->diags, pos, "cannot read a profile from %s: %s",
				file.name,
				errno == EBADF ? "it is not open" : strerror(errno));
	if (known(set, &st, file.name, pos))
		return diag_add(set->diags, pos, "the profile of %s is read already",
				file.name);
	/* one that has a name may be read by it again, for the next run */
	if (S_ISREG(st.st_mode) && st.st_nlink > 0)
		file.path = file.written = io_fd_path(fd, arena);
	file.dev = st.st_dev;
	file.ino = st.st_ino;
	return take(set, fd, &file, pos, 0);
}
