/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * exec.c - more commands in a sandbox that runs already; see exec.h
 *
 * Process: the supervisor, and sboxctl
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/sys.h"
#include "box/door/request.h"
#include "box/host/cause.h"
#include "box/start/exec.h"
#include "box/start/inside.h"
#include "box/start/join.h"

/* -------------------------------------------------------------------- sboxctl */

static _Noreturn void make_in_child(const struct handovers *handovers, int errors)
{
	struct error err = { .status = EXIT_SBOX };

	if (handovers_make(handovers, -1, &err) == 0)
		_exit(0);
	(void)error_send(&err, errors);
	_exit(EXIT_SBOX);
}

/*
 * A process of its own has a mount namespace of its own. The table of descriptors is its
 * and ours, so what it makes is here at once.
 */
static int make_apart(struct handovers *handovers, struct error *err)
{
	const struct clone3_args args = {
		.flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_FILES,
		.exit_signal = SIGCHLD,
	};
	_cleanup_fd_ int errors = -1, errors_in = -1;
	int pipe[2], status = 0;
	pid_t pid;

	if (pipe2(pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		return error_sys(err, "pipe");
	errors = pipe[0];
	errors_in = pipe[1];
	pid = sys_clone3(&args);
	if (pid < 0) {
		(void)error_sys(err, "cannot make a namespace to open files in");
		cause_userns(err);
		return -1;
	}
	if (pid == 0)
		make_in_child(handovers, errors_in);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status == 0)
		return 0;
	return error_recv(err, errors)
		       ? -1
		       : error_set(err, "the process that opens files for the command "
					"has been killed");
}

int exec_hand_over(struct arena *arena, struct handovers *ret, struct error *err)
{
	const struct handover_scope scope = { .own_terminal = true };

	/* what the sandbox's network makes of sockets is its to know */
	if (handovers_look(&scope, arena, ret, err) < 0)
		return -1;
	if (handovers_needed(ret)) {
		if (make_apart(ret, err) < 0)
			return -1;
		handovers_taken(ret);
	}
	handovers_pipes(ret, AT_FDCWD);
	return 0;
}

/* ----------------------------------------------------------------- supervisor */

static int pass_request(const struct exec_door *door, int ttys, const int fds[EXEC_FDS],
			struct error *err)
{
	if (!door->launch->plan->has_inner)
		return error_set(err,
				 "the sandbox has no inner user namespace "
				 "(namespaces.inner = false), so nothing is left that "
				 "could start a command with the rights of its own");
	(void)msg_send_fds(door->ctl, MSG_EXEC, ttys, fds, EXEC_FDS);
	return 0;
}

/* For reading: what is written there is sbox-egress's alone. */
static int send_tally(const struct exec_door *door, int ctl, struct error *err)
{
	_cleanup_fd_ int fd = -1;
	char path[32];

	if (door->net->tally < 0)
		return error_set(err, "its network is not net.mode = \"filtered\"");
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", door->net->tally);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_sys(err, "cannot open what its network has counted");
	(void)msg_send(ctl, MSG_TALLY, 0, fd); /* or whoever asked is gone */
	return 0;
}

void exec_request(const struct exec_door *door, int requests)
{
	struct error err = { .status = EXIT_SBOX };
	struct msg msg = { 0 };
	int fds[MSG_FDS_MAX];
	size_t len = 0;
	int ret = 0;

	if (!request_hear(requests, &msg, fds, &len))
		return;
	if (msg.type == MSG_EXEC && len == EXEC_FDS)
		ret = pass_request(door, msg.value, fds, &err);
	else if (msg.type == MSG_JOIN && len == EXEC_ERRORS + 1)
		ret = join_answer(door->launch, door->net->netns, fds[EXEC_CTL], &err);
	else if (msg.type == MSG_TALLY && len == EXEC_ERRORS + 1)
		ret = send_tally(door, fds[EXEC_CTL], &err);
	if (ret < 0)
		(void)error_send(&err, fds[EXEC_ERRORS]);
	for (size_t i = 0; i < len; i++)
		(void)close(fds[i]);
}
