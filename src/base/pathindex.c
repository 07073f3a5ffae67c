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

/* The slash comes before all other characters: "/a", "/a/b", "/a-b". */
static int compare(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	if (*a == *b)
		return 0;
	if (!*a || !*b)
		return *a ? 1 : -1;
	if (*a == '/' || *b == '/')
		return *a == '/' ? -1 : 1;
	return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
}

static int by_path(const void *a, const void *b)
{
	const struct pathentry *x = a, *y = b;
	int c = compare(x->path, y->path);

	if (c != 0)
		return c;
	return x->number < y->number ? -1 : x->number > y->number;
}

void pathindex_sort(struct pathindex *index)
{
	if (index->len > 0)
		qsort(index->entries, index->len, sizeof *index->entries, by_path);
}

/* The first entry that does not come before @path. */
static size_t lower_bound(const struct pathindex *index, const char *path)
{
	size_t lo = 0, hi = index->len;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (compare(index->entries[mid].path, path) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct range { /* of entries, @to not included */
	size_t from, to;
};

static struct range at(const struct pathindex *index, const char *path)
{
	size_t from = lower_bound(index, path), to = from;

	while (to < index->len && strcmp(index->entries[to].path, path) == 0)
		to++;
	return (struct range){ from, to };
}

/* All that is within @path, as path_within() says: it stands together. */
static struct range within(const struct pathindex *index, const char *path)
{
	size_t from = lower_bound(index, path), to = from;

	while (to < index->len && path_within(index->entries[to].path, path))
		to++;
	return (struct range){ from, to };
}

bool pathindex_last(const struct pathindex *index, const char *path, size_t *ret)
{
	struct range range = at(index, path);

	if (range.from < range.to)
		*ret = index->entries[range.to - 1].number;
	return range.from < range.to;
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

static void append(struct numbers *numbers, struct arena *arena,
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
	const char *above = path;
	size_t kept = 0;

	append(&numbers, arena, index, within(index, path));
	while (strcmp(above, "/") != 0) {
		above = path_parent(arena, above);
		append(&numbers, arena, index, at(index, above));
	}
	if (numbers.len > 0)
		qsort(numbers.list, numbers.len, sizeof *numbers.list, by_value);
	for (size_t i = 0; i < numbers.len; i++)
		if (kept == 0 || numbers.list[kept - 1] != numbers.list[i])
			numbers.list[kept++] = numbers.list[i];
	*ret_len = kept;
	return numbers.list;
}
