/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host.c - what files of the host say of the caller; see host.h */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/path.h"
#include "plan/host.h"
#include "policy/units.h"

#define ID_MAX INT64_C(4294967294) /* 2^32 - 1 means "no id" to the kernel */

/* The field at @line into @text, "" if it is too long; returns where it ends. */
static const char *field(const char *line, char *text, size_t size)
{
	size_t len = strcspn(line, ":\n");

	(void)snprintf(text, size, "%.*s", (int)(len < size ? len : 0), line);
	return line + len;
}

/* "FIRST:COUNT", to the end of the line. */
static int parse_range(const char *p, struct subid_range *ret)
{
	struct subid_range range;
	char first[24], count[24];

	p = field(p, first, sizeof first);
	if (*p != ':')
		return -1;
	p = field(p + 1, count, sizeof count);
	if (*p == ':' || units_number(first, ID_MAX, &range.first) < 0 ||
	    units_number(count, ID_MAX - range.first, &range.count) < 0 ||
	    range.first == 0 || range.count == 0)
		return -1;
	*ret = range;
	return 0;
}

void host_subids(const char *text, const char *name, uid_t id, struct subid_range *ret)
{
	char owner[64], number[16];

	*ret = (struct subid_range){ 0, 0 };
	(void)snprintf(number, sizeof number, "%u", (unsigned)id);
	for (const char *line = text; line; line = strchr(line, '\n')) {
		const char *p;

		line += *line == '\n';
		p = field(line, owner, sizeof owner);
		if (*p == ':' && *owner &&
		    (strcmp(owner, number) == 0 || (name && strcmp(owner, name) == 0)) &&
		    parse_range(p + 1, ret) == 0)
			return;
	}
}

/* The first line of number @id in @text and the length of its name; NULL: there is none.
 */
static const char *line_of(const char *text, int64_t id, size_t *ret_len)
{
	char number[24];
	int64_t found;

	for (const char *line = text; line; line = strchr(line, '\n')) {
		const char *p;
		size_t len;

		line += *line == '\n';
		line += strspn(line, " \t");
		len = strcspn(line, ":\n");
		p = line + len;
		if (len == 0 || strchr("#+-", *line) || *p != ':')
			continue;
		p += 1 + strcspn(p + 1, ":\n"); /* the password */
		if (*p != ':')
			continue;
		p = field(p + 1, number, sizeof number);
		if (*p != ':' || units_number(number, ID_MAX, &found) < 0 || found != id)
			continue;
		*ret_len = len;
		return line;
	}
	return NULL;
}

const char *host_name(struct arena *arena, const char *text, int64_t id)
{
	size_t len;
	const char *line = line_of(text, id, &len);

	return line ? arena_strndup(arena, line, len) : NULL;
}

void host_account(struct arena *arena, const char *text, int64_t id,
		  struct host_account *ret)
{
	size_t len;
	const char *line = line_of(text, id, &len), *p = line;

	*ret = (struct host_account){ NULL, NULL };
	if (!line)
		return;
	ret->name = arena_strndup(arena, line, len);
	for (int i = 0; i < 5; i++) { /* name, password, number, group, comment */
		p += strcspn(p, ":\n");
		if (*p != ':')
			return;
		p++;
	}
	ret->home = path_clean(arena, arena_strndup(arena, p, strcspn(p, ":\n")));
}
