/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pump.h - bytes of a connection, one way
 *
 * At first they are read into a buffer, where they can be looked at: only what was
 * cleared is written on. Later they go from socket to socket in the kernel, by a pipe
 * (splice(2)), which is lent only while bytes are in it.
 */
#ifndef SBOX_EGRESS_PUMP_H
#define SBOX_EGRESS_PUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PIPES_KEPT 16

/* Pipes that nobody uses now; all-zero: none. */
struct pipes {
	int fds[PIPES_KEPT][2];
	size_t len;
};

struct pump {
	char *buf; /* @room bytes, NULL: none yet */
	size_t room, len, cleared;
	int pipe[2]; /* -1: none */
	size_t piped;
	bool spliced;   /* the buffer is not used any more */
	bool ended;     /* nothing more comes */
	bool passed_on; /* and the other side knows */
	bool failed;    /* it was no end in order: a reset, or nobody takes it any more */
	uint64_t bytes; /* that were passed on */
};

#define PUMP_INIT                                                                        \
	{                                                                                \
		.pipe = { -1, -1 }                                                       \
	}

/* Reads what fits into a buffer of @room bytes. */
void pump_read(struct pump *pump, int from, size_t room);

/* Writes what is cleared. */
void pump_write(struct pump *pump, int to);

/* Takes the first @len bytes off the buffer. */
void pump_drop(struct pump *pump, size_t len);

/* From now on nothing is looked at. What is in the buffer is cleared. */
void pump_open(struct pump *pump);

/* Copies as much as goes without waiting, if the buffer is empty. */
void pump_splice(struct pump *pump, struct pipes *pipes, int from, int to);

/* Whether something waits to be written. */
bool pump_has_data(const struct pump *pump);

/* The end of the stream, behind its last byte. */
void pump_pass_on_end(struct pump *pump, int to);

/* Frees what it has; @pump is a new one then. */
void pump_done(struct pump *pump, struct pipes *pipes);

#endif
