/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * strbuf.h - a string that grows, and the writings of other people's strings
 *
 * Names, paths and commands come from profiles, hosts and payloads. What is
 * shown to a person goes through strbuf_escaped(), what is shown to a program
 * through strbuf_json(): neither lets a control character reach a terminal.
 */
#ifndef SBOX_STRBUF_H
#define SBOX_STRBUF_H

#include <stddef.h>

#include "base/error.h"

/* All-zero is empty. @s is NULL or NUL-terminated. Memory: as arena.h, no OOM result. */
struct strbuf {
	char *s;
	size_t len, cap;
};

/* Frees the text; @buf is empty then. */
void strbuf_done(struct strbuf *buf);
#define _cleanup_strbuf_ __attribute__((cleanup(strbuf_done)))

/* The text, "" when nothing was added. Valid until the next change. */
const char *strbuf_str(const struct strbuf *buf);

/* Append a string, @len bytes of one, or one byte. */
void strbuf_add(struct strbuf *buf, const char *s);
void strbuf_addn(struct strbuf *buf, const char *s, size_t len);
void strbuf_addc(struct strbuf *buf, char c);
/* @n times @c. */
void strbuf_fill(struct strbuf *buf, char c, size_t n);
_printf_(2, 3) void strbuf_printf(struct strbuf *buf, const char *fmt, ...);

/*
 * @s for a terminal: C0 and C1 controls, DEL, invalid UTF-8 and the bidirectional
 * and line-separating characters of Unicode as \xNN of their bytes; all else as it
 * is. A backslash stays one: this is for reading, not for reading back.
 */
void strbuf_escaped(struct strbuf *buf, const char *s, size_t len);

/* @s as a JSON string with its quotes; invalid UTF-8 becomes U+FFFD (RFC 8259). */
void strbuf_json(struct strbuf *buf, const char *s);

/* The length in bytes of the well-formed UTF-8 character at @s (RFC 3629), 0 if none. */
size_t utf8_length(const char *s, size_t len);

#endif
