/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plan.h - what will be done on this host, as data
 *
 * Theory of operation
 *
 * plan_make() turns the policy into lists that box/ carries out without thinking:
 * the id maps, the mounts in their order, the environment, and so on. It decides
 * everything that can be decided without a kernel and finds every mistake that
 * can be found, all of them in one go, so that what follows can only fail for
 * reasons of the machine. It has no effects: --dry-run prints its result.
 *
 * The mounts are made in this order:
 *   1. the root;
 *   2. the profile's mounts, parents before children (by the number of path
 *      components, then in the order of the profile), so that it does not matter
 *      in which order they are written;
 *      Right behind each of them come the covers of what is denied in it;
 *   3. /dev and /proc;
 *   4. every directory between a writable mount and a protected or denied path becomes
 *      a mount point (a mount point cannot be renamed away), and protected paths
 *      become read-only: plan/guarding.h;
 *   5. the root becomes read-only.
 */
#ifndef SBOX_PLAN_H
#define SBOX_PLAN_H

#include "plan/guard-facts.h"
#include "plan/host.h"
#include "plan/net.h"
#include "policy/policy.h"
#include "seccomp/bpf.h"
#include "seccomp/filter.h"

enum step_type {
	STEP_BIND,    /* @source of the host onto @target */
	STEP_TMPFS,   /* empty file system */
	STEP_OVERLAY, /* lowers under upper, or under a throw-away one */
	STEP_FILE,    /* a regular file with @content, of @source if that is set */
	STEP_SYMLINK, /* @target -> @source */
	STEP_DIR,
	STEP_MQUEUE,
	STEP_DEV,      /* the whole minimal /dev */
	STEP_PROC,     /* a new procfs with limits and masks */
	STEP_PIN,      /* @target onto itself: cannot be renamed away */
	STEP_PROTECT,  /* the same, read-only */
	STEP_DENY,     /* covered by something empty */
	STEP_READONLY, /* the mount at @target from here on */
	STEP_CHMOD,    /* @target gets @mode */
};

struct step { /* one mount or file of the new root, in order */
	enum step_type type;
	const char *source; /* path of the host; canonical for binds */
	const char *target; /* path inside */
	const char *top;    /* of a guard: the target of the mount that it is a part of */
	/* of the source, or of what is guarded, as it was when it was looked at; of a
	 * guard 0: that is not known; of a cache 0: it is not made yet */
	dev_t dev;
	ino_t ino;
	mode_t file_type;  /* S_IFDIR, S_IFREG, ... of the source or the target */
	const char *cache; /* of a bind: the name of the private cache that it shows */
	bool readonly, noexec;
	bool optional;        /* a target that is not there is no error (deny, overlay) */
	bool verbatim;        /* a device: without nodev */
	int64_t size, inodes; /* tmpfs */
	unsigned mode;        /* permissions of tmpfs, dir, file */
	const char *content;
	/* of a plan_given; @from_fd: the file's content is read from @fd to its end, by
	 * init; @mounted: the file is a mount of its own, over what is there; @hidden: a
	 * later step lies over it; @parents: permissions of directories on the way that
	 * are made. @loose: mount points are made where they are missing, also in
	 * writable directories of the host; /dev stays writable and has core, its shm is
	 * a plain directory. @bare: /proc has no covers, which would keep the command
	 * from mounting one in namespaces of its own */
	bool from_fd, mounted, hidden, loose, bare;
	int fd;
	unsigned parents;
	const char *link; /* what the source was a symlink to, while planning */
	const struct guard_row *guard; /* protect: why; NULL: a profile or sbox says so */
	const char **lowers;           /* overlay: NULL-terminated */
	const char *upper, *work;
	/* overlay: writes to @source, its only lower layer, go to a change set; a guard:
	 * it is a part of such a one */
	bool changes;
	struct srcpos pos;            /* file NULL: sbox itself */
	unsigned layer, order, depth; /* while planning */
};

/*
 * Whether the command may change files below the step's target, as Landlock is told: what
 * a step is alone decides, and not what stands above or below it.
 */
bool step_may_write(const struct step *step);

/* One of seccomp.programs, loaded behind those of the filter. */
struct plan_program {
	const char *path; /* of the host */
	struct bpf_program program;
	bool by_prctl; /* those before it refuse seccomp(2), and let prctl(2) pass */
	struct srcpos pos;
};

struct covered { /* a guarded path in a directory of the host, at one of its places */
	const char *path;   /* of the host, canonical */
	const char *origin; /* the directory of the host that is mounted, which has it */
	const char *target; /* where it is inside */
	const char *top;    /* where the mount is that shows it */
	dev_t dev;          /* of the path, as it was when it was looked at */
	ino_t ino;
	dev_t origin_dev; /* of that directory */
	ino_t origin_ino;
	bool denied;   /* else protected */
	bool writable; /* the mount is, so that directories on the way are pinned */
};

struct watched {          /* what was to be guarded, and is missing */
	const char *path; /* of the host, canonical */
	bool denied;      /* else protected */
};

/* The places that are compared when the command has ended: see box/guard/guard.h. */
struct plan_guard {
	enum guard_action action;
	const char **dirs; /* canonical directories of the host that can be written */
	size_t dirs_len;
	const char **allowed; /* canonical: what may change at and below these */
	size_t allowed_len;
	struct guard_facts facts; /* of the start */
	bool mounted;             /* facts.protect is read-only inside */
};

struct plan_tree { /* a directory of the host that is written to in a change set */
	const char *lower, *target; /* canonical; where it is inside */
	dev_t dev;
	ino_t ino;
};

/*
 * Writes that are kept apart. Every writable directory of the host is then an overlay, a
 * step with @changes, with upper and work directories below @layers by its number.
 */
struct plan_changes {
	bool on;
	const char *layers;      /* canonical, and may have to be made */
	struct plan_tree *trees; /* by number */
	size_t trees_len;
	/* canonical paths in the trees that the command is kept from by covers */
	const char **hidden;
	size_t hidden_len;
	/* those that were missing, so that nothing keeps the command from making them */
	const char **watched;
	size_t watched_len;
};

struct left_out { /* what the profile shows, and the plan does not */
	const char *target;
	const char *why;
	struct srcpos pos; /* of the line that decided */
};

struct id_range { /* a line of uid_map */
	int64_t inside, outside, count;
};

#define MAP_LINES_MAX 3

struct id_map {
	struct id_range range[MAP_LINES_MAX];
	size_t len;
};

/* One user namespace's two maps. */
struct id_maps {
	struct id_map uid, gid;
	bool setgroups; /* setgroups(2) is not denied in it */
};

enum limit_unit { LIMIT_COUNT, LIMIT_BYTES, LIMIT_TIME /* ms */, LIMIT_PERCENT };

/*
 * A program outside that the sandbox needs, which is run as the caller, in a fence of its
 * own, and dies with the sandbox: box/companion.
 */
struct plan_companion {
	const char *name;    /* of the program; no other row has it */
	const char *path;    /* of the host */
	const char *purpose; /* for people: it "carries the network's packets" */
	bool network;        /* it is the one that net.mode names */
	bool kill;           /* the sandbox ends when it ends; else that is told */
	struct srcpos pos;   /* what asked for it */
};

struct plan_limit {       /* one limit that is set */
	const char *name; /* of the key, behind "limits." */
	enum limit_unit unit;
	int64_t value;
	const char *means;   /* what enforces it; NULL: nothing does, and ... */
	const char *why_not; /* ... this is why */
	bool required;
	struct srcpos pos;
};

struct plan_rlimit { /* setrlimit(2) of the command */
	int resource;
	uint64_t soft, hard;
};

/* The sandbox's own cgroup; LIMIT_NONE: not written. */
struct plan_cgroup {
	unsigned controllers; /* CGROUP_*; 0: none is made */
	int64_t memory, swap; /* bytes */
	int64_t pids;         /* init counts */
	int64_t cpu;          /* percent of one */
};

#define PLAN_LOCKS 16
#define PLAN_LIMITS 14 /* as many limits there are */

/* LIMIT_NONE: nothing is to be done for it. */
struct plan_limits {
	struct plan_limit list[PLAN_LIMITS];
	size_t len;
	struct plan_rlimit rlimits[PLAN_LIMITS];
	size_t rlimits_len;
	int64_t nproc;       /* RLIMIT_NPROC of init, which counts itself */
	int64_t pid_max;     /* of the PID namespace */
	int64_t wall, grace; /* milliseconds */
	int64_t cpus;        /* how many of ours the command starts on */
	struct plan_cgroup cgroup;
};

/*
 * All that is done for a sandbox: whoever carries it out asks no policy. Nothing of it is
 * changed once plan_make() has made it.
 */
struct plan {
	bool subids;            /* the outer maps need newuidmap and newgidmap */
	const char *map_reason; /* why it is as it is, for people */
	struct id_maps outer;   /* U1: 0 is the caller; see start/join.h */
	struct id_maps inner; /* U2, in terms of U1; unused without the inner namespace */
	bool has_inner;
	int64_t uid, gid; /* of the command, inside */

	/* CLONE_NEW* of the outer set, CLONE_NEWUSER included; what is not the host's, so
	 * CLONE_NEWNET also if the network is another sandbox's */
	uint64_t clone_flags;
	const char *hostname; /* NULL: the UTS namespace is the host's */
	bool loopback;        /* to be brought up */
	struct net_plan net;
	struct plan_companion *companions;
	size_t companions_len;

	struct step *steps;
	size_t steps_len;
	struct left_out *left_out; /* for explanations; nothing is done with it */
	size_t left_out_len;
	bool root_of_host; /* a directory of the host, fs.root; else it is empty */
	bool root_readonly;
	bool root_overlay; /* over fs.root, for writes or for missing mount points */

	const char *cwd; /* inside */
	/* where the command starts if there is no @cwd, and "/" if that is missing,
	 * too; then PWD says where. NULL: a missing @cwd is an error */
	const char *cwd_else;
	bool given; /* the steps are a plan_given's, in its order */
	bool alone; /* the command is process 1: box/start/alone.h */
	/* of a plan_given: the command's descriptors are looked at as for any other, and
	 * nothing is made on the host */
	bool strict;
	bool leaves; /* what is left when the command ends lives on without sbox */
	int sync_fd; /* init has it until all processes inside are gone; -1: none */
	int told_fd; /* whoever reads it waits for its end: init has none; -1: none */
	/* paths inside that init has a read lock on, at most PLAN_LOCKS; NULL: none */
	const char **locks;
	bool cwd_of_host; /* process.cwd is set to it, and the host has it as well */
	const char *const *environ;
	const char *path; /* PATH inside, for finding the command */
	const char *const *argv;
	bool hold;         /* there is no command: process 1 waits for later ones */
	const char *argv0; /* what the command is called by, NULL: argv[0] */
	int umask;         /* -1: the caller's */
	int *keep_fds;
	size_t keep_fds_len;
	bool terminal;    /* one of its own where it is started on one */
	bool with_parent; /* ends when whoever started it does */
	enum forward forward;
	bool linger;       /* until the last of its processes has ended */
	bool grace_counts; /* from a signal to end that was passed on, too */
	bool nested;       /* may make namespaces of its own */
	bool relay;        /* bytes of network sockets that it is given are copied */
	bool end_replaced; /* is ended when what covers a path no longer does */
	struct {           /* of /dev/shm */
		int64_t size, inodes;
	} shm;

	uint64_t caps; /* bit N: capability N stays */
	struct filter_policy filter;
	struct plan_program *programs;
	size_t programs_len;
	bool landlock;
	struct plan_limits limits;

	const char *
		*make_dirs; /* sbox's own directories: made before anything is started */
	size_t make_dirs_len;
	struct covered *covers; /* watched while the command runs: box/covers/watch.h */
	size_t covers_len;
	struct watched *watch; /* reported if they come to be */
	size_t watch_len;
	struct plan_guard guard;
	struct plan_changes changes;

	struct diag *warnings; /* no mistakes, but hardly what was meant */
	size_t warnings_len;
};

/*
 * What a front end wants that is no profile: steps in their order, as they are, in the
 * place of all that the policy's "fs" says, and an environment.
 */
struct plan_given {
	const struct step *steps;
	size_t steps_len;
	const char *const *environ; /* NULL-terminated */
	const char *cwd, *cwd_else; /* as of struct plan; clean */
	int sync_fd, told_fd;       /* likewise */
	bool alone, strict, leaves;
	const char **locks;
	/* compiled filters, in the order of policy->seccomp.programs, which names them */
	const struct host_program *programs;
};

struct plan_input {
	const struct plan_given *given; /* NULL: the policy says all */
	const struct policy *policy;
	const struct host *host;
	const char *const *argv; /* the command, NULL-terminated, empty with @hold */
	bool hold; /* the sandbox has no command of its own, and waits for later ones */
	const char *const
		*profile_files; /* canonical, NULL-terminated: never writable inside */
	const char *const *own_dirs; /* sbox's own directories, the same */
	/* those that are not even to be seen; NULL: there are none */
	const char *const *hidden_dirs;
	/* the change set that is written to, and the directory of them all, which may be
	 * missing or NULL; NULL: what may be written to is written to */
	const char *changes, *changes_dir;
	/* where private caches are, the same but for those that are asked for; the one
	 * that they are made in; NULL: the environment does not say */
	const char *const *cache_dirs;
	const char *caches;
	bool caches_aside; /* in their place something empty in memory: none is written */
};

/* The entry of env.pass that lets the variable called @name (@len bytes) through, or
 * NULL. */
const struct text *plan_env_pass(const struct policy *policy, const char *name,
				 size_t len);

/* Whether the profile lets the command change guarded @path. */
bool plan_guard_allows(const struct plan_guard *guard, const char *path);

/* 0, or -1 with the mistakes in @diags. Everything is in @diags' arena. */
int plan_make(const struct plan_input *input, struct diags *diags, struct plan *ret);

/*
 * The mistake in the plan itself, in words, or NULL: its steps are in an order in which
 * none hides another, its maps are maps, and what belongs together is there together. A
 * plan that plan_make() made has no mistake: the tests and the fuzzer ask of each.
 */
const char *plan_check(const struct plan *plan);

/*
 * The filter that @policy wants of a command with the ids of @plan, for filter_resolve();
 * lists in @arena, texts @policy's.
 */
void plan_filter_spec(struct arena *arena, const struct policy *policy,
		      const struct plan *plan, struct filter_spec *ret);

/* The companion of this name, or NULL. */
const struct plan_companion *plan_companion(const struct plan *plan, const char *name);

/* The controllers (CGROUP_*) of a cgroup that could hold limits of @policy. */
unsigned plan_wants_cgroup(const struct policy *policy);

/* A limit's value as a profile would have it: "512M", "1h30m". */
void limit_value(const struct plan_limit *limit, struct strbuf *out);
/*
 * For the object that is open in @out, a member each: "limits", all that are set, with
 * what enforces them; "layers", what stands between the command and the host; "net", the
 * network of a sandbox that ran; "companions" of one that ran (@lost: how that of its
 * network ended, NULL: it did not); "caches", the private ones that it had.
 */
void limits_json(const struct plan *plan, struct strbuf *out);
void plan_layers_json(const struct plan *plan, int landlock_abi, struct strbuf *out);
void net_report_json(const struct net_plan *net, const struct net_usage *usage,
		     struct strbuf *out);
void companions_json(const struct plan *plan, const char *lost, struct strbuf *out);
/* "hosts" and "left_out", what net.mode = "filtered" has counted, likewise. */
void net_tally_json(const struct egress_tally *tally, struct strbuf *out);

/* The private caches as an array, for --dry-run=json and the report. */
void caches_json(const struct plan *plan, struct strbuf *out);

/* In a few lines (--dry-run); @profiles: their names, for people. */
void plan_summary(const struct plan *plan, const char *profiles, struct strbuf *out);
/* All of it, for people and for programs (--dry-run=full, --dry-run=json). */
void plan_print(const struct plan *plan, struct strbuf *out);
void plan_json(const struct plan *plan, struct strbuf *out);

#endif
