/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* attrs.c - what overlayfs notes, and other extended attributes; see attrs.h */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "base/arena.h"
#include "changes/attrs.h"

#define PREFIX "user.overlay."
#define LIST_USUAL ((size_t)512)     /* is enough for nearly all */
#define LIST_MAX ((size_t)64 * 1024) /* XATTR_LIST_MAX */
#define VALUE_MAX ((size_t)64 * 1024)

/* The calls that follow no link take paths only. */
struct attr_path {
	char s[NAME_MAX + 64];
};

static struct attr_path path_of(int dir, const char *name)
{
	struct attr_path path;

	(void)snprintf(path.s, sizeof path.s, "/proc/self/fd/%d/%s", dir, name);
	return path;
}

bool attrs_is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(0, 0);
}

bool attrs_is_opaque(int dir, const char *name)
{
	char value[4];

	return lgetxattr(path_of(dir, name).s, PREFIX "opaque", value, sizeof value) ==
		       1 &&
	       value[0] == 'y';
}

bool attrs_has_origin(int dir, const char *name)
{
	return lgetxattr(path_of(dir, name).s, PREFIX "origin", NULL, 0) >= 0;
}

/* The names, each with a NUL behind it, without overlayfs's; how long they are, or -1. */
static ssize_t list_attrs(const struct attr_path *path, struct arena *arena, char **ret)
{
	char *names = arena_alloc(arena, LIST_USUAL);
	ssize_t len = llistxattr(path->s, names, LIST_USUAL), kept = 0;

	if (len < 0 && errno == ERANGE) {
		names = arena_alloc(arena, LIST_MAX);
		len = llistxattr(path->s, names, LIST_MAX);
	}
	*ret = names;
	if (len < 0)
		return errno == EOPNOTSUPP ? 0 : -1;
	for (ssize_t at = 0; at < len;) {
		const size_t size = strlen(names + at) + 1;

		if (strncmp(names + at, PREFIX, sizeof PREFIX - 1) != 0) {
			memmove(names + kept, names + at, size);
			kept += (ssize_t)size;
		}
		at += (ssize_t)size;
	}
	return kept;
}

static size_t count_names(const char *names, ssize_t len)
{
	size_t n = 0;

	for (ssize_t at = 0; at < len; at++)
		n += names[at] == '\0';
	return n;
}

static bool same_value(struct arena *arena, const struct attr_path *a,
		       const struct attr_path *b, const char *name)
{
	char *value = arena_alloc(arena, 2 * VALUE_MAX);
	const ssize_t len = lgetxattr(a->s, name, value, VALUE_MAX);

	return len >= 0 && len == lgetxattr(b->s, name, value + VALUE_MAX, VALUE_MAX) &&
	       memcmp(value, value + VALUE_MAX, (size_t)len) == 0;
}

static int compare_attrs(struct arena *arena, const struct attr_path *a,
			 const struct attr_path *b)
{
	char *names, *others;
	const ssize_t len = list_attrs(a, arena, &names);
	const ssize_t other_len = list_attrs(b, arena, &others);

	if (len < 0 || other_len < 0)
		return -1;
	if (count_names(names, len) != count_names(others, other_len))
		return 0;
	for (ssize_t at = 0; at < len; at += (ssize_t)strlen(names + at) + 1)
		if (!same_value(arena, a, b, names + at))
			return 0;
	return 1;
}

int attrs_equal(int dir, const char *name, int other_dir, const char *other_name)
{
	const struct attr_path a = path_of(dir, name), b = path_of(other_dir, other_name);
	struct arena arena = { 0 };
	int ret;

	ret = compare_attrs(&arena, &a, &b);
	arena_done(&arena);
	return ret;
}

static int remove_ours(const struct attr_path *path, struct arena *arena, size_t size)
{
	char *names = arena_alloc(arena, size);
	const ssize_t len = llistxattr(path->s, names, size);

	for (ssize_t at = 0; at < len; at += (ssize_t)strlen(names + at) + 1)
		if (strncmp(names + at, PREFIX, sizeof PREFIX - 1) == 0 &&
		    lremovexattr(path->s, names + at) < 0 && errno != ENODATA)
			return -1;
	return len < 0 ? -1 : 0;
}

int attrs_clean(int dir, const char *name)
{
	const struct attr_path path = path_of(dir, name);
	const ssize_t len = llistxattr(path.s, NULL, 0);
	struct arena arena = { 0 };
	int ret;

	if (len <= 0)
		return len == 0 || errno == EOPNOTSUPP ? 0 : -1;
	ret = remove_ours(&path, &arena, (size_t)len + NAME_MAX);
	arena_done(&arena);
	return ret;
}

int attrs_set_opaque(int dir, const char *name)
{
	return lsetxattr(path_of(dir, name).s, PREFIX "opaque", "y", 1, 0);
}

int attrs_set_origin(int dir, const char *name)
{
	return lsetxattr(path_of(dir, name).s, PREFIX "origin", "", 0, 0);
}

int attrs_unset_origin(int dir, const char *name)
{
	return lremovexattr(path_of(dir, name).s, PREFIX "origin");
}

int attrs_set_merged(int dir, const char *name)
{
	if (lremovexattr(path_of(dir, name).s, PREFIX "opaque") < 0 && errno != ENODATA)
		return -1;
	return attrs_set_origin(dir, name);
}
