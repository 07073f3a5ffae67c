/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * encode.h - paths as text of one line that can be read back
 *
 * A path is any bytes but NUL. Printable ASCII stays as it is, but for '%', '"' and '\';
 * these and all other bytes are "%XX". So it is at the same time the inside of a TOML
 * string and the end of a line of a journal.
 */
#ifndef SBOX_CHANGES_ENCODE_H
#define SBOX_CHANGES_ENCODE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/strbuf.h"

/* Appends @path. */
void encode_path(struct strbuf *out, const char *path);

/*
 * The path that the @len bytes at @text stand for, in @arena. NULL: they are not what
 * encode_path() writes, so somebody else has written them.
 */
char *encode_read_path(struct arena *arena, const char *text, size_t len);

/*
 * Whether @path is one below a tree: relative, of at least one component, none of them
 * empty, "." or "..".
 */
bool encode_is_below(const char *path);

#endif
