/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * color.h - answers and mistakes for a terminal
 *
 * Where standard output, for mistakes standard error, is a terminal that is not called
 * "dumb", and NO_COLOR is not set (no-color.org); otherwise these leave a text as it is.
 * What comes from outside is escaped already.
 */
#ifndef SBOX_COLOR_H
#define SBOX_COLOR_H

#include <stdbool.h>

#include "base/strbuf.h"

/* Whether that is so of @fd. */
bool color_wanted(int fd);

/* Of each line what stands behind "  # ", where something comes from, is dim. */
void color_sources(struct strbuf *text);

/* Of each line the first word is bold. */
void color_labels(struct strbuf *text);

/* The place of a mistake is bold, the caret below its line red. */
void color_mistakes(struct strbuf *text);

/* Of a line the name of the program in front: red where it has failed, bold where it
 * warns. */
void color_error(struct strbuf *text);
void color_warning(struct strbuf *text);

#endif
