/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * probe-outside.c - attempts to leave something behind that others outside run, or to
 * take hold of what they use; see probe.h
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

#define HIGH (1UL << 32)
#define NR_FCHMODAT2 452
#define SET_DELEGATION 1040

/* A new plain file @name in the current directory. */
static int make(const char *name)
{
	int fd = openat(AT_FDCWD, name, O_CREAT | O_RDWR | O_CLOEXEC, 0755);

	if (fd < 0)
		cannot(name);
	return fd;
}

/* Says whether @name is a set-id file now, however it came to be. */
static void made(const char *name, long ret)
{
	struct stat st;

	if (ret >= 0 && (stat(name, &st) < 0 || !(st.st_mode & (S_ISUID | S_ISGID)))) {
		errno = ENODATA;
		ret = -1;
	}
	tried(name, ret);
}

static void change_modes(unsigned long mode)
{
	int fd = make("fchmod");

#ifdef SYS_chmod
	(void)close(make("chmod"));
	made("chmod", syscall(SYS_chmod, "chmod", mode));
#endif
	made("fchmod", syscall(SYS_fchmod, fd, mode));
	(void)close(fd);
	(void)close(make("fchmodat"));
	made("fchmodat", syscall(SYS_fchmodat, AT_FDCWD, "fchmodat", mode));
	(void)close(make("fchmodat2"));
	made("fchmodat2", syscall(NR_FCHMODAT2, AT_FDCWD, "fchmodat2", mode, 0));
}

static void make_with_modes(unsigned long mode)
{
	struct open_how how = { .flags = O_CREAT | O_RDWR, .mode = mode & 07777 };
	long fd;

#ifdef SYS_open
	made("open", syscall(SYS_open, "open", O_CREAT | O_RDWR, mode));
	made("creat", syscall(SYS_creat, "creat", mode));
	made("mknod", syscall(SYS_mknod, "mknod", S_IFREG | mode, 0));
#endif
	made("openat", syscall(SYS_openat, AT_FDCWD, "openat", O_CREAT | O_WRONLY, mode));
	made("mknodat", syscall(SYS_mknodat, AT_FDCWD, "mknodat", S_IFREG | mode, 0));
	made("openat2", syscall(SYS_openat2, AT_FDCWD, "openat2", &how, sizeof how));
	fd = syscall(SYS_openat, AT_FDCWD, ".", O_TMPFILE | O_RDWR, mode);
	if (fd >= 0) {
		char path[64];

		(void)snprintf(path, sizeof path, "/proc/self/fd/%ld", fd);
		fd = linkat(AT_FDCWD, path, AT_FDCWD, "tmpfile", AT_SYMLINK_FOLLOW);
	}
	made("tmpfile", fd);
}

/* DIR [high|sgid]: a set-id file in DIR by each call that takes a mode. */
static int set_id(int argc, char **argv)
{
	unsigned long mode = 04755;

	if (argc > 1)
		mode = strcmp(argv[1], "high") == 0 ? HIGH | 06755 : 02755;
	if (chdir(text(argc, argv, 0)) < 0)
		cannot(argv[0]);
	(void)umask(0);
	change_modes(mode);
	make_with_modes(mode);
	return verdict();
}

/* Whether the open set-id file keeps its bits although something is in it. */
static void filled(const char *how, int fd, bool done)
{
	struct stat st;

	found(how, done && fstat(fd, &st) == 0 && st.st_size > 0 &&
			   (st.st_mode & (S_ISUID | S_ISGID)));
	(void)close(fd);
}

static int openat2_setid(const char *name)
{
	struct open_how how = { .flags = O_CREAT | O_RDWR | O_CLOEXEC, .mode = 06755 };
	int fd = (int)syscall(SYS_openat2, AT_FDCWD, name, &how, sizeof how);

	if (fd < 0)
		cannot("openat2");
	return fd;
}

/* DIR: what openat2 makes in a user namespace of its own cannot be filled. */
static int set_id_fill(int argc, char **argv)
{
	int fd, from;

	if (chdir(text(argc, argv, 0)) < 0)
		cannot(argv[0]);
	if (enter_namespaces(CLONE_NEWNS) < 0)
		cannot("namespaces");
	(void)umask(0);
	fd = openat2_setid("written");
	filled("write", fd, write(fd, "#!/bin/sh\n", 10) == 10);
	fd = openat2_setid("extended");
	filled("ftruncate", fd, ftruncate(fd, 4096) == 0);
	fd = openat2_setid("allocated");
	filled("fallocate", fd, fallocate(fd, 0, 0, 4096) == 0);
	fd = openat2_setid("copied");
	from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	filled("copy_file_range", fd, copy_file_range(from, NULL, fd, NULL, 4096, 0) > 0);
	return verdict();
}

/* FILE [hold]: a lease on it makes all who open it for writing wait. */
static int lease(int argc, char **argv)
{
	int fd = open(text(argc, argv, 0), O_RDONLY | O_CLOEXEC);
	uint64_t delegation[2] = { 0 };

	if (fd < 0)
		cannot(argv[0]);
	(void)signal(SIGIO, SIG_IGN); /* the kernel asks for it back by this */
	tried("F_SETLEASE", syscall(SYS_fcntl, fd, F_SETLEASE, F_RDLCK));
	(void)syscall(SYS_fcntl, fd, F_SETLEASE, F_UNLCK);
	tried("high bits", syscall(SYS_fcntl, fd, HIGH | F_SETLEASE, F_RDLCK));
	/* struct delegation: flags, type; Linux 6.19 */
	if (syscall(SYS_fcntl, fd, SET_DELEGATION, delegation) >= 0 || errno != EINVAL)
		tried("F_SETDELEG", syscall(SYS_fcntl, fd, SET_DELEGATION, delegation));
	if (argc > 1) {
		note("\n");
		(void)fflush(stdout);
		pause();
	}
	return verdict();
}

/* Whether the kernel looked at the protocol: it then says that it does not have it. */
static int protocols(int argc, char **argv)
{
	static const struct {
		const char *name;
		int type, protocol;
	} list[] = {
		{ "SCTP", SOCK_STREAM, 132 },
		{ "SCTP packets", SOCK_SEQPACKET, 132 },
		{ "UDPLITE", SOCK_DGRAM, 136 },
		{ "MPTCP", SOCK_STREAM, 262 },
		{ "DCCP", 6, 33 },
		{ "L2TP", SOCK_DGRAM, 115 },
		{ "none at all", SOCK_STREAM, 250 },
	};

	(void)argc, (void)argv;
	for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
		for (int family = AF_INET; family <= AF_INET6;
		     family += AF_INET6 - AF_INET)
			tried(list[i].name, syscall(SYS_socket, (long)family | (long)HIGH,
						    list[i].type, list[i].protocol));
	return verdict();
}

/* FILE: requests that lead past mounts. The kernel would say that it knows them not. */
static int requests(int argc, char **argv)
{
	static const struct {
		const char *name;
		unsigned long request;
	} list[] = {
		{ "BTRFS_IOC_SNAP_CREATE", 0x50009401 },
		{ "BTRFS_IOC_SNAP_CREATE_V2", 0x50009417 },
		{ "BTRFS_IOC_SUBVOL_CREATE", 0x5000940e },
		{ "BTRFS_IOC_SNAP_DESTROY", 0x5000940f },
		{ "BTRFS_IOC_SNAP_DESTROY_V2", 0x5000943f },
		{ "BTRFS_IOC_INO_LOOKUP_USER", 0xd000943e },
		{ "BCH_IOCTL_SUBVOLUME_CREATE", 0x4020bc10 },
		{ "BCH_IOCTL_SUBVOLUME_DESTROY", 0x4020bc11 },
		{ "FS_IOC_ADD_ENCRYPTION_KEY", 0xc0506617 },
		{ "FS_IOC_REMOVE_ENCRYPTION_KEY", 0xc0406618 },
		{ "XFS_IOC_GETPARENTS", 0xc028583e },
		{ "NS_GET_USERNS", 0xb701 },
		{ "NS_GET_PARENT", 0xb702 },
		{ "NS_MNT_GET_NEXT", 0x8010b70b },
		{ "SIOCGSKNS", 0x894c },
		{ "PIDFD_GET_NET_NAMESPACE", 0xff04 },
		{ "high bits", HIGH | 0x50009417 },
	};
	static char argument[8192];
	int fd = open(text(argc, argv, 0), O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		cannot(argv[0]);
	for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
		long ret = syscall(SYS_ioctl, fd, list[i].request, argument);

		found(list[i].name, ret >= 0 || errno != EPERM);
	}
	return verdict();
}

/* The user namespaces above, by descriptors; the command's own is one. */
static int namespaces_above(int argc, char **argv)
{
	int fd = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
	int net = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	(void)argc, (void)argv;
	if (fd < 0 || net < 0)
		cannot("/proc/self/ns");
	tried("NS_GET_NSTYPE", ioctl(fd, 0xb703));
	tried("NS_GET_OWNER_UID", ioctl(fd, 0xb704, &(uid_t){ 0 }));
	tried("NS_GET_USERNS", ioctl(net, 0xb701));
	return verdict();
}

/* Flags that leave covers behind: what is reached says anything but EPERM. */
static int uncovering(int argc, char **argv)
{
	const uint64_t attr[4] = { 0 };

	(void)argc, (void)argv;
	if (enter_namespaces(CLONE_NEWNS) < 0)
		cannot("namespaces");
#define REACHED(what, call) found(what, (call) >= 0 || errno != EPERM)
	REACHED("OPEN_TREE_NAMESPACE", syscall(SYS_open_tree, -1, "", 0x2UL | HIGH));
	REACHED("the same with attributes",
		syscall(467, -1, "", 0x2UL, attr, sizeof attr));
	REACHED("FSMOUNT_NAMESPACE", syscall(SYS_fsmount, -1, 0x2UL, 0));
	REACHED("MOVE_MOUNT_BENEATH", syscall(SYS_move_mount, -1, "", -1, "", 0x244UL));
	REACHED("UNSHARE_EMPTY_MNTNS", syscall(SYS_unshare, 0x100000UL | CLONE_THREAD));
#undef REACHED
	return verdict();
}

/* One more of what the kernel counts for a user; -1 if there is no more. */
static int one_inotify(void)
{
	return inotify_init1(IN_CLOEXEC);
}

static int one_pty(void)
{
	return posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
}

static int one_timer(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	timer_t timer;

	return timer_create(CLOCK_MONOTONIC, &event, &timer);
}

static int one_queue(void)
{
	static int n;
	char name[32];
	mqd_t queue;

	(void)snprintf(name, sizeof name, "/sbox-test-%d-%d", getpid(), n++);
	queue = mq_open(name, O_CREAT | O_RDWR | O_CLOEXEC, 0600, NULL);
	(void)mq_unlink(name); /* it would outlive us */
	return queue;
}

/* Memory that is locked beyond any process; it goes when this one ends. */
static int one_locked(void)
{
	int id = shmget(IPC_PRIVATE, 65536, IPC_CREAT | 0600), locked;
	void *at = id < 0 ? (void *)-1 : shmat(id, NULL, 0);

	if (at == (void *)-1)
		return -1;
	locked = shmctl(id, SHM_LOCK, NULL);
	(void)shmctl(id, IPC_RMID, NULL);
	if (locked < 0)
		(void)shmdt(at);
	return locked;
}

/* A message with as many descriptors as one can carry, which nobody receives. */
static int one_message(void)
{
	static int pair[2], used;
	union {
		char buf[CMSG_SPACE(253 * sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	char letter = 'x';
	struct iovec byte = { &letter, 1 };
	struct msghdr msg = { .msg_iov = &byte,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof control };
	int fds[253];

	if (used++ % 8 == 0 &&
	    socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	for (size_t i = 0; i < 253; i++)
		fds[i] = pair[0];
	control.align = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof fds),
					  .cmsg_level = SOL_SOCKET,
					  .cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(&control.align), fds, sizeof fds);
	return (int)sendmsg(pair[0], &msg, 0);
}

static const struct counted {
	const char *name;
	int (*one)(void);
} counted[] = {
	{ "inotify", one_inotify },   { "ptys", one_pty },
	{ "timers", one_timer },      { "queues", one_queue },
	{ "in-flight", one_message }, { "locked", one_locked },
};

static const struct counted *find_counted(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof counted / sizeof counted[0]; i++)
		if (strcmp(counted[i].name, text(argc, argv, 0)) == 0)
			return &counted[i];
	errno = EINVAL;
	cannot("no such thing");
}

/* KIND: takes all that there is, says how much that was, and keeps it. */
_Noreturn static int exhaust(int argc, char **argv)
{
	const struct counted *kind = find_counted(argc, argv);
	struct rlimit files;
	int n = 0;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	while (n < 1000000 && kind->one() >= 0)
		n++;
	note("%d, then %s\n", n, strerrorname_np(errno));
	(void)fflush(stdout);
	for (;;)
		pause();
}

/* KIND: succeeds if there is none left. */
static int none_left(int argc, char **argv)
{
	const struct counted *kind = find_counted(argc, argv);

	found("none left", kind->one() < 0);
	return verdict();
}

const struct attempt outside_attempts[] = {
	{ "set-id", set_id },         { "set-id-fill", set_id_fill },
	{ "lease", lease },           { "protocols", protocols },
	{ "requests", requests },     { "namespaces-above", namespaces_above },
	{ "uncovering", uncovering }, { "exhaust", exhaust },
	{ "none-left", none_left },   { 0 },
};
