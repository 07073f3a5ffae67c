/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * startup-trace.c - developers: which instructions of a program are executed by a start
 *
 * usage: startup-trace OUTPUT COMMAND [ARG...]
 *
 * Steps the command and its children through their instructions, each up to its own next
 * execve(2), and writes for each that was met in the program's file (as it lies in
 * memory, from its first byte) the offset in hexadecimal and who met it: 1 the command, 2
 * its children, 4 theirs, added. Ends like the command. tools/startup-order makes an
 * order for the linker from it.
 */
#include "config.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define IMAGE_MAX ((size_t)8 << 20)
#define PROCESSES_MAX 256

struct process {
	pid_t pid;
	int generation;
};

struct trace {
	unsigned char met[IMAGE_MAX];
	unsigned long base, end; /* of the image, once there is one */
	struct process list[PROCESSES_MAX];
	size_t len;
	bool ran;
};

static _Noreturn void give_up(const char *why)
{
	(void)fprintf(stderr, "startup-trace: %s\n", why);
	exit(1);
}

static _Noreturn void fail(const char *what)
{
	perror(what);
	exit(1);
}

/* A child may stop before its parent says that there is one. */
static struct process *find(struct trace *t, pid_t pid)
{
	for (size_t i = 0; i < t->len; i++)
		if (t->list[i].pid == pid)
			return &t->list[i];
	if (t->len == PROCESSES_MAX)
		give_up("too many processes");
	t->list[t->len] = (struct process){ pid, 0 };
	return &t->list[t->len++];
}

/* The first file that is mapped is the program. */
static void find_image(struct trace *t, pid_t pid)
{
	char path[64], line[512], file[512], first[512] = "";
	unsigned long from, to;
	FILE *maps;

	(void)snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
	maps = fopen(path, "r");
	if (!maps)
		fail(path);
	while (fgets(line, sizeof line, maps)) {
		if (sscanf(line, "%lx-%lx %*s %*s %*s %*s %511s", &from, &to, file) !=
			    3 ||
		    *file != '/')
			continue; /* no file: [vvar] can come first */
		if (!*first) {
			memcpy(first, file, sizeof first);
			t->base = from;
		}
		if (strcmp(file, first) == 0)
			t->end = to;
	}
	(void)fclose(maps);
	if (t->end - t->base > IMAGE_MAX)
		give_up("the program is too large");
}

static void note(struct trace *t, const struct process *process)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, process->pid, NULL, &regs) == 0 &&
	    regs.rip >= t->base && regs.rip < t->end)
		t->met[regs.rip - t->base] |= (unsigned char)(1 << process->generation);
}

/* Whether @pid goes on being stepped. */
static bool on_event(struct trace *t, pid_t pid, int event)
{
	unsigned long child = 0;
	int generation;

	if (event == PTRACE_EVENT_EXEC && t->ran) {
		(void)ptrace(PTRACE_DETACH, pid, NULL, NULL);
		return false;
	}
	if (event == PTRACE_EVENT_EXEC) {
		t->ran = true;
		find_image(t, pid);
		return true;
	}
	if (ptrace(PTRACE_GETEVENTMSG, pid, NULL, &child) == 0 && child) {
		generation = find(t, pid)->generation;
		find(t, (pid_t)child)->generation = generation < 2 ? generation + 1 : 2;
	}
	return true;
}

/* Until all have ended; returns how the first one did. */
static int run(struct trace *t)
{
	int status, sig, result = 1;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (WIFEXITED(status) && pid == t->list[0].pid)
			result = WEXITSTATUS(status);
		if (!WIFSTOPPED(status))
			continue;
		sig = WSTOPSIG(status);
		if (status >> 16) {
			sig = 0;
			if (!on_event(t, pid, status >> 16))
				continue;
		}
		note(t, find(t, pid));
		if (sig == SIGTRAP || sig == SIGSTOP)
			sig = 0; /* ours, and that of a new process */
		(void)ptrace(PTRACE_SINGLESTEP, pid, NULL, (void *)(long)sig);
	}
	return result;
}

int main(int argc, char **argv)
{
	static struct trace trace;
	int status, result;
	pid_t pid;
	FILE *out;

	if (argc < 3) {
		(void)fputs("usage: startup-trace OUTPUT COMMAND [ARG...]\n", stderr);
		return 2;
	}
	pid = fork();
	if (pid == 0) {
		(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		(void)raise(SIGSTOP);
		(void)execv(argv[2], argv + 2);
		fail(argv[2]);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL,
		   (void *)(long)(PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
				  PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC)) < 0 ||
	    ptrace(PTRACE_CONT, pid, NULL, NULL) < 0)
		fail("cannot trace");
	result = run(&trace);
	out = fopen(argv[1], "w");
	if (!out)
		fail(argv[1]);
	for (size_t i = 0; i < IMAGE_MAX; i++)
		if (trace.met[i])
			(void)fprintf(out, "%zx %d\n", i, trace.met[i]);
	return fclose(out) == 0 ? result : 1;
}
