/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* procs.c - processes by number; see procs.h */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/sys.h"
#include "box/door/procs.h"

#define COMMAND_MAX ((size_t)4 * 1024 * 1024)

/* Reads the file at @path, short enough for @size, into @text. */
static int read_proc(const char *path, char *text, size_t size)
{
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	n = fd < 0 ? -1 : read(fd, text, size - 1);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	return 0;
}

/* Reads /proc/PID/@name, short enough for @size, into @text; 0 or -1. */
static int read_short(pid_t pid, const char *name, char *text, size_t size)
{
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	return read_proc(path, text, size);
}

/* Fields of proc_pid_stat(5), by the numbers of its page. */
enum {
	FIELD_PARENT = 4,
	FIELD_USER = 14,
	FIELD_SYSTEM,
	FIELD_CHILDREN_USER,
	FIELD_CHILDREN_SYSTEM,
	FIELD_START = 22,
	FIELD_RESIDENT = 24,
	FIELDS
};

/* The numbers from @text on, separated by spaces; false: there are not @len. */
static bool read_numbers(const char *text, int64_t *ret, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char *end;

		ret[i] = strtoll(text, &end, 10);
		if (end == text)
			return false;
		text = end;
	}
	return true;
}

/* The name stands in parentheses and may hold any byte, so it ends at the last one. */
int proc_read(pid_t pid, struct proc *ret)
{
	struct proc proc = { .pid = pid };
	int64_t field[FIELDS] = { 0 };
	char text[1024], *name, *rest;

	if (read_short(pid, "stat", text, sizeof text) < 0)
		return -1;
	name = strchr(text, '(');
	rest = strrchr(text, ')');
	if (!name || !rest || strlen(rest) < 4 || rest[2] == 'Z' || rest[2] == 'X' ||
	    !read_numbers(rest + 3, field + FIELD_PARENT, FIELDS - FIELD_PARENT))
		return -1;
	*rest = '\0';
	(void)snprintf(proc.name, sizeof proc.name, "%s", name + 1);
	proc.state = rest[2];
	proc.parent = (pid_t)field[FIELD_PARENT];
	proc.start = (uint64_t)field[FIELD_START];
	proc.user = (uint64_t)field[FIELD_USER];
	proc.system = (uint64_t)field[FIELD_SYSTEM];
	proc.children_user = (uint64_t)field[FIELD_CHILDREN_USER];
	proc.children_system = (uint64_t)field[FIELD_CHILDREN_SYSTEM];
	proc.resident = field[FIELD_RESIDENT] * sysconf(_SC_PAGESIZE);
	*ret = proc;
	return 0;
}

static int by_pid(const void *a, const void *b)
{
	const struct proc *x = a, *y = b;

	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

static int by_id(const void *a, const void *b)
{
	const pid_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

int procs_read(struct arena *arena, const pid_t *skip, size_t len, struct procs *ret,
	       struct error *err)
{
	DIR *dir = opendir("/proc");
	struct procs procs = { NULL, 0 };
	struct dirent *entry;

	if (!dir)
		return error_sys(err, "/proc");
	while ((entry = readdir(dir))) {
		struct proc proc;
		char *end;
		pid_t pid = (pid_t)strtol(entry->d_name, &end, 10);

		if (pid <= 0 || *end != '\0' ||
		    (len > 0 && bsearch(&pid, skip, len, sizeof pid, by_id)))
			continue;
		if (proc_read(pid, &proc) == 0)
			*(struct proc *)arena_append(arena, &procs.list, &procs.len,
						     sizeof proc) = proc;
	}
	(void)closedir(dir);
	if (procs.len == 0)
		return error_set(err, "/proc shows no processes");
	qsort(procs.list, procs.len, sizeof procs.list[0], by_pid);
	*ret = procs;
	return 0;
}

const struct proc *procs_find(const struct procs *procs, pid_t pid)
{
	const struct proc key = { .pid = pid };

	return bsearch(&key, procs->list, procs->len, sizeof key, by_pid);
}

/* Not known yet, and about to be: seen once more, that is a circle. */
#define UNKNOWN ((size_t)-2)
#define ON_THE_WAY ((size_t)-3)

static size_t index_of(const struct procs *procs, pid_t pid)
{
	const struct proc *proc = procs_find(procs, pid);

	return proc ? (size_t)(proc - procs->list) : NO_ROOT;
}

/*
 * Each process is passed once on the way up, and once when what is found there is written
 * down. They were not read in one moment: numbers that are new by now can make a circle.
 */
static void find_root(const struct procs *procs, size_t from, size_t *root)
{
	size_t at = from, found;

	while (at != NO_ROOT && root[at] == UNKNOWN) {
		root[at] = ON_THE_WAY;
		at = index_of(procs, procs->list[at].parent);
	}
	found = at == NO_ROOT || root[at] == ON_THE_WAY ? NO_ROOT : root[at];
	for (at = from; at != NO_ROOT && root[at] == ON_THE_WAY;
	     at = index_of(procs, procs->list[at].parent))
		root[at] = found;
}

const size_t *procs_roots(const struct procs *procs, const pid_t *roots, size_t len,
			  struct arena *arena)
{
	size_t *root = arena_alloc(arena, (procs->len + 1) * sizeof *root);

	for (size_t i = 0; i < procs->len; i++)
		root[i] = UNKNOWN;
	for (size_t i = 0; i < len; i++) {
		size_t at = index_of(procs, roots[i]);

		if (at != NO_ROOT)
			root[at] = i;
	}
	for (size_t i = 0; i < procs->len; i++)
		find_root(procs, i, root);
	return root;
}

int proc_pidfd(pid_t pid, uint64_t start)
{
	_cleanup_fd_ int fd = pid > 0 ? sys_pidfd_open(pid) : -1;
	struct pollfd ended = { fd, POLLIN, 0 };
	struct proc proc;

	if (fd < 0 || proc_read(pid, &proc) < 0 || proc.start != start)
		return -1;
	/* if it is alive now, the number was its own when we read */
	return poll(&ended, 1, 0) == 0 ? take_fd(&fd) : -1;
}

pid_t proc_number(int pidfd)
{
	static const char pid_line[] = "\nPid:";
	char path[64], text[1024], *line;
	int64_t number = -1;

	(void)snprintf(path, sizeof path, "/proc/self/fdinfo/%d", pidfd);
	if (read_proc(path, text, sizeof text) < 0)
		return -1;
	line = strstr(text, pid_line);
	return line && read_numbers(line + strlen(pid_line), &number, 1) && number > 0
		       ? (pid_t)number
		       : -1;
}

static int stat_namespace(pid_t pid, const char *namespace, struct stat *ret)
{
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/%d/ns/%s", (int)pid, namespace);
	return stat(path, ret);
}

static bool is_in_namespace(pid_t pid, const char *namespace, const struct stat *ours)
{
	struct stat theirs;

	return pid > 0 && ours->st_ino != 0 &&
	       stat_namespace(pid, namespace, &theirs) == 0 &&
	       ours->st_dev == theirs.st_dev && ours->st_ino == theirs.st_ino;
}

/* Many are asked about, and ours stays the same. */
bool proc_same_userns(pid_t pid)
{
	static struct stat ours;
	static pid_t whose;

	if (whose != getpid()) {
		whose = getpid();
		if (stat_namespace(whose, "user", &ours) < 0)
			ours.st_ino = 0;
	}
	return is_in_namespace(pid, "user", &ours);
}

bool proc_same_netns(pid_t pid)
{
	struct stat ours;

	return stat_namespace(getpid(), "net", &ours) == 0 &&
	       is_in_namespace(pid, "net", &ours);
}

bool proc_is_first(pid_t pid)
{
	static const char uid_line[] = "\nUid:", pid_line[] = "\nNSpid:";
	char text[4096], *uid, *numbers;
	int64_t inside[3], real;
	struct proc proc;

	if (read_short(pid, "status", text, sizeof text) < 0)
		return false;
	uid = strstr(text, uid_line);
	numbers = strstr(text, pid_line);
	if (!uid || !numbers || !read_numbers(uid + strlen(uid_line), &real, 1) ||
	    real != (int64_t)getuid())
		return false;
	numbers += strlen(pid_line);
	numbers[strcspn(numbers, "\n")] =
		'\0'; /* and so there are two of them, not three */
	return read_numbers(numbers, inside, 2) && !read_numbers(numbers, inside, 3) &&
	       inside[1] == 1 && proc_read(pid, &proc) == 0 &&
	       proc_same_userns(proc.parent);
}

const char *const *proc_command(struct arena *arena, pid_t pid)
{
	const char **words = NULL;
	size_t len = 0, n = 0;
	char path[64], *text;
	_cleanup_fd_ int fd = -1;

	(void)snprintf(path, sizeof path, "/proc/%d/cmdline", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && io_read_all(fd, COMMAND_MAX, arena, &text, &len) == 0)
		for (size_t at = 0; at < len; at += strlen(text + at) + 1)
			*(const char **)arena_append(arena, &words, &n, sizeof *words) =
				text + at;
	*(const char **)arena_append(arena, &words, &n, sizeof *words) = NULL;
	return words;
}
