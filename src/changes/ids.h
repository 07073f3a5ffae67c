/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ids.h - a user namespace for working on a change set
 *
 * What a command leaves may be closed to its owner, as directories of mode 0555 are, and
 * an entry of a directory cannot be moved without writing to it. Whoever is root of a
 * user namespace in which the owner of a file has an id passes its mode
 * (user_namespaces(7)), and nothing of anybody else's: so no mode has to be changed and
 * changed back, which a SIGKILL could leave half done.
 */
#ifndef SBOX_CHANGES_IDS_H
#define SBOX_CHANGES_IDS_H

#include "changes/set.h"

/*
 * Enters a new user namespace in which the caller is root and nobody else is anybody. The
 * process must have one thread, and keeps no right to leave. Where user namespaces are
 * not to be had, or the caller is root, all stays as it is.
 */
void changes_enter_ids(void);

/* Whether files of other ids than the caller's can be in the set. */
bool changes_has_ids(const struct changes_set *set);

#endif
