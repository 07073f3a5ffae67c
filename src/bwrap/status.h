/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * status.h - what --info-fd and --json-status-fd tell
 *
 * The first gets one object, as soon as process 1 is there and before it does anything;
 * the second the same in one line, and another line when the command has ended, if it was
 * ever executed. The members and their order are bubblewrap's: "child-pid", then each
 * namespace that is not the host's, the user namespace left out.
 */
#ifndef SBOX_BWRAP_STATUS_H
#define SBOX_BWRAP_STATUS_H

#include "box/start/made.h"
#include "bwrap/options.h"

struct bwrap_status {
	int info_fd, json_fd; /* -1 */
	const struct bwrap *b;
};

/* @data is a struct bwrap_status: as of struct request_given. */
void bwrap_born(void *data, const struct made *made);

/* How the command has ended. */
void bwrap_ended(const struct bwrap_status *status, int exit_code);

#endif
