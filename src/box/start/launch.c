/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * launch.c - the order of a start
 *
 * Process: the supervisor
 *
 * Theory of operation
 *
 * Three processes (ARCHITECTURE.md has the picture). The supervisor stays where its
 * caller is. It clones init into all new namespaces at once; init is process 1, has all
 * capabilities over these namespaces and none over anything else, builds the root and
 * clones the command into a second user namespace inside, where capabilities are worth
 * nothing over what init has built. What each step takes away, and what must not have
 * happened before it, stands at the step.
 *
 * A failure anywhere travels as a struct error through one close-on-exec pipe; its end
 * of file means that execve(2) has succeeded. Whoever of the three dies takes the
 * others along: init ends with the supervisor (PDEATHSIG, and the end of the control
 * socket for the moment before that is set), everything inside ends with init.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/keyctl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/msg.h"
#include "base/sys.h"
#include "box/cache/cache.h"
#include "box/covers/watch.h"
#include "box/fence/limits.h"
#include "box/fence/userns.h"
#include "box/host/cause.h"
#include "box/net/ports.h"
#include "box/start/attendant.h"
#include "box/start/exec.h"
#include "box/start/inside.h"
#include "box/start/join.h"
#include "box/start/launch.h"
#include "box/start/network.h"
#include "box/start/own.h"
#include "box/start/signals.h"
#include "box/start/taken.h"

#define KEYRING_TRIES 25

/*
 * KEYCTL_JOIN_SESSION_KEYRING. The kernel counts a user's keys (kernel.keys.maxkeys, 200
 * for an ordinary one), and those of what has just ended for some milliseconds more.
 */
static long join_keyring(void)
{
	const struct timespec moment = { .tv_nsec = 20000000 };

	for (int tries = 1;; tries++) {
		long ret = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);

		if (ret >= 0 || errno != EDQUOT || tries == KEYRING_TRIES)
			return ret;
		(void)nanosleep(&moment, NULL);
	}
}

/* A session keyring of our own: the caller's keys could be read through its. */
static int new_keyring(struct error *err)
{
	if (join_keyring() >= 0 || errno == ENOSYS)
		return 0;
	/* a filter around us that refuses keyctl refuses it to the command as well */
	if (errno == EPERM && prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 2)
		return 0;
	if (errno == EDQUOT)
		return error_set(err, "cannot make a new session keyring: you have no "
				      "key left, and each running sandbox takes one "
				      "(kernel.keys.maxkeys, kernel.keys.maxbytes)");
	return error_sys(err, "cannot make a new session keyring");
}

/*
 * Into its cgroup by its birth: at no time is it outside. A cgroup namespace made by the
 * same call would have our cgroup as its root, so init makes that itself.
 */
static pid_t clone_init(const struct launch *launch, int *ret_pidfd, struct error *err)
{
	bool into = launch->cgroup >= 0;
	const struct clone3_args args = {
		.flags = CLONE_PIDFD | (into ? (launch->plan->clone_flags &
						~(uint64_t)CLONE_NEWCGROUP) |
							CLONE_INTO_CGROUP
					     : launch->plan->clone_flags),
		.pidfd = (uint64_t)(uintptr_t)ret_pidfd,
		.exit_signal = SIGCHLD,
		.cgroup = into ? (uint64_t)launch->cgroup : 0,
	};
	pid_t pid;

	if (launch->joined)
		return join_clone(launch, args, ret_pidfd, err);
	pid = sys_clone3(&args);
	if (pid < 0) {
		(void)error_sys(err, "cannot make the namespaces");
		cause_userns(err);
	}
	return pid;
}

/* In /proc, which need not be that of our PID namespace: in a sandbox it may be the
 * host's. */
static pid_t number_of_init(int procfd, const struct supervision *s)
{
	char self[16];
	const ssize_t n = readlinkat(procfd, "self", self, sizeof self - 1);

	self[n > 0 ? n : 0] = '\0';
	return n <= 0 || strtol(self, NULL, 10) == (long)getpid()
		       ? s->init
		       : userns_number(procfd, s->pidfd);
}

static int map_init(const struct launch *launch, const struct supervision *s,
		    struct error *err)
{
	const struct plan *plan = launch->plan;
	const struct userns_patience patience = {
		.until = s->wall < 0 ? -1 : clock_ms() + s->wall,
		.signals = s->sigfd,
		.parent = s->parent,
	};
	_cleanup_fd_ int procfd = -1;
	int ret;

	if (launch->joined)
		return 0; /* join_clone() has done it */
	if (plan->subids)
		return userns_map_helpers(s->init, &plan->outer, launch->host, &patience,
					  err);
	procfd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (procfd < 0)
		return error_sys(err, "/proc");
	ret = userns_map_self(procfd, number_of_init(procfd, s), &plan->outer, err);
	if (ret < 0)
		cause_userns(err);
	return ret;
}

/*
 * Kills init; if it failed first, its cause is the better one. What comes after that is
 * the command's process, which misses it.
 */
static int abandon_init(const struct supervision *s, struct error *err)
{
	struct error inside;
	struct pollfd errors = { s->errors, POLLIN, 0 };

	if (poll(&errors, 1, 0) > 0 && error_recv(&inside, s->errors))
		*err = inside;
	(void)sys_pidfd_send_signal(s->pidfd, SIGKILL);
	while (waitpid(s->init, NULL, 0) < 0 && errno == EINTR)
		;
	return -1;
}

/*
 * The helper is started as soon as the rules are in force, and gets ready while the maps
 * are written and the root is built. If init is gone, supervise() sees it.
 */
static int release_init(const struct launch *launch, struct network *net,
			const struct supervision *s, struct error *err)
{
	if (network_begin(net, s->init, s->ctl, err) < 0 || map_init(launch, s, err) < 0)
		return abandon_init(s, err);
	if (msg_send(s->ctl, MSG_GO, 0, -1) < 0 && errno != EPIPE) {
		(void)error_sys(err, "cannot tell process 1 to go on");
		return abandon_init(s, err);
	}
	if (network_ready(net, s->pidfd, s->ctl, err) < 0)
		return abandon_init(s, err);
	return 0;
}

static int find_terminals(const struct plan *plan, struct terminal *t, struct inside *in,
			  struct error *err)
{
	t->tty = t->master = -1;
	if (plan->hold || !plan->terminal)
		return 0;
	if (terminal_init(t, err) < 0)
		return -1;
	terminal_look(t, &in->look);
	for (int fd = 0; fd <= 2; fd++)
		in->tty[fd] = terminal_wanted(t) && isatty(fd);
	return 0;
}

/* The ends of everything between the supervisor and init; -1: closed or not ours. */
struct channels {
	int ctl[2], errors[2]; /* ours, init's */
	int sigfd, parent, pidfd;
	struct relays relays;
	struct ports ports;
	struct handovers handovers;
	struct caches caches;
};

static int open_channels(struct channels *c, struct error *err)
{
	int pipe[2];

	if (msg_pair(c->ctl, err) < 0)
		return -1;
	if (pipe2(pipe, O_CLOEXEC) < 0)
		return error_sys(err, "pipe");
	c->errors[0] = pipe[0];
	c->errors[1] = pipe[1];
	c->sigfd = signals_open(err);
	return c->sigfd < 0 ? -1 : 0;
}

static void close_channels(struct channels *c)
{
	fd_closep(&c->ctl[0]);
	fd_closep(&c->ctl[1]);
	fd_closep(&c->errors[0]);
	fd_closep(&c->errors[1]);
	fd_closep(&c->sigfd);
	fd_closep(&c->parent);
	fd_closep(&c->pidfd);
	relays_done(&c->relays);
	ports_done(&c->ports);
	handovers_done(&c->handovers);
	caches_release(&c->caches);
}

/* The other guests of the supervisor's loop, while the command runs. */
struct guests {
	struct loop loop;
	const struct launch *launch;
	struct outcome *outcome;
	struct exec_door door;
	struct loop_fd requests; /* for more commands, once the first one runs */
	struct loop_fd helper;   /* pidfd of who carries our packets */
	struct cover_watch covers;
	struct points points;
	struct made made; /* if the command waits to be let go */
	struct supervision *supervision;
	struct loop_hook hook;
	int ids; /* U1, see struct outcome; -1 */
};

static void on_started(void *data, pid_t init)
{
	struct guests *g = data;

	g->requests.fd = g->launch->requests;
	if (g->launch->observer)
		g->launch->observer->started(g->launch->observer->data, init);
}

/* Before it is let do anything: whoever is told may attach something to it. */
static void announce_init(struct guests *g, pid_t init)
{
	const struct observer *observer = g->launch->observer;

	if (!observer || !observer->born)
		return;
	made_look(&g->made, init);
	observer->born(observer->data, &g->made);
}

static void on_made(void *data, const struct made *made)
{
	struct guests *g = data;

	if (g->launch->observer)
		g->launch->observer->made(g->launch->observer->data, made);
}

static void on_request(void *data, short revents)
{
	struct guests *g = data;

	(void)revents;
	exec_request(&g->door, g->requests.fd);
}

static void on_helper(void *data, short revents)
{
	struct guests *g = data;

	(void)revents;
	g->outcome->offline = true;
	g->helper.fd = -1;
	if (g->launch->plan->net.kill)
		loop_stop(&g->loop);
}

static bool is_started(void *data)
{
	const struct guests *g = data;

	return supervise_started(g->supervision);
}

static void on_replaced(void *data, const struct covered *cover)
{
	struct guests *g = data;

	if (!g->launch->plan->end_replaced || g->outcome->failed)
		return;
	g->outcome->failed = g->outcome->replaced = true;
	(void)error_set(
		&g->outcome->error,
		"the sandbox was ended: \"%s\", which is %s there, was replaced by "
		"another program (fs.on_replace = \"kill\")",
		cover->path, cover->denied ? "hidden" : "protected");
	g->outcome->error.status = EXIT_SBOX;
	loop_stop(&g->loop);
}

/* Whether files of the command's can have another owner than the caller. */
static bool has_more_ids(const struct id_maps *maps)
{
	return maps->uid.len > 1 || maps->gid.len > 1 || maps->uid.range[0].count > 1 ||
	       maps->gid.range[0].count > 1;
}

/*
 * Takes what is needed of init and can be had only now: later init is not to be looked
 * into any more. To put covers back, a process enters init's mount namespace; if that
 * cannot be had, covers stay as they are, and it is said.
 */
static void look_at_init(struct guests *g, pid_t init)
{
	const struct plan *plan = g->launch->plan;

	if (plan->covers_len > 0)
		g->covers.mntns = io_open_namespace(init, "mnt");
	if (plan->guard.dirs_len > 0 && has_more_ids(&plan->outer))
		g->ids = io_open_namespace(init, "user");
	if (launch_waits(g->launch))
		made_look(&g->made, init);
}

/* The sandbox is dead: nothing more is started in it, and its helper may end. */
static void on_finish(void *data)
{
	struct guests *g = data;

	g->requests.fd = g->helper.fd = -1;
}

static void guests_join(struct guests *g, int helper)
{
	g->helper = (struct loop_fd){
		.fd = helper, .events = POLLIN, .ready = on_helper, .data = g
	};
	g->requests = (struct loop_fd){
		.fd = -1, .events = POLLIN, .ready = on_request, .data = g
	};
	g->hook = (struct loop_hook){ .finish = on_finish, .data = g };
	loop_add_fd(&g->loop, &g->helper);
	loop_add_fd(&g->loop, &g->requests);
	loop_add_hook(&g->loop, &g->hook);
	g->covers.started = is_started;
	g->covers.replaced = on_replaced;
	g->covers.data = g;
	cover_watch_join(&g->covers, &g->loop);
}

/* To the end of the sandbox, whichever; then tells how it went. */
static void see_through(struct guests *g, struct channels *c, struct network *net)
{
	const struct launch *launch = g->launch;
	const struct observer observer = { .started = on_started,
					   .made = on_made,
					   .data = g };
	struct supervision *s = g->supervision;

	if (launch->observer || launch->requests >= 0)
		s->observer = &observer;
	terminal_join(s->terminal, &g->loop);
	relays_join(&c->relays, &g->loop);
	ports_join(&c->ports, &g->loop);
	supervise_join(s);
	guests_join(g, launch->joined ? launch->joined->supervisor : net->helper.pidfd);
	supervise(s);
	s->outcome->covers = g->covers.states;
	s->outcome->blind = g->covers.blind;
	cover_watch_done(&g->covers);
	/* behind it: nobody has the sandbox's mounts any more */
	if (s->outcome->left)
		points_done(&g->points); /* they are in use */
	else
		points_remove(&g->points);
	s->outcome->ids = take_fd(&g->ids);
	network_tell(net, s->outcome);
}

/* The supervisor, from the birth of init on. */
static int with_init(struct guests *g, struct channels *c, struct network *net,
		     struct error *err)
{
	const struct launch *launch = g->launch;
	pid_t taken = -1;

	look_at_init(g, g->supervision->init);
	announce_init(g, g->supervision->init);
	if (launch->plan->sync_fd >= 0)
		(void)close(launch->plan->sync_fd); /* it is init's now */
	relays_begin(&c->relays, launch->plan);
	(void)close(take_fd(&c->ctl[1]));
	(void)close(take_fd(&c->errors[1]));
	/* before: behind it the command may run already, and nothing may fail any more */
	if (supervise_without_stdio(err) < 0 || limits_files(NULL, err) < 0)
		return abandon_init(g->supervision, err);
	if (release_init(launch, net, g->supervision, err) < 0)
		return -1;
	/* until then nobody has it inside but init, and there is nothing it would outlive
	 */
	if (launch->lock >= 0) {
		taken = taken_begin(launch->lock, c->pidfd, err);
		if (taken < 0)
			return abandon_init(g->supervision, err);
	}
	see_through(g, c, net);
	taken_end(taken);
	return 0;
}

/* What only plans have that somebody has given steps for. */
static void supervise_given(struct supervision *s, const struct launch *launch,
			    struct points *points)
{
	s->points = points;
	s->plan = launch->plan;
	s->alone = launch->plan->alone;
	s->block_ends = launch->block_ends;
}

static int launch_with(const struct launch *launch, struct channels *c,
		       struct network *net, struct outcome *ret, struct error *err)
{
	static struct terminal terminal; /* too large for the stack, and there is one */
	struct inside in = { .launch = launch,
			     .plan = launch->plan,
			     .ctl = c->ctl[1],
			     .errors = c->errors[1],
			     .relays = &c->relays,
			     .caches = &c->caches,
			     .handovers = &c->handovers,
			     .exec = attendant_start,
			     .proc = -1,
			     .sys = -1,
			     .dev = -1,
			     .pty = -1,
			     .sigfd = -1,
			     .userns = -1,
			     .held.queues = -1 };
	struct guests guests = { .launch = launch,
				 .outcome = ret,
				 .door = { launch, net, c->ctl[0] },
				 .ids = -1,
				 .covers = { .plan = launch->plan,
					     .since = launch->host->since,
					     .arena = launch->arena,
					     .mntns = -1,
					     .events.fd = -1 } };
	struct supervision s = { .ctl = c->ctl[0],
				 .errors = c->errors[0],
				 .sigfd = c->sigfd,
				 .parent = c->parent,
				 .terminal = &terminal,
				 .handovers = &c->handovers,
				 .ports = &c->ports,
				 .made = &guests.made,
				 .block = launch->block,
				 .observe = launch->observe,
				 .observation = OBSERVATION_NONE,
				 .arena = launch->arena,
				 .wall = launch->plan->limits.wall,
				 .grace = launch->plan->limits.grace,
				 .forward = launch->plan->forward,
				 .grace_counts = launch->plan->grace_counts,
				 .patience = launch->patience,
				 .loop = &guests.loop,
				 .outcome = ret };

	if (find_terminals(launch->plan, &terminal, &in, err) < 0)
		return -1;
	s.init = clone_init(launch, &c->pidfd, err);
	if (s.init < 0)
		return -1;
	if (s.init == 0) {
		fd_closep(
			&c->ctl[0]); /* the liveness of that end must not be kept by us */
		inside_init(&in);
	}
	s.pidfd = c->pidfd;
	guests.supervision = &s;
	supervise_given(&s, launch, &guests.points);
	return with_init(&guests, c, net, err);
}

static bool is_own(const struct launch *launch, int fd)
{
	for (size_t i = 0; i < LAUNCH_OWN_FDS; i++)
		if (fd == launch->own_fds[i])
			return true;
	for (size_t i = 0; i < launch->more_fds_len; i++)
		if (fd == launch->more_fds[i])
			return true;
	return false;
}

/*
 * Before anything more of ours is open: a number that is free for the caller must never
 * mean a descriptor of sbox, by which a command could reach the host or forge a report.
 */
static int check_keep_fds(const struct launch *launch, struct error *err)
{
	const struct plan *plan = launch->plan;

	for (size_t i = 0; i < plan->keep_fds_len; i++)
		if (is_own(launch, plan->keep_fds[i]) ||
		    fcntl(plan->keep_fds[i], F_GETFD) < 0)
			return error_set(err,
					 "process.keep_fds: descriptor %d is not open",
					 plan->keep_fds[i]);
	return 0;
}

/* From here nothing of the caller's is given that could lead the command elsewhere. */
static int look_at_fds(const struct launch *launch, struct handovers *ret,
		       struct error *err)
{
	const struct plan *plan = launch->plan;
	const struct handover_scope scope = {
		.keep = plan->keep_fds,
		.keep_len = plan->keep_fds_len,
		.as_they_are = plan->given && !plan->strict,
		.own_network = (plan->clone_flags & CLONE_NEWNET) != 0,
		.own_terminal = plan->terminal,
	};

	if (plan->hold) /* later commands bring their own, and nobody gets these */
		return 0;
	return handovers_look(&scope, launch->arena, ret, err);
}

int launch_run(const struct launch *launch, struct outcome *ret, struct error *err)
{
	struct channels channels = { .ctl = { -1, -1 },
				     .errors = { -1, -1 },
				     .sigfd = -1,
				     .parent = -1,
				     .pidfd = -1,
				     .ports.epoll = -1 };
	struct network net = NETWORK_INIT(launch);
	int status = check_keep_fds(launch, err);

	if (status == 0)
		status = look_at_fds(launch, &channels.handovers, err);
	if (status == 0 && !launch->plan->hold)
		status = relays_open(launch->plan, launch->arena, &channels.relays, err);
	if (status == 0)
		status = own_make_dirs(launch->plan, err);
	/* before what can wait: whoever ends meanwhile is not our parent any more */
	if (status == 0 && launch->plan->with_parent)
		status = supervise_parent(launch->parent, &channels.parent, err);
	if (status == 0)
		status = caches_hold(launch->plan, launch->arena, &channels.caches, err);
	if (status == 0)
		status = new_keyring(err);
	if (status == 0)
		status = open_channels(&channels, err);
	if (status == 0)
		status = ports_open(launch->net, launch->arena, channels.ctl[0],
				    &channels.ports, err);
	if (status == 0)
		status = launch_with(launch, &channels, &net, ret, err);
	network_end(&net);
	close_channels(&channels);
	return status;
}
