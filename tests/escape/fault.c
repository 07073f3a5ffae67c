/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fault.c - makes one system call of a program fail, once
 *
 *	fault list LOG COMMAND...
 *	fault fail PROCESS:CALL:N ERRNO LOG COMMAND...
 *
 * The processes are called after the order in which they were made: 0 is COMMAND, 0.1 its
 * first child, 0.1.1 the first child of that; these are sbox, init and the sandboxed
 * command until it is executed, and 0.2 is a network's helper. "list" writes
 * every system call to LOG, one a line, as PROCESS:CALL:N, N counting from 1, and
 * PROCESS:executed where one has executed another program. "fail"
 * answers the one named by ERRNO without letting it reach the kernel (but close(2), which
 * releases the descriptor whatever it answers), and says in LOG "injected", "about PATH"
 * if a path was looked up or a file or directory read or written, and "left N" if any of
 * the processes is there 5 seconds after COMMAND has ended. The exit status is that of
 * COMMAND.
 *
 * What a process does after it has executed another program is no more looked at, nor
 * what COMMAND does before its first fcntl(2): that is the C library's own start.
 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "seccomp/errnos.h"
#include "seccomp/syscalls.h"

#ifdef __x86_64__

#define PROCESSES 64
#define CALLS 512
#define NAME 32

struct process {
	char name[NAME]; /* "": a child that is not announced yet, and waits for it */
	pid_t pid;
	bool gone;
	bool counted; /* its calls matter */
	bool refuse;  /* the call that it is in */
	unsigned children;
	unsigned counts[CALLS];
};

static struct {
	struct process list[PROCESSES];
	size_t len;
	const char *process; /* and what of it is to fail; NULL: nothing */
	unsigned long call, n;
	int error;
	FILE *log;
} state;

static _Noreturn void die(const char *what)
{
	(void)fprintf(stderr, "fault: %s: %s\n", what, strerror(errno));
	exit(99);
}

static struct process *find(pid_t pid)
{
	for (size_t i = 0; i < state.len; i++)
		if (state.list[i].pid == pid && !state.list[i].gone)
			return &state.list[i];
	if (state.len == PROCESSES)
		die("too many processes");
	state.list[state.len] = (struct process){ .pid = pid };
	return &state.list[state.len++];
}

static void go_on(const struct process *p, int sig)
{
	(void)ptrace(PTRACE_SYSCALL, p->pid, NULL, (void *)(long)sig);
}

/* The order of making is only known from the parent: the child may stop first. */
static void on_child(struct process *parent)
{
	unsigned long pid;
	struct process *child;
	bool waits = false;

	if (ptrace(PTRACE_GETEVENTMSG, parent->pid, NULL, &pid) < 0)
		return;
	for (size_t i = 0; i < state.len; i++)
		waits |= state.list[i].pid == (pid_t)pid && !state.list[i].gone;
	child = find((pid_t)pid);
	child->counted = true;
	(void)snprintf(child->name, sizeof child->name, "%.20s.%u", parent->name,
		       ++parent->children);
	if (waits)
		go_on(child, 0);
}

/* What the call is about, if that is a file of a process that may be looked at. */
static void tell_path(const struct process *p, unsigned long nr,
		      const struct user_regs_struct *regs)
{
	bool named = nr == SYS_openat || nr == SYS_openat2 || nr == SYS_newfstatat;
	unsigned long at = named ? regs->rsi : nr == SYS_readlink ? regs->rdi : 0;
	char path[256] = "", link[64];
	struct iovec here = { path, sizeof path - 1 },
		     there = { (void *)at, here.iov_len };
	ssize_t n = at ? process_vm_readv(p->pid, &here, 1, &there, 1, 0) : -1;

	if (nr == SYS_read || nr == SYS_write || nr == SYS_getdents64 ||
	    nr == SYS_fstat || (at && n > 0 && !*path)) {
		/* the descriptor itself */
		(void)snprintf(link, sizeof link, "/proc/%d/fd/%d", p->pid,
			       (int)regs->rdi);
		n = readlink(link, path, sizeof path - 1);
		path[n > 0 ? n : 0] = '\0';
	}
	if (n > 0)
		(void)fprintf(state.log, "about %s\n", path);
}

static void on_entry(struct process *p, unsigned long nr)
{
	const struct syscall_row *row = syscall_by_number((uint32_t)nr);
	struct user_regs_struct regs;

	/* before, COMMAND is us, and then the C library */
	if (p == state.list && nr == SYS_fcntl)
		p->counted = true;
	if (nr >= CALLS || !p->counted)
		return;
	p->counts[nr]++;
	if (!state.process)
		(void)fprintf(state.log, "%s:%s:%u\n", p->name, row ? row->name : "?",
			      p->counts[nr]);
	if (!state.process || strcmp(p->name, state.process) != 0 || nr != state.call ||
	    p->counts[nr] != state.n || ptrace(PTRACE_GETREGS, p->pid, NULL, &regs) < 0)
		return;
	if (nr != SYS_close)
		regs.orig_rax =
			(unsigned long)-1; /* no such call: the kernel does nothing */
	p->refuse = ptrace(PTRACE_SETREGS, p->pid, NULL, &regs) == 0;
	tell_path(p, nr, &regs);
	(void)fputs("injected\n", state.log);
	(void)fflush(state.log);
}

static void on_exit_of_call(struct process *p)
{
	struct user_regs_struct regs;

	if (!p->refuse || ptrace(PTRACE_GETREGS, p->pid, NULL, &regs) < 0)
		return;
	p->refuse = false;
	regs.rax = (unsigned long)-state.error;
	(void)ptrace(PTRACE_SETREGS, p->pid, NULL, &regs);
}

/* Every failure here means that the process was killed meanwhile. */
static void on_stop(struct process *p, int status)
{
	struct __ptrace_syscall_info info;
	int sig = WSTOPSIG(status), event = status >> 16;

	if (!*p->name) /* announced later */
		return;
	if (event == PTRACE_EVENT_CLONE || event == PTRACE_EVENT_FORK ||
	    event == PTRACE_EVENT_VFORK)
		on_child(p);
	if (event == PTRACE_EVENT_STOP && sig != SIGTRAP) {
		(void)ptrace(PTRACE_LISTEN, p->pid, NULL, NULL);
		return;
	}
	if (event == PTRACE_EVENT_EXEC && p != state.list) {
		p->counted = false;
		if (!state.process)
			(void)fprintf(state.log, "%s:executed\n", p->name);
	}
	if (sig == (SIGTRAP | 0x80) &&
	    ptrace(PTRACE_GET_SYSCALL_INFO, p->pid, (void *)sizeof info, &info) > 0) {
		if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
			on_entry(p, info.entry.nr);
		else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
			on_exit_of_call(p);
	}
	if (sig == (SIGTRAP | 0x80) || event)
		sig = 0;
	go_on(p, sig);
}

static size_t alive(void)
{
	size_t n = 0;

	for (size_t i = 0; i < state.len; i++)
		n += !state.list[i].gone;
	return n;
}

/*
 * A child whose maker was killed before it could be asked about it is announced by
 * nobody, and would wait for ever.
 */
static void let_orphans_go(void)
{
	for (size_t i = 0; i < state.len; i++) {
		struct process *p = &state.list[i];

		if (p->gone || *p->name)
			continue;
		(void)snprintf(p->name, sizeof p->name, "orphan");
		go_on(p, 0);
	}
}

/* Follows all of them to their end; the status of the first. */
static int follow(void)
{
	const struct timespec moment = { .tv_nsec = 5000000 };
	int first = 0, patience = 1000; /* moments */

	while (alive() > 0 && patience > 0) {
		bool over = state.list[0].gone;
		int status;
		pid_t pid = waitpid(-1, &status, __WALL | (over ? WNOHANG : 0));
		struct process *p = pid > 0 ? find(pid) : NULL;

		if (!p) {
			let_orphans_go();
			(void)nanosleep(&moment, NULL);
			patience--;
		} else if (WIFSTOPPED(status)) {
			on_stop(p, status);
		} else {
			p->gone = true;
			if (p == state.list)
				first = status;
		}
	}
	if (alive() > 0)
		(void)fprintf(state.log, "left %zu\n", alive());
	return WIFEXITED(first) ? WEXITSTATUS(first) : 128 + WTERMSIG(first);
}

static void begin(char **command)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC |
			     PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			     PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL;
	int go[2];
	char byte;
	pid_t pid;

	if (pipe(go) < 0 || (pid = fork()) < 0)
		die("fork");
	if (pid == 0) {
		(void)close(go[1]);
		(void)!read(go[0], &byte, 1);
		(void)close(go[0]);
		(void)fclose(state.log);
		(void)execvp(command[0], command);
		die(command[0]);
	}
	(void)strcpy(find(pid)->name, "0");
	if (ptrace(PTRACE_SEIZE, pid, NULL, (void *)options) < 0 ||
	    ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0)
		die("ptrace");
	(void)close(go[0]);
	(void)close(go[1]);
}

static void what_fails(char *where, const char *error)
{
	const char *process = strtok(where, ":"), *call = strtok(NULL, ":"),
		   *n = call ? strtok(NULL, ":") : NULL;
	const struct syscall_row *row = call ? syscall_by_name(call, strlen(call)) : NULL;

	state.error = errno_by_name(error, strlen(error));
	errno = EINVAL;
	if (!row || !n || state.error == 0)
		die(where);
	state.process = process;
	state.call = (unsigned long)syscall_number(row);
	state.n = strtoul(n, NULL, 10);
}

int main(int argc, char **argv)
{
	int at = argc > 3 && strcmp(argv[1], "list") == 0   ? 2
		 : argc > 5 && strcmp(argv[1], "fail") == 0 ? 4
							    : 0;

	errno = EINVAL;
	if (!at)
		die("usage");
	if (at == 4)
		what_fails(argv[2], argv[3]);
	state.log = fopen(argv[at], "we");
	if (!state.log)
		die(argv[at]);
	begin(argv + at + 1);
	at = follow();
	if (fclose(state.log) != 0)
		die("log");
	return at;
}
#else
int main(void)
{
	return 98; /* nobody has written it for this architecture */
}
#endif
