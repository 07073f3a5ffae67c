/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* probe-cover.c - attempts to get from under what covers a path; see probe.h */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

#define DEPTH_MAX 8

static bool has_text(int dir, const char *name, const char *wanted)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	char buf[4096];
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof buf - 1);

	(void)close(fd);
	if (n < 0)
		return false;
	buf[n] = '\0';
	return strstr(buf, wanted) != NULL;
}

/* Whether some file at or below directory @name has the text @wanted. */
static bool hunt_in(int dir, const char *name, const char *wanted, int depth)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_DIRECTORY | O_NOFOLLOW);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	bool ret = false;

	while (list && !ret && (entry = readdir(list))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		ret = has_text(fd, entry->d_name, wanted) ||
		      (depth < DEPTH_MAX &&
		       hunt_in(fd, entry->d_name, wanted, depth + 1));
	}
	if (list)
		(void)closedir(list);
	return ret;
}

static long milliseconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* DIR TEXT MS: look for a file with this text below DIR, under whatever name, so long. */
static int hunt(int argc, char **argv)
{
	const char *dir = text(argc, argv, 0), *wanted = text(argc, argv, 1);
	long until = milliseconds() + number(argc, argv, 2);
	bool seen;

	do
		seen = hunt_in(AT_FDCWD, dir, wanted, 0);
	while (!seen && milliseconds() < until);
	found("the text", seen);
	return verdict();
}

static void pause_some(void)
{
	const struct timespec moment = { .tv_nsec = (rand() % 8) * 60000L };

	(void)nanosleep(&moment, NULL);
}

static void plant(const char *link, const char *name)
{
	if (symlink(link, name) < 0)
		return;
	pause_some();
	(void)unlink(name);
}

static void move(const char *from, const char *to)
{
	(void)rename(from, to);
	pause_some();
}

/*
 * DIR: give DIR/conf/deep/.env and the directories that it is in other names all the
 * time, with decoys in their places, and back; until it is ended.
 */
static int shuffle(int argc, char **argv)
{
	if (chdir(text(argc, argv, 0)) < 0)
		cannot("chdir");
	note("begun\n");
	(void)fflush(stdout);
	for (;;) {
		move("conf", "c2");
		plant("decoy", "conf");
		move("c2", "conf");
		move("conf/deep", "conf/d2");
		plant("../decoy/deep", "conf/deep");
		move("conf/d2", "d2");
		move("d2", "conf/deep");
		move("conf/deep/.env", "conf/deep/.e2");
		move("conf/deep/.e2", "top");
		plant("../../decoy/deep/.env", "conf/deep/.env");
		move("top", "conf/.e2");
		move("conf/.e2", "conf/deep/.env");
		pause_some();
		pause_some();
	}
}

/* A B: swap them. */
static int exchange(int argc, char **argv)
{
	tried("exchange", renameat2(AT_FDCWD, text(argc, argv, 0), AT_FDCWD,
				    text(argc, argv, 1), RENAME_EXCHANGE));
	return verdict();
}

const struct attempt cover_attempts[] = {
	{ "exchange", exchange },
	{ "hunt", hunt },
	{ "shuffle", shuffle },
	{ 0 },
};
