/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* report.c - how a run went, as JSON; see report.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "box/start/hits.h"
#include "run/report.h"

#define SLOW_MS 5000 /* without a byte taken, until the rest is given up */
#define REPLACE_TRIES 10

static const char *const why_names[] = {
	[WHY_SETUP] = "setup",
	[WHY_EXEC] = "exec",
	[WHY_EXITED] = "exited",
	[WHY_SIGNALED] = "signaled",
	[WHY_TIMEOUT] = "timeout",
	[WHY_MEMORY] = "memory",
	[WHY_KILLED_BY_CALLER] = "killed-by-caller",
	[WHY_KILLED] = "killed",
	[WHY_PARENT_DIED] = "parent-died",
	[WHY_HELPER_DIED] = "helper-died",
	[WHY_REPLACED] = "replaced",
};

static int open_status_fd(int fd, struct error *err)
{
	/* a copy: 0 to 2 are let go of while the command runs */
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	int flags = copy < 0 ? -1 : fcntl(copy, F_GETFL);

	if (copy < 0)
		return error_sys(err, "--status-fd=%d", fd);
	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
		return error_set(err, "--status-fd=%d: it is not open for writing", fd);
	return copy;
}

/* Where the report will be put; as far as can be told now, it can. */
static int open_report_dir(const struct report *report, const char *dir,
			   struct error *err)
{
	_cleanup_fd_ int fd = -1;
	struct stat st;

	if (!*report->name || strlen(report->name) > NAME_MAX - 16)
		return error_set(err, "--report=%s: it is not the name of a file",
				 report->file);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || faccessat(fd, ".", W_OK | X_OK, 0) < 0)
		return error_sys(err, "--report=%s: cannot write in %s", report->file,
				 dir);
	if (fstatat(fd, report->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? take_fd(&fd)
				       : error_sys(err, "--report=%s", report->file);
	if (S_ISDIR(st.st_mode))
		return error_set(err, "--report=%s: it is a directory", report->file);
	return take_fd(&fd);
}

const char *report_why(const struct ending *ending)
{
	return why_names[ending->why];
}

int report_open(const struct request *options, struct arena *arena, struct report *ret,
		struct error *err)
{
	struct report report = { .file = options->report, .dir = -1, .status_fd = -1 };
	const char *slash = report.file ? strrchr(report.file, '/') : NULL;
	const char *dir = ".";

	(void)clock_gettime(CLOCK_REALTIME, &report.start);
	if (report.file && strcmp(report.file, "-") == 0)
		return error_set(err, "--report=-: a report is a file (\"./-\" is one of "
				      "that name); --status-fd=1 writes it to standard "
				      "output, behind the events");
	if (options->status_fd >= 0) {
		report.status_fd = open_status_fd(options->status_fd, err);
		if (report.status_fd < 0)
			return -1;
	}
	if (slash)
		dir = slash == report.file ? "/"
					   : arena_strndup(arena, report.file,
							   (size_t)(slash - report.file));
	report.name = slash ? slash + 1 : report.file;
	if (report.file) {
		report.path = dir;
		report.dir = open_report_dir(&report, dir, err);
		if (report.dir < 0)
			return -1;
	}
	*ret = report;
	return 0;
}

/* RFC 3339, UTC, milliseconds. */
static void add_moment(struct strbuf *out, const char *name, const struct timespec *time)
{
	char text[32] = "";
	struct tm tm;

	if (gmtime_r(&time->tv_sec, &tm))
		(void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
	json_format(out, name, "%s.%03ldZ", text, time->tv_nsec / 1000000);
}

/* Mistakes of a profile or of the command line, each with its place. */
static void add_mistakes(struct strbuf *out, const struct diags *diags)
{
	json_array(out, "mistakes");
	for (size_t i = 0; diags && i < diags->len; i++) {
		const struct diag *diag = &diags->list[i];

		json_object(out, NULL);
		json_number(out, "line", diag->pos.line);
		json_number(out, "column", diag->pos.col);
		json_text(out, "file", diag->pos.file);
		json_text(out, "message", diag->msg);
		json_object_end(out);
	}
	json_array_end(out);
}

static void add_signal(struct strbuf *out, int sig)
{
	const char *name = sigabbrev_np(sig);

	json_object(out, "signal");
	json_number(out, "number", sig);
	if (name)
		json_format(out, "name", "SIG%s", name);
	else if (sig >= SIGRTMIN)
		json_format(out, "name", "SIGRTMIN+%d", sig - SIGRTMIN);
	else /* 32, 33: the C library keeps them for itself */
		json_format(out, "name", "SIG%d", sig);
	json_object_end(out);
}

static void add_status(struct strbuf *out, const struct ending *ending)
{
	const struct outcome *outcome = ending->outcome;
	bool told = outcome && !outcome->failed && !outcome->killed;

	json_text(out, "why", why_names[ending->why]);
	json_number(out, "status", ending->status);
	if (told && WIFEXITED(outcome->status))
		json_number(out, "exit", WEXITSTATUS(outcome->status));
	else
		json_null(out, "exit");
	if (told && WIFSIGNALED(outcome->status))
		add_signal(out, WTERMSIG(outcome->status));
	else
		json_null(out, "signal");
}

/* Limits that the command, which failed, may have run into. */
static void add_reached(struct strbuf *out, const struct ending *ending)
{
	const int hits = ending->outcome ? ending->outcome->hits : 0;

	json_array(out, "limits_reached");
	if (hits & HIT_PIDS)
		json_text(out, NULL, "pids");
	if (hits & HIT_TMPFS)
		json_text(out, NULL, "tmpfs");
	if (hits & HIT_INODES)
		json_text(out, NULL, "inodes");
	json_array_end(out);
}

static double seconds(const struct timeval *time)
{
	return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

static void add_count(struct strbuf *out, const char *name, int64_t count)
{
	if (count == LIMIT_NONE)
		json_null(out, name);
	else
		json_number(out, name, count);
}

/*
 * A cgroup counts also what was killed without being waited for. Process 1 is not the
 * command's, so it is left out of the processes.
 */
static void add_usage(struct strbuf *out, const struct report *report,
		      const struct timespec *end, const struct ending *ending)
{
	const struct outcome *outcome = ending->outcome;
	static const struct cgroup_usage none = { LIMIT_NONE, LIMIT_NONE, LIMIT_NONE,
						  LIMIT_NONE, LIMIT_NONE, LIMIT_NONE };
	const struct cgroup_usage *cgroup = ending->cgroup ? ending->cgroup : &none;
	bool counted = cgroup->user != LIMIT_NONE;
	double user, sys;
	double wall = (double)(end->tv_sec - report->start.tv_sec) +
		      (double)(end->tv_nsec - report->start.tv_nsec) / 1e9;

	if (!outcome) {
		json_null(out, "usage");
		return;
	}
	user = counted ? (double)cgroup->user / 1e6 : seconds(&outcome->usage.ru_utime);
	sys = counted ? (double)cgroup->system / 1e6 : seconds(&outcome->usage.ru_stime);
	json_object(out, "usage");
	json_decimal(out, "wall", wall > 0 ? wall : 0, 3);
	json_decimal(out, "user", user, 6);
	json_decimal(out, "system", sys, 6);
	json_number(out, "peak_process_memory", (int64_t)outcome->usage.ru_maxrss * 1024);
	add_count(out, "peak_memory", cgroup->memory_peak);
	add_count(out, "peak_pids",
		  cgroup->pids_peak > 0 ? cgroup->pids_peak - 1 : LIMIT_NONE);
	json_object_end(out);
}

static void add_layers(struct strbuf *out, const struct ending *ending)
{
	bool ran = ending->plan && ending->outcome && ending->outcome->started &&
		   (!ending->outcome->failed || ending->outcome->offline);

	if (!ran) {
		json_null(out, "layers");
		json_null(out, "limits");
		json_null(out, "net");
		json_null(out, "companions");
		json_null(out, "caches");
		return;
	}
	plan_layers_json(ending->plan, ending->landlock_abi, out);
	limits_json(ending->plan, out);
	net_report_json(ending->net, &ending->outcome->net, out);
	companions_json(
		ending->plan,
		ending->outcome->offline ? ending->outcome->helper_error.msg : NULL, out);
	caches_json(ending->plan, out);
}

/* The member "guard": the findings, in the order in which they were made. */
static void add_guard(struct strbuf *out, const struct ending *ending)
{
	static const char *const actions[] = { "move", "fail", "warn", "off" };
	const struct guard_findings *found = ending->guard;

	if (!found || !ending->plan) {
		json_null(out, "guard");
		return;
	}
	json_object(out, "guard");
	json_text(out, "action", actions[ending->plan->guard.action]);
	json_array(out, "found");
	for (size_t i = 0; i < found->len; i++) {
		const struct guard_finding *f = &found->list[i];

		json_object(out, NULL);
		json_text(out, "path", f->path);
		json_text(out, "program", f->program);
		json_text(out, "why", f->why);
		json_text(out, "what", f->what);
		json_text(out, "moved", f->moved);
		json_text(out, "error", f->error);
		json_object_end(out);
	}
	json_array_end(out);
	json_object_end(out);
}

/* The member "changes". */
static void add_changes(struct strbuf *out, const struct ending *ending)
{
	if (!ending->changes || !ending->plan) {
		json_null(out, "changes");
		return;
	}
	json_object(out, "changes");
	json_text(out, "name", ending->changes);
	json_text(out, "state", ending->changes_state);
	json_array(out, "trees");
	for (size_t i = 0; i < ending->plan->changes.trees_len; i++) {
		json_object(out, NULL);
		json_text(out, "lower", ending->plan->changes.trees[i].lower);
		json_text(out, "target", ending->plan->changes.trees[i].target);
		json_object_end(out);
	}
	json_array_end(out);
	json_object_end(out);
}

void report_json(const struct report *report, const struct request *options,
		 const struct ending *ending, struct strbuf *out)
{
	const struct outcome *outcome = ending->outcome;
	struct timespec end;

	(void)clock_gettime(CLOCK_REALTIME, &end);
	json_object(out, NULL);
	json_number(out, "format", 1);
	json_text(out, "version", PACKAGE_VERSION);
	json_text(out, "name", options->name);
	json_texts(out, "profiles", ending->profiles);
	json_texts(out, "command", options->command);
	if (outcome && outcome->init > 0)
		json_number(out, "pid", outcome->init);
	else
		json_null(out, "pid");
	add_moment(out, "start", &report->start);
	add_moment(out, "end", &end);
	add_status(out, ending);
	json_text(out, "error", ending->error);
	add_mistakes(out, ending->diags);
	json_texts(out, "created", ending->created);
	add_guard(out, ending);
	json_texts(out, "replaced", ending->replaced);
	add_changes(out, ending);
	add_usage(out, report, &end, ending);
	add_reached(out, ending);
	add_layers(out, ending);
	observed_json(ending->observed, out);
	json_object_end(out);
}

/*
 * As much as can be written without waiting: a descriptor that is ready takes a page of a
 * pipe, or what send(2) does not wait for. -1: errno.
 */
static ssize_t put_some(int fd, const char *text, size_t len)
{
	ssize_t n = send(fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL);

	return n < 0 && errno == ENOTSOCK
		       ? write(fd, text, len < PIPE_BUF ? len : PIPE_BUF)
		       : n;
}

/* Whether all of it was taken; waits for @ms as long as some of it is. */
static bool put_lines(struct report *report, int ms)
{
	struct pollfd fd = { report->status_fd, POLLOUT, 0 };
	const struct strbuf *lines = &report->lines;

	while (report->taken < lines->len && report->status_error == 0) {
		int ready = poll(&fd, 1, ms);
		ssize_t n = 0;

		if (ready == 0)
			return false;
		if (ready > 0)
			n = put_some(report->status_fd, lines->s + report->taken,
				     lines->len - report->taken);
		if (n > 0)
			report->taken += (size_t)n;
		if ((ready < 0 || n < 0) && errno != EINTR && errno != EAGAIN)
			report->status_error = errno;
	}
	return report->status_error == 0;
}

bool report_wanted(const struct report *report)
{
	return report->file || report->status_fd >= 0;
}

/* Opens a line of status; false: nobody wants any. */
static bool begin_event(struct report *report, const char *event)
{
	if (report->status_fd < 0)
		return false;
	json_object(&report->lines, NULL);
	json_text(&report->lines, "event", event);
	return true;
}

static void end_event(struct report *report)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	add_moment(&report->lines, "time", &now);
	json_object_end(&report->lines);
	strbuf_addc(&report->lines, '\n');
	(void)put_lines(report, 0);
}

void report_started(struct report *report, pid_t init)
{
	if (!begin_event(report, "started"))
		return;
	json_number(&report->lines, "pid", init);
	end_event(report);
}

void report_made(struct report *report, const struct made *made)
{
	struct strbuf *out = &report->lines;

	if (!begin_event(report, "made"))
		return;
	json_number(out, "pid", made->init);
	if (made->command > 0)
		json_number(out, "command", made->command);
	else
		json_null(out, "command");
	json_object(out, "namespaces");
	for (size_t i = 0; i < MADE_REPORTED; i++)
		json_count(out, made->ns[i].name, made->ns[i].number);
	json_object_end(out);
	end_event(report);
}

/* A name that the command cannot have put there before. */
static void temporary_name(const struct report *report, char ret[NAME_MAX + 1])
{
	unsigned random = 0;

	if (getrandom(&random, sizeof random, GRND_NONBLOCK) < 0)
		random = (unsigned)getpid();
	(void)snprintf(ret, NAME_MAX + 1, ".%s.%08x", report->name, random);
}

/*
 * Gives @fd, which has no name, that of the report, in the place of what has it. Whoever
 * kills us in between leaves nothing else behind.
 */
static int put_nameless(const struct report *report, int fd)
{
	char path[32];

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	for (int i = 0; i < REPLACE_TRIES; i++) {
		if (linkat(AT_FDCWD, path, report->dir, report->name,
			   AT_SYMLINK_FOLLOW) == 0)
			return 0;
		if (errno != EEXIST ||
		    (unlinkat(report->dir, report->name, 0) < 0 && errno != ENOENT))
			return -1;
	}
	return -1;
}

/* Where a file must have a name from its birth. */
static int write_named(const struct report *report, const struct strbuf *text)
{
	char name[NAME_MAX + 1];
	_cleanup_fd_ int fd = -1;
	int error;

	temporary_name(report, name);
	fd = openat(report->dir, name,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    0600 & ~report->umask);
	if (fd < 0)
		return -1;
	if (io_write_all(fd, strbuf_str(text), text->len) == 0 &&
	    renameat(report->dir, name, report->dir, report->name) == 0)
		return 0;
	error = errno;
	(void)unlinkat(report->dir, name, 0);
	errno = error;
	return -1;
}

static int write_file(const struct report *report, const struct strbuf *text)
{
	_cleanup_fd_ int fd = openat(report->dir, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC,
				     0600 & ~report->umask);

	if (fd < 0 || access("/proc/self/fd", X_OK) < 0)
		return write_named(report, text);
	if (io_write_all(fd, strbuf_str(text), text->len) < 0)
		return -1;
	return put_nameless(report, fd);
}

static int end_status(struct report *report, const struct request *options,
		      const struct strbuf *text, struct error *err)
{
	if (report->status_fd < 0)
		return 0;
	strbuf_printf(&report->lines, "{\"event\":\"ended\",\"report\":%s}\n",
		      strbuf_str(text));
	if (put_lines(report, SLOW_MS))
		return 0;
	errno = report->status_error;
	return errno ? error_sys(err, "--status-fd=%d: cannot write to it",
				 options->status_fd)
		     : error_set(err, "--status-fd=%d: nobody reads it",
				 options->status_fd);
}

/*
 * Whether what is found by the report's path is the directory that the report goes to: a
 * command that can write there may have put another one, with a report of its own.
 */
static bool is_in_place(const struct report *report)
{
	_cleanup_fd_ int fd = open(report->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat here, there;

	return fd >= 0 && fstat(report->dir, &here) == 0 && fstat(fd, &there) == 0 &&
	       here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

static int end_file(const struct report *report, struct strbuf *text, struct error *err)
{
	if (!report->file)
		return 0;
	strbuf_addc(text, '\n');
	if (write_file(report, text) < 0)
		return error_sys(err, "cannot write the report %s", report->file);
	if (is_in_place(report))
		return 0;
	return error_set(
		err,
		"the report is not to be found as %s: its directory was moved or "
		"replaced while the command ran, and what may be called so now is "
		"not from sbox",
		report->file);
}

int report_end(struct report *report, const struct request *options,
	       const struct ending *ending, struct strbuf *ret_lost, struct error *err)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	_cleanup_strbuf_ struct strbuf text = { 0 };
	struct error first;
	int told, written;

	if (!report_wanted(report))
		return 0;
	(void)sigaction(SIGPIPE, &ignore, NULL);
	report_json(report, options, ending, &text);
	told = end_status(report, options, &text, err);
	first = *err;
	written = end_file(report, &text, err);
	if (told < 0 && written < 0)
		(void)error_wrap(err, "%s", first.msg);
	if (written < 0 && (told < 0 || report->status_fd < 0))
		strbuf_add(ret_lost, strbuf_str(&text));
	strbuf_done(&report->lines);
	return told < 0 || written < 0 ? -1 : 0;
}
