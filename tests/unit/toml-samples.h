/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * toml-samples.h - short texts through the TOML parser, and what must come of them
 *
 * Trees and mistakes are compared as text: {a=1,b=["x",1.5],c={d=true}} and
 * "LINE:COLUMN: MESSAGE", one in a line.
 */
#ifndef SBOX_TOML_SAMPLES_H
#define SBOX_TOML_SAMPLES_H

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "toml/toml.h"

/* A tree in one line: {a=1,b=["x",1.5],c={d=true}}; the depth is TOML_MAX_DEPTH at most.
 */
static inline void show(struct strbuf *out, const struct toml_value *value)
{
	const char *brackets = value->type == TOML_TABLE ? "{}" : "[]";

	if (value->type == TOML_STRING) {
		assert_int_equal(strlen(value->string.s), value->string.len);
		strbuf_json(out, value->string.s);
	} else if (value->type == TOML_INTEGER) {
		strbuf_printf(out, "%" PRId64, value->integer);
	} else if (value->type == TOML_FLOAT) {
		strbuf_printf(out, "%#.17g", value->real);
	} else if (value->type == TOML_BOOL) {
		strbuf_add(out, value->boolean ? "true" : "false");
	} else if (value->type == TOML_DATETIME) {
		strbuf_add(out, value->datetime);
	} else {
		strbuf_addc(out, brackets[0]);
		for (const struct toml_value *v = value->first; v; v = v->next) {
			strbuf_add(out, v == value->first ? "" : ",");
			if (value->type == TOML_TABLE)
				strbuf_printf(out, "%s=", v->key);
			show(out, v);
		}
		strbuf_addc(out, brackets[1]);
	}
}

static inline void show_diags(struct strbuf *out, const struct diags *diags)
{
	for (size_t i = 0; i < diags->len; i++)
		strbuf_printf(out, "%s%u:%u: %s", i ? "\n" : "", diags->list[i].pos.line,
			      diags->list[i].pos.col, diags->list[i].msg);
}

/* Parses the @len bytes at @text: the tree, or the mistakes, must look like @want. */
static inline void gives_n(const char *text, size_t len, const char *want)
{
	struct arena arena = { 0 };
	struct diags diags = { .arena = &arena };
	struct strbuf out = { 0 };
	/* as large as the text, so that a read behind it is seen */
	char *copy = malloc(len ? len : 1);
	struct toml_value *root;

	assert_non_null(copy);
	memcpy(copy, text, len);
	root = toml_parse(&arena, &diags, "test.toml", copy, len);
	free(copy);
	assert_true((root == NULL) == (diags.total > 0));
	if (root)
		show(&out, root);
	else
		show_diags(&out, &diags);
	assert_string_equal(strbuf_str(&out), want);
	strbuf_done(&out);
	arena_done(&arena);
}

static inline void gives(const char *text, const char *want)
{
	gives_n(text, strlen(text), want);
}

/* "v = @value" is read as @want. */
static inline void value_is(const char *value, const char *want)
{
	char text[256], tree[256];

	(void)snprintf(text, sizeof text, "v = %s\n", value);
	(void)snprintf(tree, sizeof tree, "{v=%s}", want);
	gives(text, tree);
}

/* "v = @value" is refused with @want, at the value's first byte. */
static inline void value_refused(const char *value, const char *want)
{
	char text[256], said[300];

	(void)snprintf(text, sizeof text, "v = %s\n", value);
	(void)snprintf(said, sizeof said, "1:5: %s", want);
	gives(text, said);
}

struct sample {
	const char *text, *want;
};

/* The last sample of a table has no text. */
static inline void all_give(const struct sample *sample)
{
	for (; sample->text; sample++)
		gives(sample->text, sample->want);
}

static inline void all_values_are(const struct sample *sample)
{
	for (; sample->text; sample++)
		value_is(sample->text, sample->want);
}

static inline void all_values_refused(const struct sample *sample)
{
	for (; sample->text; sample++)
		value_refused(sample->text, sample->want);
}

/* Each of @values, up to NULL, is refused with @why and the value in quotes. */
static inline void values_refused(const char *const *values, const char *why)
{
	for (; *values; values++) {
		char want[256];

		(void)snprintf(want, sizeof want, "%s \"%s\"", why, *values);
		value_refused(*values, want);
	}
}

/* @text is refused with mistakes in just these lines, given as "2 5 7". */
static inline void mistakes_in(const char *text, const char *lines)
{
	struct arena arena = { 0 };
	struct diags diags = { .arena = &arena };
	struct strbuf out = { 0 };

	assert_null(toml_parse(&arena, &diags, "test.toml", text, strlen(text)));
	for (size_t i = 0; i < diags.len; i++)
		strbuf_printf(&out, "%s%u", i ? " " : "", diags.list[i].pos.line);
	assert_string_equal(strbuf_str(&out), lines);
	strbuf_done(&out);
	arena_done(&arena);
}

static inline void all_mistakes_in(const struct sample *sample)
{
	for (; sample->text; sample++)
		mistakes_in(sample->text, sample->want);
}

#endif
