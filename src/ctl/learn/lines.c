/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lines.c - what a command wants, as lines of a profile */
#include "config.h"

#include <string.h>

#include "base/path.h"
#include "ctl/learn/learn.h"

#define LINES_MAX 500 /* that are tried; a command could want any number */
#define GATHER_MIN 4  /* so many of one directory are worth a line for all of it */

/* Fills in the halves of its entry. */
static void split_entry(struct arena *arena, struct learn_line *line)
{
	const char *colon = strchr(line->entry, ':');

	if (strncmp(line->key, "fs.", 3) != 0)
		return;
	line->source =
		colon ? arena_strndup(arena, line->entry, (size_t)(colon - line->entry))
		      : line->entry;
	line->target = colon ? colon + 1 : line->entry;
}

/* Whether whoever has @a needs no @b. */
static bool line_covers(const struct learn_line *a, const struct learn_line *b)
{
	if (strcmp(a->key, b->key) != 0 && strcmp(a->key, "fs.write") != 0)
		return false;
	if (!a->source || !b->source)
		return strcmp(a->key, b->key) == 0 && strcmp(a->entry, b->entry) == 0;
	return path_within(b->target, a->target) && path_within(b->source, a->source) &&
	       strcmp(path_below(b->target, a->target),
		      path_below(b->source, a->source)) == 0;
}

/* Takes out what @line covers. */
static void remove_covered(struct learn *learn, const struct learn_line *line)
{
	size_t kept = 0;

	for (size_t i = 0; i < learn->lines.len; i++)
		if (!line_covers(line, &learn->lines.list[i]))
			learn->lines.list[kept++] = learn->lines.list[i];
	learn->lines.len = kept;
}

static bool has_covering(const struct learn *learn, const struct learn_line *line)
{
	for (size_t i = 0; i < learn->lines.len; i++)
		if (line_covers(&learn->lines.list[i], line)) {
			learn->lines.list[i].times += line->times;
			return true;
		}
	return false;
}

size_t learn_add(struct learn *learn, const struct learn_lines *wants)
{
	size_t added = 0;

	for (size_t i = 0; i < wants->len; i++) {
		struct learn_line line = wants->list[i];

		split_entry(&learn->ctl->arena, &line);
		if (has_covering(learn, &line))
			continue;
		remove_covered(learn, &line);
		if (learn->lines.len == LINES_MAX) {
			learn->more = true;
			break;
		}
		line.granted = true;
		*(struct learn_line *)arena_append(&learn->ctl->arena, &learn->lines.list,
						   &learn->lines.len,
						   sizeof *learn->lines.list) = line;
		added++;
	}
	return added;
}

void learn_add_refusals(struct learn *learn, const struct learn_run *run)
{
	for (size_t i = 0; i < run->refusals_len; i++) {
		const struct learn_refusal *new = &run->refusals[i];
		bool known = false;

		for (size_t k = 0; k < learn->refusals_len && !known; k++)
			known = strcmp(learn->refusals[k].path, new->path) == 0;
		if (!known)
			*(struct learn_refusal *)arena_append(
				&learn->ctl->arena, &learn->refusals,
				&learn->refusals_len, sizeof *learn->refusals) = *new;
	}
}

size_t learn_granted(const struct learn *learn)
{
	size_t n = 0;

	for (size_t i = 0; i < learn->lines.len; i++)
		n += learn->lines.list[i].granted;
	return n;
}

/* How long the path @up levels above @path is. */
static size_t len_above(const char *path, int64_t up)
{
	size_t len = strlen(path);

	for (; up > 0 && len > 0; up--)
		while (len > 0 && path[--len] != '/')
			;
	return len;
}

/* Whether the directories @up levels above both are the same. */
static bool is_beside(const struct learn_line *a, const struct learn_line *b, int64_t up)
{
	const size_t source = len_above(a->source, up), target = len_above(a->target, up);

	return len_above(b->source, up) == source && len_above(b->target, up) == target &&
	       memcmp(a->source, b->source, source) == 0 &&
	       memcmp(a->target, b->target, target) == 0;
}

static bool is_gathered(const struct learn_line *line, const struct learn_line *like,
			int64_t up)
{
	return line->granted && strcmp(line->key, "fs.read") == 0 && line->up >= up &&
	       is_beside(line, like, up);
}

/* Puts a line for the directory @up levels above @like in the place of all that it holds,
 * if they are enough. */
static void gather_at(struct learn *learn, const struct learn_line *like, int64_t up)
{
	struct learn_line all = { .key = "fs.read", .granted = true };
	struct arena *arena = &learn->ctl->arena;

	for (size_t i = 0; i < learn->lines.len; i++) {
		const struct learn_line *line = &learn->lines.list[i];

		if (!is_gathered(line, like, up))
			continue;
		all.holds += line->holds;
		all.times += line->times;
		all.programs = line->programs;
	}
	if (all.holds < GATHER_MIN)
		return;
	all.source = arena_strndup(arena, like->source, len_above(like->source, up));
	all.target = arena_strndup(arena, like->target, len_above(like->target, up));
	all.entry = strcmp(all.source, all.target) == 0
			    ? all.source
			    : arena_printf(arena, "%s:%s", all.source, all.target);
	remove_covered(learn, &all);
	*(struct learn_line *)arena_append(arena, &learn->lines.list, &learn->lines.len,
					   sizeof all) = all;
}

void learn_gather(struct learn *learn)
{
	int64_t most = 0;

	for (size_t i = 0; i < learn->lines.len; i++)
		if (learn->lines.list[i].up > most)
			most = learn->lines.list[i].up;
	/* the deepest directories first */
	for (int64_t up = 1; up <= most; up++)
		for (size_t i = learn->lines.len; i > 0; i--) {
			const struct learn_line like = i <= learn->lines.len
							       ? learn->lines.list[i - 1]
							       : (struct learn_line){ 0 };

			if (like.up >= up)
				gather_at(learn, &like, up);
		}
}

void learn_ports(struct learn *learn, const char *const *reached)
{
	for (size_t i = 0; i < learn->lines.len; i++) {
		const struct learn_line line = learn->lines.list[i];
		const size_t host = strlen(line.entry);
		bool first = true;

		if (strcmp(line.key, "net.allow") != 0 || strchr(line.entry, ':'))
			continue;
		for (const char *const *at = reached; *at; at++) {
			struct learn_line *new;

			if (strncmp(*at, line.entry, host) != 0 || (*at)[host] != ':')
				continue;
			new = first ? &learn->lines.list[i]
				    : arena_append(&learn->ctl->arena, &learn->lines.list,
						   &learn->lines.len, sizeof *new);
			*new = line;
			new->entry = *at;
			first = false;
		}
	}
}
