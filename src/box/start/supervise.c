/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * supervise.c - the caller's side while the sandbox lives; see supervise.h
 *
 * Process: the supervisor
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/msg.h"
#include "base/sys.h"
#include "box/fence/caps.h"
#include "box/start/pause.h"
#include "box/start/signals.h"
#include "box/start/supervise.h"

/* without a byte taken, until the rest of the output is given up */
#define REST_MS 5000

int supervise_without_stdio(struct error *err)
{
	_cleanup_fd_ int null = io_open_null();

	if (null < 0 || dup3(null, STDIN_FILENO, 0) < 0 ||
	    dup3(null, STDOUT_FILENO, 0) < 0)
		return error_sys(err, "/dev/null");
	return 0;
}

int supervise_parent(pid_t parent, int *ret_fd, struct error *err)
{
	_cleanup_fd_ int fd = parent > 0 ? sys_pidfd_open(parent) : -1;

	/* behind it: as long as it is our parent, the number is its own */
	if (getppid() != parent)
		return error_set(err,
				 "process.die_with_parent: the process that started "
				 "sbox (%d) has ended",
				 (int)parent);
	if (fd < 0 && parent > 0)
		return error_sys(err, "process.die_with_parent: the process that started "
				      "sbox cannot be watched");
	*ret_fd = take_fd(&fd);
	return 0;
}

/*
 * The caller's shell sees its job stop, and we go on when it says so, or when something
 * happens that must not wait for that: see pause.h.
 */
static void stop_ourselves(struct supervision *s)
{
	terminal_suspend(s->terminal);
	pause_ourselves(s->parent, s->ctl, loop_next(s->loop));
	terminal_resume(s->terminal);
	(void)msg_send(s->ctl, MSG_SIGNAL_GROUP, SIGCONT, -1);
}

static void on_stopped(struct supervision *s)
{
	if (s->stop_with || terminal_has_keys(s->terminal))
		stop_ourselves(s);
	s->stop_with = false;
}

/* From here what the command asks for is seen. */
static int observe(struct supervision *s)
{
	const struct observe_command command = { s->made->command, s->made->init };

	if (observe_begin(&s->observation, s->observe, command, caps_drop_all,
			  &s->outcome->error) == 0)
		return 0;
	s->outcome->failed = true;
	s->outcome->error.status = EXIT_SBOX;
	s->blocked = false;
	loop_stop(s->loop);
	return -1;
}

/* Nobody is to be let go who was not told of, or is not observed yet. */
static void tell_made(struct supervision *s)
{
	made_find_command(s->made);
	if (s->observe != OBSERVE_OFF && observe(s) < 0)
		return;
	if (s->block < 0) {
		(void)msg_send(s->ctl, MSG_RELEASE, 0, -1); /* if init is gone: seen */
		return;
	}
	if (s->observer && s->observer->made)
		s->observer->made(s->observer->data, s->made);
	s->released.fd = s->block;
}

/* A byte lets the command go; whoever was to write it may also have gone away. */
static void on_release(void *data, short revents)
{
	struct supervision *s = data;
	char byte;
	ssize_t n = read(s->block, &byte, 1);

	(void)revents;
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	s->released.fd = -1;
	s->blocked = false;
	if (n == 1 || (n == 0 && s->block_ends)) {
		(void)msg_send(s->ctl, MSG_RELEASE, 0, -1); /* if init is gone: seen */
		return;
	}
	s->outcome->failed = true;
	if (n < 0)
		(void)error_sys(&s->outcome->error, "--block-fd");
	else
		(void)error_set(&s->outcome->error,
				"the command was not run: --block-fd was closed at its "
				"other end, and no byte had come");
	s->outcome->error.status = EXIT_SBOX;
	loop_stop(s->loop);
}

/*
 * The command, or init and so the command, has ended while it waited for --block-fd. If
 * the time had run out, that was why.
 */
static void on_end_of_blocked(struct supervision *s)
{
	if (s->outcome->timeout || s->outcome->failed)
		return;
	s->outcome->failed = true;
	(void)error_set(&s->outcome->error,
			"the command was not run: it was killed while it waited for "
			"--block-fd");
	s->outcome->error.status = EXIT_SBOX;
	loop_stop(s->loop);
}

/* @fd is taken over. */
static void on_terminal(struct supervision *s, int fd)
{
	if (terminal_start(s->terminal, fd, &s->outcome->error) == 0)
		return;
	s->outcome->failed = true;
	loop_stop(s->loop);
}

static void on_port(const struct supervision *s, const struct msg *msg, int fd)
{
	if (!s->ports)
		fd_closep(&fd);
	else if (msg->type == MSG_PORT)
		ports_take_listener(s->ports, msg->value, fd);
	else
		(void)ports_take_socket(s->ports, msg->value, fd);
}

/* Process 1, which is the command, has ended. */
static void on_ended(void *data, short revents)
{
	struct supervision *s = data;

	(void)revents;
	s->over = true;
	loop_stop(s->loop);
}

/* To the command, by init; where that is the command itself, directly. */
static void hand_on(struct supervision *s, int sig, bool group)
{
	if (s->alone && signals_ends(sig) && supervise_started(s) &&
	    !signals_is_caught(s->init, sig)) {
		s->outcome->status = sig;
		s->outcome->killed = false;
		loop_stop(s->loop);
	} else if (!s->alone)
		(void)msg_send(s->ctl, group ? MSG_SIGNAL_GROUP : MSG_SIGNAL, sig, -1);
	else if (group)
		(void)kill(-s->init, sig);
	else
		(void)sys_pidfd_send_signal(s->pidfd, sig);
}

static void on_exited(struct supervision *s, const struct msg *msg)
{
	s->left = msg->type == MSG_LEFT;
	s->outcome->status = msg->value;
	s->outcome->killed = false;
	if (s->blocked)
		on_end_of_blocked(s);
	loop_stop(s->loop);
}

/* @fd is taken over. */
static void on_point(struct supervision *s, const struct msg *msg, int fd)
{
	if (s->points)
		points_take(s->points, s->plan, s->arena, msg->value, fd);
	else
		fd_closep(&fd);
}

/* The next message of init; false: there is nothing to be done for it. */
static bool receive(struct supervision *s, struct msg *ret, int *ret_fd)
{
	int status = msg_recv(s->ctl, ret, ret_fd);

	if (status > 0)
		return true;
	/* no room for its descriptor: while a connection asks for a socket, that was it
	 */
	if (status < 0 && errno == EPROTO && s->ports &&
	    ports_take_socket(s->ports, -1, -1))
		return false;
	if (s->blocked)
		on_end_of_blocked(s);
	/* what is alone lets go of it by becoming the command */
	if (s->alone && !s->blocked && !s->outcome->failed)
		s->from_init.fd = -1;
	else
		loop_stop(s->loop);
	return false;
}

static void on_message(void *data, short revents)
{
	struct supervision *s = data;
	struct msg msg = { 0 };
	int fd;

	(void)revents;
	if (!receive(s, &msg, &fd))
		return;
	switch ((enum msg_type)msg.type) {
	case MSG_TERMINAL:
		on_terminal(s, fd);
		break;
	case MSG_HANDED:
		handovers_take(s->handovers, msg.value, fd);
		break;
	case MSG_POINT:
		on_point(s, &msg, fd);
		break;
	case MSG_PORT:
	case MSG_SOCKET:
		on_port(s, &msg, fd);
		break;
	case MSG_MADE:
		tell_made(s);
		break;
	case MSG_STOPPED:
		on_stopped(s);
		break;
	case MSG_EXPIRED:
		s->outcome->timeout = true;
		loop_stop(s->loop);
		break;
	case MSG_HITS:
		s->outcome->hits = msg.value;
		break;
	case MSG_LEFT:
	case MSG_EXITED:
		on_exited(s, &msg);
		break;
	case MSG_GO:
	case MSG_NET_FD:
	case MSG_FENCED:
	case MSG_NETWORK:
	case MSG_RELEASE:
	case MSG_SIGNAL:
	case MSG_SIGNAL_GROUP:
	case MSG_EXEC:
	case MSG_JOIN:
	case MSG_JOINED:
	case MSG_TALLY:
	case MSG_LEAF:
	case MSG_KNOCK:
	case MSG_HERE:
		break; /* not for us */
	}
}

static void on_error_pipe(void *data, short revents)
{
	struct supervision *s = data;

	(void)revents;
	if (error_recv(&s->outcome->error, s->errors))
		s->outcome->failed = true;
	else if (s->blocked)
		on_end_of_blocked(s);
	else
		s->outcome->started = true;
	s->failed.fd = -1;
	if (s->outcome->started && s->observer)
		s->observer->started(s->observer->data, s->init);
}

static void on_slow(void *data)
{
	const struct supervision *s = data;

	patience_look(s->patience);
}

/* What @s->patience was begun with is told from the loop. */
static void watch_patience(struct supervision *s)
{
	s->slow.at = s->patience && s->patience->due > 0 ? s->patience->due : -1;
}

/* The command was asked to end, and takes its time. */
static void await_end(struct supervision *s, int sig)
{
	const char *name = sigabbrev_np(sig);

	if (s->patience && s->patience->due == 0)
		patience_begin(s->patience,
			       "SIG%s was passed on, and the command has not ended yet "
			       "(SIGKILL ends sbox and all that it has started)",
			       name ? name : "?");
	watch_patience(s);
}

/* It was asked to end, and has had its time. */
static void on_grace_over(void *data)
{
	struct supervision *s = data;

	if (!s->resting && !s->outcome->timeout) {
		s->outcome->overdue = true;
		s->outcome->status = s->outcome->relayed = SIGKILL;
		s->outcome->killed = false;
	}
	loop_stop(s->loop);
}

static void on_end_asked(struct supervision *s, int sig, bool by_key)
{
	s->outcome->relayed = sig;
	if (s->blocked) { /* as if the command had followed it */
		s->outcome->status = sig;
		s->outcome->killed = false;
		loop_stop(s->loop);
	}
	/* nobody may be there yet who would hand it on */
	if (s->init == 0 && !s->outcome->started)
		loop_stop(s->loop);
	if (by_key) /* a key is often pressed for other reasons */
		return;
	await_end(s, sig);
	if (s->grace_counts && s->asked.at < 0 && !signals_is_ignored(sig))
		s->asked.at = clock_ms() + s->grace;
}

static void on_signal(void *data, const struct signalfd_siginfo *info)
{
	struct supervision *s = data;
	const int sig = (int)info->ssi_signo;
	enum forward whom = signals_whom(s->forward, s->terminal->master >= 0, info);

	if (s->resting) {
		if (signals_ends(sig))
			loop_stop(s->loop);
		return;
	}
	if (sig == SIGWINCH) {
		terminal_resize(s->terminal);
		return;
	}
	if (sig == SIGTSTP)
		s->stop_with = true;
	if (whom == FORWARD_NEVER && supervise_started(s))
		return; /* the command gets its own */
	if (signals_ends(sig))
		on_end_asked(s, sig, info->ssi_code == SI_KERNEL && sig != SIGHUP);
	if (sig == SIGCONT)
		terminal_resume(s->terminal);
	hand_on(s, sig, whom == FORWARD_GROUP);
}

static void on_parent(void *data, short revents)
{
	struct supervision *s = data;

	(void)revents;
	s->outcome->orphaned = !s->resting;
	loop_stop(s->loop);
}

/* First time: the command's chance to end well. It is not said how it used it. */
static void on_clock(void *data)
{
	struct supervision *s = data;

	if (s->outcome->timeout || s->resting) {
		loop_stop(s->loop);
		return;
	}
	s->outcome->timeout = true;
	hand_on(s, SIGTERM, true);
	s->clock.at = clock_ms() + s->grace;
	patience_begin(s->patience,
		       "limits.wall has run out: the command was asked to end (SIGTERM), "
		       "and has %.1f s for it (limits.grace)",
		       (double)s->grace / 1000);
	watch_patience(s);
}

void supervise_join(struct supervision *s)
{
	*s->outcome = (struct outcome){ .killed = true, .init = s->init, .ids = -1 };
	s->watched = s->observer || s->init == 0;
	s->failed = (struct loop_fd){ .fd = s->watched ? s->errors : -1,
				      .events = POLLIN,
				      .ready = on_error_pipe,
				      .data = s };
	s->from_init = (struct loop_fd){
		.fd = s->ctl, .events = POLLIN, .ready = on_message, .data = s
	};
	s->orphaned = (struct loop_fd){
		.fd = s->parent, .events = POLLIN, .ready = on_parent, .data = s
	};
	s->ended = (struct loop_fd){ .fd = s->alone ? s->pidfd : -1,
				     .events = POLLIN,
				     .ready = on_ended,
				     .data = s };
	s->clock = (struct loop_timer){ .at = -1, .due = on_clock, .data = s };
	s->asked = (struct loop_timer){ .at = -1, .due = on_grace_over, .data = s };
	s->slow = (struct loop_timer){ .at = -1, .due = on_slow, .data = s };
	s->blocked = s->block >= 0;
	s->released = (struct loop_fd){
		.fd = -1, .events = POLLIN, .ready = on_release, .data = s
	};
	s->signals.caught = on_signal;
	s->signals.data = s;
	loop_add_fd(s->loop, &s->failed);
	loop_add_signals(s->loop, &s->signals, s->sigfd);
	loop_add_fd(s->loop, &s->from_init);
	loop_add_fd(s->loop, &s->orphaned);
	loop_add_fd(s->loop, &s->released);
	loop_add_fd(s->loop, &s->ended);
	loop_add_timer(s->loop, &s->clock);
	loop_add_timer(s->loop, &s->asked);
	loop_add_timer(s->loop, &s->slow);
}

static void run_loop(struct supervision *s)
{
	struct error err = { .status = EXIT_SBOX };

	while (!s->loop->stopped) {
		if (loop_once(s->loop, -1, &err) >= 0)
			continue;
		s->outcome->failed = true;
		s->outcome->error = err;
		loop_stop(s->loop);
	}
}

/*
 * Passes on the output that nobody has taken yet when the command has ended: a slow
 * reader holds us no longer than a signal, our parent and the wall clock let it.
 */
static void pass_on_rest(struct supervision *s)
{
	struct error err;

	s->resting = true;
	s->failed.fd = s->from_init.fd = -1;
	if (s->wall >= 0 && s->outcome->timeout)
		s->clock.at = clock_ms() + REST_MS;
	loop_finish(s->loop);
	s->loop->stopped = false;
	patience_begin(
		s->patience,
		"the command has ended: waiting for somebody to take what it wrote");
	watch_patience(s);
	while (!s->loop->stopped && loop_unfinished(s->loop))
		if (loop_once(s->loop, REST_MS, &err) <= 0)
			return;
}

static bool is_readable(int fd)
{
	struct pollfd ready = { fd, POLLIN, 0 };

	return poll(&ready, 1, 0) > 0;
}

bool supervise_started(struct supervision *s)
{
	if (!s->watched && !s->outcome->started && is_readable(s->errors)) {
		on_error_pipe(s, POLLIN);
		s->watched = true; /* so that nobody reads it once more */
	}
	return s->outcome->started;
}

void supervise(struct supervision *s)
{
	int status = 0;

	if (s->wall >= 0)
		s->clock.at = clock_ms() + s->wall;
	run_loop(s);
	/*
	 * If nobody waited for it. Whoever fails says so before it ends, and before init
	 * says how the command did; later it would only be said that init is gone.
	 */
	if (!s->watched && !s->outcome->failed && is_readable(s->errors))
		on_error_pipe(s, POLLIN);
	if (s->left && !s->outcome->failed) {
		s->init = 0; /* somebody else's from here on */
		s->outcome->left = true;
	}
	if (s->init > 0)
		(void)sys_pidfd_send_signal(s->pidfd, SIGKILL); /* ending, or must end */
	patience_begin(s->patience,
		       "waiting for the kernel to end the processes of the sandbox");
	patience_wait(s->patience, s->init > 0 ? s->pidfd : -1);
	while (s->init > 0 && wait4(s->init, &status, 0, &s->outcome->usage) < 0 &&
	       errno == EINTR)
		;
	if (s->over && !s->outcome->failed && !s->outcome->timeout) {
		s->outcome->status = status;
		s->outcome->killed = false;
	}
	s->outcome->observed = observe_end(&s->observation, s->arena);
	pass_on_rest(s);
	patience_end(s->patience);
	terminal_done(s->terminal);
}
