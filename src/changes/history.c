/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* history.c - which sets of earlier runs are there for nothing any more; see history.h */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "changes/history.h"

/* --------------------------------------------------------------------------- the last */

int history_last(int dir, const char *prefix, struct error *err)
{
	const size_t len = strlen(prefix);
	struct arena arena = { 0 };
	const char *const *names;
	int last = 0;

	if (changes_names(dir, &arena, &names, err) < 0) {
		arena_done(&arena);
		return -1;
	}
	for (; *names; names++) {
		char *end;
		long n;

		if (strncmp(*names, prefix, len) != 0 || (*names)[len] != '-')
			continue;
		n = strtol(*names + len + 1, &end, 10);
		if (*end == '\0' && n > last && n < 1000000)
			last = (int)n;
	}
	arena_done(&arena);
	return last;
}

/* -------------------------------------------------------------------------- the blank */

static bool has_entries(int fd)
{
	DIR *dir = fdopendir(fcntl(fd, F_DUPFD_CLOEXEC, 3));
	const struct dirent *entry;
	bool found = !dir;

	while (dir && !found && (entry = readdir(dir)))
		found = strcmp(entry->d_name, ".") != 0 &&
			strcmp(entry->d_name, "..") != 0;
	if (dir)
		(void)closedir(dir);
	return found;
}

static bool is_blank_tree(const struct changes_set *set, size_t tree)
{
	struct error err = { .status = EXIT_SBOX };
	_cleanup_fd_ int lower = -1, upper = -1;

	return changes_open_tree(set, tree, &lower, &upper, &err) == 0 &&
	       !has_entries(upper);
}

bool history_is_blank(const struct changes_set *set)
{
	for (size_t i = 0; i < set->about.trees_len; i++)
		if (!is_blank_tree(set, i))
			return false;
	return true;
}

/* ---------------------------------------------------------------------------- the old */

struct aged {
	const char *name;
	struct timespec since; /* when its state was written last */
};

static int newest_first(const void *a, const void *b)
{
	const struct timespec *x = &((const struct aged *)a)->since;
	const struct timespec *y = &((const struct aged *)b)->since;

	if (x->tv_sec != y->tv_sec)
		return x->tv_sec < y->tv_sec ? 1 : -1;
	return (x->tv_nsec < y->tv_nsec) - (x->tv_nsec > y->tv_nsec);
}

/* Whether @name in @dir is committed, and since when; by its state alone. */
static bool is_committed(int dir, const char *name, struct timespec *ret)
{
	static const char word[] = "committed\n";
	_cleanup_fd_ int set =
		openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_fd_ int state = set < 0 ? -1
					 : openat(set, "state",
						  O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
							  O_NOCTTY | O_CLOEXEC);
	char text[64] = "";
	struct stat st;
	ssize_t len;

	if (state < 0 || fstat(state, &st) < 0)
		return false;
	len = read(state, text, sizeof text - 1);
	/* a word, and newlines up to the width of all */
	if (len < 0 || strncmp(text, word, sizeof word - 1) != 0 ||
	    strspn(text + sizeof word - 1, "\n") != (size_t)len - (sizeof word - 1))
		return false;
	*ret = st.st_mtim;
	return true;
}

int history_old(int dir, size_t keep, struct arena *arena, const char *const **ret,
		struct error *err)
{
	const char *const *names;
	const char **old = NULL;
	struct aged *list = NULL;
	size_t len = 0, n = 0;

	if (changes_names(dir, arena, &names, err) < 0)
		return -1;
	for (; *names; names++) {
		struct aged aged = { .name = *names };

		if (strncmp(*names, HISTORY_PREFIX, strlen(HISTORY_PREFIX)) == 0 &&
		    is_committed(dir, *names, &aged.since) &&
		    !changes_is_locked(dir, *names))
			*(struct aged *)arena_append(arena, &list, &len, sizeof *list) =
				aged;
	}
	if (list && len > keep)
		qsort(list, len, sizeof *list, newest_first);
	while (list && len > keep)
		*(const char **)arena_append(arena, &old, &n, sizeof *old) =
			list[--len].name;
	*(const char **)arena_append(arena, &old, &n, sizeof *old) = NULL;
	*ret = old;
	return 0;
}
