/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tally.c - what became of whatever the command tried; see tally.h */
#include "config.h"

#include <string.h>

#include "egress/tally.h"

static bool is_about(const struct egress_row *row, const struct tally_key *key)
{
	return row->port == key->port && row->protocol == key->protocol &&
	       row->why == key->why && strcmp(row->host, key->host) == 0 &&
	       strcmp(row->other, key->other ? key->other : "") == 0;
}

static struct egress_row *find_row(struct egress_tally *tally,
				   const struct tally_key *key)
{
	for (uint32_t i = 0; i < tally->len; i++)
		if (is_about(&tally->rows[i], key))
			return &tally->rows[i];
	return NULL;
}

void tally_note(struct egress_tally *tally, const struct tally_key *key)
{
	struct egress_row *row = find_row(tally, key) ? NULL : tally_count(tally, key);

	if (row)
		row->times = 0;
}

struct egress_row *tally_count(struct egress_tally *tally, const struct tally_key *key)
{
	struct egress_row *row = find_row(tally, key);

	if (row) {
		row->times++;
		return row;
	}
	if (tally->len == EGRESS_ROWS_MAX) {
		tally->left_out++;
		return NULL;
	}
	row = &tally->rows[tally->len];
	egress_copy_host(row->host, key->host);
	if (key->other)
		egress_copy_host(row->other, key->other);
	row->port = key->port;
	row->protocol = (uint8_t)key->protocol;
	row->why = (uint8_t)key->why;
	row->times = 1;
	tally->len++;
	return row;
}
