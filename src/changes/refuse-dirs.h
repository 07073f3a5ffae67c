/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * refuse-dirs.h - which directories on the way to an entry are repositories
 *
 * By what the merged tree has, and not by what was written: a repository that is there
 * takes new hooks, and a directory that has something of one already becomes one.
 */
#ifndef SBOX_CHANGES_REFUSE_DIRS_H
#define SBOX_CHANGES_REFUSE_DIRS_H

#include "changes/refuse.h"

/* Before an entry: forgets the directories that it is not in. */
void refuse_leave(struct refusing *r, const struct walk_entry *entry);

/* Behind one that is a directory: what comes next may be in it. */
void refuse_enter(struct refusing *r, const struct walk_entry *entry);

/*
 * Why the directory @entry, which the host has, must not become a repository: it has from
 * before what would be an instruction then. NULL: it does not, or is one already.
 */
const char *refuse_becoming(const struct refusing *r, const struct walk_entry *entry);

/* Where @link in the clean directory @dir leads, by its text alone; in @arena.
 */
const char *refuse_leads_to(struct arena *arena, const char *dir, const char *link);

#endif
