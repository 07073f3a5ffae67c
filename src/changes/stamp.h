/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* stamp.h - moments in the time of a file system, as files that were made then */
#ifndef SBOX_CHANGES_STAMP_H
#define SBOX_CHANGES_STAMP_H

/* The first stamp of a tree, in the directory of its layers; -1: errno. */
int stamp_make(int dir);

#endif
