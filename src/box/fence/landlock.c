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
	if (ruleset_allow(ruleset, read_place, FS_READ & all, err) < 0)
		return -1;
	for (size_t i = 0; i < plan->steps_len; i++) {
		uint64_t rights = landlock_step_rights(&plan->steps[i]) & all;

		if (rights &&
		    ruleset_allow(ruleset, plan->steps[i].target, rights, err) < 0)
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
		if (ruleset_allow_fd(ruleset, held->fds[i], "a held directory",
				     held->rights[i] & all, err) < 0)
			return -1;
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
		uint64_t rights = 0;
		struct stat st;

		if (mode < 0 || fstat(fd, &st) < 0 ||
		    (!S_ISREG(st.st_mode) && !is_plain_device(&st)))
			continue;
		if ((mode & O_ACCMODE) != O_WRONLY)
			rights |= FS_READ_FILE;
		if ((mode & O_ACCMODE) != O_RDONLY)
			rights |= (FS_WRITE_FILE | FS_TRUNCATE) & all;
		if (ruleset_allow_open(ruleset, fd, rights, err) < 0)
			return -1;
	}
	return 0;
}

int landlock_restrict(const struct plan *plan, const struct landlock_held *held, int abi,
		      struct error *err)
{
	uint64_t fs;
	_cleanup_fd_ int ruleset = ruleset_make(abi, &fs, err);

	if (ruleset < 0 ||
	    (held->len > 0 ? allow_held(ruleset, held, fs, err)
			   : allow_all(ruleset, plan, fs, err)) < 0 ||
	    (held->queues >= 0 &&
	     ruleset_allow_fd(ruleset, held->queues, "message queues", fs, err) < 0) ||
	    allow_stdio(ruleset, fs, err) < 0)
		return -1;
	return ruleset_enforce(ruleset, err);
}
