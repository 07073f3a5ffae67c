/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* renames.c - a removed and a new file that are the same; see renames.h */
#include "config.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/sys.h"
#include "changes/compare.h"
#include "changes/renames.h"

static int pass_all(struct renames *r, struct error *err)
{
	for (size_t i = 0; i < r->len; i++)
		if (r->list[i].path && r->take(r->data, &r->list[i], err) < 0)
			return -1;
	r->len = 0;
	return 0;
}

int renames_take(struct renames *r, const struct diff_entry *entry, struct error *err)
{
	struct diff_entry *kept;

	if (r->full)
		return r->take(r->data, entry, err);
	if (r->len == RENAMES_MAX) {
		r->full = true;
		if (pass_all(r, err) < 0)
			return -1;
		renames_done(r);
		return r->take(r->data, entry, err);
	}
	kept = arena_append(&r->arena, &r->list, &r->len, sizeof *kept);
	*kept = *entry;
	kept->path = arena_strdup(&r->arena, entry->path);
	return 0;
}

static bool is_gone(const struct diff_entry *e)
{
	return e->kind == DIFF_DELETED && S_ISREG(e->old_mode);
}

static int order(const struct diff_entry *a, int64_t a_size, const struct diff_entry *b,
		 int64_t b_size)
{
	if (a_size != b_size)
		return a_size < b_size ? -1 : 1;
	if (a->mtime.tv_sec != b->mtime.tv_sec)
		return a->mtime.tv_sec < b->mtime.tv_sec ? -1 : 1;
	if (a->mtime.tv_nsec != b->mtime.tv_nsec)
		return a->mtime.tv_nsec < b->mtime.tv_nsec ? -1 : 1;
	return 0;
}

static int order_gone(const void *a, const void *b, void *list)
{
	const struct diff_entry *x = (struct diff_entry *)list + *(const size_t *)a;
	const struct diff_entry *y = (struct diff_entry *)list + *(const size_t *)b;
	int ret = order(x, x->old_size, y, y->old_size);

	return ret ? ret : strcmp(x->path, y->path);
}

struct gone { /* what was removed, by its place in the list, sorted */
	struct diff_entry *entries;
	size_t *list;
	size_t len;
};

static struct diff_entry *gone_at(const struct gone *gone, size_t i)
{
	return &gone->entries[gone->list[i]];
}

/* The first of those that are not before @e by size and time. */
static size_t first_like(const struct gone *gone, const struct diff_entry *e)
{
	size_t low = 0, high = gone->len;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct diff_entry *old = gone_at(gone, mid);

		if (order(old, old->old_size, e, e->size) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The directory that the last component of @path is in. */
static int open_dir_of(int tree, const char *path)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX] = ".";

	if (slash && (size_t)(slash - path) >= sizeof dir)
		return -1; /* then it is told as what it is: removed here and new there */
	if (slash) {
		memcpy(dir, path, (size_t)(slash - path));
		dir[slash - path] = '\0';
	}
	return sys_openat2(tree, dir, O_PATH | O_DIRECTORY | O_CLOEXEC,
			   RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool same_content(const struct diff_entry *old, int lower,
			 const struct diff_entry *new, int upper)
{
	_cleanup_fd_ int old_dir = open_dir_of(lower, old->path),
			 new_dir = open_dir_of(upper, new->path);
	struct stat old_st, new_st;
	const struct compared a = { old_dir, last_part(old->path), &old_st };
	const struct compared b = { new_dir, last_part(new->path), &new_st };

	return old_dir >= 0 && new_dir >= 0 &&
	       fstatat(old_dir, a.name, &old_st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstatat(new_dir, b.name, &new_st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(old_st.st_mode) && S_ISREG(new_st.st_mode) &&
	       compare_content(&a, &b) == 1;
}

static void find_one(struct diff_entry *e, const struct gone *gone, int lower, int upper)
{
	for (size_t i = first_like(gone, e); i < gone->len; i++) {
		struct diff_entry *old = gone_at(gone, i);

		if (order(old, old->old_size, e, e->size) != 0)
			return;
		if (!old->path || !same_content(old, lower, e, upper))
			continue;
		e->kind = DIFF_RENAMED;
		e->from = old->path;
		e->old_mode = old->old_mode;
		e->old_size = old->old_size;
		old->path = NULL;
		return;
	}
}

static int find_renames(struct renames *r, struct gone *gone, struct error *err)
{
	_cleanup_fd_ int lower = -1, upper = -1;

	if (changes_open_tree(r->set, r->tree, &lower, &upper, err) < 0)
		return -1;
	qsort_r(gone->list, gone->len, sizeof *gone->list, order_gone, gone->entries);
	for (size_t i = 0; i < r->len; i++)
		if (r->list[i].kind == DIFF_ADDED && r->list[i].copied)
			find_one(&r->list[i], gone, lower, upper);
	return 0;
}

int renames_end(struct renames *r, struct error *err)
{
	struct gone gone = { .entries = r->list };
	size_t copied = 0;
	int ret;

	for (size_t i = 0; i < r->len; i++) {
		copied += r->list[i].copied;
		if (is_gone(&r->list[i]))
			*(size_t *)arena_append(&r->arena, &gone.list, &gone.len,
						sizeof *gone.list) = i;
	}
	ret = copied > 0 && gone.len > 0 ? find_renames(r, &gone, err) : 0;
	return ret < 0 ? -1 : pass_all(r, err);
}

void renames_done(struct renames *r)
{
	arena_done(&r->arena);
	r->list = NULL;
	r->len = 0;
}
