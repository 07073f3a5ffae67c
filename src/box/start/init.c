/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * init.c - process 1 of the sandbox, once it is built; see init.h
 *
 * Process: init
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/image.h"
#include "base/msg.h"
#include "box/net/ports.h"
#include "box/start/init.h"

static const char name[] = "sbox-init";

/* The kernel shows the bytes where exec put argv and the environment: one block. */
void init_hide(char *argv0, char *const *env)
{
	char *end = argv0 + strlen(argv0) + 1;
	size_t room;

	for (char *const *var = env; *var; var++)
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

static bool ends(int sig)
{
	return sig == SIGTERM || sig == SIGHUP || sig == SIGINT || sig == SIGQUIT;
}

/*
 * A message that can be sent often must not block us when the supervisor does not read,
 * and leaves room for the one that says how the command ended.
 */
static void tell_supervisor(const struct served *s, enum msg_type type, int value)
{
	struct pollfd out = { s->ctl, POLLOUT, 0 };

	if (poll(&out, 1, 0) > 0 && (out.revents & POLLOUT))
		(void)msg_send(s->ctl, type, value, -1);
}

/*
 * A sandbox that is held, or lingers, has no command that could end, or stop: it is asked
 * to itself. Who keeps a later command blocks all signals, and ends with it. The second
 * time is the last one.
 */
static void relay_to_all(struct served *s, int sig)
{
	if (sig == SIGTSTP)
		tell_supervisor(s, MSG_STOPPED, sig);
	if (!ends(sig))
		return;
	(void)kill(-1, sig);
	(void)kill(-1, SIGCONT);
	s->ending = clock_ms() + (s->ending < 0 ? s->grace : 0);
}

/*
 * To the process group that the command was started in, and to the one that it has gone
 * into since (setpgid(2)): never to group 1, which would be everyone.
 */
static void signal_group(const struct served *s, int sig)
{
	const pid_t group = getpgid(s->command);
	const bool reached = kill(-s->command, sig) == 0;

	if (group == s->command && reached)
		return;
	/* it has no group of its own yet, or it is in another one */
	(void)kill(group > 1 && group != s->command ? -group : s->command, sig);
}

/*
 * A signal for the command or its process group, which has the command's number. A
 * stopped one could not even be ended, so what is to end it wakes it up as well.
 */
static void relay(struct served *s, const struct msg *msg)
{
	int sig = msg->value;

	if (s->command < 0) {
		relay_to_all(s, sig);
		return;
	}
	if (ends(sig))
		s->asked = sig;
	if (msg->type == MSG_SIGNAL_GROUP)
		signal_group(s, sig);
	else
		(void)kill(s->command, sig);
	if (s->stopped && ends(sig))
		signal_group(s, SIGCONT);
}

/*
 * The command has ended and others have not: who has started it is told, and has no need
 * to wait for them. From here nobody's end is ours but theirs.
 */
static void leave(struct served *s)
{
	(void)prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
	(void)msg_send(s->ctl, MSG_LEFT, s->status, -1);
	(void)close(s->ctl);
	s->ctl = -1;
}

static _Noreturn void end(const struct served *s, int status)
{
	if (s->ctl >= 0)
		(void)msg_send(s->ctl, MSG_EXITED, status, -1);
	_exit(0);
}

/* While the command is a zombie, so that it counts; only if it failed. */
static void look_for_hits(struct served *s)
{
	siginfo_t info = { 0 };
	int hits;

	if (!s->hits || s->command < 0 ||
	    waitid(P_PID, (id_t)s->command, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
	    info.si_pid != s->command ||
	    (info.si_code == CLD_EXITED && info.si_status == 0))
		return;
	hits = s->hits(s->data);
	if (hits)
		tell_supervisor(s, MSG_HITS, hits);
	s->hits = NULL;
}

/* The command has stopped, goes on, or has ended. */
static void reap_command(struct served *s, int status)
{
	s->stopped = WIFSTOPPED(status);
	if (s->stopped)
		tell_supervisor(s, MSG_STOPPED, WSTOPSIG(status));
	if (s->stopped || WIFCONTINUED(status))
		return;
	if (!s->linger && !s->leaves)
		end(s, status);
	s->status = status;
	s->command = -1;
	if (s->linger && s->asked) /* so that what is left is asked as well */
		relay_to_all(s, s->asked);
}

static bool nobody_is_waited_for(const struct served *s)
{
	return s->ending >= 0 || ((s->linger || s->leaves) && s->command < 0);
}

/*
 * Reaps all that can be reaped; ends the process when it was the command, or when it was
 * the last one of a sandbox that lingers, or of a held one that is to end.
 */
static void reap(struct served *s)
{
	look_for_hits(s);
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED);

		if (pid < 0 && errno == ECHILD && nobody_is_waited_for(s))
			end(s, s->status);
		if (pid <= 0) {
			if (s->leaves && s->command < 0 && s->ctl >= 0)
				leave(s);
			return;
		}
		if (pid ==
		    s->command) /* else an orphan, or a child made with CLONE_PARENT */
			reap_command(s, status);
	}
}

/* Messages come from the supervisor alone: whoever is inside has no way to send one. */
static void on_order(struct served *s)
{
	struct msg msg = { 0 };
	int fds[MSG_FDS_MAX];
	size_t len = 0;
	int status = msg_recv_fds(s->ctl, &msg, fds, &len, NULL);

	if (status < 0 && errno == EPROTO)
		return; /* no room for its descriptors: then it was not for us */
	if (status <= 0) {
		/* the supervisor is gone, so everything goes */
		if (s->command > 0)
			(void)kill(-s->command, SIGKILL);
		_exit(EXIT_SBOX);
	}
	if (msg.type == MSG_RELEASE && s->go >= 0) {
		/* from here nobody can look into us, at the latest */
		if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
			_exit(EXIT_SBOX);
		(void)!write(s->go, "", 1); /* if it is gone, it is reaped */
		(void)close(s->go);
		s->go = -1;
	}
	if (msg.type == MSG_SIGNAL || msg.type == MSG_SIGNAL_GROUP)
		relay(s, &msg);
	if (msg.type == MSG_SOCKET)
		ports_socket(s->ctl, msg.value);
	if (msg.type == MSG_EXEC && len == EXEC_FDS && s->exec && s->ending < 0)
		s->exec(s->data, msg.value, fds);
	for (size_t i = 0; i < len; i++)
		(void)close(fds[i]);
}

_Noreturn void init_serve(struct served *s)
{
	struct pollfd fds[] = { { s->ctl, POLLIN, 0 }, { s->sigfd, POLLIN, 0 } };
	int64_t last = s->time < 0 ? -1 : clock_ms() + s->time;
	struct signalfd_siginfo info;
	bool small = false;
	int64_t next;

	if (s->go >= 0)
		tell_supervisor(s, MSG_MADE, 0);
	for (;;) {
		reap(s);
		fds[0].fd = s->ctl;
		if (s->ending >= 0 && clock_ms() >= s->ending)
			end(s, s->status);
		if (last >= 0 && clock_ms() >= last) {
			tell_supervisor(s, MSG_EXPIRED, 0);
			_exit(EXIT_SBOX);
		}
		next = clock_sooner(s->ending, last);
		if (image_poll(fds, 2, next < 0 ? -1 : clock_left(next), &small) < 0 &&
		    errno != EINTR)
			_exit(EXIT_SBOX);
		if (fds[1].revents)
			while (read(s->sigfd, &info, sizeof info) > 0)
				;
		if (fds[0].revents && s->ctl >= 0)
			on_order(s);
	}
}
