/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* conf.c - settings of git and Mercurial, one after the other; see conf.h */
#include "config.h"

#include <string.h>

#include "box/guard/conf.h"

/* A text of fixed size that grows at its end. */
struct piece {
	char *s;
	size_t len, max; /* @max with the NUL */
	bool full;
};

static void put_char(struct piece *piece, char c)
{
	if (c == '\0' || piece->len + 1 >= piece->max) {
		piece->full = true;
		return;
	}
	piece->s[piece->len++] = c;
	piece->s[piece->len] = '\0';
}

static void cut_to(struct piece *piece, size_t len)
{
	piece->len = len;
	piece->s[len] = '\0';
}

static bool blank(int c)
{
	return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r';
}

static bool letter(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool name_char(int c)
{
	return letter(c) || (c >= '0' && c <= '9') || c == '-';
}

static char lower(int c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

void conf_init(struct conf *conf, enum conf_grammar grammar, const char *text, size_t len)
{
	*conf = (struct conf){ .grammar = grammar, .at = text, .end = text + len };
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		conf->at += 3;
}

/* The character here as git sees it: "\r\n" is one newline, the end is one as well. */
static int peek(const struct conf *conf)
{
	if (conf->at >= conf->end)
		return '\n';
	if (conf->at[0] == '\r' && conf->end - conf->at > 1 && conf->at[1] == '\n')
		return '\n';
	return (unsigned char)*conf->at;
}

static int take_char(struct conf *conf)
{
	int c = peek(conf);

	if (conf->at < conf->end && *conf->at == '\r' && c == '\n')
		conf->at++;
	if (conf->at < conf->end)
		conf->at++;
	return c;
}

static void skip_line(struct conf *conf)
{
	while (conf->at < conf->end && take_char(conf) != '\n')
		;
}

/* A line that git takes for a mistake, at which it ends; we go on behind the line. */
static void odd_line(struct conf *conf)
{
	conf->odd = true;
	skip_line(conf);
}

/* From behind the quote of ["section "here"]; false: not of the form. */
static bool subsection(struct conf *conf, struct piece *name)
{
	int c;

	put_char(name, '.');
	while ((c = take_char(conf)) != '"') {
		if (c == '\\')
			c = take_char(conf);
		if (c == '\n')
			return false;
		put_char(name, (char)c);
	}
	return take_char(conf) == ']' && !name->full;
}

static void git_section(struct conf *conf)
{
	struct piece name = { conf->section, 0, sizeof conf->section, false };
	int c;

	conf->section[0] = '\0';
	while (name_char(c = peek(conf)) || c == '.')
		put_char(&name, lower(take_char(conf)));
	if (c == ']' && !name.full) {
		(void)take_char(conf);
		return;
	}
	if (!blank(c)) {
		odd_line(conf);
		return;
	}
	while (blank(peek(conf)))
		(void)take_char(conf);
	if (take_char(conf) != '"' || !subsection(conf, &name))
		odd_line(conf);
}

/* The character that a backslash and @c stand for in git's settings; 0: none. */
static char escaped_char(int c)
{
	switch (c) {
	case 't':
		return '\t';
	case 'b':
		return '\b';
	case 'n':
		return '\n';
	case '\\':
	case '"':
		return (char)c;
	default:
		return 0;
	}
}

/* Adds what "\" and the next character stand for; false: no escape that git knows. */
static bool git_escape(struct conf *conf, struct piece *value, size_t *kept)
{
	int c = take_char(conf);
	char meant;

	if (c == '\n')
		return true; /* the value goes on in the next line */
	meant = escaped_char(c);
	if (!meant)
		return false;
	put_char(value, meant);
	*kept = value->len;
	return true;
}

/* Whether @c begins a comment; then its line is behind us. */
static bool skip_comment(struct conf *conf, int c)
{
	if (c != ';' && c != '#')
		return false;
	while (take_char(conf) != '\n')
		;
	return true;
}

/* From behind the "=" to the end of the value, which may be some lines on. */
static bool git_value(struct conf *conf, struct piece *value)
{
	size_t kept = 0; /* without the blanks at its end */
	bool quoted = false;
	int c;

	while ((c = take_char(conf)) != '\n') {
		if (!quoted && skip_comment(conf, c))
			break;
		if (!quoted && blank(c)) {
			if (value->len)
				put_char(value, (char)c);
		} else if (c == '"') {
			quoted = !quoted;
			kept = value->len;
		} else if (c == '\\') {
			if (!git_escape(conf, value, &kept))
				return false;
		} else {
			put_char(value, (char)c);
			kept = value->len;
		}
	}
	if (kept < value->len)
		cut_to(value, kept);
	return !quoted && !value->full;
}

static bool git_key(struct conf *conf, struct conf_entry *ret)
{
	struct piece name = { ret->name, 0, sizeof ret->name, false };
	struct piece value = { ret->value, 0, sizeof ret->value, false };

	ret->name[0] = ret->value[0] = '\0';
	for (const char *s = conf->section; *s; s++)
		put_char(&name, *s);
	put_char(&name, '.');
	while (name_char(peek(conf)))
		put_char(&name, lower(take_char(conf)));
	while (peek(conf) == ' ' || peek(conf) == '\t')
		(void)take_char(conf);
	if (peek(conf) == '=') {
		(void)take_char(conf);
		if (!git_value(conf, &value))
			conf->odd = true;
	} else if (peek(conf) == '\n') {
		(void)take_char(conf);
	} else {
		odd_line(conf);
		return false;
	}
	if (name.full)
		conf->odd = true;
	return true;
}

static bool git_next(struct conf *conf, struct conf_entry *ret)
{
	while (conf->at < conf->end) {
		int c = peek(conf);

		if (c == '\n' || blank(c)) {
			(void)take_char(conf);
		} else if (c == '#' || c == ';') {
			skip_line(conf);
		} else if (c == '[') {
			(void)take_char(conf);
			git_section(conf);
		} else if (letter(c)) {
			if (git_key(conf, ret))
				return true;
		} else {
			odd_line(conf);
		}
	}
	return false;
}

/* A line of Mercurial's, without its end and the blanks there. */
struct line {
	const char *s;
	size_t len;
};

static bool space(char c)
{
	return blank((unsigned char)c) || c == '\n';
}

static struct line hg_line(struct conf *conf)
{
	const char *newline = memchr(conf->at, '\n', (size_t)(conf->end - conf->at));
	const char *end = newline ? newline : conf->end;
	struct line line = { conf->at, (size_t)(end - conf->at) };

	conf->at = newline ? newline + 1 : conf->end;
	while (line.len && space(line.s[line.len - 1]))
		line.len--;
	if (memchr(line.s, '\r', line.len)) /* there a line ends for Mercurial */
		conf->odd = true;
	return line;
}

static void put_line(struct piece *piece, const char *s, size_t len)
{
	while (len && space(*s)) {
		s++;
		len--;
	}
	for (size_t i = 0; i < len; i++)
		put_char(piece, s[i]);
}

/* Lines that begin with a blank go on with the value before them. */
static void hg_rest(struct conf *conf, struct piece *value)
{
	while (conf->at < conf->end && space(*conf->at)) {
		struct line line = hg_line(conf);

		if (line.len == 0)
			continue;
		put_char(value, '\n');
		put_line(value, line.s, line.len);
	}
}

static void hg_section(struct conf *conf, struct line line)
{
	struct piece name = { conf->section, 0, sizeof conf->section, false };
	const char *end = memchr(line.s, ']', line.len);

	conf->section[0] = '\0';
	if (!end || end + 1 != line.s + line.len) {
		conf->odd = true;
		return;
	}
	for (const char *s = line.s + 1; s < end; s++)
		put_char(&name, *s);
	if (name.full)
		conf->odd = true;
}

static bool starts(struct line line, const char *word)
{
	size_t len = strlen(word);

	return line.len > len && strncmp(line.s, word, len) == 0 && space(line.s[len]);
}

static void hg_item(struct conf *conf, struct line line, struct conf_entry *ret)
{
	struct piece name = { ret->name, 0, sizeof ret->name, false };
	struct piece value = { ret->value, 0, sizeof ret->value, false };
	const char *equals = memchr(line.s, '=', line.len);
	size_t key = equals ? (size_t)(equals - line.s) : line.len;

	ret->name[0] = ret->value[0] = '\0';
	if (starts(line, "%include")) {
		put_line(&name, "%include", 8);
		put_line(&value, line.s + 8, line.len - 8);
	} else {
		put_line(&name, conf->section, strlen(conf->section));
		put_char(&name, '.');
		while (key && space(line.s[key - 1]))
			key--;
		put_line(&name, line.s, key);
		if (equals)
			put_line(&value, equals + 1,
				 line.len - (size_t)(equals + 1 - line.s));
		else
			conf->odd = true;
		hg_rest(conf, &value);
	}
	if (name.full || value.full)
		conf->odd = true;
}

static bool hg_next(struct conf *conf, struct conf_entry *ret)
{
	while (conf->at < conf->end) {
		bool indented = space(*conf->at);
		struct line line = hg_line(conf);

		if (line.len == 0 || *line.s == ';' || *line.s == '#' ||
		    (starts(line, "%unset") && !memchr(line.s, '=', line.len)))
			continue; /* with a "=", Mercurial takes it for a setting */
		if (indented) {   /* of no value: Mercurial refuses it, or it is one */
			conf->odd = true;
			continue;
		}
		if (*line.s == '[') {
			hg_section(conf, line);
			continue;
		}
		hg_item(conf, line, ret);
		return true;
	}
	return false;
}

bool conf_next(struct conf *conf, struct conf_entry *ret)
{
	return conf->grammar == CONF_GIT ? git_next(conf, ret) : hg_next(conf, ret);
}
