/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ended.c - how a run ended; see ended.h */
#include "config.h"

#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "box/start/hits.h"
#include "run/ended.h"
#include "run/guarding.h"
#include "run/hints.h"
#include "run/say.h"
#include "seccomp/import.h"

/*
 * Files that a profile protects or hides, were not there, and are now. Those that it
 * protects are the guard's.
 */
static void list_created(struct session *session)
{
	const struct plan *plan = &session->plan;
	const char **created =
		arena_alloc(&session->arena, (plan->watch_len + 1) * sizeof *created);
	size_t len = 0;
	struct stat st;

	for (size_t i = 0; i < plan->watch_len; i++) {
		const char *path = plan->watch[i].path;
		bool made = plan->watch[i].denied && lstat(path, &st) == 0;

		if (made)
			session_warn(session,
				     "a denied path did not exist, was created, and was "
				     "not hidden: ",
				     path);
		for (size_t n = 0; !plan->watch[i].denied && n < session->found.len; n++)
			made |= strcmp(session->found.list[n].path, path) == 0;
		if (made)
			created[len++] = path;
	}
	created[len] = NULL;
	session->ending.created = created;
}

/* A path that fs.protect names in case it exists has no row of the guard table. */
static const char *finding_text(struct arena *arena, const struct guard_finding *f)
{
	if (f->by_profile)
		return arena_printf(arena, "%s", f->path);
	return arena_printf(arena, "%s%s%s (%s: %s)", f->path, f->what ? ", which " : "",
			    f->what ? f->what : "", f->program, f->why);
}

static void tell_finding(const struct session *session, const struct guard_finding *f)
{
	struct arena *arena = (struct arena *)&session->arena;
	const char *now = f->moved   ? arena_printf(arena, "moved to %s", f->moved)
			  : f->error ? arena_printf(arena, "left there: %s", f->error)
				     : "left there";
	const char *head =
		f->by_profile
			? "the command created a protected path that did not exist: "
		: f->unseen
			? "guard: what the command may have left cannot be looked at: "
			: "guard: the command made or changed ";

	say_warning(head, f->unseen ? arena_printf(arena, "%s: %s", f->path, f->error)
				    : arena_printf(arena, "%s; %s",
						   finding_text(arena, f), now));
}

int ended_guard(struct session *session, int status)
{
	struct guard_question question = { 0 };
	const struct guard_end end = { &question, session->caller.state_dir,
				       session->outcome.ids, &session->patience };

	if (session->guard.len > 0) /* else nobody asks: no file has to be read */
		guarding_question(&session->caller, &question);
	guard_end(&session->guard, &end, &session->found);
	fd_closep(&session->outcome.ids);
	session->ending.guard = &session->found;
	list_created(session);
	if (session->found.len > 0 && session->plan.guard.action != GUARD_WARN &&
	    status == 0)
		status = EXIT_GUARD;
	/* told even to those who want no warnings, if it is why sbox ends as it does */
	for (size_t i = 0; i < session->found.len; i++)
		if (!session->request.quiet || status == EXIT_GUARD)
			tell_finding(session, &session->found.list[i]);
	return status;
}

static const char *what_became(struct session *session, const struct covered *cover,
			       const struct cover_state *state)
{
	const char *open = cover->denied ? "read" : "change";
	const char *done = cover->denied ? "hidden" : "protected";

	if (state->at_end)
		return arena_printf(&session->arena,
				    "it was noticed at the end only: the "
				    "command could %s what is there now",
				    open);
	if (state->restored)
		return arena_printf(&session->arena,
				    "it is %s again; in between the command could %s it",
				    done, open);
	return arena_printf(&session->arena, "the command could %s what is there now: %s",
			    open, state->why_not);
}

void ended_replaced(struct session *session)
{
	const struct plan *plan = &session->plan;
	const struct cover_state *states = session->outcome.covers;
	const char **paths =
		arena_alloc(&session->arena, (plan->covers_len + 1) * sizeof *paths);
	size_t len = 0;

	for (size_t i = 0; states && i < plan->covers_len; i++) {
		const struct covered *cover = &plan->covers[i];
		bool again = false;

		for (size_t n = 0; n < len; n++)
			again = again || strcmp(paths[n], cover->path) == 0;
		if (!states[i].replaced || again)
			continue;
		paths[len++] = cover->path;
		session_warn(
			session,
			arena_printf(
				&session->arena,
				"\"%s\", which is %s, was replaced by another program: ",
				cover->path, cover->denied ? "hidden" : "protected"),
			what_became(session, cover, &states[i]));
	}
	if (session->outcome.blind)
		session_warn(session,
			     "that hidden or protected paths are replaced could be "
			     "noticed at the end only: ",
			     session->outcome.blind);
	session->ending.replaced = paths;
}

static const char *why_text(struct session *session, const char *what)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	const struct plan_limit wall = { .unit = LIMIT_TIME,
					 .value = session->plan.limits.wall };

	if (session->ending.why == WHY_TIMEOUT)
		limit_value(&wall, &text);
	session->ending.error =
		arena_printf(&session->arena, "%s%s", what, strbuf_str(&text));
	return session->ending.error;
}

static enum why why_ended(const struct outcome *outcome, const struct cgroup_usage *used)
{
	bool killed = outcome->killed || (WIFSIGNALED(outcome->status) &&
					  WTERMSIG(outcome->status) == SIGKILL);

	if (outcome->orphaned)
		return WHY_PARENT_DIED;
	if (outcome->timeout)
		return WHY_TIMEOUT;
	if (outcome->overdue)
		return WHY_KILLED_BY_CALLER;
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
static const char *memory_text(struct session *session)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	const struct plan_limit memory = { .unit = LIMIT_BYTES,
					   .value = session->plan.limits.cgroup.memory };
	const struct plan_limit peak = { .unit = LIMIT_BYTES,
					 .value = session->usage.memory_peak };

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
	return why_text(session, strbuf_str(&text));
}

/* The entries of seccomp.deny that kill, with their places, and seccomp.programs, which
 * may: "" if there is none. */
static const char *killing_entries(struct session *session)
{
	const struct texts *deny = &session->policy.seccomp.deny;
	_cleanup_strbuf_ struct strbuf text = { 0 };

	for (size_t i = 0; i < deny->len; i++) {
		const struct text *entry = &deny->items[i];
		const char *answer = strchr(entry->s, ':');

		if (answer && strcmp(answer, ":KILL") == 0)
			strbuf_printf(&text, "%s\"%s\" of seccomp.deny (%s:%u)",
				      text.len > 0 ? ", " : "", entry->s, entry->pos.file,
				      entry->pos.line);
	}
	for (size_t i = 0; i < session->plan.programs_len; i++) {
		if (!import_may_kill(&session->plan.programs[i].program))
			continue;
		strbuf_printf(&text, "%s\"%s\" of seccomp.programs",
			      text.len > 0 ? " or " : "", session->plan.programs[i].path);
	}
	return arena_strdup(&session->arena, strbuf_str(&text));
}

/* Whether the kernel is asked of each system call. */
static bool is_filtered(const struct session *session)
{
	return !filter_is_empty(&session->plan.filter) || session->plan.programs_len > 0;
}

/* What the filter kills for, in words. */
static const char *filter_text(struct session *session)
{
	const struct filter_policy *filter = &session->plan.filter;
	const struct srcpos *pos = &session->policy.seccomp.base.pos;
	const bool strict = filter->base == FILTER_STRICT;
	const char *entries = killing_entries(session);

	if (!strict && !*entries)
		return "it ran a program of another architecture, and these, 32-bit ones "
		       "too, are not allowed in a sandbox";
	return arena_printf(
		&session->arena,
		"for a system call of %s%s%s%s, or for a program of another "
		"architecture, such as a 32-bit one; \"dmesg | grep type=1326\" has the "
		"number of the call, and \"sboxctl explain last syscall NUMBER\" says "
		"which line it was",
		entries, strict && *entries ? " or " : "",
		strict ? "those that seccomp.base = \"strict\" does not let pass" : "",
		strict && pos->file
			? arena_printf(&session->arena, " (%s:%u)", pos->file, pos->line)
			: "");
}

/* What a shell would say, which sees an exit status only; and of the filter more. */
static void tell_signal(struct session *session)
{
	const int sig = WTERMSIG(session->outcome.status);
	const char *name = sigabbrev_np(sig);

	if (sig == SIGSYS && is_filtered(session)) {
		/* even to those who want no warnings: nothing else says it */
		session->ending.error = arena_printf(
			&session->arena,
			"the command was killed by the seccomp filter (SIGSYS): %s",
			filter_text(session));
		say_warning(session->ending.error, "");
	} else if (sig != SIGINT && sig != SIGPIPE && session_watched(session)) {
		say_warning("the command was killed by ",
			    name ? arena_printf(&session->arena, "SIG%s (signal %d)",
						name, sig)
				 : arena_printf(&session->arena, "signal %d", sig));
	}
}

void ended_limit(struct session *session, const char *name, const char *how,
		 const char *what)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	const struct plan_limits *limits = &session->plan.limits;

	for (size_t i = 0; i < limits->len; i++)
		if (strcmp(limits->list[i].name, name) == 0) {
			limit_value(&limits->list[i], &text);
			session_warn(session,
				     arena_printf(&session->arena, "limits.%s = %s %s: ",
						  name, strbuf_str(&text), how),
				     what);
		}
}

/*
 * The signals by which the kernel ends who reaches a limit. A shell whose command was
 * ended so says it by its exit status, as any program may that means something else.
 */
static void tell_limit_signal(struct session *session)
{
	const int status = session->outcome.status;
	const bool sure = WIFSIGNALED(status);
	const char *how = sure ? "was reached" : "seems to have been reached";

	switch (sure ? WTERMSIG(status) : WEXITSTATUS(status) - 128) {
	case SIGXFSZ:
		ended_limit(session, "fsize", how, "no file may be made longer");
		break;
	case SIGXCPU:
		ended_limit(session, "cpu_time", how,
			    "no process may use more of the CPU");
		break;
	case SIGSYS:
		if (!sure && is_filtered(session))
			session_warn(
				session,
				"a program that the command started seems to have been "
				"killed by the seccomp filter (SIGSYS): ",
				filter_text(session));
		break;
	default:
		break;
	}
}

/* What the command, which failed, may have run into. */
static void tell_hits(struct session *session)
{
	const struct srcpos *pos = &session->policy.net.mode.pos;
	const struct cgroup_usage *used = session->ending.cgroup;
	int hits;

	/* the cgroup has counted also what came free again, as threads that have ended */
	if (used && used->pids_refused > 0 && session->outcome.status != 0)
		session->outcome.hits |= HIT_PIDS;
	hits = session->outcome.hits;
	if (hits & HIT_PIDS)
		ended_limit(session, "pids", "was reached",
			    "no further process or thread could be made");
	else if (hits & HIT_PIDS_MADE)
		ended_limit(session, "pids", "may have been reached",
			    "as many processes and threads were made");
	if (hits & HIT_TMPFS)
		ended_limit(session, "tmpfs", "was reached",
			    "a directory in memory is full");
	if (hits & HIT_INODES)
		ended_limit(session, "inodes", "was reached",
			    "a directory in memory takes no more files");
	tell_limit_signal(session);
	if (hits & HIT_NAMES)
		session_warn(
			session,
			arena_printf(
				&session->arena,
				"a name seems to have been looked up, and the sandbox "
				"has no network (net.mode = \"none\"%s%s%s): ",
				pos->file ? ", " : ", the default",
				pos->file ? pos->file : "",
				pos->file
					? arena_printf(&session->arena, ":%u", pos->line)
					: ""),
			"--net=auto gives it one (slirp4netns or pasta)");
}

/* The command failed, perhaps for want of files that lie where the caller stands. */
static void tell_cwd(const struct session *session)
{
	const char *cwd = session->profiles.cwd;

	if (session_watched(session) && WIFEXITED(session->outcome.status) &&
	    WEXITSTATUS(session->outcome.status) != 0 && cwd && strcmp(cwd, "/") != 0 &&
	    strcmp(session->plan.cwd, "/") == 0 && !session->policy.process.cwd.s)
		say_warning(
			"the command ran in /, for the current directory is not shown to "
			"it: --profile=build or --read=. shows it",
			"");
}

/* bubblewrap says "Operation not permitted" of all that this sandbox has not. */
static void tell_nested(const struct session *session)
{
	const int status = session->outcome.status;
	const char *hint = WIFEXITED(status) && WEXITSTATUS(status) == 1
				   ? hint_nested(&session->plan)
				   : NULL;

	if (hint)
		session_warn(session, "if that was for want of permission: ", hint);
}

static void tell_overdue(struct session *session)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	const struct plan_limit grace = { .unit = LIMIT_TIME,
					  .value = session->plan.limits.grace };

	limit_value(&grace, &text);
	session_warn(session,
		     arena_printf(&session->arena,
				  "the command was asked to end, and killed "
				  "limits.grace = %s later ",
				  strbuf_str(&text)),
		     "(process.kill_after_grace)");
}

int ended_status(struct session *session)
{
	const struct outcome *outcome = &session->outcome;
	struct ending *ending = &session->ending;

	ending->outcome = outcome;
	if (outcome->failed) {
		struct error err = outcome->error;

		int status;

		hint_command(&session->plan, &session->policy, &session->host, &err);
		status = session_fail(session, &err);
		if (outcome->started && outcome->offline)
			ending->why = WHY_HELPER_DIED;
		if (outcome->replaced)
			ending->why = WHY_REPLACED;
		return status;
	}
	if (outcome->offline)
		session_warn(session, "the sandbox was offline from then on: ",
			     outcome->helper_error.msg);
	ending->why = why_ended(outcome, ending->cgroup);
	if (ending->why == WHY_PARENT_DIED) {
		session_warn(session,
			     why_text(session,
				      "the process that started sbox ended, and so "
				      "did the sandbox"),
			     " (process.die_with_parent = false keeps it)");
		return EXIT_SBOX;
	}
	if (ending->why == WHY_TIMEOUT) {
		session_warn(
			session,
			why_text(session, "the command was ended after limits.wall = "),
			"");
		return EXIT_TIMEOUT;
	}
	if (ending->why == WHY_MEMORY) {
		session_warn(session, memory_text(session), "");
		return 128 + SIGKILL;
	}
	if (ending->why == WHY_KILLED) {
		session_warn(session,
			     why_text(session, "the sandbox was killed from outside"),
			     "");
		return 128 + SIGKILL;
	}
	if (outcome->overdue)
		tell_overdue(session);
	tell_hits(session);
	tell_cwd(session);
	tell_nested(session);
	if (ending->why == WHY_SIGNALED)
		tell_signal(session);
	return WIFSIGNALED(outcome->status) ? 128 + WTERMSIG(outcome->status)
					    : WEXITSTATUS(outcome->status);
}
