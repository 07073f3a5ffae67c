/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* remove.h - trees that a command has made, removed whatever they are */
#ifndef SBOX_REMOVE_H
#define SBOX_REMOVE_H

#include "base/error.h"

/*
 * Removes @name below @dir with all that is in it, if it is there: of any depth, without
 * following a link or entering another file system.
 */
_must_check_ int remove_tree(int dir, const char *name, struct error *err);

#endif
