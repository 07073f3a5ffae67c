/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-bwrap.c - any arguments, with NUL bytes between them, as bubblewrap's, and once
 * more by way of --args, which must come to the same; what they come to is made steps
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/io.h"
#include "bwrap/steps.h"

#define WORDS_MAX 64

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void must(bool kept)
{
	if (!kept)
		abort();
}

/* "--args" is ours: no descriptor of the fuzzer is to be read, and closed. */
static size_t split(struct arena *arena, const unsigned char *data, size_t size,
		    char **words)
{
	size_t n = 0;

	for (size_t at = 0; at < size && n < WORDS_MAX; n++) {
		const unsigned char *end = memchr(data + at, '\0', size - at);
		const size_t len = end ? (size_t)(end - (data + at)) : size - at;

		words[n] = arena_strndup(arena, (const char *)data + at, len);
		if (strcmp(words[n], "--args") == 0)
			words[n] = arena_strdup(arena, "--argv");
		at += len + 1;
	}
	words[n] = NULL;
	return n;
}

static int parse(struct arena *arena, char **words, struct bwrap *ret, struct error *err)
{
	*ret = (struct bwrap){ .arena = arena };
	*err = (struct error){ .status = 1 };
	return bwrap_parse(words, ret, err);
}

/* The words in a file, each with a NUL behind it. */
static int as_file(char *const *words)
{
	const int fd = memfd_create("args", MFD_CLOEXEC);

	must(fd >= 0);
	for (; *words; words++)
		must(io_write_all(fd, *words, strlen(*words) + 1) == 0);
	must(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

static void same_ops(const struct bwrap *a, const struct bwrap *b)
{
	must(a->ops_len == b->ops_len && a->caps == b->caps && a->uid == b->uid);
	for (size_t i = 0; i < a->ops_len; i++) {
		const struct bwrap_op *x = &a->ops[i], *y = &b->ops[i];

		must(x->type == y->type && x->flags == y->flags && x->fd == y->fd &&
		     x->perms == y->perms && x->size == y->size &&
		     strcmp(x->target, y->target) == 0 && !x->source == !y->source);
	}
}

/* A step has a place, and only the first can be the root. */
static void check_steps(const struct bwrap *b)
{
	struct bwrap_steps steps;
	struct error err;

	if (bwrap_steps(b, &steps, &err) < 0)
		return;
	must(steps.len > 0 && strcmp(steps.list[0].target, "/") == 0);
	for (size_t i = 0; i < steps.len; i++)
		must(steps.list[i].target[0] == '/' && steps.list[i].loose);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	char *words[WORDS_MAX + 2], number[16];
	char program[] = "bwrap", option[] = "--args";
	char *by_file[] = { program, option, number, NULL };
	struct arena arena = { 0 };
	struct bwrap direct, filed;
	struct error err, filed_err;
	int status;

	words[0] = program;
	(void)split(&arena, data, size, words + 1);
	status = parse(&arena, words, &direct, &err);
	(void)snprintf(number, sizeof number, "%d", as_file(words + 1));
	must(parse(&arena, by_file, &filed, &filed_err) == status);
	if (status < 0) {
		must(strcmp(err.msg, filed_err.msg) == 0 && err.msg[0]);
	} else if (!direct.help && !direct.version) {
		same_ops(&direct, &filed);
		check_steps(&direct);
	}
	strbuf_done(&direct.warnings);
	strbuf_done(&filed.warnings);
	arena_done(&arena);
	return 0;
}
