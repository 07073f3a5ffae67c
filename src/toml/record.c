/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* record.c - small files of sbox's own, as TOML; see record.h */
#include "config.h"

#include <string.h>

#include "toml/record.h"

void record_add_strings(struct strbuf *out, const char *key, const char *const *words,
			size_t max)
{
	size_t start = out->len;

	strbuf_printf(out, "%s = [", key);
	for (size_t i = 0; words && words[i]; i++) {
		if (out->len - start + strlen(words[i]) > max) {
			strbuf_add(out, i ? ", \"...\"" : "\"...\"");
			break;
		}
		strbuf_add(out, i ? ", " : "");
		strbuf_json(out, words[i]); /* escapes as TOML does, and more */
	}
	strbuf_add(out, "]\n");
}

int64_t record_number(const struct toml_value *root, const char *key)
{
	const struct toml_value *value = toml_get(root, key);

	return value && value->type == TOML_INTEGER && value->integer >= 0
		       ? value->integer
		       : -1;
}

const char *const *record_strings(struct arena *arena, const struct toml_value *root,
				  const char *key)
{
	const struct toml_value *list = toml_get(root, key);
	const char **words = NULL;
	size_t len = 0;

	if (!list || list->type != TOML_ARRAY)
		return NULL;
	for (const struct toml_value *v = list->first; v; v = v->next)
		if (v->type == TOML_STRING)
			*(const char **)arena_append(arena, &words, &len, sizeof *words) =
				v->string.s;
	*(const char **)arena_append(arena, &words, &len, sizeof *words) = NULL;
	return words;
}

const char *record_text(const struct toml_value *root, const char *key)
{
	const struct toml_value *value = toml_get(root, key);

	return value && value->type == TOML_STRING ? value->string.s : NULL;
}
