/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* set.c - a change set on disk; see set.h */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "base/sys.h"
#include "base/tree.h"
#include "changes/about.h"
#include "changes/set-parts.h"
#include "policy/forms.h"

static const char *const state_words[] = {
	[CHANGES_MAKING] = "making",       [CHANGES_RUNNING] = "running",
	[CHANGES_STOPPED] = "stopped",     [CHANGES_COMMITTING] = "committing",
	[CHANGES_COMMITTED] = "committed", [CHANGES_UNDOING] = "undoing",
	[CHANGES_PARTLY] = "partly",
};

#define STATE_WIDTH 16 /* bytes of the file: a word, and newlines */
#define STATES (sizeof state_words / sizeof state_words[0])

const char *changes_state_name(enum changes_state state)
{
	return state_words[state];
}

/* -------------------------------------------------------------------- directories */

int set_check_own(int fd, const char *what, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_sys(err, "%s", what);
	if (st.st_uid != geteuid())
		return error_set(err, "%s is not owned by this user", what);
	if (st.st_mode & 0077)
		return error_set(err, "%s is open to others (mode %04o): chmod 0700",
				 what, (unsigned)st.st_mode & 07777);
	return 0;
}

/* The directory @name below @at, which is the caller's alone; -1 with ENOENT in errnum.
 */
static int open_own(int at, const char *name, const char *what, struct error *err)
{
	_cleanup_fd_ int fd =
		openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
		return error_set(err, "%s is no directory: something else was put there",
				 what);
	if (fd < 0)
		return error_sys(err, "%s", what);
	return set_check_own(fd, what, err) < 0 ? -1 : take_fd(&fd);
}

/* The directory that @path, clean, is in. */
int set_open_parent(const char *path)
{
	char parent[PATH_MAX];
	const char *slash = strrchr(path, '/');
	const size_t len = slash == path ? 1 : (size_t)(slash - path);

	if (len >= sizeof parent) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(parent, path, len);
	parent[len] = '\0';
	return sys_openat2(AT_FDCWD, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC,
			   RESOLVE_NO_SYMLINKS);
}

/* sbox's state directory, which may be a link of the caller's, and those above it. */
static int make_state_dir(const char *path)
{
	char dir[PATH_MAX];
	size_t len = strlen(path);

	if (len >= sizeof dir) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(dir, path, len + 1);
	for (char *slash = dir + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		if (mkdir(dir, 0700) < 0 && errno != EEXIST)
			return -1;
		*slash = '/';
	}
	return mkdir(dir, 0700) < 0 && errno != EEXIST ? -1 : 0;
}

int changes_open_dir(const char *state_dir, bool make, int *ret_dir, struct error *err)
{
	_cleanup_fd_ int state = -1;
	char what[PATH_MAX + 16];

	*ret_dir = -1;
	if (!state_dir)
		return make ? error_set(err, "changes: neither XDG_STATE_HOME nor HOME "
					     "says where to keep them")
			    : 0;
	(void)snprintf(what, sizeof what, "%s/changes", state_dir);
	state = open(state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (state < 0 && errno == ENOENT && make) {
		if (make_state_dir(state_dir) < 0)
			return error_sys(err, "changes: cannot make %s", state_dir);
		state = open(state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	}
	if (state < 0)
		return errno == ENOENT && !make ? 0 : error_sys(err, "%s", state_dir);
	if (make && mkdirat(state, "changes", 0700) < 0 && errno != EEXIST)
		return error_sys(err, "cannot make %s", what);
	*ret_dir = open_own(state, "changes", what, err);
	return *ret_dir < 0 && (make || err->errnum != ENOENT) ? -1 : 0;
}

bool changes_exists(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static int compare_set_names(const void *a, const void *b)
{
	return strverscmp(*(const char *const *)a, *(const char *const *)b);
}

int changes_names(int dir, struct arena *arena, const char *const **ret,
		  struct error *err)
{
	const char **names = NULL;
	const struct dirent *entry;
	size_t len = 0;
	DIR *listed = dir < 0 ? NULL : fdopendir(fcntl(dir, F_DUPFD_CLOEXEC, 3));

	if (dir >= 0 && !listed)
		return error_sys(err, "cannot list the change sets");
	if (listed)
		rewinddir(listed);
	while (listed && (entry = readdir(listed)))
		if (sandbox_name_ok(entry->d_name))
			*(const char **)arena_append(arena, &names, &len, sizeof *names) =
				arena_strdup(arena, entry->d_name);
	if (listed)
		(void)closedir(listed);
	if (len > 0)
		qsort(names, len, sizeof *names, compare_set_names);
	*(const char **)arena_append(arena, &names, &len, sizeof *names) = NULL;
	*ret = names;
	return 0;
}

/* --------------------------------------------------------------------- small files */

/* @name below the set's directory, all of it or as it was before. */
int set_write_file(const struct changes_set *set, const char *name, const char *text,
		   bool sync)
{
	char new[32];
	_cleanup_fd_ int fd = -1;

	(void)snprintf(new, sizeof new, "%s.new", name);
	(void)unlinkat(set->dir, new, 0);
	fd = openat(set->dir, new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	if (fd < 0 || io_write_all(fd, text, strlen(text)) < 0 ||
	    (sync && fsync(fd) < 0) || renameat(set->dir, new, set->dir, name) < 0)
		return -1;
	return sync ? fsync(set->dir) : 0;
}

static int read_set_file(const struct changes_set *set, const char *name, size_t max,
			 struct arena *arena, char **ret)
{
	_cleanup_fd_ int fd =
		openat(set->dir, name,
		       O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	size_t len;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	return io_read_all(fd, max, arena, ret, &len);
}

static int read_state(struct changes_set *set, struct arena *arena, struct error *err)
{
	char *text;

	if (read_set_file(set, "state", 64, arena, &text) < 0) {
		if (errno != ENOENT)
			return error_sys(err, "%s/state", set->path);
		set->state = CHANGES_MAKING;
		return 0;
	}
	text[strcspn(text, "\n")] = '\0';
	for (size_t i = 0; i < STATES; i++) {
		if (strcmp(text, state_words[i]) == 0) {
			set->state = (enum changes_state)i;
			return 0;
		}
	}
	return error_set(err, "%s/state: the file is not as sbox has written it",
			 set->path);
}

/*
 * The word of a run in the place of another, as wide as the widest: nothing is to survive
 * a loss of power that the run itself did not, and it is written twice in each.
 */
static int overwrite_state(const struct changes_set *set, const char *text)
{
	_cleanup_fd_ int fd =
		openat(set->dir, "state", O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -1;
	return pwrite(fd, text, STATE_WIDTH, 0) == STATE_WIDTH ? 0 : -1;
}

int changes_set_state(struct changes_set *set, enum changes_state state,
		      struct error *err)
{
	const bool sync = state >= CHANGES_COMMITTING || set->state >= CHANGES_COMMITTING;
	char text[STATE_WIDTH + 1];

	memset(text, '\n', STATE_WIDTH);
	memcpy(text, state_words[state], strlen(state_words[state]));
	text[STATE_WIDTH] = '\0';
	if ((sync || overwrite_state(set, text) < 0) &&
	    set_write_file(set, "state", text, sync) < 0)
		return error_sys(err, "cannot write %s/state", set->path);
	set->state = state;
	return 0;
}

/* ------------------------------------------------------------------------- opening */

int set_open_dir(const struct changes_home *home, const char *name,
		 struct changes_set *ret, struct error *err)
{
	ret->name = arena_strdup(home->arena, name);
	ret->path = arena_printf(home->arena, "%s/changes/%s", home->state_dir, name);
	ret->layers_path = ret->path;
	ret->dir = open_own(home->dir, name, ret->path, err);
	return ret->dir < 0 ? -1 : 0;
}

int set_lock(struct changes_set *set, struct error *err)
{
	set->lock = openat(set->dir, "lock",
			   O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (set->lock < 0)
		return error_sys(err, "%s/lock", set->path);
	if (flock(set->lock, LOCK_EX | LOCK_NB) == 0) {
		struct stat ours, there;

		/* whoever had it before may have removed the set */
		if (fstat(set->lock, &ours) == 0 &&
		    fstatat(set->dir, "lock", &there, AT_SYMLINK_NOFOLLOW) == 0 &&
		    ours.st_ino == there.st_ino)
			return 0;
		return error_set(err, "the change set \"%s\" was removed just now",
				 set->name);
	}
	return errno == EWOULDBLOCK
		       ? error_set(err,
				   "the change set \"%s\" is in use: a sandbox runs with "
				   "it, or sboxctl works on it",
				   set->name)
		       : error_sys(err, "cannot lock %s/lock", set->path);
}

bool changes_is_locked(int dir, const char *name)
{
	_cleanup_fd_ int set =
		openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_fd_ int lock =
		set < 0 ? -1
			: openat(set, "lock",
				 O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	return lock >= 0 && flock(lock, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

int set_open_layers(struct changes_set *set, struct error *err)
{
	if (!set->about.layers) {
		set->layers = fcntl(set->dir, F_DUPFD_CLOEXEC, 3);
		return set->layers < 0 ? error_sys(err, "%s", set->path) : 0;
	}
	set->layers_path = set->about.layers;
	set->layers = open_own(AT_FDCWD, set->about.layers, set->about.layers, err);
	return set->layers < 0 ? -1 : 0;
}

/* What is there is all of a set, or one that nothing was run with. */
int set_read(struct changes_set *set, struct arena *arena, struct error *err)
{
	const char *file = arena_printf(arena, "%s/run.toml", set->path);
	char *text;

	if (read_state(set, arena, err) < 0)
		return -1;
	if (set->state == CHANGES_MAKING)
		return 0;
	if (read_set_file(set, "run.toml", ABOUT_MAX, arena, &text) < 0)
		return error_sys(err, "%s", file);
	return about_read(arena, file, text, &set->about, err) < 0
		       ? -1
		       : set_open_layers(set, err);
}

int changes_open(const struct changes_home *home, const char *name,
		 struct changes_set *ret, struct error *err)
{
	struct changes_set set = CHANGES_SET_NONE;

	if (home->dir < 0 || !changes_exists(home->dir, name))
		return error_set(
			err,
			"there is no change set \"%s\" (\"sboxctl changes list\" "
			"has their names)",
			name);
	if (set_open_dir(home, name, &set, err) < 0 || set_lock(&set, err) < 0 ||
	    set_read(&set, home->arena, err) < 0) {
		changes_close(&set);
		return -1;
	}
	*ret = set;
	return 0;
}

int changes_open_damaged(const struct changes_home *home, const char *name,
			 struct changes_set *ret, struct error *err)
{
	struct changes_set set = CHANGES_SET_NONE;

	if (set_open_dir(home, name, &set, err) < 0 || set_lock(&set, err) < 0) {
		changes_close(&set);
		return -1;
	}
	set.state = CHANGES_MAKING;
	*ret = set;
	return 0;
}

void changes_close(struct changes_set *set)
{
	fd_closep(&set->layers);
	fd_closep(&set->lock);
	fd_closep(&set->dir);
	*set = (struct changes_set)CHANGES_SET_NONE;
}

int set_note_elsewhere(const struct changes_set *set)
{
	_cleanup_fd_ int above = openat(set->dir, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_fd_ int dir = -1;

	if (above < 0 || (mkdirat(above, CHANGES_ELSEWHERE, 0700) < 0 && errno != EEXIST))
		return -1;
	dir = openat(above, CHANGES_ELSEWHERE,
		     O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0 || (unlinkat(dir, set->name, 0) < 0 && errno != ENOENT))
		return -1;
	return symlinkat(set->about.layers, dir, set->name);
}

static void forget_elsewhere(const struct changes_set *set)
{
	_cleanup_fd_ int above = openat(set->dir, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_fd_ int dir =
		above < 0 ? -1
			  : openat(above, CHANGES_ELSEWHERE,
				   O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (dir >= 0 && unlinkat(dir, set->name, 0) == 0)
		(void)unlinkat(above, CHANGES_ELSEWHERE, AT_REMOVEDIR);
}

int set_remove_layers(const struct changes_set *set, struct error *err)
{
	_cleanup_fd_ int above = -1;

	if (!set->about.layers)
		return 0;
	above = set_open_parent(set->about.layers);
	if (above >= 0 && tree_remove_at(above, path_last(set->about.layers), err) < 0)
		return -1;
	forget_elsewhere(set);
	return 0;
}

int changes_remove(int dir, struct changes_set *set, struct error *err)
{
	return set_remove_layers(set, err) < 0 ? -1 : tree_remove_at(dir, set->name, err);
}

/* -------------------------------------------------------------------------- trees */

static struct layer_name {
	char s[32];
} name_of_layer(size_t n, const char *below)
{
	struct layer_name name;

	(void)snprintf(name.s, sizeof name.s, "%zu/%s", n, below);
	return name;
}

void set_ask_birth(int fd, struct changes_tree *tree)
{
	struct statx stx;

	tree->born = tree->born_nsec = 0;
	if (statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &stx) < 0 ||
	    !(stx.stx_mask & STATX_BTIME))
		return;
	tree->born = stx.stx_btime.tv_sec;
	tree->born_nsec = stx.stx_btime.tv_nsec;
}

bool set_is_born(int fd, const struct changes_tree *tree)
{
	struct changes_tree now;

	if (tree->born == 0)
		return true;
	set_ask_birth(fd, &now);
	return now.born == tree->born && now.born_nsec == tree->born_nsec;
}

int changes_open_tree(const struct changes_set *set, size_t tree, int *ret_lower,
		      int *ret_upper, struct error *err)
{
	const struct changes_tree *t = &set->about.trees[tree];
	_cleanup_fd_ int lower =
		sys_openat2(AT_FDCWD, t->lower, O_PATH | O_DIRECTORY | O_CLOEXEC,
			    RESOLVE_NO_SYMLINKS);
	_cleanup_fd_ int upper = -1;
	struct stat st;

	if (lower < 0 || fstat(lower, &st) < 0)
		return error_sys(err, "%s, which the changes are of", t->lower);
	if (st.st_dev != t->dev || st.st_ino != t->ino || !set_is_born(lower, t))
		return error_set(
			err,
			"%s is not the directory that the changes are of: it was "
			"replaced, or is on another device now",
			t->lower);
	upper = sys_openat2(set->layers, name_of_layer(tree, "up").s,
			    O_RDONLY | O_DIRECTORY | O_CLOEXEC,
			    RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
	if (upper < 0)
		return error_sys(err, "%s/%zu/up", set->layers_path, tree);
	*ret_lower = take_fd(&lower);
	*ret_upper = take_fd(&upper);
	return 0;
}
