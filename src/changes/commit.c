/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* commit.c - puts what a change set holds into place, and takes it back; see commit.h */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys.h"
#include "changes/apply.h"
#include "changes/commit.h"
#include "changes/journal.h"
#include "changes/propose.h"

/* --------------------------------------------------------------------------- undoing */

struct dirs { /* that a commit has made, in its order */
	struct journal_step *list;
	size_t len;
	struct arena *arena;
};

static int note_dir(void *data, const struct journal_step *step, struct error *err)
{
	struct dirs *dirs = data;
	struct journal_step *kept;

	(void)err;
	if (step->kind != JOURNAL_DIR)
		return 0;
	kept = arena_append(dirs->arena, &dirs->list, &dirs->len, sizeof *kept);
	*kept = *step;
	kept->path = arena_strdup(dirs->arena, step->path);
	return 0;
}

/* Those in which nothing else is by now; the deepest first. */
static int remove_dirs(struct applying *a, struct error *err)
{
	struct dirs dirs = { .arena = &a->arena };

	if (journal_read(a->set, note_dir, &dirs, err) < 0)
		return -1;
	for (size_t i = dirs.len; i > 0; i--)
		apply_remove_dir(a, &dirs.list[i - 1]);
	return 0;
}

static int take_steps_back(struct applying *a, struct error *err)
{
	if (journal_read(a->set, apply_back, a, err) < 0 || remove_dirs(a, err) < 0 ||
	    journal_read(a->set, apply_restore, a, err) < 0)
		return -1;
	return journal_read(a->set, apply_note_dir, a, err);
}

static int take_all_back(struct applying *a, struct error *err)
{
	int ret;

	a->known = known_open(a->set);
	if (!a->known)
		return error_sys(err, "cannot write %s/known", a->set->path);
	ret = take_steps_back(a, err);
	(void)fclose(a->known);
	a->known = NULL;
	return ret < 0 ? -1 : apply_sync(a, true, err);
}

static int end_undo(struct changes_set *set, struct applying *a, struct error *err)
{
	bool last;

	if (take_all_back(a, err) < 0)
		return -1;
	/* without it whoever goes on knows that this was the end */
	if (journal_remove(set, &last) < 0)
		return error_sys(err, "cannot remove %s/journal", set->path);
	return changes_set_state(set, last ? CHANGES_PARTLY : CHANGES_STOPPED, err);
}

static int undo_open_set(struct changes_set *set, struct applying *a, struct error *err)
{
	if (set->state == CHANGES_UNDOING && !journal_exists(set))
		return changes_set_state(set, CHANGES_STOPPED, err);
	if (set->state != CHANGES_UNDOING) {
		if (journal_read(set, apply_look, a, err) < 0)
			return -1;
		if (!found_none(a->founds))
			return 1;
		if (changes_set_state(set, CHANGES_UNDOING, err) < 0)
			return -1;
	}
	return end_undo(set, a, err);
}

static int refuse_state(const struct changes_set *set, const char *what,
			struct error *err)
{
	return error_set(err, "the change set \"%s\" is %s: there is nothing to %s",
			 set->name, changes_state_name(set->state), what);
}

int commit_undo(struct changes_set *set, const struct commit_options *options,
		struct commit_result *ret, struct error *err)
{
	struct applying a;
	int done;

	if (set->state == CHANGES_COMMITTING)
		return error_set(err,
				 "a commit of \"%s\" was interrupted: end it first "
				 "(sboxctl changes commit %s)",
				 set->name, set->name);
	if (set->state != CHANGES_COMMITTED && set->state != CHANGES_UNDOING &&
	    set->state != CHANGES_PARTLY)
		return refuse_state(set, "undo", err);
	done = apply_begin(set, options, &ret->founds, &a, err);
	if (done == 0)
		done = undo_open_set(set, &a, err);
	ret->steps = a.done;
	apply_end(&a);
	return done;
}

/* ------------------------------------------------------------------------- committing */

/* Whether nothing but what was committed is in the set. */
static bool is_all(const struct changes_set *set, const struct commit_options *options)
{
	return !options->paths && !set->about.skip;
}

/* Whether nothing of all of the set has a conflict: 1 or 0, -1 with an error. */
static int is_free(const struct changes_set *set, const struct commit_options *options,
		   bool after_own, struct error *err)
{
	struct commit_options all = *options;
	struct arena arena = { 0 };
	struct founds founds = { .arena = &arena };
	struct proposal proposal = { 0 };
	int ret;

	all.paths = NULL;
	all.trust = true;
	all.after_own = after_own;
	ret = propose(set, &all, &founds, &proposal, err);
	arena_done(&arena);
	return ret < 0 ? -1 : founds.count[FOUND_CONFLICT] == 0;
}

/*
 * After a commit of some paths: if nothing of the rest has a conflict, what the host has
 * now is what the rest is about. Else the rest keeps its own moment.
 */
static int know_rest(const struct changes_set *set, const struct commit_options *options,
		     struct error *err)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < set->about.trees_len; i++)
		ret = changes_stamp_now(set, i, err);
	if (ret == 0)
		ret = is_free(set, options, true, err);
	if (ret <= 0)
		return ret;
	for (size_t i = 0; i < set->about.trees_len; i++)
		if (changes_stamp_adopt(set, i, err) < 0)
			return -1;
	return 0;
}

static int note_done(const struct changes_set *set, struct error *err)
{
	for (size_t i = 0; i < set->about.trees_len; i++)
		if (changes_stamp_done(set, i, err) < 0)
			return -1;
	return 0;
}

/* What was done so far is taken back: either all of a commit is done or nothing. */
static int give_back(struct changes_set *set, struct applying *a, struct error *err)
{
	struct error back = { .status = EXIT_SBOX };

	if (end_undo(set, a, &back) == 0)
		return found_none(a->founds) ? -1 : 1;
	return error_wrap(err, "half done, and cannot be taken back (%s)", back.msg);
}

/* @known: nothing of the rest had a conflict. */
static int carry_out(struct changes_set *set, struct applying *a, bool known,
		     struct error *err)
{
	const bool rest = journal_leaves_rest(set);

	if (journal_read(set, apply_clean, a, err) < 0 ||
	    journal_read(set, apply_step, a, err) < 0)
		return give_back(set, a, err);
	if (apply_sync(a, true, err) < 0 || note_done(set, err) < 0)
		return -1;
	if (rest && known && know_rest(set, a->options, err) < 0)
		return -1;
	journal_forget_last(set);
	return changes_set_state(set, rest ? CHANGES_PARTLY : CHANGES_COMMITTED, err);
}

/* Writes the steps; 1: something is in the way. */
static int write_steps(struct changes_set *set, const struct commit_options *options,
		       struct commit_result *ret, struct error *err)
{
	struct journal journal;
	struct proposal proposal = { .journal = &journal };
	int done;

	if (journal_begin(set, !is_all(set, options), &journal, err) < 0)
		return -1;
	done = propose(set, options, &ret->founds, &proposal, err);
	if (done == 0 && !found_none(&ret->founds))
		done = 1;
	if (done == 0 && proposal.steps > 0)
		done = journal_end(set, &journal, err);
	else
		journal_drop(set, &journal);
	ret->steps = proposal.steps;
	ret->seen = proposal.seen;
	return done;
}

static int begin_commit(struct changes_set *set, struct applying *a,
			const struct commit_options *options, struct commit_result *ret,
			struct error *err)
{
	int done;

	if (apply_sync(a, false, err) < 0)
		return -1;
	done = write_steps(set, options, ret, err);
	if (done != 0 || ret->steps == 0)
		return done;
	/* as whoever is to go on by it will read it */
	done = journal_read(set, NULL, NULL, err);
	return done != 0 ? done : changes_set_state(set, CHANGES_COMMITTING, err);
}

static int commit_open_set(struct changes_set *set, struct applying *a,
			   const struct commit_options *options,
			   struct commit_result *ret, struct error *err)
{
	const bool resumed = set->state == CHANGES_COMMITTING && journal_exists(set);
	int known =
		resumed || is_all(set, options) ? 0 : is_free(set, options, false, err);
	int done;

	if (known < 0)
		return -1;
	ret->seen = resumed;
	done = resumed ? 0 : begin_commit(set, a, options, ret, err);
	if (done != 0 || (!resumed && ret->steps == 0))
		return done;
	a->all = ret->steps;
	return carry_out(set, a, known > 0, err);
}

int commit_set(struct changes_set *set, const struct commit_options *options,
	       struct commit_result *ret, struct error *err)
{
	struct applying a;
	int done;

	if (set->state == CHANGES_UNDOING)
		return error_set(err,
				 "an undo of \"%s\" was interrupted: end it first "
				 "(sboxctl changes undo %s)",
				 set->name, set->name);
	if (set->state == CHANGES_COMMITTED || set->state == CHANGES_MAKING)
		return refuse_state(set, "commit", err);
	done = apply_begin(set, options, &ret->founds, &a, err);
	if (done == 0)
		done = commit_open_set(set, &a, options, ret, err);
	apply_end(&a);
	return done;
}
