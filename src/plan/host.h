/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * host.h - what the planner has to know about the machine
 *
 * Facts, collected by box/host/probe.c before anything is done. The planner itself
 * looks at nothing: it asks lookup(), which a unit test answers from a table.
 */
#ifndef SBOX_HOST_H
#define SBOX_HOST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/arena.h"
#include "plan/guard-facts.h"
#include "policy/net.h"

struct host_file {
	mode_t type; /* S_IFMT of the file itself, symlinks followed */
	dev_t dev;
	ino_t ino;
	dev_t rdev;
	const char *real;    /* canonical path */
	const char *symlink; /* what the last component points to, if it is a symlink */
};

struct subid_range { /* one line of /etc/subuid or /etc/subgid; count 0: none */
	int64_t first, count;
};

/* Controllers of cgroup v2 that a limit can use. */
enum { CGROUP_MEMORY = 1, CGROUP_PIDS = 2, CGROUP_CPU = 4, CGROUP_CONTROLLERS = 3 };

/* Where the sandbox could get a cgroup; looked at only if a limit can use one. */
struct host_cgroup {
	const char *why_not; /* nowhere; NULL: it can, and the rest is filled */
	const char *place;   /* for people: "a cgroup in /sys/fs/cgroup/ci" */
	const char *dir;     /* the cgroup in which it is made; NULL: in a new scope */
	bool scope; /* systemd's manager is asked for a scope, which sbox moves into */
	bool move;  /* sbox is alone in @dir, and must make room by moving deeper */
	unsigned controllers; /* bits CGROUP_*: what can be limited there */
	bool swap;            /* the kernel counts swap */
};
/*
 * The first range in @text, a subuid(5) file, that belongs to @name (NULL: no name) or
 * to the number @id. Lines that newuidmap(1) would not understand are passed over, and
 * so is a range with id 0 in it or past the last id.
 */
void host_subids(const char *text, const char *name, uid_t id, struct subid_range *ret);

/* The name and home directory of a user, as /etc/passwd says; NULL: it does not. */
struct host_account {
	const char *name, *home;
};

/*
 * The name of number @id in @text, a passwd(5) or group(5) file, in @arena; NULL: there
 * is none. The first line counts that has a name, a password and this number, each with a
 * colon behind; comments and what is left of NIS ("+", "-") name nobody.
 */
const char *host_name(struct arena *arena, const char *text, int64_t id);

/* Name and home directory of number @id in @text, a passwd(5) file, by the same line. */
void host_account(struct arena *arena, const char *text, int64_t id,
		  struct host_account *ret);

/*
 * A file that is root's, where the caller is somebody else and can read it: a text of
 * at most 1 MiB. Who compares owners inside sees neither root nor itself.
 */
struct host_copy {
	const char *path; /* by which it was found */
	const char *real; /* canonical */
	const char *content;
	unsigned mode; /* permissions */
};

struct host_copies {
	struct host_copy *list;
	size_t len;
};

/* The job slots of the make that the caller is a recipe of: box/host/jobserver.h. */
struct host_jobserver {
	int in, out;      /* descriptors; -1: there are none */
	const char *word; /* of MAKEFLAGS that says so */
};

/* A file of seccomp.programs, as it was read. */
struct host_program {
	const void
		*bytes; /* aligned; one more than can be loaded, if there are so many */
	size_t size;
	const char *why_not; /* it cannot be read; NULL: it was */
	const char *real;    /* canonical path; NULL: it has none */
};

enum host_opaque { HOST_MERGED, HOST_OPAQUE, HOST_UNSURE /* nobody can look */ };

struct host {
	struct timespec since; /* nothing was looked at before (CLOCK_REALTIME_COARSE) */
	uid_t uid;
	gid_t gid;
	const char *user;  /* name of @uid, NULL if it has none */
	const char *group; /* name of @gid, NULL if it has none */
	const char *cwd;   /* canonical; NULL: it cannot be named */
	struct subid_range subuid, subgid;
	const char *newuidmap, *newgidmap; /* paths, NULL: not found */
	int landlock_abi;                  /* 0: none */
	bool pid_max; /* a PID namespace has its own kernel.pid_max (Linux 6.14) */
	const int64_t *rlimits; /* the caller's hard limits by number, -1: none; NULL: not
				   known */
	struct host_cgroup cgroup;

	/* looked at for a network with a helper only */
	const char *slirp4netns, *pasta; /* paths, NULL: not found */
	const char *egress;              /* the path of sbox-egress, likewise */
	int tun_errno;                   /* of opening /dev/net/tun, 0: it can be */
	struct net_addr *addresses;      /* the host's own, loopback left out */
	size_t addresses_len;
	const char *addresses_error; /* why they are not known, NULL: they are */
	/* /etc/resolv.conf, and what systemd-resolved and NetworkManager keep behind a
	 * loopback address in it; NULL: not there */
	const char *resolv_conf, *resolved_conf, *nm_conf;

	const struct host_program *programs; /* one for each of seccomp.programs */
	struct host_jobserver jobserver;     /* looked at for process.jobserver only */
	const char *const *environ;

	/*
	 * Looks at @path (absolute). 0: *ret is filled, its strings live as long as
	 * the host; else an errno: ENOENT, EACCES, ELOOP, ...
	 */
	int (*lookup)(const struct host *host, const char *path, struct host_file *ret);
	/*
	 * The target of the symlink at @path, NULL if it is none. Other than lookup() it
	 * sees a link whose target is not there. "" if it cannot be read: a step that
	 * keeps it then fails, as no link is so short.
	 */
	const char *(*link)(const struct host *host, const char *path);
	/*
	 * Whether nobody with the caller's rights can make missing @path, also not by
	 * changing modes first; NULL: that is possible everywhere.
	 */
	bool (*barred)(const struct host *host, const char *path);
	/*
	 * The first mount point of the host below the directory at canonical @path, which
	 * no overlay can be laid over; NULL: there is none, or it is not known.
	 */
	const char *(*mount_below)(const struct host *host, const char *path);
	/*
	 * Whether the directory at @path, in a layer of an overlay, hides what the layers
	 * below have in it: a mark that overlayfs has put there. NULL: nobody can tell.
	 */
	enum host_opaque (*opaque)(const struct host *host, const char *path);
	/*
	 * The kernel, if its tmpfs takes no user.* attributes: "Linux 6.1.0-56-amd64".
	 * NULL: it takes them, as since Linux 6.6, or nobody can tell. An ordinary user's
	 * overlayfs notes in them that a directory hides the one below it.
	 */
	const char *(*bare_tmpfs)(const struct host *host);
	void *lookup_data;
	/*
	 * Finds, into *ret, what is root's of @path, a directory's files or that file
	 * itself, with what is in it. In the host's arena. NULL: nobody can tell.
	 */
	void (*copies)(const struct host *host, const char *path,
		       struct host_copies *ret);
	/*
	 * Finds out, into *ret, what programs take as instructions in and around the
	 * canonical directories @dirs: see guard-facts.h. NULL: nobody can tell.
	 */
	void (*instructions)(const struct host *host, const char *const *dirs, size_t len,
			     struct guard_facts *ret);
	void *instructions_data;
};

#endif
