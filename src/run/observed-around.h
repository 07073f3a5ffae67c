/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* observed-around.h - what lies around a path that was asked for in vain: directories
 * that could be granted in its place, and whose they are */
#ifndef SBOX_OBSERVED_AROUND_H
#define SBOX_OBSERVED_AROUND_H

#include "run/observed.h"

/*
 * Whether @path->host lies in a directory that version control works in, and that is not
 * scope->project: another project than the one that is worked in.
 */
bool observed_foreign(const struct observed_scope *scope,
		      const struct observed_path *path);

/*
 * Whether something in or below the directory @real of the host, a canonical path, would
 * not be offered by itself, or is another project; or whether there is too much to look
 * at. Of the project that is worked in, and of directories of others that are in no home
 * directory, nothing more is asked; a file has nothing in it.
 */
bool observed_has_more(const struct observed_scope *scope, const char *real, bool write);

/*
 * How many of the directories above what @path->entry shows may be shown in its place, by
 * who has seen that many things of one are wanted: none of /etc, none right below a home
 * directory, no project, and none that has anything in it that would not be offered.
 */
unsigned observed_room(const struct observed_scope *scope,
		       const struct observed_path *path);

/*
 * The entry for the directory that the file of @path->entry is in, under the same
 * conditions; @path->entry itself, if that is no file; NULL: it may not be offered. For
 * who can have only directories written to, as a change set.
 */
const char *observed_directory(const struct observed_scope *scope,
			       const struct observed_path *path);

#endif
