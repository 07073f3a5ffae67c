/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* observed-tell.h - --observe, as a run has it: refused, judged, told */
#ifndef SBOX_OBSERVED_TELL_H
#define SBOX_OBSERVED_TELL_H

#include "run/session.h"

/* Refuses --observe where it would see nothing, or break what the command is to do. */
_must_check_ int observed_check(const struct session *session, struct error *err);

/* When the command has ended: at most 20 lines, and the rest as a number. */
void observed_tell(struct session *session);

#endif
