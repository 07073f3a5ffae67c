/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* set-parts.h - what the files of a change set on disk share: set.c, begin.c */
#ifndef SBOX_CHANGES_SET_PARTS_H
#define SBOX_CHANGES_SET_PARTS_H

#include "changes/set.h"

/* Whether the directory @fd is the caller's alone; @what is its name for people. */
int set_check_own(int fd, const char *what, struct error *err);
/* The directory that @path, clean, is in; -1: errno. */
int set_open_parent(const char *path);
/* Writes @name of the set, all of it or as it was before, with @sync to the disk; -1:
 * errno. */
int set_write_file(const struct changes_set *set, const char *name, const char *text,
		   bool sync);
/* Opens the directory of the set; @ret has its name and path then. */
int set_open_dir(const struct changes_home *home, const char *name,
		 struct changes_set *ret, struct error *err);
/* Takes the lock of the set, without waiting. */
int set_lock(struct changes_set *set, struct error *err);
/* Opens LAYERS, which is there. */
int set_open_layers(struct changes_set *set, struct error *err);
/* Reads state and run.toml, and opens LAYERS, if they are there. */
int set_read(struct changes_set *set, struct arena *arena, struct error *err);
/* Notes when the directory @fd was made; whether it is the one that was noted. */
void set_ask_birth(int fd, struct changes_tree *tree);
bool set_is_born(int fd, const struct changes_tree *tree);
/* Notes where LAYERS of the set are, for other sandboxes to hide them; -1: errno. */
int set_note_elsewhere(const struct changes_set *set);
/* Removes LAYERS, if it is a directory of its own. */
int set_remove_layers(const struct changes_set *set, struct error *err);

#endif
