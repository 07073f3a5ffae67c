/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mountinfo.c - mount points of the host; see mountinfo.h */
#include "config.h"

#include <string.h>

#include "base/path.h"
#include "box/host/mountinfo.h"

#define FIELD_MOUNT_POINT 4 /* counted from 0 */

static bool is_octal(const char *s)
{
	return s[0] >= '0' && s[0] <= '3' && s[1] >= '0' && s[1] <= '7' && s[2] >= '0' &&
	       s[2] <= '7';
}

/* Space, tab, newline and backslash are "\040" and the like. */
static const char *unescape(struct arena *arena, const char *s, size_t len)
{
	char *text = arena_strndup(arena, s, len), *to = text;

	for (const char *from = text; *from; to++) {
		if (*from == '\\' && is_octal(from + 1)) {
			*to = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 +
				     (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
	return text;
}

/* The mount point of the line that begins at @line; NULL: it has none. */
static const char *mount_point(struct arena *arena, const char *line)
{
	for (int i = 0; i < FIELD_MOUNT_POINT; i++) {
		line += strcspn(line, " \n");
		if (*line != ' ')
			return NULL;
		line++;
	}
	return unescape(arena, line, strcspn(line, " \n"));
}

const char *mountinfo_below(struct arena *arena, const char *text, const char *path)
{
	while (*text) {
		const char *point = mount_point(arena, text);

		if (point && path_within(point, path) && strcmp(point, path) != 0)
			return point;
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return NULL;
}
