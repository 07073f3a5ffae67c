/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* run.c - one run of the command that is learned from, in a process of its own */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "box/start/hits.h"
#include "changes/set.h"
#include "ctl/learn/learn.h"
#include "policy/keys.h"
#include "policy/vars.h"
#include "run/observed-around.h"
#include "run/observed-calls.h"
#include "run/observed-scope.h"
#include "run/refused.h"
#include "run/run.h"
#include "run/say.h"
#include "toml/record.h"

#define RECORD_MAX ((size_t)32 * 1024 * 1024)
#define HASH_START 14695981039346656037u /* FNV-1a, 64 bits */
#define HASH_PRIME 1099511628211u

/* ------------------------------------------------------- in the process of the run */

static void add_field(struct session *session, const char ***list, size_t *len,
		      const char *text)
{
	*(const char **)arena_append(&session->arena, list, len, sizeof **list) = text;
}

static void add_digits(struct session *session, const char ***list, size_t *len,
		       uint64_t number)
{
	add_field(session, list, len,
		  arena_printf(&session->arena, "%llu", (unsigned long long)number));
}

static const char *join_programs(struct session *session, const char *const *programs)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	for (; *programs; programs++)
		strbuf_printf(&text, "%s%s", text.len ? ", " : "", *programs);
	return arena_strdup(&session->arena, strbuf_str(&text));
}

/* "crates.io:443", or the name alone, of which nothing more is known yet. */
static const char *host_entry(struct session *session, const struct egress_row *row)
{
	_cleanup_strbuf_ struct strbuf target = { 0 };

	if (row->port == 0)
		return row->host;
	refused_target(row, &target);
	return arena_strdup(&session->arena, strbuf_str(&target));
}

static void record_hosts(struct session *session, const char ***wants, size_t *len,
			 struct strbuf *out)
{
	const struct egress_tally *tally = session->outcome.net.tally;
	const char **reached = NULL;
	size_t reached_len = 0;

	for (uint32_t i = 0; tally && i < tally->len; i++) {
		const struct egress_row *row = &tally->rows[i];

		if (row->why == EGRESS_LET_THROUGH && row->port)
			add_field(session, &reached, &reached_len,
				  host_entry(session, row));
		if (row->why != EGRESS_NOT_LISTED)
			continue;
		add_field(session, wants, len, "net.allow");
		add_field(session, wants, len, host_entry(session, row));
		add_field(session, wants, len, "");
		add_digits(session, wants, len, row->times);
		add_digits(session, wants, len, 0);
	}
	add_field(session, &reached, &reached_len, NULL);
	record_add_strings(out, "reached", reached, RECORD_MAX);
}

/* What ${PROJECT} is; NULL: no profile asked, or there is none. */
static const char *project_of(const struct session *session)
{
	const struct pair *project = pairs_get(&session->caller.project, "PROJECT");

	return project ? project->value : NULL;
}

/* Why a path is not granted by learning; NULL: it is, by *ret_entry. */
static const char *no_grant(const struct observed_scope *scope,
			    const struct observed_path *path, const char **ret_entry)
{
	if (!path->key)
		return path->no_fix;
	if (observed_foreign(scope, path))
		return "it is of another project";
	*ret_entry = path->write ? observed_directory(scope, path) : path->entry;
	return *ret_entry ? NULL
			  : "what is written is kept in a change set, which is of "
			    "directories, and this one is too much";
}

static void record_paths(struct session *session, struct strbuf *out)
{
	const struct observed *observed = &session->observed;
	struct observed_scope scope;
	const char **wants = NULL, **refusals = NULL;
	size_t wants_len = 0, refusals_len = 0;

	observed_scope_init(session, &scope);
	for (size_t i = 0; i < observed->len; i++) {
		const struct observed_path *path = &observed->list[i];
		const char *programs = join_programs(session, path->programs);
		const char *entry = NULL;
		const char *why = no_grant(&scope, path, &entry);

		if (entry) {
			add_field(session, &wants, &wants_len, path->key);
			add_field(session, &wants, &wants_len, entry);
			add_field(session, &wants, &wants_len, programs);
			add_digits(session, &wants, &wants_len, path->times);
			add_digits(session, &wants, &wants_len,
				   observed_room(&scope, path));
		} else if (why) {
			add_field(session, &refusals, &refusals_len, path->path);
			add_field(session, &refusals, &refusals_len, why);
			add_field(session, &refusals, &refusals_len, programs);
			add_digits(session, &refusals, &refusals_len, path->times);
		}
	}
	for (size_t i = 0; i < observed->calls_len; i++) {
		const struct observed_call *call = &observed->calls[i];

		if (call->row->error == ENOSYS) /* as of an older kernel */
			continue;
		add_field(session, &refusals, &refusals_len, call->what);
		add_field(session, &refusals, &refusals_len, call->verdict.says);
		add_field(session, &refusals, &refusals_len, call->row->program);
		add_digits(session, &refusals, &refusals_len, call->row->times);
	}
	record_hosts(session, &wants, &wants_len, out);
	add_field(session, &wants, &wants_len, NULL);
	add_field(session, &refusals, &refusals_len, NULL);
	record_add_strings(out, "wants", wants, RECORD_MAX);
	record_add_strings(out, "refusals", refusals, RECORD_MAX);
}

/* How many paths were asked for, in vain or not. */
static uint32_t count_paths(struct session *session)
{
	const struct observe_table *table = session->observed.table;
	struct strindex index = { 0 };
	const char **paths = NULL;
	size_t len = 0;

	for (uint32_t i = 0; table && i < table->len; i++) {
		const char *path = table->text + table->rows[i].path;

		if (!*path || strindex_find(&index, paths, sizeof *paths, path))
			continue;
		add_field(session, &paths, &len, path);
		strindex_add(&index, &session->arena, paths, sizeof *paths);
	}
	return (uint32_t)len + (table ? table->left_out : 0);
}

static void send_record(struct session *session, int status, int fd)
{
	const char *project = project_of(session);
	_cleanup_strbuf_ struct strbuf out = { 0 };

	strbuf_printf(&out,
		      "status = %d\nstarted = %d\nnames = %d\nasked = %u\nleft_out = %u\n"
		      "why = ",
		      status, session->outcome.started,
		      (session->outcome.hits & HIT_NAMES) != 0, count_paths(session),
		      session->observed.table ? session->observed.table->left_out : 0);
	strbuf_json(&out, report_why(&session->ending));
	strbuf_add(&out, "\nproject = ");
	strbuf_json(&out, project ? project : "");
	strbuf_addc(&out, '\n');
	record_paths(session, &out);
	(void)io_write_all(fd, strbuf_str(&out), out.len);
}

/* The lines that are granted, behind the settings that were given. */
static void add_grants(const struct learn *learn, struct session *session)
{
	struct request *request = &session->request;
	const struct profile_option *given = request->settings;
	const size_t len = request->settings_len;

	request->settings = NULL;
	request->settings_len = 0;
	for (size_t i = 0; i < len + learn->lines.len; i++) {
		const struct learn_line *line =
			i < len ? NULL : &learn->lines.list[i - len];

		if (line && !line->granted)
			continue;
		*(struct profile_option *)arena_append(
			&session->arena, &request->settings, &request->settings_len,
			sizeof *request->settings) =
			line ? (struct profile_option){ key_find(key_table, line->key),
							line->entry,
							{ "learn", 0, 0 } }
			     : given[i];
	}
}

static void fill_request(const struct learn *learn, const struct learn_how *how,
			 const char *set, struct session *session)
{
	struct request *request = &session->request;

	*request = learn->request;
	request->quiet = true;
	request->caches_aside = true; /* they are written to by other runs as well */
	request->changes = set;
	request->on_success = ON_SUCCESS_KEEP;
	request->dry_run = how->plan_only ? DRY_RUN_JSON : DRY_RUN_NO;
	request->observe = !how->watched ? OBSERVE_OFF
			   : how->shown  ? OBSERVE_ALL
					 : OBSERVE_FAILED;
	if (how->profile) {
		request->profiles =
			arena_alloc(&session->arena, sizeof *request->profiles);
		*request->profiles =
			(struct profile_request){ how->profile, -1, { "learn", 0, 0 } };
		request->profiles_len = 1;
		request->settings_len = 0;
	} else {
		add_grants(learn, session);
	}
}

struct run_pipes {
	int record[2], output[2][2]; /* each: for reading, for writing */
};

static int attach_stdio(const struct run_pipes *pipes)
{
	const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	return null < 0 || dup2(null, 0) < 0 || dup2(pipes->output[0][1], 1) < 0 ||
			       dup2(pipes->output[1][1], 2) < 0
		       ? -1
		       : 0;
}

static _Noreturn void run_apart(const struct learn *learn, const struct learn_how *how,
				const char *set, const struct run_pipes *pipes)
{
	static struct session session = SESSION_INIT;
	struct error err = { .status = EXIT_SBOX };
	char name[] = "sbox";
	int status;

	(void)signal(SIGINT, SIG_DFL);
	(void)signal(SIGTERM, SIG_DFL);
	(void)signal(SIGPIPE, SIG_DFL);
	if (!how->shown && attach_stdio(pipes) < 0)
		_exit(EXIT_SBOX);
	(void)umask(learn->ctl->umask);
	if (run_begin(&session, &err) < 0)
		_exit(say_error(&err));
	fill_request(learn, how, set, &session);
	session.diags.sources = learn->ctl->diags.sources;
	status = run_session(&session, name);
	send_record(&session, status, pipes->record[1]);
	_exit(status);
}

/* ----------------------------------------------------------------- who waits for it */

/* Once there was one, learning comes to its end. */
static volatile sig_atomic_t interrupts, forwards;

/* A terminal sends it to the run as well; kill(1) to us alone. */
static void take_interrupt(int sig, siginfo_t *info, void *context)
{
	(void)context;
	interrupts++;
	if (info->si_code == SI_USER || info->si_code == SI_TKILL)
		forwards = sig;
}

static void take_signals(sigset_t *ret)
{
	(void)sigemptyset(ret);
	(void)sigaddset(ret, SIGINT);
	(void)sigaddset(ret, SIGTERM);
}

void learn_watch_signals(void)
{
	struct sigaction act = { .sa_sigaction = take_interrupt,
				 .sa_flags = SA_SIGINFO | SA_RESTART };

	(void)sigaction(SIGINT, &act, NULL);
	(void)sigaction(SIGTERM, &act, NULL);
	/* who reads what we say may be gone: the profile is written all the same */
	(void)signal(SIGPIPE, SIG_IGN);
}

/* Reads what there is at @fd; false: it is at its end. */
static bool take_piece(int fd, uint64_t *hash, struct strbuf *text)
{
	char piece[65536];
	const ssize_t n = read(fd, piece, sizeof piece);

	if (n <= 0)
		return n < 0 && (errno == EINTR || errno == EAGAIN);
	for (ssize_t i = 0; hash && i < n; i++)
		*hash = (*hash ^ (unsigned char)piece[i]) * HASH_PRIME;
	if (text && text->len < RECORD_MAX)
		strbuf_addn(text, piece, (size_t)n);
	return true;
}

/* Until the run has closed all that it writes to. */
static void read_run(pid_t pid, const struct run_pipes *pipes, struct learn_run *run,
		     struct strbuf *record, struct strbuf *said)
{
	struct pollfd fds[3] = { { pipes->record[0], POLLIN, 0 },
				 { pipes->output[0][0], POLLIN, 0 },
				 { pipes->output[1][0], POLLIN, 0 } };
	sigset_t signals, before;
	int open = 3;

	/* they are taken while it waits, and at no other moment */
	take_signals(&signals);
	(void)sigprocmask(SIG_BLOCK, &signals, &before);
	while (open > 0) {
		const int ready = ppoll(fds, 3, NULL, &before);

		if (forwards) {
			(void)kill(pid, forwards);
			forwards = 0;
		}
		for (int i = 0; ready > 0 && i < 3; i++) {
			if (fds[i].fd < 0 || !fds[i].revents)
				continue;
			if (take_piece(fds[i].fd, i ? &run->output[i - 1] : NULL,
				       i == 0   ? record
				       : i == 2 ? said
						: NULL))
				continue;
			fds[i].fd = -1;
			open--;
		}
	}
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
}

static int64_t number_of(const char *text)
{
	return text ? (int64_t)strtoll(text, NULL, 10) : 0;
}

static size_t count_fields(const char *const *fields)
{
	size_t n = 0;

	while (fields && fields[n])
		n++;
	return n;
}

static void read_wants(struct learn *learn, const char *const *fields,
		       struct learn_run *run)
{
	const size_t n = count_fields(fields);

	for (size_t i = 0; i + 5 <= n; i += 5)
		*(struct learn_line *)arena_append(&learn->ctl->arena, &run->wants.list,
						   &run->wants.len,
						   sizeof *run->wants.list) =
			(struct learn_line){ .key = fields[i],
					     .entry = fields[i + 1],
					     .programs = fields[i + 2],
					     .times = number_of(fields[i + 3]),
					     .up = number_of(fields[i + 4]),
					     .holds = 1 };
}

static void read_refusals(struct learn *learn, const char *const *fields,
			  struct learn_run *run)
{
	const size_t n = count_fields(fields);

	for (size_t i = 0; i + 4 <= n; i += 4)
		*(struct learn_refusal *)arena_append(&learn->ctl->arena, &run->refusals,
						      &run->refusals_len,
						      sizeof *run->refusals) =
			(struct learn_refusal){ fields[i], fields[i + 1], fields[i + 2],
						number_of(fields[i + 3]) };
}

/* -1: it is no record of a run that was started. */
static int read_run_record(struct learn *learn, const struct learn_how *how,
			   struct strbuf *record, struct learn_run *run)
{
	struct arena *arena = &learn->ctl->arena;
	struct diags diags = { .arena = arena };
	char *text = arena_strdup(arena, strbuf_str(record));
	const struct toml_value *root =
		toml_parse(arena, &diags, "run", text, strlen(text));

	if (!root || (record_number(root, "started") != 1 && !how->plan_only))
		return -1;
	run->status = record_number(root, "status");
	run->asked = record_number(root, "asked");
	run->left_out = record_number(root, "left_out");
	run->names = record_number(root, "names") == 1;
	run->why = record_text(root, "why");
	run->project = record_text(root, "project");
	run->reached = record_strings(arena, root, "reached");
	read_wants(learn, record_strings(arena, root, "wants"), run);
	read_refusals(learn, record_strings(arena, root, "refusals"), run);
	return run->status >= 0 && run->why && run->project && run->reached ? 0 : -1;
}

static void close_pipes(struct run_pipes *pipes, int side)
{
	fd_closep(&pipes->record[side]);
	for (int i = 0; i < 2; i++)
		fd_closep(&pipes->output[i][side]);
}

/* Runs it to its end; *said has what it wrote to standard error, if it was not shown. */
static int run_whole(struct learn *learn, const struct learn_how *how, const char *set,
		     struct learn_run *run, struct strbuf *said, struct error *err)
{
	struct run_pipes pipes = { { -1, -1 }, { { -1, -1 }, { -1, -1 } } };
	_cleanup_strbuf_ struct strbuf record = { 0 };
	int status = 0;
	pid_t pid = -1;

	if (pipe2(pipes.record, O_CLOEXEC) == 0 &&
	    pipe2(pipes.output[0], O_CLOEXEC) == 0 &&
	    pipe2(pipes.output[1], O_CLOEXEC) == 0)
		pid = fork();
	if (pid == 0)
		run_apart(learn, how, set, &pipes);
	close_pipes(&pipes, 1);
	if (pid > 0) {
		read_run(pid, &pipes, run, &record, said);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	close_pipes(&pipes, 0);
	if (pid < 0)
		return error_sys(err, "learn: a run cannot be started");
	return read_run_record(learn, how, &record, run);
}

/* A name that no change set has: one of the caller's could be called so. */
static int free_name(struct learn *learn, char *name, size_t size, struct error *err)
{
	_cleanup_fd_ int dir = -1;

	if (changes_open_dir(learn->ctl->caller.state_dir, false, &dir, err) < 0)
		return -1;
	do
		(void)snprintf(name, size, "learn-%d-%u", (int)getpid(), ++learn->names);
	while (dir >= 0 && changes_exists(dir, name));
	return 0;
}

int learn_run(struct learn *learn, const struct learn_how *how, struct learn_run *ret,
	      struct error *err)
{
	_cleanup_strbuf_ struct strbuf said = { 0 };
	struct error ignored;
	char name[64];
	int done;

	*ret = (struct learn_run){ .output = { HASH_START, HASH_START } };
	ret->interrupted = interrupts > 0;
	if (ret->interrupted)
		return 0;
	if (free_name(learn, name, sizeof name, err) < 0)
		return -1;
	learn->count += !how->plan_only;
	*err = (struct error){ .status = EXIT_SBOX };
	done = run_whole(learn, how, name, ret, &said, err);
	ret->interrupted = interrupts > 0;
	if (done < 0) {
		(void)!learn_changed(learn, name, &ret->changed, &ignored);
		if (ret->interrupted || err->msg[0])
			return ret->interrupted ? 0 : -1;
		if (!how->plan_only)
			say(&said);
		return error_set(err, "learn: the command could not be started");
	}
	if (how->shown)
		ret->output[0] = ret->output[1] = 0;
	return learn_changed(learn, name, &ret->changed, err);
}
