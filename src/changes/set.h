/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * set.h - a change set: what a run has written, kept apart until somebody has looked
 *
 * Theory of operation
 *
 * With "--changes=NAME" every directory of the host that a command may write to is shown
 * as an overlay, whose upper directory takes all that is written. A change set is these
 * upper directories and what has to be known to put them into their places later:
 *
 *	changes/NAME/		in sbox's own state directory, 0700
 *	    lock		flock(2): whoever has it runs, looks, commits or removes
 *	    run.toml		struct changes_about, written before the first run
 *	    state		enum changes_state in a word
 *	    journal		what a commit does, see journal.h
 *	    known		what an undo has put back, see known.h
 *	LAYERS/			the same directory, or another of 0700 (changes.dir)
 *	    0/up, 0/wk		upper and work directory of the first tree, 1/..., 2/...
 *	    0/stamp		when it was written is the moment before the first run, in
 *the time of that file system: what has a later one has been changed by somebody else
 *	    undo/N		what a commit took away
 *
 * The directory is shown to no sandbox (plan_input.hidden_dirs). All the same nothing
 * that its files say is followed: each tree is opened anew, by its path, and compared
 *with the number that it had.
 *
 * The lock is of the open file, not of the process: init inherits it, so that it is taken
 * as long as an overlay of this set is mounted somewhere, also when the supervisor was
 * killed.
 */
#ifndef SBOX_CHANGES_SET_H
#define SBOX_CHANGES_SET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/arena.h"
#include "base/error.h"

enum changes_state {
	CHANGES_MAKING,     /* being made; nothing was run */
	CHANGES_RUNNING,    /* somebody runs, or was killed while it did */
	CHANGES_STOPPED,    /* may be looked at, committed, or gone on with */
	CHANGES_COMMITTING, /* a commit has begun, and goes on where it was */
	CHANGES_COMMITTED,  /* done; it can be undone */
	CHANGES_PARTLY,  /* stopped, and something was committed, which can be undone */
	CHANGES_UNDOING, /* an undo has begun, and goes on where it was */
};

struct changes_tree {
	const char *lower;  /* canonical path of the directory of the host */
	const char *target; /* where the sandbox shows it */
	dev_t dev;          /* of the lower directory */
	ino_t ino;
	/* when it was made, as the file system says; 0: it does not: a number can be
	 * given again */
	int64_t born, born_nsec;
};

/* How the ids of the sandbox are those of the host: a line of /proc/PID/uid_map. */
struct changes_ids {
	int64_t inside, outside, count;
};

struct changes_about { /* run.toml */
	int64_t since; /* of the first run: seconds since the epoch */
	const char *const *profiles, *const *command; /* of it, NULL-terminated */
	bool skip;   /* changes.protect: what the guard refuses is left out, or all is */
	int64_t max; /* changes.max, bytes; negative: as much as there is */
	const char *layers;         /* path of LAYERS; NULL: NAME itself */
	const char *const *allowed; /* guard.allow: paths of the host */
	const char *const *hidden;  /* what was covered inside: paths of the host */
	/* places that settings of repositories name and that did not exist, as in
	 * plan->guard.facts.watch */
	const char *const *watched;
	struct changes_ids *uids, *gids; /* none: the caller's own alone */
	size_t uids_len, gids_len;
	struct changes_tree *trees;
	size_t trees_len;
};

struct changes_set {
	const char *name;
	const char *path;        /* of its directory, for people */
	const char *layers_path; /* the same of LAYERS */
	int dir, lock, layers;   /* open; layers -1: there are none yet */
	enum changes_state state;
	struct changes_about about;
};
#define CHANGES_SET_NONE                                                                 \
	{                                                                                \
		.dir = -1, .lock = -1, .layers = -1                                      \
	}

/* Where sets are: changes_open_dir() of @state_dir, and what their data is kept in. */
struct changes_home {
	int dir;
	const char *state_dir;
	struct arena *arena;
};

/* The name of @state in the file and for people: "running", "stopped", ... */
const char *changes_state_name(enum changes_state state);

/*
 * Opens the directory of all change sets below sbox's state directory @state_dir (NULL:
 * there is none), which is made if it is missing and @make. 0, with *ret_dir -1 if it is
 * not there and @make is false. -1: it is not the caller's alone, or cannot be made.
 */
_must_check_ int changes_open_dir(const char *state_dir, bool make, int *ret_dir,
				  struct error *err);

/* The names of all sets in @dir (-1: none), sorted, "a-9" before "a-10", NULL-terminated,
 * in @arena. */
_must_check_ int changes_names(int dir, struct arena *arena, const char *const **ret,
			       struct error *err);

/* Whether a set called @name is in @dir. */
bool changes_exists(int dir, const char *name);

/*
 * Beside the sets: a directory with a symbolic link for each set whose layers are
 * elsewhere (changes.dir), by which all sandboxes know what else to hide. No set is
 * called so.
 */
#define CHANGES_ELSEWHERE ".elsewhere"

/* Whether somebody has the lock of the set @name. */
bool changes_is_locked(int dir, const char *name);

/*
 * Opens the set @name of @home and takes its lock without waiting. The descriptors of
 * *ret are the caller's: changes_close(). -1: there is none, it is not the caller's
 * alone, somebody else has the lock, or what its files say is not what sbox writes.
 */
_must_check_ int changes_open(const struct changes_home *home, const char *name,
			      struct changes_set *ret, struct error *err);

/* As much of it as there is of a set whose files say nothing, to remove it. */
_must_check_ int changes_open_damaged(const struct changes_home *home, const char *name,
				      struct changes_set *ret, struct error *err);

/*
 * The same as changes_open() for a run: the set is made if it is missing, with @about and
 * an empty pair of layers for each tree, and is gone on with if it is there and was made
 * with the same trees, ids and layers; what was hidden or watched stays so, and else the
 * rules of
 * @about count. What an earlier commit took away is removed for it. The state is
 * CHANGES_RUNNING afterwards. The trees and their paths are those of the plan.
 */
_must_check_ int changes_begin(const struct changes_home *home, const char *name,
			       const struct changes_about *about, struct changes_set *ret,
			       struct error *err);

/*
 * Writes the state; one of a commit or an undo is on the disk afterwards, one of a run
 * need not survive more than the run does.
 */
_must_check_ int changes_set_state(struct changes_set *set, enum changes_state state,
				   struct error *err);

/*
 * The moment before the first run, or with @done the one at which the last commit was
 * done, in the time of the file system of @tree; -1: errno.
 */
int changes_stamp(const struct changes_set *set, size_t tree, bool done,
		  struct timespec *ret);

/* What time it is in the file system of @tree; -1: errno. */
int changes_clock(const struct changes_set *set, size_t tree, struct timespec *ret);

/*
 * Notes this moment for @tree, to be adopted: changes_stamp_adopt() makes it the moment
 * before the first run, so what was looked at in between and had not changed counts as
 * known; changes_stamp_done() the one at which the last commit was done.
 */
_must_check_ int changes_stamp_now(const struct changes_set *set, size_t tree,
				   struct error *err);
_must_check_ int changes_stamp_adopt(const struct changes_set *set, size_t tree,
				     struct error *err);
_must_check_ int changes_stamp_done(const struct changes_set *set, size_t tree,
				    struct error *err);

/*
 * Opens the lower directory of @tree, O_PATH, and the upper one, for reading. -1: it is
 * another than it was.
 */
_must_check_ int changes_open_tree(const struct changes_set *set, size_t tree,
				   int *ret_lower, int *ret_upper, struct error *err);

/* Removes the set with all that is in it. The lock stays until it is closed. */
_must_check_ int changes_remove(int dir, struct changes_set *set, struct error *err);

/* Closes the descriptors, which gives the lock up, unless a sandbox has it as well. */
void changes_close(struct changes_set *set);

#endif
