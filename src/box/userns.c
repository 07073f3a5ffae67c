/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* userns.c - write the id maps of a user namespace; see userns.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/strbuf.h"
#include "box/userns.h"

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

/* In the child: nothing but the helper's arguments, a constant environment and fds 0-2.
 */
static void exec_helper(const struct helper *helper, pid_t target, int output)
{
	char numbers[ARGS_MAX][24];
	const char *argv[ARGS_MAX + 1];
	const char *const env[] = { "PATH=/usr/bin:/bin", "LC_ALL=C", NULL };
	size_t n = 0;
	sigset_t none;

	argv[n++] = helper->name;
	(void)snprintf(numbers[n], sizeof numbers[n], "%d", (int)target);
	argv[n] = numbers[n];
	n++;
	for (size_t i = 0; i < helper->map->len; i++) {
		const struct id_range *r = &helper->map->range[i];
		const int64_t values[] = { r->inside, r->outside, r->count };

		for (size_t k = 0; k < 3; k++, n++) {
			(void)snprintf(numbers[n], sizeof numbers[n], "%lld",
				       (long long)values[k]);
			argv[n] = numbers[n];
		}
	}
	argv[n] = NULL;
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup3(output, STDOUT_FILENO, 0) >= 0 && dup3(output, STDERR_FILENO, 0) >= 0)
		(void)execve(helper->path, (char *const *)argv, (char *const *)env);
	_exit(EXIT_NOCMD);
}

static int start_helper(struct helper *helper, pid_t target, struct error *err)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_sys(err, "pipe");
	helper->output = fds[0];
	helper->pid = fork();
	if (helper->pid == 0)
		exec_helper(helper, target, fds[1]);
	(void)close(fds[1]);
	return helper->pid < 0 ? error_sys(err, "fork") : 0;
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
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NOCMD)
		return error_set(err, "cannot run %s", helper->path);
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
