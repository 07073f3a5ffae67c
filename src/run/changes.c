/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* changes.c - the change set of a run; see changes.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "changes/history.h"
#include "run/changes.h"
#include "run/say.h"

#define NAMES_MAX 10000 /* that are tried on one day */

/* Of a command that ended with @status. */
static enum on_success action(const struct session *session, int status)
{
	const struct request *o = &session->request;
	const bool asked = o->on_success >= 0 || o->try || o->changes;

	/* what the profile says of a failure belongs to what it says of a success */
	if (status != 0)
		return asked || session->outcome.failed || !session->outcome.started
			       ? ON_SUCCESS_KEEP
			       : (enum on_success)
					 session->policy.changes.on_failure.value;
	if (o->on_success >= 0)
		return (enum on_success)o->on_success;
	if (o->try)
		return ON_SUCCESS_ASK;
	/* whoever gives a set a name wants to see it */
	if (o->changes)
		return ON_SUCCESS_KEEP;
	return (enum on_success)session->policy.changes.on_success.value;
}

/* ------------------------------------------------------------------------ the name */

/* Whether @name is nobody's; then it is ours from now on. -1: errno. */
static int take_name(struct change_run *run, const char *name, bool dry)
{
	if (dry)
		return run->dir < 0 || !changes_exists(run->dir, name);
	if (mkdirat(run->dir, name, 0700) == 0)
		run->claimed = true;
	else if (errno != EEXIST)
		return -1;
	return run->claimed;
}

/* "try-20261130-1": the day, and the number behind the last one. */
static int make_name(struct session *session, struct error *err)
{
	const bool dry = session->request.dry_run != DRY_RUN_NO;
	struct change_run *run = &session->changes;
	const time_t now = time(NULL);
	const char *prefix;
	char day[16] = "";
	struct tm tm;
	int last;

	if (changes_open_dir(session->caller.state_dir, !dry, &run->dir, err) < 0)
		return -1;
	if (gmtime_r(&now, &tm))
		(void)strftime(day, sizeof day, "%Y%m%d", &tm);
	prefix = arena_printf(&session->arena, "%s%s",
			      session->request.try ? "try-" : HISTORY_PREFIX, day);
	last = history_last(run->dir, prefix, err);
	if (last < 0)
		return -1;
	for (int n = last + 1; n <= NAMES_MAX; n++) {
		const char *name = arena_printf(&session->arena, "%s-%d", prefix, n);
		int taken = take_name(run, name, dry);

		if (taken < 0)
			return error_sys(err, "cannot make the change set %s", name);
		if (taken) {
			run->name = name;
			return 0;
		}
	}
	return error_set(err,
			 "there are %d change sets of today: \"sboxctl changes list\" "
			 "has them, and \"sboxctl changes discard NAME\" removes one",
			 NAMES_MAX);
}

int run_changes_name(struct session *session, bool wanted)
{
	const struct request *o = &session->request;
	struct error err = { .status = EXIT_SBOX };

	if (!wanted)
		return o->on_success < 0
			       ? 0
			       : diag_add(&session->diags, &o->on_success_pos,
					  "--on-success has no effect without a change "
					  "set: --changes=NAME or --try writes to one");
	if (o->changes)
		session->changes.name = o->changes;
	else if (make_name(session, &err) < 0)
		return diag_add(&session->diags, &(struct srcpos){ .file = "sbox" }, "%s",
				err.msg);
	/* 0 to 2 are let go of while the command runs */
	session->changes.asks = isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
	return 0;
}

/* ----------------------------------------------------------------------- the start */

static const char *const *terminated(struct arena *arena, const char *const *list,
				     size_t len)
{
	const char **copy = arena_alloc(arena, (len + 1) * sizeof *copy);

	for (size_t i = 0; i < len; i++)
		copy[i] = list[i];
	copy[len] = NULL;
	return copy;
}

/* Without a guard everything may be changed. */
static const char *const *allowed(struct session *session)
{
	const struct plan *plan = &session->plan;
	const char **all;

	if (plan->guard.action != GUARD_OFF)
		return terminated(&session->arena, plan->guard.allowed,
				  plan->guard.allowed_len);
	all = arena_alloc(&session->arena, (plan->changes.trees_len + 1) * sizeof *all);
	for (size_t i = 0; i < plan->changes.trees_len; i++)
		all[i] = plan->changes.trees[i].lower;
	all[plan->changes.trees_len] = NULL;
	return all;
}

static struct changes_ids *ids_of(struct arena *arena, const struct id_map *map)
{
	struct changes_ids *list = arena_alloc(arena, (map->len + 1) * sizeof *list);

	for (size_t i = 0; i < map->len; i++)
		list[i] =
			(struct changes_ids){ map->range[i].inside, map->range[i].outside,
					      map->range[i].count };
	return list;
}

static void describe_set(struct session *session, struct changes_about *ret)
{
	const struct plan *plan = &session->plan;
	const struct plan_changes *changes = &plan->changes;
	struct arena *arena = &session->arena;

	*ret = (struct changes_about){
		.since = time(NULL),
		.profiles = session->ending.profiles,
		.command = session->request.command,
		.skip = session->policy.changes.protect.value == CHANGES_SKIP,
		.max = session->policy.changes.max.value,
		.layers = session->policy.changes.dir.s ? changes->layers : NULL,
		.allowed = allowed(session),
		.hidden = terminated(arena, changes->hidden, changes->hidden_len),
		.watched = terminated(arena, changes->watched, changes->watched_len),
		.trees = arena_alloc(arena, changes->trees_len * sizeof *ret->trees),
		.trees_len = changes->trees_len,
	};
	for (size_t i = 0; i < changes->trees_len; i++)
		ret->trees[i] = (struct changes_tree){ changes->trees[i].lower,
						       changes->trees[i].target,
						       changes->trees[i].dev,
						       changes->trees[i].ino,
						       0,
						       0 };
	if (!plan->subids)
		return;
	ret->uids = ids_of(arena, &plan->outer.uid);
	ret->uids_len = plan->outer.uid.len;
	ret->gids = ids_of(arena, &plan->outer.gid);
	ret->gids_len = plan->outer.gid.len;
}

int run_changes_start(struct session *session, struct error *err)
{
	struct change_run *run = &session->changes;
	struct changes_about about;

	if (!run->name)
		return 0;
	if (session->plan.changes.trees_len == 0) {
		if (!session->policy.changes.enabled.value)
			session_warn(session,
				     "the command can write to no directory of the host, "
				     "so there is nothing to keep in a change set",
				     "");
		return 0;
	}
	if (run->dir < 0 &&
	    changes_open_dir(session->caller.state_dir, true, &run->dir, err) < 0)
		return -1;
	run->made = run->claimed || !changes_exists(run->dir, run->name);
	describe_set(session, &about);
	if (changes_begin(&(struct changes_home){ run->dir, session->caller.state_dir,
						  &session->arena },
			  run->name, &about, &run->set, err) < 0)
		return -1;
	run->claimed = false;
	return 0;
}

/* ------------------------------------------------------------------------- the end */

static int discard_set(struct session *session, int status)
{
	struct change_run *run = &session->changes;
	struct error err = { .status = EXIT_SBOX };

	if (changes_remove(run->dir, &run->set, &err) < 0) {
		(void)say_error(&err);
		return status ? status : EXIT_SBOX;
	}
	session->ending.changes_state = "discarded";
	return status;
}

static void tell_kept(struct session *session)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	const char *name = session->changes.name;

	if (session->request.quiet)
		return;
	strbuf_printf(&text, "%s: changes kept: sboxctl changes diff %s\n", say_program,
		      name);
	if (action(session, 0) == ON_SUCCESS_ASK)
		strbuf_printf(&text,
			      "%s: \"sboxctl changes commit %s\" puts them into place, "
			      "\"sboxctl changes discard %s\" removes them\n",
			      say_program, name, name);
	say(&text);
}

/* Whether this run has made the set, without a name of the caller's, for nothing. */
static bool is_for_nothing(const struct session *session)
{
	const struct change_run *run = &session->changes;

	return !session->request.changes && run->made && history_is_blank(&run->set);
}

static int act(struct session *session, int status)
{
	const struct change_run *run = &session->changes;
	const enum on_success what = action(session, status);
	int done;

	if (what == ON_SUCCESS_DISCARD || is_for_nothing(session))
		return discard_set(session, status);
	if (what == ON_SUCCESS_COMMIT || (what == ON_SUCCESS_ASK && run->asks)) {
		done = run_commit(session, what == ON_SUCCESS_ASK);
		return status ? status : done; /* the first failure counts */
	}
	tell_kept(session);
	return status;
}

int run_changes_end(struct session *session, int status)
{
	struct change_run *run = &session->changes;
	struct error err = { .status = EXIT_SBOX };

	if (run->set.lock < 0)
		return status;
	session->ending.changes = run->name;
	session->ending.changes_state = changes_state_name(run->set.state);
	if (run->made && !session->outcome.started)
		return discard_set(session, status); /* nothing was run with it */
	if (changes_set_state(&run->set, CHANGES_STOPPED, &err) < 0) {
		(void)say_error(&err);
		return status ? status : EXIT_SBOX;
	}
	session->ending.changes_state = changes_state_name(run->set.state);
	return act(session, status);
}

void run_changes_drop(struct session *session)
{
	struct change_run *run = &session->changes;

	if (run->claimed)
		(void)unlinkat(run->dir, run->name, AT_REMOVEDIR);
	run->claimed = false;
	changes_close(&run->set);
	fd_closep(&run->dir);
}
