/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pause.c - the supervisor stops, and is watched meanwhile; see pause.h
 *
 * Process: the supervisor, and its child that watches
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/sys.h"
#include "box/start/pause.h"

/* How often it is looked whether a signal waits: what a person calls at once. */
#define LOOK_MS 200
#define STATUS_MAX 4096

#define BIT(sig) (UINT64_C(1) << ((sig)-1))

static const uint64_t ending = BIT(SIGTERM) | BIT(SIGINT) | BIT(SIGHUP) | BIT(SIGQUIT);

/* The mask behind @name in the text of /proc/PID/status. */
static uint64_t mask_of(const char *text, const char *name)
{
	const char *line = strstr(text, name);

	return line ? strtoull(line + strlen(name), NULL, 16) : 0;
}

/* Whether a signal that would end the process waits there; @status: its file of /proc. */
static bool is_asked_to_end(int status)
{
	char text[STATUS_MAX + 1];
	ssize_t n = pread(status, text, STATUS_MAX, 0);

	text[n > 0 ? n : 0] = '\0';
	return ((mask_of(text, "\nSigPnd:") | mask_of(text, "\nShdPnd:")) & ending) != 0;
}

/* Until there is a reason to wake @stopped. */
static void watch(pid_t stopped, int parent, int ctl, int64_t until)
{
	struct pollfd fds[] = { { parent, POLLIN, 0 }, { ctl, 0, 0 } };
	char path[64];
	int status;

	(void)snprintf(path, sizeof path, "/proc/%d/status", (int)stopped);
	status = open(path, O_RDONLY | O_CLOEXEC);
	while (until < 0 || clock_ms() < until) {
		int left = until < 0 ? LOOK_MS : clock_left(until);

		if (poll(fds, 2, left < LOOK_MS ? left : LOOK_MS) > 0)
			return;
		if (status >= 0 && is_asked_to_end(status))
			return;
	}
}

static _Noreturn void watcher(pid_t stopped, int parent, int ctl, int64_t until)
{
	(void)prctl(PR_SET_NAME, "sbox-watch", 0, 0, 0);
	/* a group of its own: what stops the job must not stop it */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != stopped ||
	    setsid() < 0)
		_exit(1);
	io_close_but(parent, ctl); /* what it looks at */
	watch(stopped, parent, ctl, until);
	(void)kill(stopped, SIGCONT);
	_exit(0);
}

void pause_ourselves(int parent, int ctl, int64_t until)
{
	_cleanup_fd_ int pidfd = -1;
	const struct clone3_args args = { .flags = CLONE_PIDFD,
					  .pidfd = (uint64_t)(uintptr_t)&pidfd,
					  .exit_signal = SIGCHLD };
	const pid_t self = getpid();
	pid_t pid = sys_clone3(&args);

	if (pid < 0)
		return;
	if (pid == 0)
		watcher(self, parent, ctl, until);
	(void)kill(self, SIGSTOP);
	(void)sys_pidfd_send_signal(pidfd, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}
