/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* registry.c - the named sandboxes of a user; see registry.h */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/strbuf.h"
#include "box/door/procs.h"
#include "box/door/registry.h"
#include "toml/record.h"

#define ENTRY_MAX ((size_t)4 * 1024 * 1024)
#define STRINGS_MAX ((size_t)64 * 1024) /* of a list; a byte takes six at the most */
#define TRIES 50 /* to take a name, 20 ms apart: whoever cleans up holds it for less */

struct file_name {
	char s[SANDBOX_NAME_MAX + 8];
};

static struct file_name file_of(const char *name, const char *suffix)
{
	struct file_name file;

	(void)snprintf(file.s, sizeof file.s, "%s%s", name, suffix);
	return file;
}

/* ------------------------------------------------------------------ the directory */

static int check_dir(int fd, const char *what, mode_t forbidden, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_sys(err, "%s", what);
	if (st.st_uid != getuid())
		return error_set(err, "%s is not owned by this user", what);
	if (st.st_mode & forbidden)
		return error_set(err, "%s is open to others (mode %04o): chmod 0700",
				 what, (unsigned)st.st_mode & 07777);
	return 0;
}

int registry_open(const char *runtime_dir, bool make, int *ret_dir, struct error *err)
{
	_cleanup_fd_ int parent = -1, dir = -1;
	char what[PATH_MAX];

	*ret_dir = -1;
	if (!runtime_dir)
		return make ? error_set(err,
					"there is no XDG_RUNTIME_DIR and no "
					"/run/user/%u",
					(unsigned)getuid())
			    : 0;
	(void)snprintf(what, sizeof what, "%s/sbox", runtime_dir);
	parent = open(runtime_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (parent < 0)
		return errno == ENOENT && !make ? 0 : error_sys(err, "%s", runtime_dir);
	if (check_dir(parent, runtime_dir, S_IWGRP | S_IWOTH, err) < 0)
		return -1;
	if (make && mkdirat(parent, "sbox", 0700) < 0 && errno != EEXIST)
		return error_sys(err, "%s", what);
	dir = openat(parent, "sbox", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0 && errno == ENOENT && !make)
		return 0;
	if (dir < 0 && (errno == ELOOP || errno == ENOTDIR))
		return error_set(err, "%s is no directory: something else was put there",
				 what);
	if (dir < 0)
		return error_sys(err, "%s", what);
	if (check_dir(dir, what, 0077, err) < 0)
		return -1;
	*ret_dir = take_fd(&dir);
	return 0;
}

/* ------------------------------------------------------------------------ the lock */

/* Below our own directory: a name too long for a socket's address otherwise. */
struct sockaddr_un registry_address(int dir, const char *name)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	(void)snprintf(addr.sun_path, sizeof addr.sun_path, "/proc/self/fd/%d/%s", dir,
		       file_of(name, ".sock").s);
	return addr;
}

static int open_lock(int dir, const char *name, int flags)
{
	_cleanup_fd_ int fd =
		openat(dir, file_of(name, ".lock").s,
		       O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | flags, 0600);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (!S_ISREG(st.st_mode) || st.st_uid != getuid()) {
		errno = EPERM;
		return -1;
	}
	return take_fd(&fd);
}

/*
 * One byte of the file that no other name means: FNV-1a of it. So a lock file that was
 * renamed says nothing of its new name.
 */
static struct flock lock_of(const char *name)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
	return (struct flock){ .l_type = F_WRLCK,
			       .l_whence = SEEK_SET,
			       .l_start = (off_t)(hash >> 2),
			       .l_len = 1 };
}

/* 1: the lock is ours, and the name means this file; 0: it is not; -1: errno. */
static int try_lock(int dir, const char *name, int fd)
{
	struct flock lock = lock_of(name);
	struct stat ours, named;

	if (fcntl(fd, F_SETLK, &lock) < 0)
		return errno == EAGAIN || errno == EACCES ? 0 : -1;
	return fstat(fd, &ours) == 0 &&
	       fstatat(dir, file_of(name, ".lock").s, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

/* The process that holds the lock; 0: none, or one that has no number here. */
static pid_t lock_holder(const char *name, int fd)
{
	struct flock lock = lock_of(name);

	if (fcntl(fd, F_GETLK, &lock) < 0 || lock.l_type == F_UNLCK)
		return 0;
	return lock.l_pid > 0 ? lock.l_pid : 0;
}

pid_t registry_holder(int dir, const char *name)
{
	_cleanup_fd_ int lock = open_lock(dir, name, 0);

	return lock >= 0 ? lock_holder(name, lock) : 0;
}

/* Only for whoever has the lock. The name itself goes last. */
static void remove_files(int dir, const char *name)
{
	static const char *const suffixes[] = { ".sock", ".toml", ".lock" };

	for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++)
		(void)unlinkat(dir, file_of(name, suffixes[i]).s, 0);
}

/* ----------------------------------------------------------------------- the entry */

static void write_entry(struct strbuf *out, const struct registry_entry *entry)
{
	strbuf_printf(out,
		      "pid = %d\nstart = %llu\ninit = %d\ninit_start = %llu\n"
		      "since = %lld\n",
		      (int)entry->pid, (unsigned long long)entry->start, (int)entry->init,
		      (unsigned long long)entry->init_start, (long long)entry->since);
	/* as far as somebody would read them */
	record_add_strings(out, "profiles", entry->profiles, STRINGS_MAX);
	record_add_strings(out, "command", entry->command, STRINGS_MAX);
}

static pid_t get_pid(const struct toml_value *root, const char *key)
{
	int64_t number = record_number(root, key);

	return number > 0 && number <= INT32_MAX ? (pid_t)number : -1;
}

/* @text as NAME.toml; -1: it is none. */
int registry_parse(struct arena *arena, const char *name, const char *text, size_t len,
		   struct registry_entry *ret)
{
	struct diags diags = { .arena = arena };
	const struct toml_value *root = toml_parse(arena, &diags, name, text, len);

	if (!root)
		return -1;
	*ret = (struct registry_entry){
		.name = arena_strdup(arena, name),
		.pid = get_pid(root, "pid"),
		.start = (uint64_t)record_number(root, "start"),
		.init = get_pid(root, "init"),
		.init_start = (uint64_t)record_number(root, "init_start"),
		.since = record_number(root, "since"),
		.profiles = record_strings(arena, root, "profiles"),
		.command = record_strings(arena, root, "command"),
	};
	return ret->pid > 0 && ret->init > 0 && ret->since >= 0 && ret->profiles &&
			       ret->command
		       ? 0
		       : -1;
}

/*
 * If a sandbox can write the directory all the same, it can take a name, but for no
 * process that is in our user namespace; and @entry can say what is not so, but not that
 * another process than the holder's child is process 1.
 */
bool registry_is_init(const struct registry_entry *entry, const struct proc *init)
{
	return init->pid == entry->init && init->start == entry->init_start &&
	       init->parent == entry->pid;
}

static bool is_true(const struct registry_entry *entry, int lock)
{
	struct proc init;

	return proc_read(entry->init, &init) == 0 && registry_is_init(entry, &init) &&
	       /* so the number was its own all the time */
	       entry->pid == lock_holder(entry->name, lock);
}

/* The entry of @name, if it is one of whoever has the @lock; -1: there is none of it. */
static int read_entry(int dir, const char *name, int lock, struct arena *arena,
		      struct registry_entry *ret)
{
	_cleanup_fd_ int fd =
		openat(dir, file_of(name, ".toml").s,
		       O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	const pid_t holder = lock_holder(name, lock);
	struct registry_entry entry;
	struct stat st;
	char *text;
	size_t len;

	/* before anything of the file is read: nobody stands for what a dead one left */
	if (holder <= 0 || !proc_same_userns(holder))
		return -1;
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    st.st_uid != getuid() || io_read_all(fd, ENTRY_MAX, arena, &text, &len) < 0)
		return -1;
	if (registry_parse(arena, name, text, len, &entry) < 0 || entry.pid != holder)
		return -1;
	*ret = entry;
	return 0;
}

/* ------------------------------------------------------------------- for a sandbox */

static int taken(int dir, const char *name, int lock, bool last, struct error *err)
{
	struct arena arena = { 0 };
	struct registry_entry entry;
	pid_t holder = lock_holder(name, lock);
	bool runs =
		read_entry(dir, name, lock, &arena, &entry) == 0 && is_true(&entry, lock);

	arena_done(&arena);
	if (runs)
		return error_set(err,
				 "--name=%s: a sandbox of this name runs already "
				 "(process %d)",
				 name, (int)holder);
	if (!last)
		return 0;
	if (holder == 0)
		return error_set(err,
				 "--name=%s: a process that cannot be seen from here has "
				 "this name",
				 name);
	return error_set(err,
			 "--name=%s: process %d is just starting a sandbox of this name",
			 name, (int)holder);
}

/* A process that only cleans up has the lock for a moment: no reason to fail at once. */
static int take_lock(int dir, const char *name, struct error *err)
{
	const struct timespec pause = { 0, 20000000 };

	for (int i = 1; i <= TRIES; i++) {
		_cleanup_fd_ int fd = open_lock(dir, name, O_CREAT);
		int got = fd < 0 ? -1 : try_lock(dir, name, fd);

		if (got > 0)
			return take_fd(&fd);
		if (got < 0)
			return error_sys(err, "--name=%s: cannot lock %s", name,
					 file_of(name, ".lock").s);
		if (taken(dir, name, fd, i == TRIES, err) < 0)
			return -1;
		(void)nanosleep(&pause, NULL);
	}
	return error_set(err, "--name=%s: its lock goes away all the time", name);
}

static int listen_at(int dir, const char *name, struct error *err)
{
	_cleanup_fd_ int fd =
		socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un addr = registry_address(dir, name);
	mode_t mask;
	int one = 1, bound;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &one, sizeof one) < 0)
		return error_sys(err, "socket");
	mask = umask(0177);
	bound = bind(fd, (struct sockaddr *)&addr, sizeof addr);
	(void)umask(mask);
	return bound < 0 ? error_sys(err, "--name=%s: cannot listen at %s", name,
				     file_of(name, ".sock").s)
			 : take_fd(&fd);
}

int registry_claim(int dir, const char *name, struct registry_claim *ret,
		   struct error *err)
{
	struct registry_claim claim = { .dir = dir, .lock = -1, .socket = -1 };

	(void)snprintf(claim.name, sizeof claim.name, "%s", name);
	claim.lock = take_lock(dir, name, err);
	if (claim.lock >= 0) {
		(void)unlinkat(dir, file_of(name, ".toml").s, 0);
		(void)unlinkat(dir, file_of(name, ".sock").s, 0);
		claim.socket = listen_at(dir, name, err);
	}
	if (claim.socket < 0) {
		registry_release(&claim);
		return -1;
	}
	*ret = claim;
	return 0;
}

int registry_publish(const struct registry_claim *claim,
		     const struct registry_entry *entry, struct error *err)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	/* no name begins with a dot, so this is nobody's */
	struct file_name new = file_of(".", claim->name);
	_cleanup_fd_ int fd = -1;

	write_entry(&text, entry);
	(void)unlinkat(claim->dir, new.s, 0);
	fd = openat(claim->dir, new.s,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || io_write_all(fd, strbuf_str(&text), text.len) < 0 ||
	    renameat(claim->dir, new.s, claim->dir, file_of(claim->name, ".toml").s) <
		    0) {
		(void)error_sys(err, "sboxctl will not find the sandbox");
		(void)unlinkat(claim->dir, new.s, 0);
		return -1;
	}
	return 0;
}

void registry_release(struct registry_claim *claim)
{
	if (claim->lock >= 0)
		remove_files(claim->dir, claim->name);
	fd_closep(&claim->socket);
	fd_closep(&claim->lock);
	fd_closep(&claim->dir);
	*claim = (struct registry_claim)REGISTRY_NO_CLAIM;
}

/* ----------------------------------------------------------------------- for sboxctl */

/* The name that a lock is for, into @ret; false: it is no lock. */
static bool name_of_lock(const char *file, char *ret, size_t size)
{
	size_t len = strlen(file), suffix = strlen(".lock");

	if (len <= suffix || strcmp(file + len - suffix, ".lock") != 0 ||
	    len - suffix >= size)
		return false;
	memcpy(ret, file, len - suffix);
	ret[len - suffix] = '\0';
	return sandbox_name_ok(ret);
}

/* If nobody has the name of @lock any more, it goes. */
static void sweep_name(int dir, const char *name, int lock)
{
	if (lock_holder(name, lock) == 0 && try_lock(dir, name, lock) > 0)
		remove_files(dir, name);
}

/* Adds @name to the list, if somebody has it who says who he is. */
static void add_holder(int dir, const char *name, struct arena *arena,
		       struct registry_entries *list)
{
	_cleanup_fd_ int lock = open_lock(dir, name, 0);
	struct registry_entry entry;

	if (lock < 0)
		return;
	if (read_entry(dir, name, lock, arena, &entry) == 0)
		*(struct registry_entry *)arena_append(arena, &list->list, &list->len,
						       sizeof entry) = entry;
	else
		sweep_name(dir, name, lock);
}

static int by_entry_name(const void *a, const void *b)
{
	const struct registry_entry *x = a, *y = b;

	return strcmp(x->name, y->name);
}

int registry_list(int dir, struct arena *arena, struct registry_entries *ret,
		  struct error *err)
{
	int copy = fcntl(dir, F_DUPFD_CLOEXEC, 3);
	DIR *files = copy < 0 ? NULL : fdopendir(copy);
	struct registry_entries list = { NULL, 0 };
	char name[SANDBOX_NAME_MAX + 1];
	struct dirent *file;

	if (!files) {
		fd_closep(&copy);
		return error_sys(err, "the registry of sandboxes");
	}
	rewinddir(files);
	while ((file = readdir(files)))
		if (name_of_lock(file->d_name, name, sizeof name))
			add_holder(dir, name, arena, &list);
	(void)closedir(files);
	if (list.len > 0)
		qsort(list.list, list.len, sizeof list.list[0], by_entry_name);
	*ret = list;
	return 0;
}

/* Whether the name is taken, but for a process that read_entry() believes nothing of. */
static bool is_elsewhere(int dir, const char *name)
{
	_cleanup_fd_ int lock = open_lock(dir, name, 0);

	return lock >= 0 && try_lock(dir, name, lock) == 0 &&
	       !proc_same_userns(lock_holder(name, lock));
}

int registry_find(int dir, const char *name, struct arena *arena,
		  struct registry_entry *ret, struct error *err)
{
	_cleanup_fd_ int lock = open_lock(dir, name, 0);

	if (lock < 0)
		return 0;
	if (read_entry(dir, name, lock, arena, ret) == 0 && is_true(ret, lock))
		return 1;
	sweep_name(dir, name, lock);
	if (!is_elsewhere(dir, name))
		return 0;
	(void)error_set(err,
			"the sandbox \"%s\" runs in another user namespace than this "
			"command",
			name);
	err->errnum = EXDEV;
	return -1;
}
