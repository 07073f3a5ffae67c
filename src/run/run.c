/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* run.c - from a request to the exit status; see run.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "box/door/procs.h"
#include "box/door/request.h"
#include "box/host/cause.h"
#include "policy/units.h"
#include "run/changes.h"
#include "run/color.h"
#include "run/ended.h"
#include "run/hints.h"
#include "run/kept.h"
#include "run/observed-tell.h"
#include "run/refused.h"
#include "run/run.h"
#include "run/say.h"

int run_begin(struct session *session, struct error *err)
{
	session->umask = umask(0077);
	session->parent = getppid();
	session->diags.arena = &session->arena;
	return launch_sanitize(err) < 0 || cause_kernel(err) < 0 ? -1 : 0;
}

/* Whoever has no profile has no lines in it that could be shown either. */
static int fail_given(struct session *session)
{
	struct error err = { .status = EXIT_SBOX };
	int status = EXIT_SBOX;

	for (size_t i = 0; i < session->diags.len; i++) {
		(void)error_set(&err, "%s", session->diags.list[i].msg);
		status = session_fail(session, &err);
	}
	return status;
}

static int fail_diags(struct session *session)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	if (session->request.given)
		return fail_given(session);
	diag_print(&session->diags, &text);
	say_mistakes(&text);
	session->ending.diags = &session->diags;
	session->ending.error = arena_strdup(&session->arena, strbuf_str(&text));
	return EXIT_SBOX;
}

static struct planning planning(struct session *session)
{
	return (struct planning){ &session->request, &session->diags,
				  &session->caller,  &session->profiles,
				  &session->policy,  &session->host,
				  &session->plan,    session->changes.name };
}

/* A limit that nothing holds is said once, here, and in the report. */
static void warn_limits(const struct session *session)
{
	for (size_t i = 0; i < session->plan.limits.len; i++) {
		const struct plan_limit *limit = &session->plan.limits.list[i];

		if (!limit->means)
			session_warn(
				session,
				arena_printf((struct arena *)&session->arena,
					     "limits.%s is not enforced: ", limit->name),
				limit->why_not);
	}
}

static void warn_plan(const struct session *session)
{
	for (size_t i = 0; i < session->plan.warnings_len; i++) {
		const struct diag *warning = &session->plan.warnings[i];

		session_warn(session, warning->msg,
			     warning->pos.file
				     ? arena_printf((struct arena *)&session->arena,
						    " (%s:%u)", warning->pos.file,
						    warning->pos.line)
				     : "");
	}
}

static int make_plan(struct session *session)
{
	struct planning p = planning(session);

	if (planning_policy(&p) < 0)
		return -1;
	session->ending.profiles = planning_files(&p);
	if (run_changes_name(session, planning_wants_changes(&p)) < 0)
		return -1;
	p.changes = session->changes.name;
	return planning_plan(&p);
}

/* "build, toolchains, base": from the one that was asked for down to what it extends. */
static const char *profile_names(struct session *session)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	const struct profile_set *profiles = &session->profiles;

	for (size_t i = profiles->len; i > 0; i--) {
		const char *name = profiles->files[i - 1].name;
		const char *slash = strrchr(name, '/');
		size_t len;

		name = slash ? slash + 1 : name;
		len = strlen(name);
		if (len > 5 && strcmp(name + len - 5, ".toml") == 0)
			len -= 5;
		strbuf_add(&text, i < profiles->len ? ", " : "");
		strbuf_escaped(&text, name, len);
	}
	return profiles->len ? arena_strdup(&session->arena, strbuf_str(&text)) : "none";
}

static int print_plan(struct session *session)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	struct error err = { .status = EXIT_SBOX };
	int status;

	switch (session->request.dry_run) {
	case DRY_RUN_JSON:
		plan_json(&session->plan, &text);
		break;
	case DRY_RUN_FULL:
		plan_print(&session->plan, &text);
		color_sources(&text);
		break;
	case DRY_RUN_SUMMARY:
	case DRY_RUN_NO:
		plan_summary(&session->plan, profile_names(session), &text);
		color_labels(&text);
		break;
	}
	status = say_answer(&text);
	if (status != 0 || session->request.hold ||
	    hint_look_up(&session->plan, &session->host, &err) == 0)
		return status;
	hint_command(&session->plan, &session->policy, &session->host, &err);
	return say_error(&err);
}

/* --verbose: what is enforced, and by what. */
static void tell(const struct session *session)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	strbuf_printf(&text, "sbox: ids: %s (%s)\n",
		      session->plan.subids ? "with subordinate ids"
					   : "the caller's alone",
		      session->plan.map_reason);
	if (session->plan.landlock)
		strbuf_printf(&text, "sbox: landlock: ABI %d\n",
			      session->host.landlock_abi);
	else
		strbuf_add(&text, "sbox: landlock: off\n");
	strbuf_printf(&text, "sbox: seccomp: %s\n",
		      filter_is_empty(&session->plan.filter) ? "no filter" : "filtered");
	for (size_t i = 0; i < session->net.publish_len; i++) {
		strbuf_add(&text, "sbox: published: ");
		net_publish_text(&session->net.publish[i], &text);
		strbuf_addc(&text, '\n');
	}
	say(&text);
}

/* Where the compiled filters of changed policies are kept. */
static const char *filter_dir(struct session *session)
{
	return session->caller.cache_dir
		       ? path_join(&session->arena, session->caller.cache_dir, "filters")
		       : NULL;
}

static int claim_name(struct session *session, struct error *err)
{
	const char *runtime_dir = session->caller.runtime_dir;
	int dir;

	if (!session->request.name)
		return 0;
	if (!runtime_dir)
		return error_set(
			err,
			"--name: there is no XDG_RUNTIME_DIR, no directory of "
			"yours in /run/user, and /tmp/sbox-%u is somebody else's: "
			"set XDG_RUNTIME_DIR to a directory of yours",
			(unsigned)getuid());
	if (runtime_dir == session->caller.last_dir && mkdir(runtime_dir, 0700) < 0 &&
	    errno != EEXIST)
		return error_sys(err, "--name: cannot make %s", runtime_dir);
	if (registry_open(runtime_dir, true, &dir, err) < 0)
		return error_wrap(err, "--name=%s", session->request.name);
	return registry_claim(dir, session->request.name, &session->claim, err);
}

static int ask_for_network(struct session *session, const char *name, struct error *err)
{
	_cleanup_fd_ int dir = -1, socket = -1;
	struct registry_entry entry;

	if (caller_find_running(&session->caller, name, &entry, &dir, err) < 0)
		return -1;
	if (dir < 0)
		return error_set(err,
				 "no sandbox of this name runs (\"sboxctl ps\" lists "
				 "them; --name gives one)");
	socket = request_connect(dir, &entry, err);
	return socket < 0 ? -1 : join_ask(socket, &session->joined, err);
}

static int join_network(struct session *session, struct error *err)
{
	const char *name = session->plan.net.join;

	if (!name || ask_for_network(session, name, err) == 0)
		return 0;
	return error_wrap(err, "net.mode = \"join:%s\"", name);
}

static void register_run(struct session *session, pid_t init)
{
	struct error err = { .status = EXIT_SBOX };
	struct proc ours, theirs;
	struct timespec now;
	struct registry_entry entry = { .pid = getpid(),
					.init = init,
					.profiles = session->ending.profiles,
					.command = session->request.command };

	if (session->claim.lock < 0)
		return;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	entry.since = now.tv_sec;
	if (proc_read(entry.pid, &ours) < 0 || proc_read(init, &theirs) < 0)
		return; /* it has ended already */
	entry.start = ours.start;
	entry.init_start = theirs.start;
	if (registry_publish(&session->claim, &entry, &err) < 0)
		session_warn(session, "", err.msg);
}

static void started(void *data, pid_t init)
{
	struct session *session = data;

	register_run(session,
		     init); /* whoever reads the report may ask sboxctl right away */
	report_started(&session->report, init);
}

static void born(void *data, const struct made *made)
{
	const struct session *session = data;

	session->request.given->born(session->request.given->data, made);
}

static void made(void *data, const struct made *made)
{
	struct session *session = data;

	report_made(&session->report, made);
}

/*
 * Whether a cgroup can be made is known only afterwards. If not, the limits are judged
 * anew with what we know now: what is required fails, the rest is told.
 */
static int make_cgroup(struct session *session)
{
	const struct planning p = planning(session);
	struct error err = { .status = EXIT_SBOX };

	if (session->plan.limits.cgroup.controllers == 0)
		return 0;
	if (cgroup_make(&session->host.cgroup, &session->plan.limits.cgroup,
			&session->cgroup, &err) < 0)
		return planning_without_cgroup(&p,
					       arena_strdup(&session->arena, err.msg));
	session->ending.cgroup = &session->usage;
	return 0;
}

static int launch(struct session *session, char *argv0, struct error *err)
{
	const struct request_given *given = session->request.given;
	const struct observer observer = { .born = given && given->born ? born : NULL,
					   .started = started,
					   .made = made,
					   .data = session };
	bool observed = session->claim.lock >= 0 || report_wanted(&session->report) ||
			observer.born || (given && given->started);
	const struct launch launch = {
		.plan = &session->plan,
		.net = &session->net,
		.host = &session->host,
		.filters = &session->filters,
		.observer = observed ? &observer : NULL,
		.patience = &session->patience,
		.own_fds = { session->report.dir, session->report.status_fd,
			     session->cgroup.dir, session->cgroup.leaf,
			     session->cgroup.supervisor, session->cgroup.box,
			     session->cgroup.alive, session->claim.dir,
			     session->claim.lock, session->claim.socket,
			     session->joined.netns, session->joined.supervisor,
			     session->block, session->changes.dir,
			     session->changes.set.dir, session->changes.set.lock,
			     session->changes.set.layers },
		.more_fds = session->guard.dirs,
		.more_fds_len = session->guard.len,
		.requests = session->claim.socket,
		.cgroup = session->cgroup.box,
		.lock = session->changes.set.lock,
		.block = session->block,
		.block_ends = given != NULL,
		.observe = session->request.observe,
		.joined = session->plan.net.join ? &session->joined : NULL,
		.arena = &session->arena,
		.umask = session->umask,
		.parent = session->parent,
		.argv0 = argv0
	};

	if (launch_ports(&session->plan.net, &session->arena, &session->net, err) < 0)
		return -1;
	if (session->request.verbose)
		tell(session);
	warn_limits(session);
	if (session->host.uid == 0)
		session_warn(session,
			     "started by root: the command has root's rights on every "
			     "file that it "
			     "can see; an ordinary user is the better caller",
			     "");
	if (filter_get(&session->arena, &session->plan.filter, filter_dir(session),
		       &session->filters, err) < 0)
		return -1;
	return launch_run(&launch, &session->outcome, err);
}

static int start(struct session *session, char *argv0)
{
	struct error err = { .status = EXIT_SBOX };
	int status;

	if (session_watched(session))
		session->patience.tell = say_waiting;
	if (make_cgroup(session) < 0)
		return fail_diags(session);
	/* behind the keeper of the cgroup, which would have the lock of the set as well
	 */
	if (guard_begin(&session->plan, &session->arena, &session->guard, &err) < 0 ||
	    run_changes_start(session, &err) < 0)
		return session_fail(session, &err);
	status = launch(session, argv0, &err);
	cgroup_end(&session->cgroup, &session->usage, &session->patience);
	session->ending.plan = &session->plan;
	session->ending.net = &session->net;
	session->ending.landlock_abi = session->host.landlock_abi;
	if (status < 0)
		return run_changes_end(session, session_fail(session, &err));
	status = ended_status(session);
	refused_tell(session);
	observed_tell(session);
	ended_replaced(session);
	return run_changes_end(session, ended_guard(session, status));
}

/* Says what is wrong with the command, or with --hold. */
static int fail_command(struct session *session)
{
	const struct request *o = &session->request;
	struct error err = { .status = EXIT_SBOX };

	if (o->hold && o->command[0])
		(void)error_set(&err,
				"--hold takes no command, and here is \"%s\": \"sboxctl "
				"exec NAME\" runs commands in a sandbox that is held",
				o->command[0]);
	else if (o->hold)
		(void)error_set(&err,
				"--hold needs --name=NAME, by which \"sboxctl exec\" "
				"and \"sboxctl kill\" find the sandbox");
	else if (o->taker)
		(void)error_set(&err, "no command is given: \"%s\" is the value of %s",
				o->command[-1], o->taker);
	else
		(void)error_set(&err, "no command is given: sbox [OPTION...] [--] "
				      "COMMAND [ARG...] (see --help)");
	return session_fail(session, &err);
}

static int open_block_fd(struct session *session, struct error *err)
{
	int fd = session->request.block_fd, flags;

	if (fd < 0)
		return 0;
	if (session->request.hold)
		return error_set(err,
				 "--block-fd=%d: a sandbox that is held (--hold) has "
				 "no command that could wait",
				 fd);
	/* a copy: 0 to 2 are let go of while the command runs */
	session->block = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	flags = session->block < 0 ? -1 : fcntl(session->block, F_GETFL);
	if (flags < 0)
		return error_sys(err, "--block-fd=%d", fd);
	if ((flags & O_PATH) || (flags & O_ACCMODE) == O_WRONLY)
		return error_set(err, "--block-fd=%d: it is not open for reading", fd);
	return 0;
}

static int work(struct session *session, char *argv0)
{
	struct error err = { .status = EXIT_SBOX };
	int status;

	if (session->request.hold ? session->request.command[0] || !session->request.name
				  : !session->request.command[0])
		return fail_command(session);
	if (make_plan(session) < 0) {
		run_changes_drop(session);
		return fail_diags(session);
	}
	warn_plan(session);
	if (session->request.dry_run != DRY_RUN_NO)
		return print_plan(session);
	if (hint_descriptors(session->request.command, &session->plan, &err) < 0 ||
	    observed_check(session, &err) < 0 || open_block_fd(session, &err) < 0 ||
	    join_network(session, &err) < 0 || claim_name(session, &err) < 0) {
		run_changes_drop(session);
		return session_fail(session, &err);
	}
	status = start(session, argv0);
	run_changes_drop(session);
	registry_release(&session->claim);
	return status;
}

/* A report that could not be written is told of, and no reason for another status. */
static void end_report(struct session *session)
{
	_cleanup_strbuf_ struct strbuf lost = { 0 };
	struct error err = { .status = EXIT_SBOX };

	if (report_end(&session->report, &session->request, &session->ending, &lost,
		       &err) == 0)
		return;
	(void)say_error(&err);
	say(&lost);
}

int run_session(struct session *session, char *argv0)
{
	struct error err = { .status = EXIT_SBOX };

	if (report_open(&session->request, &session->arena, &session->report, &err) < 0)
		return say_error(&err);
	session->report.umask = session->umask;
	session->ending.status =
		session->diags.total > 0 ? fail_diags(session) : work(session, argv0);
	if (session->request.dry_run == DRY_RUN_NO && !session->request.given) {
		kept_save(session);
		end_report(session);
	}
	return session->ending.status;
}
