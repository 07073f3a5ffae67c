/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * reaper.c - reaper [-k MICROSECONDS] SECONDS COMMAND [ARG...]
 *
 * Runs COMMAND and sees what it leaves behind: as a subreaper it becomes the parent of
 * every orphan below it, whatever namespace that is in. With -k COMMAND is killed with
 * SIGKILL after that time. Ends with COMMAND's status, 128+N for signal N; or with 99 if
 * SECONDS after COMMAND a descendant was still there, which is named and killed then.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LEFT_OVER 99
#define TICK_NS 2000000L

static int shell_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void nap(long long ns)
{
	struct timespec t = { ns / 1000000000, ns % 1000000000 };

	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		;
}

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Names our children and ends them, until none is left: theirs become ours. */
static void end_children(void)
{
	char path[64], line[64 * 1024];

	(void)snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
	do {
		FILE *file = fopen(path, "re");
		char *pid, *rest = line;

		if (!file || !fgets(line, sizeof line, file))
			line[0] = '\0';
		if (file)
			(void)fclose(file);
		while ((pid = strtok_r(rest, " \n", &rest))) {
			(void)fprintf(stderr, "left behind: process %s\n", pid);
			(void)kill((pid_t)strtol(pid, NULL, 10), SIGKILL);
		}
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		nap(TICK_NS);
	} while (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD);
}

/* Until no child is left. */
static int reap_all(double seconds)
{
	double end = now() + seconds;

	for (;;) {
		pid_t pid = waitpid(-1, NULL, WNOHANG);

		if (pid < 0 && errno == ECHILD)
			return 0;
		if (pid > 0)
			continue;
		if (now() > end) {
			end_children();
			return -1;
		}
		nap(TICK_NS);
	}
}

int main(int argc, char **argv)
{
	long long kill_after = -1;
	int at = 1, status = 0, command_status = 0;
	double seconds;
	pid_t command, pid;

	if (argc > 2 && strcmp(argv[1], "-k") == 0) {
		kill_after = strtoll(argv[2], NULL, 10);
		at = 3;
	}
	if (argc < at + 2)
		return LEFT_OVER;
	seconds = strtod(argv[at], NULL);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return LEFT_OVER;
	command = fork();
	if (command == 0) {
		(void)execvp(argv[at + 1], argv + at + 1);
		_exit(127);
	}
	if (kill_after >= 0) {
		nap(kill_after * 1000);
		(void)kill(command,
			   SIGKILL); /* not reaped yet: the number is still its own */
	}
	while ((pid = waitpid(-1, &status, 0)) != command && pid > 0)
		;
	command_status = shell_status(status);
	return reap_all(seconds) < 0 ? LEFT_OVER : command_status;
}
