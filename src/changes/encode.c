/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* encode.c - paths as text of one line that can be read back; see encode.h */
#include "config.h"

#include <string.h>

#include "changes/encode.h"

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '%' && c != '"' && c != '\\';
}

void encode_path(struct strbuf *out, const char *path)
{
	while (*path) {
		size_t len = 0;

		while (is_plain((unsigned char)path[len]))
			len++;
		strbuf_addn(out, path, len);
		path += len;
		if (*path)
			strbuf_printf(out, "%%%02X", (unsigned)(unsigned char)*path++);
	}
}

static int digit(char c)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

char *encode_read_path(struct arena *arena, const char *text, size_t len)
{
	char *path = arena_alloc(arena, len + 1), *to = path;

	for (size_t i = 0; i < len; i++) {
		int high, low;

		if (is_plain((unsigned char)text[i])) {
			*to++ = text[i];
			continue;
		}
		if (text[i] != '%' || len - i < 3)
			return NULL;
		high = digit(text[i + 1]);
		low = digit(text[i + 2]);
		if (high < 0 || low < 0 || is_plain((unsigned char)(high * 16 + low)) ||
		    high + low == 0)
			return NULL;
		*to++ = (char)(high * 16 + low);
		i += 2;
	}
	*to = '\0';
	return path;
}

bool encode_is_below(const char *path)
{
	for (;;) {
		size_t len = strcspn(path, "/");

		if (len == 0 || (len == 1 && path[0] == '.') ||
		    (len == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		if (!path[len])
			return true;
		path += len + 1;
	}
}
