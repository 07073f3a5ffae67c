/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * join.c - one network for two sandboxes; see join.h
 *
 * Process: the supervisor, and its child that makes the second sandbox's init
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "box/door/request.h"
#include "box/fence/limits.h"
#include "box/fence/userns.h"
#include "box/start/join.h"

/* --------------------------------------------------------- who has the network */

/* launch_is_joinable() in words. */
static int refuse_join(const struct launch *launch, struct error *err)
{
	const struct plan *plan = launch->plan;

	if (plan->net.join)
		return error_set(err,
				 "its network is that of the sandbox \"%s\": join that",
				 plan->net.join);
	if (!plan->has_inner)
		return error_set(err,
				 "it has no inner user namespace (namespaces.inner = "
				 "false), so its command could reach into yours");
	return error_set(err, "it has no network of its own (net.mode = \"host\")");
}

int join_answer(const struct launch *launch, int netns, int reply, struct error *err)
{
	_cleanup_fd_ int self = -1;
	int fds[JOIN_FDS];

	if (!launch_is_joinable(launch))
		return refuse_join(launch, err);
	self = sys_pidfd_open(getpid());
	if (self < 0)
		return error_sys(err, "pidfd_open");
	fds[JOIN_NETNS] = netns;
	fds[JOIN_SUPERVISOR] = self;
	/* who does not take it has ended, or has itself to blame */
	(void)msg_send_fds(reply, MSG_JOINED, 0, fds, JOIN_FDS);
	return 0;
}

/* ------------------------------------------------------------------- who joins */

int join_ask(int socket, struct joined *ret, struct error *err)
{
	static const struct request_kind join = { MSG_JOIN, MSG_JOINED, JOIN_FDS };
	int fds[JOIN_FDS];

	if (request_ask(socket, &join, fds, err) < 0)
		return -1;
	*ret = (struct joined){ fds[JOIN_NETNS], fds[JOIN_SUPERVISOR] };
	return 0;
}

/* From here all capabilities over NAME's namespaces, and none over the host's. */
static int enter_joined(const struct joined *joined, struct error *err)
{
	_cleanup_fd_ int userns = ioctl(joined->netns, NS_GET_USERNS);

	if (userns < 0 || setns(userns, CLONE_NEWUSER) < 0 ||
	    setns(joined->netns, CLONE_NEWNET) < 0)
		return error_sys(err, "cannot enter its namespaces");
	/* now: a change of namespaces may undo it */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return error_sys(err, "PR_SET_PDEATHSIG");
	return 0;
}

/* The joiner, from its first instruction on; returns in the process that it clones. */
static int join(const struct launch *launch, const struct clone3_args *wanted, int report,
		struct error *err)
{
	_cleanup_fd_ int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct clone3_args args = *wanted;
	int pidfd = -1;
	pid_t pid;

	if (proc < 0)
		return error_sys(err, "/proc");
	if (enter_joined(launch->joined, err) < 0)
		return -1;
	args.pidfd = (uint64_t)(uintptr_t)&pidfd;
	pid = sys_clone3(&args);
	if (pid == 0)
		return 0;
	if (pid < 0)
		return error_sys(err, "cannot make the namespaces");
	/* the ids of the parent namespace can only be given away in it */
	if (userns_map_self(proc, pid, &launch->plan->outer, err) < 0) {
		(void)sys_pidfd_send_signal(pidfd, SIGKILL);
		return -1;
	}
	if (limits_files(NULL, err) < 0 ||
	    msg_send(report, MSG_JOINED, (int)pid, pidfd) < 0)
		_exit(EXIT_SBOX); /* the supervisor is gone */
	_exit(EXIT_SUCCESS);
}

static pid_t joined_init(int report, int errors, pid_t joiner, int *ret_pidfd,
			 struct error *err)
{
	struct msg msg = { 0 };
	int fd = -1;
	bool done = msg_recv(report, &msg, &fd) > 0 && msg.type == MSG_JOINED && fd >= 0;

	while (waitpid(joiner, NULL, 0) < 0 && errno == EINTR)
		;
	if (!done)
		return error_recv(err, errors)
			       ? -1
			       : error_set(err, "the process that joins its network was "
						"killed");
	*ret_pidfd = fd;
	return msg.value;
}

pid_t join_clone(const struct launch *launch, struct clone3_args args, int *ret_pidfd,
		 struct error *err)
{
	_cleanup_fd_ int report = -1, theirs = -1, errors = -1, error = -1;
	struct error failed = { .status = EXIT_SBOX };
	int pair[2], pipe[2];
	pid_t pid;

	if (msg_pair(pair, err) < 0)
		return -1;
	report = pair[0];
	theirs = pair[1];
	if (pipe2(pipe, O_CLOEXEC) < 0)
		return error_sys(err, "pipe");
	errors = pipe[0];
	error = pipe[1];
	args.flags = (args.flags & ~(uint64_t)CLONE_NEWNET) | CLONE_PARENT;
	args.exit_signal = 0; /* that of the joiner */
	pid = fork();
	if (pid < 0)
		return error_sys(err, "fork");
	if (pid == 0) {
		if (join(launch, &args, theirs, &failed) == 0)
			return 0;
		(void)error_send(&failed, error);
		_exit(EXIT_SBOX);
	}
	(void)close(take_fd(&theirs));
	(void)close(take_fd(&error));
	pid = joined_init(report, errors, pid, ret_pidfd, err);
	if (pid < 0)
		(void)error_wrap(err, "the network of the sandbox \"%s\"",
				 launch->plan->net.join);
	return pid;
}
