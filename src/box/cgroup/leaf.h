/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * leaf.h - the leaves of sandboxes in a cgroup: made, locked and put away
 *
 * Inside of box/cgroup*.c only. Whoever holds the lock of a leaf, and nobody else, may
 * put it away: the sandbox's supervisor, its keeper, or the next sbox there.
 */
#ifndef SBOX_CGROUP_LEAF_H
#define SBOX_CGROUP_LEAF_H

#include "box/cgroup/cgroup.h"

#define CGROUP_FILE_MAX ((size_t)65536)

enum cgroup_part { CGROUP_LEAF, CGROUP_SUPERVISOR };

/* "sbox-NUMBER", and what each part of that sandbox's is called. */
void cgroup_name(uint64_t number, char ret[CGROUP_NAME_MAX]);
void cgroup_part_name(const char *name, enum cgroup_part part, char ret[CGROUP_NAME_MAX]);

/* Makes and locks @name, which must be new; a descriptor, or -1. */
_must_check_ int cgroup_make_leaf(int dir, const char *name, struct error *err);

/*
 * Opens and locks what there is of @c->name, for whoever was not given it.
 * -1: somebody else has it.
 */
int cgroup_take_leaves(struct cgroup *c);

/*
 * Puts away what sandboxes have left in @us->dir that were killed together with their
 * keepers. -1: there is a supervisor: it will take the controllers away when it ends, and
 * our limits with them.
 */
int cgroup_sweep(const struct cgroup *us);

/*
 * Waits for the sandboxes that may be taking controllers away just now. After it, and
 * with a leaf of ours in @us->dir, nobody does any more.
 */
_must_check_ int cgroup_wait_ending(const struct cgroup *us, struct error *err);

/* Turns @controllers on for the children of @dir, and marks those that were off. */
_must_check_ int cgroup_give(int dir, unsigned controllers, struct error *err);

/*
 * Kills what is in the leaf, turns the marked controllers off if nobody can need them,
 * moves what is in the supervisor's leaf back, and removes both. What fails is for the
 * next sbox.
 */
void cgroup_put_away(const struct cgroup *c);

/*
 * Kills whatever is in it, frozen or stopped or forking, and waits until it is empty,
 * though not for ever: then it is false.
 */
bool cgroup_kill_all(int leaf, struct patience *patience);

/* The number behind "@key " in @file, or of all of it without @key; or LIMIT_NONE. */
int64_t cgroup_read_number(int leaf, const char *file, const char *key);

/*
 * Starts the keeper of @c, before anything of it is made. It holds the parts that it is
 * sent (MSG_LEAF) as we do; what else is there when we end, it takes by its name.
 * (keeper.c)
 */
_must_check_ int cgroup_start_keeper(struct cgroup *c, struct error *err);

#endif
