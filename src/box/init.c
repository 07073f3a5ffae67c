/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* init.c - process 1 of the sandbox; see init.h */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/msg.h"
#include "box/init.h"

static const char name[] = "sbox-init";

/* The kernel shows the bytes where exec put argv and the environment: one block. */
void init_hide(char *argv0, char *const *environ)
{
	char *end = argv0 + strlen(argv0) + 1;
	size_t room;

	for (char *const *var = environ; *var; var++)
		if (*var >= end) /* not one that setenv() has put elsewhere */
			end = *var + strlen(*var) + 1;
	room = (size_t)(end - argv0);
	memset(argv0, 0, room);
	if (room >= sizeof name)
		memcpy(argv0, name, sizeof name);
	(void)prctl(PR_SET_NAME, name, 0, 0, 0);
}

int init_signalfd(struct error *err)
{
	sigset_t set;
	int fd;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? error_sys(err, "signalfd") : fd;
}

struct served {
	pid_t command;
	int ctl;
	bool stopped; /* the command, as far as we were told */
};

/*
 * A signal for the command or its process group, which has the command's number. A
 * stopped one could not even be ended, so what is to end it wakes it up as well.
 */
static void relay(const struct served *s, const struct msg *msg)
{
	int sig = msg->value;

	(void)kill(msg->type == MSG_SIGNAL_GROUP ? -s->command : s->command, sig);
	if (s->stopped &&
	    (sig == SIGTERM || sig == SIGHUP || sig == SIGINT || sig == SIGQUIT))
		(void)kill(-s->command, SIGCONT);
}

/* Reaps all that can be reaped; ends the process when it was the command. */
static void reap(struct served *s)
{
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED);

		if (pid <= 0)
			return;
		if (pid != s->command)
			continue; /* an orphan, or a child made with CLONE_PARENT */
		s->stopped = WIFSTOPPED(status);
		if (s->stopped)
			(void)msg_send(s->ctl, MSG_STOPPED, WSTOPSIG(status), -1);
		if (s->stopped || WIFCONTINUED(status))
			continue;
		(void)msg_send(s->ctl, MSG_EXITED, status, -1);
		_exit(0);
	}
}

_Noreturn void init_serve(pid_t command, int ctl, int sigfd)
{
	struct pollfd fds[] = { { ctl, POLLIN, 0 }, { sigfd, POLLIN, 0 } };
	struct served served = { command, ctl, false };
	struct signalfd_siginfo info;
	struct msg msg = { 0 };
	int fd;

	for (;;) {
		reap(&served);
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			_exit(EXIT_SBOX);
		if (fds[1].revents)
			while (read(sigfd, &info, sizeof info) > 0)
				;
		if (!fds[0].revents)
			continue;
		if (msg_recv(ctl, &msg, &fd) <= 0)
			_exit(EXIT_SBOX); /* the supervisor is gone, so everything goes */
		if (msg.type == MSG_SIGNAL || msg.type == MSG_SIGNAL_GROUP)
			relay(&served, &msg);
	}
}
