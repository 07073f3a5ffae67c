/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* strbuf.c - growing strings and safe ways to show them; see strbuf.h */
#include "config.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/strbuf.h"

void strbuf_done(struct strbuf *buf)
{
	free(buf->s);
	*buf = (struct strbuf){ 0 };
}

const char *strbuf_str(const struct strbuf *buf)
{
	return buf->s ? buf->s : "";
}

static void reserve(struct strbuf *buf, size_t more)
{
	size_t want, cap = buf->cap ? buf->cap : 64;
	char *s;

	if (more > SIZE_MAX / 4 - buf->len)
		oom();
	want = buf->len + more + 1;
	while (cap < want)
		cap *= 2;
	if (cap == buf->cap)
		return;
	s = realloc(buf->s, cap);
	if (!s)
		oom();
	buf->s = s;
	buf->cap = cap;
}

void strbuf_addn(struct strbuf *buf, const char *s, size_t len)
{
	reserve(buf, len);
	if (len)
		memcpy(buf->s + buf->len, s, len);
	buf->len += len;
	buf->s[buf->len] = '\0';
}

void strbuf_add(struct strbuf *buf, const char *s)
{
	strbuf_addn(buf, s, strlen(s));
}

void strbuf_addc(struct strbuf *buf, char c)
{
	strbuf_addn(buf, &c, 1);
}

void strbuf_fill(struct strbuf *buf, char c, size_t n)
{
	reserve(buf, n);
	memset(buf->s + buf->len, c, n);
	buf->len += n;
	buf->s[buf->len] = '\0';
}

void strbuf_printf(struct strbuf *buf, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0)
		oom();
	reserve(buf, (size_t)len);
	va_start(ap, fmt);
	(void)vsnprintf(buf->s + buf->len, (size_t)len + 1, fmt, ap);
	va_end(ap);
	buf->len += (size_t)len;
}

/* How many bytes a UTF-8 character with this first byte has, and the bounds of its
 * second. */
static size_t utf8_lead(unsigned char c, unsigned char *lo, unsigned char *hi)
{
	*lo = 0x80;
	*hi = 0xbf;
	if (c < 0x80)
		return 1;
	if (c >= 0xc2 && c <= 0xdf)
		return 2;
	if (c >= 0xe0 && c <= 0xef) {
		*lo = c == 0xe0 ? 0xa0 : 0x80; /* no overlong form */
		*hi = c == 0xed ? 0x9f : 0xbf; /* no surrogate */
		return 3;
	}
	if (c >= 0xf0 && c <= 0xf4) {
		*lo = c == 0xf0 ? 0x90 : 0x80;
		*hi = c == 0xf4 ? 0x8f : 0xbf; /* not past U+10FFFF */
		return 4;
	}
	return 0;
}

size_t utf8_length(const char *s, size_t len)
{
	const unsigned char *u = (const unsigned char *)s;
	unsigned char lo, hi;
	size_t n;

	if (len == 0)
		return 0;
	n = utf8_lead(u[0], &lo, &hi);
	if (n == 0 || n > len)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if (u[i] < lo || u[i] > hi)
			return 0;
		lo = 0x80;
		hi = 0xbf;
	}
	return n;
}

static uint32_t utf8_code(const char *s, size_t n)
{
	static const unsigned char lead_mask[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t code = (unsigned char)s[0] & lead_mask[n];

	for (size_t i = 1; i < n; i++)
		code = code << 6 | ((unsigned char)s[i] & 0x3f);
	return code;
}

/* Characters that steer a terminal or turn the order of a line around (UAX #9). */
static bool code_is_hostile(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x061c || c == 0x200e ||
	       c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

void strbuf_escaped(struct strbuf *buf, const char *s, size_t len)
{
	while (len > 0) {
		size_t n = utf8_length(s, len);
		bool plain = n > 0 && !code_is_hostile(utf8_code(s, n));

		if (n == 0)
			n = 1;
		if (plain)
			strbuf_addn(buf, s, n);
		for (size_t i = 0; !plain && i < n; i++)
			strbuf_printf(buf, "\\x%02x", (unsigned char)s[i]);
		s += n;
		len -= n;
	}
}

void strbuf_json(struct strbuf *buf, const char *s)
{
	size_t len = strlen(s);

	strbuf_addc(buf, '"');
	while (len > 0) {
		size_t n = utf8_length(s, len);

		if (n == 0)
			strbuf_add(buf, "\\ufffd");
		else if (*s == '"' || *s == '\\')
			strbuf_printf(buf, "\\%c", *s);
		else if (code_is_hostile(utf8_code(s, n)))
			strbuf_printf(buf, "\\u%04x", utf8_code(s, n));
		else
			strbuf_addn(buf, s, n);
		n = n ? n : 1;
		s += n;
		len -= n;
	}
	strbuf_addc(buf, '"');
}
