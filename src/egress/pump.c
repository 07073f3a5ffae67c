/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pump.c - bytes of a connection, one way; see pump.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "egress/pump.h"

#define PIPE_SIZE ((size_t)256 * 1024)
#define SPLICES_MAX 8 /* at once, so that others have their turn */

static void fail_pump(struct pump *pump)
{
	pump->ended = pump->failed = true;
	pump->len = pump->cleared = pump->piped = 0;
}

static bool must_wait(void)
{
	return errno == EAGAIN || errno == EINTR;
}

void pump_read(struct pump *pump, int from, size_t room)
{
	ssize_t n;

	if (!pump->buf) {
		pump->buf = malloc(room);
		pump->room = room;
		if (!pump->buf) {
			fail_pump(pump);
			return;
		}
	}
	if (pump->ended || pump->len == pump->room)
		return;
	n = recv(from, pump->buf + pump->len, pump->room - pump->len, MSG_DONTWAIT);
	if (n > 0)
		pump->len += (size_t)n;
	else if (n == 0)
		pump->ended = true;
	else if (!must_wait())
		fail_pump(pump);
}

void pump_drop(struct pump *pump, size_t len)
{
	pump->len -= len;
	pump->cleared = pump->cleared > len ? pump->cleared - len : 0;
	memmove(pump->buf, pump->buf + len, pump->len);
}

void pump_write(struct pump *pump, int to)
{
	ssize_t n;

	if (pump->cleared == 0)
		return;
	n = send(to, pump->buf, pump->cleared, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n > 0) {
		pump->bytes += (uint64_t)n;
		pump_drop(pump, (size_t)n);
	} else if (n < 0 && !must_wait()) {
		fail_pump(pump);
	}
}

void pump_open(struct pump *pump)
{
	pump->cleared = pump->len;
	pump->spliced = true;
}

static bool lend_pipe(struct pump *pump, struct pipes *pipes)
{
	if (pump->pipe[0] >= 0)
		return true;
	if (pipes->len > 0) {
		memcpy(pump->pipe, pipes->fds[--pipes->len], sizeof pump->pipe);
		return true;
	}
	if (pipe2(pump->pipe, O_CLOEXEC | O_NONBLOCK) < 0) {
		pump->pipe[0] = pump->pipe[1] = -1;
		return false;
	}
	/* a smaller one will do: a user may have so many pages in pipes, and no more */
	(void)fcntl(pump->pipe[0], F_SETPIPE_SZ, (int)PIPE_SIZE);
	return true;
}

/* Gives the pipe back, or away if it is not empty. */
static void return_pipe(struct pump *pump, struct pipes *pipes)
{
	if (pump->pipe[0] < 0)
		return;
	if (pump->piped == 0 && pipes->len < PIPES_KEPT) {
		memcpy(pipes->fds[pipes->len++], pump->pipe, sizeof pump->pipe);
	} else {
		fd_closep(&pump->pipe[0]);
		fd_closep(&pump->pipe[1]);
	}
	pump->pipe[0] = pump->pipe[1] = -1;
}

/* false: nothing came, and whoever is called next waits. */
static bool splice_in(struct pump *pump, int from)
{
	ssize_t n = splice(from, NULL, pump->pipe[1], NULL, PIPE_SIZE,
			   SPLICE_F_NONBLOCK | SPLICE_F_MOVE);

	if (n > 0)
		pump->piped += (size_t)n;
	else if (n == 0)
		pump->ended = true;
	else if (!must_wait())
		fail_pump(pump);
	return n > 0;
}

/* false: not all of it was taken. */
static bool splice_out(struct pump *pump, int to)
{
	ssize_t n = splice(pump->pipe[0], NULL, to, NULL, pump->piped,
			   SPLICE_F_NONBLOCK | SPLICE_F_MOVE);

	if (n > 0) {
		pump->piped -= (size_t)n;
		pump->bytes += (uint64_t)n;
	} else if (n < 0 && !must_wait()) {
		fail_pump(pump);
		fd_drop(&pump->pipe[0]);
		fd_drop(&pump->pipe[1]);
	}
	return pump->piped == 0;
}

void pump_splice(struct pump *pump, struct pipes *pipes, int from, int to)
{
	if (pump->len > 0 || pump->failed)
		return;
	free(pump->buf);
	pump->buf = NULL;
	if (!lend_pipe(pump, pipes)) {
		fail_pump(pump);
		return;
	}
	for (int i = 0; i < SPLICES_MAX; i++)
		if ((pump->piped == 0 && (pump->ended || !splice_in(pump, from))) ||
		    !splice_out(pump, to))
			break;
	if (pump->piped == 0)
		return_pipe(pump, pipes);
}

bool pump_has_data(const struct pump *pump)
{
	return pump->cleared > 0 || pump->piped > 0;
}

void pump_pass_on_end(struct pump *pump, int to)
{
	if (!pump->ended || pump_has_data(pump) || pump->passed_on)
		return;
	(void)shutdown(to, SHUT_WR);
	pump->passed_on = true;
}

void pump_done(struct pump *pump, struct pipes *pipes)
{
	free(pump->buf);
	return_pipe(pump, pipes);
	*pump = (struct pump)PUMP_INIT;
}
