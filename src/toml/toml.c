/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * toml.c - the grammar of TOML: statements, keys, arrays and inline tables; see toml.h
 *
 * Theory of operation
 *
 * scan.c walks over the text and says what is wrong with it, scalar.c reads
 * values that hold no others, tree.c knows what may be defined when. What is left
 * for this file is the order of things: one function per rule of the grammar,
 * each called with the scan at the rule's first byte and leaving it behind the last.
 *
 * A rule that fails has said so (or kept silent, because the statement is beyond
 * understanding already) and returns -1 or NULL; only parse_statement() goes on
 * from there. A key whose value failed stays undefined. A header that failed opens
 * a table outside of the tree, so that its keys are checked but blamed for nothing.
 */
#include "config.h"

#include <string.h>

#include "toml/tree.h"

struct parser {
	struct scan scan;
	struct tree tree;
	struct node *root;
	struct node *table; /* what the last header opened */
};

static struct toml_value *parse_value(struct parser *p, unsigned depth);

static struct srcpos here(const struct parser *p)
{
	return scan_pos(&p->scan, p->scan.p);
}

static bool at_end(const struct scan *s)
{
	return s->p == s->end;
}

/* Fails in or behind a key, where letters need quotes that other formats do not want. */
static int expected(struct scan *s, const char *what)
{
	struct srcpos pos = scan_pos(s, s->p);
	char buf[SCAN_SHOWN];

	if (at_end(s) || utf8_length(s->p, (size_t)(s->end - s->p)) < 2)
		return scan_expected(s, what);
	return scan_fail(s, &pos, "expected %s, found %s: it needs quotes in a key", what,
			 scan_found(s, buf));
}

static bool at_quote(const struct scan *s)
{
	return !at_end(s) && (*s->p == '"' || *s->p == '\'');
}

/* One part of a key; NULL after a mistake. */
static struct key *parse_key_part(struct scan *s)
{
	struct srcpos pos = scan_pos(s, s->p);
	const char *start = s->p;
	bool quoted = at_quote(s);
	struct key *key;

	if (quoted && s->end - start >= 3 && start[1] == *start && start[2] == *start) {
		(void)scan_fail(s, &pos, "a key cannot be a multi-line string");
		return NULL;
	}
	if (quoted && scan_string(s) < 0)
		return NULL;
	while (!quoted && !at_end(s) && scan_is_bare(*s->p))
		s->p++;
	if (s->p == start) {
		(void)expected(s, "a key");
		return NULL;
	}
	key = arena_alloc(s->arena, sizeof *key);
	key->pos = pos;
	key->name = quoted ? arena_strndup(s->arena, s->text.s, s->text.len)
			   : arena_strndup(s->arena, start, (size_t)(s->p - start));
	return key;
}

/* A key and the blanks behind it; NULL after a mistake. */
static struct key *parse_key(struct scan *s)
{
	struct key *first = NULL, **next = &first;

	for (unsigned parts = 1;; parts++) {
		*next = parse_key_part(s);
		if (!*next)
			return NULL;
		next = &(*next)->next;
		scan_blank(s);
		if (!scan_take(s, '.'))
			return first;
		scan_blank(s);
		if (parts > TOML_MAX_DEPTH) {
			(void)scan_too_deep(s, &first->pos);
			return NULL;
		}
	}
}

/* key = value */
static int parse_pair(struct parser *p, struct node *table)
{
	struct scan *s = &p->scan;
	struct key *key = parse_key(s);
	struct toml_value *value;

	if (!key)
		return -1;
	if (!scan_take(s, '='))
		return expected(s, "\"=\" after the key");
	table = tree_dotted(&p->tree, table, key);
	scan_blank(s);
	value = parse_value(p, table ? table->depth + 1 : 1);
	if (!value)
		return -1;
	if (table)
		tree_put(&p->tree, table, key, value);
	return 0;
}

static int unterminated(struct scan *s, const struct node *node)
{
	if (node->v.type == TOML_ARRAY)
		return scan_fail(s, &node->v.pos,
				 "unterminated array: closing \"]\" is missing");
	return scan_fail(s, &node->v.pos,
			 "unterminated inline table: closing \"}\" is missing");
}

static int parse_elements(struct parser *p, struct node *array)
{
	struct scan *s = &p->scan;

	for (;;) {
		struct toml_value *value;

		scan_gap(s);
		if (scan_take(s, ']'))
			return 0;
		if (at_end(s) || scan_at_pair(s))
			return unterminated(s, array);
		value = parse_value(p, array->depth + 1);
		if (!value)
			return -1;
		tree_append(array, value);
		scan_gap(s);
		if (scan_take(s, ','))
			continue;
		if (scan_take(s, ']'))
			return 0;
		if (at_end(s) || scan_at_pair(s))
			return unterminated(s, array);
		return scan_expected(s, "\",\" or \"]\" after the value");
	}
}

/*
 * Blanks in an inline table, which TOML 1.0 wants on one line. Where one is broken up,
 * that is said once and then the likely meaning is read: such a table is a mistake
 * people make with all of their settings in it. Returns whether there was a newline.
 */
static bool inline_gap(struct scan *s)
{
	struct srcpos pos;

	scan_blank(s);
	if (!scan_at_newline(s) && (at_end(s) || *s->p != '#'))
		return false;
	pos = scan_pos(s, s->p);
	(void)scan_fail(s, &pos, "an inline table must be on one line");
	s->quiet = true;
	scan_gap(s);
	return true;
}

/* The comma behind a pair. @broken_up: whether newlines stand where commas do. */
static bool inline_comma(struct scan *s, bool *broken_up)
{
	struct srcpos pos = scan_pos(s, s->p);

	if (!scan_take(s, ','))
		return false;
	*broken_up = inline_gap(s) || *broken_up;
	if (!s->quiet && !at_end(s) && *s->p == '}')
		(void)scan_note(s, &pos, "an inline table must not end with a comma");
	return true;
}

static int parse_members(struct parser *p, struct node *table)
{
	struct scan *s = &p->scan;
	bool broken_up = inline_gap(s);

	while (!scan_take(s, '}')) {
		bool newline;

		if (at_end(s))
			return unterminated(s, table);
		if (parse_pair(p, table) < 0)
			return -1;
		newline = inline_gap(s);
		if (!inline_comma(s, &broken_up) && !at_end(s) && *s->p != '}' &&
		    !(newline && broken_up))
			return scan_expected(s, "\",\" or \"}\" after the value");
	}
	return 0;
}

/* An array or an inline table. */
static struct toml_value *parse_container(struct parser *p, enum toml_type type,
					  unsigned depth)
{
	struct srcpos pos = here(p);
	struct node *node;

	if (depth > TOML_MAX_DEPTH) {
		(void)scan_too_deep(&p->scan, &pos);
		return NULL;
	}
	node = tree_node(&p->tree, type, ORIGIN_INLINE, &pos, depth);
	p->scan.p++;
	p->scan.open++;
	if ((type == TOML_ARRAY ? parse_elements(p, node) : parse_members(p, node)) < 0)
		return NULL;
	p->scan.open--;
	return &node->v;
}

/* Any value, @depth arrays and tables deep; NULL after a mistake. */
static struct toml_value *parse_value(struct parser *p, unsigned depth)
{
	struct scan *s = &p->scan;
	struct toml_value *value;

	if (!at_end(s) && *s->p == '[')
		return parse_container(p, TOML_ARRAY, depth);
	if (!at_end(s) && *s->p == '{')
		return parse_container(p, TOML_TABLE, depth);
	value = arena_alloc(s->arena, sizeof *value);
	value->pos = here(p);
	return scan_scalar(s, value) < 0 ? NULL : value;
}

/* [key] or [[key]] */
static int parse_header_name(struct scan *s, struct header *header)
{
	header->pos = scan_pos(s, s->p++);
	header->tables = scan_take(s, '[');
	scan_blank(s);
	header->key = parse_key(s);
	if (!header->key)
		return -1;
	if (!scan_take(s, ']') || (header->tables && !scan_take(s, ']')))
		return expected(s, header->tables ? "\"]]\" after the name of the table"
						  : "\"]\" after the name of the table");
	return 0;
}

static int parse_header(struct parser *p)
{
	struct header header = { 0 };
	int read = parse_header_name(&p->scan, &header);

	p->table = read < 0 ? NULL : tree_header(&p->tree, p->root, &header);
	if (!p->table)
		p->table = tree_node(&p->tree, TOML_TABLE, ORIGIN_HEADER, &header.pos, 1);
	return read;
}

/* A statement and its line; after a mistake also what seems to belong to it. */
static void parse_statement(struct parser *p)
{
	struct scan *s = &p->scan;
	unsigned first = s->newlines;
	bool header = *s->p == '[';

	s->open = 0;
	s->quiet = false;
	if ((header ? parse_header(p) : parse_pair(p, p->table)) < 0) {
		scan_recover(s, first);
		return;
	}
	scan_blank(s);
	(void)scan_comment(s);
	if (!scan_newline(s) && !at_end(s)) {
		(void)scan_expected(s, header ? "the end of the line after the header"
					      : "the end of the line after the value");
		scan_recover(s, first);
	}
}

/* Refuses what is too long, and passes a byte-order mark, which is refused too. */
static int check_text(struct scan *s)
{
	size_t len = (size_t)(s->end - s->p);
	struct srcpos pos = scan_pos(s, s->p), nowhere = { pos.file, 0, 0 };

	if (len > TOML_MAX_SIZE)
		return scan_say(s, &nowhere, "%zu bytes are too long, %zu at most", len,
				TOML_MAX_SIZE);
	if (len < 3 || memcmp(s->p, "\xef\xbb\xbf", 3) != 0)
		return 0;
	s->p += 3;
	return scan_note(s, &pos,
			 "a byte-order mark is not allowed: save the text as UTF-8 "
			 "without one");
}

static void parser_init(struct parser *p, const struct srcpos *pos, const char *text,
			size_t len)
{
	scan_init(&p->scan, pos, text, len);
	p->tree.scan = &p->scan;
	p->root = tree_node(&p->tree, TOML_TABLE, ORIGIN_HEADER, pos, 0);
	p->table = p->root;
}

static void parser_done(struct parser *p)
{
	tree_done(&p->tree);
	scan_done(&p->scan);
}

struct toml_value *toml_parse(struct arena *arena, struct diags *diags, const char *file,
			      const char *text, size_t len)
{
	struct parser p = { .scan = { .arena = arena, .diags = diags } };
	struct srcpos pos = { file, 1, 1 };
	size_t before = diags->total;

	parser_init(&p, &pos, text, len);
	if (check_text(&p.scan) < 0 && len > TOML_MAX_SIZE)
		return NULL;
	for (scan_gap(&p.scan); !at_end(&p.scan); scan_gap(&p.scan))
		parse_statement(&p);
	parser_done(&p);
	return diags->total == before ? &p.root->v : NULL;
}

struct toml_value *toml_parse_value(struct arena *arena, struct diags *diags,
				    const struct srcpos *pos, const char *text)
{
	struct parser p = { .scan = { .arena = arena, .diags = diags } };
	size_t before = diags->total;
	struct toml_value *value;

	parser_init(&p, pos, text, strlen(text));
	if (check_text(&p.scan) < 0)
		return NULL;
	scan_blank(&p.scan);
	value = parse_value(&p, 1);
	scan_blank(&p.scan);
	if (value && !at_end(&p.scan))
		(void)scan_expected(&p.scan, "nothing more after the value");
	parser_done(&p);
	return diags->total == before ? value : NULL;
}

struct toml_value *toml_get(const struct toml_value *table, const char *key)
{
	struct toml_value *value = table->first;

	while (value && strcmp(value->key, key) != 0)
		value = value->next;
	return value;
}
