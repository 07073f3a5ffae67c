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
#include "base/clock.h"
#include "base/io.h"
#include "base/strbuf.h"
#include "base/sys.h"
#include "box/fence/userns.h"

#define ARGS_MAX (2 + 3 * MAP_LINES_MAX + 1)
#define OUTPUT_MAX 400
#define OTHER_MS 50      /* how often is looked when a signal of another kind waits */
#define HELPERS_MS 10000 /* a directory service may take its time */

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

static int deny_setgroups(int procfd, pid_t pid, const struct id_maps *maps,
			  struct error *err)
{
	return maps->setgroups ? 0 : write_proc(procfd, pid, "setgroups", "deny", err);
}

pid_t userns_number(int procfd, int pidfd)
{
	struct arena arena = { 0 };
	char path[64], *text = NULL, *line;
	long found = -1;

	(void)snprintf(path, sizeof path, "self/fdinfo/%d", pidfd);
	if (io_read_file(procfd, path, 4096, &arena, &text) == 0) {
		line = strstr(text, "Pid:");
		found = line ? strtol(line + 4, NULL, 10) : -1;
	}
	arena_done(&arena);
	return (pid_t)found;
}

int userns_map_self(int procfd, pid_t pid, const struct id_maps *maps, struct error *err)
{
	char uid[MAP_LINES_MAX * 64], gid[MAP_LINES_MAX * 64];

	map_text(&maps->uid, uid, sizeof uid);
	map_text(&maps->gid, gid, sizeof gid);
	if (write_proc(procfd, pid, "uid_map", uid, err) < 0 ||
	    deny_setgroups(procfd, pid, maps, err) < 0 ||
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
	int pidfd;
	int output;   /* what it says */
	int lifeline; /* it is killed when this closes */
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
static int spawn(struct helper *helper, char *const *argv, const int fds[3])
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
	for (int fd = STDIN_FILENO; status == 0 && fd <= STDERR_FILENO; fd++)
		status = posix_spawn_file_actions_adddup2(&actions, fds[fd], fd);
	if (status == 0)
		status = posix_spawn(&helper->pid, helper->path, &actions, &attr, argv,
				     (char *const *)env);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)posix_spawnattr_destroy(&attr);
	return status;
}

/*
 * When no writing end of its pipe is left, the kernel signals who owns @fd, the helper:
 * it is allowed to, as the helper's real user is ours. Nobody else ever reads there.
 */
static int tie_to_us(pid_t pid, int fd, struct error *err)
{
	if (fcntl(fd, F_SETOWN, pid) < 0 || fcntl(fd, F_SETSIG, SIGKILL) < 0 ||
	    fcntl(fd, F_SETFL, O_RDONLY | O_ASYNC) < 0)
		return error_sys(err, "cannot tie a helper's life to ours");
	return 0;
}

static int start_mapper(struct helper *helper, pid_t target, struct error *err)
{
	char numbers[ARGS_MAX][24], *argv[ARGS_MAX + 1];
	_cleanup_fd_ int output = -1, input = -1;
	int fds[2], status;

	/* what does not fit is lost, and holds nobody up */
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return error_sys(err, "pipe");
	helper->output = fds[0];
	output = fds[1];
	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_sys(err, "pipe");
	input = fds[0];
	helper->lifeline = fds[1];
	make_argv(helper, target, numbers, argv);
	status = spawn(helper, argv, (const int[]){ input, output, output });
	if (status != 0) {
		helper->pid = -1;
		errno = status;
		return error_sys(err, "cannot run %s", helper->path);
	}
	helper->pidfd = sys_pidfd_open(helper->pid);
	if (helper->pidfd < 0)
		return error_sys(err, "pidfd_open");
	return tie_to_us(helper->pid, input, err);
}

/* A signal that ends us and waits; 0: none does. */
static int waiting_signal(void)
{
	static const int ending[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT };
	sigset_t set;

	if (sigpending(&set) < 0)
		return 0;
	for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++)
		if (sigismember(&set, ending[i]) == 1)
			return ending[i];
	return 0;
}

/* Why the wait is over though they have not ended. */
static int give_up(const struct userns_patience *patience, bool orphaned,
		   struct error *err)
{
	int sig = waiting_signal();

	if (sig) {
		(void)error_set(err, "ended by %s while newuidmap and newgidmap ran",
				sigabbrev_np(sig));
		err->status = 128 + sig;
		return -1;
	}
	if (orphaned)
		return error_set(err, "the process that started sbox has ended "
				      "(process.die_with_parent)");
	if (patience->until >= 0 && clock_ms() >= patience->until)
		return error_set(err, "newuidmap and newgidmap were not done in the time "
				      "of limits.wall");
	return error_set(
		err,
		"newuidmap and newgidmap were not done in %d s: does a directory "
		"service not answer? identity.map = \"single\" does without them",
		HELPERS_MS / 1000);
}

/*
 * How long may be waited for the next change. A signal that does not end us stays
 * @pending, so it must not keep us busy.
 */
static int time_left(int64_t end, bool pending)
{
	int left = clock_left(end);

	return pending && left > OTHER_MS ? OTHER_MS : left;
}

/* Until both have ended, which takes about a millisecond. */
static int wait_for_mappers(const struct helper helpers[2],
			    const struct userns_patience *patience, struct error *err)
{
	struct pollfd fds[] = {
		{ helpers[0].pidfd, POLLIN, 0 },
		{ helpers[1].pidfd, POLLIN, 0 },
		{ patience->parent, POLLIN, 0 },
		{ patience->signals, POLLIN, 0 },
	};
	int64_t end = clock_ms() + HELPERS_MS;

	if (patience->until >= 0 && patience->until < end)
		end = patience->until;
	while (fds[0].fd >= 0 || fds[1].fd >= 0) {
		if (poll(fds, 4, time_left(end, fds[3].fd < 0)) < 0 && errno != EINTR)
			return error_sys(err, "cannot wait for newuidmap");
		if (fds[2].revents || waiting_signal() || clock_ms() >= end)
			return give_up(patience, fds[2].revents != 0, err);
		for (size_t i = 0; i < 4; i++)
			if (fds[i].revents)
				fds[i].fd = -1; /* it has ended; or a signal is pending */
	}
	return 0;
}

static void kill_helper(const struct helper *helper)
{
	if (helper->pid > 0) /* not reaped yet, so it is that process */
		(void)kill(helper->pid, SIGKILL);
}

static int finish_helper(struct helper *helper, struct error *err)
{
	char said[OUTPUT_MAX];
	ssize_t len;
	int status = -1;

	while (waitpid(helper->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status == 0)
		return 0;
	len = read(helper->output, said, sizeof said);
	while (len > 0 && said[len - 1] == '\n')
		len--;
	return error_set(
		err,
		"%s failed%s%.*s (is it setuid root, and does /etc/sub%cid give the "
		"caller these ids?)",
		helper->path, len > 0 ? ": " : "", len > 0 ? (int)len : 0, said,
		helper->name[3]);
}

static void close_helper(struct helper *helper)
{
	fd_closep(&helper->pidfd);
	fd_closep(&helper->output);
	fd_closep(&helper->lifeline);
}

/* Starts both, waits for both, reaps both; the first cause counts. */
static int run_helpers(struct helper helpers[2], pid_t pid,
		       const struct userns_patience *patience, struct error *err)
{
	struct error second = { 0 };
	int failed = 0;

	for (size_t i = 0; i < 2 && !failed; i++)
		failed = start_mapper(&helpers[i], pid, err) < 0;
	if (!failed)
		failed = wait_for_mappers(helpers, patience, err) < 0;
	for (size_t i = 0; failed && i < 2; i++)
		kill_helper(&helpers[i]);
	for (size_t i = 0; i < 2; i++)
		if (helpers[i].pid > 0 &&
		    finish_helper(&helpers[i], failed ? &second : err) < 0)
			failed = 1;
	return failed ? -1 : 0;
}

int userns_map_helpers(pid_t pid, const struct id_maps *maps, const struct host *host,
		       const struct userns_patience *patience, struct error *err)
{
	struct helper helpers[] = {
		{ .path = host->newuidmap,
		  .name = "newuidmap",
		  .map = &maps->uid,
		  .pid = -1,
		  .pidfd = -1,
		  .output = -1,
		  .lifeline = -1 },
		{ .path = host->newgidmap,
		  .name = "newgidmap",
		  .map = &maps->gid,
		  .pid = -1,
		  .pidfd = -1,
		  .output = -1,
		  .lifeline = -1 },
	};
	_cleanup_fd_ int procfd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int ret;

	if (procfd < 0)
		return error_sys(err, "/proc");
	if (deny_setgroups(procfd, pid, maps, err) < 0)
		return -1;
	ret = run_helpers(helpers, pid, patience, err);
	for (size_t i = 0; i < 2; i++)
		close_helper(&helpers[i]);
	if (ret < 0)
		return -1;
	if (verify(pid, "uid_map", &maps->uid, err) < 0 ||
	    verify(pid, "gid_map", &maps->gid, err) < 0)
		return -1;
	return 0;
}
