/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* observed-objection.h - why a path of the host is not offered to who was refused it */
#ifndef SBOX_OBSERVED_OBJECTION_H
#define SBOX_OBSERVED_OBJECTION_H

#include "run/observed.h"

/*
 * Why nothing is offered for @real of the host, a canonical path, which @path asks for
 * and which is at @place inside; NULL: there is no reason. Of a directory it is looked at
 * what it is, and not what is in it.
 */
const char *observed_objection(const struct observed_scope *scope,
			       const struct place *place, const char *real,
			       const struct observed_path *path);

#endif
