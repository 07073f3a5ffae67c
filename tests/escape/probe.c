/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* probe.c - runs one attempt; see probe.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

static struct {
	int tried, worked;
} result;

void note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vprintf(format, args);
	va_end(args);
}

void found(const char *what, bool escaped)
{
	note("%s%s: %s", result.tried++ ? ", " : "", what, escaped ? "yes" : "no");
	result.worked += escaped;
}

void tried(const char *what, long ret)
{
	const char *why = ret < 0 ? strerrorname_np(errno) : "worked";

	note("%s%s: %s", result.tried++ ? ", " : "", what, why ? why : "?");
	result.worked += ret >= 0;
}

int verdict(void)
{
	note("\n");
	if (result.worked)
		return ESCAPED;
	return result.tried ? REFUSED : UNKNOWN;
}

_Noreturn void cannot(const char *what)
{
	note("%scannot tell: %s: %s\n", result.tried ? ", " : "", what, strerror(errno));
	exit(UNKNOWN);
}

const char *text(int argc, char **argv, int n)
{
	if (n < argc)
		return argv[n];
	errno = EINVAL;
	cannot("too few arguments");
}

long number(int argc, char **argv, int n)
{
	const char *arg = text(argc, argv, n);
	char *end;
	long value = strtol(arg, &end, 0);

	if (end != arg && *end == '\0')
		return value;
	errno = EINVAL;
	cannot(arg);
}

int write_file(const char *path, const char *content)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = write(fd, content, strlen(content));
	if (n >= 0)
		return close(fd);
	n = errno;
	(void)close(fd);
	errno = (int)n;
	return -1;
}

int enter_namespaces(int flags)
{
	const unsigned uid = geteuid(), gid = getegid();
	char map[64];

	if (unshare(CLONE_NEWUSER | flags) < 0)
		return -1;
	/* the capabilities are there without any id too; some maps are not allowed */
	(void)write_file("/proc/self/setgroups", "deny");
	(void)snprintf(map, sizeof map, "0 %u 1", uid);
	(void)write_file("/proc/self/uid_map", map);
	(void)snprintf(map, sizeof map, "0 %u 1", gid);
	(void)write_file("/proc/self/gid_map", map);
	return 0;
}

int run_command(char **argv)
{
	int status;
	pid_t pid;

	(void)fflush(stdout);
	pid = fork();
	if (pid < 0)
		cannot("fork");
	if (pid == 0) {
		(void)execvp(argv[0], argv);
		cannot(argv[0]);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			cannot("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	static const struct attempt *const tables[] = {
		tty_attempts,     process_attempts, init_attempts, path_attempts,
		mount_attempts,   ipc_attempts,     id_attempts,   syscall_attempts,
		foreign_attempts, legacy_attempts,  host_attempts, fd_attempts,
		cover_attempts,   outside_attempts,
	};
	const char *name = text(argc, argv, 1);

	(void)setvbuf(stdout, NULL, _IOFBF, 8192);
	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
		for (const struct attempt *a = tables[i]; a->name; a++)
			if (strcmp(a->name, name) == 0)
				return a->run(argc - 2, argv + 2);
	errno = EINVAL;
	cannot(name);
}
