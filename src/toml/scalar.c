/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* scalar.c - strings, numbers, booleans, dates and times; see scan.h */
#include "config.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "toml/scan.h"

/* Adds the UTF-8 of @code, a Unicode scalar value (RFC 3629). */
static void add_code(struct strbuf *buf, uint32_t code)
{
	if (code < 0x80) {
		strbuf_addc(buf, (char)code);
		return;
	}
	if (code < 0x800) {
		strbuf_addc(buf, (char)(0xc0 | code >> 6));
	} else if (code < 0x10000) {
		strbuf_addc(buf, (char)(0xe0 | code >> 12));
		strbuf_addc(buf, (char)(0x80 | (code >> 6 & 0x3f)));
	} else {
		strbuf_addc(buf, (char)(0xf0 | code >> 18));
		strbuf_addc(buf, (char)(0x80 | (code >> 12 & 0x3f)));
		strbuf_addc(buf, (char)(0x80 | (code >> 6 & 0x3f)));
	}
	strbuf_addc(buf, (char)(0x80 | (code & 0x3f)));
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 99;
}

/* The @n hexadecimal digits of the escape \u or \U at @pos. */
static void unicode_escape(struct scan *s, const struct srcpos *pos, int n)
{
	uint32_t code = 0;

	for (int i = 0; i < n; i++) {
		if (s->p == s->end || digit_value(*s->p) > 15) {
			(void)scan_note(s, pos,
					"expected %d hexadecimal digits after \"\\%c\"",
					n, n == 4 ? 'u' : 'U');
			return;
		}
		code = code << 4 | (uint32_t)digit_value(*s->p++);
	}
	if (code == 0)
		(void)scan_note(s, pos, "a NUL character is not allowed in a string");
	else if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		(void)scan_note(s, pos, "U+%04X is not a Unicode character", code);
	else
		add_code(&s->text, code);
}

/* A backslash at the end of a line passes all white space up to the next text. */
static bool line_continues(struct scan *s)
{
	const char *start = s->p;

	scan_blank(s);
	if (!scan_newline(s)) {
		s->p = start;
		return false;
	}
	do
		scan_blank(s);
	while (scan_newline(s));
	return true;
}

static void escape(struct scan *s, bool multi)
{
	static const char names[] = "btnfr\"\\", codes[] = "\b\t\n\f\r\"\\";
	struct srcpos pos = scan_pos(s, s->p++);
	const char *name;
	char buf[SCAN_SHOWN];

	if (multi && line_continues(s))
		return;
	if (s->p == s->end || scan_at_newline(s))
		return; /* not closed: that is what is wrong */
	name = *s->p ? strchr(names, *s->p) : NULL;
	if (name) {
		strbuf_addc(&s->text, codes[name - names]);
		s->p++;
	} else if (*s->p == 'u' || *s->p == 'U') {
		unicode_escape(s, &pos, *s->p++ == 'u' ? 4 : 8);
	} else {
		size_t n = utf8_length(s->p, (size_t)(s->end - s->p));

		(void)scan_note(
			s, &pos,
			"unknown escape \"\\%s\": write \"\\\\\" for a backslash, "
			"or the string in single quotes",
			scan_shown(buf, s->p, n ? n : 1));
	}
}

/* Passes the quotes at p, which close the string or belong to it. */
static bool quotes_close(struct scan *s, char quote, bool multi)
{
	int n = 0;

	/* up to two quotes may stand in front of the three that close */
	while (n < (multi ? 5 : 1) && scan_take(s, quote))
		n++;
	if (!multi)
		return true;
	for (int i = n >= 3 ? 3 : 0; i < n; i++)
		strbuf_addc(&s->text, quote);
	return n >= 3;
}

/* Passes ordinary text, or the one character that is not. */
static void plain_text(struct scan *s, char quote)
{
	const char *start = s->p;

	while (s->p < s->end && *s->p >= ' ' && *s->p < 0x7f && *s->p != quote &&
	       (*s->p != '\\' || quote == '\''))
		s->p++;
	if (s->p > start || scan_char(s, "a string"))
		strbuf_addn(&s->text, start, (size_t)(s->p - start));
}

int scan_string(struct scan *s)
{
	struct srcpos pos = scan_pos(s, s->p);
	char quote = *s->p;
	bool multi = s->end - s->p >= 3 && s->p[1] == quote && s->p[2] == quote;

	s->p += multi ? 3 : 1;
	s->text.len = 0;
	strbuf_add(&s->text, "");
	if (multi)
		(void)scan_newline(s); /* a newline right after the quotes is trimmed */
	while (s->p < s->end && (multi || !scan_at_newline(s))) {
		if (*s->p == quote) {
			if (quotes_close(s, quote, multi))
				return 0;
		} else if (*s->p == '\\' && quote == '"') {
			escape(s, multi);
		} else if (scan_newline(s)) {
			strbuf_addc(&s->text, '\n');
		} else {
			plain_text(s, quote);
		}
	}
	return scan_fail(s, &pos, "unterminated string: closing %.*s is missing",
			 multi ? 3 : 1, quote == '"' ? "\"\"\"" : "'''");
}

static int scan_text(struct scan *s, struct toml_value *value)
{
	if (scan_string(s) < 0)
		return -1;
	value->type = TOML_STRING;
	value->string.s = arena_strndup(s->arena, s->text.s, s->text.len);
	value->string.len = s->text.len;
	return 0;
}

/* A word from the text, and what is left of it. */
struct word {
	const char *p, *end;
};

/* Passes exactly @n digits. */
static bool word_digits(struct word *w, int n, unsigned *ret)
{
	unsigned value = 0;

	if (w->end - w->p < n)
		return false;
	for (int i = 0; i < n; i++, w->p++) {
		if (digit_value(*w->p) > 9)
			return false;
		value = value * 10 + (unsigned)digit_value(*w->p);
	}
	*ret = value;
	return true;
}

/* Passes one character of @set. */
static bool word_take(struct word *w, const char *set)
{
	if (w->p == w->end || !strchr(set, *w->p))
		return false;
	w->p++;
	return true;
}

static bool word_is(const struct word *w, const char *text)
{
	return (size_t)(w->end - w->p) == strlen(text) &&
	       memcmp(w->p, text, strlen(text)) == 0;
}

static bool is_date(unsigned year, unsigned month, unsigned day)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30,
					      31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	if (year < 1 || month < 1 || month > 12 || day < 1)
		return false;
	return day <= days[month - 1] + (month == 2 && leap ? 1U : 0U);
}

/*
 * hh:mm:ss with a fraction. *ret: whether there is such a time; a second 60 is the
 * leap second of RFC 3339 section 5.7, whose dates nobody knows in advance.
 */
static bool word_time(struct word *w, bool *ret)
{
	unsigned hour, minute, second, digit;

	if (!word_digits(w, 2, &hour) || !word_take(w, ":") ||
	    !word_digits(w, 2, &minute) || !word_take(w, ":") ||
	    !word_digits(w, 2, &second))
		return false;
	if (word_take(w, ".")) {
		if (!word_digits(w, 1, &digit))
			return false;
		while (word_digits(w, 1, &digit))
			;
	}
	*ret = hour <= 23 && minute <= 59 && second <= 60;
	return true;
}

/* Z or +hh:mm or -hh:mm or nothing. */
static bool word_offset(struct word *w, bool *ret)
{
	unsigned hour = 0, minute = 0;

	if (!word_take(w, "Zz") && word_take(w, "+-") &&
	    (!word_digits(w, 2, &hour) || !word_take(w, ":") ||
	     !word_digits(w, 2, &minute)))
		return false;
	*ret = hour <= 23 && minute <= 59;
	return true;
}

/* A date, or a time, or both; *ret: whether the calendar and the clock have it. */
static bool word_datetime(struct word *w, bool *ret)
{
	unsigned year, month, day;
	bool date = true, hour = true, offset = true;

	if (w->end - w->p > 2 && w->p[2] == ':')
		return word_time(w, ret);
	if (!word_digits(w, 4, &year) || !word_take(w, "-") ||
	    !word_digits(w, 2, &month) || !word_take(w, "-") || !word_digits(w, 2, &day))
		return false;
	date = is_date(year, month, day);
	if (word_take(w, "Tt ") && (!word_time(w, &hour) || !word_offset(w, &offset)))
		return false;
	*ret = date && hour && offset;
	return true;
}

static void scan_datetime(struct scan *s, const struct word *word,
			  struct toml_value *value)
{
	struct srcpos pos = scan_pos(s, word->p);
	struct word w = *word;
	char buf[SCAN_SHOWN];
	bool exists;

	value->type = TOML_DATETIME;
	value->datetime = arena_strndup(s->arena, w.p, (size_t)(w.end - w.p));
	(void)scan_shown(buf, w.p, (size_t)(w.end - w.p));
	if (!word_datetime(&w, &exists) || w.p != w.end)
		(void)scan_note(s, &pos,
				"expected a date or time as in 1979-05-27T07:32:00Z, "
				"found \"%s\"",
				buf);
	else if (!exists)
		(void)scan_note(s, &pos, "there is no such date or time: \"%s\"", buf);
}

/* Passes digits with single underscores between them; false if it is not that. */
static bool word_number(struct word *w, int base)
{
	do {
		const char *start = w->p;

		while (w->p < w->end && digit_value(*w->p) < base)
			w->p++;
		if (w->p == start)
			return false;
	} while (word_take(w, "_"));
	return true;
}

/* The number in @w, which word_number() has seen; NULL or what is wrong with it. */
static const char *to_integer(const struct word *w, int base, bool negative, int64_t *ret)
{
	uint64_t value = 0, most = (uint64_t)INT64_MAX + negative;

	for (const char *p = w->p; p < w->end; p++) {
		if (*p != '_' &&
		    (__builtin_mul_overflow(value, (uint64_t)base, &value) ||
		     __builtin_add_overflow(value, digit_value(*p), &value) ||
		     value > most))
			return "integer out of range, 64 bits at most";
	}
	*ret = (int64_t)(negative ? 0 - value : value);
	return NULL;
}

/* In the C locale: elsewhere the decimal point may be a comma. */
static double to_real(struct scan *s, const struct word *w)
{
	locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	double value;

	if (c == (locale_t)0)
		oom();
	s->text.len = 0;
	strbuf_add(&s->text, "");
	for (const char *p = w->p; p < w->end; p++) {
		if (*p != '_')
			strbuf_addc(&s->text, *p);
	}
	value = strtod_l(s->text.s, NULL, c);
	freelocale(c);
	return value;
}

/* The @digits behind 0x, 0o or 0b, by its @letter; NULL or what is wrong. */
static const char *prefixed(const struct word *digits, char letter,
			    struct toml_value *value)
{
	const char *mistake = "malformed binary number";
	struct word w = *digits;
	int base = 2;

	if (letter == 'x') {
		mistake = "malformed hexadecimal number";
		base = 16;
	} else if (letter == 'o') {
		mistake = "malformed octal number";
		base = 8;
	}
	if (!word_number(&w, base) || w.p != w.end)
		return mistake;
	return to_integer(digits, base, false, &value->integer);
}

/* Passes what makes a number a float: a fraction, an exponent or both. */
static bool word_fraction(struct word *w)
{
	if (word_take(w, ".") && !word_number(w, 10))
		return false;
	if (!word_take(w, "eE"))
		return true;
	(void)word_take(w, "+-");
	return word_number(w, 10);
}

static const char malformed[] = "malformed number";

/* The number @word; NULL or what is wrong. */
static const char *number(struct scan *s, const struct word *word,
			  struct toml_value *value)
{
	struct word w = *word, digits;
	bool negative = *w.p == '-', sign = word_take(&w, "+-");

	digits = w;
	if (w.end - w.p > 1 && w.p[0] == '0' && strchr("xob", w.p[1])) {
		w.p += 2;
		return sign ? "a sign is for decimal numbers only"
			    : prefixed(&w, w.p[-1], value);
	}
	if (!word_is(&w, "inf") && !word_is(&w, "nan")) {
		if (!word_number(&w, 10))
			return malformed;
		if (*digits.p == '0' && w.p - digits.p > 1)
			return "leading zeros are not allowed";
		if (w.p == w.end)
			return to_integer(&digits, 10, negative, &value->integer);
		if (!word_fraction(&w) || w.p != w.end)
			return malformed;
	}
	value->type = TOML_FLOAT;
	value->real = to_real(s, word);
	return NULL;
}

/* "4G", which somebody took for a value. */
static bool has_letters(const struct word *word)
{
	const char *p = word->p;

	while (p < word->end && strchr("+-.0123456789_eE", *p))
		p++;
	return p < word->end;
}

static void scan_number(struct scan *s, const struct word *word, struct toml_value *value)
{
	struct srcpos pos = scan_pos(s, word->p);
	const char *mistake;
	char buf[SCAN_SHOWN];

	value->type = TOML_INTEGER;
	mistake = number(s, word, value);
	if (mistake)
		(void)scan_note(s, &pos, "%s: \"%s\"%s", mistake,
				scan_shown(buf, word->p, (size_t)(word->end - word->p)),
				mistake == malformed && has_letters(word)
					? " (text needs quotes)"
					: "");
}

static bool is_datetime(const struct word *w)
{
	unsigned ignored;
	struct word two = *w, four = *w;

	return (word_digits(&two, 2, &ignored) && word_take(&two, ":")) ||
	       (word_digits(&four, 4, &ignored) && word_take(&four, "-"));
}

int scan_scalar(struct scan *s, struct toml_value *value)
{
	struct srcpos pos = scan_pos(s, s->p);
	struct word w = { s->p, scan_word_end(s->p, s->end) };
	char buf[SCAN_SHOWN];

	if (s->p < s->end && (*s->p == '"' || *s->p == '\''))
		return scan_text(s, value);
	if (word_is(&w, "true") || word_is(&w, "false")) {
		value->type = TOML_BOOL;
		value->boolean = *w.p == 't';
	} else if (is_datetime(&w)) {
		/* a blank may stand for the T between date and time */
		if (w.end - w.p == 10 && s->end - w.end > 1 && *w.end == ' ' &&
		    digit_value(w.end[1]) < 10)
			w.end = scan_word_end(w.end + 1, s->end);
		scan_datetime(s, &w, value);
	} else if (w.p < w.end && (digit_value(*w.p) < 10 || strchr("+-.", *w.p) ||
				   word_is(&w, "inf") || word_is(&w, "nan"))) {
		scan_number(s, &w, value);
	} else {
		bool text =
			w.p < w.end || (s->p < s->end && *s->p && strchr("/~$@%", *s->p));

		return scan_fail(s, &pos, "expected a value, found %s%s",
				 scan_found(s, buf), text ? ": text needs quotes" : "");
	}
	s->p = w.end;
	return 0;
}
