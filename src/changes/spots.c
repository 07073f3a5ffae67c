/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* spots.c - where the entries of a step are; see spots.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/sys.h"
#include "changes/apply.h"
#include "changes/attrs.h"
#include "changes/spots.h"
#include "changes/undo-slots.h"
#include "changes/walk.h"

static int open_parent_of(int tree, const char *path)
{
	const char *slash = strrchr(path, '/');
	char parent[PATH_MAX];
	size_t len = slash ? (size_t)(slash - path) : 0;

	if (len == 0)
		return fcntl(tree, F_DUPFD_CLOEXEC, 3);
	if (len >= sizeof parent) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(parent, path, len);
	parent[len] = '\0';
	return sys_openat2(tree, parent, O_PATH | O_DIRECTORY | O_CLOEXEC,
			   RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
}

/* As open_parent_of() for a path that is longer than the kernel takes at once. */
static int open_far_above(int tree, const char *path)
{
	_cleanup_fd_ int at = fcntl(tree, F_DUPFD_CLOEXEC, 3);

	while (at >= 0 && strlen(path) >= PATH_MAX) {
		char part[PATH_MAX / 2];
		size_t len = sizeof part - 1;
		int next;

		while (len > 0 && path[len] != '/')
			len--;
		memcpy(part, path, len);
		part[len] = '\0';
		next = sys_openat2(at, part, O_PATH | O_DIRECTORY | O_CLOEXEC,
				   RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
					   RESOLVE_NO_XDEV);
		fd_closep(&at);
		at = next;
		path += len + 1;
	}
	return at < 0 ? -1 : open_parent_of(at, path);
}

int spot_open(int tree, const char *path, struct spot *ret)
{
	const char *slash = strrchr(path, '/');

	ret->name = slash ? slash + 1 : path;
	ret->dir = strlen(path) < PATH_MAX ? open_parent_of(tree, path)
					   : open_far_above(tree, path);
	return ret->dir < 0 ? -1 : 0;
}

void spot_look(struct spot *spot)
{
	spot->there = spot->dir >= 0 &&
		      fstatat(spot->dir, spot->name, &spot->st, AT_SYMLINK_NOFOLLOW) == 0;
}

bool spot_has(const struct spot *spot, ino_t ino)
{
	return ino != 0 && spot->there && spot->st.st_ino == ino;
}

void spot_close(struct spot *spot)
{
	fd_closep(&spot->dir);
}

void spots_close(struct spots *s)
{
	spot_close(&s->low);
	spot_close(&s->up);
}

int spot_conflict(struct applying *a, const struct journal_step *step, const char *why,
		  struct error *err)
{
	const char *lower = a->set->about.trees[step->tree].lower;

	found_add(a->founds, FOUND_CONFLICT, lower, step->path, why);
	return error_set(err, "%s/%s %s", lower, step->path, why);
}

int spot_left(struct applying *a, const struct journal_step *step, const char *why)
{
	found_add(a->founds, FOUND_TOLD, a->set->about.trees[step->tree].lower,
		  step->path, why);
	return 0;
}

int spot_trouble(struct applying *a, const struct journal_step *step, const char *what,
		 struct error *err)
{
	return error_sys(err, "%s/%s: %s", a->set->about.trees[step->tree].lower,
			 step->path, what);
}

/* Where the step's entries are now; -1: a conflict, or trouble. */
int spots_find(struct applying *a, const struct journal_step *step, struct spots *ret,
	       struct error *err)
{
	struct spots s = { .low = { .dir = -1 }, .up = { .dir = -1 } };

	if (spot_open(a->lower[step->tree], step->path, &s.low) < 0) {
		(void)spot_conflict(
			a, step,
			errno == ENOENT || errno == ENOTDIR || errno == ELOOP ||
					errno == EXDEV
				? "is not reached any more: a directory on the "
				  "way was moved, or another is there"
				: strerror(errno),
			err);
		return -1;
	}
	/* it can be gone with a directory that was put in its place */
	(void)spot_open(a->upper[step->tree], step->path, &s.up);
	s.number = undo_slot_name(step->slot);
	s.slot.dir = step->slot ? a->undo : -1;
	spot_look(&s.low);
	spot_look(&s.up);
	*ret = s;
	ret->slot.name = ret->number.s;
	spot_look(&ret->slot);
	return 0;
}

int spots_exchange(const struct spot *x, const struct spot *y)
{
	return renameat2(x->dir, x->name, y->dir, y->name, RENAME_EXCHANGE);
}

int spot_move(const struct spot *from, const struct spot *to)
{
	return renameat2(from->dir, from->name, to->dir, to->name, RENAME_NOREPLACE);
}
