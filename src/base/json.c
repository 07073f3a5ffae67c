/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* json.c - JSON, written piece by piece; see json.h */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/json.h"

/*
 * Whether something stands where the next value comes: what was written last tells, since
 * a value ends with none of these bytes, a string with its quote.
 */
static bool needs_comma(const struct strbuf *out)
{
	return out->len > 0 && !strchr("{[:, \n", out->s[out->len - 1]);
}

static void begin_member(struct strbuf *out, const char *name)
{
	if (needs_comma(out))
		strbuf_addc(out, ',');
	if (!name)
		return;
	strbuf_json(out, name);
	strbuf_addc(out, ':');
}

void json_object(struct strbuf *out, const char *name)
{
	begin_member(out, name);
	strbuf_addc(out, '{');
}

void json_object_end(struct strbuf *out)
{
	strbuf_addc(out, '}');
}

void json_array(struct strbuf *out, const char *name)
{
	begin_member(out, name);
	strbuf_addc(out, '[');
}

void json_array_end(struct strbuf *out)
{
	strbuf_addc(out, ']');
}

void json_null(struct strbuf *out, const char *name)
{
	begin_member(out, name);
	strbuf_add(out, "null");
}

void json_bool(struct strbuf *out, const char *name, bool value)
{
	begin_member(out, name);
	strbuf_add(out, value ? "true" : "false");
}

void json_number(struct strbuf *out, const char *name, int64_t value)
{
	begin_member(out, name);
	strbuf_printf(out, "%lld", (long long)value);
}

void json_count(struct strbuf *out, const char *name, uint64_t value)
{
	begin_member(out, name);
	strbuf_printf(out, "%llu", (unsigned long long)value);
}

void json_decimal(struct strbuf *out, const char *name, double value, int digits)
{
	begin_member(out, name);
	strbuf_printf(out, "%.*f", digits, value);
}

void json_text(struct strbuf *out, const char *name, const char *value)
{
	begin_member(out, name);
	if (value)
		strbuf_json(out, value);
	else
		strbuf_add(out, "null");
}

void json_format(struct strbuf *out, const char *name, const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		oom();
	va_end(ap);
	json_text(out, name, text);
}

void json_texts(struct strbuf *out, const char *name, const char *const *list)
{
	json_array(out, name);
	for (size_t i = 0; list && list[i]; i++)
		json_text(out, NULL, list[i]);
	json_array_end(out);
}
