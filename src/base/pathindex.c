/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pathindex.c - finds the paths at, above and below a path; see pathindex.h */
#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "base/pathindex.h"

void pathindex_add(struct pathindex *index, struct arena *arena, const char *path,
		   size_t number)
{
	*(struct pathentry *)arena_append(arena, &index->entries, &index->len,
					  sizeof *index->entries) =
		(struct pathentry){ path, number };
}

/*
 * @a beside the first @len bytes of @b. The slash comes before all other characters, so
 * that "/a" and "/a/b" come before "/a-b".
 */
static int compare_paths(const char *a, const char *b, size_t len)
{
	while (*a && len > 0 && *a == *b) {
		a++;
		b++;
		len--;
	}
	if (!*a || len == 0)
		return (*a != '\0') - (len > 0);
	if (*a == '/' || *b == '/')
		return *a == '/' ? -1 : 1;
	return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
}

static int by_path(const void *a, const void *b)
{
	const struct pathentry *x = a, *y = b;
	int c = compare_paths(x->path, y->path, strlen(y->path));

	if (c != 0)
		return c;
	return x->number < y->number ? -1 : x->number > y->number;
}

void pathindex_sort(struct pathindex *index)
{
	if (index->len > 0)
		qsort(index->entries, index->len, sizeof *index->entries, by_path);
}

/* The first entry that does not come before the first @len bytes of @path. */
static size_t lower_bound(const struct pathindex *index, const char *path, size_t len)
{
	size_t lo = 0, hi = index->len;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (compare_paths(index->entries[mid].path, path, len) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct range { /* of entries, @to not included */
	size_t from, to;
};

static struct range at(const struct pathindex *index, const char *path, size_t len)
{
	size_t from = lower_bound(index, path, len), to = from;

	while (to < index->len && compare_paths(index->entries[to].path, path, len) == 0)
		to++;
	return (struct range){ from, to };
}

/* The length of the directory that the first @len bytes of @path stand in; "/" for "/".
 */
static size_t above(const char *path, size_t len)
{
	while (len > 1 && path[len - 1] != '/')
		len--;
	return len > 1 ? len - 1 : 1;
}

/* All that is within @path, as path_within() says: it stands together. */
static struct range within(const struct pathindex *index, const char *path)
{
	size_t from = lower_bound(index, path, strlen(path)), to = from;

	while (to < index->len && path_within(index->entries[to].path, path))
		to++;
	return (struct range){ from, to };
}

bool pathindex_last(const struct pathindex *index, const char *path, size_t *ret)
{
	struct range range = at(index, path, strlen(path));

	if (range.from < range.to)
		*ret = index->entries[range.to - 1].number;
	return range.from < range.to;
}

bool pathindex_nearest(const struct pathindex *index, const char *path, size_t *ret)
{
	size_t len = strlen(path);

	for (;;) {
		struct range range = at(index, path, len);

		if (range.from < range.to) {
			*ret = index->entries[range.to - 1].number;
			return true;
		}
		if (len == 1)
			return false;
		len = above(path, len);
	}
}

static int by_value(const void *a, const void *b)
{
	const size_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

struct numbers {
	size_t *list;
	size_t len;
};

static void append_number(struct numbers *numbers, struct arena *arena,
			  const struct pathindex *index, struct range range)
{
	for (size_t i = range.from; i < range.to; i++)
		*(size_t *)arena_append(arena, &numbers->list, &numbers->len,
					sizeof *numbers->list) = index->entries[i].number;
}

size_t *pathindex_near(const struct pathindex *index, struct arena *arena,
		       const char *path, size_t *ret_len)
{
	struct numbers numbers = { 0 };
	size_t len = strlen(path), kept = 0;

	append_number(&numbers, arena, index, within(index, path));
	while (len > 1) {
		len = above(path, len);
		append_number(&numbers, arena, index, at(index, path, len));
	}
	if (numbers.len > 0)
		qsort(numbers.list, numbers.len, sizeof *numbers.list, by_value);
	for (size_t i = 0; i < numbers.len; i++)
		if (kept == 0 || numbers.list[kept - 1] != numbers.list[i])
			numbers.list[kept++] = numbers.list[i];
	*ret_len = kept;
	return numbers.list;
}
