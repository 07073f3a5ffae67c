/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* probe-path.c - attempts on files, devices and /proc; see probe.h */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "probe.h"

/* FILE...: read one byte of each. */
static int read_files(int argc, char **argv)
{
	char byte;

	for (int i = 0; i < argc; i++) {
		int fd = open(argv[i], O_RDONLY | O_CLOEXEC | O_NONBLOCK);

		tried(argv[i], fd < 0 ? -1 : read(fd, &byte, 1));
	}
	return verdict();
}

/* FILE...: open each for writing, and leave it as it is. */
static int write_files(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		tried(argv[i], open(argv[i], O_WRONLY | O_CLOEXEC | O_NONBLOCK));
	return verdict();
}

/* PATH...: make each. */
static int create(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		tried(argv[i], open(argv[i], O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	return verdict();
}

/* Descriptors that were not meant for us, and what is above them. */
static int list_fds(int argc, char **argv)
{
	(void)argc, (void)argv;
	for (int fd = 3; fd < 1024; fd++) {
		char name[32];
		int above;

		if (fcntl(fd, F_GETFD) < 0)
			continue;
		(void)snprintf(name, sizeof name, "descriptor %d", fd);
		found(name, true);
		above = openat(fd, "..", O_PATH | O_CLOEXEC);
		tried("above it", above);
		(void)close(above);
	}
	found("others", false);
	return verdict();
}

/* FILE: where we are; the caller was in a directory with that file. */
static int read_cwd(int argc, char **argv)
{
	const char *file = text(argc, argv, 0);
	char cwd[PATH_MAX], path[PATH_MAX];
	int dot = open(".", O_PATH | O_CLOEXEC);
	long n = syscall(SYS_getcwd, cwd, /* libc hides the answer that counts */
			 sizeof cwd);

	found("getcwd is unreachable", n > 0 && cwd[0] != '/');
	tried("file", open(file, O_RDONLY | O_CLOEXEC));
	tried("./file", openat(dot, file, O_RDONLY | O_CLOEXEC));
	(void)snprintf(path, sizeof path, "/proc/self/cwd/%s", file);
	tried("/proc/self/cwd/file", open(path, O_RDONLY | O_CLOEXEC));
	return verdict();
}

static bool known_device(const struct stat *st)
{
	const dev_t known[] = { makedev(1, 3), makedev(1, 5), makedev(1, 7),
				makedev(1, 8), makedev(1, 9), makedev(5, 0),
				makedev(5, 2) };

	if (S_ISCHR(st->st_mode) && major(st->st_rdev) >= 136 && major(st->st_rdev) < 144)
		return true; /* a pty of the instance here: another check's matter */
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (S_ISCHR(st->st_mode) && st->st_rdev == known[i])
			return true;
	return false;
}

static void look_at_device(int dir, const char *name)
{
	struct stat st;

	if (fstatat(dir, name, &st, 0) < 0)
		return;
	if ((S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) && !known_device(&st))
		tried(name, openat(dir, name, O_PATH | O_CLOEXEC));
}

/* DIR: devices in it or below that are none of the harmless ones. */
static int list_devices(int argc, char **argv)
{
	const char *path = text(argc, argv, 0);
	DIR *dir = opendir(path);
	const struct dirent *entry;

	if (!dir)
		cannot(path);
	while ((entry = readdir(dir))) {
		DIR *below;
		int fd;

		look_at_device(dirfd(dir), entry->d_name);
		if (entry->d_name[0] == '.' || entry->d_type != DT_DIR)
			continue;
		fd = openat(dirfd(dir), entry->d_name,
			    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		below = fd < 0 ? NULL : fdopendir(fd);
		while (below && (entry = readdir(below)))
			look_at_device(dirfd(below), entry->d_name);
		if (below)
			(void)closedir(below);
	}
	(void)closedir(dir);
	found("other devices", false);
	return verdict();
}

/* DIR */
static int make_nodes(int argc, char **argv)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof path, "%s/node", text(argc, argv, 0));
	tried("mknod c 1:3", mknod(path, S_IFCHR | 0600, makedev(1, 3)));
	tried("mknod b 254:0", mknod(path, S_IFBLK | 0600, makedev(254, 0)));
	tried("mknod c 10:229", mknod(path, S_IFCHR | 0600, makedev(10, 229)));
	return verdict();
}

/* What procfs itself has to say, and not what lies over it. */
static long read_proc(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK);
	struct statfs fs;
	char buf[256];
	ssize_t n;

	if (fd < 0 || fstatfs(fd, &fs) < 0)
		return -1;
	n = flags == O_WRONLY ? 1 : read(fd, buf, sizeof buf);
	(void)close(fd);
	if (n > 0 && fs.f_type == PROC_SUPER_MAGIC)
		return n;
	errno = n < 0 ? errno : ENODATA;
	return -1;
}

static int proc_secrets(int argc, char **argv)
{
	static const char *const files[] = { "kcore",      "kmsg",       "kallsyms",
					     "keys",       "key-users",  "timer_list",
					     "config.gz",  "kpageflags", "kpagecount",
					     "interrupts", "sched_debug" };
	char path[64];

	(void)argc, (void)argv;
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		(void)snprintf(path, sizeof path, "/proc/%s", files[i]);
		tried(files[i], read_proc(path, O_RDONLY));
	}
	tried("sysrq-trigger", read_proc("/proc/sysrq-trigger", O_WRONLY));
	tried("pressure", read_proc("/proc/pressure/cpu", O_RDWR));
	return verdict();
}

/* TO FROM: a name of my own in the writable directory TO for the read-only file FROM. */
static int steal_name(int argc, char **argv)
{
	const char *to = text(argc, argv, 0), *from = text(argc, argv, 1);
	char path[PATH_MAX];

	(void)snprintf(path, sizeof path, "%s/stolen", to);
	tried("link", link(from, path));
	tried("rename", rename(from, path));
	tried("chmod", chmod(from, 0666));
	tried("truncate", truncate(from, 0));
	tried("unlink", unlink(from));
	return verdict();
}

/* OLD NEW: as renameat2 with RENAME_EXCHANGE, or else without. */
static int rename_path(int argc, char **argv)
{
	const char *old = text(argc, argv, 0), *new = text(argc, argv, 1);
	int fd = open(new, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	tried("exchange", renameat2(AT_FDCWD, old, AT_FDCWD, new, RENAME_EXCHANGE));
	(void)close(fd);
	(void)unlink(new);
	tried("rename", rename(old, new));
	return verdict();
}

const struct attempt path_attempts[] = {
	{ "read", read_files },
	{ "write", write_files },
	{ "create", create },
	{ "list-fds", list_fds },
	{ "read-cwd", read_cwd },
	{ "list-devices", list_devices },
	{ "make-nodes", make_nodes },
	{ "proc-secrets", proc_secrets },
	{ "steal-name", steal_name },
	{ "rename", rename_path },
	{ 0 },
};
