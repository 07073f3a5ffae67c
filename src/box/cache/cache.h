/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cache.h - private caches: directories that sandboxes keep for later runs
 *
 * Theory of operation
 *
 * They are in a directory "sbox-caches" in $XDG_CACHE_HOME, which is the user's, of mode
 * 0700, and shown to no sandbox (plan_input.cache_dirs). For a cache called NAME it holds
 *
 *	NAME		a directory, likewise. Each supervisor whose sandbox has the cache
 *			holds a shared lock on it, who clears it an exclusive one
 *(flock(2)); its time of change is when a sandbox last began to use it NAME/data
 *what the sandbox sees. What is in it was written by commands
 *	NAME/cleared	what is left of a removal that was interrupted, or not allowed
 *
 * No sandbox sees more than NAME/data, so none can hold the lock, or keep another from
 * it. Several may use a cache at once. Nothing here follows a symbolic link behind the
 * path of "sbox-caches" itself, and no directory is used that others can enter.
 */
#ifndef SBOX_CACHE_H
#define SBOX_CACHE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"
#include "plan/plan.h"

#define CACHE_DATA "data"
#define CACHE_CLEARED "cleared"

struct cache_held { /* by this process, as long as it runs */
	const char *name;
	int lock;
	dev_t dev; /* of NAME/data, which is to be shown */
	ino_t ino;
};

struct caches {
	struct cache_held *list; /* all-zero: none */
	size_t len;
};

/*
 * Makes the caches that @plan shows, as far as they are missing, and holds them. Waits
 * for who clears one.
 */
_must_check_ int caches_hold(const struct plan *plan, struct arena *arena,
			     struct caches *ret, struct error *err);
/* The one called @name; caches_hold() has seen to it that it is there. */
const struct cache_held *caches_find(const struct caches *caches, const char *name);
void caches_release(struct caches *caches);

/*
 * Opens the directory of all caches, @path. 0, with *ret_dir -1 if there is none. -1: it
 * is not to be trusted, or cannot be opened.
 */
_must_check_ int caches_open(const char *path, int *ret_dir, struct error *err);
/* The same of the directory of cache @name in it, for messages called @path. */
_must_check_ int cache_open(int dir, const char *name, const char *path, int *ret_dir,
			    struct error *err);
/*
 * Takes the exclusive lock on a directory of cache_open(), until that is closed. 1; 0: a
 * sandbox uses the cache, or somebody else clears it; -1: it cannot be had.
 */
_must_check_ int cache_lock(int dir, const char *path, struct error *err);
void cache_unlock(int dir);

#endif
