/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * observe.h - sees which paths a command asks for, and with what result
 *
 * Theory of operation
 *
 * The observer (sbox-observer) is a fork of the supervisor that traces the command's
 * process (ptrace(2), PTRACE_SEIZE) and all that come of it. The command loads one more
 * seccomp program (calls.h) that stops it at the calls that take a path
 * (SECCOMP_RET_TRACE), and nowhere else; the observer lets it go on to the end of the
 * call (PTRACE_SYSCALL), and where that failed it reads the path. A notification of
 * seccomp would tell no result, and would let a signal end calls with EINTR that never
 * end so.
 *
 * The order: the command waits as with --block-fd, so it has not been executed and has no
 * children. It is seized by its number; that it is still init's child is looked at behind
 * that, when the number can mean nothing else any more. Only when the observer has said
 * that it is ready may the command be let go.
 *
 * What the enforcing programs refuse is not stopped for by another one. So with
 * OBSERVE_ALL each call is stopped at twice, by PTRACE_SYSCALL, as strace(1) does it.
 *
 * It decides nothing. The programs that enforce are the same with and without it, and
 * what they refuse is refused before it would be asked. If it ends, PTRACE_O_EXITKILL
 * takes all its processes along; a process that was cloned past it (CLONE_UNTRACED) has
 * ENOSYS for each of these calls. What it reads comes from the command, which can change
 * it meanwhile: it is a hint for people, who decide.
 *
 * It may trace: the caller owns the outer user namespace (user_namespaces(7)), so nothing
 * inside can make itself unreadable to it (PR_SET_DUMPABLE). It needs no capability, and
 * fences itself in once it has seized the command: no descriptor but one of /proc, and a
 * list of six system calls, of ptrace(2) only what continues and reads processes that it
 * traces already. It can open no file. Landlock cannot hold it: the kernel lets nobody
 * trace, nor look at /proc/PID/cwd, who has more rules than who is looked at (security/
 * landlock/ptrace.c, since Linux 5.13).
 */
#ifndef SBOX_OBSERVE_H
#define SBOX_OBSERVE_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"
#include "box/observe/table.h"

enum observe_mode {
	OBSERVE_OFF,
	OBSERVE_PLAIN,  /* as OBSERVE_FAILED, unless that is in the command's way */
	OBSERVE_FAILED, /* calls that failed as those of hidden and protected paths do */
	OBSERVE_ALL /* of what takes a path, all; of all else, what failed: at any call */
};

/* The command's process, which waits, and has no threads or children. */
struct observe_command {
	pid_t pid, init; /* its parent */
};

struct observation {
	enum observe_mode mode;
	pid_t pid; /* of the observer; 0: there is none */
	int table; /* its memory file; -1 */
};

#define OBSERVATION_NONE                                                                 \
	{                                                                                \
		.table = -1                                                              \
	}

/*
 * Starts the observer of @command. @drop gives up all capabilities of the calling
 * process, for good. 0: it observes.
 */
_must_check_ int observe_begin(struct observation *o, enum observe_mode mode,
			       struct observe_command command,
			       int (*drop)(struct error *err), struct error *err);

/*
 * When all that was observed is dead: waits for the observer, and returns what it has
 * written, in @arena; NULL: there was none, or it wrote nothing that can be read.
 */
const struct observe_table *observe_end(struct observation *o, struct arena *arena);

/* In tracer.c: the observer itself. */
struct tracer_start {
	enum observe_mode mode;
	struct observe_command command;
	int table, proc, ready; /* memory file; directory; a byte when it is ready */
	int (*drop)(struct error *err);
};
_Noreturn void tracer_main(const struct tracer_start *start);

#endif
