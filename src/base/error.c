/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* error.c - build, prefix and hand over a struct error; see error.h */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

_Static_assert(sizeof(struct error) <= PIPE_BUF,
	       "an error crosses the pipe in one write");

_printf_(3, 0) static void error_vset(struct error *err, int errnum, const char *fmt,
				      va_list ap)
{
	err->errnum = errnum;
	err->status = EXIT_SBOX;
	(void)vsnprintf(err->msg, sizeof err->msg, fmt, ap);
}

/* Puts @prefix in front of the message; the tail gives way, never the prefix. */
static void error_prefix(struct error *err, const char *prefix)
{
	const size_t room = sizeof err->msg - 1;
	size_t len = strnlen(prefix, room);
	size_t keep = strnlen(err->msg, room - len);

	memmove(err->msg + len, err->msg, keep);
	memcpy(err->msg, prefix, len);
	err->msg[len + keep] = '\0';
}

int error_set(struct error *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	error_vset(err, 0, fmt, ap);
	va_end(ap);
	return -1;
}

int error_sys(struct error *err, const char *fmt, ...)
{
	int errnum = errno;
	va_list ap;
	size_t len;

	va_start(ap, fmt);
	error_vset(err, errnum, fmt, ap);
	va_end(ap);
	len = strlen(err->msg);
	(void)snprintf(err->msg + len, sizeof err->msg - len, ": %s", strerror(errnum));
	return -1;
}

int error_at(struct error *err, const struct srcpos *pos, const char *fmt, ...)
{
	char where[256];
	va_list ap;

	va_start(ap, fmt);
	error_vset(err, 0, fmt, ap);
	va_end(ap);
	if (!pos->file)
		return -1;
	(void)snprintf(where, sizeof where,
		       pos->line == 0  ? "%s: "
		       : pos->col == 0 ? "%s:%u: "
				       : "%s:%u:%u: ",
		       pos->file, pos->line, pos->col);
	error_prefix(err, where);
	return -1;
}

int error_wrap(struct error *err, const char *fmt, ...)
{
	char prefix[256];
	va_list ap;
	size_t len;

	va_start(ap, fmt);
	(void)vsnprintf(prefix, sizeof prefix - 2, fmt, ap);
	va_end(ap);
	len = strlen(prefix);
	memcpy(prefix + len, ": ", 3);
	error_prefix(err, prefix);
	return -1;
}

int error_send(const struct error *err, int fd)
{
	return write(fd, err, sizeof *err) == (ssize_t)sizeof *err ? 0 : -1;
}

/* False at end of file: the close-on-exec end went away, so the exec worked. */
bool error_recv(struct error *err, int fd)
{
	ssize_t n;

	do
		n = read(fd, err, sizeof *err);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof *err;
}
