/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* known.c - what an undo has put back; see known.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "changes/known.h"

static FILE *open_notes(const struct changes_set *set, int flags, const char *mode)
{
	_cleanup_fd_ int fd = openat(set->dir, "known",
				     flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	FILE *file = fd < 0 ? NULL : fdopen(fd, mode);

	if (file)
		(void)take_fd(&fd);
	return file;
}

static int compare_known(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct known_entry));
}

/* "DEV INO SECONDS NANOSECONDS" and a newline, as known_add() writes it. */
static bool parse_known(const char *line, struct known_entry *ret)
{
	uint64_t numbers[4];
	char *end = NULL;

	for (size_t i = 0; i < 4; i++) {
		errno = 0;
		numbers[i] = strtoull(line, &end, 10);
		if (errno || end == line || *end != (i < 3 ? ' ' : '\n'))
			return false;
		line = end + 1;
	}
	*ret = (struct known_entry){ numbers[0], numbers[1], (int64_t)numbers[2],
				     (int64_t)numbers[3] };
	return *line == '\0';
}

void known_read(const struct changes_set *set, struct known *ret)
{
	FILE *file = open_notes(set, O_RDONLY, "r");
	struct known_entry entry;
	char line[128];
	size_t cap = 0;

	*ret = (struct known){ 0 };
	while (file && fgets(line, sizeof line, file) && parse_known(line, &entry)) {
		if (ret->len == cap) {
			cap = cap ? 2 * cap : 1024;
			ret->list = realloc(ret->list, cap * sizeof *ret->list);
			if (!ret->list)
				oom();
		}
		ret->list[ret->len++] = entry;
	}
	if (file)
		(void)fclose(file);
	if (ret->len > 0)
		qsort(ret->list, ret->len, sizeof *ret->list, compare_known);
}

void known_done(struct known *known)
{
	free(known->list);
	*known = (struct known){ 0 };
}

static struct known_entry entry_of(const struct stat *st)
{
	return (struct known_entry){ st->st_dev, st->st_ino, st->st_ctim.tv_sec,
				     st->st_ctim.tv_nsec };
}

bool known_is(const struct known *known, const struct stat *st)
{
	const struct known_entry entry = entry_of(st);

	return known->len > 0 &&
	       bsearch(&entry, known->list, known->len, sizeof entry, compare_known);
}

FILE *known_open(const struct changes_set *set)
{
	FILE *file = open_notes(set, O_WRONLY | O_CREAT | O_APPEND, "a");

	if (file)
		(void)setvbuf(file, NULL, _IOLBF, 0);
	return file;
}

void known_add(FILE *file, const struct stat *st)
{
	const struct known_entry entry = entry_of(st);

	(void)fprintf(file, "%" PRIu64 " %" PRIu64 " %" PRId64 " %" PRId64 "\n",
		      entry.dev, entry.ino, entry.sec, entry.nsec);
}
