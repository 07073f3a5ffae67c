/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* probe-fd.c - attempts by what a caller leaves on descriptors; see probe.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "probe.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

/* FD...: what the owner of a file may do to it by a descriptor of any kind. */
static int metadata(int argc, char **argv)
{
	const struct timespec times[2] = { { 1, 0 }, { 1, 0 } };

	for (int i = 0; i < argc; i++) {
		int fd = (int)number(argc, argv, i);
		char path[32];

		(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
		tried("fchmod 0666", fchmod(fd, 0666));
		tried("fchmod 04755", fchmod(fd, 04755));
		tried("chmod", chmod(path, 0666));
		tried("futimens", futimens(fd, times));
		tried("utimensat", utimensat(AT_FDCWD, path, times, 0));
		tried("fsetxattr", fsetxattr(fd, "user.probe", "x", 1, 0));
		tried("setxattr", setxattr(path, "user.probe", "x", 1, 0));
		tried("fchown", fchown(fd, getuid(), getgid()));
		tried("truncate", truncate(path, 0));
	}
	return verdict();
}

/* FD NAME: a socket of the caller's, to the abstract address NAME of its network. */
static int reach(int argc, char **argv)
{
	int fd = (int)number(argc, argv, 0);
	const char *name = text(argc, argv, 1);
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	socklen_t len =
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));

	int type = 0;
	socklen_t size = sizeof type;

	(void)getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size);
	(void)snprintf(to.sun_path + 1, sizeof to.sun_path - 1, "%s", name);
	if (type != SOCK_SEQPACKET) /* which takes no address, and sends to its peer */
		tried("sendto",
		      sendto(fd, "out", 3, MSG_NOSIGNAL, (struct sockaddr *)&to, len));
	tried("connect", connect(fd, (struct sockaddr *)&to, len));
	return verdict();
}

/* What one can do with a pidfd of a process outside. */
static void by_pidfd(int pidfd)
{
	tried("pidfd_send_signal", syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0));
	tried("pidfd_getfd", syscall(SYS_pidfd_getfd, pidfd, 0, 0));
	tried("setns", syscall(SYS_setns, pidfd, 0x40000000 /* CLONE_NEWNET */));
}

/* FD: a connected Unix socket, whose other end is a process outside. */
static int peer(int argc, char **argv)
{
	int fd = (int)number(argc, argv, 0), pidfd = -1;
	socklen_t len = sizeof pidfd;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &len) == 0)
		by_pidfd(pidfd);
	else
		tried("SO_PEERPIDFD", -1);
	tried("SIOCGSKNS", ioctl(fd, SIOCGSKNS));
	return verdict();
}

/* FD PID: to have the kernel send signals to a process outside. */
static int own(int argc, char **argv)
{
	int fd = (int)number(argc, argv, 0);
	pid_t pid = (pid_t)number(argc, argv, 1);
	const struct f_owner_ex owner = { F_OWNER_PID, pid };

	tried("F_SETOWN", fcntl(fd, F_SETOWN, pid));
	tried("F_SETOWN_EX", fcntl(fd, F_SETOWN_EX, &owner));
	tried("FIOSETOWN", ioctl(fd, FIOSETOWN, &pid));
	return verdict();
}

static void unlock(int fd)
{
	struct mount_attr clear = { .attr_clr = MOUNT_ATTR_RDONLY };
	char path[32];
	int copy;

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	tried("mount_setattr",
	      mount_setattr(fd, "", AT_EMPTY_PATH, &clear, sizeof clear));
	tried("remount",
	      mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV, NULL));
	copy = open_tree(fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE);
	tried("open_tree", copy);
	tried("clone",
	      copy < 0 ? -1
		       : mount_setattr(copy, "", AT_EMPTY_PATH, &clear, sizeof clear));
	tried("bind", mount(path, path, NULL, MS_BIND, NULL));
	tried("move_mount", move_mount(fd, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH));
	tried("write", open(path, O_WRONLY));
}

/* FILE: in namespaces of its own, the same on a read-only mount that is attached. */
static int unlock_own(int argc, char **argv)
{
	const char *file = text(argc, argv, 0);
	struct mount_attr set = { .attr_set = MOUNT_ATTR_RDONLY };
	int copy;

	if (enter_namespaces(CLONE_NEWNS) < 0)
		cannot("namespaces");
	copy = open_tree(AT_FDCWD, file, OPEN_TREE_CLONE);
	if (copy < 0 || mount_setattr(copy, "", AT_EMPTY_PATH, &set, sizeof set) < 0 ||
	    move_mount(copy, "", AT_FDCWD, file, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		cannot(file);
	unlock(open(file, O_RDONLY));
	return verdict();
}

/* FD: to make the mount writable that a file of ours is on. */
static int unlock_fd(int argc, char **argv)
{
	unlock((int)number(argc, argv, 0));
	return verdict();
}

static int new_socket(int type, bool listening, bool pair)
{
	int fds[2];
	struct sockaddr_un none = { .sun_family = AF_UNIX };

	if (pair)
		return socketpair(AF_UNIX, type, 0, fds) < 0 ? -1 : fds[0];
	fds[0] = socket(AF_UNIX, type, 0);
	if (listening &&
	    (bind(fds[0], (struct sockaddr *)&none, sizeof(sa_family_t)) < 0 ||
	     listen(fds[0], 1) < 0))
		return -1;
	return fds[0];
}

/* A file of ours that has no name any more, with @size bytes "u", open as @flags say. */
static int unlinked(int flags, off_t size)
{
	char name[] = "./probe-unlinked-XXXXXX", path[32];
	int fd = mkstemp(name), anew;

	if (fd < 0 || write(fd, "uuuuuuuu", 8) != 8 || ftruncate(fd, size) < 0)
		return -1;
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	anew = open(path, flags);
	(void)unlink(name);
	(void)close(fd);
	return anew;
}

static int memory(int flags)
{
	int fd = memfd_create("probe", 0);
	char path[32];

	if (fd < 0 || write(fd, "memory\n", 7) != 7)
		return -1;
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return open(path, flags);
}

static int made(const char *kind)
{
	static const struct {
		const char *name;
		int type;
		bool listening, pair;
	} sockets[] = {
		{ "unix-dgram", SOCK_DGRAM, false, false },
		{ "unix-dgram-pair", SOCK_DGRAM, false, true },
		{ "unix-stream", SOCK_STREAM, false, false },
		{ "unix-stream-pair", SOCK_STREAM, false, true },
		{ "unix-listening", SOCK_STREAM, true, false },
		{ "unix-seqpacket", SOCK_SEQPACKET, false, false },
		{ "unix-seqpacket-pair", SOCK_SEQPACKET, false, true },
	};

	for (size_t i = 0; i < sizeof sockets / sizeof sockets[0]; i++)
		if (strcmp(kind, sockets[i].name) == 0)
			return new_socket(sockets[i].type, sockets[i].listening,
					  sockets[i].pair);
	if (strcmp(kind, "netlink") == 0)
		return socket(AF_NETLINK, SOCK_RAW, 0);
	if (strcmp(kind, "epoll") == 0)
		return epoll_create1(0);
	if (strcmp(kind, "eventfd") == 0)
		return eventfd(1, 0);
	if (strcmp(kind, "inotify") == 0)
		return inotify_init1(0);
	if (strcmp(kind, "pidfd") == 0)
		return (int)syscall(SYS_pidfd_open, getppid(), 0);
	if (strcmp(kind, "unlinked") == 0)
		return unlinked(O_RDONLY, 8);
	if (strcmp(kind, "unlinked-large") == 0)
		return unlinked(O_RDONLY, (off_t)1 << 30);
	if (strcmp(kind, "unlinked-writable") == 0)
		return unlinked(O_RDWR, 8);
	if (strcmp(kind, "memfd") == 0)
		return memory(O_RDONLY);
	return open(kind, O_PATH); /* a path: to be looked at only */
}

/* KIND FD COMMAND...: the command, with something of that kind as its descriptor. */
static int give(int argc, char **argv)
{
	const char *kind = text(argc, argv, 0);
	int to = (int)number(argc, argv, 1), fd = made(kind);

	if (fd < 0)
		cannot(kind);
	if (fd != to && (dup2(fd, to) < 0 || close(fd) < 0))
		cannot(kind);
	if (fcntl(to, F_SETFD, 0) < 0)
		cannot(kind);
	(void)execvp(text(argc, argv, 2), argv + 2);
	cannot(argv[2]);
}

/* FD FLAGS: sets the status flags, for those who share it to see. */
static int set_flags(int argc, char **argv)
{
	tried("F_SETFL",
	      fcntl((int)number(argc, argv, 0), F_SETFL, (int)number(argc, argv, 1)));
	return verdict();
}

/* FD: its status flags. */
static int get_flags(int argc, char **argv)
{
	note("%#x\n", (unsigned)fcntl((int)number(argc, argv, 0), F_GETFL));
	return 0;
}

const struct attempt fd_attempts[] = {
	{ "unlock-own", unlock_own },
	{ "unlock", unlock_fd },
	{ "metadata", metadata },
	{ "reach", reach },
	{ "peer", peer },
	{ "own", own },
	{ "give", give },
	{ "set-flags", set_flags },
	{ "get-flags", get_flags },
	{ NULL, NULL },
};
