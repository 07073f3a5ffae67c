/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * alone.c - the command as process 1; see alone.h
 *
 * Process: init
 */
#include "config.h"

#include <errno.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/msg.h"
#include "base/sys.h"
#include "box/fence/userns.h"
#include "box/host/cause.h"
#include "box/start/alone.h"
#include "box/start/command.h"

/* In the child, which is in the outer namespace still: the maps of process 1. */
static int map_parent(const struct inside *in, int begin, struct error *err)
{
	_cleanup_fd_ int pidfd = sys_pidfd_open(1);
	char byte;

	if (read(begin, &byte, 1) != 1)
		return error_set(err, "process 1 is gone");
	return userns_map_self(in->proc,
			       in->proc_new ? 1 : userns_number(in->proc, pidfd),
			       &in->plan->inner, err);
}

static int wait_mapped(pid_t child, struct error *err)
{
	int status = 0;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return error_sys(err, "waitpid");
	return status == 0 ? 0
			   : error_set(err, "the inner user namespace was not mapped");
}

/* From here capabilities are of the inner namespace only. */
static int enter_inner(const struct inside *in, struct error *err)
{
	int begin[2];
	pid_t child;

	if (!in->plan->has_inner)
		return 0;
	if (pipe2(begin, O_CLOEXEC) < 0)
		return error_sys(err, "pipe");
	child = fork();
	if (child < 0)
		return error_sys(err, "fork");
	if (child == 0) {
		(void)close(begin[1]);
		if (map_parent(in, begin[0], err) == 0)
			_exit(0);
		(void)error_send(err, in->errors);
		_exit(1);
	}
	(void)close(begin[0]);
	if (unshare(CLONE_NEWUSER) < 0)
		return error_sys(err, "cannot make the inner user namespace");
	if (write(begin[1], "", 1) != 1)
		return error_sys(err, "pipe");
	(void)close(begin[1]);
	return wait_mapped(child, err);
}

/* Until the supervisor lets the command go, where somebody is to be told first. */
static int wait_released(const struct inside *in, struct error *err)
{
	struct msg msg = { .type = MSG_RELEASE };
	int fd;

	if (!launch_waits(in->launch))
		return 0;
	if (msg_send(in->ctl, MSG_MADE, 0, -1) < 0)
		return error_sys(err, "cannot tell the supervisor");
	do
		if (msg_recv(in->ctl, &msg, &fd) <= 0)
			return error_set(err, "the supervisor is gone");
	while (msg.type != MSG_RELEASE);
	return 0;
}

/* Whom the command's process waits for elsewhere has done its part: that is us. */
static int say_ready(struct inside *in, struct error *err)
{
	if (pipe2(in->go, O_CLOEXEC) < 0 || write(in->go[1], "\0", 2) != 2)
		return error_sys(err, "pipe");
	return 0;
}

_Noreturn void alone_main(struct inside *in)
{
	struct error err = { .status = EXIT_SBOX };

	if (enter_inner(in, &err) == 0 && wait_released(in, &err) == 0 &&
	    say_ready(in, &err) == 0)
		command_main(in);
	cause_filter(&err);
	(void)error_send(&err, in->errors);
	_exit(EXIT_SBOX);
}
