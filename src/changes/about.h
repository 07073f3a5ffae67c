/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* about.h - run.toml of a change set: what struct changes_about says, as text */
#ifndef SBOX_CHANGES_ABOUT_H
#define SBOX_CHANGES_ABOUT_H

#include "base/strbuf.h"
#include "changes/set.h"

#define ABOUT_MAX ((size_t)1024 * 1024) /* of the text; as TOML_MAX_SIZE */

/* Appends the text of @about. */
void about_write(struct strbuf *out, const struct changes_about *about);

/*
 * Reads it back into *ret, in @arena. @file is for messages. -1: the text is not what
 * about_write() writes; @err names the line.
 */
_must_check_ int about_read(struct arena *arena, const char *file, const char *text,
			    struct changes_about *ret, struct error *err);

#endif
