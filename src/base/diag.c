/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* diag.c - collect mistakes and show them with their lines; see diag.h */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/diag.h"

#define LINE_SHOWN 160 /* bytes of a source line that are shown at the most */
#define NAME_MAX_LEN 64

const char *diag_source(struct diags *diags, const char *name, const char *text, size_t len)
{
	struct source *source = arena_alloc(diags->arena, sizeof *source);

	*source = (struct source){ name, text, len, diags->sources };
	diags->sources = source;
	return name;
}

int diag_add(struct diags *diags, const struct srcpos *pos, const char *fmt, ...)
{
	char msg[1024];
	struct diag *diag;
	va_list ap;

	diags->total++;
	if (diags->len == DIAG_MAX)
		return -1;
	va_start(ap, fmt);
	(void)vsnprintf(msg, sizeof msg, fmt, ap);
	va_end(ap);
	diag = arena_append(diags->arena, &diags->list, &diags->len, sizeof *diag);
	diag->pos = *pos;
	diag->msg = arena_strdup(diags->arena, msg);
	return -1;
}

/* The text of line @number of the source called @file; NULL if it is not there. */
static const char *find_line(const struct diags *diags, const struct srcpos *pos, size_t *len)
{
	const struct source *source = diags->sources;
	const char *p, *end, *eol;

	while (source && source->name != pos->file)
		source = source->next;
	if (!source || pos->line == 0)
		return NULL;
	p = source->text;
	end = p + source->len;
	for (unsigned line = 1; line < pos->line; line++) {
		p = memchr(p, '\n', (size_t)(end - p));
		if (!p++)
			return NULL;
	}
	eol = memchr(p, '\n', (size_t)(end - p));
	*len = (size_t)((eol ? eol : end) - p);
	return p;
}

/*
 * Long lines are cut: what is shown is a window around the column. Tabs are
 * kept in the line and in front of the caret, so the two stay aligned.
 */
static void print_line(struct strbuf *out, const struct srcpos *pos, const char *line,
		       size_t len)
{
	size_t col = pos->col > 0 ? pos->col - 1 : 0, from = 0, shown;

	if (col > len)
		col = len;
	if (col > LINE_SHOWN / 2)
		from = col - LINE_SHOWN / 2;
	while (from > 0 && from < len && ((unsigned char)line[from] & 0xc0) == 0x80)
		from--;
	shown = len - from < LINE_SHOWN ? len - from : LINE_SHOWN;
	while (shown > 0 && from + shown < len &&
	       ((unsigned char)line[from + shown] & 0xc0) == 0x80)
		shown--;
	strbuf_printf(out, "%5u | %s", pos->line, from ? "..." : "");
	for (size_t i = from; i < from + shown;) {
		size_t n = strcspn(line + i, "\t");

		n = n < from + shown - i ? n : from + shown - i;
		strbuf_escaped(out, line + i, n);
		i += n;
		if (i < from + shown) {
			strbuf_addc(out, '\t');
			i++;
		}
	}
	strbuf_printf(out, "%s\n      | %s", from + shown < len ? "..." : "", from ? "   " : "");
	for (size_t i = from; i < col;) {
		size_t n = utf8_length(line + i, len - i);
		struct strbuf one = { 0 };

		n = n ? n : 1;
		if (line[i] == '\t') {
			strbuf_addc(out, '\t');
		} else {
			strbuf_escaped(&one, line + i, n);
			/* an escaped character is as wide as its escape, any other one column */
			for (size_t w = one.len > n ? one.len : 1; w > 0; w--)
				strbuf_addc(out, ' ');
		}
		strbuf_done(&one);
		i += n;
	}
	strbuf_add(out, "^\n");
}

void diag_print(const struct diags *diags, struct strbuf *out)
{
	for (size_t i = 0; i < diags->len; i++) {
		const struct diag *diag = &diags->list[i];
		size_t len = 0;
		const char *line = find_line(diags, &diag->pos, &len);

		if (diag->pos.file) {
			strbuf_escaped(out, diag->pos.file, strlen(diag->pos.file));
			if (diag->pos.line)
				strbuf_printf(out, ":%u", diag->pos.line);
			if (diag->pos.line && diag->pos.col)
				strbuf_printf(out, ":%u", diag->pos.col);
			strbuf_add(out, ": ");
		}
		strbuf_escaped(out, diag->msg, strlen(diag->msg));
		strbuf_addc(out, '\n');
		if (line)
			print_line(out, &diag->pos, line, len);
	}
	if (diags->total > diags->len)
		strbuf_printf(out, "... and %zu more mistakes\n", diags->total - diags->len);
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/* Optimal string alignment distance; both at most NAME_MAX_LEN long. */
static unsigned distance(const char *a, const char *b)
{
	unsigned rows[3][NAME_MAX_LEN + 1];
	size_t m = strlen(a), n = strlen(b);

	for (size_t j = 0; j <= n; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= m; i++) {
		unsigned *row = rows[i % 3], *up = rows[(i + 2) % 3];
		const unsigned *upup = rows[(i + 1) % 3];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= n; j++) {
			row[j] = min3(up[j] + 1, row[j - 1] + 1,
				      up[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    upup[j - 2] + 1 < row[j])
				row[j] = upup[j - 2] + 1;
		}
	}
	return rows[m % 3][n];
}

const char *diag_nearest(const char *name, const char *const *names)
{
	size_t len = strlen(name);
	unsigned best = 0;
	const char *found = NULL;

	if (len == 0 || len > NAME_MAX_LEN)
		return NULL;
	for (; *names; names++) {
		unsigned d;

		if (strlen(*names) > NAME_MAX_LEN)
			continue;
		d = distance(name, *names);
		if (d <= 1 + len / 4 && (!found || d < best)) {
			best = d;
			found = *names;
		}
	}
	return found;
}
