/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* findings.c - what a look has found, as bytes; see findings.h */
#include "config.h"

#include <string.h>

#include "base/io.h"
#include "base/strbuf.h"
#include "box/guard/findings.h"

#define TEXTS 5

enum {
	FINDING_PROFILE = 1 << TEXTS,
	FINDING_UNSEEN = 2 << TEXTS,
	FINDING_ALL = (4 << TEXTS) - 1, /* below: bit n for text n */
};

int findings_write(const struct guard_findings *found, int fd)
{
	_cleanup_strbuf_ struct strbuf bytes = { 0 };

	for (size_t i = 0; i < found->len; i++) {
		const struct guard_finding *f = &found->list[i];
		const char *const texts[TEXTS] = { f->program, f->why, f->what, f->moved,
						   f->error };
		int has = (f->by_profile ? FINDING_PROFILE : 0) |
			  (f->unseen ? FINDING_UNSEEN : 0);

		for (int n = 0; n < TEXTS; n++)
			has |= texts[n] ? 1 << n : 0;
		strbuf_addc(&bytes, (char)has);
		strbuf_addn(&bytes, f->path, strlen(f->path) + 1);
		for (int n = 0; n < TEXTS; n++)
			if (texts[n])
				strbuf_addn(&bytes, texts[n], strlen(texts[n]) + 1);
	}
	return io_write_all(fd, strbuf_str(&bytes), bytes.len);
}

/* The text at *at, which is behind it afterwards; NULL: it has no end. */
static const char *text(const char **at, const char *end, struct arena *arena)
{
	const char *nul = memchr(*at, '\0', (size_t)(end - *at)), *begin = *at;

	if (!nul)
		return NULL;
	*at = nul + 1;
	return arena_strndup(arena, begin, (size_t)(nul - begin));
}

static int read_one(const char **at, const char *end, struct arena *arena,
		    struct guard_finding *ret)
{
	const char **const texts[TEXTS] = { &ret->program, &ret->why, &ret->what,
					    &ret->moved, &ret->error };
	const int has = (unsigned char)*(*at)++;

	if (has & ~FINDING_ALL)
		return -1;
	ret->by_profile = has & FINDING_PROFILE;
	ret->unseen = has & FINDING_UNSEEN;
	ret->path = text(at, end, arena);
	for (int n = 0; ret->path && n < TEXTS; n++)
		if ((has & 1 << n) && !(*texts[n] = text(at, end, arena)))
			return -1;
	return ret->path ? 0 : -1;
}

int findings_read(const char *bytes, size_t len, struct arena *arena,
		  struct guard_findings *ret)
{
	const char *at = bytes, *end = bytes + len;

	while (at < end) {
		struct guard_finding *finding =
			arena_append(arena, &ret->list, &ret->len, sizeof *finding);

		if (read_one(&at, end, arena, finding) < 0)
			return -1;
	}
	return 0;
}
