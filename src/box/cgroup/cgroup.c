/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cgroup.c - make, measure and remove the sandbox's own cgroup; see cgroup.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/msg.h"
#include "base/path.h"
#include "base/sys.h"
#include "box/cgroup/leaf.h"

#define CPU_PERIOD 100000
#define DEPTH_MAX 16 /* of what a sandbox can make in its own */
#define DESCENDANTS_MAX 1000

/* --------------------------------------------------------------- the start */

/* A lock that the keeper holds too survives our SIGKILL. */
static int new_leaf(const struct cgroup *c, enum cgroup_part part, int *ret,
		    struct error *err)
{
	char name[CGROUP_NAME_MAX];
	_cleanup_fd_ int fd = -1;

	cgroup_part_name(c->name, part, name);
	fd = cgroup_make_leaf(c->dir, name, err);
	if (fd < 0)
		return -1;
	if (c->keeper > 0 && msg_send(c->alive, MSG_LEAF, (int)part, fd) < 0)
		return error_sys(err, "the keeper of the cgroup %s is gone", name);
	*ret = take_fd(&fd);
	return 0;
}

/* Nobody may be left in @c->dir, the keeper neither. */
static int move_down(const struct cgroup *c, struct error *err)
{
	char keeper[16];

	(void)snprintf(keeper, sizeof keeper, "%d", (int)c->keeper);
	if ((c->keeper > 0 && io_write_file(c->supervisor, "cgroup.procs", keeper) < 0) ||
	    io_write_file(c->supervisor, "cgroup.procs", "0") < 0)
		return error_sys(err, "cannot make room in the cgroup around us");
	return 0;
}

static int limit(int leaf, const char *file, int64_t value, struct error *err)
{
	char text[24];

	if (value == LIMIT_NONE)
		return 0;
	(void)snprintf(text, sizeof text, "%lld", (long long)value);
	return io_write_file(leaf, file, text) < 0
		       ? error_sys(err, "cannot write %s to %s", text, file)
		       : 0;
}

/* All of the sandbox goes at once, or a part of it would work on with the rest missing.
 */
static int write_limits(int leaf, const struct plan_cgroup *plan, struct error *err)
{
	char text[64];

	if (limit(leaf, "memory.max", plan->memory, err) < 0 ||
	    limit(leaf, "memory.swap.max", plan->swap, err) < 0 ||
	    limit(leaf, "pids.max", plan->pids, err) < 0 ||
	    ((plan->controllers & CGROUP_MEMORY) &&
	     limit(leaf, "memory.oom.group", 1, err) < 0))
		return -1;
	if (plan->cpu == LIMIT_NONE)
		return 0;
	(void)snprintf(text, sizeof text, "%" PRId64 " %d",
		       plan->cpu * (CPU_PERIOD / 100), CPU_PERIOD);
	return io_write_file(leaf, "cpu.max", text) < 0
		       ? error_sys(err, "cannot write %s to cpu.max", text)
		       : 0;
}

/* Where the sandbox lives, below its limits: see cgroup.h. */
static int make_box(int leaf, struct error *err)
{
	int fd = -1;

	if (limit(leaf, "cgroup.max.depth", DEPTH_MAX, err) < 0 ||
	    limit(leaf, "cgroup.max.descendants", DESCENDANTS_MAX, err) < 0)
		return -1;
	if (mkdirat(leaf, "box", 0700) == 0)
		fd = openat(leaf, "box", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? error_sys(err, "cannot make the cgroup box") : fd;
}

static int make_leaves(struct cgroup *c, const struct host_cgroup *host,
		       const struct plan_cgroup *plan, struct error *err)
{
	/* from here whoever kills us leaves no trace */
	if (!host->scope && cgroup_start_keeper(c, err) < 0)
		return -1;
	if (host->move && new_leaf(c, CGROUP_SUPERVISOR, &c->supervisor, err) < 0)
		return -1;
	if (new_leaf(c, CGROUP_LEAF, &c->leaf, err) < 0 || cgroup_wait_ending(c, err) < 0)
		return -1;
	/* from here nobody takes away the controllers that the limits need */
	if ((host->move && move_down(c, err) < 0) ||
	    cgroup_give(c->dir, plan->controllers, err) < 0 ||
	    write_limits(c->leaf, plan, err) < 0)
		return -1;
	c->box = make_box(c->leaf, err);
	return c->box < 0 ? -1 : 0;
}

/* The child of @dir that we are in, by its inode; 0: we are in @dir itself. */
static int find_branch(struct arena *arena, const char *dir, uint64_t *ret,
		       struct error *err)
{
	const char *own = cgroup_own_path(arena);
	size_t len = strlen(dir);
	struct stat st = { 0 };

	own = arena_printf(arena, "/sys/fs/cgroup%s", own ? own : " (unknown)");
	if (!path_within(own, dir))
		return error_set(err, "sbox is not in %s any more", dir);
	if (own[len] == '/') {
		len += 1 + strcspn(own + len + 1, "/");
		own = arena_strndup(arena, own, len);
		if (stat(own, &st) < 0)
			return error_sys(err, "%s", own);
	}
	*ret = st.st_ino;
	return 0;
}

static int open_cgroup(struct arena *arena, struct cgroup *c,
		       const struct host_cgroup *host, struct error *err)
{
	const char *dir = host->dir;

	if (host->scope) {
		if (cgroup_scope_enter(arena, c->name, err) < 0)
			return -1;
		dir = cgroup_own_path(arena);
		dir = arena_printf(arena, "/sys/fs/cgroup%s", dir ? dir : "");
	}
	c->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c->dir < 0)
		return error_sys(err, "%s", dir);
	if (host->scope)
		return 0;
	if (find_branch(arena, dir, &c->branch, err) < 0)
		return -1;
	if (cgroup_sweep(c) < 0)
		return error_set(err, "another sbox has made room for itself in %s", dir);
	return 0;
}

/* The keeper does it, if there is one that nobody has killed. */
static void end_leaves(struct cgroup *c, struct patience *patience)
{
	_cleanup_fd_ int keeper =
		patience && c->keeper > 0 ? sys_pidfd_open(c->keeper) : -1;
	int status = -1;

	fd_drop(&c->alive);
	patience_begin(patience, "waiting for the kernel to remove the cgroup of the "
				 "sandbox");
	patience_wait(patience, keeper);
	patience_end(patience);
	if (c->keeper > 0)
		while (waitpid(c->keeper, &status, 0) < 0 && errno == EINTR)
			;
	if (status != 0 && cgroup_take_leaves(c) == 0)
		cgroup_put_away(c);
	fd_closep(&c->dir);
	fd_closep(&c->leaf);
	fd_closep(&c->box);
	fd_closep(&c->supervisor);
	*c = (struct cgroup)CGROUP_INIT;
}

int cgroup_make(const struct host_cgroup *host, const struct plan_cgroup *plan,
		struct cgroup *ret, struct error *err)
{
	struct cgroup c = CGROUP_INIT;
	struct arena arena = { 0 };
	uint64_t random = 0;
	int status;

	if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
		return error_sys(err, "getrandom");
	cgroup_name(random, c.name);
	status = open_cgroup(&arena, &c, host, err);
	if (status == 0)
		status = make_leaves(&c, host, plan, err);
	arena_done(&arena);
	if (status < 0) {
		end_leaves(&c, NULL);
		return error_wrap(err, "%s", host->place);
	}
	*ret = c;
	return 0;
}

static void measure(int leaf, struct cgroup_usage *ret)
{
	*ret = (struct cgroup_usage){
		.memory_peak = cgroup_read_number(leaf, "memory.peak", NULL),
		.pids_peak = cgroup_read_number(leaf, "pids.peak", NULL),
		.user = cgroup_read_number(leaf, "cpu.stat", "user_usec"),
		.system = cgroup_read_number(leaf, "cpu.stat", "system_usec"),
		.pids_refused = cgroup_read_number(leaf, "pids.events", "max"),
		.oom_kills = cgroup_read_number(leaf, "memory.events", "oom_kill"),
	};
}

void cgroup_end(struct cgroup *c, struct cgroup_usage *ret, struct patience *patience)
{
	if (c->leaf < 0)
		return;
	patience_begin(patience, "waiting for the kernel to end the processes in the "
				 "cgroup of the sandbox");
	(void)cgroup_kill_all(c->leaf, patience);
	measure(c->leaf, ret);
	end_leaves(c, patience);
}
