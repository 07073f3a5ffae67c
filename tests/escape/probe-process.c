/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* probe-process.c - attempts on processes outside, and on outliving the run; see probe.h
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

/* The caller's process group: what can be reached is seen by the sentinel alone. */
static int kill_group(int argc, char **argv)
{
	(void)argc, (void)argv;
	(void)signal(SIGUSR1, SIG_IGN);
	note("kill(0): %d, ", kill(0, SIGUSR1));
	note("kill(-group of my parent): %d\n", kill(-getpgid(getppid()), SIGUSR1));
	return UNKNOWN;
}

static int nice_group(int argc, char **argv)
{
	(void)argc, (void)argv;
	note("setpriority: %d, ", setpriority(PRIO_PGRP, 0, 7));
	note("ioprio_set: %ld\n", syscall(SYS_ioprio_set, 2, 0, 2 << 13 | 6));
	return UNKNOWN;
}

/* PID: of a process outside. */
static int kill_pid(int argc, char **argv)
{
	const pid_t pid = (pid_t)number(argc, argv, 0);

	tried("kill", kill(pid, SIGTERM));
	tried("pidfd_open", syscall(SYS_pidfd_open, pid, 0));
	tried("tgkill", syscall(SYS_tgkill, pid, pid, SIGTERM));
	tried("sched_getscheduler", sched_getscheduler(pid));
	return verdict();
}

/* PID: every signal that could end or stop it. The harness sees what came of it. */
static int kill_hard(int argc, char **argv)
{
	static const int sigs[] = { SIGTERM, SIGINT,  SIGHUP,  SIGUSR1, SIGCHLD,
				    SIGPIPE, SIGSEGV, SIGSTOP, SIGKILL };
	const pid_t pid = (pid_t)number(argc, argv, 0);
	const struct timespec wait = { 0, 200000000 };

	for (size_t i = 0; i < sizeof sigs / sizeof sigs[0]; i++)
		(void)kill(pid, sigs[i]);
	(void)nanosleep(&wait, NULL);
	note("still here\n");
	return REFUSED;
}

/* A child that reports to my parent in my place: 42, where I then say 1. */
static int clone_parent(int argc, char **argv)
{
	const struct timespec wait = { 0, 200000000 };
	long pid;

	(void)argc, (void)argv;
	(void)fflush(stdout);
	pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
	if (pid == 0)
		_exit(42);
	if (pid < 0)
		cannot("clone");
	(void)nanosleep(&wait, NULL);
	return 1;
}

/* Whether any child of a process that runs this is seen to end with 42 first. */
static int first_child(int argc, char **argv)
{
	int status;
	pid_t pid = fork(), first;

	(void)argc;
	if (pid == 0) {
		(void)execvp(argv[0], argv);
		_exit(127);
	}
	first = waitpid(-1, &status, 0);
	found("another child was first", first != pid && WEXITSTATUS(status) == 42);
	return verdict();
}

/* SECONDS: a daemon with all the usual tricks; the parent ends at once. */
static int daemonize(int argc, char **argv)
{
	const unsigned seconds = (unsigned)number(argc, argv, 0);
	const int ignored[] = { SIGHUP, SIGTERM, SIGINT, SIGQUIT };

	for (int i = 0; i < 2; i++) {
		pid_t pid = fork();

		if (pid < 0)
			cannot("fork");
		if (pid > 0)
			_exit(0);
		(void)setsid();
	}
	for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
		(void)signal(ignored[i], SIG_IGN);
	(void)prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
	(void)close(0), (void)close(1), (void)close(2);
	(void)sleep(seconds);
	return 0;
}

/* Says "ready", then stops itself and all that it has started. */
static int stop_self(int argc, char **argv)
{
	(void)argc, (void)argv;
	note("ready\n");
	(void)fflush(stdout);
	(void)fork();
	(void)raise(SIGSTOP);
	(void)sleep(60);
	return 0;
}

static int count_zombies(void)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	int zombies = 0;

	while (proc && (entry = readdir(proc))) {
		char path[300], line[512], *end;
		FILE *f;

		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		(void)snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
		f = fopen(path, "re");
		if (!f)
			continue;
		end = fgets(line, sizeof line, f) ? strrchr(line, ')') : NULL;
		zombies += end && strncmp(end, ") Z", 3) == 0 &&
			   strstr(line, "(probe)") != NULL;
		(void)fclose(f);
	}
	(void)closedir(proc);
	return zombies;
}

/* COUNT ["reaper"]: so many orphans; with the word they come to us, and we forget them.
 */
static int storm(int argc, char **argv)
{
	const long count = number(argc, argv, 0);
	const struct timespec wait = { 0, 500000000 };
	int zombies;

	if (argc > 1)
		(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	for (long i = 0; i < count; i++) {
		pid_t pid = fork();

		if (pid < 0)
			cannot("fork");
		if (pid == 0)
			_exit(fork() < 0 ? 1 : 0);
		(void)waitpid(pid, NULL, 0);
	}
	(void)nanosleep(&wait, NULL);
	zombies = count_zombies();
	note("%d zombies, ", zombies);
	found("they stay", zombies > 0);
	return verdict();
}

/* How it was started: ignored and blocked signals, open descriptors; into FILE. */
static int started_how(int argc, char **argv)
{
	FILE *in = fopen("/proc/self/status", "re"), *out;
	char line[256];

	out = argc > 0 ? fopen(argv[0], "we") : stdout;
	if (!in || !out)
		return UNKNOWN;
	while (fgets(line, sizeof line, in))
		if (strncmp(line, "SigBlk", 6) == 0 || strncmp(line, "SigIgn", 6) == 0)
			(void)fputs(line, out);
	for (int fd = 0; fd < 256; fd++)
		if (fd != fileno(in) && fd != fileno(out) && fcntl(fd, F_GETFD) >= 0)
			(void)fprintf(out, "fd %d\n", fd);
	return fclose(out) == 0 ? 7 : UNKNOWN;
}

const struct attempt process_attempts[] = {
	{ "kill-group", kill_group },
	{ "nice-group", nice_group },
	{ "kill-pid", kill_pid },
	{ "kill-hard", kill_hard },
	{ "clone-parent", clone_parent },
	{ "first-child", first_child },
	{ "daemonize", daemonize },
	{ "stop-self", stop_self },
	{ "storm", storm },
	{ "started-how", started_how },
	{ 0 },
};
