/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-options.c - any arguments, with NUL bytes between them, as the command line, and
 * once more by way of --args-fd, which must come to the same
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/io.h"
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
		must(o->profiles[i].name != NULL || o->profiles[i].fd >= 0);
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

/* The arguments but the first, as --args-fd takes them. */
static int in_memory(char **argv, int argc)
{
	int fd = memfd_create("arguments", MFD_CLOEXEC);

	must(fd >= 0);
	for (int i = 1; i < argc; i++)
		must(io_write_all(fd, argv[i], strlen(argv[i]) + 1) == 0);
	must(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

static void check_same(const struct request *a, const struct request *b)
{
	size_t n = 0;

	must(a->profiles_len == b->profiles_len && a->settings_len == b->settings_len);
	for (; a->command[n] && b->command[n]; n++)
		must(strcmp(a->command[n], b->command[n]) == 0);
	must(!a->command[n] && !b->command[n]);
}

static void by_descriptor(struct arena *arena, char **argv, int argc,
			  const struct diags *plain, const struct request *expected)
{
	struct diags diags = { .arena = arena };
	struct request options;
	char option[32];
	char *args[] = { argv[0], option, NULL };
	int fd = in_memory(argv, argc);

	(void)snprintf(option, sizeof option, "--args-fd=%d", fd);
	(void)options_parse(2, args, &diags, &options);
	(void)close(fd);
	must(diags.total == plain->total);
	check_same(expected, &options);
	if (diags.total > 0)
		check_diags(&diags, argc + 1);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct arena arena = { 0 };
	struct diags diags = { .arena = &arena };
	struct request options;
	char *argv[ARGS_MAX + 2];
	int argc;

	if (memmem(data, size, "args-fd", 7))
		return 0; /* it would be read from a descriptor of the fuzzer's */
	argv[0] = arena_strdup(&arena, "sbox");
	argc = 1 + split(&arena, data, size, argv + 1);
	if (options_parse(argc, argv, &diags, &options) < 0)
		check_diags(&diags, argc);
	else
		must(diags.total == 0);
	check_options(&options, argv, argc);
	by_descriptor(&arena, argv, argc, &diags, &options);
	arena_done(&arena);
	return 0;
}
