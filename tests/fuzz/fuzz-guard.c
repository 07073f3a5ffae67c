/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-guard.c - settings that a command has written, as the guard reads and judges them
 *
 * The first byte says which grammar or kind. Reading ends, names and values are strings
 * that fit, and what a judge refuses it says why.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "box/guard/conf.h"
#include "box/guard/judge.h"

static void must(int fact)
{
	if (!fact)
		abort();
}

static void read_all(enum conf_grammar grammar, const char *text, size_t len)
{
	struct conf conf;
	struct conf_entry entry;
	size_t n = 0;

	conf_init(&conf, grammar, text, len);
	while (conf_next(&conf, &entry)) {
		must(memchr(entry.name, '\0', sizeof entry.name) != NULL);
		must(memchr(entry.value, '\0', sizeof entry.value) != NULL);
		must(n++ <= len);
	}
	must(conf.at == conf.end);
}

static void judge_all(const char *text, size_t len)
{
	static const enum guard_judge kinds[] = { GUARD_GIT_CONFIG, GUARD_HGRC,
						  GUARD_JJ_CONFIG, GUARD_TODO,
						  GUARD_HISTEDIT };

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		struct judge_case c = {
			.kind = kinds[i], .text = text, .len = len, .up = 3
		};
		char what[JUDGE_WHAT_MAX] = "";

		if (judge_text(&c, what))
			continue;
		must(memchr(what, '\0', sizeof what) != NULL && *what);
	}
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const char *text = (const char *)data;

	read_all(CONF_GIT, text, size);
	read_all(CONF_HG, text, size);
	judge_all(text, size);
	return 0;
}
