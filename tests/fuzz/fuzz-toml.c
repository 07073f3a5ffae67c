/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-toml.c - any bytes through the TOML parser
 *
 * Besides what the sanitizers see, a tree must keep the promises of toml.h, and a
 * refusal must come with mistakes that lie in the text and can be shown.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "toml/toml.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void must(bool kept)
{
	if (!kept)
		abort();
}

/* @lines: how many the text has. */
static void check_pos(const struct srcpos *pos, unsigned lines)
{
	must(pos->line >= 1 && pos->line <= lines && pos->col >= 1);
}

static void check_value(const struct toml_value *value, unsigned depth, unsigned lines)
{
	check_pos(&value->pos, lines);
	must(toml_type_name(value->type) != NULL);
	if (value->type == TOML_STRING)
		must(strlen(value->string.s) == value->string.len);
	else if (value->type == TOML_DATETIME)
		must(strlen(value->datetime) >= 8);
	if (value->type != TOML_ARRAY && value->type != TOML_TABLE)
		return;
	must(depth <= TOML_MAX_DEPTH);
	for (const struct toml_value *v = value->first; v; v = v->next) {
		must((v->key != NULL) == (value->type == TOML_TABLE));
		if (v->key)
			check_pos(&v->key_pos, lines);
		check_value(v, depth + 1, lines);
	}
	if (value->type == TOML_TABLE && value->first)
		must(toml_get(value, value->first->key) == value->first);
}

static void check_diags(const struct diags *diags, unsigned lines)
{
	struct strbuf out = { 0 };

	must(diags->total > 0 && diags->len > 0 && diags->len <= DIAG_MAX);
	for (size_t i = 0; i < diags->len; i++) {
		if (diags->list[i].pos.line)
			check_pos(&diags->list[i].pos, lines);
		must(diags->list[i].msg[0] != '\0');
	}
	diag_print(diags, &out);
	strbuf_done(&out);
}

static void fuzz_text(const char *text, size_t len)
{
	struct arena arena = { 0 };
	struct diags diags = { .arena = &arena };
	unsigned lines = 1;
	struct toml_value *root;

	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	(void)diag_source(&diags, "fuzz.toml", text, len);
	root = toml_parse(&arena, &diags, diags.sources->name, text, len);
	if (root)
		check_value(root, 0, lines);
	else
		check_diags(&diags, lines);
	must(!root || diags.total == 0);
	arena_done(&arena);
}

static void fuzz_value(const unsigned char *data, size_t size)
{
	struct arena arena = { 0 };
	struct diags diags = { .arena = &arena };
	struct srcpos pos = { "--set", 1, 7 };
	char *text = arena_strndup(&arena, (const char *)data, size);
	unsigned lines = 1;
	struct toml_value *value;

	for (const char *p = text; *p; p++)
		lines += *p == '\n';
	value = toml_parse_value(&arena, &diags, &pos, text);
	if (value)
		check_value(value, 1, lines);
	else
		check_diags(&diags, lines);
	arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	fuzz_text((const char *)data, size);
	fuzz_value(data, size);
	return 0;
}
