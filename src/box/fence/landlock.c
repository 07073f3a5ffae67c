/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* landlock.c - restrict file access and scopes by Landlock; see landlock.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mnt.h"
#include "box/fence/landlock.h"

/*
 * linux/landlock.h, of which the C library's copy may be older than the kernel
 * (Documentation/userspace-api/landlock.rst): numbers are those of ABI 1 to 9.
 * What ABI 10 adds is about ports of UDP, which the rules of the network are for.
 */
struct ruleset_attr {
	uint64_t fs, net, scoped;
};

struct path_attr {
	uint64_t access;
	int32_t fd;
} __attribute__((packed));

enum {
	FS_EXECUTE = 1 << 0,
	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_ABI1 = (1 << 13) - 1,
	FS_REFER = 1 << 13,           /* ABI 2 */
	FS_TRUNCATE = 1 << 14,        /* ABI 3 */
	FS_IOCTL_DEV = 1 << 15,       /* ABI 5 */
	FS_RESOLVE_UNIX = 1 << 16,    /* ABI 9 */
	SCOPE_ABSTRACT_UNIX = 1 << 0, /* ABI 6 */
	SCOPE_SIGNAL = 1 << 1,
	RULE_PATH_BENEATH = 1,
	CREATE_RULESET_VERSION = 1,
};

#define FS_READ (FS_EXECUTE | FS_READ_FILE | FS_READ_DIR)
#define FS_OF_A_FILE                                                                     \
	(FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV |        \
	 FS_RESOLVE_UNIX)

/* The newest ABI tried with helpers outside: their C library may ask a name service. */
#define FENCE_ABI_MAX 8

int landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0,
			   CREATE_RULESET_VERSION);

	return abi < 0 ? 0 : (int)abi;
}

uint64_t landlock_handled(int abi)
{
	uint64_t rights = FS_ABI1;

	if (abi >= 2)
		rights |= FS_REFER;
	if (abi >= 3)
		rights |= FS_TRUNCATE;
	if (abi >= 5)
		rights |= FS_IOCTL_DEV;
	if (abi >= 9)
		rights |= FS_RESOLVE_UNIX;
	return rights;
}

uint64_t landlock_step_rights(const struct step *step)
{
	const uint64_t all = landlock_handled(LANDLOCK_NEWEST);
	uint64_t rights = step_may_write(step) ? all : 0;

	/* sockets in a file system of the sandbox's own are its own */
	if (rights && step->type != STEP_TMPFS && step->type != STEP_OVERLAY)
		rights &= ~(uint64_t)FS_RESOLVE_UNIX;
	/* one of the host is shown by its name or not at all */
	if (step->type == STEP_BIND && S_ISSOCK(step->file_type))
		rights |= FS_RESOLVE_UNIX;
	return rights;
}

/* The size of the struct as @abi knows it; later members must not be there. */
static size_t attr_size(int abi)
{
	if (abi >= 6)
		return sizeof(struct ruleset_attr);
	return abi >= 4 ? offsetof(struct ruleset_attr, scoped)
			: offsetof(struct ruleset_attr, net);
}

/* Gives @rights below what @fd is. */
static int allow_fd(int ruleset, int fd, const char *path, uint64_t rights,
		    struct error *err)
{
	struct path_attr attr = { .access = rights, .fd = fd };
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_sys(err, "landlock: %s", path);
	if (!S_ISDIR(st.st_mode))
		attr.access &= FS_OF_A_FILE;
	if (syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &attr, 0U) < 0)
		return error_sys(err, "landlock: rule for %s", path);
	return 0;
}

/* Gives @rights below @path, which may be missing: a step may have been left out. */
static int allow(int ruleset, const char *path, uint64_t rights, struct error *err)
{
	_cleanup_fd_ int fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : error_sys(err, "landlock: %s", path);
	return allow_fd(ruleset, fd, path, rights, err);
}

/*
 * Everything below the new root was put there to be read, so one rule says so. What is
 * reached by a descriptor from elsewhere is not below it. A rule that lets write holds
 * for the read-only mounts below its directory, too: rights add up on the way from a file
 * to the root, no rule takes one away, and a second rule set would have to name all that
 * is beside such a mount. There the mount itself stops writing, but for FIFOs.
 */
static const char read_place[] = "/";

static int allow_all(int ruleset, const struct plan *plan, uint64_t all,
		     struct error *err)
{
	if (allow(ruleset, read_place, FS_READ & all, err) < 0)
		return -1;
	for (size_t i = 0; i < plan->steps_len; i++) {
		uint64_t rights = landlock_step_rights(&plan->steps[i]) & all;

		if (rights && allow(ruleset, plan->steps[i].target, rights, err) < 0)
			return -1;
	}
	return 0;
}

static int hold_place(struct landlock_held *held, const char *path, uint64_t rights,
		      struct error *err)
{
	int fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : error_sys(err, "landlock: %s", path);
	if (held->len == LANDLOCK_HELD_MAX) {
		(void)close(fd);
		return error_set(err,
				 "landlock: more than %d writable mounts cannot be held "
				 "for sboxctl exec: go without --name",
				 LANDLOCK_HELD_MAX - 1);
	}
	held->fds[held->len] = fd;
	held->rights[held->len++] = rights;
	return 0;
}

int landlock_hold(const struct plan *plan, struct landlock_held *held, struct error *err)
{
	if (hold_place(held, read_place, FS_READ, err) < 0)
		return -1;
	for (size_t i = 0; i < plan->steps_len; i++) {
		uint64_t rights = landlock_step_rights(&plan->steps[i]);

		if (rights && hold_place(held, plan->steps[i].target, rights, err) < 0)
			return -1;
	}
	return 0;
}

int landlock_queues(int *ret_fd, struct error *err)
{
	const struct mnt_option none = { NULL, NULL };

	*ret_fd = mnt_new("mqueue", &none,
			  MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	if (*ret_fd < 0 && errno != ENODEV)
		return error_sys(err, "landlock: message queues");
	return 0;
}

static int allow_held(int ruleset, const struct landlock_held *held, uint64_t all,
		      struct error *err)
{
	for (size_t i = 0; i < held->len; i++)
		if (allow_fd(ruleset, held->fds[i], "a held directory",
			     held->rights[i] & all, err) < 0)
			return -1;
	return 0;
}

static int make_ruleset(int abi, uint64_t *ret_fs, struct error *err)
{
	struct ruleset_attr attr = { .fs = landlock_handled(abi) };
	int ruleset;

	if (abi >= 6)
		attr.scoped = SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL;
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, attr_size(abi), 0U);
	*ret_fs = attr.fs;
	return ruleset < 0 ? error_sys(err, "landlock: cannot make a rule set") : ruleset;
}

static int enforce(int ruleset, struct error *err)
{
	if (syscall(SYS_landlock_restrict_self, ruleset, 0U) < 0)
		return error_sys(err, "landlock: cannot restrict");
	return 0;
}

/* A device that the sandbox's own /dev has: null, zero, full, random or urandom. */
static bool is_plain_device(const struct stat *st)
{
	static const unsigned minors[] = { 3, 5, 7, 8, 9 };
	bool found = false;

	for (size_t i = 0; i < sizeof minors / sizeof minors[0]; i++)
		found = found || minor(st->st_rdev) == minors[i];
	return found && S_ISCHR(st->st_mode) && major(st->st_rdev) == 1;
}

/*
 * A file of outside, or a device that is as good as the sandbox's, that is standard
 * input, output or error can be opened once more by /dev/stdin and its kin, as it was
 * opened for us: just that file, and nothing beside it.
 */
static int allow_stdio(int ruleset, uint64_t all, struct error *err)
{
	for (int fd = 0; fd <= 2; fd++) {
		int mode = fcntl(fd, F_GETFL);
		struct path_attr attr = { .fd = fd };
		struct stat st;

		if (mode < 0 || fstat(fd, &st) < 0 ||
		    (!S_ISREG(st.st_mode) && !is_plain_device(&st)))
			continue;
		if ((mode & O_ACCMODE) != O_WRONLY)
			attr.access |= FS_READ_FILE;
		if ((mode & O_ACCMODE) != O_RDONLY)
			attr.access |= (FS_WRITE_FILE | FS_TRUNCATE) & all;
		if (syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &attr,
			    0U) < 0 &&
		    errno != EBADFD)
			return error_sys(err, "landlock: rule for descriptor %d", fd);
	}
	return 0;
}

int landlock_restrict(const struct plan *plan, const struct landlock_held *held, int abi,
		      struct error *err)
{
	uint64_t fs;
	_cleanup_fd_ int ruleset = make_ruleset(abi, &fs, err);

	if (ruleset < 0 ||
	    (held->len > 0 ? allow_held(ruleset, held, fs, err)
			   : allow_all(ruleset, plan, fs, err)) < 0 ||
	    (held->queues >= 0 &&
	     allow_fd(ruleset, held->queues, "message queues", fs, err) < 0) ||
	    allow_stdio(ruleset, fs, err) < 0)
		return -1;
	return enforce(ruleset, err);
}

int landlock_fence(const struct landlock_path *paths, size_t len, int abi,
		   struct error *err)
{
	uint64_t fs;
	const int used = abi < FENCE_ABI_MAX ? abi : FENCE_ABI_MAX;
	_cleanup_fd_ int ruleset = abi > 0 ? make_ruleset(used, &fs, err) : -1;

	if (abi <= 0)
		return 0;
	for (size_t i = 0; ruleset >= 0 && i < len; i++)
		if (allow(ruleset, paths[i].path, paths[i].write ? fs : FS_READ & fs,
			  err) < 0)
			return -1;
	return ruleset < 0 ? -1 : enforce(ruleset, err);
}
