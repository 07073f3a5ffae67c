/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * path.h - paths as lists of components, never as strings with a common beginning
 *
 * "/home/al" is no parent of "/home/alice". All functions are lexical: they look
 * at no file. A clean path is absolute, has no empty, "." or ".." component and
 * no slash at its end, "/" being the only exception.
 */
#ifndef SBOX_PATH_H
#define SBOX_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/*
 * The clean form of absolute @path in @arena; repeated slashes, "." and a
 * trailing slash are folded. NULL if @path is not absolute, is too long
 * (PATH_MAX) or has a ".." component: what ".." means depends on symlinks, so
 * nobody here guesses.
 */
char *path_clean(struct arena *arena, const char *path);

/* Whether absolute @path is what path_clean() would make of it. */
bool path_is_clean(const char *path);

/* Whether clean @path is clean @dir or lies below it. */
bool path_within(const char *path, const char *dir);

/*
 * The part of clean @path below clean @dir, which it must be within: "" for the same
 * path, else without a leading slash.
 */
const char *path_below(const char *path, const char *dir);

/* Cuts the first component off *rest, as it is, "." and ".." too; NULL: there is none. */
char *path_next(struct arena *arena, const char **rest);

/* @dir + "/" + @rel; just @dir when @rel is "". */
char *path_join(struct arena *arena, const char *dir, const char *rel);

/* The parent of clean @path; "/" for "/". */
char *path_parent(struct arena *arena, const char *path);
/* The last component of clean @path, "" for "/". */
const char *path_last(const char *path);

/* How many components a clean path has; 0 for "/". */
size_t path_depth(const char *path);

#endif
