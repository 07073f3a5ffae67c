/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * command.c - the command's process, up to the command; see command.h
 *
 * Process: the command
 */
#include "config.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/sys.h"
#include "box/fence/caps.h"
#include "box/fence/landlock.h"
#include "box/fence/limits.h"
#include "box/host/cause.h"
#include "box/mount/devproc.h"
#include "box/observe/calls.h"
#include "box/start/command.h"
#include "box/start/inside.h"
#include "box/start/join.h"
#include "box/stdio/given.h"
#include "box/stdio/handover.h"

#define FDS_MAX 256

int command_chdir(const struct plan *plan, struct error *err)
{
	char cwd[PATH_MAX];

	if (plan->cwd_else &&
	    (chdir(plan->cwd) == 0 || chdir(plan->cwd_else) == 0 || chdir("/") == 0))
		return 0;
	if (chdir(plan->cwd) < 0 && plan->given)
		return error_sys(err, "Can't chdir to %s", plan->cwd);
	if (chdir(plan->cwd) < 0)
		return error_sys(
			err, "cannot change to directory %s inside the sandbox%s",
			plan->cwd,
			errno != ENOENT ? ""
			: plan->cwd_of_host
				? " (fs.read or fs.write would show it)"
				: " (there is none on the host either: fs.tmpfs would "
				  "make one)");
	if (!getcwd(cwd, sizeof cwd) || cwd[0] != '/')
		return error_set(err, "directory %s is not inside the sandbox",
				 plan->cwd);
	return 0;
}

static int by_fd(const void *a, const void *b)
{
	const int *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

int command_close_fds(const struct plan *plan, const int *keep, size_t len,
		      struct error *err)
{
	int fds[FDS_MAX + 4];
	size_t n = 0;
	unsigned from = 3;

	if (len + plan->keep_fds_len > FDS_MAX)
		return error_set(err, "more than %d descriptors to keep", FDS_MAX);
	for (size_t i = 0; i < len; i++)
		fds[n++] = keep[i];
	for (size_t i = 0; i < plan->keep_fds_len; i++) {
		int fd = plan->keep_fds[i];

		if (fcntl(fd, F_SETFD, 0) < 0)
			return error_sys(err, "process.keep_fds: descriptor %d", fd);
		fds[n++] = fd;
	}
	qsort(fds, n, sizeof fds[0], by_fd);
	for (size_t i = 0; i < n; i++) {
		if (fds[i] < (int)from)
			continue;
		if ((unsigned)fds[i] > from &&
		    close_range(from, (unsigned)fds[i] - 1, 0) < 0)
			return error_sys(err, "close_range");
		from = (unsigned)fds[i] + 1;
	}
	if (close_range(from, ~0U, 0) < 0)
		return error_sys(err, "close_range");
	return 0;
}

/* The dynamic loader that ELF file @fd names, into @name; false: none, or not ELF. */
static bool elf_loader(int fd, char *name, size_t size)
{
	ElfW(Ehdr) head;
	ElfW(Phdr) part;

	if (pread(fd, &head, sizeof head, 0) != (ssize_t)sizeof head ||
	    memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 || head.e_phentsize != sizeof part)
		return false;
	for (unsigned i = 0; i < head.e_phnum && i < 256; i++) {
		off_t at = (off_t)(head.e_phoff + i * sizeof part);
		ssize_t n;

		if (pread(fd, &part, sizeof part, at) != (ssize_t)sizeof part)
			return false;
		if (part.p_type != PT_INTERP)
			continue;
		n = pread(fd, name, part.p_filesz < size ? part.p_filesz : size - 1,
			  (off_t)part.p_offset);
		if (n <= 0)
			return false;
		name[n] = '\0';
		return true;
	}
	return false;
}

/* The interpreter that script @fd names; false: it names none. */
static bool script_interpreter(int fd, char *name, size_t size)
{
	char line[256];
	ssize_t n = pread(fd, line, sizeof line - 1, 0);
	char *p = line + 2;
	size_t len;

	if (n < 3 || line[0] != '#' || line[1] != '!')
		return false;
	line[n] = '\0';
	p += strspn(p, " \t");
	len = strcspn(p, " \t\r\n");
	if (len == 0 || len >= size)
		return false;
	memcpy(name, p, len);
	name[len] = '\0';
	return true;
}

/* ENOENT for a file that is there: something that it needs is not. */
static void explain_enoent(const char *path, struct error *err)
{
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char name[PATH_MAX];
	ssize_t len = fd < 0 ? readlink(path, name, sizeof name - 1) : -1;

	if (len > 0) {
		name[len] = '\0';
		(void)error_set(err, "%s is a link to %s, which is not in the sandbox",
				path, name);
		err->status = EXIT_NOCMD;
		return;
	}
	if (fd >= 0 && script_interpreter(fd, name, sizeof name))
		(void)error_set(err, "%s: its interpreter %s is not in the sandbox", path,
				name);
	else if (fd >= 0 && elf_loader(fd, name, sizeof name))
		(void)error_set(err, "%s: its dynamic loader %s is not in the sandbox",
				path, name);
	else
		(void)error_set(
			err, "%s: something that it needs to start is not in the sandbox",
			path);
	err->status = EXIT_NOEXEC;
}

/* The step that hides @path, NULL if none does. */
static const struct step *hidden_by(const struct plan *plan, const char *path)
{
	char real[PATH_MAX];

	if (realpath(path, real))
		path = real;
	for (size_t i = 0; i < plan->steps_len; i++)
		if (plan->steps[i].type == STEP_DENY && path[0] == '/' &&
		    path_within(path, plan->steps[i].target))
			return &plan->steps[i];
	return NULL;
}

static void explain_eacces(const struct plan *plan, const char *path, struct error *err)
{
	const struct step *deny = hidden_by(plan, path);
	struct statvfs fs;
	struct stat st;

	if (deny && !deny->pos.file)
		(void)error_set(err, "%s is hidden: it is sbox's own", path);
	else if (deny)
		(void)error_set(err, "%s is hidden by fs.deny (%s:%u)", path,
				deny->pos.file, deny->pos.line);
	else if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		(void)error_set(err, "%s is a directory", path);
	else if (stat(path, &st) == 0 && !(st.st_mode & 0111))
		(void)error_set(err, "%s is not executable (chmod +x)", path);
	else if (statvfs(path, &fs) == 0 && (fs.f_flag & ST_NOEXEC))
		(void)error_set(err, "%s is on a mount without exec", path);
	else
		(void)error_set(err, "%s: permission denied", path);
	err->status = EXIT_NOEXEC;
}

static void explain(const struct plan *plan, const char *path, int errnum,
		    struct error *err)
{
	errno = errnum;
	if (errnum == ENOENT) {
		explain_enoent(path, err);
	} else if (errnum == EACCES) {
		explain_eacces(plan, path, err);
	} else if (errnum == ENOEXEC) {
		(void)error_set(err,
				"%s is no program: no ELF file of this machine and no "
				"script with \"#!\"",
				path);
		err->status = EXIT_NOEXEC;
	} else {
		(void)error_sys(err, "cannot run %s", path);
		err->status = EXIT_NOEXEC;
	}
	err->errnum = errnum;
}

/* What execve(2) takes for the plan's words; NULL: no memory. */
static char **words_of(const struct plan *plan)
{
	const char *const *argv = plan->argv;
	char **args;
	size_t n = 0;

	while (argv[n])
		n++;
	args = calloc(n + 1, sizeof *args);
	for (size_t i = 0; args && i < n; i++)
		args[i] = (char *)argv[i];
	if (args && plan->argv0)
		args[0] = (char *)plan->argv0;
	return args;
}

static bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* A program that was found before it is executed. */
struct chosen {
	char path[PATH_MAX];
	char **args;
};

/* Executes @path, or with @ret finds out whether that would do (0). -1: errno. */
static int attempt(const struct plan *plan, const char *path, char **args,
		   struct chosen *ret)
{
	struct stat st;

	if (!ret) {
		(void)execve(path, args, (char *const *)plan->environ);
		return -1;
	}
	if (access(path, X_OK) < 0 || stat(path, &st) < 0)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = EACCES;
		return -1;
	}
	(void)snprintf(ret->path, sizeof ret->path, "%s", path);
	ret->args = args;
	return 0;
}

static int no_command(struct error *err)
{
	err->status = EXIT_NOCMD;
	err->errnum = ENOENT;
	return -1;
}

/* Like execvp(3): ENOENT and EACCES go on to the next directory of PATH. */
static int search(const struct plan *plan, char **args, struct chosen *ret,
		  struct error *err)
{
	const char *name = plan->argv[0], *dir = plan->path;
	char path[PATH_MAX], refused[PATH_MAX] = "";
	int refusal = 0;

	while (*name && *dir) {
		size_t len = strcspn(dir, ":");
		int n = snprintf(path, sizeof path, "%.*s%s%s", (int)len, dir,
				 len ? "/" : "", name);

		dir += len + (dir[len] == ':');
		if (n < 0 || (size_t)n >= sizeof path)
			continue;
		if (attempt(plan, path, args, ret) == 0)
			return 0;
		if ((errno == ENOENT || errno == ENOTDIR) && !exists(path))
			continue;
		refusal = errno;
		memcpy(refused, path, (size_t)n + 1);
		if (errno != EACCES)
			break;
	}
	if (refusal) {
		explain(plan, refused, refusal, err);
		return -1;
	}
	(void)error_set(err, "%s: command not found in the sandbox (PATH=%s)", name,
			plan->path);
	return no_command(err);
}

static int at_path(const struct plan *plan, char **args, struct chosen *ret,
		   struct error *err)
{
	const char *name = plan->argv[0];

	if (attempt(plan, name, args, ret) == 0)
		return 0;
	if (errno == ENOENT && !exists(name)) {
		(void)error_set(err, "%s: no such file in the sandbox", name);
		return no_command(err);
	}
	explain(plan, name, errno, err);
	return -1;
}

/*
 * execve(2) with the plan's PATH and environment: returns only to report in *err. With
 * @ret the program is found and not executed; 0 then.
 */
static int command_exec(const struct plan *plan, struct chosen *ret, struct error *err)
{
	const char *name = plan->argv[0];
	char **args = words_of(plan);
	int found;

	if (!args) {
		errno = ENOMEM;
		return error_sys(err, "cannot run %s", name);
	}
	found = strchr(name, '/') ? at_path(plan, args, ret, err)
				  : search(plan, args, ret, err);
	if (found < 0)
		free(args);
	return found;
}

/* ------------------------------------------------------------------- its life */

/* How many bytes have come from init on in->go: one for each of these, in this order. */
enum {
	MAPPED = 1, /* the command's ids are written */
	SEALED = 2, /* init has nothing left to be attacked for */
};

/* Gives the command its own process group, and the terminal if there is one. */
static int command_session(const struct inside *in, struct error *err)
{
	pid_t group;

	/* process 1 leads its session, and so has its group already */
	if (!in->plan->alone && setpgid(0, 0) < 0)
		return error_sys(err, "setpgid");
	if (in->pty < 0)
		return 0;
	group = getpid();
	if (ioctl(in->pty, TIOCSPGRP, &group) < 0) /* SIGTTOU is blocked */
		return error_sys(err, "cannot give the command its terminal");
	for (int fd = 0; fd <= 2; fd++)
		if (in->tty[fd] && dup3(in->pty, fd, 0) < 0)
			return error_sys(err, "cannot give the command its terminal");
	return 0;
}

/* Until init has said so many bytes in all, of which @ret_heard have been read. */
static int command_wait(const struct inside *in, int wanted, int *ret_heard,
			struct error *err)
{
	char byte;

	for (; *ret_heard < wanted; ++*ret_heard)
		if (read(in->go[0], &byte, 1) != 1)
			return error_set(err,
					 "the command was not run: init ended before");
	return 0;
}

/* The maker of a user namespace has all capabilities in it from outside. */
static int command_enter(const struct inside *in, struct error *err)
{
	if (setns(in->userns, CLONE_NEWUSER) < 0)
		return error_sys(err, "cannot enter the inner user namespace");
	return 0;
}

/* With whoever keeps a command that came later; a change of ids would undo it. */
static int command_lifeline(const struct inside *in, struct error *err)
{
	if (!in->later)
		return 0; /* init's end is everyone's */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return error_sys(err, "PR_SET_PDEATHSIG");
	return getppid() == 1 ? error_set(err, "sbox-exec is gone") : 0;
}

int command_limit_namespaces(const struct inside *in, bool inner, struct error *err)
{
	const struct plan *plan = in->plan;
	bool here = launch_is_joinable(in->launch) == inner;

	if (in->sys < 0 || !here)
		return 0;
	if (devproc_quotas(in->sys, err) < 0)
		return -1;
	if (plan->nested)
		return 0;
	return devproc_limits(in->sys, plan->has_inner && !inner ? 1 : 0,
			      !plan->has_inner && (plan->caps & 1ULL << CAP_SYS_ADMIN),
			      err);
}

/* A later command's descriptors 0 to 2 were looked at by who asks for it, not by us. */
static int verify_stdio(const struct plan *plan, struct error *err)
{
	bool own_network = (plan->clone_flags & CLONE_NEWNET) != 0;

	for (int fd = 0; fd <= 2; fd++)
		if (given_verify(fd, own_network, err) < 0)
			return -1;
	return 0;
}

/*
 * @chosen: the command, found while it still can be looked for: behind seccomp.programs
 * nothing may be left to do but its execve(2), and no trouble can be told for sure.
 */
static int load_filters(const struct inside *in, struct chosen *chosen, struct error *err)
{
	if (in->plan->programs_len > 0 && command_exec(in->plan, chosen, err) < 0)
		return -1;
	/* one that refuses nothing, for --observe */
	if (!in->later && in->launch->observe != OBSERVE_OFF &&
	    observe_stop_at_calls(err) < 0)
		return -1;
	/* from here only the policy's system calls; nothing but execve is left to do */
	if (filter_load(in->launch->filters, err) < 0)
		return -1;
	return filter_load_imports(in->plan, err);
}

static int command_setup(struct inside *in, struct chosen *chosen, struct error *err)
{
	const struct plan *plan = in->plan;
	const int keep[] = { in->errors, in->go[0] };
	int heard = 0;
	sigset_t none;

	if (in->later && (command_enter(in, err) < 0 || command_chdir(plan, err) < 0))
		return -1;
	if (command_session(in, err) < 0)
		return -1;
	/* from here nothing that it has open is more than it was opened for */
	if (in->later && verify_stdio(plan, err) < 0)
		return -1;
	handovers_pipes(in->handovers, in->proc);
	(void)umask(plan->umask >= 0 ? (mode_t)plan->umask : in->umask);
	/* until it is mapped we are nobody, and nothing can be opened for writing */
	if (!in->later && launch_is_joinable(in->launch) &&
	    (command_wait(in, MAPPED, &heard, err) < 0 ||
	     command_limit_namespaces(in, true, err) < 0))
		return -1;
	/* from here no capability: whoever gains one later has it over U2 only */
	if (caps_keep_only(plan->caps, err) < 0 || command_lifeline(in, err) < 0)
		return -1;
	/* from here no setuid program counts; Landlock and seccomp need it */
	if (caps_no_new_privs(err) < 0)
		return -1;
	/* from here only what the mounts show can be opened, by whatever descriptor */
	if (plan->landlock &&
	    landlock_restrict(plan, &in->held, in->launch->host->landlock_abi, err) < 0)
		return -1;
	if (limits_command(plan, &in->files, err) < 0)
		return -1;
	/* from here no socket is of the host's network */
	if (relays_give(in->relays, plan, err) < 0)
		return -1;
	/* from here nothing of ours is open but two pipes that close by themselves */
	if (command_close_fds(plan, keep, 2, err) < 0)
		return -1;
	/* all of this overlaps with what init has to do, and with the helper's start */
	if (!in->later && command_wait(in, SEALED, &heard, err) < 0)
		return -1;
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	return load_filters(in, chosen, err);
}

_Noreturn void command_main(struct inside *in)
{
	static struct chosen chosen; /* too large for the stack, and there is one */
	struct error err = { .status = EXIT_SBOX };

	if (command_setup(in, &chosen, &err) < 0) {
		if (err.status == EXIT_SBOX)
			cause_filter(&err);
	} else if (in->plan->programs_len > 0) {
		(void)execve(chosen.path, chosen.args, (char *const *)in->plan->environ);
		explain(in->plan, chosen.path, errno, &err);
	} else {
		(void)command_exec(in->plan, NULL, &err);
	}
	(void)error_send(&err, in->errors);
	_exit(err.status);
}

_Noreturn void command_make_userns(struct inside *in)
{
	struct error err = { .status = EXIT_SBOX };
	int heard = 0;

	if (command_wait(in, MAPPED, &heard, &err) == 0 &&
	    (!launch_is_joinable(in->launch) ||
	     command_limit_namespaces(in, true, &err) == 0))
		_exit(0);
	(void)error_send(&err, in->errors);
	_exit(err.status);
}
