/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* terminal.c - copy between two terminals; see terminal.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "box/stdio/terminal.h"

#define LOOK_AGAIN_MS 100
#define BLOCKING_MAX ((size_t)128)   /* poll(2) says so only if there is room for more */
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
	t->blocking = tty < 0;
	return t->blocking ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : tty;
}

int terminal_init(struct terminal *t, struct error *err)
{
	bool err_is_tty = isatty(STDERR_FILENO);

	t->tty = t->master = -1;
	t->raw = t->finishing = t->blocking = t->literal = false;
	t->shared = (struct shared){ .peer = -1 };
	t->keys.from = t->keys.to = t->screen.from = t->screen.to = 0;
	t->keys.ended = t->screen.ended = false;
	t->in = isatty(STDIN_FILENO);
	t->out = isatty(STDOUT_FILENO);
	t->both = t->in && t->out;
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
	fd_drop(&t->tty);
	return -1;
}

bool terminal_wanted(const struct terminal *t)
{
	return t->tty >= 0;
}

static bool is_canonical(int fd)
{
	struct termios now;

	return tcgetattr(fd, &now) == 0 && (now.c_lflag & ICANON);
}

/*
 * Takes the input that was typed while the terminal still made lines of it. An end of
 * input (Ctrl-D) is a mark there, which would be a NUL byte to whoever reads it in raw
 * mode: so from here no mark can be made any more, and those that there are are read as
 * what they mean.
 */
static void take_lines(struct terminal *t)
{
	struct termios lines = t->saved;
	struct terminal_flow *keys = &t->keys;
	struct pollfd typed = { t->tty, POLLIN, 0 };

	lines.c_cc[VEOF] = _POSIX_VDISABLE;
	if (!is_canonical(t->tty) || tcsetattr(t->tty, TCSANOW, &lines) < 0)
		return;
	if (keys->from == keys->to)
		keys->from = keys->to = 0;
	while (keys->to < sizeof keys->data && poll(&typed, 1, 0) > 0) {
		ssize_t n =
			read(t->tty, keys->data + keys->to, sizeof keys->data - keys->to);

		if (n < 0)
			return;
		keys->to += (size_t)n;
		if (n == 0)
			keys->data[keys->to++] = (char)t->saved.c_cc[VEOF];
		if (typed.revents & POLLHUP)
			return;
	}
}

static void set_raw(struct terminal *t, bool on)
{
	struct termios raw = t->saved;

	if (on == t->raw || (on && !shared_in_foreground(t->tty)))
		return;
	if (on)
		take_lines(t);
	cfmakeraw(&raw);
	if (tcsetattr(t->tty, TCSADRAIN, on ? &raw : &t->saved) == 0)
		t->raw = on;
}

/* Whether we may take what is typed now; see the head of terminal.h. */
static bool may_read(struct terminal *t)
{
	if (t->keys.ended || t->finishing || !shared_in_foreground(t->tty))
		return false;
	return t->both || shared_may_read(&t->shared, t->in);
}

bool terminal_has_keys(const struct terminal *t)
{
	return t->both ? t->raw : t->shared.changed && !(t->shared.put.c_lflag & ISIG);
}

void terminal_resize(const struct terminal *t)
{
	struct winsize size;

	if (t->tty >= 0 && t->master >= 0 && ioctl(t->tty, TIOCGWINSZ, &size) == 0)
		(void)ioctl(t->master, TIOCSWINSZ, &size);
}

void terminal_look(const struct terminal *t, struct terminal_look *ret)
{
	*ret = (struct terminal_look){ .modes = t->both ? t->saved
							: shared_modes(&t->saved) };
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
	if (t->both)
		set_raw(t, true);
	else
		shared_start(&t->shared, t->tty, master, &t->saved);
	terminal_resize(t); /* it may have changed since terminal_look() */
	return 0;
}

static void fill(struct terminal_flow *flow, int fd)
{
	/* shared_unmap() may need one more */
	ssize_t n = read(fd, flow->data, sizeof flow->data - 1);

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

/* Output of the command. */
/* Returns how much there was. */
static size_t fill_screen(struct terminal *t)
{
	size_t len;

	fill(&t->screen, t->master);
	len = t->screen.to;
	if (!t->both && len > 0)
		t->screen.to = shared_unmap(&t->shared, t->screen.data, len);
	return len;
}

/* What was kept back is output after all. @now: nothing more comes. */
static void flush_screen(struct terminal *t, bool now)
{
	if (t->both || t->screen.from < t->screen.to || !shared_flush(&t->shared, now))
		return;
	t->screen.data[0] = '\r';
	t->screen.from = 0;
	t->screen.to = 1;
}

/* The caller's end of input (Ctrl-D on an empty line, or a hang-up) is one inside. */
static void pass_end(struct terminal *t)
{
	const struct termios *modes = t->both ? &t->saved : &t->shared.inside;

	if (!t->keys.ended || t->keys.to > 0)
		return;
	t->keys.data[0] = (char)modes->c_cc[VEOF];
	t->keys.from = 0;
	t->keys.to = 1;
}

/* The sooner one of two times, of which 0 is none, and of LOOK_AGAIN_MS. */
static int sooner(int a, int b)
{
	if (a == 0 || (b > 0 && b < a))
		a = b;
	return a == 0 ? LOOK_AGAIN_MS : a;
}

/*
 * How long a line has to wait until the one before was read; see shared.h. Behind it an
 * end of input is one again.
 */
static int wait_for_line(struct terminal *t, bool keys)
{
	int wait = keys || t->shared.literal ? shared_wait(&t->shared) : 0;

	if (wait == 0)
		shared_literal(&t->shared, keys && t->literal);
	return wait;
}

/* Chooses the descriptors that are to be waited for now: see struct loop_hook. */
static int before(void *data)
{
	struct terminal *t = data;
	bool keys = t->keys.from < t->keys.to, screen;
	int again = LOOK_AGAIN_MS, wait = 0;

	t->typed.fd = t->inside.fd = t->room.fd = -1;
	if (t->master < 0)
		return -1;
	if (!t->both) {
		shared_follow(&t->shared, t->screen.from < t->screen.to);
		flush_screen(t, false);
		wait = wait_for_line(t, keys);
		again = sooner(wait, t->shared.cr ? SHARED_CR_MS : 0);
	}
	if (!keys && may_read(t))
		t->typed.fd = t->tty;
	screen = t->screen.from < t->screen.to;
	t->inside.fd = t->master;
	t->inside.events = (short)((keys && wait == 0 ? POLLOUT : 0) |
				   (!screen && !t->screen.ended ? POLLIN : 0));
	if (screen)
		t->room.fd = t->tty;
	return t->both || t->finishing ? -1 : again;
}

static void on_typed(void *data, short revents)
{
	struct terminal *t = data;

	(void)revents;
	if (!may_read(t))
		return;
	fill(&t->keys, t->tty);
	if (!t->both) {
		t->shared.waits = false;
		t->literal = shared_has_end(&t->shared, t->keys.data, t->keys.to);
	}
	pass_end(t);
	if (t->keys.ended && isatty(t->tty))
		t->keys.ended = false; /* a terminal can be read behind its Ctrl-D */
}

static void on_room(void *data, short revents)
{
	struct terminal *t = data;

	(void)revents;
	empty(&t->screen, t->tty, t->blocking ? BLOCKING_MAX : TERMINAL_BUFFER);
}

static void on_inside(void *data, short revents)
{
	struct terminal *t = data;

	if (revents & POLLOUT)
		empty(&t->keys, t->master, TERMINAL_BUFFER);
	if (!(t->inside.events & POLLIN) || !(revents & (POLLIN | POLLHUP | POLLERR)))
		return;
	(void)fill_screen(t);
	if (t->screen.from < t->screen.to)
		on_room(t, 0); /* there mostly is some */
}

static void finish(void *data)
{
	struct terminal *t = data;

	t->finishing = true;
	t->left = PTY_MAX;
	t->keys.from = t->keys.to = 0;
}

/*
 * Whether there is output that was in the pseudo-terminal when the command ended. No more
 * is read: a process that the command has left behind may go on writing to it.
 */
static bool unfinished(void *data)
{
	struct terminal *t = data;

	if (t->tty < 0 || t->master < 0)
		return false;
	if (t->screen.from == t->screen.to && t->left > 0) {
		const size_t len = fill_screen(t);

		t->left -= len < t->left ? len : t->left;
		flush_screen(t, true);
	}
	return t->screen.from < t->screen.to;
}

void terminal_join(struct terminal *t, struct loop *loop)
{
	if (t->tty < 0)
		return;
	t->typed = (struct loop_fd){
		.fd = -1, .events = POLLIN, .ready = on_typed, .data = t
	};
	t->inside = (struct loop_fd){ .fd = -1, .ready = on_inside, .data = t };
	t->room = (struct loop_fd){
		.fd = -1, .events = POLLOUT, .ready = on_room, .data = t
	};
	t->hook = (struct loop_hook){ before, finish, unfinished, t, NULL };
	loop_add_fd(loop, &t->typed);
	loop_add_fd(loop, &t->inside);
	loop_add_fd(loop, &t->room);
	loop_add_hook(loop, &t->hook);
}

void terminal_suspend(struct terminal *t)
{
	if (t->tty < 0)
		return;
	if (t->both)
		set_raw(t, false);
	else if (t->master >= 0)
		shared_restore(&t->shared);
}

void terminal_resume(struct terminal *t)
{
	if (t->master < 0)
		return;
	/* whoever stopped us, the shell has set the modes to its own since */
	t->raw = false;
	if (t->both)
		set_raw(t, true);
	else
		shared_again(&t->shared);
	terminal_resize(t);
}

void terminal_done(struct terminal *t)
{
	if (t->tty < 0)
		return;
	if (t->both)
		set_raw(t, false);
	else if (t->master >= 0)
		shared_done(&t->shared);
	fd_closep(&t->master);
	fd_closep(&t->tty);
	t->tty = t->master = -1;
}
