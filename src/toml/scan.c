/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* scan.c - places, mistakes and the way on after one; see scan.h */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "toml/scan.h"

void scan_init(struct scan *s, const struct srcpos *base, const char *text, size_t len)
{
	*s = (struct scan){ .arena = s->arena, .diags = s->diags };
	s->base = *base;
	s->p = text;
	s->end = text + len;
	s->line_start = text;
	s->fresh = text;
}

void scan_done(struct scan *s)
{
	strbuf_done(&s->text);
}

struct srcpos scan_pos(const struct scan *s, const char *p)
{
	struct srcpos pos = s->base;

	if (pos.line == 0)
		return pos;
	pos.line += s->newlines;
	pos.col = (s->newlines ? 1 : pos.col) + (unsigned)(p - s->line_start);
	return pos;
}

int scan_mistake(struct scan *s, enum mistake kind, const struct srcpos *pos,
		 const char *fmt, ...)
{
	char msg[512];
	va_list ap;

	if (kind == MISTAKE_FAIL && s->quiet)
		return -1;
	if (kind != MISTAKE_SAY && s->said == s->newlines + 1)
		return -1;
	if (kind != MISTAKE_SAY)
		s->said = s->newlines + 1;
	va_start(ap, fmt);
	(void)vsnprintf(msg, sizeof msg, fmt, ap);
	va_end(ap);
	return diag_add(s->diags, pos, "%s", msg);
}

int scan_expected(struct scan *s, const char *what)
{
	struct srcpos pos = scan_pos(s, s->p);
	char buf[SCAN_SHOWN];

	return scan_fail(s, &pos, "expected %s, found %s", what, scan_found(s, buf));
}

int scan_too_deep(struct scan *s, const struct srcpos *pos)
{
	return scan_fail(s, pos, "more than %d arrays and tables in each other",
			 TOML_MAX_DEPTH);
}

const char *scan_shown(char buf[SCAN_SHOWN], const char *text, size_t len)
{
	const size_t most = 40;
	size_t shown = len;

	if (shown > most) {
		shown = most;
		while (shown > most - 4 && ((unsigned char)text[shown] & 0xc0) == 0x80)
			shown--;
	}
	(void)snprintf(buf, SCAN_SHOWN, "%.*s%s", (int)shown, text,
		       shown < len ? "..." : "");
	return buf;
}

const char *scan_word_end(const char *p, const char *end)
{
	while (p < end && (scan_is_bare(*p) || *p == '.' || *p == ':' || *p == '+'))
		p++;
	return p;
}

const char *scan_found(const struct scan *s, char buf[SCAN_SHOWN])
{
	size_t left = (size_t)(s->end - s->p), n = utf8_length(s->p, left);
	unsigned char c = left ? (unsigned char)*s->p : 0;
	size_t word = (size_t)(scan_word_end(s->p, s->end) - s->p);
	char shown[SCAN_SHOWN];

	if (left == 0)
		return "the end of the text";
	if (scan_at_newline(s))
		return "the end of the line";
	if (c == '#')
		return "a comment";
	if (c == '"' || c == '\'')
		return "a string";
	if (c == '\r')
		return "a carriage return without a line feed";
	if (n == 0)
		(void)snprintf(buf, SCAN_SHOWN, "the byte 0x%02x, which is not UTF-8", c);
	else if ((c < 0x20 && c != '\t') || c == 0x7f)
		(void)snprintf(buf, SCAN_SHOWN, "the control character U+%04X", c);
	else
		(void)snprintf(buf, SCAN_SHOWN, "\"%.60s\"",
			       scan_shown(shown, s->p, word > n ? word : n));
	return buf;
}

bool scan_is_bare(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool scan_at_newline(const struct scan *s)
{
	if (s->p == s->end)
		return false;
	return *s->p == '\n' || (*s->p == '\r' && s->end - s->p > 1 && s->p[1] == '\n');
}

bool scan_take(struct scan *s, char c)
{
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

bool scan_newline(struct scan *s)
{
	if (!scan_at_newline(s))
		return false;
	s->p += *s->p == '\r' ? 2 : 1;
	s->newlines++;
	s->line_start = s->p;
	return true;
}

bool scan_comment(struct scan *s)
{
	if (!scan_take(s, '#'))
		return false;
	while (s->p < s->end && !scan_at_newline(s))
		(void)scan_char(s, "a comment");
	return true;
}

void scan_blank(struct scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t'))
		s->p++;
}

void scan_gap(struct scan *s)
{
	for (;;) {
		scan_blank(s);
		(void)scan_comment(s);
		if (!scan_newline(s))
			return;
		s->fresh = s->p;
	}
}

bool scan_char(struct scan *s, const char *where)
{
	size_t n = utf8_length(s->p, (size_t)(s->end - s->p));
	unsigned char c = (unsigned char)*s->p;
	struct srcpos pos;

	if (n > 0 && c != 0x7f && (c >= 0x20 || c == '\t')) {
		s->p += n;
		return true;
	}
	pos = scan_pos(s, s->p++);
	if (n == 0)
		(void)scan_note(s, &pos, "the byte 0x%02x in %s is not UTF-8", c, where);
	else if (c == '\r')
		(void)scan_note(s, &pos, "carriage return without a line feed in %s",
				where);
	else
		(void)scan_note(s, &pos, "control character U+%04X in %s", c, where);
	return false;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The end of the one-line string at @p: behind its closing quote, or its line's end. */
static const char *string_end(const char *p, const char *end)
{
	char quote = *p++;

	while (p < end && *p != quote && *p != '\n') {
		if (*p++ == '\\' && quote == '"' && p < end && *p != '\n')
			p++;
	}
	return p < end && *p == quote ? p + 1 : p;
}

static const char *blank_end(const char *p, const char *eol)
{
	while (p < eol && is_blank(*p))
		p++;
	return p;
}

/* Behind the key at @p and the blanks after it; @p itself if there is none. */
static const char *key_end(const char *p, const char *eol)
{
	const char *start = p, *part;

	for (;; p++) {
		p = part = blank_end(p, eol);
		if (p < eol && (*p == '"' || *p == '\''))
			p = string_end(p, eol);
		while (p < eol && scan_is_bare(*p))
			p++;
		if (p == part)
			return start;
		p = blank_end(p, eol);
		if (p == eol || *p != '.')
			return p;
	}
}

/*
 * Whether the line at @line looks like the beginning of a statement rather than like a
 * part of a broken value. A header must not be indented: elements of an array are.
 * What ends with a comma is a line of an inline table that was broken up.
 */
static bool is_statement(const char *line, const char *end)
{
	const char *eol = memchr(line, '\n', (size_t)(end - line));
	const char *key = line, *p;
	bool header = line < end && *line == '[';

	eol = eol ? eol : end;
	if (header)
		key += eol - line > 1 && line[1] == '[' ? 2 : 1;
	p = key_end(key, eol);
	if (p == key || p == eol)
		return false;
	if (!header) {
		while (eol > p && is_blank(eol[-1]))
			eol--;
		return *p == '=' && eol[-1] != ',';
	}
	if (*p++ != ']')
		return false;
	p = blank_end(p < eol && *p == ']' ? p + 1 : p, eol);
	return p == eol || *p == '#';
}

bool scan_at_pair(const struct scan *s)
{
	return s->fresh == s->line_start && s->p < s->end && *s->p != '[' &&
	       s->p == blank_end(s->line_start, s->end) && is_statement(s->p, s->end);
}

/* Passes a string of any kind; three quotes that nothing closes are just quotes. */
static void skip_string(struct scan *s)
{
	const char *close = NULL;
	char quotes[3] = { *s->p, *s->p, *s->p };

	if (s->end - s->p > 3 && memcmp(s->p, quotes, 3) == 0) {
		close = memmem(s->p + 3, (size_t)(s->end - s->p - 3), quotes, 3);
		s->p += 3;
		while (close && s->p < close + 3) {
			if (!scan_newline(s))
				s->p++;
		}
		return;
	}
	s->p = string_end(s->p, s->end);
}

/* Passes one byte, string or comment of a broken statement with @depth open brackets. */
static void skip_one(struct scan *s, unsigned *depth)
{
	char c = *s->p;

	if (c == '"' || c == '\'') {
		skip_string(s);
		return;
	}
	if (c == '#') {
		while (s->p < s->end && !scan_at_newline(s))
			s->p++;
		return;
	}
	s->p++;
	if (c == '[' || c == '{')
		(*depth)++;
	else if ((c == ']' || c == '}') && *depth > 0)
		(*depth)--;
}

void scan_recover(struct scan *s, unsigned first)
{
	unsigned depth = s->open;

	/* an unclosed bracket swallows the next statement and fails inside of it */
	if (s->newlines > first && s->fresh == s->line_start &&
	    is_statement(s->line_start, s->end)) {
		s->p = s->line_start;
		s->said = 0; /* that was about the statement before */
		return;
	}
	while (s->p < s->end) {
		if (!scan_newline(s))
			skip_one(s, &depth);
		else if (depth == 0 || is_statement(s->p, s->end))
			return;
	}
}
