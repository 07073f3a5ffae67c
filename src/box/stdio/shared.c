/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* shared.c - a terminal that the command has on some of its descriptors only; see
 * shared.h
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "box/stdio/reader.h"
#include "box/stdio/shared.h"

#define PAUSE_MAX_MS 100
#define ASK_MS 50

struct termios shared_modes(const struct termios *saved)
{
	struct termios modes = *saved;

	modes.c_lflag |= EXTPROC;
	return modes;
}

void shared_start(struct shared *s, int tty, int master, const struct termios *saved)
{
	*s = (struct shared){ .tty = tty,
			      .master = master,
			      .saved = *saved,
			      .inside = shared_modes(saved),
			      .put = shared_modes(saved),
			      .pause = 1 };
	/* Without it (TIOCEXCL inside) lines may be joined. */
	s->peer = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
}

static bool same_modes(const struct termios *a, const struct termios *b)
{
	return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag &&
	       a->c_lflag == b->c_lflag && memcmp(a->c_cc, b->c_cc, sizeof a->c_cc) == 0;
}

/* Modes for the caller's terminal: all but its speed and its line are the command's. */
static struct termios outside(const struct shared *s, const struct termios *inside)
{
	struct termios modes = s->saved;

	modes.c_iflag = inside->c_iflag;
	modes.c_oflag = inside->c_oflag;
	modes.c_lflag =
		(inside->c_lflag & (tcflag_t)~EXTPROC) | (s->saved.c_lflag & EXTPROC);
	memcpy(modes.c_cc, inside->c_cc, sizeof modes.c_cc);
	if (!(modes.c_lflag &
	      ICANON)) { /* how long to wait for how much is the reader's */
		modes.c_cc[VMIN] = 1;
		modes.c_cc[VTIME] = 0;
	}
	return modes;
}

static bool in_foreground(int tty)
{
	pid_t group = tcgetpgrp(tty);

	return group < 0 || group == getpgrp();
}

/* Whether the line discipline makes lines of the output. */
static bool maps(const struct termios *modes)
{
	return (modes->c_oflag & (OPOST | ONLCR)) == (OPOST | ONLCR);
}

static bool has_output(const struct shared *s)
{
	struct pollfd output = { s->master, POLLIN, 0 };

	return poll(&output, 1, 0) > 0 && (output.revents & POLLIN);
}

void shared_follow(struct shared *s, bool writing)
{
	struct termios now, next, modes;

	if (tcgetattr(s->master, &now) < 0)
		return;
	if (!(now.c_lflag & EXTPROC)) { /* a program has made up its modes by itself */
		now.c_lflag |= EXTPROC;
		(void)tcsetattr(s->master, TCSANOW, &now);
	}
	s->inside = now;
	if (same_modes(&now, &s->put) || !in_foreground(s->tty))
		return;
	next = now;
	if (!maps(&s->put) && maps(&now) && (writing || has_output(s)))
		next.c_oflag = s->put.c_oflag; /* that was written before */
	modes = outside(s, &next);
	if (tcsetattr(s->tty, TCSANOW, &modes) < 0)
		return;
	s->put = next;
	s->changed = !same_modes(&modes, &s->saved);
}

void shared_restore(struct shared *s)
{
	if (s->changed && in_foreground(s->tty))
		(void)tcsetattr(s->tty, TCSADRAIN, &s->saved);
	s->changed = false;
}

void shared_again(struct shared *s)
{
	s->put = shared_modes(&s->saved);
	shared_follow(s, false);
}

/* Looks at the processes inside at most every ASK_MS, and if something was typed only. */
static bool is_asked_for(struct shared *s)
{
	struct pollfd typed = { s->tty, POLLIN, 0 };

	if (poll(&typed, 1, 0) <= 0)
		return false;
	if (!s->waits && clock_ms() >= s->waits_at + ASK_MS) {
		s->waits = reader_waits(s->master);
		s->waits_at = clock_ms();
	}
	return s->waits;
}

bool shared_may_read(struct shared *s, bool in)
{
	struct termios now;
	bool lines = s->put.c_lflag & ICANON;

	if (tcgetattr(s->tty, &now) < 0 || lines != !!(now.c_lflag & ICANON))
		return false; /* somebody else has switched it */
	return in || !lines || is_asked_for(s);
}

int shared_wait(struct shared *s)
{
	struct pollfd arrived = { s->peer, POLLIN, 0 };
	int unread, pause = s->pause;

	/* poll(2) brings what was written where FIONREAD counts it (n_tty_poll()) */
	(void)poll(&arrived, 1, 0);
	if (s->peer < 0 || !(s->inside.c_lflag & ICANON) ||
	    ioctl(s->peer, FIONREAD, &unread) < 0 || unread == 0) {
		s->pause = 1;
		return 0;
	}
	s->pause = pause * 2 < PAUSE_MAX_MS ? pause * 2 : PAUSE_MAX_MS;
	return pause;
}

size_t shared_unmap(struct shared *s, char *data, size_t len)
{
	size_t to = 0;

	shared_follow(s, true);
	if (s->cr) {
		memmove(data + 1, data, len++);
		data[0] = '\r';
		s->cr = false;
	}
	if (!maps(&s->put) || !maps(&s->inside))
		return len;
	for (size_t i = 0; i < len; i++)
		if (data[i] != '\r' || i + 1 == len || data[i + 1] != '\n')
			data[to++] = data[i];
	s->cr = to > 0 && data[to - 1] == '\r';
	s->cr_at = clock_ms();
	return s->cr ? to - 1 : to;
}

bool shared_flush(struct shared *s, bool now)
{
	if (!s->cr || (!now && clock_ms() < s->cr_at + SHARED_CR_MS))
		return false;
	s->cr = false;
	return true;
}

void shared_done(struct shared *s)
{
	shared_restore(s);
	fd_closep(&s->peer);
	s->peer = -1;
}
