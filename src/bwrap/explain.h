/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * explain.h - a bwrap command line as a profile of sbox, to read, and to go on with
 *
 * In TOML, for "sbox -p FILE": each mount is a table, and what bubblewrap's order hides
 * is left out, since a profile has no order. What no profile can say stands in comments.
 */
#ifndef SBOX_BWRAP_EXPLAIN_H
#define SBOX_BWRAP_EXPLAIN_H

#include "bwrap/wanted.h"

/* Appends the profile; @wanted is what bwrap_want() made of @b. */
void bwrap_explain(const struct bwrap *b, const struct bwrap_wanted *wanted,
		   struct strbuf *out);

#endif
