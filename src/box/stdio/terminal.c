/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* terminal.c - copy between two terminals; see terminal.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "box/stdio/terminal.h"

#define LOOK_AGAIN_MS 100
#define SHARED_MAX ((size_t)128)     /* poll(2) says so only if there is room for more */
#define PTY_MAX ((size_t)256 * 1024) /* more than what a pseudo-terminal can hold */

/*
 * An open file of our own, so that O_NONBLOCK does not reach the caller's descriptors;
 * where the terminal is another user's ("su USER -c"), theirs: see empty().
 */
static int open_tty(struct terminal *t, int fd)
{
	const int flags = O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
	char path[32];
	int tty = open("/dev/tty", flags);

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (tty < 0) /* a terminal that is not our controlling one */
		tty = open(path, flags);
	t->shared = tty < 0;
	return t->shared ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : tty;
}

int terminal_init(struct terminal *t, struct error *err)
{
	bool err_is_tty = isatty(STDERR_FILENO);

	t->tty = t->master = -1;
	t->raw = t->finishing = t->shared = false;
	t->keys.from = t->keys.to = t->screen.from = t->screen.to = 0;
	t->keys.ended = t->screen.ended = false;
	t->in = isatty(STDIN_FILENO);
	t->out = isatty(STDOUT_FILENO);
	if (!t->in && !t->out && !err_is_tty)
		return 0;
	t->tty = open_tty(t, t->out  ? STDOUT_FILENO
			     : t->in ? STDIN_FILENO
				     : STDERR_FILENO);
	if (t->tty >= 0 && tcgetattr(t->tty, &t->saved) == 0)
		return 0;
	(void)error_sys(err,
			"the terminal cannot be used (process.tty = \"never\" gives it "
			"to the command as it is)");
	fd_closep(&t->tty);
	t->tty = -1;
	return -1;
}

bool terminal_wanted(const struct terminal *t)
{
	return t->tty >= 0;
}

static bool in_foreground(const struct terminal *t)
{
	pid_t group = tcgetpgrp(t->tty);

	return group < 0 || group == getpgrp();
}

static bool is_canonical(int fd)
{
	struct termios now;

	return tcgetattr(fd, &now) == 0 && (now.c_lflag & ICANON);
}

static void set_raw(struct terminal *t, bool on)
{
	struct termios raw = t->saved;

	if (on == t->raw || (on && !in_foreground(t)))
		return;
	cfmakeraw(&raw);
	if (!(t->in && t->out)) /* others write to it as well: see terminal_look() */
		raw.c_oflag = t->saved.c_oflag;
	if (tcsetattr(t->tty, TCSADRAIN, on ? &raw : &t->saved) == 0)
		t->raw = on;
}

/* Whether we may take what is typed now; see the head of terminal.h. */
static bool may_read(struct terminal *t)
{
	if (t->keys.ended || t->finishing || !in_foreground(t))
		return false;
	if (t->in && t->out)
		return true;
	if (t->in)
		return is_canonical(t->tty);
	set_raw(t, !is_canonical(t->master));
	return t->raw;
}

void terminal_resize(const struct terminal *t)
{
	struct winsize size;

	if (t->tty >= 0 && t->master >= 0 && ioctl(t->tty, TIOCGWINSZ, &size) == 0)
		(void)ioctl(t->master, TIOCSWINSZ, &size);
}

void terminal_look(const struct terminal *t, struct terminal_look *ret)
{
	*ret = (struct terminal_look){ .modes = t->saved };
	if (!(t->in && t->out)) /* the caller's terminal ends the lines, once */
		ret->modes.c_oflag &= (tcflag_t)~OPOST;
	if (t->in && !t->out) /* the caller's terminal echoes already */
		ret->modes.c_lflag &= (tcflag_t)~ECHO;
	if (t->tty >= 0)
		(void)ioctl(t->tty, TIOCGWINSZ, &ret->size);
}

int terminal_dress(const struct terminal_look *look, int pty, struct error *err)
{
	if (tcsetattr(pty, TCSANOW, &look->modes) < 0 ||
	    ioctl(pty, TIOCSWINSZ, &look->size) < 0)
		return error_sys(err, "cannot set up the command's terminal");
	return 0;
}

int terminal_start(struct terminal *t, int master, struct error *err)
{
	t->master = master;
	if (fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
		return error_sys(err, "cannot set up the command's terminal");
	set_raw(t, t->in && t->out);
	terminal_resize(t); /* it may have changed since terminal_look() */
	return 0;
}

void terminal_prepare(struct terminal *t, struct pollfd *fds)
{
	bool keys = t->keys.from < t->keys.to, screen = t->screen.from < t->screen.to;

	for (size_t i = 0; i < TERMINAL_POLLFDS; i++)
		fds[i] = (struct pollfd){ .fd = -1 };
	if (t->master < 0)
		return;
	if (!keys && may_read(t))
		fds[0] = (struct pollfd){ t->tty, POLLIN, 0 };
	fds[1] = (struct pollfd){ t->master, 0, 0 };
	if (keys)
		fds[1].events |= POLLOUT;
	if (!screen && !t->screen.ended)
		fds[1].events |= POLLIN;
	if (!fds[1].events)
		fds[1].fd = -1;
	if (screen)
		fds[2] = (struct pollfd){ t->tty, POLLOUT, 0 };
}

static void fill(struct terminal_flow *flow, int fd)
{
	ssize_t n = read(fd, flow->data, sizeof flow->data);

	flow->from = 0;
	flow->to = n > 0 ? (size_t)n : 0;
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		flow->ended = true;
}

/* @most: so much at once, as there is surely room for where the descriptor may block. */
static void empty(struct terminal_flow *flow, int fd, size_t most)
{
	size_t len = flow->to - flow->from;
	ssize_t n = write(fd, flow->data + flow->from, len < most ? len : most);

	if (n > 0)
		flow->from += (size_t)n;
	else if (n < 0 && errno != EAGAIN && errno != EINTR)
		flow->from = flow->to = 0; /* nobody takes it any more */
}

/* The caller's end of input (Ctrl-D on an empty line, or a hang-up) is one inside. */
static void pass_end(struct terminal *t)
{
	if (!t->keys.ended || t->keys.to > 0)
		return;
	t->keys.data[0] = (char)t->saved.c_cc[VEOF];
	t->keys.from = 0;
	t->keys.to = 1;
}

void terminal_work(struct terminal *t, const struct pollfd *fds)
{
	if (fds[0].fd >= 0 && fds[0].revents && may_read(t)) {
		fill(&t->keys, t->tty);
		pass_end(t);
		if (t->keys.ended && t->in && isatty(t->tty))
			t->keys.ended = false; /* a terminal can be read again behind its
						  Ctrl-D */
	}
	if (fds[1].fd >= 0 && (fds[1].revents & POLLOUT))
		empty(&t->keys, t->master, TERMINAL_BUFFER);
	if (fds[1].fd >= 0 && (fds[1].revents & (POLLIN | POLLHUP | POLLERR)) &&
	    (fds[1].events & POLLIN))
		fill(&t->screen, t->master);
	if (t->screen.from < t->screen.to && (fds[2].fd < 0 || fds[2].revents))
		empty(&t->screen, t->tty, t->shared ? SHARED_MAX : TERMINAL_BUFFER);
}

int terminal_timeout(const struct terminal *t)
{
	return t->master >= 0 && !(t->in && t->out) ? LOOK_AGAIN_MS : -1;
}

void terminal_suspend(struct terminal *t)
{
	if (t->tty >= 0)
		set_raw(t, false);
}

void terminal_resume(struct terminal *t)
{
	bool was_raw = t->raw;

	if (t->master < 0)
		return;
	/* whoever stopped us, the shell has set the modes to its own since */
	t->raw = false;
	set_raw(t, was_raw || (t->in && t->out));
	terminal_resize(t);
}

/*
 * What is in the pseudo-terminal now, and no more: whoever the command has left behind
 * may go on writing to it.
 */
void terminal_finish(struct terminal *t)
{
	t->finishing = true;
	t->left = PTY_MAX;
	t->keys.from = t->keys.to = 0;
}

bool terminal_unfinished(struct terminal *t)
{
	if (t->tty < 0 || t->master < 0)
		return false;
	if (t->screen.from == t->screen.to && t->left > 0) {
		fill(&t->screen, t->master);
		t->left -= t->screen.to < t->left ? t->screen.to : t->left;
	}
	return t->screen.from < t->screen.to;
}

void terminal_done(struct terminal *t)
{
	if (t->tty < 0)
		return;
	set_raw(t, false);
	fd_closep(&t->master);
	fd_closep(&t->tty);
	t->tty = t->master = -1;
}
