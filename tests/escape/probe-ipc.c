/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* probe-ipc.c - attempts on sockets, shared memory, queues and keys; see probe.h */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <mqueue.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "probe.h"

/* "@name" is an abstract one. */
static socklen_t unix_address(struct sockaddr_un *addr, const char *name)
{
	const size_t len = strlen(name);

	*addr = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (len >= sizeof addr->sun_path)
		cannot(name);
	memcpy(addr->sun_path, name, len);
	if (name[0] == '@')
		addr->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

static int unix_listen(const char *name)
{
	struct sockaddr_un addr;
	const socklen_t len = unix_address(&addr, name);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, len) < 0 || listen(fd, 64) < 0)
		cannot(name);
	return fd;
}

static int unix_connect(const char *name)
{
	struct sockaddr_un addr;
	const socklen_t len = unix_address(&addr, name);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? -1 : connect(fd, (struct sockaddr *)&addr, len) < 0 ? -1 : fd;
}

static int tcp_socket(int *ret_port, bool wait)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_port = htons((uint16_t)*ret_port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof addr;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (!wait)
		return fd < 0 ? -1 : connect(fd, (struct sockaddr *)&addr, len);
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, len) < 0 || listen(fd, 64) < 0 ||
	    getsockname(fd, (struct sockaddr *)&addr, &len) < 0)
		cannot("127.0.0.1");
	*ret_port = ntohs(addr.sin_port);
	return fd;
}

/* LOG NAME...: sockets outside; "tcp" is a port of 127.0.0.1, which is printed. */
static int listen_at(int argc, char **argv)
{
	const char *log = text(argc, argv, 0);
	struct pollfd fds[16];
	int n = 0, port = 0;

	for (int i = 1; i < argc && n < 16; i++)
		fds[n++] = (struct pollfd){ strcmp(argv[i], "tcp") == 0
						    ? tcp_socket(&port, true)
						    : unix_listen(argv[i]),
					    POLLIN, 0 };
	note("%d\n", port);
	(void)fflush(stdout);
	while (poll(fds, (nfds_t)n, -1) > 0)
		for (int i = 0; i < n; i++) {
			FILE *f;

			if (!fds[i].revents)
				continue;
			(void)close(accept(fds[i].fd, NULL, NULL));
			f = fopen(log, "ae");
			(void)fprintf(f, "%s\n", argv[i + 1]);
			(void)fclose(f);
		}
	return UNKNOWN;
}

/* NAME...: connects to each. */
static int connect_to(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		tried(argv[i], unix_connect(argv[i]));
	return verdict();
}

/* PORT of 127.0.0.1 */
static int connect_tcp(int argc, char **argv)
{
	int port = (int)number(argc, argv, 0);

	tried("127.0.0.1", tcp_socket(&port, false));
	return verdict();
}

static void control_init(struct msghdr *msg, void *space, size_t len)
{
	static char byte;
	static struct iovec iov = { &byte, 1 };

	*msg = (struct msghdr){ .msg_iov = &iov,
				.msg_iovlen = 1,
				.msg_control = space,
				.msg_controllen = len };
}

/* SOCKET DIR: hands an open directory to whoever connects. */
static int give_dir(int argc, char **argv)
{
	int listener = unix_listen(text(argc, argv, 0)), to;
	int dir = open(text(argc, argv, 1), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { { 0 } };
	struct msghdr msg;

	if (dir < 0)
		cannot(argv[1]);
	control_init(&msg, control.space, sizeof control.space);
	*CMSG_FIRSTHDR(&msg) = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
						 .cmsg_type = SCM_RIGHTS,
						 .cmsg_len = CMSG_LEN(sizeof dir) };
	memcpy(CMSG_DATA(CMSG_FIRSTHDR(&msg)), &dir, sizeof dir);
	note("ready\n");
	(void)fflush(stdout);
	while ((to = accept(listener, NULL, NULL)) >= 0) {
		(void)sendmsg(to, &msg, MSG_NOSIGNAL);
		(void)close(to);
	}
	return UNKNOWN;
}

/* SOCKET FILE...: gets an open directory there and opens the files from it. */
static int take_dir(int argc, char **argv)
{
	int from = unix_connect(text(argc, argv, 0)), dir;
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct msghdr msg;

	if (from < 0)
		cannot(argv[0]);
	control_init(&msg, control.space, sizeof control.space);
	if (recvmsg(from, &msg, MSG_CMSG_CLOEXEC) < 0 || !CMSG_FIRSTHDR(&msg))
		cannot("no descriptor came");
	memcpy(&dir, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof dir);
	for (int i = 1; i < argc; i++)
		tried(argv[i], openat(dir, argv[i], O_RDONLY | O_CLOEXEC));
	return verdict();
}

/* KEY NAME: System V objects and a POSIX queue; "make" in front makes them and prints
 * ids. */
static int find_ipc(int argc, char **argv)
{
	const key_t key = (key_t)number(argc, argv, 0);
	const char *name = text(argc, argv, 1);

	tried("shmget", shmget(key, 4096, 0));
	tried("msgget", msgget(key, 0));
	tried("semget", semget(key, 1, 0));
	tried("mq_open", mq_open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
	return verdict();
}

static int make_ipc(int argc, char **argv)
{
	const key_t key = (key_t)number(argc, argv, 0);
	const int flags = IPC_CREAT | IPC_EXCL | 0666;

	if (shmget(key, 4096, flags) < 0 || msgget(key, flags) < 0 ||
	    semget(key, 1, flags) < 0)
		cannot("System V IPC");
	if (mq_open(text(argc, argv, 1), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600,
		    NULL) < 0)
		cannot("mq_open");
	return 0;
}

static int remove_ipc(int argc, char **argv)
{
	const key_t key = (key_t)number(argc, argv, 0);

	(void)shmctl(shmget(key, 4096, 0), IPC_RMID, NULL);
	(void)msgctl(msgget(key, 0), IPC_RMID, NULL);
	(void)semctl(semget(key, 1, 0), 0, IPC_RMID);
	(void)mq_unlink(text(argc, argv, 1));
	return 0;
}

/*
 * DESCRIPTION COMMAND...: with a key of that description in a session keyring, and
 * another in the user's keyring; the command gets their numbers as last arguments.
 */
static int with_keys(int argc, char **argv)
{
	const char *description = text(argc, argv, 0);
	char session[32], user[32], **args = calloc((size_t)argc + 2, sizeof *args);
	long a, b;
	int status;

	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0)
		cannot("session keyring");
	a = syscall(SYS_add_key, "user", description, "SECRET", 6,
		    KEY_SPEC_SESSION_KEYRING);
	b = syscall(SYS_add_key, "user", description, "SECRET", 6, KEY_SPEC_USER_KEYRING);
	if (!args || a < 0 || b < 0)
		cannot("add_key");
	(void)snprintf(session, sizeof session, "%ld", a);
	(void)snprintf(user, sizeof user, "%ld", b);
	memcpy(args, argv + 1, (size_t)(argc - 1) * sizeof *args);
	args[argc - 1] = session;
	args[argc] = user;
	status = run_command(args);
	(void)syscall(SYS_keyctl, KEYCTL_UNLINK, b, KEY_SPEC_USER_KEYRING);
	(void)syscall(SYS_keyctl, KEYCTL_REVOKE, a);
	return status;
}

/* DESCRIPTION NUMBER...: looks for the key in every keyring, and reads those numbers. */
static int read_keys(int argc, char **argv)
{
	static const struct {
		const char *name;
		int ring;
	} rings[] = { { "session keyring", KEY_SPEC_SESSION_KEYRING },
		      { "user keyring", KEY_SPEC_USER_KEYRING },
		      { "user session keyring", KEY_SPEC_USER_SESSION_KEYRING } };
	const char *description = text(argc, argv, 0);
	char buf[64];

	for (size_t i = 0; i < sizeof rings / sizeof rings[0]; i++)
		tried(rings[i].name, syscall(SYS_keyctl, KEYCTL_SEARCH, rings[i].ring,
					     "user", description, 0));
	tried("request_key", syscall(SYS_request_key, "user", description, NULL, 0));
	for (int i = 1; i < argc; i++)
		tried(argv[i], syscall(SYS_keyctl, KEYCTL_READ, number(argc, argv, i),
				       buf, sizeof buf));
	return verdict();
}

const struct attempt ipc_attempts[] = {
	{ "listen", listen_at },
	{ "connect", connect_to },
	{ "connect-tcp", connect_tcp },
	{ "give-dir", give_dir },
	{ "take-dir", take_dir },
	{ "find-ipc", find_ipc },
	{ "make-ipc", make_ipc },
	{ "remove-ipc", remove_ipc },
	{ "with-keys", with_keys },
	{ "read-keys", read_keys },
	{ 0 },
};
