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

static tcflag_t change(tcflag_t now, tcflag_t from, tcflag_t to)
{
	return (now & ~(from ^ to)) | (to & (from ^ to));
}

/*
 * What has changed inside, from the modes that were put on the caller's terminal last to
 * @next, is changed in *modes, which are its modes now: somebody else may have set
 * others.
 */
static void merge(const struct shared *s, const struct termios *next,
		  struct termios *modes)
{
	modes->c_iflag = change(modes->c_iflag, s->put.c_iflag, next->c_iflag);
	modes->c_oflag = change(modes->c_oflag, s->put.c_oflag, next->c_oflag);
	modes->c_lflag = change(modes->c_lflag, s->put.c_lflag, next->c_lflag);
	for (size_t i = 0; i < NCCS; i++)
		if (i != VMIN && i != VTIME && s->put.c_cc[i] != next->c_cc[i])
			modes->c_cc[i] = next->c_cc[i];
	if (!((s->put.c_lflag ^ next->c_lflag) & ICANON))
		return;
	/* in single keys, how long to wait for how much is the reader's */
	modes->c_cc[VMIN] = next->c_lflag & ICANON ? s->saved.c_cc[VMIN] : 1;
	modes->c_cc[VTIME] = next->c_lflag & ICANON ? s->saved.c_cc[VTIME] : 0;
}

/* Makes the caller's terminal what the command's is at @next. */
static void put_modes(struct shared *s, const struct termios *next)
{
	const struct termios first = shared_modes(&s->saved);
	struct termios modes;

	if (tcgetattr(s->tty, &modes) < 0)
		return;
	merge(s, next, &modes);
	if (tcsetattr(s->tty, TCSANOW, &modes) < 0)
		return;
	s->put = *next;
	s->changed = !same_modes(next, &first);
}

bool shared_in_foreground(int tty)
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
	struct termios now, next;

	if (tcgetattr(s->master, &now) < 0)
		return;
	if (!(now.c_lflag & EXTPROC)) { /* a program has made up its modes by itself */
		now.c_lflag |= EXTPROC;
		(void)tcsetattr(s->master, TCSANOW, &now);
	}
	if (s->literal && now.c_cc[VEOF] == _POSIX_VDISABLE)
		now.c_cc[VEOF] = s->end;
	s->inside = now;
	if (same_modes(&now, &s->put) || !shared_in_foreground(s->tty))
		return;
	next = now;
	if (!maps(&s->put) && maps(&now) && (writing || has_output(s)))
		next.c_oflag = s->put.c_oflag; /* that was written before */
	put_modes(s, &next);
}

void shared_restore(struct shared *s)
{
	const struct termios first = shared_modes(&s->saved);

	if (s->changed && shared_in_foreground(s->tty))
		put_modes(s, &first);
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
	if (tcgetattr(s->tty, &now) < 0 || ((now.c_lflag ^ s->put.c_lflag) & ICANON))
		return false;
	/*
	 * Lines and echo are off by the command alone. What was off at the start may be
	 * so by a program of the pipeline that began earlier.
	 */
	if (~now.c_lflag & (ICANON | ECHO) & ~(s->put.c_lflag ^ s->saved.c_lflag))
		return false;
	return in || !(now.c_lflag & ICANON) || is_asked_for(s);
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

bool shared_has_end(const struct shared *s, const char *data, size_t len)
{
	const cc_t end = s->inside.c_cc[VEOF];

	return (s->inside.c_lflag & ICANON) && end != _POSIX_VDISABLE &&
	       memchr(data, end, len);
}

void shared_literal(struct shared *s, bool on)
{
	struct termios now;

	if (s->literal == on || tcgetattr(s->master, &now) < 0)
		return;
	s->literal = on;
	if (on)
		s->end = now.c_cc[VEOF];
	else if (now.c_cc[VEOF] != _POSIX_VDISABLE) /* a program has chosen one */
		return;
	now.c_cc[VEOF] = on ? _POSIX_VDISABLE : s->end;
	(void)tcsetattr(s->master, TCSANOW, &now);
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
	fd_drop(&s->peer);
}
