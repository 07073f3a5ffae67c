/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* observed-fix.h - the line of a profile that would let a path through, if one is offered
 */
#ifndef SBOX_OBSERVED_FIX_H
#define SBOX_OBSERVED_FIX_H

#include "run/observed.h"

/*
 * Fills @path->key and @path->entry, or @path->no_fix. A hostile command can ask for
 * anything, so nothing is offered that a tired reader must not paste: secrets, sockets,
 * the home directory or what it is in, places that other programs take as instructions,
 * names that would have to be escaped.
 */
void observed_fix(const struct observed_scope *scope, const struct place *place,
		  struct observed_path *path);

#endif
