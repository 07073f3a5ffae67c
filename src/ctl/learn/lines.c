/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lines.c - what a command wants, as lines of a profile */
#include "config.h"

#include <string.h>

#include "base/path.h"
#include "ctl/learn/learn.h"

#define GATHER_MIN 4 /* so many of one directory are worth a line for all of it */

/* What an entry shows of the host, and where. */
struct shown {
	const char *source, *target;
};

static struct shown shown_by(struct arena *arena, const char *entry)
{
	const char *colon = strchr(entry, ':');

	return colon ? (struct shown){ arena_strndup(arena, entry,
						     (size_t)(colon - entry)),
				       colon + 1 }
		     : (struct shown){ entry, entry };
}

/* Whether whoever has @a needs no @b. */
static bool line_covers(struct arena *arena, const struct learn_line *a,
			const struct learn_line *b)
{
	struct shown x, y;

	if (strcmp(a->key, b->key) != 0 && strcmp(a->key, "fs.write") != 0)
		return false;
	if (strncmp(a->key, "fs.", 3) != 0 || strncmp(b->key, "fs.", 3) != 0)
		return strcmp(a->key, b->key) == 0 && strcmp(a->entry, b->entry) == 0;
	x = shown_by(arena, a->entry);
	y = shown_by(arena, b->entry);
	return path_within(y.target, x.target) && path_within(y.source, x.source) &&
	       strcmp(path_below(y.target, x.target), path_below(y.source, x.source)) ==
		       0;
}

/* Takes out what @line covers. */
static void remove_covered(struct learn *learn, const struct learn_line *line)
{
	size_t kept = 0;

	for (size_t i = 0; i < learn->lines.len; i++)
		if (!line_covers(&learn->ctl->arena, line, &learn->lines.list[i]))
			learn->lines.list[kept++] = learn->lines.list[i];
	learn->lines.len = kept;
}

static bool has_covering(const struct learn *learn, const struct learn_line *line)
{
	for (size_t i = 0; i < learn->lines.len; i++)
		if (line_covers(&learn->ctl->arena, &learn->lines.list[i], line)) {
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

		if (has_covering(learn, &line))
			continue;
		remove_covered(learn, &line);
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

/* The entry of a directory @up levels above what @line shows, "SRC" or "SRC:DST". */
static const char *entry_above(struct arena *arena, const struct learn_line *line,
			       int64_t up)
{
	struct shown at = shown_by(arena, line->entry);

	for (; up > 0; up--) {
		at.source = path_parent(arena, at.source);
		at.target = path_parent(arena, at.target);
	}
	return strchr(line->entry, ':')
		       ? arena_printf(arena, "%s:%s", at.source, at.target)
		       : at.source;
}

static bool is_gathered(struct learn *learn, const struct learn_line *line, int64_t up,
			const char *entry)
{
	return line->granted && strcmp(line->key, "fs.read") == 0 && line->up >= up &&
	       strcmp(entry_above(&learn->ctl->arena, line, up), entry) == 0;
}

/* Puts a line for @entry in the place of all that it holds, if they are enough. */
static void gather_at(struct learn *learn, const char *entry, int64_t up)
{
	struct learn_line all = { .key = "fs.read", .entry = entry, .granted = true };

	for (size_t i = 0; i < learn->lines.len; i++) {
		const struct learn_line *line = &learn->lines.list[i];

		if (!is_gathered(learn, line, up, entry))
			continue;
		all.holds += line->holds;
		all.times += line->times;
		all.programs = line->programs;
	}
	if (all.holds < GATHER_MIN)
		return;
	remove_covered(learn, &all);
	*(struct learn_line *)arena_append(&learn->ctl->arena, &learn->lines.list,
					   &learn->lines.len, sizeof all) = all;
}

void learn_gather(struct learn *learn)
{
	int64_t most = 0;

	for (size_t i = 0; i < learn->lines.len; i++)
		if (learn->lines.list[i].up > most)
			most = learn->lines.list[i].up;
	/* the deepest directories first */
	for (int64_t up = 1; up <= most; up++)
		for (size_t i = learn->lines.len; i > 0; i--)
			if (i <= learn->lines.len && learn->lines.list[i - 1].up >= up)
				gather_at(learn,
					  entry_above(&learn->ctl->arena,
						      &learn->lines.list[i - 1], up),
					  up);
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
