/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* profile-parts.h - what reading and merging profiles share; see profile.h */
#ifndef SBOX_PROFILE_PARTS_H
#define SBOX_PROFILE_PARTS_H

#include "policy/profile.h"

/* From here ${PROFILE_DIR} is @dir. */
void profile_set_dir(struct profile_set *set, const char *dir);

#endif
