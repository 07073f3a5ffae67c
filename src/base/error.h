/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * error.h - what went wrong, in words, without a heap
 *
 * A function that can fail takes a struct error last, returns 0 or -1 (NULL
 * for pointers) and fills the error exactly once, at the place where the
 * failure is understood. Callers add context on the way up. Nobody prints but
 * main(). The struct is plain bytes, so the child can write it to the parent.
 *
 * Whoever calls such a function looks at what it returns (_must_check_), unless its
 * failure changes nothing: then the declaration goes without, and the caller says (void).
 */
#ifndef SBOX_ERROR_H
#define SBOX_ERROR_H

#include <stdbool.h>

#define _must_check_ __attribute__((warn_unused_result))
#define _printf_(f, a) __attribute__((format(printf, f, a)))

/* Exit statuses of sbox itself; any other status is the command's own. */
enum exit_status {
	EXIT_GUARD = 123,   /* the command ended with 0, but left what others would run */
	EXIT_TIMEOUT = 124, /* our wall-clock limit ended the command */
	EXIT_SBOX = 125,    /* usage, profile or setup failed, or sbox itself later */
	EXIT_NOEXEC = 126,  /* the command was found but could not be run */
	EXIT_NOCMD = 127,   /* the command was not found */
};

/* A place in a profile. line 0: no place; col 0: all of the line. */
struct srcpos {
	const char *file;
	unsigned line, col;
};

struct error {
	int errnum; /* errno at the origin, or 0 */
	int status; /* enum exit_status */
	char msg[1024];
};

/*
 * These return -1, so that a failing function can end with them: the message; the message
 * and what errno says; the message with its place in a profile in front; the message in
 * front of the one that is there. What does not fit is cut off.
 */
_printf_(2, 3) int error_set(struct error *err, const char *fmt, ...);
_printf_(2, 3) int error_sys(struct error *err, const char *fmt, ...);
_printf_(3, 4) int error_at(struct error *err, const struct srcpos *pos, const char *fmt,
			    ...);
_printf_(2, 3) int error_wrap(struct error *err, const char *fmt, ...);

/*
 * As plain bytes through a pipe; it fits PIPE_BUF, so it comes whole or not at all. -1:
 * errno. true: there was one; false: the other end was closed without one.
 */
int error_send(const struct error *err, int fd);
bool error_recv(struct error *err, int fd);

#endif
