/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* undo-slots.h - undo/ of a change set: what a commit took away, by number */
#ifndef SBOX_CHANGES_UNDO_SLOTS_H
#define SBOX_CHANGES_UNDO_SLOTS_H

#include <stdint.h>

#include "changes/set.h"

struct slot_name {
	char s[24];
};
/* The name of number @slot. */
struct slot_name undo_slot_name(uint64_t slot);

/* The directory, made if it is missing. */
_must_check_ int undo_slots_open(const struct changes_set *set, struct error *err);

/* The first number, above 0, that nothing has. */
_must_check_ int undo_slots_free(const struct changes_set *set, uint64_t *ret,
				 struct error *err);

#endif
