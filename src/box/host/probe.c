/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* probe.c - facts about this machine; see probe.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/path.h"
#include "base/sys.h"
#include "box/host/jobserver.h"
#include "box/host/listing.h"
#include "box/host/mountinfo.h"
#include "box/host/probe.h"
#include "seccomp/import.h"

#define SUBID_FILE_MAX ((size_t)1024 * 1024)
#define NAMES_FILE_MAX ((size_t)16 * 1024 * 1024)
#define MOUNTINFO_MAX ((size_t)64 * 1024 * 1024)

/* Looked-up paths, so that none is asked for twice; open addressing, by path. */
#define CACHE_SIZE 1024

struct cached {
	const char *path;
	int errnum;                   /* why there is no @file, or 0 */
	const struct host_file *file; /* NULL: most paths of a profile are not there */
};

struct cache {
	struct arena *arena;
	struct listings listings;
	char *mountinfo; /* NULL until somebody asks */
	struct cached *slots[CACHE_SIZE];
};

/* Where @path is or would be; NULL: it is crowded there. */
static struct cached **find_cached(struct cache *cache, const char *path)
{
	uint32_t hash = 2166136261U; /* FNV-1a */

	for (const char *p = path; *p; p++)
		hash = (hash ^ (unsigned char)*p) * 16777619U;
	for (size_t i = 0; i < 8; i++) {
		struct cached **slot = &cache->slots[(hash + i) % CACHE_SIZE];

		if (!*slot || strcmp((*slot)->path, path) == 0)
			return slot;
	}
	return NULL;
}

static const char *read_link(struct arena *arena, const char *path)
{
	char text[PATH_MAX];
	ssize_t n = readlink(path, text, sizeof text);

	if (n == (ssize_t)sizeof text)
		errno = ENAMETOOLONG;
	return n > 0 && n < (ssize_t)sizeof text ? arena_strndup(arena, text, (size_t)n)
						 : NULL;
}

static int look_file(struct arena *arena, const char *path, struct host_file *ret)
{
	const uint64_t plain = RESOLVE_NO_MAGICLINKS;
	_cleanup_fd_ int fd = sys_openat2(AT_FDCWD, path, O_PATH | O_CLOEXEC,
					  plain | RESOLVE_NO_SYMLINKS);
	bool links = fd < 0 && errno == ELOOP;
	struct stat st;

	if (links)
		fd = sys_openat2(AT_FDCWD, path, O_PATH | O_CLOEXEC, plain);
	if (fd < 0 || fstat(fd, &st) < 0)
		return errno;
	*ret = (struct host_file){ st.st_mode & S_IFMT, st.st_dev, st.st_ino,
				   st.st_rdev,          path,      NULL };
	if (!links && path_is_clean(path)) /* as most paths are */
		return 0;
	ret->real = io_fd_path(fd, arena);
	if (!ret->real)
		return errno;
	if (!links)
		return 0;
	ret->symlink = read_link(arena, path);
	/* EINVAL: the link is one of those above */
	return ret->symlink || errno == EINVAL ? 0 : errno;
}

/* @found: of a path that nobody has asked for yet. */
static void look_first(struct cache *cache, struct cached *found)
{
	struct host_file file;

	found->errnum = listing_missing(&cache->listings, found->path);
	if (found->errnum)
		return;
	found->errnum = look_file(cache->arena, found->path, &file);
	if (found->errnum == 0) {
		struct host_file *kept = arena_alloc(cache->arena, sizeof *kept);

		*kept = file;
		found->file = kept;
	} else if (found->errnum == ENOENT || found->errnum == ENOTDIR) {
		listing_note(&cache->listings, cache->arena, found->path);
	}
}

static int lookup(const struct host *host, const char *path, struct host_file *ret)
{
	struct cache *cache = host->lookup_data;
	struct cached **slot = find_cached(cache, path), *found = slot ? *slot : NULL;

	if (!found) {
		found = arena_alloc(cache->arena, sizeof *found);
		found->path = arena_strdup(cache->arena, path);
		look_first(cache, found);
		if (slot) /* else it is asked for anew each time */
			*slot = found;
	}
	*ret = found->file ? *found->file : (struct host_file){ 0 };
	return found->errnum;
}

static const char *host_link(const struct host *host, const char *path)
{
	const struct cache *cache = host->lookup_data;
	const char *to = read_link(cache->arena, path);

	return to || errno == EINVAL || io_is_absence(errno) ? to : "";
}

/*
 * An ordinary user's overlayfs writes the mark "y" into user.*, where it can be read.
 * Since Linux 6.7 an "x" says that there are files in it that are marked as removed.
 */
static enum host_opaque probe_opaque(const struct host *host, const char *path)
{
	char mark = 'y';
	const ssize_t n = lgetxattr(path, "user.overlay.opaque", &mark, 1);

	(void)host;
	if (n == 1 && mark == 'y')
		return HOST_OPAQUE;
	if (n == 0 || (n < 0 && (errno == ENODATA || errno == EOPNOTSUPP)))
		return HOST_MERGED;
	return HOST_UNSURE;
}

/* Without a /proc nothing is known; the kernel then refuses what cannot be done. */
static const char *probe_mount_below(const struct host *host, const char *path)
{
	struct cache *cache = host->lookup_data;

	if (!cache->mountinfo &&
	    io_read_file(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, cache->arena,
			 &cache->mountinfo) < 0)
		return NULL;
	return mountinfo_below(cache->arena, cache->mountinfo, path);
}

static bool is_since(const struct utsname *uts, long major, long minor)
{
	char *end;
	long first = strtol(uts->release, &end, 10);
	long second = *end == '.' ? strtol(end + 1, NULL, 10) : 0;

	return first > major || (first == major && second >= minor);
}

const char *probe_bare_tmpfs(struct arena *arena)
{
	struct utsname uts;
	const bool named = uname(&uts) == 0;
	_cleanup_fd_ int fd = -1;

	if (named && is_since(&uts, 6, 6))
		return NULL;
	/* the version alone does not tell what a distribution has added; this is a file
	 * of the kernel's own tmpfs */
	fd = memfd_create("sbox-probe", MFD_CLOEXEC);
	if (fd < 0 || fsetxattr(fd, "user.sbox", "", 0, 0) == 0 || errno != EOPNOTSUPP)
		return NULL;
	return named ? arena_printf(arena, "Linux %s", uts.release) : "this kernel";
}

static const char *bare_tmpfs(const struct host *host)
{
	const struct cache *cache = host->lookup_data;

	return probe_bare_tmpfs(cache->arena);
}

static bool barred(const struct host *host, const char *path)
{
	struct cache *cache = host->lookup_data;
	struct stat st;

	while (access(path, F_OK) < 0 && strcmp(path, "/") != 0)
		path = path_parent(cache->arena, path);
	if (access(path, W_OK | X_OK) == 0)
		return false;
	/* EROFS: of the file system; EPERM: an attribute that only root can take away */
	return errno != EACCES || stat(path, &st) < 0 || st.st_uid != host->uid;
}

static void find_copies(const struct host *host, const char *path,
			struct host_copies *ret)
{
	const struct cache *cache = host->lookup_data;
	struct host_file file;

	if (host->uid != 0 && lookup(host, path, &file) == 0)
		probe_copies(cache->arena, path, ret);
}

/* @path: /etc/subuid or /etc/subgid. */
static void find_subids(const char *path, const struct host *host,
			struct subid_range *ret)
{
	struct arena arena = { 0 };
	char *text;

	if (io_read_file(AT_FDCWD, path, SUBID_FILE_MAX, &arena, &text) == 0)
		host_subids(text, host->user, host->uid, ret);
	arena_done(&arena);
}

static void probe_subids(struct arena *arena, struct host *host)
{
	find_subids("/etc/subuid", host, &host->subuid);
	find_subids("/etc/subgid", host, &host->subgid);
	host->newuidmap = probe_program(arena, "newuidmap");
	host->newgidmap = probe_program(arena, "newgidmap");
}

const struct host_account *probe_account(struct probe_account *account)
{
	struct arena file = { 0 };
	char *text;

	if (account->asked)
		return &account->found;
	account->asked = true;
	/* stdio would ask where it is at every line */
	if (io_read_file(AT_FDCWD, "/etc/passwd", NAMES_FILE_MAX, &file, &text) == 0)
		host_account(account->arena, text, getuid(), &account->found);
	else if (errno != ENOENT)
		account->errnum = errno;
	arena_done(&file);
	return &account->found;
}

/*
 * A user that only a directory service knows is called as the environment says: the name
 * is for showing, newuidmap(1) looks for itself.
 */
static void probe_names(struct probe_account *account, struct host *host)
{
	const char *user = probe_account(account)->name;
	struct arena file = { 0 };
	char *text;

	host->user = user ? user : getenv("USER");
	if (io_read_file(AT_FDCWD, "/etc/group", NAMES_FILE_MAX, &file, &text) == 0)
		host->group = host_name(account->arena, text, host->gid);
	arena_done(&file);
}

/*
 * Linux 6.14 is the first where a PID namespace has its own kernel.pid_max; the other
 * file (CONFIG_CHECKPOINT_RESTORE) is needed to make it exact.
 */
static bool has_pid_max(void)
{
	struct utsname uts;

	return uname(&uts) == 0 && is_since(&uts, 6, 14) &&
	       access("/proc/sys/kernel/ns_last_pid", F_OK) == 0;
}

/* Only of what the policy limits as well: each is a system call. */
static const int64_t *probe_rlimits(struct arena *arena, const struct policy *policy)
{
	const struct {
		int resource;
		int64_t wanted;
	} limits[] = {
		{ RLIMIT_NPROC, policy->limits.pids.value },
		{ RLIMIT_NOFILE, policy->limits.nofile.value },
		{ RLIMIT_FSIZE, policy->limits.fsize.value },
		{ RLIMIT_CORE, policy->limits.core.value },
		{ RLIMIT_STACK, policy->limits.stack.value },
		{ RLIMIT_MEMLOCK, policy->limits.memlock.value },
		{ RLIMIT_CPU, policy->limits.cpu_time.value },
	};
	int64_t *hard = arena_alloc(arena, RLIM_NLIMITS * sizeof *hard);
	struct rlimit limit;

	for (size_t i = 0; i < RLIM_NLIMITS; i++)
		hard[i] = LIMIT_NONE;
	for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++)
		if (limits[i].wanted != LIMIT_NONE &&
		    getrlimit((__rlimit_resource_t)limits[i].resource, &limit) == 0 &&
		    limit.rlim_max <= INT64_MAX)
			hard[limits[i].resource] = (int64_t)limit.rlim_max;
	return hard;
}

/* The path of the file that @fd is open on, which @st is: it may have been named by a
 * descriptor (/dev/fd/3). NULL: it has none, as a memfd. */
static const char *name_of_file(struct arena *arena, int fd, const struct stat *st)
{
	const char *path = io_fd_path(fd, arena);
	struct stat there;

	return path && lstat(path, &there) == 0 && there.st_dev == st->st_dev &&
			       there.st_ino == st->st_ino
		       ? path
		       : NULL;
}

/* A pipe or a device would be read from once for each time that somebody asks. */
static const char *read_program(struct arena *arena, const char *path,
				struct host_program *ret)
{
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	const size_t room = IMPORT_SIZE_MAX + 1; /* too much for the stack */
	struct stat st;
	char *bytes;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "it is no regular file";
	ret->real = name_of_file(arena, fd, &st);
	ret->bytes = bytes = arena_alloc(arena, room);
	while (ret->size < room &&
	       (n = read(fd, bytes + ret->size, room - ret->size)) != 0) {
		if (n < 0)
			return strerror(errno);
		ret->size += (size_t)n;
	}
	return NULL;
}

static const struct host_program *read_programs(struct arena *arena,
						const struct texts *files)
{
	struct host_program *list;

	if (files->len == 0)
		return NULL;
	list = arena_alloc(arena, files->len * sizeof *list);
	for (size_t i = 0; i < files->len; i++)
		list[i].why_not = read_program(arena, files->items[i].s, &list[i]);
	return list;
}

void probe_host(struct probe_account *account, const struct policy *policy,
		int landlock_abi, struct host *ret)
{
	struct arena *arena = account->arena;
	struct cache *cache = arena_alloc(arena, sizeof *cache);
	bool range = policy->identity.map.value == MAP_SUBIDS ||
		     (policy->identity.map.value == MAP_AUTO &&
		      (policy->caps.keep.len > 0 || !policy->namespaces.inner.value));
	char cwd[PATH_MAX];

	cache->arena = arena;
	*ret = (struct host){
		.uid = getuid(),
		.gid = getgid(),
		.landlock_abi = landlock_abi,
		.lookup = lookup,
		.link = host_link,
		.barred = barred,
		.copies = find_copies,
		.mount_below = probe_mount_below,
		.opaque = probe_opaque,
		.bare_tmpfs = bare_tmpfs,
		.lookup_data = cache,
	};
	/* as file systems have it: the other clock can be ahead of what they write */
	(void)clock_gettime(CLOCK_REALTIME_COARSE, &ret->since);
	ret->rlimits = probe_rlimits(arena, policy);
	ret->pid_max = policy->limits.pids.value != LIMIT_NONE && has_pid_max();
	if (getcwd(cwd, sizeof cwd) && cwd[0] == '/')
		ret->cwd = arena_strdup(arena, cwd);
	if (range || strcmp(policy->identity.user.s, "root") != 0)
		probe_names(account, ret);
	if (range)
		probe_subids(arena, ret);
	probe_network(arena, policy, ret);
	ret->programs = read_programs(arena, &policy->seccomp.programs);
	ret->jobserver.in = -1;
	if (policy->process.jobserver.value)
		jobserver_probe(arena, getenv("MAKEFLAGS"), &ret->jobserver);
}
