/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* color.c - answers for a terminal; see color.h */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run/color.h"

#define BOLD "\033[1m"
#define DIM "\033[2m"
#define RED "\033[1;31m"
#define PLAIN "\033[0m"

bool color_wanted(int fd)
{
	const char *off = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(fd) && !(off && *off) && term && strcmp(term, "dumb") != 0;
}

/* @begins: the place in a line from which on it is to look so, and how far; NULL: none.
 */
static void color(int fd, struct strbuf *text, const char *look,
		  const char *(*begins)(const char *line, size_t len, size_t *ret_len))
{
	struct strbuf out = { 0 };
	const char *at = strbuf_str(text);

	if (!color_wanted(fd))
		return;
	while (*at) {
		size_t len = strcspn(at, "\n"), part = 0;
		const char *from = begins(at, len, &part);

		if (from) {
			strbuf_addn(&out, at, (size_t)(from - at));
			strbuf_add(&out, look);
			strbuf_addn(&out, from, part);
			strbuf_add(&out, PLAIN);
			strbuf_addn(&out, from + part, len - part - (size_t)(from - at));
		} else {
			strbuf_addn(&out, at, len);
		}
		at += len;
		if (*at)
			strbuf_addc(&out, *at++);
	}
	strbuf_done(text);
	*text = out;
}

static const char *source_in(const char *line, size_t len, size_t *ret_len)
{
	static const char mark[] = "  # ";
	const char *at = memmem(line, len, mark, sizeof mark - 1);

	*ret_len = at ? len - (size_t)(at - line) : 0;
	return at;
}

void color_sources(struct strbuf *text)
{
	color(STDOUT_FILENO, text, DIM, source_in);
}

static const char *label_in(const char *line, size_t len, size_t *ret_len)
{
	size_t word = strcspn(line, " \n");

	*ret_len = word < len ? word : len;
	return len > 0 && *line != ' ' ? line : NULL;
}

void color_labels(struct strbuf *text)
{
	color(STDOUT_FILENO, text, BOLD, label_in);
}

/* "FILE:LINE:COL:", which no quoted line has in front. */
static const char *position_in(const char *line, size_t len, size_t *ret_len)
{
	const char *colon = *line == ' ' ? NULL : memmem(line, len, ": ", 2);

	if (!colon || colon == line || colon[-1] < '0' || colon[-1] > '9')
		return NULL;
	*ret_len = (size_t)(colon - line) + 1;
	return line;
}

/* Of a line that has nothing else. */
static const char *caret_in(const char *line, size_t len, size_t *ret_len)
{
	static const char margin[] = "      | ";
	const size_t head = sizeof margin - 1;

	*ret_len = 1;
	if (len <= head || strncmp(line, margin, head) != 0 || line[len - 1] != '^' ||
	    strspn(line + head, " \t") != len - head - 1)
		return NULL;
	return line + len - 1;
}

void color_mistakes(struct strbuf *text)
{
	color(STDERR_FILENO, text, BOLD, position_in);
	color(STDERR_FILENO, text, RED, caret_in);
}

void color_error(struct strbuf *text)
{
	color(STDERR_FILENO, text, RED, label_in);
}

void color_warning(struct strbuf *text)
{
	color(STDERR_FILENO, text, BOLD, label_in);
}
