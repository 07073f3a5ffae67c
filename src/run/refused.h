/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* refused.h - what net.mode = "filtered" has refused, with the line that would let it
 * through */
#ifndef SBOX_REFUSED_H
#define SBOX_REFUSED_H

#include "run/session.h"

/* Tells it, a line for each host; nothing where nothing was refused. */
void refused_tell(const struct session *session);

/* "crates.io:443", as net.allow takes it, for @row that was refused. */
void refused_target(const struct egress_row *row, struct strbuf *out);

/*
 * "net.allow = [\"crates.io:443\"]", or what else would help, for @row that was refused;
 * "" where nothing would.
 */
void refused_cure(const struct egress_row *row, struct strbuf *out);

#endif
