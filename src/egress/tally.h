/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tally.h - what became of whatever the command tried, in a memory file for sbox */
#ifndef SBOX_EGRESS_TALLY_H
#define SBOX_EGRESS_TALLY_H

#include "policy/egress.h"

/* What something was about. */
struct tally_key {
	const char *host, *other; /* @other: NULL for none */
	uint16_t port;
	int protocol;
	enum egress_why why;
};

/* Counts once more; the row, NULL: there is no room for one more. */
struct egress_row *tally_count(struct egress_tally *tally, const struct tally_key *key);

/* Sees that there is a row, for what comes beside that which counts. */
void tally_note(struct egress_tally *tally, const struct tally_key *key);

#endif
