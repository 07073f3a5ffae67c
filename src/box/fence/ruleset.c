/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ruleset.c - Landlock's rule sets, whoever they are for; see ruleset.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "box/fence/ruleset.h"

struct ruleset_attr {
	uint64_t fs, net, scoped;
};

struct path_attr {
	uint64_t access;
	int32_t fd;
} __attribute__((packed));

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

/* The size of the struct as @abi knows it; later members must not be there. */
static size_t attr_size(int abi)
{
	if (abi >= 6)
		return sizeof(struct ruleset_attr);
	return abi >= 4 ? offsetof(struct ruleset_attr, scoped)
			: offsetof(struct ruleset_attr, net);
}

int ruleset_allow_fd(int ruleset, int fd, const char *path, uint64_t rights,
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

int ruleset_allow(int ruleset, const char *path, uint64_t rights, struct error *err)
{
	_cleanup_fd_ int fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : error_sys(err, "landlock: %s", path);
	return ruleset_allow_fd(ruleset, fd, path, rights, err);
}

int ruleset_allow_open(int ruleset, int fd, uint64_t rights, struct error *err)
{
	const struct path_attr attr = { .access = rights, .fd = fd };

	if (syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &attr, 0U) < 0 &&
	    errno != EBADFD)
		return error_sys(err, "landlock: rule for descriptor %d", fd);
	return 0;
}

int ruleset_make(int abi, uint64_t *ret_fs, struct error *err)
{
	struct ruleset_attr attr = { .fs = landlock_handled(abi) };
	int ruleset;

	if (abi >= 6)
		attr.scoped = SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL;
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, attr_size(abi), 0U);
	*ret_fs = attr.fs;
	return ruleset < 0 ? error_sys(err, "landlock: cannot make a rule set") : ruleset;
}

int ruleset_enforce(int ruleset, struct error *err)
{
	if (syscall(SYS_landlock_restrict_self, ruleset, 0U) < 0)
		return error_sys(err, "landlock: cannot restrict");
	return 0;
}

int landlock_fence(const struct landlock_path *paths, size_t len, int abi,
		   struct error *err)
{
	uint64_t fs;
	const int used = abi < FENCE_ABI_MAX ? abi : FENCE_ABI_MAX;
	_cleanup_fd_ int ruleset = abi > 0 ? ruleset_make(used, &fs, err) : -1;

	if (abi <= 0)
		return 0;
	for (size_t i = 0; ruleset >= 0 && i < len; i++)
		if (ruleset_allow(ruleset, paths[i].path,
				  paths[i].write ? fs : FS_READ & fs, err) < 0)
			return -1;
	return ruleset < 0 ? -1 : ruleset_enforce(ruleset, err);
}
