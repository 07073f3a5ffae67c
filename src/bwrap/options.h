/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * options.h - the command line of bubblewrap 0.11, as data
 *
 * Theory of operation
 *
 * bwrap(1) has no profile: its arguments are a program for building a root, carried out
 * in the order in which they stand, and some switches. One table (options.c) has a row
 * for each of the 67 options: its name, how many words it takes, what is done with them.
 * The order is kept: what is to be done to files is a list (struct bwrap_op), and
 * variables are set in our own environment at once, so that the last word counts there as
 * well. What is here is only what the arguments say; steps.c makes steps of the list, and
 * wanted.c a policy of the switches.
 */
#ifndef SBOX_BWRAP_OPTIONS_H
#define SBOX_BWRAP_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/strbuf.h"

enum bwrap_op_type {
	BWRAP_BIND, /* @source at @target, as the flags say */
	BWRAP_BIND_FD,
	BWRAP_OVERLAY, /* @lowers below @source with @work */
	BWRAP_TMP_OVERLAY,
	BWRAP_RO_OVERLAY,
	BWRAP_PROC,
	BWRAP_DEV,
	BWRAP_TMPFS,
	BWRAP_MQUEUE,
	BWRAP_DIR,
	BWRAP_FILE,    /* from @fd, written to @target */
	BWRAP_DATA,    /* from @fd, mounted on @target */
	BWRAP_SYMLINK, /* @target -> @source */
	BWRAP_REMOUNT,
	BWRAP_CHMOD,
};

enum { /* of BWRAP_BIND, BWRAP_BIND_FD and BWRAP_DATA */
       BWRAP_READONLY = 1,
       BWRAP_DEVICES = 2,
       BWRAP_TRY = 4, /* a source that is missing is passed over */
};

struct bwrap_op {
	enum bwrap_op_type type;
	const char *option; /* as it was given, for errors */
	unsigned flags;
	const char *source, *target, *work;
	int fd;
	int perms;           /* -1: not said */
	int64_t size;        /* 0: not said */
	const char **lowers; /* NULL-terminated, the bottom one first */
};

/* What the arguments say; descriptors are -1 where they say nothing. */
struct bwrap {
	struct arena *arena;
	struct bwrap_op *ops;
	size_t ops_len;
	bool user, user_try, pid, ipc, net, uts, cgroup, cgroup_try; /* unshared */
	bool disable_userns, assert_userns;
	bool new_session, with_parent, as_pid_1, level_prefix, not_a_boundary;
	const char *argv0, *hostname, *chdir, *exec_label, *file_label;
	int64_t uid, gid; /* -1: not said */
	int sync_fd, block_fd, userns_block_fd, info_fd, json_fd;
	int userns_fd, userns2_fd, pidns_fd;
	int *filters; /* of --seccomp or --add-seccomp-fd, in their order */
	size_t filters_len;
	bool one_filter, more_filters; /* which of the two */
	uint64_t caps;                 /* bit N: capability N */
	const char **locks;            /* NULL-terminated; NULL: none */
	size_t locks_len;
	const char *mode; /* SBOX_BWRAP, before options change variables; the owner's */
	char **environ;   /* of before, likewise */
	int *inherited;   /* descriptors that were open before, filled by the owner */
	size_t inherited_len;
	int *spent; /* descriptors that are used up, or ours: never the command's */
	size_t spent_len;
	const char *const *command; /* NULL-terminated; NULL: there is none */
	bool help, version, explain;

	/* while parsing: of --perms, --size and --overlay-src, for the next operation */
	int perms;
	int64_t size;
	const char **lowers;
	size_t lowers_len;
	size_t words;           /* that were seen */
	bool in_file;           /* --args: these words come from there */
	bool *seen;             /* by the number of the option */
	struct strbuf warnings; /* lines, each without the name of the program */
};

/*
 * Parses main()'s words into *ret, of which what is the owner's stays. Changes the
 * environment of the process. 0, or -1 with *err; all is in its arena.
 * bwrap_print_help(): for --help, and for whoever gives no command.
 */
_must_check_ int bwrap_parse(char **argv, struct bwrap *ret, struct error *err);
void bwrap_print_help(const char *program, struct strbuf *out);

#endif
