/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* userns.c - write the id maps of a user namespace; see userns.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/strbuf.h"
#include "box/fence/userns.h"

#define ARGS_MAX (2 + 3 * MAP_LINES_MAX + 1)
#define OUTPUT_MAX 400

static void map_text(const struct id_map *map, char *text, size_t size)
{
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < map->len && len < size; i++)
		len += (size_t)snprintf(text + len, size - len, "%lld %lld %lld\n",
					(long long)map->range[i].inside,
					(long long)map->range[i].outside,
					(long long)map->range[i].count);
}

static int write_proc(int procfd, pid_t pid, const char *name, const char *text,
		      struct error *err)
{
	char path[64];

	(void)snprintf(path, sizeof path, "%d/%s", (int)pid, name);
	if (io_write_file(procfd, path, text) < 0)
		return error_sys(err, "cannot write %s", name);
	return 0;
}

int userns_map_self(int procfd, pid_t pid, const struct id_maps *maps, struct error *err)
{
	char uid[MAP_LINES_MAX * 64], gid[MAP_LINES_MAX * 64];

	map_text(&maps->uid, uid, sizeof uid);
	map_text(&maps->gid, gid, sizeof gid);
	if (write_proc(procfd, pid, "uid_map", uid, err) < 0 ||
	    write_proc(procfd, pid, "setgroups", "deny", err) < 0 ||
	    write_proc(procfd, pid, "gid_map", gid, err) < 0)
		return -1;
	return 0;
}

/* Whether the next number at *p is @want; moves behind it. */
static bool next_is(char **p, int64_t want)
{
	char *start = *p;

	return strtoll(start, p, 10) == want && *p != start;
}

/* Whether the kernel's map is the one that was asked for; its lines have columns. */
static int verify(pid_t pid, const char *name, const struct id_map *map,
		  struct error *err)
{
	struct arena arena = { 0 };
	char path[64], *text = NULL, *p;
	bool same;

	(void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	same = io_read_file(AT_FDCWD, path, 4096, &arena, &text) == 0;
	p = text;
	for (size_t i = 0; same && i < map->len; i++)
		same = next_is(&p, map->range[i].inside) &&
		       next_is(&p, map->range[i].outside) &&
		       next_is(&p, map->range[i].count);
	same = same && p[strspn(p, " \n")] == '\0';
	arena_done(&arena);
	return same ? 0 : error_set(err, "%s is not what was asked for", name);
}

struct helper {
	const char *path, *name;
	const struct id_map *map;
	pid_t pid;
	int output; /* what it says */
};

/* "PROCESS INSIDE OUTSIDE COUNT ..."; the texts are in @numbers. */
static void make_argv(const struct helper *helper, pid_t target,
		      char numbers[ARGS_MAX][24], char *argv[ARGS_MAX + 1])
{
	size_t n = 1;

	argv[0] = (char *)helper->name;
	(void)snprintf(numbers[n++], sizeof numbers[0], "%d", (int)target);
	for (size_t i = 0; i < helper->map->len; i++) {
		const struct id_range *r = &helper->map->range[i];
		const int64_t values[] = { r->inside, r->outside, r->count };

		for (size_t k = 0; k < 3; k++)
			(void)snprintf(numbers[n++], sizeof numbers[0], "%lld",
				       (long long)values[k]);
	}
	for (size_t i = 1; i < n; i++)
		argv[i] = numbers[i];
	argv[n] = NULL;
}

/*
 * With nothing but its arguments, a constant environment and descriptors 0 to 2. The
 * library's call does not copy our memory, as fork(2) does. Returns an errno, or 0.
 */
static int spawn(struct helper *helper, char *const *argv, int output)
{
	static const char *const env[] = { "PATH=/usr/bin:/bin", "LC_ALL=C", NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none;
	int status;

	(void)sigemptyset(&none);
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawnattr_init(&attr);
	status = posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
	if (status == 0)
		status = posix_spawnattr_setsigmask(&attr, &none);
	for (int fd = STDOUT_FILENO; status == 0 && fd <= STDERR_FILENO; fd++)
		status = posix_spawn_file_actions_adddup2(&actions, output, fd);
	if (status == 0)
		status = posix_spawn(&helper->pid, helper->path, &actions, &attr, argv,
				     (char *const *)env);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)posix_spawnattr_destroy(&attr);
	return status;
}

static int start_helper(struct helper *helper, pid_t target, struct error *err)
{
	char numbers[ARGS_MAX][24], *argv[ARGS_MAX + 1];
	_cleanup_fd_ int output = -1;
	int fds[2], status;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_sys(err, "pipe");
	helper->output = fds[0];
	output = fds[1];
	make_argv(helper, target, numbers, argv);
	status = spawn(helper, argv, output);
	if (status == 0)
		return 0;
	helper->pid = -1;
	errno = status;
	return error_sys(err, "cannot run %s", helper->path);
}

static int finish_helper(struct helper *helper, struct error *err)
{
	char said[OUTPUT_MAX + 1];
	size_t len = 0;
	ssize_t n;
	int status = -1;

	if (helper->pid <= 0)
		return -1;
	while (len < OUTPUT_MAX &&
	       (n = read(helper->output, said + len, OUTPUT_MAX - len)) > 0)
		len += (size_t)n;
	while (len > 0 && said[len - 1] == '\n')
		len--;
	said[len] = '\0';
	while (waitpid(helper->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status == 0)
		return 0;
	return error_set(
		err,
		"%s failed%s%s (is it setuid root, and does /etc/sub%cid give the "
		"caller these ids?)",
		helper->path, len ? ": " : "", said, helper->name[3]);
}

int userns_map_helpers(pid_t pid, const struct id_maps *maps, const struct host *host,
		       struct error *err)
{
	struct helper helpers[] = {
		{ host->newuidmap, "newuidmap", &maps->uid, -1, -1 },
		{ host->newgidmap, "newgidmap", &maps->gid, -1, -1 },
	};
	struct error second = { 0 };
	int failed = 0;
	_cleanup_fd_ int procfd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (procfd < 0)
		return error_sys(err, "/proc");
	if (write_proc(procfd, pid, "setgroups", "deny", err) < 0)
		return -1;
	for (size_t i = 0; i < 2 && !failed; i++)
		failed = start_helper(&helpers[i], pid, err) < 0;
	for (size_t i = 0; i < 2; i++) {
		if (helpers[i].pid > 0 &&
		    finish_helper(&helpers[i], failed ? &second : err) < 0)
			failed = 1;
		fd_closep(&helpers[i].output);
	}
	if (failed)
		return -1;
	if (verify(pid, "uid_map", &maps->uid, err) < 0 ||
	    verify(pid, "gid_map", &maps->gid, err) < 0)
		return -1;
	return 0;
}
