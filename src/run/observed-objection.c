/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* observed-objection.c - why a path is not offered; see observed-objection.h */
#include "config.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "plan/guard-table.h"
#include "run/observed-objection.h"

/* Words in the last part of a path, by which secrets are called in other places. */
static const char *const telling[] = {
	"id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "credential", "secret",
	"token",  "passw",  ".pem",     ".key",       ".p12",       ".pfx",
	".kdbx",  ".env",   ".agent",   "agent.",
};

/* Where sockets and devices are, other users' files, or the kernel's. */
static const char *const no_places[] = {
	"/proc", "/sys", "/dev", "/run", "/var/run", "/boot", "/root",
};

/* The entry of @list that covers @real; NULL: none does. */
static const struct text *entry_covering(const struct observed_listed *list, size_t len,
					 const char *real)
{
	for (size_t i = 0; i < len; i++)
		if (path_within(real, list[i].path))
			return list[i].text;
	return NULL;
}

/* One of the two is in the other. */
static bool is_near(const char *a, const char *b)
{
	return path_within(a, b) || path_within(b, a);
}

/* Whether @name, a part of a path, is one by which secrets are called. */
static bool is_telling(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof telling / sizeof *telling; i++) {
		const size_t n = strlen(telling[i]);

		for (size_t at = 0; at + n <= len; at++)
			if (strncasecmp(name + at, telling[i], n) == 0)
				return true;
	}
	return false;
}

/* By its place or its name; of what is in a home directory, by that of any directory on
 * the way as well. */
static bool is_secret(const struct observed_scope *scope, const char *real)
{
	const char *last = path_last(real);

	for (const char *const *secret = scope->secrets; *secret; secret++)
		if (is_near(real, *secret))
			return true;
	for (const char *const *home = scope->all_homes; *home; home++) {
		if (!path_within(real, *home))
			continue;
		for (const char *part = path_below(real, *home); *part;
		     part += strspn(part, "/")) {
			const size_t len = strcspn(part, "/");

			if (is_telling(part, len))
				return true;
			part += len;
		}
	}
	return is_telling(last, strlen(last));
}

/* "/" and what is in it, a home directory and all that it is in, and of one the
 * directories in which all programs keep theirs. */
static bool is_too_much(const struct observed_scope *scope, const char *real)
{
	if (path_depth(real) < 2 || strcmp(real, "/var/tmp") == 0)
		return true;
	for (const char *const *home = scope->all_homes; *home; home++)
		if (path_within(*home, real))
			return true;
	for (const char *const *dir = scope->shared; *dir; dir++)
		if (strcmp(real, *dir) == 0)
			return true;
	return false;
}

/* Whether the parts of @name are the last ones of @path, or are on its way. */
static bool has_parts(struct arena *arena, const char *path, const char *name)
{
	const char *with = arena_printf(arena, "%s/", path);

	return strstr(with, arena_printf(arena, "/%s/", name)) != NULL;
}

/* Whether other programs take what is written to @real as instructions. */
static bool is_instruction(const struct observed_scope *scope, const char *real)
{
	static const char *const dirs[] = { ".git", ".hg", ".jj", ".svn" };

	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
		if (has_parts(scope->arena, real, dirs[i]))
			return true;
	for (const struct guard_row *row = guard_table; row->place; row++)
		if (row->name && row->where != GUARD_GIT && row->where != GUARD_HG &&
		    row->where != GUARD_JJ && row->where != GUARD_SVN &&
		    has_parts(scope->arena, real, row->name))
			return true;
	return entry_covering(scope->protected, scope->protected_len, real) != NULL;
}

static bool is_in_list(const char *real, const char *const *dirs, size_t len)
{
	for (size_t i = 0; i < len && dirs[i]; i++)
		if (path_within(real, dirs[i]))
			return true;
	return false;
}

/* A path entry that reads the same in TOML, in a shell and to a reader. */
static bool is_plain_path(const char *s)
{
	for (; *s; s++)
		if (!strchr("/._-+@,=~%#", *s) && !(*s >= '0' && *s <= '9') &&
		    !(*s >= 'a' && *s <= 'z') && !(*s >= 'A' && *s <= 'Z'))
			return false;
	return true;
}

/* Of directories in which anybody can make files for others to find. */
static bool is_shared_litter(const char *real)
{
	struct stat st;

	return (path_within(real, "/tmp") || path_within(real, "/var/tmp") ||
		path_within(real, "/dev/shm")) &&
	       stat(real, &st) == 0 && st.st_uid != getuid();
}

const char *observed_objection(const struct observed_scope *scope,
			       const struct place *place, const char *real,
			       const struct observed_path *path)
{
	const struct text *deny = entry_covering(scope->denied, scope->denied_len, real);
	struct stat st;

	if (deny)
		return arena_printf(scope->arena, "%s:%u hides it",
				    deny->pos.file ? deny->pos.file : "sbox",
				    deny->pos.line);
	if (place->step && place->step->type == STEP_DENY)
		return "it is hidden on purpose";
	if (is_too_much(scope, real))
		return "nobody should show all of that";
	if (is_secret(scope, real))
		return "it may be a secret, or have some in it";
	if (is_in_list(real, no_places, sizeof no_places / sizeof *no_places) ||
	    is_in_list(real, scope->own_dirs, SIZE_MAX))
		return "nothing of there is offered";
	if (is_shared_litter(real))
		return "it is somebody else's, in a directory that is everyone's";
	if (stat(real, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return "it is a socket, a FIFO or a device";
	if (path->write && (place->protect || is_instruction(scope, real)))
		return "other programs take what is there as instructions";
	if (!is_plain_path(real) || !is_plain_path(path->path))
		return "its name has unusual characters";
	return NULL;
}
