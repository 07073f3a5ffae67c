/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cgroup.c - make, measure and remove the sandbox's own cgroup; see cgroup.h */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "box/cgroup.h"

#define PREFIX "sbox-"
#define NUMBER_LEN 16 /* in hexadecimal, by chance */
#define SUPERVISOR ".supervisor"
#define END_MS 10000 /* for processes that were killed to be gone */
#define CPU_PERIOD 100000
#define DEPTH_MAX 16 /* of what a sandbox can make in its own */
#define DESCENDANTS_MAX 1000
#define FILE_MAX ((size_t)65536)

/* ------------------------------------------------------------ directories */

static const struct {
	unsigned bit;
	const char *add, *drop;
} switches[] = { { CGROUP_MEMORY, "+memory", "-memory" },
		 { CGROUP_PIDS, "+pids", "-pids" },
		 { CGROUP_CPU, "+cpu", "-cpu" } };

static unsigned given(int dir)
{
	struct arena arena = { 0 };
	char *text = NULL;
	unsigned bits = 0;

	if (io_read_file(dir, "cgroup.subtree_control", FILE_MAX, &arena, &text) == 0)
		bits = cgroup_controllers(text);
	arena_done(&arena);
	return bits;
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

/* @name must be new; between its making and its lock another sbox may take it for stale.
 */
static int make_leaf(int dir, const char *name, struct error *err)
{
	_cleanup_fd_ int fd = -1;
	struct stat named, opened;

	for (int tries = 0; tries < 100; tries++) {
		if (mkdirat(dir, name, 0700) < 0 && errno != EEXIST)
			return error_sys(err, "cannot make the cgroup %s", name);
		fd_closep(&fd);
		fd = open_leaf(dir, name);
		if (fd < 0)
			continue;
		if (fstatat(dir, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
		    fstat(fd, &opened) == 0 && named.st_ino == opened.st_ino)
			return take_fd(&fd);
	}
	return error_set(err, "cannot make the cgroup %s: it vanishes", name);
}

/* Each directory in @dir, until @each says other than 0. */
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
		return 0;
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
	const struct timespec moment = { .tv_nsec = 1000000 };
	_cleanup_fd_ int fd =
		openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int ret;

	if (fd >= 0)
		(void)for_each_child(fd, remove_child, NULL);
	ret = unlinkat(dir, name, AT_REMOVEDIR);

	for (int ms = 0; ret < 0 && errno == EBUSY && ms < 1000; ms++) {
		(void)nanosleep(&moment, NULL);
		ret = unlinkat(dir, name, AT_REMOVEDIR);
	}
	return ret;
}

static int other_than(int dir, const struct dirent *entry, void *data)
{
	(void)dir;
	return strcmp(entry->d_name, data) != 0;
}

/* ----------------------------------------------------------------- the end */

static int64_t now_ms(void)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000) + ts.tv_nsec / 1000000;
}

/* The number behind "@key " in @file, or of all of it without @key. */
static int64_t read_number(int leaf, const char *file, const char *key)
{
	struct arena arena = { 0 };
	int64_t number = LIMIT_NONE;
	char *text = NULL, *line = NULL;

	if (io_read_file(leaf, file, FILE_MAX, &arena, &text) == 0)
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

/*
 * Kills whatever is in it, frozen or stopped or forking, and waits until it is empty.
 * The file tells of a change by POLLPRI.
 */
static void kill_all(int leaf)
{
	_cleanup_fd_ int events = openat(leaf, "cgroup.events", O_RDONLY | O_CLOEXEC);
	struct pollfd change = { events, POLLPRI, 0 };
	int64_t end = now_ms() + END_MS;

	(void)io_write_file(leaf, "cgroup.kill", "1");
	while (read_number(leaf, "cgroup.events", "populated") == 1 && now_ms() < end)
		(void)poll(&change, 1, 50);
}

/* Of exactly the form that cgroup_make() gives: what people call theirs is not. */
static bool made_by_sbox(const char *name)
{
	const char *number = name + sizeof PREFIX - 1, *tail = number + NUMBER_LEN;

	return strncmp(name, PREFIX, sizeof PREFIX - 1) == 0 &&
	       strspn(number, "0123456789abcdef") == NUMBER_LEN &&
	       (*tail == '\0' || strcmp(tail, SUPERVISOR) == 0);
}

/*
 * What an sbox has left that was killed together with its keeper; never what we are in.
 * -1: a supervisor lives here: it will take the controllers away when it ends, and our
 * limits with them.
 */
static int sweep(int dir, const struct dirent *entry, void *data)
{
	const struct cgroup *us = data;
	const char *name = entry->d_name;
	_cleanup_fd_ int fd = -1;

	if (!made_by_sbox(name) || entry->d_ino == us->branch)
		return 0;
	fd = open_leaf(dir, name);
	if (fd >= 0) {
		kill_all(fd);
		if (remove_tree(dir, name) == 0)
			return 0;
	}
	return strchr(name, '.') ? -1 : 0;
}

/* Back to where we came from: all that is in the supervisor's leaf, the keeper included.
 */
static void move_back(const struct cgroup *c)
{
	struct arena arena = { 0 };
	char *text = NULL, *rest, *pid;

	if (io_read_file(c->supervisor, "cgroup.procs", FILE_MAX, &arena, &text) == 0)
		for (pid = strtok_r(text, "\n", &rest); pid;
		     pid = strtok_r(NULL, "\n", &rest))
			(void)io_write_file(c->dir, "cgroup.procs", pid);
	arena_done(&arena);
}

/* In the keeper, or, without one, in the supervisor. What fails is for the next sbox. */
static void put_away(const struct cgroup *c)
{
	char supervisor[CGROUP_NAME_MAX + sizeof SUPERVISOR];

	if (c->leaf >= 0) {
		kill_all(c->leaf);
		(void)remove_tree(c->dir, c->name);
	}
	if (c->supervisor < 0)
		return;
	(void)snprintf(supervisor, sizeof supervisor, "%s" SUPERVISOR, c->name);
	/* whoever else has got a cgroup here by now would lose its limits */
	if (for_each_child(c->dir, other_than, supervisor) != 0)
		return;
	for (size_t i = 0; i < CGROUP_CONTROLLERS; i++)
		if (c->enabled & switches[i].bit)
			(void)io_write_file(c->dir, "cgroup.subtree_control",
					    switches[i].drop);
	move_back(c);
	(void)remove_tree(c->dir, supervisor);
}

/* -------------------------------------------------------------- the keeper */

static int by_value(const void *a, const void *b)
{
	const int *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* What our caller has open must not be held open by the keeper. */
static void close_others(int *keep, size_t len)
{
	unsigned from = 0;

	qsort(keep, len, sizeof *keep, by_value);
	for (size_t i = 0; i < len; i++) {
		if (keep[i] > (int)from)
			(void)close_range(from, (unsigned)keep[i] - 1, 0);
		if (keep[i] >= 0)
			from = (unsigned)keep[i] + 1;
	}
	(void)close_range(from, ~0U, 0);
}

/* It can be ended by SIGKILL only, and no terminal has a say. */
static _Noreturn void keeper_main(struct cgroup *c, int dead)
{
	int keep[] = { c->dir, c->leaf, c->supervisor, dead };
	sigset_t all;
	char byte;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	(void)setsid();
	(void)!chdir("/"); /* it is in nobody's way there */
	(void)prctl(PR_SET_NAME, "sbox-keeper", 0, 0, 0);
	close_others(keep, sizeof keep / sizeof keep[0]);
	while (read(dead, &byte, 1) < 0 && errno == EINTR)
		;
	put_away(c);
	_exit(0);
}

static int start_keeper(struct cgroup *c, struct error *err)
{
	int pipe[2];

	if (pipe2(pipe, O_CLOEXEC) < 0)
		return error_sys(err, "pipe");
	c->keeper = fork();
	if (c->keeper == 0)
		keeper_main(c, pipe[0]);
	(void)close(pipe[0]);
	c->alive = pipe[1];
	if (c->keeper > 0)
		return 0;
	c->keeper = 0;
	return error_sys(err, "fork");
}

/* --------------------------------------------------------------- the start */

static int move_into(struct cgroup *c, struct error *err)
{
	char name[CGROUP_NAME_MAX + sizeof SUPERVISOR];

	(void)snprintf(name, sizeof name, "%s" SUPERVISOR, c->name);
	c->supervisor = make_leaf(c->dir, name, err);
	if (c->supervisor < 0)
		return -1;
	if (io_write_file(c->supervisor, "cgroup.procs", "0") < 0)
		return error_sys(err, "cannot move into the cgroup %s", name);
	return 0;
}

static int enable(struct cgroup *c, unsigned controllers, struct error *err)
{
	unsigned before = given(c->dir);

	c->enabled = controllers & ~before;
	/* all of them, so that the kernel itself says that they are there now */
	for (size_t i = 0; i < CGROUP_CONTROLLERS; i++)
		if ((controllers & switches[i].bit) &&
		    io_write_file(c->dir, "cgroup.subtree_control", switches[i].add) < 0)
			return error_sys(err, "cannot enable the controller %s",
					 switches[i].add + 1);
	return 0;
}

static int limit(int leaf, const char *file, int64_t value, struct error *err)
{
	char text[24];

	if (value == LIMIT_NONE)
		return 0;
	(void)snprintf(text, sizeof text, "%lld", (long long)value);
	return io_write_file(leaf, file, text) < 0
		       ? error_sys(err, "cannot write %s to %s", text, file)
		       : 0;
}

/* All of the sandbox goes at once, or a part of it would work on with the rest missing.
 */
static int write_limits(int leaf, const struct plan_cgroup *plan, struct error *err)
{
	char text[64];

	if (limit(leaf, "memory.max", plan->memory, err) < 0 ||
	    limit(leaf, "memory.swap.max", plan->swap, err) < 0 ||
	    limit(leaf, "pids.max", plan->pids, err) < 0 ||
	    ((plan->controllers & CGROUP_MEMORY) &&
	     limit(leaf, "memory.oom.group", 1, err) < 0))
		return -1;
	if (plan->cpu == LIMIT_NONE)
		return 0;
	(void)snprintf(text, sizeof text, "%" PRId64 " %d",
		       plan->cpu * (CPU_PERIOD / 100), CPU_PERIOD);
	return io_write_file(leaf, "cpu.max", text) < 0
		       ? error_sys(err, "cannot write %s to cpu.max", text)
		       : 0;
}

/* Where the sandbox lives, below its limits: see cgroup.h. */
static int make_box(int leaf, struct error *err)
{
	int fd = -1;

	if (limit(leaf, "cgroup.max.depth", DEPTH_MAX, err) < 0 ||
	    limit(leaf, "cgroup.max.descendants", DESCENDANTS_MAX, err) < 0)
		return -1;
	if (mkdirat(leaf, "box", 0700) == 0)
		fd = openat(leaf, "box", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? error_sys(err, "cannot make the cgroup box") : fd;
}

static int fill(struct cgroup *c, const struct host_cgroup *host,
		const struct plan_cgroup *plan, struct error *err)
{
	if (host->move && move_into(c, err) < 0)
		return -1;
	if (enable(c, plan->controllers, err) < 0)
		return -1;
	c->leaf = make_leaf(c->dir, c->name, err);
	if (c->leaf < 0 || write_limits(c->leaf, plan, err) < 0)
		return -1;
	c->box = make_box(c->leaf, err);
	if (c->box < 0)
		return -1;
	return host->scope ? 0 : start_keeper(c, err);
}

/* The child of @dir that we are in, by its inode; 0: we are in @dir itself. */
static int find_branch(struct arena *arena, const char *dir, uint64_t *ret,
		       struct error *err)
{
	const char *own = cgroup_own_path(arena);
	size_t len = strlen(dir);
	struct stat st = { 0 };

	own = arena_printf(arena, "/sys/fs/cgroup%s", own ? own : " (unknown)");
	if (strncmp(own, dir, len) != 0 || (own[len] != '\0' && own[len] != '/'))
		return error_set(err, "sbox is not in %s any more", dir);
	if (own[len] == '/') {
		len += 1 + strcspn(own + len + 1, "/");
		own = arena_strndup(arena, own, len);
		if (stat(own, &st) < 0)
			return error_sys(err, "%s", own);
	}
	*ret = st.st_ino;
	return 0;
}

static int open_dir(struct arena *arena, struct cgroup *c, const struct host_cgroup *host,
		    struct error *err)
{
	const char *dir = host->dir;

	if (host->scope) {
		if (cgroup_scope_enter(arena, c->name, err) < 0)
			return -1;
		dir = cgroup_own_path(arena);
		dir = arena_printf(arena, "/sys/fs/cgroup%s", dir ? dir : "");
	}
	c->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c->dir < 0)
		return error_sys(err, "%s", dir);
	if (host->scope)
		return 0;
	if (find_branch(arena, dir, &c->branch, err) < 0)
		return -1;
	if (for_each_child(c->dir, sweep, c) < 0)
		return error_set(err, "another sbox has made room for itself in %s", dir);
	return 0;
}

static void close_all(struct cgroup *c)
{
	fd_closep(&c->dir);
	fd_closep(&c->leaf);
	fd_closep(&c->box);
	fd_closep(&c->supervisor);
	fd_closep(&c->alive);
	*c = (struct cgroup)CGROUP_INIT;
}

int cgroup_make(const struct host_cgroup *host, const struct plan_cgroup *plan,
		struct cgroup *ret, struct error *err)
{
	struct cgroup c = CGROUP_INIT;
	struct arena arena = { 0 };
	uint64_t random = 0;
	int status;

	if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
		return error_sys(err, "getrandom");
	(void)snprintf(c.name, sizeof c.name, PREFIX "%0*llx", NUMBER_LEN,
		       (unsigned long long)random);
	status = open_dir(&arena, &c, host, err);
	if (status == 0)
		status = fill(&c, host, plan, err);
	arena_done(&arena);
	if (status < 0) {
		put_away(&c);
		close_all(&c);
		return error_wrap(err, "%s", host->place);
	}
	*ret = c;
	return 0;
}

static void measure(int leaf, struct cgroup_usage *ret)
{
	*ret = (struct cgroup_usage){
		.memory_peak = read_number(leaf, "memory.peak", NULL),
		.pids_peak = read_number(leaf, "pids.peak", NULL),
		.user = read_number(leaf, "cpu.stat", "user_usec"),
		.system = read_number(leaf, "cpu.stat", "system_usec"),
		.oom_kills = read_number(leaf, "memory.events", "oom_kill"),
	};
}

void cgroup_end(struct cgroup *c, struct cgroup_usage *ret)
{
	int status = -1;

	if (c->leaf < 0)
		return;
	kill_all(c->leaf);
	measure(c->leaf, ret);
	fd_closep(&c->alive);
	c->alive = -1;
	if (c->keeper > 0)
		while (waitpid(c->keeper, &status, 0) < 0 && errno == EINTR)
			;
	if (status != 0) /* there was none, or somebody has killed it */
		put_away(c);
	close_all(c);
}
