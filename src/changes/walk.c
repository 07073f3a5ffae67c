/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* walk.c - the upper directory of an overlay beside the lower one; see walk.h */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/ladder.h"
#include "base/strbuf.h"
#include "changes/attrs.h"
#include "changes/walk.h"

/* The names of one directory that are still to be visited. */
struct level {
	struct strbuf text; /* each with a NUL behind it */
	uint32_t *at;       /* where they begin, sorted */
	size_t len, cap, next;
	size_t path_len; /* of the directory */
	bool opaque;
};

struct walking {
	const struct walk *walk;
	struct ladder upper, lower;
	struct level *levels;
	size_t len, cap;
	struct strbuf path;
	struct error *err;
};

/* -------------------------------------------------------------------------- names */

static int list_names(struct level *level, int fd)
{
	DIR *dir = fdopendir(fcntl(fd, F_DUPFD_CLOEXEC, 3));
	const struct dirent *entry;

	if (!dir)
		return -1;
	rewinddir(dir);
	while ((errno = 0, entry = readdir(dir))) {
		const char *name = entry->d_name;

		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			continue;
		if (level->len == level->cap) {
			level->cap = level->cap ? level->cap + level->cap / 2 : 32;
			level->at = realloc(level->at, level->cap * sizeof *level->at);
			if (!level->at)
				oom();
		}
		if (level->text.len > UINT32_MAX - NAME_MAX - 1) {
			errno = EOVERFLOW;
			break;
		}
		level->at[level->len++] = (uint32_t)level->text.len;
		strbuf_addn(&level->text, name, strlen(name) + 1);
	}
	int saved = errno;

	(void)closedir(dir);
	errno = saved;
	return saved ? -1 : 0;
}

static int compare_names(const void *a, const void *b, void *text)
{
	return strcmp((const char *)text + *(const uint32_t *)a,
		      (const char *)text + *(const uint32_t *)b);
}

static void sort_names(struct level *level)
{
	size_t kept = 0;

	qsort_r(level->at, level->len, sizeof *level->at, compare_names, level->text.s);
	for (size_t i = 0; i < level->len; i++)
		if (kept == 0 || compare_names(&level->at[i], &level->at[kept - 1],
					       level->text.s) != 0)
			level->at[kept++] = level->at[i];
	level->len = kept;
}

static void level_done(struct level *level)
{
	strbuf_done(&level->text);
	free(level->at);
}

/* ------------------------------------------------------------------------- walking */

static int walk_failed(struct walking *w, const char *what)
{
	_cleanup_strbuf_ struct strbuf path = { 0 };
	const int errnum = errno;

	strbuf_escaped(&path, strbuf_str(&w->path), w->path.len);
	errno = errnum;
	return error_sys(w->err, "\"%s\": %s", strbuf_str(&path), what);
}

/* Begins with the directory that both ladders are at. */
static int begin_level(struct walking *w, bool opaque)
{
	const int upper = ladder_fd(&w->upper), lower = ladder_fd(&w->lower);
	struct level level = { .path_len = w->path.len, .opaque = opaque };

	if ((upper >= 0 && list_names(&level, upper) < 0) ||
	    (lower >= 0 && w->walk->lower_too && (opaque || upper < 0) &&
	     list_names(&level, lower) < 0)) {
		level_done(&level);
		return walk_failed(w, "cannot be listed");
	}
	if (level.len > 0)
		sort_names(&level);
	if (w->len == w->cap) {
		w->cap = w->cap ? 2 * w->cap : 32;
		w->levels = realloc(w->levels, w->cap * sizeof *w->levels);
		if (!w->levels)
			oom();
	}
	w->levels[w->len++] = level;
	return 0;
}

/* 1: it is there; 0: it is not; -1: errno. */
static int stat_entry(int dir, const char *name, struct stat *ret)
{
	if (dir < 0)
		return 0;
	if (fstatat(dir, name, ret, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) == 0)
		return 1;
	return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
}

static int walk_down(struct walking *w, const struct walk_entry *entry)
{
	const bool up = entry->has_up && S_ISDIR(entry->up.st_mode);
	const bool low = entry->has_low && S_ISDIR(entry->low.st_mode);

	if (ladder_down(&w->upper, up ? entry->name : NULL) < 0 ||
	    ladder_down(&w->lower, low ? entry->name : NULL) < 0)
		return walk_failed(w, "cannot be opened");
	return begin_level(w, entry->opaque);
}

static int walk_up(struct walking *w)
{
	level_done(&w->levels[--w->len]);
	if (w->len == 0)
		return 0;
	if (ladder_up(&w->upper) < 0 || ladder_up(&w->lower) < 0)
		return walk_failed(w, "was moved while it was looked at");
	return 0;
}

static int visit_name(struct walking *w, const char *name)
{
	const struct level *level = &w->levels[w->len - 1];
	struct walk_entry entry = { .upper = ladder_fd(&w->upper),
				    .lower = ladder_fd(&w->lower),
				    .opaque = level->opaque };
	int has_up, has_low;

	w->path.len = level->path_len;
	if (w->path.len > 0)
		strbuf_addc(&w->path, '/');
	strbuf_add(&w->path, name);
	has_up = stat_entry(entry.upper, name, &entry.up);
	has_low = stat_entry(entry.lower, name, &entry.low);
	if (has_up < 0 || has_low < 0)
		return walk_failed(w, "cannot be looked at");
	if (!has_up && !has_low)
		return 0; /* it is gone meanwhile */
	entry.has_up = has_up;
	entry.has_low = has_low;
	entry.path = strbuf_str(&w->path);
	entry.name = name;
	if (has_up && S_ISDIR(entry.up.st_mode) && !entry.opaque)
		entry.opaque = !has_low || !S_ISDIR(entry.low.st_mode) ||
			       attrs_is_opaque(entry.upper, name);
	switch (w->walk->entry(w->walk->data, &entry, w->err)) {
	case WALK_ON:
		return 0;
	case WALK_DOWN:
		return walk_down(w, &entry);
	case WALK_STOP:
		break;
	}
	return -1;
}

static int walk_all(struct walking *w)
{
	if (begin_level(w, w->upper.rungs[0].none) < 0)
		return -1;
	while (w->len > 0) {
		struct level *level = &w->levels[w->len - 1];

		if (level->next == level->len) {
			if (walk_up(w) < 0)
				return -1;
		} else if (visit_name(w, level->text.s + level->at[level->next++]) < 0) {
			return -1;
		}
	}
	return 0;
}

int walk_trees(const struct walk *walk, int upper, int lower, struct error *err)
{
	struct walking w = { .walk = walk, .err = err };
	int ret;

	if (ladder_init(&w.upper, upper) < 0 || ladder_init(&w.lower, lower) < 0)
		ret = error_sys(err, "cannot open a tree of changes");
	else
		ret = walk_all(&w);
	while (w.len > 0)
		level_done(&w.levels[--w.len]);
	free(w.levels);
	ladder_done(&w.upper);
	ladder_done(&w.lower);
	strbuf_done(&w.path);
	return ret;
}
