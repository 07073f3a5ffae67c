/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* main.c - sbox: from the command line to the exit status */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "box/cgroup/cgroup.h"
#include "box/door/procs.h"
#include "box/door/registry.h"
#include "box/door/request.h"
#include "box/guard/guard.h"
#include "box/host/cause.h"
#include "box/start/join.h"
#include "box/start/launch.h"
#include "cli/ended.h"
#include "cli/options.h"
#include "cli/run.h"
#include "plan/plan.h"
#include "run/planning.h"
#include "run/report.h"
#include "run/say.h"

static int fail_diags(struct run *run)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	diag_print(&run->diags, &text);
	say(&text);
	run->ending.diags = &run->diags;
	run->ending.error = arena_strdup(&run->arena, strbuf_str(&text));
	return EXIT_SBOX;
}

/* The place of the originals is wiped inside the sandbox: see init_hide(). */
static char **copy_strings(struct arena *arena, char *const *strings)
{
	char **copy;
	size_t n = 0;

	while (strings[n])
		n++;
	copy = arena_alloc(arena, (n + 1) * sizeof *copy);
	for (size_t i = 0; i < n; i++)
		copy[i] = arena_strdup(arena, strings[i]);
	return copy;
}

static struct planning planning(struct run *run)
{
	return (struct planning){ &run->options,  &run->diags,  &run->caller,
				  &run->profiles, &run->policy, &run->host,
				  &run->plan };
}

/* A limit that nothing holds is said once, here, and in the report. */
static void warn_limits(const struct run *run)
{
	for (size_t i = 0; i < run->plan.limits.len; i++) {
		const struct plan_limit *limit = &run->plan.limits.list[i];

		if (!limit->means)
			run_warn(run,
				 arena_printf((struct arena *)&run->arena,
					      "limits.%s is not enforced: ", limit->name),
				 limit->why_not);
	}
}

static void warn_plan(const struct run *run)
{
	for (size_t i = 0; i < run->plan.warnings_len; i++) {
		const struct diag *warning = &run->plan.warnings[i];

		run_warn(run, warning->msg,
			 warning->pos.file
				 ? arena_printf((struct arena *)&run->arena, " (%s:%u)",
						warning->pos.file, warning->pos.line)
				 : "");
	}
}

static int make_plan(struct run *run)
{
	const struct planning p = planning(run);

	if (planning_policy(&p) < 0)
		return -1;
	run->ending.profiles = planning_files(&p);
	return planning_plan(&p);
}

static int print_plan(const struct run *run)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	if (run->options.dry_run == DRY_RUN_JSON)
		plan_json(&run->plan, &text);
	else
		plan_print(&run->plan, &text);
	return say_answer(&text);
}

/* --verbose: what is enforced, and by what. */
static void tell(const struct run *run)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	strbuf_printf(&text, "sbox: ids: %s (%s)\n",
		      run->plan.subids ? "with subordinate ids" : "the caller's alone",
		      run->plan.map_reason);
	if (run->plan.landlock)
		strbuf_printf(&text, "sbox: landlock: ABI %d\n", run->host.landlock_abi);
	else
		strbuf_add(&text, "sbox: landlock: off\n");
	strbuf_printf(&text, "sbox: seccomp: %s\n",
		      filter_is_empty(&run->plan.filter) ? "no filter" : "filtered");
	for (size_t i = 0; i < run->plan.net.publish_len; i++) {
		strbuf_add(&text, "sbox: published: ");
		net_publish_text(&run->plan.net.publish[i], &text);
		strbuf_addc(&text, '\n');
	}
	say(&text);
}

/* Where the compiled filters of changed policies are kept. */
static const char *filter_dir(struct run *run)
{
	return run->caller.cache_dir
		       ? path_join(&run->arena, run->caller.cache_dir, "filters")
		       : NULL;
}

/* Without a runtime directory a name is still good for reports, and it is said. */
static int claim_name(struct run *run, struct error *err)
{
	int dir;

	if (!run->options.name)
		return 0;
	if (!run->caller.runtime_dir) {
		run_warn(
			run,
			"sboxctl will not find this sandbox: there is no XDG_RUNTIME_DIR "
			"and "
			"no directory of yours in /run/user",
			"");
		return 0;
	}
	if (registry_open(run->caller.runtime_dir, true, &dir, err) < 0)
		return error_wrap(err, "--name=%s", run->options.name);
	return registry_claim(dir, run->options.name, &run->claim, err);
}

static int ask_for_network(struct run *run, const char *name, struct error *err)
{
	_cleanup_fd_ int dir = -1, socket = -1;
	struct registry_entry entry;
	int found = 0;

	if (run->caller.runtime_dir &&
	    registry_open(run->caller.runtime_dir, false, &dir, err) < 0)
		return -1;
	if (dir >= 0)
		found = registry_find(dir, name, &run->arena, &entry, err);
	if (found < 0)
		return -1;
	if (found == 0)
		return error_set(err,
				 "no sandbox of this name runs (\"sboxctl ps\" lists "
				 "them; --name gives one)");
	socket = request_connect(dir, &entry, err);
	return socket < 0 ? -1 : join_ask(socket, &run->joined, err);
}

static int join_network(struct run *run, struct error *err)
{
	const char *name = run->plan.net.join;

	if (!name || ask_for_network(run, name, err) == 0)
		return 0;
	return error_wrap(err, "net.mode = \"join:%s\"", name);
}

static void publish(struct run *run, pid_t init)
{
	struct error err = { .status = EXIT_SBOX };
	struct proc ours, theirs;
	struct timespec now;
	struct registry_entry entry = { .pid = getpid(),
					.init = init,
					.profiles = run->ending.profiles,
					.command = run->options.command };

	if (run->claim.lock < 0)
		return;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	entry.since = now.tv_sec;
	if (proc_read(entry.pid, &ours) < 0 || proc_read(init, &theirs) < 0)
		return; /* it has ended already */
	entry.start = ours.start;
	entry.init_start = theirs.start;
	if (registry_publish(&run->claim, &entry, &err) < 0)
		run_warn(run, "", err.msg);
}

static void started(void *data, pid_t init)
{
	struct run *run = data;

	publish(run, init); /* whoever reads the report may ask sboxctl right away */
	report_started(&run->report, init);
}

/*
 * Whether a cgroup can be made is known only afterwards. If not, the limits are judged
 * anew with what we know now: what is required fails, the rest is told.
 */
static int make_cgroup(struct run *run)
{
	const struct planning p = planning(run);
	struct error err = { .status = EXIT_SBOX };

	if (run->plan.limits.cgroup.controllers == 0)
		return 0;
	if (cgroup_make(&run->host.cgroup, &run->plan.limits.cgroup, &run->cgroup, &err) <
	    0)
		return planning_without_cgroup(&p, arena_strdup(&run->arena, err.msg));
	run->ending.cgroup = &run->usage;
	return 0;
}

static int launch(struct run *run, char *argv0, struct error *err)
{
	const struct observer observer = { started, run };
	bool observed = run->claim.lock >= 0 || report_wanted(&run->report);
	const struct launch launch = {
		.plan = &run->plan,
		.host = &run->host,
		.filters = &run->filters,
		.observer = observed ? &observer : NULL,
		.own_fds = { run->report.dir, run->report.status_fd, run->cgroup.dir,
			     run->cgroup.leaf, run->cgroup.supervisor, run->cgroup.box,
			     run->cgroup.alive, run->claim.dir, run->claim.lock,
			     run->claim.socket, run->joined.netns,
			     run->joined.supervisor },
		.more_fds = run->guard.dirs,
		.more_fds_len = run->guard.len,
		.requests = run->claim.socket,
		.cgroup = run->cgroup.box,
		.joined = run->plan.net.join ? &run->joined : NULL,
		.arena = &run->arena,
		.umask = run->umask,
		.parent = run->parent,
		.argv0 = argv0
	};

	if (launch_ports(&run->plan, err) < 0)
		return -1;
	if (run->options.verbose)
		tell(run);
	warn_limits(run);
	if (run->host.uid == 0)
		run_warn(run,
			 "started by root: the command has root's rights on every file "
			 "that "
			 "it "
			 "can see; an ordinary user is the better caller",
			 "");
	if (filter_get(&run->arena, &run->plan.filter, filter_dir(run), &run->filters,
		       err) < 0)
		return -1;
	return launch_run(&launch, &run->outcome, err);
}

static int start(struct run *run, char *argv0)
{
	struct error err = { .status = EXIT_SBOX };
	int status;

	if (make_cgroup(run) < 0)
		return fail_diags(run);
	if (guard_begin(&run->plan, &run->arena, &run->guard, &err) < 0)
		return run_fail(run, &err);
	status = launch(run, argv0, &err);
	cgroup_end(&run->cgroup, &run->usage);
	if (status < 0)
		return run_fail(run, &err);
	run->ending.plan = &run->plan;
	run->ending.landlock_abi = run->host.landlock_abi;
	status = ended_status(run);
	ended_replaced(run);
	return ended_guard(run, status);
}

static int answer(const struct run *run)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	if (run->options.ask == ASK_HELP)
		options_help(&text);
	else
		strbuf_add(&text, PACKAGE_STRING "\n");
	return say_answer(&text);
}

static int fail_command(struct run *run)
{
	const struct request *o = &run->options;
	struct error err = { .status = EXIT_SBOX };

	if (o->taker)
		(void)error_set(&err, "no command is given: \"%s\" is the value of %s",
				o->command[-1], o->taker);
	else
		(void)error_set(&err, "no command is given: sbox [OPTION...] [--] "
				      "COMMAND [ARG...] (see --help)");
	return run_fail(run, &err);
}

static int work(struct run *run, char *argv0)
{
	struct error err = { .status = EXIT_SBOX };
	int status;

	if (!run->options.command[0])
		return fail_command(run);
	if (make_plan(run) < 0)
		return fail_diags(run);
	warn_plan(run);
	if (run->options.dry_run != DRY_RUN_NO)
		return print_plan(run);
	if (join_network(run, &err) < 0 || claim_name(run, &err) < 0)
		return run_fail(run, &err);
	status = start(run, argv0);
	registry_release(&run->claim);
	return status;
}

/* What could not be written is said, and no reason for another status. */
static void end_report(struct run *run)
{
	_cleanup_strbuf_ struct strbuf lost = { 0 };
	struct error err = { .status = EXIT_SBOX };

	if (report_end(&run->report, &run->options, &run->ending, &lost, &err) == 0)
		return;
	(void)say_error(&err);
	say(&lost);
}

int main(int argc, char **argv)
{
	static struct run run = { .cgroup = CGROUP_INIT,
				  .claim = REGISTRY_NO_CLAIM,
				  .joined = { -1, -1 } };
	struct error err = { .status = EXIT_SBOX };
	int parsed;

	run.umask =
		umask(0077); /* what is made for sbox itself can be read by it again */
	run.parent = getppid();
	if (launch_sanitize(&err) < 0 || explain_kernel(&err) < 0)
		return say_error(&err);
	run.diags.arena = &run.arena;
	parsed = options_parse(argc, copy_strings(&run.arena, argv), &run.diags,
			       &run.options);
	if (run.options.ask != ASK_NOTHING)
		return answer(&run);
	if (report_open(&run.options, &run.arena, &run.report, &err) < 0)
		return say_error(&err);
	run.report.umask = run.umask;
	run.ending.status = parsed < 0 ? fail_diags(&run) : work(&run, argv[0]);
	if (run.options.dry_run == DRY_RUN_NO)
		end_report(&run);
	return run.ending.status;
}
