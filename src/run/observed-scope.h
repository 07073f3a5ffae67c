/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* observed-scope.h - what has to be known to judge what an observed command asked for */
#ifndef SBOX_OBSERVED_SCOPE_H
#define SBOX_OBSERVED_SCOPE_H

#include "run/session.h"

/* Of a session whose plan was carried out; all of it is in the session's arena. */
void observed_scope_init(struct session *session, struct observed_scope *ret);

#endif
