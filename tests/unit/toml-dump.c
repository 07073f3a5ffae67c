/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * toml-dump.c - prints what the parser made of a TOML text, for toml-differential.py
 *
 *	toml-dump FILE     the tree as JSON in the manner of toml-test, or the mistakes
 *	toml-dump --batch  documents on standard input, each as its length in decimal,
 *	                   a newline and its bytes; one line each on standard output:
 *	                   the tree, or an array of the mistakes
 */
#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toml/toml.h"

static const char *datetime_type(const char *text)
{
	if (text[2] == ':')
		return "time-local";
	if (strlen(text) == 10)
		return "date-local";
	return strpbrk(text + 11, "Zz+-") ? "datetime" : "datetime-local";
}

static void dump_real(struct strbuf *out, double real)
{
	strbuf_add(out, "{\"type\":\"float\",\"value\":\"");
	if (isnan(real))
		strbuf_add(out, "nan");
	else
		strbuf_printf(out, "%.17g", real);
	strbuf_add(out, "\"}");
}

static void dump_scalar(struct strbuf *out, const struct toml_value *value)
{
	if (value->type == TOML_FLOAT) {
		dump_real(out, value->real);
	} else if (value->type == TOML_INTEGER) {
		strbuf_printf(out, "{\"type\":\"integer\",\"value\":\"%" PRId64 "\"}",
			      value->integer);
	} else if (value->type == TOML_BOOL) {
		strbuf_printf(out, "{\"type\":\"bool\",\"value\":\"%s\"}",
			      value->boolean ? "true" : "false");
	} else if (value->type == TOML_DATETIME) {
		strbuf_printf(out, "{\"type\":\"%s\",\"value\":\"%s\"}",
			      datetime_type(value->datetime), value->datetime);
	} else {
		strbuf_add(out, "{\"type\":\"string\",\"value\":");
		strbuf_json(out, value->string.s);
		strbuf_addc(out, '}');
	}
}

/* The depth of the recursion is at most TOML_MAX_DEPTH. */
static void dump(struct strbuf *out, const struct toml_value *value)
{
	bool table = value->type == TOML_TABLE;

	if (!table && value->type != TOML_ARRAY) {
		dump_scalar(out, value);
		return;
	}
	strbuf_addc(out, table ? '{' : '[');
	for (const struct toml_value *v = value->first; v; v = v->next) {
		if (v != value->first)
			strbuf_addc(out, ',');
		if (table) {
			strbuf_json(out, v->key);
			strbuf_addc(out, ':');
		}
		dump(out, v);
	}
	strbuf_addc(out, table ? '}' : ']');
}

static void dump_mistakes(struct strbuf *out, const struct diags *diags)
{
	strbuf_addc(out, '[');
	for (size_t i = 0; i < diags->len; i++) {
		const struct diag *diag = &diags->list[i];
		struct strbuf text = { 0 };

		strbuf_printf(&text, "%u:%u: %s", diag->pos.line, diag->pos.col,
			      diag->msg);
		strbuf_add(out, i ? "," : "");
		strbuf_json(out, strbuf_str(&text));
		strbuf_done(&text);
	}
	strbuf_addc(out, ']');
}

/* Reads @stream to its end or up to @most bytes. */
static void read_text(FILE *stream, struct strbuf *text, size_t most)
{
	char buf[4096];
	size_t n = 1;

	while (n > 0 && text->len < most) {
		n = most - text->len < sizeof buf ? most - text->len : sizeof buf;
		n = fread(buf, 1, n, stream);
		strbuf_addn(text, buf, n);
	}
}

static void batch(void)
{
	char line[32];

	while (fgets(line, sizeof line, stdin)) {
		struct arena arena = { 0 };
		struct diags diags = { .arena = &arena };
		struct strbuf text = { 0 }, out = { 0 };
		struct toml_value *root;

		read_text(stdin, &text, strtoul(line, NULL, 10));
		root = toml_parse(&arena, &diags, "-", strbuf_str(&text), text.len);
		if (root)
			dump(&out, root);
		else
			dump_mistakes(&out, &diags);
		(void)puts(strbuf_str(&out));
		strbuf_done(&out);
		strbuf_done(&text);
		arena_done(&arena);
	}
}

static int dump_file(const char *path, FILE *file)
{
	struct arena arena = { 0 };
	struct diags diags = { .arena = &arena };
	struct strbuf text = { 0 }, out = { 0 };
	struct toml_value *root;

	read_text(file, &text, SIZE_MAX);
	(void)diag_source(&diags, path, strbuf_str(&text), text.len);
	root = toml_parse(&arena, &diags, path, strbuf_str(&text), text.len);
	if (root) {
		dump(&out, root);
		strbuf_addc(&out, '\n');
	} else {
		diag_print(&diags, &out);
	}
	(void)fputs(strbuf_str(&out), root ? stdout : stderr);
	strbuf_done(&out);
	strbuf_done(&text);
	arena_done(&arena);
	return root ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	FILE *file;
	int status;

	if (argc != 2) {
		(void)fputs("usage: toml-dump FILE | --batch\n", stderr);
		return EXIT_FAILURE;
	}
	if (strcmp(argv[1], "--batch") == 0) {
		batch();
		return EXIT_SUCCESS;
	}
	file = fopen(argv[1], "rbe");
	if (!file) {
		perror(argv[1]);
		return EXIT_FAILURE;
	}
	status = dump_file(argv[1], file);
	(void)fclose(file);
	return status;
}
