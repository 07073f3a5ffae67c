/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* leaf.c - the leaves of sandboxes in a cgroup: made, locked, put away; see
 * leaf.h */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "box/cgroup/leaf.h"

#define PREFIX "sbox-"
#define NUMBER_LEN 16 /* in hexadecimal, by chance */
#define NAME_LEN (sizeof PREFIX - 1 + NUMBER_LEN)
#define SUPERVISOR ".supervisor"
#define END_MS 10000 /* for processes that were killed to be gone */
#define ENDING ((mode_t)S_ISVTX)

/* ------------------------------------------------------------------ names */

void cgroup_name(uint64_t number, char ret[CGROUP_NAME_MAX])
{
	(void)snprintf(ret, CGROUP_NAME_MAX, PREFIX "%0*llx", NUMBER_LEN,
		       (unsigned long long)number);
}

void cgroup_part_name(const char *name, enum cgroup_part part, char ret[CGROUP_NAME_MAX])
{
	(void)snprintf(ret, CGROUP_NAME_MAX, "%.*s%s", (int)NAME_LEN, name,
		       part == CGROUP_SUPERVISOR ? SUPERVISOR : "");
}

/* Of exactly the form that we give: what people call theirs is not. */
static bool made_by_sbox(const char *name)
{
	const char *number = name + sizeof PREFIX - 1, *tail = name + NAME_LEN;

	return strncmp(name, PREFIX, sizeof PREFIX - 1) == 0 &&
	       strspn(number, "0123456789abcdef") == NUMBER_LEN &&
	       (*tail == '\0' || strcmp(tail, SUPERVISOR) == 0);
}

/* ------------------------------------------------------------ directories */

static void a_moment(void)
{
	const struct timespec ms = { .tv_nsec = 1000000 };

	(void)nanosleep(&ms, NULL);
}

/* Closed to others, who could lock it as well. */
static int open_leaf(int dir, const char *name)
{
	_cleanup_fd_ int fd =
		openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0)
		return -1;
	return take_fd(&fd);
}

static bool is_named(int dir, const char *name, int fd)
{
	struct stat named, opened;

	return fstatat(dir, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstat(fd, &opened) == 0 && named.st_ino == opened.st_ino;
}

/* Between its making and its lock another sbox may take it for stale. */
int cgroup_make_leaf(int dir, const char *name, struct error *err)
{
	_cleanup_fd_ int fd = -1;

	for (int tries = 0; tries < 100; tries++) {
		if (mkdirat(dir, name, 0700) < 0 && errno != EEXIST)
			return error_sys(err, "cannot make the cgroup %s", name);
		fd_closep(&fd);
		fd = open_leaf(dir, name);
		/* which may have said that it is ending */
		if (fd >= 0 && fchmod(fd, 0700) == 0 && is_named(dir, name, fd))
			return take_fd(&fd);
		a_moment();
	}
	return error_set(err, "cannot make the cgroup %s: it vanishes", name);
}

/* Each directory in @dir, until @each says other than 0. -1: they cannot be listed. */
static int for_each_child(int dir,
			  int (*each)(int dir, const struct dirent *entry, void *data),
			  void *data)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	int ret = 0;

	if (!list) {
		fd_closep(&fd);
		return -1;
	}
	while (ret == 0 && (entry = readdir(list)))
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
			ret = each(dir, entry, data);
	(void)closedir(list);
	return ret;
}

static int remove_tree(int dir, const char *name);

static int remove_child(int dir, const struct dirent *entry, void *data)
{
	(void)data;
	return remove_tree(dir, entry->d_name);
}

/*
 * With what a command that may mount has made below; how deep that can be is limited. A
 * cgroup is busy for a moment after its last process was reaped.
 */
static int remove_tree(int dir, const char *name)
{
	_cleanup_fd_ int fd =
		openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int ret;

	if (fd >= 0)
		(void)for_each_child(fd, remove_child, NULL);
	ret = unlinkat(dir, name, AT_REMOVEDIR);

	for (int ms = 0; ret < 0 && errno == EBUSY && ms < 1000; ms++) {
		a_moment();
		ret = unlinkat(dir, name, AT_REMOVEDIR);
	}
	return ret;
}

static int64_t now_ms(void)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000) + ts.tv_nsec / 1000000;
}

int64_t cgroup_read_number(int leaf, const char *file, const char *key)
{
	struct arena arena = { 0 };
	int64_t number = LIMIT_NONE;
	char *text = NULL, *line = NULL;

	if (io_read_file(leaf, file, CGROUP_FILE_MAX, &arena, &text) == 0)
		line = text;
	while (key && line &&
	       (strncmp(line, key, strlen(key)) != 0 || line[strlen(key)] != ' ')) {
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	if (line && *line)
		number = strtoll(line + (key ? strlen(key) : 0), NULL, 10);
	arena_done(&arena);
	return number;
}

bool cgroup_kill_all(int leaf, struct patience *patience)
{
	_cleanup_fd_ int events = openat(leaf, "cgroup.events", O_RDONLY | O_CLOEXEC);
	struct pollfd change = { events, POLLPRI, 0 }; /* cgroups(7): of any change */
	int64_t end = now_ms() + END_MS;

	(void)io_write_file(leaf, "cgroup.kill", "1");
	while (cgroup_read_number(leaf, "cgroup.events", "populated") == 1) {
		if (now_ms() >= end)
			return false;
		(void)poll(&change, 1, 50);
		patience_look(patience);
	}
	return true;
}

/* ------------------------------------------------------------ controllers */

static const struct {
	unsigned bit;
	const char *add, *drop;
	const char *mark; /* on the cgroup: it was off, and sandboxes have turned it on */
} leaf_switches[] = { { CGROUP_MEMORY, "+memory", "-memory", "user.sbox.memory" },
		      { CGROUP_PIDS, "+pids", "-pids", "user.sbox.pids" },
		      { CGROUP_CPU, "+cpu", "-cpu", "user.sbox.cpu" } };

static unsigned given(int dir)
{
	struct arena arena = { 0 };
	char *text = NULL;
	unsigned bits = 0;

	if (io_read_file(dir, "cgroup.subtree_control", CGROUP_FILE_MAX, &arena, &text) ==
	    0)
		bits = cgroup_controllers(text);
	arena_done(&arena);
	return bits;
}

int cgroup_give(int dir, unsigned controllers, struct error *err)
{
	unsigned before = given(dir);

	for (size_t i = 0; i < CGROUP_CONTROLLERS; i++) {
		if (!(controllers & leaf_switches[i].bit))
			continue;
		/* what bears no mark stays on: that harms no limit */
		if (!(before & leaf_switches[i].bit))
			(void)fsetxattr(dir, leaf_switches[i].mark, "", 0, 0);
		/* also what was on, so that the kernel itself says that it is there */
		if (io_write_file(dir, "cgroup.subtree_control", leaf_switches[i].add) <
		    0)
			return error_sys(err, "cannot enable the controller %s",
					 leaf_switches[i].add + 1);
	}
	return 0;
}

static void take_back(int dir)
{
	for (size_t i = 0; i < CGROUP_CONTROLLERS; i++)
		if (fgetxattr(dir, leaf_switches[i].mark, NULL, 0) >= 0 &&
		    io_write_file(dir, "cgroup.subtree_control", leaf_switches[i].drop) ==
			    0)
			(void)fremovexattr(dir, leaf_switches[i].mark);
}

/* Whether the child may have limits, which would go with the controllers. */
static int may_need(int dir, const struct dirent *entry, void *data)
{
	const struct cgroup *c = data;
	struct stat st;

	if (entry->d_ino == c->branch)
		return 0;
	if (!made_by_sbox(entry->d_name))
		return 1;
	return strncmp(entry->d_name, c->name, NAME_LEN) != 0 &&
	       fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       !(st.st_mode & ENDING);
}

/* ----------------------------------------------------------------- the end */

static int take_part(int dir, const char *name, enum cgroup_part part, int *fd)
{
	char part_name[CGROUP_NAME_MAX];

	cgroup_part_name(name, part, part_name);
	if (*fd < 0)
		*fd = open_leaf(dir, part_name);
	return *fd >= 0 || errno == ENOENT ? 0 : -1;
}

int cgroup_take_leaves(struct cgroup *c)
{
	return take_part(c->dir, c->name, CGROUP_SUPERVISOR, &c->supervisor) < 0 ||
			       take_part(c->dir, c->name, CGROUP_LEAF, &c->leaf) < 0
		       ? -1
		       : 0;
}

/*
 * Back to where we came from: all that is in the supervisor's leaf, the keeper included.
 * That is not possible as long as there are controllers.
 */
static int move_back(const struct cgroup *c)
{
	struct arena arena = { 0 };
	char *text = NULL, *rest, *pid;
	int ret = io_read_file(c->supervisor, "cgroup.procs", CGROUP_FILE_MAX, &arena,
			       &text);

	if (ret == 0)
		for (pid = strtok_r(text, "\n", &rest); pid;
		     pid = strtok_r(NULL, "\n", &rest))
			if (io_write_file(c->dir, "cgroup.procs", pid) < 0 &&
			    errno != ESRCH)
				ret = -1;
	arena_done(&arena);
	return ret;
}

/* Says to whoever comes now that the controllers may go; false: it could not see that. */
static bool announce(const struct cgroup *c, enum cgroup_part part, int leaf)
{
	char name[CGROUP_NAME_MAX];

	cgroup_part_name(c->name, part, name);
	return leaf >= 0 && fchmod(leaf, 0700 | ENDING) == 0 &&
	       is_named(c->dir, name, leaf);
}

void cgroup_put_away(const struct cgroup *c)
{
	char supervisor[CGROUP_NAME_MAX];
	bool leaf, above;

	if (c->leaf >= 0 && !cgroup_kill_all(c->leaf, NULL))
		return; /* its limits hold on */
	leaf = announce(c, CGROUP_LEAF, c->leaf);
	above = announce(c, CGROUP_SUPERVISOR, c->supervisor);
	if ((leaf || above) && for_each_child(c->dir, may_need, (void *)c) == 0)
		take_back(c->dir);
	cgroup_part_name(c->name, CGROUP_SUPERVISOR, supervisor);
	if (c->supervisor >= 0 && move_back(c) == 0)
		(void)remove_tree(c->dir, supervisor);
	if (c->leaf >= 0)
		(void)remove_tree(c->dir, c->name);
}

/* ------------------------------------------------------------ what is stale */

/* Whether @name is what we are in. */
static bool is_around(const struct cgroup *us, const char *name)
{
	struct stat st;

	return fstatat(us->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_ino == us->branch;
}

/* 1: its supervisor is there still. */
static int sweep_leaf(int dir, const struct dirent *entry, void *data)
{
	const struct cgroup *us = data;
	struct cgroup stale = { .leaf = -1, .supervisor = -1 };
	char supervisor[CGROUP_NAME_MAX];
	struct stat st;

	if (!made_by_sbox(entry->d_name) ||
	    strncmp(entry->d_name, us->name, NAME_LEN) == 0)
		return 0;
	stale.dir = dir;
	stale.branch = us->branch;
	cgroup_part_name(entry->d_name, CGROUP_LEAF, stale.name);
	cgroup_part_name(entry->d_name, CGROUP_SUPERVISOR, supervisor);
	if (is_around(us, stale.name) || is_around(us, supervisor))
		return 0;
	if (cgroup_take_leaves(&stale) == 0) {
		if (stale.supervisor >= 0)
			(void)cgroup_kill_all(stale.supervisor, NULL);
		cgroup_put_away(&stale);
	}
	fd_closep(&stale.leaf);
	fd_closep(&stale.supervisor);
	return fstatat(dir, supervisor, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

int cgroup_sweep(const struct cgroup *us)
{
	return for_each_child(us->dir, sweep_leaf, (void *)us) > 0 ? -1 : 0;
}

static int is_ending(int dir, const struct dirent *entry, void *data)
{
	const struct cgroup *us = data;
	struct stat st;

	return made_by_sbox(entry->d_name) &&
	       strncmp(entry->d_name, us->name, NAME_LEN) != 0 &&
	       fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       (st.st_mode & ENDING);
}

int cgroup_wait_ending(const struct cgroup *us, struct error *err)
{
	int64_t end = now_ms() + END_MS;
	int ending;

	while ((ending = for_each_child(us->dir, is_ending, (void *)us)) > 0) {
		if (now_ms() >= end)
			return error_set(err, "a sandbox there comes to no end");
		a_moment();
		(void)cgroup_sweep(us); /* it may be killed meanwhile */
	}
	return ending < 0 ? error_sys(err, "cannot list the cgroups there") : 0;
}
