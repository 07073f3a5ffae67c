/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cgroup.h - a control group of the sandbox's own, made without privilege
 *
 * Theory of operation
 *
 * Only cgroup v2 can be used, and only below a cgroup that was delegated to the caller.
 * There are two ways to have one, tried in this order:
 *
 *   1. A cgroup around us is delegated already: `systemd-run --user --scope -p
 *      Delegate=yes`, a container, a CI runner that did a chown. What somebody has put
 *      around us stays around the sandbox, and nothing but a mkdir is needed.
 *   2. systemd's user manager makes a delegated scope for us (scope.c). That
 *      takes us out of where our caller has put us, and some milliseconds.
 *
 * The sandbox gets "sbox-NAME", which has the limits, and in that "box", which init
 * enters at its birth (CLONE_INTO_CGROUP): at no time is a process of the sandbox
 * outside. "box" is the root that it sees: a command that may mount a cgroup file system
 * (namespaces.inner = false) is the owner of the files there, and where the host's is
 * mounted without nsdelegate it could write them. The supervisor and the network's
 * helper stay out of both.
 *
 * A cgroup that has processes gives its children no memory controller (the rule of "no
 * internal processes", cgroups(7)). So the leaf is made in the nearest cgroup around us
 * that has none; or, if we are the only one in ours, we move down to a leaf
 * "sbox-NAME.supervisor" beside it. Where others are in our cgroup too, they are not ours
 * to move.
 *
 * A scope vanishes by itself with its last process. Anywhere else a keeper, a process
 * that only waits for us to end, removes what we have made, also after our SIGKILL. It is
 * there before the first leaf: where we have moved down, the controllers that we leave on
 * would let nobody in again. If it is killed too, the next sbox there does: each leaf is
 * locked (flock) as long as somebody of its sandbox lives, so what can be locked is
 * stale. Nothing is touched whose name is not exactly of this kind, nor what the next
 * sbox is in itself.
 *
 * Controllers that were off in the cgroup around the leaf bear a mark there (extended
 * attributes user.sbox.*) as long as they are on for sandboxes, and the last one there
 * turns them off: else no process could be put into that cgroup any more. Nobody may lose
 * limits by that. So they stay on where anybody else has a cgroup beside ours, but for
 * the one that the last sandbox was started from. And of two sandboxes one may end while
 * the other begins: who ends says so by the sticky bit of its leaf before it looks for
 * others; who begins makes its leaf before it looks for that bit, and waits. Whichever
 * came first, one of the two sees the other.
 */
#ifndef SBOX_CGROUP_H
#define SBOX_CGROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/patience.h"
#include "plan/plan.h"

#define CGROUP_NAME_MAX 48

struct cgroup {
	char name[CGROUP_NAME_MAX]; /* of the leaf */
	int dir;                    /* the cgroup in which it is, -1: none was made */
	int leaf;                   /* with the limits */
	int box;                    /* in it, for CLONE_INTO_CGROUP */
	uint64_t branch; /* inode of the child of @dir that we came from, 0: @dir */
	int supervisor;  /* the leaf that we have moved into, -1: we have not */
	pid_t keeper;    /* 0: none */
	int alive;       /* its other end tells the keeper that we live */
};

#define CGROUP_INIT                                                                      \
	{                                                                                \
		.dir = -1, .leaf = -1, .box = -1, .supervisor = -1, .alive = -1          \
	}

/* The resources that the sandbox has used; LIMIT_NONE: not known. */
struct cgroup_usage {
	int64_t memory_peak;  /* bytes; Linux 5.19 */
	int64_t pids_peak;    /* init included; Linux 6.1 */
	int64_t user, system; /* microseconds of CPU time */
	int64_t pids_refused; /* processes and threads that limits.pids forbade */
	int64_t oom_kills;    /* processes that were killed at the memory limit */
};

/* A view of the cgroup file system: the real one, or a table of a test. */
struct cgroup_view {
	const char *root; /* where it is mounted */
	const char *own;  /* our path in it */
	pid_t pid;
	/* Whether the unit of @path is marked as delegated; NULL: nobody marks them. */
	bool (*marked)(const char *path);
};

/*
 * Looks for a cgroup around us, nearest first, that could have a child with the
 * controllers @needed, or most of them. @ret->dir is NULL and @ret->why_not is set if
 * there is none. (find.c)
 */
void cgroup_find(struct arena *arena, const struct cgroup_view *view, unsigned needed,
		 struct host_cgroup *ret);
/*
 * Fills *ret with the better way to have the controllers @needed: a cgroup around us or a
 * scope of systemd's manager; with neither, @ret->why_not is set. (probe.c)
 */
void cgroup_probe(struct arena *arena, unsigned needed, struct host_cgroup *ret);
/* Our path in the v2 tree, or NULL; and the names in a file such as cgroup.controllers
 * as CGROUP_* bits. */
const char *cgroup_own_path(struct arena *arena);
unsigned cgroup_controllers(const char *names);

/* Whether the manager can be asked; else *ret_why says why not. (scope.c) */
bool cgroup_scope_possible(struct arena *arena, struct host_cgroup *ret,
			   const char **ret_why);
/* Moves the calling process into a new delegated scope called @name. */
_must_check_ int cgroup_scope_enter(struct arena *arena, const char *name,
				    struct error *err);

/*
 * Makes the leaf with the plan's limits, as found by cgroup_probe(). On failure
 * nothing of it is left. The caller must have one thread.
 */
_must_check_ int cgroup_make(const struct host_cgroup *host,
			     const struct plan_cgroup *plan, struct cgroup *ret,
			     struct error *err);

/* Kills what is left in it, tells what was used, and removes it. */
void cgroup_end(struct cgroup *cgroup, struct cgroup_usage *ret,
		struct patience *patience);

#endif
