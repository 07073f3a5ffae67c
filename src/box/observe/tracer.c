/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tracer.c - the observer, from its birth to the end of what it traces; see observe.h
 *
 * Process: the observer
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ptrace.h>
#include <linux/un.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "box/observe/calls.h"
#include "box/observe/observe.h"
#include "box/observe/tracer.h"

#define PATH_SIZE 4096
#define WORD sizeof(uint64_t)
/* Calls that have begun, by number of thread: two that share a place lose the older one.
 */
#define BEGUN_MAX 65536U

struct begun {
	pid_t tid; /* 0: none */
	uint16_t call;
	uint64_t args[6];
	/* with OBSERVE_ALL: any call that thread @within has begun */
	pid_t within;
	uint32_t number;
	/* the program of thread @known: it stays until one is executed */
	pid_t known;
	char program[OBSERVE_PROGRAM_MAX];
};

struct tracer {
	enum observe_mode mode;
	int proc;
	struct observe_table *table;
	struct observe_index *index;
	struct begun *begun;
};

/* The system call itself: of the C library's, what reads returns what it has read. */
static long trace(long request, pid_t tid, uint64_t addr, uint64_t data)
{
	return syscall(SYS_ptrace, request, (long)tid, addr, data);
}

/* The @size bytes at @addr, rounded up to words, into @ret; how many could be read. */
static size_t read_words(pid_t tid, uint64_t addr, void *ret, size_t size)
{
	char *out = ret;
	size_t n = 0;

	/* whole words where they lie: none crosses the end of what is mapped */
	while (n < size) {
		const size_t skip = (size_t)((addr + n) % WORD);
		const size_t room = size - n,
			     part = WORD - skip < room ? WORD - skip : room;
		char word[WORD];

		if (trace(PTRACE_PEEKDATA, tid, addr + n - skip,
			  (uint64_t)(uintptr_t)word) < 0)
			break;
		memcpy(out + n, word + skip, part);
		n += part;
	}
	return n;
}

/* The text at @addr into @ret of PATH_SIZE bytes; -1: it cannot be read to its end. */
static int read_memory_text(pid_t tid, uint64_t addr, char *ret)
{
	for (size_t n = 0; n < PATH_SIZE;) {
		const size_t skip = (size_t)((addr + n) % WORD);
		const size_t part =
			WORD - skip < PATH_SIZE - n ? WORD - skip : PATH_SIZE - n;

		if (read_words(tid, addr + n, ret + n, part) < part)
			return -1;
		if (memchr(ret + n, '\0', part))
			return 0;
		n += part;
	}
	return -1;
}

/* What the link @name of /proc/@tid says, into @ret of PATH_SIZE bytes. */
static int read_proc_link(const struct tracer *t, pid_t tid, const char *name, char *ret)
{
	char path[64];
	ssize_t n;

	(void)snprintf(path, sizeof path, "%d/%s", (int)tid, name);
	n = readlinkat(t->proc, path, ret, PATH_SIZE - 1);
	if (n <= 0)
		return -1;
	ret[n] = '\0';
	return *ret == '/' ? 0 : -1;
}

/* Makes @path of PATH_SIZE bytes absolute, where it was relative to @dir of @tid. */
static int make_absolute(const struct tracer *t, pid_t tid, int dir, char *path)
{
	char name[32], base[PATH_SIZE], whole[2 * PATH_SIZE];
	int n;

	if (*path == '/')
		return 0;
	if (dir == AT_FDCWD)
		(void)snprintf(name, sizeof name, "cwd");
	else
		(void)snprintf(name, sizeof name, "fd/%d", dir);
	if (read_proc_link(t, tid, name, base) < 0)
		return -1;
	n = snprintf(whole, sizeof whole, "%s/%s", strcmp(base, "/") == 0 ? "" : base,
		     path);
	if (n < 0 || n >= PATH_SIZE)
		return -1;
	memcpy(path, whole, (size_t)n + 1);
	return 0;
}

/* The path in the address that connect(2) got; "": it has none. */
static int read_address(pid_t tid, const struct begun *begun, char *ret)
{
	struct sockaddr_un addr = { 0 };
	size_t len = (uint32_t)begun->args[2];

	*ret = '\0';
	if (len > sizeof addr)
		len = sizeof addr;
	if (read_words(tid, begun->args[1], &addr, len) < len)
		return -1;
	if (addr.sun_family == AF_UNIX)
		(void)snprintf(ret, PATH_SIZE, "%.*s", (int)sizeof addr.sun_path,
			       addr.sun_path);
	return 0;
}

/* What @begun wants of its path. */
static enum observe_access access_of(pid_t tid, const struct begun *begun)
{
	const struct observe_call *call = &observe_calls[begun->call];
	uint64_t flags = 0;

	if (call->number == SYS_openat2)
		(void)read_words(tid, begun->args[2], &flags, sizeof flags);
	else if (call->flags >= 0)
		flags = begun->args[call->flags];
	if (flags & O_CREAT)
		return OBSERVE_CREATE;
	if ((flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC))
		return OBSERVE_WRITE;
	return (enum observe_access)call->access;
}

/* The last part of what the kernel says that @tid executes, into @begun; "": it is not
 * told. */
static void name_program(const struct tracer *t, pid_t tid, struct begun *begun)
{
	char path[PATH_SIZE];

	if (begun->known == tid)
		return;
	begun->known = tid;
	memset(begun->program, 0, sizeof begun->program);
	if (read_proc_link(t, tid, "exe", path) == 0)
		(void)snprintf(begun->program, sizeof begun->program, "%.*s",
			       (int)sizeof begun->program - 1, strrchr(path, '/') + 1);
}

static void put_down(struct tracer *t, pid_t tid, struct begun *begun, int error,
		     const char *path)
{
	struct observe_row row = { .process = tid,
				   .error = error,
				   .call = begun->call,
				   .access = (uint8_t)access_of(tid, begun) };
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	row.first = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	name_program(t, tid, begun);
	memcpy(row.program, begun->program, sizeof row.program);
	observe_table_add(t->table, t->index, &row, path);
}

/* One operand of a call that has ended. */
static void note_operand(struct tracer *t, pid_t tid, struct begun *begun,
			 const struct observe_operand *operand, int error)
{
	const struct observe_call *call = &observe_calls[begun->call];
	const int dir = operand->dir < 0 ? AT_FDCWD : (int)begun->args[operand->dir];
	char path[PATH_SIZE];
	int status;

	*path = '\0';
	if (call->access == OBSERVE_EXEC && error == 0) /* its memory is gone */
		status = read_proc_link(t, tid, "exe", path);
	else if (call->access == OBSERVE_CONNECT)
		status = read_address(tid, begun, path);
	else
		status = read_memory_text(tid, begun->args[operand->path], path);
	if (status == 0 && *path == '\0')
		return; /* of a descriptor alone, or no path at all */
	if (status == 0)
		status = make_absolute(t, tid, dir, path);
	if (status == 0)
		put_down(t, tid, begun, error, path);
	else
		t->table->unreadable += t->table->unreadable < UINT32_MAX;
}

static void put_down_failed(struct tracer *t, pid_t tid, struct begun *begun, int error)
{
	struct observe_failed row = { .process = tid,
				      .error = error,
				      .number = begun->number };
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	row.first = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	name_program(t, tid, begun);
	memcpy(row.program, begun->program, sizeof row.program);
	memcpy(row.args, begun->args, sizeof row.args);
	observe_table_add_failed(t->table, &row);
}

/* Whether a filter could have refused a call so, and the kernel seldom does. */
static bool is_like_refused(int error)
{
	switch (error) {
	case EAGAIN:
	case EBADF:
	case ECHILD:
	case EEXIST:
	case EINPROGRESS:
	case EINTR:
	case EISDIR:
	case ENOENT:
	case ENOTTY:
	case EPIPE:
	case ERANGE:
	case ESPIPE:
	case ESRCH:
	case ETIMEDOUT:
		return false;
	default:
		return error > 0 && error < 512; /* those above are restarted */
	}
}

/* Whether a call fails so where the plan hides, protects or limits something. */
static bool is_of_interest(const struct tracer *t, int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
	case EACCES:
	case EPERM:
	case EROFS:
	case EBUSY:
	case EXDEV:
	case ECONNREFUSED:
	case EMFILE: /* limits.nofile */
		return true;
	default:
		return t->mode == OBSERVE_ALL && error < 512; /* restarted otherwise */
	}
}

static struct begun *begun_of(const struct tracer *t, pid_t tid)
{
	return &t->begun[(unsigned)tid % BEGUN_MAX];
}

/* The number may be somebody else's from here. */
static void forget(struct begun *begun, pid_t tid)
{
	if (begun->tid == tid)
		begun->tid = 0;
	if (begun->known == tid)
		begun->known = 0;
	if (begun->within == tid)
		begun->within = 0;
}

/* To where it is to be looked at next. */
static void resume(const struct tracer *t, pid_t tid, bool within, int sig)
{
	(void)trace(within || t->mode == OBSERVE_ALL ? PTRACE_SYSCALL : PTRACE_CONT, tid,
		    0, (uint64_t)sig);
}

static void on_entry(struct tracer *t, pid_t tid)
{
	struct ptrace_syscall_info info = { 0 };
	struct begun *begun = begun_of(t, tid);

	begun->tid = 0;
	if (trace(PTRACE_GET_SYSCALL_INFO, tid, sizeof info, (uint64_t)(uintptr_t)&info) <
		    0 ||
	    info.op != PTRACE_SYSCALL_INFO_SECCOMP ||
	    info.seccomp.ret_data >= observe_calls_len) {
		resume(t, tid, false, 0);
		return;
	}
	begun->tid = tid;
	begun->call = (uint16_t)info.seccomp.ret_data;
	memcpy(begun->args, info.seccomp.args, sizeof begun->args);
	resume(t, tid, true, 0);
}

/* The end of one of the calls of the table. */
static void note_call(struct tracer *t, pid_t tid, struct begun *begun, int error)
{
	const struct observe_call *call = &observe_calls[begun->call];

	if (!error && call->access == OBSERVE_EXEC)
		begun->known = 0; /* it is another program from here */
	for (int i = 0; is_of_interest(t, error) && i < 2; i++)
		if (call->operands[i].path >= 0)
			note_operand(t, tid, begun, &call->operands[i], error);
	if (call->access == OBSERVE_TRACE && is_of_interest(t, error))
		put_down(t, tid, begun, error, "");
}

/* The beginning of any call, where they are all stopped at, or the end of one. */
static void on_call(struct tracer *t, pid_t tid)
{
	struct ptrace_syscall_info info = { 0 };
	struct begun *begun = begun_of(t, tid);
	int error = 0;

	/* a thread that executed a program has the number of the first one now */
	if (begun->tid != tid && begun->within != tid)
		forget(begun, tid);
	if (trace(PTRACE_GET_SYSCALL_INFO, tid, sizeof info, (uint64_t)(uintptr_t)&info) <
	    0)
		info.op = PTRACE_SYSCALL_INFO_NONE;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		begun->within = tid;
		begun->number = (uint32_t)info.entry.nr;
		memcpy(begun->args, info.entry.args, sizeof begun->args);
	} else if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
		if (info.exit.is_error)
			error = (int)-info.exit.rval;
		if (begun->tid == tid)
			note_call(t, tid, begun, error);
		else if (begun->within == tid && is_like_refused(error))
			put_down_failed(t, tid, begun, error);
		begun->within = 0;
	}
	begun->tid = 0;
	resume(t, tid, false, 0);
}

static bool stops_group(int sig)
{
	return sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU;
}

/* Within a call that has begun, its end is still to be seen. */
static void let_run(const struct tracer *t, pid_t tid, int sig)
{
	resume(t, tid, begun_of(t, tid)->tid == tid, sig);
}

static void on_stop(struct tracer *t, pid_t tid, int status)
{
	const int sig = WSTOPSIG(status), event = status >> 16;

	if (event == PTRACE_EVENT_SECCOMP)
		on_entry(t, tid);
	else if (event == 0 && sig == (SIGTRAP | 0x80))
		on_call(t, tid);
	else if (event == PTRACE_EVENT_STOP && stops_group(sig))
		(void)trace(PTRACE_LISTEN, tid, 0, 0); /* stopped until SIGCONT */
	else if (event != 0)
		let_run(t, tid, 0); /* born, or it has made another one */
	else
		let_run(t, tid, sig); /* a signal, for which it was stopped */
}

/* Until nothing is left that could be waited for. */
static void see_through_all(struct tracer *t)
{
	for (;;) {
		int status;
		pid_t tid = wait4(-1, &status, __WALL, NULL);

		if (tid < 0 && errno == EINTR)
			continue;
		if (tid < 0)
			return;
		if (WIFSTOPPED(status))
			on_stop(t, tid, status);
		else
			forget(begun_of(t, tid), tid);
	}
}

/* Whether it is who was meant: as long as we trace it, its number is its own. */
static bool is_command(const struct observe_command *command)
{
	char path[64], text[512];
	_cleanup_fd_ int fd = -1;
	ssize_t n;
	char *at;

	(void)snprintf(path, sizeof path, "/proc/%d/stat", (int)command->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	if (n <= 0)
		return false;
	text[n] = '\0';
	at = strrchr(text, ')'); /* the end of its name: ") S PPID" */
	return at && strlen(at) > 4 && strtol(at + 4, NULL, 10) == command->init;
}

static int seize(const struct observe_command *command, struct error *err)
{
	const uint64_t options = PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP |
				 PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
				 PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;
	char scope[2] = "";
	int fd;

	if (trace(PTRACE_SEIZE, command->pid, 0, options) == 0) {
		if (is_command(command))
			return 0;
		/* somebody else's: it must not end with us */
		(void)trace(PTRACE_INTERRUPT, command->pid, 0, 0);
		(void)waitpid(command->pid, NULL, __WALL);
		(void)trace(PTRACE_DETACH, command->pid, 0, 0);
		return error_set(err, "--observe: the command's process has ended");
	}
	(void)error_sys(err, "--observe: the command cannot be traced");
	fd = open("/proc/sys/kernel/yama/ptrace_scope", O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && read(fd, scope, 1) == 1 && *scope >= '2')
		(void)error_set(err,
				"--observe: this machine lets nobody trace "
				"(kernel.yama.ptrace_scope = %s)",
				scope);
	fd_closep(&fd);
	return -1;
}

static void *shared_memory(size_t size, int fd)
{
	const int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static int get_ready(const struct tracer_start *start, struct tracer *t,
		     struct error *err)
{
	*t = (struct tracer){
		.mode = start->mode,
		.proc = start->proc,
		.table = shared_memory(sizeof *t->table, start->table),
		.index = shared_memory(sizeof *t->index, -1),
		.begun = shared_memory(BEGUN_MAX * sizeof *t->begun, -1),
	};
	if (!t->table || !t->index || !t->begun) {
		(void)error_sys(err, "--observe: memory");
		return -1;
	}
	t->table->magic = OBSERVE_MAGIC;
	t->table->size = sizeof *t->table;
	/* with the supervisor, as init and so all that is traced */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return error_sys(err, "PR_SET_PDEATHSIG");
	if (seize(&start->command, err) < 0)
		return -1;
	/* from here it has nothing but what it traces */
	io_close_but(start->proc, start->ready);
	return tracer_fence(start->drop, err);
}

_Noreturn void tracer_main(const struct tracer_start *start)
{
	struct error err = { .status = EXIT_SBOX };
	struct tracer t;

	(void)setsid();
	(void)!chdir("/");
	(void)prctl(PR_SET_NAME, "sbox-observer", 0, 0, 0);
	if (get_ready(start, &t, &err) < 0) {
		(void)error_send(&err, start->ready);
		_exit(EXIT_SBOX);
	}
	(void)error_send(&(struct error){ 0 }, start->ready); /* it is ready */
	(void)close(start->ready);
	see_through_all(&t);
	t.table->complete = 1;
	_exit(0);
}
