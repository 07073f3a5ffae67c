/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* given.c - what a caller can have on a descriptor; see given.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/mnt.h"
#include "box/stdio/given.h"

/* linux/magic.h does not have them all */
#define MAGIC_CONFIGFS 0x62656570
#define MAGIC_MQUEUE 0x19800202
#define MAGIC_FUSECTL 0x65735543

/*
 * Files that are interfaces of the kernel. What is written there is mostly done with the
 * rights of whoever opened it, so it would be done outside.
 */
static const struct kernel_fs {
	unsigned long magic;
	const char *name;
	bool read; /* what is open for reading only can be given */
} kernel_fs[] = {
	{ PROC_SUPER_MAGIC, "proc", true },
	{ SYSFS_MAGIC, "sysfs", true },
	{ CGROUP_SUPER_MAGIC, "cgroup", true },
	{ CGROUP2_SUPER_MAGIC, "cgroup2", true },
	{ DEBUGFS_MAGIC, "debugfs", true },
	{ TRACEFS_MAGIC, "tracefs", true },
	{ SECURITYFS_MAGIC, "securityfs", true },
	{ SELINUX_MAGIC, "selinuxfs", true },
	{ SMACK_MAGIC, "smackfs", true },
	{ EFIVARFS_MAGIC, "efivarfs", true },
	{ BINFMTFS_MAGIC, "binfmt_misc", true },
	{ MAGIC_CONFIGFS, "configfs", true },
	{ MAGIC_FUSECTL, "fusectl", true },
	{ BPF_FS_MAGIC, "bpf", false },
	{ NSFS_MAGIC, "nsfs", false },
	{ MAGIC_MQUEUE, "mqueue", false },
};

const char *given_cure(int fd, char buf[GIVEN_CURE_MAX])
{
	if (fd == 0)
		return "put a pipe in front (cat | ...)";
	if (fd <= 2)
		return "put a pipe behind (... | cat)";
	(void)snprintf(buf, GIVEN_CURE_MAX,
		       "give it a pipe instead (in bash %d< <(cat <&%d), or "
		       "%d> >(cat >&%d) for writing)",
		       fd, fd, fd, fd);
	return buf;
}

/* --------------------------------------------------------------------- files */

static bool reads_only(const struct given *g)
{
	return (g->flags & O_ACCMODE) == O_RDONLY;
}

static const struct kernel_fs *find_kernel_fs(unsigned long magic)
{
	for (size_t i = 0; i < sizeof kernel_fs / sizeof kernel_fs[0]; i++)
		if (kernel_fs[i].magic == magic)
			return &kernel_fs[i];
	return NULL;
}

static int look_at_file(struct given *g, struct error *err)
{
	const struct kernel_fs *kernel;
	char cure[GIVEN_CURE_MAX];
	struct statfs fs;

	if (fstatfs(g->fd, &fs) < 0)
		return error_sys(err, "descriptor %d", g->fd);
	kernel = find_kernel_fs((unsigned long)fs.f_type);
	if (kernel && !(kernel->read && reads_only(g)))
		return error_set(err,
				 "descriptor %d is a file of the kernel (%s) that is %s, "
				 "where it acts outside of the sandbox: %s",
				 g->fd, kernel->name,
				 kernel->read ? "open for writing" : "not only text",
				 given_cure(g->fd, cure));
	g->as = reads_only(g) ? GIVEN_READONLY : GIVEN_KEPT;
	return 0;
}

/* With a name it has an owner, mode and times that somebody else sees. */
static int look_at_fifo(struct given *g, struct error *err)
{
	struct statfs fs;

	if (fstatfs(g->fd, &fs) < 0)
		return error_sys(err, "descriptor %d", g->fd);
	g->as = fs.f_type == PIPEFS_MAGIC ? GIVEN_PIPE : GIVEN_NODE;
	return 0;
}

/* ------------------------------------------------------------------- devices */

enum { MAJOR_MEMORY = 1 };

/* null, zero, full, random and urandom: the same for everyone */
static bool is_harmless(dev_t device)
{
	unsigned number = minor(device);

	return major(device) == MAJOR_MEMORY &&
	       (number == 3 || number == 5 || (number >= 7 && number <= 9));
}

static int look_at_device(struct given *g, const struct stat *st, struct error *err)
{
	char cure[GIVEN_CURE_MAX];

	if (S_ISCHR(g->mode) && is_harmless(st->st_rdev)) {
		g->as = st->st_uid == geteuid() ? GIVEN_NODE : GIVEN_ITSELF;
		return 0;
	}
	if (S_ISCHR(g->mode) && isatty(g->fd)) {
		g->as = GIVEN_KEPT;
		return 0;
	}
	return error_set(
		err,
		"descriptor %d is a device (%u:%u), which is handed over by name "
		"only ([[fs.mount]] of type \"device\"); or %s",
		g->fd, major(st->st_rdev), minor(st->st_rdev), given_cure(g->fd, cure));
}

/* ------------------------------------------------------------------- sockets */

int given_option(int fd, int name)
{
	int value = -1;
	socklen_t len = sizeof value;

	return getsockopt(fd, SOL_SOCKET, name, &value, &len) < 0 ? -1 : value;
}

/*
 * A Unix socket finds abstract addresses in the network it was made in. One that is
 * connected, or listens, cannot be connected any more; a datagram socket can always send
 * elsewhere.
 */
static bool is_settled(int fd)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof peer;

	if (given_option(fd, SO_TYPE) == SOCK_DGRAM)
		return false;
	return given_option(fd, SO_ACCEPTCONN) == 1 ||
	       getpeername(fd, (struct sockaddr *)&peer, &len) == 0;
}

static int look_at_socket(struct given *g, bool own_network, struct error *err)
{
	int domain = given_option(g->fd, SO_DOMAIN);
	char cure[GIVEN_CURE_MAX];

	g->as = GIVEN_ITSELF;
	if (domain == AF_UNIX && own_network && !is_settled(g->fd))
		return error_set(err,
				 "descriptor %d is a Unix socket that is not connected, "
				 "or of datagrams, by which the command could speak to "
				 "programs of the host: connect it before (a stream, as "
				 "of socketpair), or set net.mode = \"host\"",
				 g->fd);
	/* of the host's network, and none of ours: see relay.h */
	if (domain == AF_UNIX || domain == AF_INET || domain == AF_INET6 ||
	    (domain >= 0 && own_network))
		return 0;
	return error_set(err,
			 "descriptor %d is a socket that is neither Unix, IPv4 nor IPv6, "
			 "which is not handed to a command: %s",
			 g->fd, given_cure(g->fd, cure));
}

/* -------------------------------------------------------------------- others */

/* A descriptor without a file type is a kernel object: only an eventfd is handed on. */
static int look_at_object(struct given *g, struct error *err)
{
	static const char counter[] = "anon_inode:[eventfd]";
	char path[32], name[64];
	ssize_t n;

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", g->fd);
	n = readlink(path, name, sizeof name - 1);
	name[n < 0 ? 0 : n] = '\0';
	g->as = GIVEN_ITSELF;
	if (strcmp(name, counter) == 0)
		return 0;
	return error_set(err,
			 "descriptor %d is %s, which is not handed to a command, and has "
			 "no bytes for a pipe: %s",
			 g->fd, *name ? name : "no file",
			 g->fd <= 2 ? "give it a file, a pipe or /dev/null instead"
				    : "leave it out of process.keep_fds (--keep-fd)");
}

int given_look(int fd, bool own_network, struct given *ret, struct error *err)
{
	struct stat st;
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fstat(fd, &st) < 0)
		return error_sys(err, "descriptor %d", fd);
	*ret = (struct given){ .fd = fd,
			       .flags = flags,
			       .mode = st.st_mode,
			       .dev = st.st_dev,
			       .rdev = st.st_rdev,
			       .ino = st.st_ino };
	if (flags & O_PATH)
		return error_set(err,
				 "descriptor %d is open as a place only (O_PATH), where "
				 "the command could open more: open it for reading or "
				 "writing",
				 fd);
	switch (st.st_mode & S_IFMT) {
	case S_IFIFO:
		return look_at_fifo(ret, err);
	case S_IFCHR:
	case S_IFBLK:
		return look_at_device(ret, &st, err);
	case S_IFREG:
		return look_at_file(ret, err);
	case S_IFSOCK:
		return look_at_socket(ret, own_network, err);
	case S_IFDIR:
		return error_set(err,
				 "descriptor %d is a directory, from which the command "
				 "could reach the files of the host: show it instead "
				 "(fs.read, fs.write)",
				 fd);
	default:
		return look_at_object(ret, err);
	}
}

static bool is_readonly(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);

	return mnt_is_readonly(fd) || (seals >= 0 && (seals & F_SEAL_WRITE));
}

int given_verify(int fd, bool own_network, struct error *err)
{
	struct given g = { .fd = fd };

	if (given_look(fd, own_network, &g, err) < 0)
		return -1;
	if ((g.as == GIVEN_READONLY || (g.as == GIVEN_NODE && S_ISFIFO(g.mode))) &&
	    !is_readonly(fd))
		return error_set(err,
				 "descriptor %d is a file of the host that was not made "
				 "read-only for the command",
				 fd);
	return 0;
}
