/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * taken.c - the lock of a change set; see taken.h
 *
 * Process: the supervisor, and its child that has the lock
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sys.h"
#include "box/start/taken.h"

/* It must not hold open our caller's descriptors, nor our ends of what init reads. */
static void close_others(int a, int b)
{
	int low = a < b ? a : b, high = a < b ? b : a;

	if (low > 0)
		(void)close_range(0, (unsigned)low - 1, 0);
	if (high > low + 1)
		(void)close_range((unsigned)low + 1, (unsigned)high - 1, 0);
	(void)close_range((unsigned)high + 1, ~0U, 0);
}

static _Noreturn void have_lock(int lock, int pidfd)
{
	struct pollfd init = { pidfd, POLLIN, 0 };

	(void)setsid();
	(void)!chdir("/"); /* it is in nobody's way there */
	(void)prctl(PR_SET_NAME, "sbox-taken", 0, 0, 0);
	close_others(lock, pidfd);
	while (poll(&init, 1, -1) < 0 && errno == EINTR)
		;
	_exit(0);
}

pid_t taken_begin(int lock, int pidfd, struct error *err)
{
	pid_t pid = fork();

	if (pid == 0)
		have_lock(lock, pidfd);
	return pid < 0 ? error_sys(err, "fork") : pid;
}

void taken_end(pid_t pid)
{
	if (pid < 0)
		return;
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}
