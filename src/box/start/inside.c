/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * inside.c - what process 1 does until everything is built
 *
 * Process: init
 *
 * Theory of operation: see launch.c. Every step stands in its order, with what it takes
 * away; a step that fails ends everything.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/mnt.h"
#include "base/msg.h"
#include "base/sys.h"
#include "box/cache/cache.h"
#include "box/fence/caps.h"
#include "box/fence/landlock.h"
#include "box/fence/limits.h"
#include "box/fence/userns.h"
#include "box/host/cause.h"
#include "box/mount/devproc.h"
#include "box/mount/mounts.h"
#include "box/mount/mtree.h"
#include "box/mount/overlay.h"
#include "box/net/loopback.h"
#include "box/net/ports.h"
#include "box/start/alone.h"
#include "box/start/command.h"
#include "box/start/hits.h"
#include "box/start/init.h"
#include "box/start/inside.h"
#include "box/start/join.h"
#include "box/start/launch.h"
#include "box/start/network.h"
#include "box/start/points.h"

/* ------------------------------------------------------------------- init */

/* PDEATHSIG works from now on only: the supervisor may be dead already. */
static int init_lifeline(const struct inside *in, struct error *err)
{
	struct pollfd ctl = { in->ctl, 0, 0 };

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return error_sys(err, "PR_SET_PDEATHSIG");
	if (poll(&ctl, 1, 0) < 0 || (ctl.revents & POLLHUP))
		return error_set(err, "the supervisor is gone");
	return 0;
}

/* Set-up that needs no ids, and so overlaps with newuidmap and newgidmap outside. */
static int init_early(struct inside *in, struct error *err)
{
	const struct plan *plan = in->plan;

	if (limits_files(&in->files, err) < 0)
		return -1;
	in->proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (in->proc < 0)
		return error_sys(err, "/proc");
	/* from here the cgroup that init was born in looks like the root of them all */
	if (in->launch->cgroup >= 0 && (plan->clone_flags & CLONE_NEWCGROUP) &&
	    unshare(CLONE_NEWCGROUP) < 0)
		return error_sys(err, "cannot make the cgroup namespace");
	if (mounts_private(err) < 0) {
		cause_userns(err);
		return -1;
	}
	if (plan->hostname && sethostname(plan->hostname, strlen(plan->hostname)) < 0)
		return error_sys(err, "cannot set the host name");
	/* from here what leaves this network namespace obeys the rules */
	return network_fence(&plan->net, in->ctl, err);
}

static int init_wait_maps(const struct inside *in, struct error *err)
{
	struct msg msg = { 0 };
	int fd;

	do
		if (msg_recv(in->ctl, &msg, &fd) <= 0)
			return error_set(err, "the supervisor is gone");
	while (msg.type !=
	       MSG_GO); /* a signal that came too early is not for anyone yet */
	return 0;
}

/* A cache may have been made, or made anew, after the plan. */
static int bind_cache(const struct inside *in, struct mtree *tree,
		      const struct step *step, struct error *err)
{
	const struct cache_held *held = caches_find(in->caches, step->cache);
	struct step bind = *step;

	bind.dev = held->dev;
	bind.ino = held->ino;
	return mounts_bind(tree, &bind, err);
}

static int apply_step(struct inside *in, struct mtree *tree, const struct step *step,
		      struct error *err)
{
	_cleanup_fd_ int fd = -1;

	switch (step->type) {
	case STEP_BIND:
		return step->cache ? bind_cache(in, tree, step, err)
				   : mounts_bind(tree, step, err);
	case STEP_TMPFS:
		return mounts_tmpfs(tree, step, err);
	case STEP_OVERLAY:
		fd = overlay_new(tree, step, err);
		return fd < 0 ? -1 : mtree_attach(tree, fd, step->target, true, err);
	case STEP_FILE:
		return mounts_file(tree, step, err);
	case STEP_SYMLINK:
		return mounts_symlink(tree, step, err);
	case STEP_DIR:
		return mounts_dir(tree, step, err);
	case STEP_MQUEUE:
		return mounts_mqueue(tree, step, err);
	case STEP_DEV:
		return devproc_dev(tree, in->plan, step, step->loose ? &fd : &in->dev,
				   err);
	case STEP_PROC:
		fd_closep(&in->sys);
		if (devproc_proc(tree, step, &fd, &in->sys, err) < 0)
			return -1;
		(void)close(in->proc);
		in->proc = take_fd(&fd);
		in->proc_new = true;
		return 0;
	case STEP_PIN:
	case STEP_PROTECT:
		if (mounts_pin(tree, step, err) < 0)
			return -1;
		return mounts_deny_below(tree, in->plan, step, err);
	case STEP_DENY:
		return mounts_deny(tree, step, err);
	case STEP_READONLY:
		return mounts_readonly(tree, step, err);
	case STEP_CHMOD:
		return mounts_chmod(tree, step, err);
	}
	return error_set(err, "unknown step %d", (int)step->type);
}

/* A mount point was made on the host: the supervisor takes it away at the end. */
static void tell_point(void *data, int dir, const char *name, size_t end)
{
	const struct inside *in = data;
	const struct step *step = &in->plan->steps[in->step];
	_cleanup_fd_ int made =
		openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	/* where a writable directory is shown, bubblewrap's users find it later */
	if (step->type == STEP_BIND && !step->readonly)
		return;
	if (made >= 0)
		(void)flock(made, LOCK_SH | LOCK_NB);
	(void)msg_send(in->ctl, MSG_POINT, point_encode(in->step, end), dir);
	(void)msg_send(in->ctl, MSG_POINT, POINT_ITSELF, made);
}

/* One that is there may be another sandbox's, which is not to take it away meanwhile. */
static int hold_point(void *data, int at, struct error *err)
{
	const struct inside *in = data;
	_cleanup_fd_ int fd = -1;
	struct stat st;
	char path[40];

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", at);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return 0; /* who may not read it has not made it */
	if (flock(fd, LOCK_SH | LOCK_NB) < 0)
		return error_sys(err,
				 "mount point %s is about to be removed by another "
				 "sandbox, or locked by somebody: try again",
				 in->plan->steps[in->step].target);
	if (fstat(fd, &st) == 0 && st.st_nlink == 0)
		return error_set(err,
				 "mount point %s was removed while the sandbox was "
				 "set up: try again",
				 in->plan->steps[in->step].target);
	(void)msg_send(in->ctl, MSG_POINT, POINT_HELD, fd);
	return 0;
}

/* The root's own step, if it is a directory of the host, comes first of all. */
static int init_root_base(struct mtree *tree, const struct plan *plan, size_t *ret_first,
			  struct error *err)
{
	const struct step *root = plan->steps_len ? &plan->steps[0] : NULL;
	unsigned hosts = 0;
	int fd = -1;

	*ret_first = 0;
	for (size_t i = 0; i < plan->steps_len; i++)
		hosts += mounts_shows_host(&plan->steps[i]);
	if (mtree_scratch(tree, hosts, err) < 0)
		return -1;
	if (root && strcmp(root->target, "/") == 0) {
		fd = root->type == STEP_BIND      ? mounts_source(tree, root, err)
		     : root->type == STEP_OVERLAY ? overlay_new(tree, root, err)
		     : root->type == STEP_TMPFS
			     ? mtree_tmpfs(tree,
					   &(struct mtree_size){ root->size, root->inodes,
								 root->mode },
					   MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, err)
			     : error_set(err, "\"/\" cannot be this kind of "
					      "mount: use fs.root");
		if (fd < 0)
			return -1;
		*ret_first = 1;
	}
	return mounts_root(tree, fd, err);
}

static int init_root(struct inside *in, struct error *err)
{
	struct mtree tree = MTREE_INIT;
	size_t i = 0;
	int ret = init_root_base(&tree, in->plan, &i, err);

	tree.made = tell_point;
	tree.used = hold_point;
	tree.made_data = in;
	for (; ret == 0 && i < in->plan->steps_len; i++) {
		const struct step *step = &in->plan->steps[i];

		tree.on_host = step->loose && !in->plan->strict;
		tree.parents = step->parents ? step->parents : 0755;
		in->step = i;
		ret = apply_step(in, &tree, step, err);
	}
	for (size_t k = 0; ret == 0 && k < in->plan->steps_len; k++)
		ret = mounts_seal(&tree, &in->plan->steps[k], err);
	/* from here nothing can be added to /dev */
	if (ret == 0 && in->dev >= 0 && mnt_set(in->dev, MOUNT_ATTR_RDONLY, false) < 0)
		ret = error_sys(err, "cannot make /dev read-only");
	/* from here no path of the host can be named */
	if (ret == 0)
		ret = mounts_enter(&tree, in->plan, err);
	mtree_done(&tree);
	return ret;
}

/*
 * Later commands are to be in the namespace that process @number made. Now, while it
 * waits and may be looked at.
 */
static int hold_userns(struct inside *in, pid_t number, struct error *err)
{
	char path[64];

	if (in->launch->requests < 0)
		return 0;
	(void)snprintf(path, sizeof path, "%d/ns/user", (int)number);
	in->userns = openat(in->proc, path, O_RDONLY | O_CLOEXEC);
	return in->userns < 0 ? error_sys(err, "/proc/%s", path) : 0;
}

static int map_command(struct inside *in, int pidfd, pid_t pid, struct error *err)
{
	pid_t number;

	if (!in->plan->has_inner)
		return 0;
	number = in->proc_new ? pid : userns_number(in->proc, pidfd);
	if (userns_map_self(in->proc, number, &in->plan->inner, err) < 0 ||
	    hold_userns(in, number, err) < 0)
		return -1;
	return 0;
}

static int let_go_on(const struct inside *in, struct error *err)
{
	return write(in->go[1], "", 1) == 1
		       ? 0
		       : error_sys(err, "cannot tell the command to go on");
}

/* Before anything else is inside: until it has ended, it has all rights in U2. */
static int wait_userns(struct inside *in, pid_t *pid, struct error *err)
{
	int status;

	fd_closep(&in->go[0]);
	fd_closep(&in->go[1]);
	while (waitpid(*pid, &status, 0) < 0)
		if (errno != EINTR)
			return error_sys(err, "waitpid");
	*pid = -1;
	return status == 0 ? 0
			   : error_set(err, "the process that makes the inner user "
					    "namespace has ended before it was made");
}

/*
 * Where the command of a given plan starts is known only now, and its PWD says so: a copy
 * of the plan, with that.
 */
static int place_command(struct inside *in, struct error *err)
{
	const char *const *from = in->plan->environ;
	_cleanup_free_ char *cwd = NULL;
	struct plan *plan = NULL; /* for as long as there is a command */
	const char **vars = NULL;
	char *pwd = NULL;
	size_t n = 0, len = 0;

	if (command_chdir(in->plan, err) < 0)
		return -1;
	cwd = getcwd(NULL, 0);
	while (from[n])
		n++;
	plan = arena_alloc(&in->arena, sizeof *plan);
	vars = arena_alloc(&in->arena, (n + 2) * sizeof *vars);
	if (!cwd || cwd[0] != '/')
		return error_sys(err, "the current directory");
	pwd = arena_printf(&in->arena, "PWD=%s", cwd);
	for (size_t i = 0; i < n; i++)
		if (strncmp(from[i], "PWD=", 4) != 0)
			vars[len++] = from[i];
	vars[len] = pwd;
	*plan = *in->plan;
	plan->environ = vars;
	in->plan = plan;
	return 0;
}

static int init_clone_command(struct inside *in, pid_t *ret_pid, struct error *err)
{
	int pidfd = -1;
	const struct clone3_args args = {
		.flags = CLONE_PIDFD | (in->plan->has_inner ? CLONE_NEWUSER : 0),
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
	};
	pid_t pid;
	int ret = 0;

	if (pipe2(in->go, O_CLOEXEC) < 0)
		return error_sys(err, "pipe");
	/* which inherits it: until it is mapped it could be refused its own directory */
	if ((in->plan->given ? place_command(in, err) : command_chdir(in->plan, err)) < 0)
		return -1;
	pid = sys_clone3(&args);
	if (pid < 0)
		return error_sys(err, "cannot start the command's process");
	if (pid == 0) {
		(void)close(in->go[1]);
		if (in->plan->hold)
			command_make_userns(in);
		command_main(in);
	}
	*ret_pid = pid;
	ret = chdir("/") < 0 ? error_sys(err, "/") : map_command(in, pidfd, pid, err);
	(void)close(pidfd);
	if (ret < 0)
		return error_wrap(err, "inner user namespace");
	if (let_go_on(in, err) < 0)
		return -1;
	return in->plan->hold ? wait_userns(in, ret_pid, err) : 0;
}

/* A lock belongs to the process that has it, so init has it until it ends. */
static int hold_locks(struct inside *in, struct error *err)
{
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };

	for (const char **path = in->plan->locks; path && *path; path++) {
		int fd = open(*path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

		if (fd < 0)
			return error_sys(err, "Unable to open lock file %s", *path);
		in->locks[in->locks_len++] = fd;
		if (fcntl(fd, F_SETLK, &lock) < 0)
			return error_sys(err, "Unable to lock file %s", *path);
	}
	return 0;
}

/*
 * Everything up to the command's process, which meanwhile does all but execute the
 * command, and then waits to be told to go on.
 */
static int init_setup(struct inside *in, pid_t *ret_command, struct error *err)
{
	if (init_lifeline(in, err) < 0 || init_early(in, err) < 0 ||
	    init_wait_maps(in, err) < 0)
		return -1;
	/* from here no file of the caller's can be changed that is open for reading only
	 */
	if (handovers_make(in->handovers, in->ctl, err) < 0 || init_root(in, err) < 0 ||
	    hold_locks(in, err) < 0 || inside_session(in, err) < 0)
		return -1;
	/* from here the sandbox has its bound of processes: see plan/limits.c */
	if (limits_init(in->sys, in->plan, err) < 0)
		return -1;
	if (in->plan->landlock && (in->plan->clone_flags & CLONE_NEWIPC) &&
	    landlock_queues(&in->held.queues, err) < 0)
		return -1;
	/* from here what the rules of Landlock are about cannot be moved away */
	if (in->launch->requests >= 0 && in->plan->landlock &&
	    landlock_hold(in->plan, &in->held, err) < 0)
		return -1;
	if (in->plan->alone ? place_command(in, err) < 0
			    : init_clone_command(in, ret_command, err) < 0)
		return -1;
	/*
	 * Beside the command's own set-up, since the kernel takes its time for it; before
	 * the helper's device, and while we have the capability.
	 */
	if (in->plan->loopback && loopback_up(err) < 0)
		return -1;
	if (in->plan->loopback)
		network_allow_ping(in->sys);
	if (ports_listen_inside(&in->plan->net, in->ctl, err) < 0)
		return -1;
	/* the helper outside had all this time to get ready */
	if (network_wait(&in->plan->net, in->ctl, in->sys, err) < 0)
		return -1;
	/* not before: pasta makes some of its own in ours while it gets ready */
	return command_limit_namespaces(in, false, err);
}

/* For --block-fd of sbox-bwrap, which others use to attach a network. */
static bool is_open_until_released(const struct inside *in)
{
	return !in->later && in->plan->given && in->launch->block >= 0;
}

/*
 * Nothing of the command runs before init has nothing left to be attacked for. @later:
 * what later commands need stays open.
 */
static int init_seal(const struct inside *in, bool later, struct error *err)
{
	int keep[8 + LANDLOCK_HELD_MAX + PLAN_LOCKS] = { in->ctl, in->sigfd, in->go[1],
							 in->errors };
	size_t len = 4;

	/* so it is taken also where the supervisor is killed right now: see taken.h */
	if (!in->later && in->launch->lock >= 0)
		keep[len++] = in->launch->lock;
	if (!in->later && in->plan->sync_fd >= 0)
		keep[len++] = in->plan->sync_fd;
	for (size_t i = 0; !in->later && i < in->locks_len; i++)
		keep[len++] = in->locks[i];
	if (later) {
		keep[len++] = in->userns;
		memcpy(&keep[len], in->held.fds, in->held.len * sizeof keep[0]);
		len += in->held.len;
		if (in->held.queues >= 0)
			keep[len++] = in->held.queues;
	}
	/* from here nothing of the sandbox can be changed by anyone */
	if ((in->plan->subids ? caps_keep_kill(err) : caps_drop_all(err)) < 0)
		return -1;
	/* whoever was told of us may have to enter our namespaces before anything runs:
	 * then init_serve() does it when the command is let go */
	if (!is_open_until_released(in) && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return error_sys(err, "PR_SET_DUMPABLE");
	if (caps_no_new_privs(err) < 0 ||
	    command_close_fds(&(struct plan){ 0 }, keep, len, err) < 0)
		return -1;
	/* whoever keeps a later command had given up all of it before it was forked */
	return in->later || in->plan->hold || launch_waits(in->launch)
		       ? 0
		       : let_go_on(in, err);
}

static int look_at_hits(void *data)
{
	const struct inside *in = data;

	return hits_look(in->plan);
}

_Noreturn void inside_serve(struct inside *in, pid_t command,
			    void (*exec)(void *data, int ttys, const int fds[EXEC_FDS]))
{
	const bool blocked = !in->later && launch_waits(in->launch);
	struct error err = { .status = EXIT_SBOX };

	if (init_seal(in, exec != NULL, &err) < 0) {
		(void)error_send(&err, in->errors);
		_exit(EXIT_SBOX);
	}
	(void)close(in->errors);
	if (in->go[1] >= 0 && !blocked)
		(void)close(in->go[1]);
	for (int fd = 0; fd <= 2; fd++)
		(void)close(fd);
	init_serve(
		&(struct served){ .command = command,
				  .ctl = in->ctl,
				  .go = blocked ? in->go[1] : -1,
				  .sigfd = in->sigfd,
				  .time = in->later ? -1 : limits_last_moment(in->plan),
				  .grace = in->plan->limits.grace,
				  .ending = -1,
				  .linger = !in->later && in->plan->linger,
				  .leaves = !in->later && in->plan->leaves,
				  .exec = exec,
				  .hits = in->later ? NULL : look_at_hits,
				  .data = in });
}

_Noreturn void inside_init(struct inside *in)
{
	struct error err = { .status = EXIT_SBOX };
	pid_t command = -1;

	init_hide(in->launch->argv0, environ);
	(void)umask(0);
	in->umask = in->launch->umask;
	if (in->plan->told_fd > 2)
		(void)close(in->plan->told_fd);
	in->sigfd = init_signalfd(&err);
	if (in->sigfd < 0 || init_setup(in, &command, &err) < 0) {
		cause_filter(&err);
		(void)error_send(&err, in->errors);
		_exit(EXIT_SBOX);
	}
	if (in->plan->alone)
		alone_main(in);
	inside_serve(in, command, in->userns >= 0 ? in->exec : NULL);
}
