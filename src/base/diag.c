/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* diag.c - collect mistakes and show them with their lines; see diag.h */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/diag.h"

#define LINE_SHOWN 160 /* bytes of a source line that are shown at the most */
#define NAME_MAX_LEN 64

const char *diag_source(struct diags *diags, const char *name, const char *text,
			size_t len)
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
	if (diags->len == DIAG_MAX && !diags->all)
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
static const char *find_line(const struct diags *diags, const struct srcpos *pos,
			     size_t *len)
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
		if (!p)
			return NULL;
		p++;
	}
	eol = memchr(p, '\n', (size_t)(end - p));
	*len = (size_t)((eol ? eol : end) - p);
	return p;
}

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* Which part of a long line is shown: a window around the column, at whole characters. */
static void choose_window(const char *line, size_t len, size_t col, size_t *ret_from,
			  size_t *ret_end)
{
	size_t from = col > LINE_SHOWN / 2 ? col - LINE_SHOWN / 2 : 0;
	size_t end = len - from < LINE_SHOWN ? len : from + LINE_SHOWN;

	/* a character has at most three bytes behind its first; more are no character */
	for (int i = 0; i < 3 && from > 0 && from < len && is_continuation(line[from]);
	     i++)
		from--;
	for (int i = 0; i < 3 && end > from && end < len && is_continuation(line[end]);
	     i++)
		end--;
	*ret_from = from;
	*ret_end = end;
}

/* The text for a terminal, its tabs kept: the caret's line has the same ones. */
static void print_source(struct strbuf *out, const char *s, size_t len)
{
	while (len > 0) {
		const char *tab = memchr(s, '\t', len);
		size_t n = tab ? (size_t)(tab - s) : len;

		strbuf_escaped(out, s, n);
		if (tab)
			strbuf_addc(out, '\t');
		n += tab != NULL;
		s += n;
		len -= n;
	}
}

/* Blanks as wide as print_source() would be: an escape has its length, all else one
 * column.
 */
static void print_blanks(struct strbuf *out, const char *s, size_t len)
{
	_cleanup_strbuf_ struct strbuf shown = { 0 };

	for (size_t i = 0; i < len;) {
		size_t n = utf8_length(s + i, len - i), width = 1;

		n = n ? n : 1;
		shown.len = 0;
		strbuf_escaped(&shown, s + i, n);
		if (shown.len > n)
			width = shown.len;
		for (; s[i] != '\t' && width > 0; width--)
			strbuf_addc(out, ' ');
		if (s[i] == '\t')
			strbuf_addc(out, '\t');
		i += n;
	}
}

static void print_line(struct strbuf *out, const struct srcpos *pos, const char *line,
		       size_t len)
{
	size_t col = pos->col > 0 ? pos->col - 1 : 0, from, end;

	if (col > len)
		col = len;
	choose_window(line, len, col, &from, &end);
	strbuf_printf(out, "%5u | %s", pos->line, from ? "..." : "");
	print_source(out, line + from, end - from);
	strbuf_printf(out, "%s\n      | %s", end < len ? "..." : "", from ? "   " : "");
	print_blanks(out, line + from, col - from);
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
		strbuf_printf(out, "... and %zu more mistakes\n",
			      diags->total - diags->len);
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
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && upup[j - 2] + 1 < row[j])
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
		if (d <= 1 + len / 5 && (!found || d < best)) {
			best = d;
			found = *names;
		}
	}
	return found;
}
