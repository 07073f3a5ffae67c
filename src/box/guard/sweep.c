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

#define ENTRIES ((size_t)32 * 1024)

struct entry { /* of getdents64(2) */
	uint64_t ino;
	int64_t off;
	unsigned short len;
	unsigned char type;
	char name[];
};

/* Directories that are still to be looked at, the last first. */
struct pending {
	struct subject {
		const char *path;
		bool in_git; /* below a directory of git's */
	} * list;
	size_t len, cap;
};

/* The names in a directory, as bits: signs of a repository, and others. */
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
	SIGN_TOP = 4096, /* a name that one of GUARD_TOP may be */
	SIGN_ANY = 8192, /* any at all */
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
	/* they have a dot in front, or begin with "opencode" */
	const unsigned other =
		*name == '.' || (*name | 0x20) == 'o' ? SIGN_TOP | SIGN_ANY : SIGN_ANY;
	bool plain = true;

	for (size_t i = 0; i < SIGNS; i++)
		if (((name[0] ^ sign_names[i].name[0]) & ~0x20) == 0 &&
		    strcasecmp(name, sign_names[i].name) == 0)
			return sign_names[i].sign | other;
	for (const char *c = name; plain && *c; c++)
		plain = (unsigned char)*c < 0x80 && *c != '~';
	return plain ? other : SIGN_ODD | other;
}

static void push(struct pending *pending, const char *path)
{
	if (pending->len == pending->cap) {
		size_t cap = pending->cap ? 2 * pending->cap : 32;
		struct subject *list = realloc(pending->list, cap * sizeof *list);

		if (!list)
			oom();
		pending->list = list;
		pending->cap = cap;
	}
	pending->list[pending->len++] = (struct subject){ path, false };
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

/* The signs among the names in @spot, whose directories are added to @pending. */
static unsigned list_spot(struct sweep *s, const struct spot *spot, char *buffer,
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
		signs |= SIGN_TOP;
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

/* Whether it is git's own directory, or a common or a bare one. */
static bool is_git(const struct spot *spot, unsigned signs)
{
	return strcasecmp(path_last(spot->path), ".git") == 0 ||
	       has(signs, SIGN_OBJECTS | SIGN_REFS) ||
	       has(signs, SIGN_HEAD | SIGN_COMMONDIR);
}

/*
 * Whether git would write there: what has no HEAD has to be called .git, or to be led to
 * from elsewhere, and is known then. Others may have directories of these names as well.
 */
static bool git_writes(const struct spot *spot, unsigned signs)
{
	return is_git(spot, signs) && (strcasecmp(path_last(spot->path), ".git") == 0 ||
				       spot->known || (signs & SIGN_HEAD));
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
	if (!spot->dotted && is_git(spot, signs)) {
		all_rows(s, spot, GUARD_GIT);
		if (!spot->known)
			sweep_led_to(s, spot, "git");
	}
	if (has(signs, SIGN_FORMAT | SIGN_DB | SIGN_HOOKS))
		all_rows(s, spot, GUARD_SVN);
}

/*
 * Whether the command can be @uid: the caller, or a subordinate id. With the ids of the
 * sandbox the numbers are those of inside, and few file systems close what is its own.
 */
static bool may_be_its(const struct sweep *s, uid_t uid)
{
	const struct id_map *map = &s->guard->plan->outer.uid;

	for (size_t i = 0; i < map->len; i++) {
		const struct id_range *range = &map->range[i];
		int64_t first = s->end->ids >= 0 ? range->inside : range->outside;

		if (uid >= first && uid - first < range->count)
			return true;
	}
	return uid == getuid();
}

/*
 * A directory that is closed to the caller and that is its own, as the command or an
 * archive has left it, is opened for this look, and closed again at once.
 */
static int open_closed(struct sweep *s, const char *path, struct stat *ret)
{
	_cleanup_fd_ int place = sweep_open(s->guard, path, O_PATH | O_DIRECTORY);
	char name[64];
	int fd;

	if (place < 0 || fstat(place, ret) < 0)
		return -1;
	if (ret->st_uid != getuid()) {
		/* whether the command can have hidden something there, as who it was */
		errno = may_be_its(s, ret->st_uid) && sweep_changed(s, place, ret)
				? EACCES
				: ENOENT;
		return -1;
	}
	(void)snprintf(name, sizeof name, "/proc/self/fd/%d", place);
	if (chmod(name, (ret->st_mode & 07777) | 0500) < 0)
		return -1;
	fd = sweep_open(s->guard, path, O_RDONLY | O_DIRECTORY);
	(void)chmod(name, ret->st_mode & 07777);
	return fd;
}

/* @ret: what it was before that. */
static int open_dir(struct sweep *s, const char *path, struct stat *ret)
{
	_cleanup_fd_ int fd = sweep_open(s->guard, path, O_RDONLY | O_DIRECTORY);

	if (fd < 0)
		return errno == EACCES ? open_closed(s, path, ret) : -1;
	return fstat(fd, ret) < 0 ? -1 : take_fd(&fd);
}

static void look_at_links(struct sweep *s, const struct spot *spot, char *buffer)
{
	long n;

	if (lseek(spot->fd, 0, SEEK_SET) < 0)
		return;
	while ((n = syscall(SYS_getdents64, spot->fd, buffer, ENTRIES)) > 0) {
		for (long at = 0; at < n;) {
			const struct entry *entry =
				(const struct entry *)(const void *)(buffer + at);

			at += entry->len;
			if (entry->type == DT_LNK || entry->type == DT_UNKNOWN)
				sweep_link_in_git(s, spot, entry->name);
		}
	}
	if (n < 0)
		sweep_unseen(s, spot->path, strerror(errno));
}

/* All that is below a directory of git's, but objects, which it makes and renames. */
static void mark_below(const struct spot *spot, struct pending *pending, size_t from)
{
	for (size_t i = from; i < pending->len; i++)
		pending->list[i].in_git =
			spot->in_git ||
			strcmp(path_last(pending->list[i].path), "objects") != 0;
}

static void look_at_dir(struct sweep *s, const struct subject *subject, bool top,
			char *buffer, struct pending *pending)
{
	const char *path = subject->path;
	struct spot spot = { .path = path, .in_git = subject->in_git };
	const size_t before = pending->len;
	_cleanup_fd_ int fd = open_dir(s, path, &spot.st);
	unsigned signs;

	spot.fd = fd;
	if (fd < 0) {
		if (errno != ENOENT)
			sweep_unseen(s, path, strerror(errno));
		return;
	}
	signs = list_spot(s, &spot, buffer, pending);
	/* nobody gets at what is in it, unless its mode is changed first */
	if (s->end->ids < 0 && spot.st.st_uid == getuid() &&
	    !(spot.st.st_mode & S_IXUSR)) {
		pending->len = before;
		if ((signs & SIGN_ANY) && sweep_changed(s, fd, &spot.st))
			sweep_unseen(s, path, strerror(EACCES));
		return;
	}
	if (signs & (SIGN_GIT | SIGN_HG | SIGN_JJ))
		all_rows(s, &spot, GUARD_ANY);
	if ((top && (signs & (SIGN_TOP | SIGN_ODD))) ||
	    (signs & (SIGN_GIT | SIGN_HG | SIGN_JJ | SIGN_SVN)))
		all_rows(s, &spot, GUARD_TOP);
	look_at_repository(s, &spot, signs);
	if (!spot.in_git && !git_writes(&spot, signs))
		return;
	look_at_links(s, &spot, buffer);
	mark_below(&spot, pending, before);
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
			const struct subject subject = pending.list[--pending.len];

			patience_look(s->end->patience);
			look_at_dir(s, &subject, subject.path == dir, buffer, &pending);
		}
		if (pending.len > 0)
			sweep_unseen(s, dir, "there are too many directories in it");
		pending.len = 0;
	}
	free(pending.list);
	free(buffer);
}
