/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fuzz-options.c - any arguments, with NUL bytes between them, as the command line */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cli/options.h"

#define ARGS_MAX 64

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void must(bool kept)
{
	if (!kept)
		abort();
}

static int split(struct arena *arena, const unsigned char *data, size_t size, char **argv)
{
	int argc = 0;

	for (size_t at = 0; at < size && argc < ARGS_MAX; argc++) {
		const unsigned char *end = memchr(data + at, '\0', size - at);
		size_t len = end ? (size_t)(end - (data + at)) : size - at;

		argv[argc] = arena_strndup(arena, (const char *)data + at, len);
		at += len + 1;
	}
	argv[argc] = NULL;
	return argc;
}

static void check_pos(const struct srcpos *pos, int argc)
{
	must(pos->file == options_source && pos->line >= 1 && (int)pos->line < argc);
}

static void check_options(const struct request *o, char **argv, int argc)
{
	const char *const *args = (const char *const *)argv;

	must(o->command >= args && o->command <= args + argc);
	for (size_t i = 0; i < o->profiles_len; i++) {
		must(o->profiles[i].name != NULL);
		check_pos(&o->profiles[i].pos, argc);
	}
	for (size_t i = 0; i < o->settings_len; i++) {
		must(o->settings[i].text != NULL);
		check_pos(&o->settings[i].pos, argc);
	}
}

static void check_diags(const struct diags *diags, int argc)
{
	struct strbuf out = { 0 };

	must(diags->total > 0);
	for (size_t i = 0; i < diags->len; i++)
		check_pos(&diags->list[i].pos, argc);
	diag_print(diags, &out);
	strbuf_done(&out);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct arena arena = { 0 };
	struct diags diags = { .arena = &arena };
	struct request options;
	char *argv[ARGS_MAX + 2];
	int argc;

	argv[0] = arena_strdup(&arena, "sbox");
	argc = 1 + split(&arena, data, size, argv + 1);
	if (options_parse(argc, argv, &diags, &options) < 0)
		check_diags(&diags, argc);
	else
		must(diags.total == 0);
	check_options(&options, argv, argc);
	arena_done(&arena);
	return 0;
}
