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
#include "base/strbuf.h"
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
static int open_dir(const struct report *report, const char *dir, struct error *err)
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

int report_open(const struct request *options, struct arena *arena, struct report *ret,
		struct error *err)
{
	struct report report = { .file = options->report, .dir = -1, .status_fd = -1 };
	const char *slash = report.file ? strrchr(report.file, '/') : NULL;
	const char *dir = ".";

	(void)clock_gettime(CLOCK_REALTIME, &report.start);
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
		report.dir = open_dir(&report, dir, err);
		if (report.dir < 0)
			return -1;
	}
	*ret = report;
	return 0;
}

static void add_member(struct strbuf *out, const char *name, const char *value)
{
	strbuf_printf(out, ",\"%s\":", name);
	if (value)
		strbuf_json(out, value);
	else
		strbuf_add(out, "null");
}

/* RFC 3339, UTC, milliseconds. */
static void add_time(struct strbuf *out, const char *name, const struct timespec *time)
{
	char text[32] = "";
	struct tm tm;

	if (gmtime_r(&time->tv_sec, &tm))
		(void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
	strbuf_printf(out, ",\"%s\":\"%s.%03ldZ\"", name, text, time->tv_nsec / 1000000);
}

static void add_list(struct strbuf *out, const char *name, const char *const *list)
{
	strbuf_printf(out, ",\"%s\":[", name);
	for (size_t i = 0; list && list[i]; i++) {
		strbuf_add(out, i ? "," : "");
		strbuf_json(out, list[i]);
	}
	strbuf_addc(out, ']');
}

/* Mistakes of a profile or of the command line, each with its place. */
static void add_mistakes(struct strbuf *out, const struct diags *diags)
{
	strbuf_add(out, ",\"mistakes\":[");
	for (size_t i = 0; diags && i < diags->len; i++) {
		const struct diag *diag = &diags->list[i];

		strbuf_printf(out, "%s{\"line\":%u,\"column\":%u", i ? "," : "",
			      diag->pos.line, diag->pos.col);
		add_member(out, "file", diag->pos.file);
		add_member(out, "message", diag->msg);
		strbuf_addc(out, '}');
	}
	strbuf_addc(out, ']');
}

static void add_status(struct strbuf *out, const struct ending *ending)
{
	const struct outcome *outcome = ending->outcome;
	bool told = outcome && !outcome->failed && !outcome->killed;

	strbuf_printf(out, ",\"why\":\"%s\",\"status\":%d", why_names[ending->why],
		      ending->status);
	if (told && WIFEXITED(outcome->status))
		strbuf_printf(out, ",\"exit\":%d", WEXITSTATUS(outcome->status));
	else
		strbuf_add(out, ",\"exit\":null");
	if (told && WIFSIGNALED(outcome->status)) {
		int sig = WTERMSIG(outcome->status);
		const char *name = sigabbrev_np(sig);

		strbuf_printf(out, ",\"signal\":{\"number\":%d,\"name\":\"", sig);
		if (name)
			strbuf_printf(out, "SIG%s\"}", name);
		else if (sig >= SIGRTMIN)
			strbuf_printf(out, "SIGRTMIN+%d\"}", sig - SIGRTMIN);
		else /* 32, 33: the C library keeps them for itself */
			strbuf_printf(out, "SIG%d\"}", sig);
	} else {
		strbuf_add(out, ",\"signal\":null");
	}
}

static double seconds(const struct timeval *time)
{
	return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

static void add_count(struct strbuf *out, const char *name, int64_t count)
{
	if (count == LIMIT_NONE)
		strbuf_printf(out, ",\"%s\":null", name);
	else
		strbuf_printf(out, ",\"%s\":%lld", name, (long long)count);
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
						  LIMIT_NONE, LIMIT_NONE };
	const struct cgroup_usage *cgroup = ending->cgroup ? ending->cgroup : &none;
	bool counted = cgroup->user != LIMIT_NONE;
	double user, sys;
	double wall = (double)(end->tv_sec - report->start.tv_sec) +
		      (double)(end->tv_nsec - report->start.tv_nsec) / 1e9;

	if (!outcome) {
		strbuf_add(out, ",\"usage\":null");
		return;
	}
	user = counted ? (double)cgroup->user / 1e6 : seconds(&outcome->usage.ru_utime);
	sys = counted ? (double)cgroup->system / 1e6 : seconds(&outcome->usage.ru_stime);
	strbuf_printf(out,
		      ",\"usage\":{\"wall\":%.3f,\"user\":%.6f,\"system\":%.6f,"
		      "\"peak_process_memory\":%lld",
		      wall > 0 ? wall : 0, user, sys,
		      (long long)outcome->usage.ru_maxrss * 1024);
	add_count(out, "peak_memory", cgroup->memory_peak);
	add_count(out, "peak_pids",
		  cgroup->pids_peak > 0 ? cgroup->pids_peak - 1 : LIMIT_NONE);
	strbuf_addc(out, '}');
}

static void add_layers(struct strbuf *out, const struct ending *ending)
{
	bool ran = ending->plan && ending->outcome && ending->outcome->started &&
		   (!ending->outcome->failed || ending->outcome->offline);

	if (!ran) {
		strbuf_add(out, ",\"layers\":null,\"limits\":null,\"net\":null");
		return;
	}
	strbuf_add(out, ",\"layers\":");
	plan_layers_json(ending->plan, ending->landlock_abi, out);
	strbuf_add(out, ",\"limits\":");
	limits_json(ending->plan, out);
	strbuf_add(out, ",\"net\":");
	net_report_json(
		&ending->plan->net, &ending->outcome->net,
		ending->outcome->offline ? ending->outcome->helper_error.msg : NULL, out);
}

/* What the guard found, in the order in which it was found. */
static void add_guard(struct strbuf *out, const struct ending *ending)
{
	static const char *const actions[] = { "move", "fail", "warn", "off" };
	const struct guard_findings *found = ending->guard;

	if (!found || !ending->plan) {
		strbuf_add(out, ",\"guard\":null");
		return;
	}
	strbuf_printf(out, ",\"guard\":{\"action\":\"%s\",\"found\":[",
		      actions[ending->plan->guard.action]);
	for (size_t i = 0; i < found->len; i++) {
		const struct guard_finding *f = &found->list[i];

		strbuf_add(out, i ? ",{\"path\":" : "{\"path\":");
		strbuf_json(out, f->path);
		add_member(out, "program", f->program);
		add_member(out, "why", f->why);
		add_member(out, "what", f->what);
		add_member(out, "moved", f->moved);
		add_member(out, "error", f->error);
		strbuf_addc(out, '}');
	}
	strbuf_add(out, "]}");
}

void report_json(const struct report *report, const struct request *options,
		 const struct ending *ending, struct strbuf *out)
{
	const struct outcome *outcome = ending->outcome;
	struct timespec end;

	(void)clock_gettime(CLOCK_REALTIME, &end);
	strbuf_add(out, "{\"format\":1,\"version\":\"" PACKAGE_VERSION "\"");
	add_member(out, "name", options->name);
	add_list(out, "profiles", ending->profiles);
	add_list(out, "command", options->command);
	if (outcome && outcome->init > 0)
		strbuf_printf(out, ",\"pid\":%d", (int)outcome->init);
	else
		strbuf_add(out, ",\"pid\":null");
	add_time(out, "start", &report->start);
	add_time(out, "end", &end);
	add_status(out, ending);
	add_member(out, "error", ending->error);
	add_mistakes(out, ending->diags);
	add_list(out, "created", ending->created);
	add_guard(out, ending);
	add_list(out, "replaced", ending->replaced);
	add_usage(out, report, &end, ending);
	add_layers(out, ending);
	strbuf_addc(out, '}');
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

void report_started(struct report *report, pid_t init)
{
	struct timespec now;

	if (report->status_fd < 0)
		return;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	strbuf_printf(&report->lines, "{\"event\":\"started\",\"pid\":%d", (int)init);
	add_time(&report->lines, "time", &now);
	strbuf_add(&report->lines, "}\n");
	(void)put_lines(report, 0);
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

static int end_file(const struct report *report, struct strbuf *text, struct error *err)
{
	if (!report->file)
		return 0;
	strbuf_addc(text, '\n');
	if (write_file(report, text) == 0)
		return 0;
	return error_sys(err, "cannot write the report %s", report->file);
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
