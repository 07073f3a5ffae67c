/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * profile.h - profile files: found, read with suspicion, merged in order
 *
 * Theory of operation
 *
 * A name with a slash is a path; a bare name is looked for in the search
 * directories only, never in the working directory, where a hostile repository
 * could leave a file of that name. A file is opened once, without following
 * magic links and without blocking (a FIFO), and judged by its descriptor: a
 * regular file of root or the caller that nobody else can write to. What was
 * judged is what is read.
 *
 * "extends" puts the parents in front, depth first, each file once; a file that
 * extends itself by any way is a mistake. When all files are known, [vars] are
 * collected (later files win), then every file is applied to the policy in order
 * and the command line comes last. All mistakes of all files go to one list.
 */
#ifndef SBOX_PROFILE_H
#define SBOX_PROFILE_H

#include <sys/types.h>

#include "policy/keys.h"

struct profile_file {
	const char *name; /* as errors call it */
	const char *path; /* absolute, canonical; what a writable bind must not expose;
			     NULL: it came by a descriptor, and has none */
	const char *dir;
	const char *written; /* absolute, with the links and ".." by which it was reached;
				NULL with path */
	struct toml_value *root;
	dev_t dev;
	ino_t ino;
	bool open; /* its parents are being loaded */
};

/* One setting of the command line; with @key NULL @text is KEY=VALUE in TOML (--set). */
struct profile_option {
	const struct key *key;
	const char *text;
	struct srcpos pos;
};

struct profile_set {
	struct diags *diags; /* its arena holds everything */
	uid_t uid;           /* of the caller: whose files are trusted, beside root's */
	const char *const *dirs; /* search path for bare names, NULL-terminated */
	/* those of @dirs that the administrator has made, whose paths are built in */
	const char *const *system_dirs; /* NULL-terminated; NULL: none */
	const char *cwd;                /* of the caller, absolute */
	struct vars vars;               /* builtin: filled by the caller */

	struct profile_file *files; /* in the order of application */
	size_t len;
};

/* Whether @name can be looked for in the search path. */
bool profile_name_ok(const char *name);

/* Loads @name and, before it, what it extends. -1: mistakes in set->diags. */
int profile_load(struct profile_set *set, const char *name, const struct srcpos *pos);

/*
 * Loads the profile that @fd gives from where it stands to its end, and, before it, what
 * it extends; as profile_load(). Whoever handed the descriptor over answers for it, so
 * nobody looks whose file it is. Its directory, for PROFILE_DIR and for what it extends,
 * is the caller's. @fd stays open.
 */
int profile_load_fd(struct profile_set *set, int fd, const struct srcpos *pos);

/* The policy of all loaded files and then the @len @options. -1: mistakes in set->diags.
 */
int profile_merge(struct profile_set *set, const struct profile_option *options,
		  size_t len, struct policy *policy);

#endif
