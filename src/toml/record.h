/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * record.h - small files of sbox's own, as TOML: numbers, texts and lists of texts
 *
 * What is read is looked at key by key: what is not there, or of another type, is told
 * apart.
 */
#ifndef SBOX_RECORD_H
#define SBOX_RECORD_H

#include "base/strbuf.h"
#include "toml/toml.h"

/* "KEY = [...]": the words (NULL: none), cut with "..." behind @max bytes. */
void record_add_strings(struct strbuf *out, const char *key, const char *const *words,
			size_t max);

/* A number from 0 up; -1: there is none. */
int64_t record_number(const struct toml_value *root, const char *key);

/* The texts of a list, NULL-terminated, in @arena; NULL: there is no list. */
const char *const *record_strings(struct arena *arena, const struct toml_value *root,
				  const char *key);

/* NULL: there is none. */
const char *record_text(const struct toml_value *root, const char *key);

#endif
