/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-changes.c - what the files of a change set say: a line of its journal, its
 * run.toml
 *
 * The first byte says which. What is read is written again, and must be the same then.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "changes/about.h"
#include "changes/encode.h"
#include "changes/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int holds)
{
	if (!holds)
		abort();
}

static void fuzz_line(struct arena *arena, const char *line)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	struct journal_step step, again;

	if (journal_parse(arena, line, &step) < 0)
		return;
	check(encode_is_below(step.path));
	journal_text(&text, &step);
	text.s[text.len - 1] = '\0';
	check(journal_parse(arena, text.s, &again) == 0);
	check(strcmp(step.path, again.path) == 0 && step.up == again.up &&
	      step.low == again.low && step.slot == again.slot &&
	      step.kind == again.kind);
}

static void fuzz_about(struct arena *arena, const char *text)
{
	_cleanup_strbuf_ struct strbuf first = { 0 }, second = { 0 };
	struct error err = { .status = EXIT_SBOX };
	struct changes_about about;

	if (about_read(arena, "run.toml", text, &about, &err) < 0)
		return;
	about_write(&first, &about);
	check(about_read(arena, "run.toml", strbuf_str(&first), &about, &err) == 0);
	about_write(&second, &about);
	check(strcmp(strbuf_str(&first), strbuf_str(&second)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };

	if (size > 0 && data[0] == 'j')
		fuzz_line(&arena,
			  arena_strndup(&arena, (const char *)data + 1, size - 1));
	else if (size > 0)
		fuzz_about(&arena,
			   arena_strndup(&arena, (const char *)data + 1, size - 1));
	arena_done(&arena);
	return 0;
}
