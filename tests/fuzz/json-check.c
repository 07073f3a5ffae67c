/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* json-check.c - whether a text is JSON that any reader takes; see json-check.h */
#include "config.h"

#include <string.h>

#include "base/strbuf.h"
#include "json-check.h"

#define DEPTH_MAX 100
#define NAMES_MAX 256 /* of one object */

struct text {
	const char *p, *end;
};

static bool value(struct text *t, unsigned depth);

static bool take(struct text *t, char c)
{
	if (t->p == t->end || *t->p != c)
		return false;
	t->p++;
	return true;
}

static size_t take_set(struct text *t, const char *set)
{
	const char *start = t->p;

	while (t->p < t->end && *t->p && strchr(set, *t->p))
		t->p++;
	return (size_t)(t->p - start);
}

static bool word(struct text *t, const char *want)
{
	size_t len = strlen(want);

	if ((size_t)(t->end - t->p) < len || memcmp(t->p, want, len) != 0)
		return false;
	t->p += len;
	return true;
}

static bool number(struct text *t)
{
	static const char digits[] = "0123456789";

	(void)take(t, '-');
	if (!take(t, '0') && take_set(t, digits) == 0)
		return false;
	if (take(t, '.') && take_set(t, digits) == 0)
		return false;
	if (!take(t, 'e') && !take(t, 'E'))
		return true;
	if (!take(t, '+'))
		(void)take(t, '-');
	return take_set(t, digits) > 0;
}

/* What is behind a backslash. */
static bool escape(struct text *t)
{
	static const char hex[] = "0123456789abcdefABCDEF";
	const char *p = t->p;

	if (p == t->end)
		return false;
	t->p++;
	if (*p != 'u')
		return *p && strchr("\"\\/bfnrt", *p);
	t->p += 4;
	if (t->p > t->end ||
	    ((p[1] == 'd' || p[1] == 'D') && strchr("89abcdefABCDEF", p[2])))
		return false; /* too short, or half of a pair */
	return strspn(p + 1, hex) >= 4;
}

static bool string(struct text *t)
{
	if (!take(t, '"'))
		return false;
	while (!take(t, '"')) {
		size_t n = utf8_length(t->p, (size_t)(t->end - t->p));
		unsigned char c = n ? (unsigned char)*t->p : 0;

		if (c < 0x20 || c == 0x7f || (c == 0xc2 && (unsigned char)t->p[1] < 0xa0))
			return false;
		t->p += n;
		if (c == '\\' && !escape(t))
			return false;
	}
	return true;
}

static bool array(struct text *t, unsigned depth)
{
	if (take(t, ']'))
		return true;
	do {
		if (!value(t, depth + 1))
			return false;
	} while (take(t, ','));
	return take(t, ']');
}

static bool object(struct text *t, unsigned depth)
{
	struct text names[NAMES_MAX];
	size_t len = 0;

	if (take(t, '}'))
		return true;
	do {
		struct text name = { t->p, NULL };

		if (len == NAMES_MAX || !string(t))
			return false;
		name.end = t->p;
		for (size_t i = 0; i < len; i++)
			if (names[i].end - names[i].p == name.end - name.p &&
			    memcmp(names[i].p, name.p, (size_t)(name.end - name.p)) == 0)
				return false;
		names[len++] = name;
		if (!take(t, ':') || !value(t, depth + 1))
			return false;
	} while (take(t, ','));
	return take(t, '}');
}

static bool value(struct text *t, unsigned depth)
{
	if (depth > DEPTH_MAX || t->p == t->end)
		return false;
	switch (*t->p) {
	case '{':
		t->p++;
		return object(t, depth);
	case '[':
		t->p++;
		return array(t, depth);
	case '"':
		return string(t);
	case 't':
		return word(t, "true");
	case 'f':
		return word(t, "false");
	case 'n':
		return word(t, "null");
	default:
		return number(t);
	}
}

bool json_ok(const char *text, size_t len)
{
	struct text t = { text, text + len };

	return value(&t, 0) && t.p == t.end;
}
