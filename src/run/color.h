/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * color.h - answers for a terminal
 *
 * Where standard output is a terminal that is not called "dumb", and NO_COLOR is not set
 * (no-color.org); otherwise these leave a text as it is. What comes from outside is
 * escaped already.
 */
#ifndef SBOX_COLOR_H
#define SBOX_COLOR_H

#include <stdbool.h>

#include "base/strbuf.h"

/* Whether that is so. */
bool color_wanted(void);

/* Of each line what stands behind "  # ", where something comes from, is dim. */
void color_sources(struct strbuf *text);

/* Of each line the first word is bold. */
void color_labels(struct strbuf *text);

#endif
