/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* flow.h - bytes on their way from one stream socket to another, in one direction */
#ifndef SBOX_FLOW_H
#define SBOX_FLOW_H

#include <stdbool.h>
#include <stddef.h>

struct flow {
	char *data; /* room for @size bytes */
	size_t size, from, to;
	bool ended;     /* nothing more comes */
	bool passed_on; /* and the other side knows */
	bool failed;    /* it was no end in order: a reset, or nobody takes it any more */
};

/* Whether bytes were read that are not yet written. */
bool flow_has_data(const struct flow *flow);

/* Reads what there is at @fd, without waiting. Only where nothing is on its way. */
void flow_fill(struct flow *flow, int fd);

/* Writes to @fd what it takes. @from: where it comes from, to be told if nobody takes it
 * any more. */
void flow_empty(struct flow *flow, int from, int fd);

/* The end of the stream, behind its last byte. */
void flow_pass_on_end(struct flow *flow, int fd);

/* What poll(2) is to wait for at a socket where @in is read from and @out written to. */
short flow_events(const struct flow *in, const struct flow *out);

#endif
