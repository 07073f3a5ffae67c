/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* path.c - lexical work on paths; see path.h */
#include "config.h"

#include <limits.h>
#include <string.h>

#include "base/path.h"

char *path_clean(struct arena *arena, const char *path)
{
	size_t len = strlen(path), out = 0;
	char *clean;

	if (path[0] != '/' || len >= PATH_MAX)
		return NULL;
	clean = arena_alloc(arena, len + 2);
	while (*path) {
		size_t n;

		path += strspn(path, "/");
		n = strcspn(path, "/");
		if (n == 2 && path[0] == '.' && path[1] == '.')
			return NULL;
		if (n > 0 && !(n == 1 && path[0] == '.')) {
			clean[out++] = '/';
			memcpy(clean + out, path, n);
			out += n;
		}
		path += n;
	}
	if (out == 0)
		clean[out++] = '/';
	clean[out] = '\0';
	return clean;
}

bool path_is_clean(const char *path)
{
	size_t len = 0;

	for (const char *s = path; *s; s += 1 + len) {
		if (*s != '/')
			return false;
		len = strcspn(s + 1, "/");
		if ((len == 0 && (s[1] || s > path)) || (len == 1 && s[1] == '.') ||
		    (len == 2 && s[1] == '.' && s[2] == '.'))
			return false;
	}
	return *path == '/' && strnlen(path, PATH_MAX) < PATH_MAX;
}

bool path_within(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	if (n == 1) /* "/" */
		return true;
	return strncmp(path, dir, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

const char *path_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	if (n == 1)
		return path + 1;
	return path[n] ? path + n + 1 : path + n;
}

char *path_next(struct arena *arena, const char **rest)
{
	char *part;
	size_t len;

	*rest += strspn(*rest, "/");
	len = strcspn(*rest, "/");
	part = len ? arena_strndup(arena, *rest, len) : NULL;
	*rest += len;
	return part;
}

char *path_join(struct arena *arena, const char *dir, const char *rel)
{
	const size_t dir_len = strcmp(dir, "/") == 0 ? 0 : strlen(dir),
		     rel_size = strlen(rel) + 1;
	char *path, *end;

	if (rel_size == 1)
		return arena_strdup(arena, dir);
	path = arena_alloc(arena, dir_len + 1 + rel_size);
	end = mempcpy(path, dir, dir_len);
	*end++ = '/';
	memcpy(end, rel, rel_size);
	return path;
}

char *path_parent(struct arena *arena, const char *path)
{
	size_t n = (size_t)(strrchr(path, '/') - path);

	return arena_strndup(arena, path, n ? n : 1);
}

const char *path_last(const char *path)
{
	return strrchr(path, '/') + 1;
}

size_t path_depth(const char *path)
{
	size_t depth = 0;

	for (const char *p = path; *p; p++)
		if (*p == '/' && p[1])
			depth++;
	return depth;
}
