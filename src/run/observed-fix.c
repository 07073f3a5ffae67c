/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* observed-fix.c - the line that would let a path through; see observed-fix.h */
#include "config.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "base/strbuf.h"
#include "plan/guard-table.h"
#include "policy/forms.h"
#include "run/observed-fix.h"

/*
 * Below a home directory, whatever the profile says: keys, passwords, what else opens the
 * accounts of its owner. A profile that extends "home" hides many more.
 */
static const char *const secrets[] = {
	".ssh",
	".gnupg",
	".pki",
	".aws",
	".azure",
	".kube",
	".docker",
	".netrc",
	".npmrc",
	".pypirc",
	".password-store",
	".git-credentials",
	".config/gh",
	".config/git/credentials",
	".config/gcloud",
	".config/op",
	".config/sops",
	".config/age",
	".config/containers",
	".local/share/keyrings",
	".local/share/kwalletd",
	".mozilla",
	".config/google-chrome",
	".config/chromium",
	".thunderbird",
	".cargo/credentials.toml",
	".vault-token",
	".pgpass",
	".my.cnf",
	".Xauthority",
	".claude",
	".claude.json",
	".codex",
	".gemini",
	".bitcoin",
	".ethereum",
	".bash_history",
	".zsh_history",
	".config/sbox",
};

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
static const struct text *entry_covering(struct arena *arena, const struct texts *list,
					 const char *real)
{
	for (size_t i = 0; i < list->len; i++) {
		struct fsspec spec;

		if (fsspec_parse(arena, list->items[i].s, NULL, &spec) == 0 &&
		    path_within(real, spec.source))
			return &list->items[i];
	}
	return NULL;
}

/* One of the two is in the other. */
static bool is_near(const char *a, const char *b)
{
	return path_within(a, b) || path_within(b, a);
}

static bool is_secret(const struct observed_scope *scope, const char *real)
{
	const char *last = path_last(real);

	for (int h = 0; h < 2; h++)
		for (size_t i = 0;
		     scope->homes[h] && i < sizeof secrets / sizeof *secrets; i++)
			if (is_near(real,
				    path_join(scope->arena, scope->homes[h], secrets[i])))
				return true;
	for (size_t i = 0; i < sizeof telling / sizeof *telling; i++)
		if (strcasestr(last, telling[i]))
			return true;
	return false;
}

/* "/" and what is in it, a home directory and all that it is in, and of one the
 * directories in which all programs keep theirs. */
static bool is_too_much(const struct observed_scope *scope, const char *real)
{
	static const char *const shared[] = { ".cache",       ".config",      ".local",
					      ".local/share", ".local/state", ".var" };

	if (path_depth(real) < 2 || strcmp(real, "/var/tmp") == 0)
		return true;
	for (int h = 0; h < 2; h++) {
		if (!scope->homes[h])
			continue;
		if (path_within(scope->homes[h], real))
			return true;
		for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
			if (path_within(real, scope->homes[h]) &&
			    strcmp(path_below(real, scope->homes[h]), shared[i]) == 0)
				return true;
	}
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
	return entry_covering(scope->arena, &scope->policy->fs.protect, real) != NULL;
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
	const struct text *deny =
		entry_covering(scope->arena, &scope->policy->fs.deny, real);
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

/* What is to be shown so that @path can be made: the directory that it would be in. */
static const char *nearest_there(struct arena *arena, const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? path : path_parent(arena, path);
}

void observed_fix(const struct observed_scope *scope, const struct place *place,
		  struct observed_path *path)
{
	struct arena *arena = scope->arena;
	const char *host = nearest_there(arena, path->host);
	const char *target =
		host == path->host ? path->path : path_parent(arena, path->path);
	char real[PATH_MAX];

	path->key = path->entry = NULL;
	if (!realpath(host, real)) {
		path->no_fix = "it cannot be looked at";
		return;
	}
	path->no_fix = observed_objection(scope, place, real, path);
	if (!path->no_fix && host != path->host) /* what would be made in it counts too */
		path->no_fix = observed_objection(
			scope, place, path_join(arena, real, path_last(path->host)),
			path);
	if (path->no_fix)
		return;
	path->key = path->write ? "fs.write" : "fs.read";
	/* behind links on the way nothing can be shown but where they lead */
	if (place->path && strcmp(host, place->path) == 0)
		target = place->path;
	path->entry = strcmp(host, target) == 0
			      ? host
			      : arena_printf(arena, "%s:%s", host, target);
}
