/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sweep.c - looks at every directory that a command could write to; see guard.h */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "box/guard/sweep.h"

#define ENTRIES ((size_t)64 * 1024)

struct entry { /* of getdents64(2) */
	uint64_t ino;
	int64_t off;
	unsigned short len;
	unsigned char type;
	char name[];
};

/* Directories that are still to be looked at, the last first. */
struct pending {
	const char **list;
	size_t len, cap;
};

/* What is in a directory. */
enum sign {
	SIGN_GIT = 1,
	SIGN_HG = 2,
	SIGN_JJ = 4,
	SIGN_SVN = 8,
	SIGN_HEAD = 16,
	SIGN_OBJECTS = 32,
	SIGN_REFS = 64,
	SIGN_COMMONDIR = 128,
	SIGN_FORMAT = 256,
	SIGN_DB = 512,
	SIGN_HOOKS = 1024,
	SIGN_ODD = 2048, /* a name that the file system may take for another */
	SIGN_DOT = 4096, /* a name with a dot in front, as all of GUARD_TOP have it */
};

static const struct sign_name {
	const char *name;
	unsigned sign;
} sign_names[] = {
	{ ".git", SIGN_GIT },      { ".hg", SIGN_HG },
	{ ".jj", SIGN_JJ },        { ".svn", SIGN_SVN },
	{ "HEAD", SIGN_HEAD },     { "objects", SIGN_OBJECTS },
	{ "refs", SIGN_REFS },     { "commondir", SIGN_COMMONDIR },
	{ "format", SIGN_FORMAT }, { "db", SIGN_DB },
	{ "hooks", SIGN_HOOKS },
};

#define SIGNS (sizeof sign_names / sizeof sign_names[0])

static unsigned sign_of(const char *name)
{
	const unsigned dot = *name == '.' ? SIGN_DOT : 0;
	bool plain = true;

	for (size_t i = 0; i < SIGNS; i++)
		if (((name[0] ^ sign_names[i].name[0]) & ~0x20) == 0 &&
		    strcasecmp(name, sign_names[i].name) == 0)
			return sign_names[i].sign | dot;
	for (const char *c = name; plain && *c; c++)
		plain = (unsigned char)*c < 0x80 && *c != '~';
	return plain ? dot : SIGN_ODD | dot;
}

static void push(struct pending *pending, const char *path)
{
	if (pending->len == pending->cap) {
		size_t cap = pending->cap ? 2 * pending->cap : 256;
		const char **list = realloc(pending->list, cap * sizeof *list);

		if (!list)
			oom();
		pending->list = list;
		pending->cap = cap;
	}
	pending->list[pending->len++] = path;
}

static bool is_dir(int fd, const struct entry *entry)
{
	struct stat st;

	if (entry->type != DT_UNKNOWN)
		return entry->type == DT_DIR;
	return fstatat(fd, entry->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISDIR(st.st_mode);
}

/*
 * Names have letters that may not count: the file system knows what it finds by the names
 * that programs use.
 */
static unsigned ask_for_signs(struct sweep *s, const struct spot *spot, unsigned signs,
			      struct pending *pending)
{
	struct stat st;

	for (size_t i = 0; i < SIGNS; i++) {
		const char *name = sign_names[i].name;

		if ((signs & sign_names[i].sign) ||
		    fstatat(spot->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		signs |= sign_names[i].sign;
		if (*name == '.' && S_ISDIR(st.st_mode))
			push(pending, path_join(s->arena, spot->path, name));
	}
	return signs;
}

/* What is in @spot, and its directories to the others that are pending. */
static unsigned list(struct sweep *s, const struct spot *spot, char *buffer,
		     struct pending *pending)
{
	unsigned signs = 0;
	long n;

	while ((n = syscall(SYS_getdents64, spot->fd, buffer, ENTRIES)) > 0) {
		for (long at = 0; at < n;) {
			const struct entry *entry =
				(const struct entry *)(const void *)(buffer + at);

			at += entry->len;
			if (strcmp(entry->name, ".") == 0 ||
			    strcmp(entry->name, "..") == 0)
				continue;
			signs |= sign_of(entry->name);
			if (is_dir(spot->fd, entry))
				push(pending,
				     path_join(s->arena, spot->path, entry->name));
		}
	}
	if (n < 0) {
		sweep_unseen(s, spot->path, strerror(errno));
		signs |= SIGN_DOT;
	}
	return signs & SIGN_ODD ? ask_for_signs(s, spot, signs, pending) : signs;
}

static void all_rows(struct sweep *s, const struct spot *spot, enum guard_where where)
{
	for (const struct guard_row *row = guard_table; row->place; row++)
		if (row->where == where)
			sweep_place(s, spot, row);
}

static bool was_known(const struct sweep *s, const struct spot *spot)
{
	const struct guard_places *repos = &s->guard->plan->guard.facts.repos;
	const struct guard_place *repo =
		strindex_find(&repos->index, repos->list, sizeof *repo, spot->path);

	return repo && repo->dev == spot->st.st_dev && repo->ino == spot->st.st_ino;
}

static bool has(unsigned signs, unsigned wanted)
{
	return (signs & wanted) == wanted;
}

static void look_at_repository(struct sweep *s, struct spot *spot, unsigned signs)
{
	static const struct {
		const char *name;
		enum guard_where where;
		const char *program;
	} dotted[] = { { ".git", GUARD_GIT, "git" },
		       { ".hg", GUARD_HG, "hg" },
		       { ".jj", GUARD_JJ, NULL } };
	const char *name = path_last(spot->path);

	spot->known = was_known(s, spot);
	for (size_t i = 0; i < 3; i++) {
		if (strcasecmp(name, dotted[i].name) != 0)
			continue;
		spot->dotted = true;
		all_rows(s, spot, dotted[i].where);
		if (!spot->known && dotted[i].program)
			sweep_led_to(s, spot, dotted[i].program);
	}
	/* with its HEAD elsewhere it is a common directory */
	if (!spot->dotted && (has(signs, SIGN_OBJECTS | SIGN_REFS) ||
			      has(signs, SIGN_HEAD | SIGN_COMMONDIR))) {
		all_rows(s, spot, GUARD_GIT);
		if (!spot->known)
			sweep_led_to(s, spot, "git");
	}
	if (has(signs, SIGN_FORMAT | SIGN_DB | SIGN_HOOKS))
		all_rows(s, spot, GUARD_SVN);
}

/*
 * Whether nothing is in a directory of the caller's that the command has closed, such as
 * a copy of a cover. It is opened for this look and closed again.
 */
static bool is_empty(struct sweep *s, const char *path, int place, mode_t mode)
{
	_cleanup_fd_ int fd = -1;
	_Alignas(struct entry) char buffer[1024];
	char name[64];
	long n = -1;
	unsigned entries = 0;

	(void)snprintf(name, sizeof name, "/proc/self/fd/%d", place);
	if (chmod(name, (mode & 07777) | 0500) < 0)
		return false;
	fd = sweep_open(s->guard, path, O_RDONLY | O_DIRECTORY);
	(void)chmod(name, mode & 07777);
	if (fd >= 0)
		n = syscall(SYS_getdents64, fd, buffer, sizeof buffer);
	for (long at = 0; at < n; entries++)
		at += ((const struct entry *)(const void *)(buffer + at))->len;
	return n > 0 && entries == 2; /* "." and ".." */
}

/* Whether the command can be @uid of the host: the caller, or a subordinate id. */
static bool may_be_its(const struct sweep *s, uid_t uid)
{
	const struct id_map *map = &s->guard->plan->outer.uid;

	for (size_t i = 0; i < map->len; i++)
		if (uid >= map->range[i].outside &&
		    uid - map->range[i].outside < map->range[i].count)
			return true;
	return uid == getuid();
}

/* Whether the command can have hidden something there, as whichever of its users. */
static void unreadable(struct sweep *s, const char *path, int errnum)
{
	_cleanup_fd_ int fd = sweep_open(s->guard, path, O_PATH | O_DIRECTORY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		if (errno != ENOENT)
			sweep_unseen(s, path, strerror(errno));
	} else if (may_be_its(s, st.st_uid) && sweep_changed(s, fd, &st) &&
		   !is_empty(s, path, fd, st.st_mode)) {
		sweep_unseen(s, path, strerror(errnum));
	}
}

static void look_at(struct sweep *s, const char *path, bool top, char *buffer,
		    struct pending *pending)
{
	_cleanup_fd_ int fd = sweep_open(s->guard, path, O_RDONLY | O_DIRECTORY);
	struct spot spot = { .fd = fd, .path = path };
	unsigned signs;

	if (fd < 0 || fstat(fd, &spot.st) < 0) {
		if (errno != ENOENT)
			unreadable(s, path, errno);
		return;
	}
	signs = list(s, &spot, buffer, pending);
	if (signs & (SIGN_GIT | SIGN_HG | SIGN_JJ))
		all_rows(s, &spot, GUARD_ANY);
	if ((top && (signs & (SIGN_DOT | SIGN_ODD))) ||
	    (signs & (SIGN_GIT | SIGN_HG | SIGN_JJ | SIGN_SVN)))
		all_rows(s, &spot, GUARD_TOP);
	look_at_repository(s, &spot, signs);
}

void sweep_all(struct sweep *s)
{
	struct pending pending = { 0 };
	char *buffer = malloc(ENTRIES);

	if (!buffer)
		oom();
	for (size_t i = 0; i < s->guard->len; i++) {
		const char *dir = s->guard->plan->guard.dirs[i];

		push(&pending, dir);
		while (pending.len > 0 && s->dirs++ < SWEEP_DIRS_MAX) {
			const char *path = pending.list[--pending.len];

			look_at(s, path, path == dir, buffer, &pending);
		}
		if (pending.len > 0)
			sweep_unseen(s, dir, "there are too many directories in it");
		pending.len = 0;
	}
	free(pending.list);
	free(buffer);
}
