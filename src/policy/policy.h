/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * policy.h - what is wanted: the merged profiles and the command line
 *
 * Plain data. Every setting remembers the place that it came from, so that the
 * plan, a report and an error can name the line. Which profile key fills which
 * member is said once, in the key table (keys.c). Layers are applied parents
 * first: a scalar is replaced, a list grows, a table merges.
 */
#ifndef SBOX_POLICY_H
#define SBOX_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/strindex.h"

/* pos.file NULL: nobody set it, the value is the default. */
struct text {
	const char *s; /* NULL if unset and without a default */
	struct srcpos pos;
	unsigned layer; /* which file or command line it came from; later ones are larger
			 */
};

struct texts {
	struct text *items;
	size_t len;
	struct strindex index; /* of all items, by what they say */
};

struct word { /* one of the words that the key table lists, by its enum */
	int value;
	const char *arg; /* what follows a word that ends with ":"; NULL: no such word */
	struct srcpos pos;
};

struct number {
	int64_t value;
	struct srcpos pos;
};

#define LIMIT_NONE INT64_C(-1) /* the number of a limit that nobody has set */

struct pair {
	const char *name, *value;
	struct srcpos pos;
	const char *dir;     /* [vars]: of the profile that defines it, its PROFILE_DIR */
	const char *missing; /* of a variable of sbox: why it has no value, if not simply
				unset */
	unsigned layer;      /* as of struct text */
};

struct pairs { /* a table of strings; names are unique, in the order of first mention */
	struct pair *items;
	size_t len;
	struct strindex index; /* of all items */
};

enum root_mode { ROOT_RO, ROOT_OVERLAY, ROOT_RW };
enum proc_mode { PROC_FRESH, PROC_BIND, PROC_NONE };
enum dev_mode { DEV_MINIMAL, DEV_NONE };
enum replace_mode { REPLACE_WARN, REPLACE_KILL };
enum map_mode { MAP_AUTO, MAP_SUBIDS, MAP_SINGLE };
/* NET_AUTO is of policies alone: a plan has the helper that is installed. */
enum net_mode {
	NET_NONE,
	NET_HOST,
	NET_SLIRP4NETNS,
	NET_PASTA,
	NET_FILTERED,
	NET_AUTO,
	NET_JOIN,
};
enum net_scope { NET_SCOPE_PUBLIC, NET_SCOPE_LAN, NET_SCOPE_ANY };
enum net_inherited { NET_INHERITED_REFUSE, NET_INHERITED_RELAY };
enum net_tls { NET_TLS_MATCH, NET_TLS_ANY };
enum net_exit { NET_EXIT_KILL, NET_EXIT_CONTINUE };
enum landlock_mode { LANDLOCK_AUTO, LANDLOCK_OFF };
enum tty_mode { TTY_AUTO, TTY_NEVER };
/* Who gets a signal that a process has sent to sbox. AUTO: the command's process where it
 * has a terminal of its own; else its process group, if the signal is to end it. */
enum forward { FORWARD_AUTO, FORWARD_PROCESS, FORWARD_GROUP, FORWARD_NEVER };
enum guard_action { GUARD_MOVE, GUARD_FAIL, GUARD_WARN, GUARD_OFF };
/* What becomes of a change set when the command has succeeded; when it has failed, nobody
 * is asked. */
enum on_success {
	ON_SUCCESS_KEEP,
	ON_SUCCESS_COMMIT,
	ON_SUCCESS_DISCARD,
	ON_SUCCESS_ASK
};
enum changes_protect { CHANGES_REFUSE, CHANGES_SKIP };

enum mount_type {
	MOUNT_BIND,    /* a directory or file of the host */
	MOUNT_TMPFS,   /* an empty one */
	MOUNT_OVERLAY, /* lower directories under a writable one */
	MOUNT_FILE,    /* a file with the content given in the profile */
	MOUNT_SYMLINK, /* a symbolic link */
	MOUNT_DIR,     /* an empty directory */
	MOUNT_MQUEUE,  /* POSIX message queues of the sandbox */
	MOUNT_SOCKET,  /* a socket of the host, named as such */
	MOUNT_DEVICE,  /* a device node of the host, named as such */
};

struct mount { /* one [[fs.mount]] */
	struct word type;
	struct text source, target, content, upper, work;
	struct texts lower;
	struct number size, inodes;               /* bytes, count; tmpfs */
	struct text mode;                         /* octal: tmpfs, dir, file */
	struct number readonly, noexec, optional; /* booleans */
	struct srcpos pos;
	unsigned layer;
};

struct mounts {
	struct mount *items;
	size_t len;
};

struct policy {
	struct text description;

	struct {
		struct texts read, write, deny, protect,
			tmpfs;      /* "[?]SRC[:DST]", see fsspec */
		struct texts cache; /* "NAME[:PATH]", see cachespec */
		struct text root;
		struct word root_mode, proc, dev, on_replace;
		struct mounts mount;
	} fs;
	struct {
		struct word action;
		struct texts allow;
	} guard;
	struct {
		struct number enabled; /* boolean */
		struct word on_success, on_failure, protect;
		struct number history; /* sets */
		struct number max;     /* bytes, LIMIT_NONE: as much as there is */
		struct text dir;
	} changes;
	struct {
		struct text user;
		struct word map;
		struct number setgroups; /* boolean */
		struct text hostname;
	} identity;
	struct {
		struct texts pass, path;
		struct pairs set;
	} env;
	struct {
		struct word mode, scope, on_helper_exit, inherited, tls;
		struct texts allow, deny; /* see net_target_parse() */
		struct texts dns, search; /* addresses or one word; domains */
		struct texts publish;     /* see net_publish_parse() */
		struct texts reach;       /* likewise */
		struct number ipv6;       /* boolean */
		struct number proxy;      /* boolean */
		struct text upstream;     /* "http://[USER:PASSWORD@]HOST:PORT" */
	} net;
	struct {
		struct word base; /* enum filter_base */
		struct texts allow, deny;
		struct texts programs; /* files of struct sock_filter */
	} seccomp;
	struct {
		struct texts keep;
	} caps;
	struct {
		struct word mode;
		struct number min_abi;
	} landlock;
	struct {
		struct text cwd, argv0, umask;
		struct texts keep_fds;
		struct number die_with_parent, jobserver; /* booleans */
		struct number kill_after_grace, linger;   /* booleans */
		struct word tty, forward;
	} process;
	struct {
		struct texts share;
		struct number nested, inner; /* booleans */
	} namespaces;
	struct {
		struct number tmpfs, inodes; /* bytes and files of each tmpfs */
		/* LIMIT_NONE: not limited; times are in milliseconds */
		struct number pids, nofile, fsize, core, stack, memlock;
		struct number cpu_time, wall, grace;
		struct number memory, swap, cpu, cpus; /* cpu: percent of one */
		struct texts require;                  /* names of limits */
	} limits;
};

/* The defaults of the key table; no strings are allocated. */
void policy_init(struct policy *policy);

#endif
