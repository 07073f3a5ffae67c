/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* arena.c - bump allocation in blocks; see arena.h */
#include "config.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"

#define BLOCK_SIZE ((size_t)32 * 1024)

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	alignas(max_align_t) unsigned char data[];
};

void oom(void)
{
	static const char text[] = "sbox: out of memory\n";
	ssize_t n = write(STDERR_FILENO, text, sizeof text - 1);

	(void)n;
	_exit(EXIT_SBOX);
}

void arena_done(struct arena *arena)
{
	struct arena_block *block = arena->blocks;

	arena->blocks = NULL;
	while (block) {
		struct arena_block *next = block->next;

		free(block);
		block = next;
	}
}

static struct arena_block *block_new(struct arena *arena, size_t size)
{
	size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
	struct arena_block *block;

	if (room > SIZE_MAX - sizeof *block)
		oom();
	block = malloc(sizeof *block + room);
	if (!block)
		oom();
	block->used = 0;
	block->size = room;
	block->next = arena->blocks;
	arena->blocks = block;
	return block;
}

/* @size bytes, of any value, at a multiple of @align. */
static void *take_bytes(struct arena *arena, size_t size, size_t align)
{
	struct arena_block *block = arena->blocks;
	size_t skip = block ? -block->used % align : 0;
	void *p;

	if (!block || block->size - block->used < skip ||
	    block->size - block->used - skip < size) {
		block = block_new(arena, size);
		skip = 0;
	}
	p = block->data + block->used + skip;
	block->used += skip + size;
	return p;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	/* what is never used of a block is never touched */
	return memset(take_bytes(arena, size, alignof(max_align_t)), 0, size);
}

char *arena_strndup(struct arena *arena, const char *s, size_t len)
{
	char *copy;

	if (len == SIZE_MAX)
		oom();
	copy = take_bytes(arena, len + 1, 1); /* most of an arena is strings */
	if (len)
		memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *arena_strdup(struct arena *arena, const char *s)
{
	return arena_strndup(arena, s, strlen(s));
}

char **arena_words(struct arena *arena, char *const *words)
{
	char **copy;
	size_t n = 0;

	while (words[n])
		n++;
	copy = arena_alloc(arena, (n + 1) * sizeof *copy);
	for (size_t i = 0; i < n; i++)
		copy[i] = arena_strdup(arena, words[i]);
	return copy;
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
	char text[256]; /* nearly all fit, and are formatted only once */
	va_list ap;
	char *s;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (len < 0)
		oom();
	if ((size_t)len < sizeof text)
		return arena_strndup(arena, text, (size_t)len);
	s = arena_alloc(arena, (size_t)len + 1);
	va_start(ap, fmt);
	(void)vsnprintf(s, (size_t)len + 1, fmt, ap);
	va_end(ap);
	return s;
}

void *arena_append(struct arena *arena, void *items, size_t *len, size_t size)
{
	unsigned char *old, *grown;
	size_t n = *len;

	memcpy(&old, items, sizeof old);
	if ((n & (n - 1)) == 0) { /* 0, 1, 2, 4, ...: full */
		size_t cap = n ? 2 * n : 1;

		if (cap > SIZE_MAX / size)
			oom();
		grown = take_bytes(arena, cap * size, alignof(max_align_t));
		if (n)
			memcpy(grown, old, n * size);
		memcpy(items, &grown, sizeof grown);
		old = grown;
	}
	*len = n + 1;
	memset(old + n * size, 0, size); /* the array may have been longer before */
	return old + n * size;
}
