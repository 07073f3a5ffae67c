/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* supervise.c - the caller's side while the sandbox lives; see supervise.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/image.h"
#include "base/msg.h"
#include "base/sys.h"
#include "box/start/supervise.h"

/* without a byte taken, until the rest of the output is given up */
#define REST_MS 5000

static const int relayed[] = { SIGTERM, SIGINT,  SIGHUP,  SIGQUIT, SIGUSR1,
			       SIGUSR2, SIGTSTP, SIGCONT, SIGWINCH };

enum {
	FD_CTL,
	FD_ERRORS,
	FD_SIGNALS,
	FD_PARENT,
	FD_CLOCK,
	FD_HELPER,
	FD_REQUESTS,
	FD_TERMINAL,
	FD_RELAYS = FD_TERMINAL + TERMINAL_POLLFDS,
	FDS = FD_RELAYS + RELAY_POLLFDS
};

struct state {
	const struct supervision *s;
	struct outcome *outcome;
	bool ended;     /* nothing more will come from init */
	bool watched;   /* we want to know at once that the command is executed */
	bool stop_with; /* when the command stops, we stop too */
	bool small;     /* of image_poll() */
	int errors, helper;
	int clock; /* of the wall-clock limit, -1: there is none */
};

int supervise_signals(struct error *err)
{
	sigset_t all, set;
	int fd;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < sizeof relayed / sizeof relayed[0]; i++)
		(void)sigaddset(&set, relayed[i]);
	(void)sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, NULL) < 0)
		return error_sys(err, "sigprocmask");
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? error_sys(err, "signalfd") : fd;
}

int supervise_without_stdio(struct error *err)
{
	_cleanup_fd_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup3(null, STDIN_FILENO, 0) < 0 ||
	    dup3(null, STDOUT_FILENO, 0) < 0)
		return error_sys(err, "/dev/null");
	return 0;
}

int supervise_parent(int *ret_fd, struct error *err)
{
	pid_t parent = getppid();
	int fd = parent > 0 ? sys_pidfd_open(parent) : -1;

	if (fd < 0 && parent > 0)
		return error_sys(err, "process.die_with_parent: the process that started "
				      "sbox cannot be watched");
	*ret_fd = fd;
	return 0;
}

/* The caller's shell sees its job stop; we go on when it says so. */
static void stop_ourselves(struct state *st)
{
	terminal_suspend(st->s->terminal);
	(void)kill(getpid(), SIGSTOP);
	terminal_resume(st->s->terminal);
	(void)msg_send(st->s->ctl, MSG_SIGNAL_GROUP, SIGCONT, -1);
}

static void on_message(struct state *st)
{
	struct msg msg = { 0 };
	int fd;

	if (msg_recv(st->s->ctl, &msg, &fd) <= 0) {
		st->ended = true;
		return;
	}
	switch ((enum msg_type)msg.type) {
	case MSG_TERMINAL:
		if (terminal_start(st->s->terminal, fd, &st->outcome->error) < 0) {
			st->outcome->failed = true;
			st->ended = true;
		}
		break;
	case MSG_STOPPED:
		if (st->stop_with || st->s->terminal->raw)
			stop_ourselves(st);
		st->stop_with = false;
		break;
	case MSG_EXPIRED:
		st->outcome->timeout = true;
		st->ended = true;
		break;
	case MSG_EXITED:
		st->outcome->status = msg.value;
		st->outcome->killed = false;
		st->ended = true;
		break;
	case MSG_GO:
	case MSG_NET_FD:
	case MSG_FENCED:
	case MSG_NETWORK:
	case MSG_SIGNAL:
	case MSG_SIGNAL_GROUP:
	case MSG_EXEC:
	case MSG_JOIN:
	case MSG_JOINED:
	case MSG_LEAF:
	case MSG_KNOCK:
	case MSG_HERE:
		break; /* not for us */
	}
}

static void on_error_pipe(struct state *st)
{
	if (error_recv(&st->outcome->error, st->errors))
		st->outcome->failed = true;
	else
		st->outcome->started = true;
	st->errors = -1;
	if (st->outcome->started && st->s->observer)
		st->s->observer->started(st->s->observer->data, st->s->init);
}

static bool ends_us(int sig)
{
	return sig == SIGTERM || sig == SIGINT || sig == SIGHUP || sig == SIGQUIT;
}

/*
 * What the terminal's line discipline sends (SI_KERNEL: a key, a hang-up) was meant for
 * the whole foreground process group, what a process sends for one process.
 */
static void on_signal(struct state *st)
{
	struct signalfd_siginfo info;

	while (read(st->s->sigfd, &info, sizeof info) == (ssize_t)sizeof info) {
		int sig = (int)info.ssi_signo;
		bool group =
			info.ssi_code == SI_KERNEL || sig == SIGTSTP || sig == SIGCONT;

		if (sig == SIGWINCH) {
			terminal_resize(st->s->terminal);
			continue;
		}
		if (sig == SIGTSTP)
			st->stop_with = true;
		if (ends_us(sig)) {
			st->outcome->relayed = sig;
			/* nobody may be there yet who would hand it on */
			if (st->s->init == 0 && !st->outcome->started)
				st->ended = true;
		}
		if (sig == SIGCONT)
			terminal_resume(st->s->terminal);
		(void)msg_send(st->s->ctl, group ? MSG_SIGNAL_GROUP : MSG_SIGNAL, sig,
			       -1);
	}
}

static void on_parent(struct state *st)
{
	st->outcome->orphaned = true;
	st->ended = true;
}

/* A clock that rings once after @ms; 0 would mean never. */
static void set_clock(int clock, int64_t ms)
{
	struct itimerspec when = { .it_value = { .tv_sec = (time_t)(ms / 1000),
						 .tv_nsec = (long)(ms % 1000) * 1000000 +
							    1 } };

	(void)timerfd_settime(clock, 0, &when, NULL);
}

/* First time: the command's chance to end well. It is not said how it used it. */
static void on_clock(struct state *st)
{
	uint64_t times;

	if (read(st->clock, &times, sizeof times) < 0)
		return;
	st->ended = st->outcome->timeout;
	st->outcome->timeout = true;
	(void)msg_send(st->s->ctl, MSG_SIGNAL_GROUP, SIGTERM, -1);
	set_clock(st->clock, st->s->grace);
}

static void on_helper(struct state *st)
{
	st->outcome->offline = true;
	st->helper = -1;
	if (st->s->helper_vital)
		st->ended = true;
}

static void wait_once(struct state *st)
{
	struct pollfd fds[FDS] = {
		[FD_CTL] = { st->s->ctl, POLLIN, 0 },
		[FD_ERRORS] = { st->watched ? st->errors : -1, POLLIN, 0 },
		[FD_SIGNALS] = { st->s->sigfd, POLLIN, 0 },
		[FD_PARENT] = { st->s->parent, POLLIN, 0 },
		[FD_CLOCK] = { st->clock, POLLIN, 0 },
		[FD_HELPER] = { st->helper, POLLIN, 0 },
		[FD_REQUESTS] = { st->outcome->started ? st->s->requests : -1, POLLIN,
				  0 },
	};

	terminal_prepare(st->s->terminal, &fds[FD_TERMINAL]);
	relays_prepare(st->s->relays, &fds[FD_RELAYS]);
	if (image_poll(fds, FDS, terminal_timeout(st->s->terminal), &st->small) < 0)
		return;
	terminal_work(st->s->terminal, &fds[FD_TERMINAL]);
	relays_work(st->s->relays, &fds[FD_RELAYS]);
	if (fds[FD_ERRORS].revents)
		on_error_pipe(st);
	if (fds[FD_SIGNALS].revents)
		on_signal(st);
	if (fds[FD_CTL].revents)
		on_message(st);
	if (fds[FD_PARENT].revents)
		on_parent(st);
	if (fds[FD_CLOCK].revents && !st->ended)
		on_clock(st);
	if (fds[FD_HELPER].revents && !st->ended)
		on_helper(st);
	if (fds[FD_REQUESTS].revents && !st->ended)
		st->s->on_request(st->s->request_data, st->s->requests);
}

static bool told_to_end(const struct state *st)
{
	struct signalfd_siginfo info;

	while (read(st->s->sigfd, &info, sizeof info) == (ssize_t)sizeof info)
		if (ends_us((int)info.ssi_signo))
			return true;
	return false;
}

/*
 * What the command wrote and nobody has taken yet, when it has ended: whoever is slow to
 * take it holds us no longer than a signal, our parent and the wall clock let it.
 */
static void pass_on_rest(const struct state *st)
{
	struct pollfd fds[FDS] = {
		[FD_SIGNALS] = { st->s->sigfd, POLLIN, 0 },
		[FD_PARENT] = { st->s->parent, POLLIN, 0 },
		[FD_CLOCK] = { st->clock, POLLIN, 0 },
	};

	for (size_t i = 0; i < FDS; i++)
		if (!fds[i].events)
			fds[i].fd = -1;
	if (st->clock >= 0 && st->outcome->timeout)
		set_clock(st->clock, REST_MS);
	terminal_finish(st->s->terminal);
	relays_finish(st->s->relays);
	while (terminal_unfinished(st->s->terminal) || relays_unfinished(st->s->relays)) {
		terminal_prepare(st->s->terminal, &fds[FD_TERMINAL]);
		relays_prepare(st->s->relays, &fds[FD_RELAYS]);
		if (poll(fds, FDS, REST_MS) <= 0 || fds[FD_PARENT].revents ||
		    fds[FD_CLOCK].revents || (fds[FD_SIGNALS].revents && told_to_end(st)))
			return;
		terminal_work(st->s->terminal, &fds[FD_TERMINAL]);
		relays_work(st->s->relays, &fds[FD_RELAYS]);
	}
}

static bool is_readable(int fd)
{
	struct pollfd ready = { fd, POLLIN, 0 };

	return poll(&ready, 1, 0) > 0;
}

void supervise(const struct supervision *s, struct outcome *ret)
{
	struct state st = { .s = s,
			    .outcome = ret,
			    .errors = s->errors,
			    .watched = s->observer || s->requests >= 0 || s->init == 0,
			    .helper = s->helper,
			    .clock = -1 };

	*ret = (struct outcome){ .killed = true, .init = s->init };
	if (s->wall >= 0) {
		st.clock = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
		set_clock(st.clock, s->wall); /* if there is none, init has its own */
	}
	while (!st.ended)
		wait_once(&st);
	/*
	 * If nobody waited for it. Whoever fails says so before it ends, and before init
	 * says how the command did; later it would only be said that init is gone.
	 */
	if (!st.watched && is_readable(st.errors))
		on_error_pipe(&st);
	if (s->init > 0)
		(void)sys_pidfd_send_signal(s->pidfd, SIGKILL); /* ending, or must end */
	while (s->init > 0 && wait4(s->init, NULL, 0, &ret->usage) < 0 && errno == EINTR)
		;
	pass_on_rest(&st);
	fd_closep(&st.clock);
	terminal_done(s->terminal);
	relays_done(s->relays);
}
