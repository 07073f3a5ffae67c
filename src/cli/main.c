/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* main.c - sbox: from the command line to the exit status */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/path.h"
#include "box/cgroup.h"
#include "box/landlock.h"
#include "box/launch.h"
#include "box/probe.h"
#include "cli/hints.h"
#include "cli/options.h"
#include "cli/report.h"
#include "policy/plan.h"

/* Everything of one run; one arena holds it all and nothing is freed before exit. */
struct run {
	struct arena arena;
	struct diags diags;
	struct options options;
	struct profile_set profiles;
	struct policy policy;
	struct host host;
	struct plan_input input;
	struct plan plan;
	struct cgroup cgroup;
	struct cgroup_usage usage;
	struct filter_programs filters;
	struct report report;
	struct outcome outcome;
	struct ending ending;
	const char *config_dir, *cache_dir; /* sbox's own; NULL: HOME is not set */
};

static void put(int fd, const struct strbuf *text)
{
	(void)io_write_all(fd, strbuf_str(text), text->len);
}

static int fail(const struct error *err)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	strbuf_add(&text, "sbox: ");
	strbuf_escaped(&text, err->msg, strlen(err->msg));
	strbuf_addc(&text, '\n');
	put(STDERR_FILENO, &text);
	return err->status ? err->status : EXIT_SBOX;
}

static void warn(const struct run *run, const char *what, const char *about)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	if (run->options.quiet)
		return;
	strbuf_printf(&text, "sbox: warning: %s", what);
	strbuf_escaped(&text, about, strlen(about));
	strbuf_addc(&text, '\n');
	put(STDERR_FILENO, &text);
}

/* The same, and the report says so too. */
static int fail_run(struct run *run, const struct error *err)
{
	run->ending.why = err->status == EXIT_NOEXEC || err->status == EXIT_NOCMD
				  ? WHY_EXEC
				  : WHY_SETUP;
	run->ending.error = arena_strdup(&run->arena, err->msg);
	return fail(err);
}

static int fail_diags(struct run *run)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	diag_print(&run->diags, &text);
	put(STDERR_FILENO, &text);
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

/* An absolute path in the environment variable @name, or @fallback below HOME, or NULL.
 */
static const char *xdg_dir(struct run *run, const char *name, const char *fallback)
{
	const char *dir = getenv(name), *home = getenv("HOME");
	const char *clean = dir ? path_clean(&run->arena, dir) : NULL;

	if (clean)
		return clean;
	clean = home ? path_clean(&run->arena, home) : NULL;
	return clean ? path_join(&run->arena, clean, fallback) : NULL;
}

static void builtin(struct run *run, const char *name, const char *value)
{
	const struct pair pair = { .name = name, .value = value };

	pairs_set(&run->arena, &run->profiles.vars.builtin, &pair);
}

static void set_builtins(struct run *run)
{
	const char *tmp = getenv("TMPDIR");

	builtin(run, "HOME", getenv("HOME"));
	builtin(run, "CWD", run->profiles.cwd);
	builtin(run, "USER", getenv("USER"));
	builtin(run, "UID", arena_printf(&run->arena, "%u", (unsigned)getuid()));
	builtin(run, "GID", arena_printf(&run->arena, "%u", (unsigned)getgid()));
	builtin(run, "XDG_RUNTIME_DIR", getenv("XDG_RUNTIME_DIR"));
	builtin(run, "XDG_CONFIG_HOME", xdg_dir(run, "XDG_CONFIG_HOME", ".config"));
	builtin(run, "XDG_CACHE_HOME", xdg_dir(run, "XDG_CACHE_HOME", ".cache"));
	builtin(run, "TMPDIR", tmp && *tmp ? tmp : "/tmp");
}

static void set_dirs(struct run *run)
{
	const char *config = xdg_dir(run, "XDG_CONFIG_HOME", ".config");
	const char *cache = xdg_dir(run, "XDG_CACHE_HOME", ".cache");
	const char **dirs = arena_alloc(&run->arena, 4 * sizeof *dirs);
	size_t n = 0;

	run->config_dir = config ? path_join(&run->arena, config, "sbox") : NULL;
	run->cache_dir = cache ? path_join(&run->arena, cache, "sbox") : NULL;
	if (run->config_dir)
		dirs[n++] = path_join(&run->arena, run->config_dir, "profiles");
	dirs[n++] = SYSCONFDIR "/sbox/profiles";
	dirs[n++] = PROFILEDIR;
	run->profiles.dirs = dirs;
}

static int read_policy(struct run *run)
{
	const struct options *o = &run->options;
	int ret = 0;

	run->profiles.diags = &run->diags;
	run->profiles.uid = getuid();
	run->profiles.cwd = getcwd(NULL, 0);
	if (!run->profiles.cwd || run->profiles.cwd[0] != '/')
		run->profiles.cwd = NULL;
	set_dirs(run);
	set_builtins(run);
	for (size_t i = 0; i < o->profiles_len; i++)
		if (profile_load(&run->profiles, o->profiles[i].name,
				 &o->profiles[i].pos) < 0)
			ret = -1;
	if (o->profiles_len == 0)
		ret = profile_load(&run->profiles, "default", &(struct srcpos){ 0 });
	if (profile_merge(&run->profiles, o->settings, o->settings_len, &run->policy) < 0)
		ret = -1;
	return ret;
}

/* A limit that nothing holds is said once, here, and in the report. */
static void warn_limits(const struct run *run)
{
	for (size_t i = 0; i < run->plan.limits.len; i++) {
		const struct plan_limit *limit = &run->plan.limits.list[i];

		if (!limit->means)
			warn(run,
			     arena_printf((struct arena *)&run->arena,
					  "limits.%s is not enforced: ", limit->name),
			     limit->why_not);
	}
}

/*
 * What decides about later runs, whether the environment names these directories now or
 * not: the next run may have another environment.
 */
static const char *const *own_dirs(struct run *run)
{
	const char **dirs = arena_alloc(&run->arena, 5 * sizeof *dirs);
	const char *home = getenv("HOME");
	size_t n = 0;

	home = home ? path_clean(&run->arena, home) : NULL;
	if (run->config_dir)
		dirs[n++] = run->config_dir;
	if (run->cache_dir)
		dirs[n++] = run->cache_dir;
	if (home) {
		dirs[n++] = path_join(&run->arena, home, ".config/sbox");
		dirs[n++] = path_join(&run->arena, home, ".cache/sbox");
	}
	return dirs;
}

static int make_plan(struct run *run)
{
	const char **files =
		arena_alloc(&run->arena, (run->profiles.len + 1) * sizeof *files);
	unsigned cgroup = plan_wants_cgroup(&run->policy);

	run->input = (struct plan_input){ .policy = &run->policy,
					  .host = &run->host,
					  .argv = run->options.command,
					  .profile_files = files,
					  .own_dirs = own_dirs(run) };
	for (size_t i = 0; i < run->profiles.len; i++)
		files[i] = run->profiles.files[i].path;
	run->ending.profiles = files;
	probe_host(&run->arena, &run->policy, landlock_abi(), &run->host);
	if (cgroup)
		cgroup_probe(&run->arena, cgroup, &run->host.cgroup);
	run->host.environ = (const char *const *)copy_strings(&run->arena, environ);
	return plan_make(&run->input, &run->diags, &run->plan);
}

/* What was asked for goes to standard output, and it matters whether it arrives. */
static int answer_with(const struct strbuf *text)
{
	struct error err = { .status = EXIT_SBOX };

	if (io_write_all(STDOUT_FILENO, strbuf_str(text), text->len) == 0)
		return 0;
	(void)error_sys(&err, "cannot write to standard output");
	return fail(&err);
}

static int print_plan(const struct run *run)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	if (run->options.dry_run == DRY_RUN_JSON)
		plan_json(&run->plan, &text);
	else
		plan_print(&run->plan, &text);
	return answer_with(&text);
}

/* A file that a profile protects, was not there, and is now: the command made it. */
static void report_watched(const struct run *run)
{
	struct stat st;

	for (size_t i = 0; i < run->plan.watch_len; i++)
		if (lstat(run->plan.watch[i], &st) == 0)
			warn(run,
			     "the command created a protected path that did not exist: ",
			     run->plan.watch[i]);
}

static const char *why_text(struct run *run, const char *what)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	const struct plan_limit wall = { .unit = LIMIT_TIME,
					 .value = run->plan.limits.wall };

	if (run->ending.why == WHY_TIMEOUT)
		limit_value(&wall, &text);
	run->ending.error = arena_printf(&run->arena, "%s%s", what, strbuf_str(&text));
	return run->ending.error;
}

static enum why why_ended(const struct outcome *outcome, const struct cgroup_usage *used)
{
	bool killed = outcome->killed || (WIFSIGNALED(outcome->status) &&
					  WTERMSIG(outcome->status) == SIGKILL);

	if (outcome->orphaned)
		return WHY_PARENT_DIED;
	if (outcome->timeout)
		return WHY_TIMEOUT;
	if (killed && used && used->oom_kills > 0)
		return WHY_MEMORY;
	if (outcome->killed)
		return WHY_KILLED;
	if (!WIFSIGNALED(outcome->status))
		return WHY_EXITED;
	return WTERMSIG(outcome->status) == outcome->relayed ? WHY_KILLED_BY_CALLER
							     : WHY_SIGNALED;
}

/* "killed: memory limit 256M reached (peak 256M)" */
static const char *memory_text(struct run *run)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	const struct plan_limit memory = { .unit = LIMIT_BYTES,
					   .value = run->plan.limits.cgroup.memory };
	const struct plan_limit peak = { .unit = LIMIT_BYTES,
					 .value = run->usage.memory_peak };

	if (memory.value == LIMIT_NONE) {
		/* that of a cgroup around the sandbox */
		strbuf_add(&text, "killed: a memory limit outside of sbox was reached");
	} else {
		strbuf_add(&text, "killed: memory limit ");
		limit_value(&memory, &text);
		strbuf_add(&text, " reached");
	}
	if (peak.value != LIMIT_NONE) {
		strbuf_add(&text, " (peak ");
		limit_value(&peak, &text);
		strbuf_addc(&text, ')');
	}
	return why_text(run, strbuf_str(&text));
}

/* Why it ended, and with which status we do. */
static int exit_status(struct run *run)
{
	const struct outcome *outcome = &run->outcome;
	struct ending *ending = &run->ending;

	ending->outcome = outcome;
	if (outcome->failed) {
		struct error err = outcome->error;

		hint_command(&run->plan, &err);
		(void)fail_run(run, &err);
		if (outcome->helper_died)
			ending->why = WHY_HELPER_DIED;
		return err.status ? err.status : EXIT_SBOX;
	}
	if (outcome->offline)
		warn(run,
		     "the sandbox was offline from then on: ", outcome->helper_error.msg);
	ending->why = why_ended(outcome, ending->cgroup);
	if (ending->why == WHY_PARENT_DIED) {
		(void)why_text(run, "the process that started sbox ended");
		return EXIT_SBOX;
	}
	if (ending->why == WHY_TIMEOUT) {
		warn(run, why_text(run, "the command was ended after limits.wall = "),
		     "");
		return EXIT_TIMEOUT;
	}
	if (ending->why == WHY_MEMORY) {
		warn(run, memory_text(run), "");
		return 128 + SIGKILL;
	}
	if (ending->why == WHY_KILLED) {
		warn(run, why_text(run, "the sandbox was killed from outside"), "");
		return 128 + SIGKILL;
	}
	return WIFSIGNALED(outcome->status) ? 128 + WTERMSIG(outcome->status)
					    : WEXITSTATUS(outcome->status);
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
	put(STDERR_FILENO, &text);
}

/* Where the compiled filters of changed policies are kept. */
static const char *filter_dir(struct run *run)
{
	return run->cache_dir ? path_join(&run->arena, run->cache_dir, "filters") : NULL;
}

/*
 * Whether a cgroup can be made is known only afterwards. If not, the limits are judged
 * anew with what we know now: what is required fails, the rest is told.
 */
static int make_cgroup(struct run *run)
{
	struct error err = { .status = EXIT_SBOX };

	if (run->plan.limits.cgroup.controllers == 0)
		return 0;
	if (cgroup_make(&run->host.cgroup, &run->plan.limits.cgroup, &run->cgroup,
			&err) == 0) {
		run->ending.cgroup = &run->usage;
		return 0;
	}
	run->host.cgroup =
		(struct host_cgroup){ .why_not = arena_strdup(&run->arena, err.msg) };
	return plan_make(&run->input, &run->diags, &run->plan);
}

static int launch(struct run *run, char *argv0, struct error *err)
{
	const struct observer observer = { report_started, &run->report };
	const struct launch launch = {
		.plan = &run->plan,
		.host = &run->host,
		.filters = &run->filters,
		.observer = &observer,
		.own_fds = { run->report.dir, run->report.status_fd, run->cgroup.dir,
			     run->cgroup.leaf, run->cgroup.supervisor,
			     run->cgroup.alive },
		.cgroup = run->cgroup.leaf,
		.argv0 = argv0
	};

	if (launch_ports(&run->plan, err) < 0)
		return -1;
	if (run->options.verbose)
		tell(run);
	warn_limits(run);
	if (run->host.uid == 0)
		warn(run,
		     "started by root: the command has root's rights on every file that "
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
	status = launch(run, argv0, &err);
	cgroup_end(&run->cgroup, &run->usage);
	if (status < 0)
		return fail_run(run, &err);
	run->ending.plan = &run->plan;
	run->ending.landlock_abi = run->host.landlock_abi;
	status = exit_status(run);
	report_watched(run);
	return status;
}

static int answer(const struct run *run)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	if (run->options.ask == ASK_HELP)
		options_help(&text);
	else
		strbuf_add(&text, PACKAGE_STRING "\n");
	return answer_with(&text);
}

static int work(struct run *run, char *argv0)
{
	if (!run->options.command[0])
		return fail_run(
			run, &(struct error){
				     .msg = "no command is given: sbox [OPTION...] [--] "
					    "COMMAND [ARG...] (see --help)" });
	if (read_policy(run) < 0 || make_plan(run) < 0)
		return fail_diags(run);
	if (run->options.dry_run != DRY_RUN_NO)
		return print_plan(run);
	return start(run, argv0);
}

int main(int argc, char **argv)
{
	static struct run run = { .cgroup = CGROUP_INIT };
	struct error err = { .status = EXIT_SBOX };
	int parsed;

	if (launch_sanitize(&err) < 0)
		return fail(&err);
	run.diags.arena = &run.arena;
	parsed = options_parse(argc, copy_strings(&run.arena, argv), &run.diags,
			       &run.options);
	if (run.options.ask != ASK_NOTHING)
		return answer(&run);
	if (report_open(&run.options, &run.arena, &run.report, &err) < 0)
		return fail(&err);
	run.ending.status = parsed < 0 ? fail_diags(&run) : work(&run, argv[0]);
	if (run.options.dry_run == DRY_RUN_NO &&
	    report_end(&run.report, &run.options, &run.ending, &err) < 0)
		return fail(&err);
	return run.ending.status;
}
