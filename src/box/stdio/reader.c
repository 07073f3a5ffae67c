/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* reader.c - whether a process waits to read a terminal; see reader.h */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "box/stdio/reader.h"

#define PROCESSES_MAX 1024
#define THREADS_MAX 4096
#define FDS_MAX 256

struct search {
	char terminal[32];         /* its name inside */
	pid_t list[PROCESSES_MAX]; /* processes to look at, and those that were */
	size_t len;
	size_t threads; /* that were looked at */
};

/* Reads the file @name of the directory @dir. Returns its length, 0: there is none. */
static size_t read_name(int dir, const char *name, char *ret, size_t size)
{
	_cleanup_fd_ int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, ret, size - 1);

	ret[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

static bool is_read(long call)
{
	return call == SYS_read || call == SYS_readv;
}

/* It can wait for more than one thing. */
static bool is_poll(long call)
{
	static const long calls[] = {
#ifdef SYS_poll
		SYS_poll,     SYS_select, SYS_epoll_wait,
#endif
		SYS_pselect6, SYS_ppoll,  SYS_epoll_pwait,
	};

	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
		if (call == calls[i])
			return true;
	return false;
}

/* Whether the descriptor with this name in directory @dir of /proc is the terminal. */
static bool is_terminal(const struct search *search, int dir, const char *name)
{
	char to[PATH_MAX];
	ssize_t len = readlinkat(dir, name, to, sizeof to - 1);

	to[len > 0 ? len : 0] = '\0';
	return strcmp(to, search->terminal) == 0 || strcmp(to, "/dev/tty") == 0;
}

/*
 * Whether the process of the thread in @dir has opened the terminal for itself: as
 * standard input, which it has not got so, or beside 0 to 2.
 */
static bool has_opened(const struct search *search, int dir)
{
	int fd = openat(dir, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *fds = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	bool has = false;

	if (!fds) {
		fd_closep(&fd);
		return false;
	}
	for (int n = 0; !has && n < FDS_MAX && (entry = readdir(fds)); n++)
		has = strcmp(entry->d_name, "1") != 0 &&
		      strcmp(entry->d_name, "2") != 0 &&
		      is_terminal(search, dirfd(fds), entry->d_name);
	(void)closedir(fds);
	return has;
}

/* The thread whose directory in /proc is @dir. */
static bool thread_waits(const struct search *search, int dir)
{
	char text[256], name[48], *end;
	long call;

	if (read_name(dir, "syscall", text, sizeof text) == 0)
		return false;
	call = strtol(text, &end, 10);
	if (end == text)
		return false;
	(void)snprintf(name, sizeof name, "fd/%lu", strtoul(end, NULL, 16));
	return (is_read(call) && is_terminal(search, dir, name)) ||
	       (is_poll(call) && has_opened(search, dir));
}

/* Adds the children of the thread whose directory in /proc is @dir. */
static void add_children(struct search *search, int dir)
{
	char text[4096], *at = text, *end;

	(void)read_name(dir, "children", text, sizeof text);
	while (search->len < PROCESSES_MAX) {
		long pid = strtol(at, &end, 10);

		if (end == at || *end != ' ') /* the last number may have been cut */
			return;
		search->list[search->len++] = (pid_t)pid;
		at = end;
	}
}

static bool process_waits(struct search *search, pid_t pid)
{
	char path[48];
	const struct dirent *entry;
	bool waits = false;
	DIR *threads;

	(void)snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
	threads = opendir(path);
	if (!threads)
		return false;
	while (!waits && (entry = readdir(threads)) && search->threads++ < THREADS_MAX) {
		_cleanup_fd_ int dir = entry->d_name[0] == '.'
					       ? -1
					       : openat(dirfd(threads), entry->d_name,
							O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (dir < 0)
			continue;
		waits = thread_waits(search, dir);
		add_children(search, dir);
	}
	(void)closedir(threads);
	return waits;
}

bool reader_waits(int master)
{
	struct search search;
	unsigned int number;
	pid_t session;

	if (ioctl(master, TIOCGPTN, &number) < 0 ||
	    ioctl(master, TIOCGSID, &session) < 0 || session <= 0)
		return false;
	(void)snprintf(search.terminal, sizeof search.terminal, "/dev/pts/%u", number);
	search.list[0] = session;
	search.len = 1;
	search.threads = 0;
	for (size_t i = 0; i < search.len; i++)
		if (process_waits(&search, search.list[i]))
			return true;
	return false;
}
