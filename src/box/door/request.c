/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* request.c - who asks a named sandbox for something; see request.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/sys.h"
#include "box/door/procs.h"
#include "box/door/request.h"

#define ANSWER_MS 5000 /* of a supervisor that is not stopped */

/* ------------------------------------------------------------------------ who asks */

static int connect_to(int dir, const char *name, struct error *err)
{
	_cleanup_fd_ int fd =
		socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un addr = registry_address(dir, name);
	int one = 1;
	char byte;

	/* with it, the kernel gives our socket a name, to which can be answered */
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &one, sizeof one) < 0)
		return error_sys(err, "socket");
	if (connect(fd, (struct sockaddr *)&addr, sizeof addr) < 0)
		return error_sys(err, "%s: its supervisor does not answer", name);
	/* what came before it was connected may be of anybody */
	while (recv(fd, &byte, 1, MSG_DONTWAIT) >= 0)
		;
	return take_fd(&fd);
}

/* The answer would be sent to a name that is looked up in the network namespace. */
static int check_netns(const struct registry_entry *entry, struct error *err)
{
	if (proc_same_netns(entry->pid))
		return 0;
	return error_set(err,
			 "the supervisor of \"%s\" (process %d) is in another network "
			 "namespace than this command: run it there (nsenter --net)",
			 entry->name, (int)entry->pid);
}

static int send_error(struct error *err)
{
	if (errno == EAGAIN)
		return error_set(err, "too many requests wait already: the sandbox's "
				      "supervisor is stopped, or busy");
	return error_sys(err, "cannot ask the sandbox's supervisor");
}

static bool is_stopped(pid_t pid)
{
	struct proc proc;

	return proc_read(pid, &proc) == 0 && proc.state == 'T';
}

static int not_it(const struct registry_entry *entry, const char *what, struct error *err)
{
	return error_set(
		err,
		"%s.sock: the supervisor of this sandbox (process %d) %s: was the "
		"file replaced? XDG_RUNTIME_DIR must not be where a sandbox may "
		"write",
		entry->name, (int)entry->pid, what);
}

/*
 * Waits for a message at @socket. A supervisor that is stopped answers when it goes on;
 * one that runs answers soon, if it is the one that hears us.
 */
static int wait_for_answer(int socket, int holder, const struct registry_entry *entry,
			   struct error *err)
{
	struct pollfd fds[] = { { socket, POLLIN, 0 }, { holder, POLLIN, 0 } };
	int n;

	do
		n = poll(fds, 2, ANSWER_MS);
	while ((n < 0 && errno == EINTR) || (n == 0 && is_stopped(entry->pid)));
	if (n < 0)
		return error_sys(err, "poll");
	if (n == 0)
		return not_it(entry, "does not answer", err);
	return fds[0].revents
		       ? 0
		       : error_set(err, "the sandbox \"%s\" has ended", entry->name);
}

static bool is_alive(int pidfd)
{
	return sys_pidfd_send_signal(pidfd, 0) == 0;
}

/* The message at @socket must be MSG_HERE of @entry's supervisor. */
static int check_answer(int socket, int holder, const struct registry_entry *entry,
			struct error *err)
{
	struct msg_sender sender = { .ids = { 0, (uid_t)-1, (gid_t)-1 } };
	struct msg msg = { 0 };
	int fds[MSG_FDS_MAX];
	size_t len = 0;
	bool here = msg_recv_fds(socket, &msg, fds, &len, &sender) > 0 && len == 0 &&
		    msg.type == MSG_HERE;

	for (size_t i = 0; i < len; i++)
		(void)close(fds[i]);
	/* alive now, so the number was its own when it was sent */
	if (here && sender.ids.uid == getuid() && sender.ids.pid == entry->pid &&
	    is_alive(holder))
		return 0;
	return not_it(entry, "is not who answers", err);
}

int request_connect(int dir, const struct registry_entry *entry, struct error *err)
{
	_cleanup_fd_ int holder = sys_pidfd_open(entry->pid), fd = -1;

	/* in this order: if it has the lock now and lives at the end, the pidfd is its */
	if (holder < 0 || registry_holder(dir, entry->name) != entry->pid)
		return error_set(err, "the sandbox \"%s\" has ended", entry->name);
	if (check_netns(entry, err) < 0)
		return -1;
	fd = connect_to(dir, entry->name, err);
	if (fd < 0)
		return -1;
	if (msg_send(fd, MSG_KNOCK, 0, -1) < 0)
		return send_error(err);
	if (wait_for_answer(fd, holder, entry, err) < 0 ||
	    check_answer(fd, holder, entry, err) < 0)
		return -1;
	return take_fd(&fd);
}

int request_send(int socket, const struct msg *msg, const int *fds, size_t len,
		 struct error *err)
{
	_cleanup_fd_ int self = sys_pidfd_open(getpid());
	int all[MSG_FDS_MAX] = { self };

	if (self < 0)
		return error_sys(err, "pidfd_open");
	memcpy(&all[1], fds, len * sizeof *fds);
	if (msg_send_fds(socket, (enum msg_type)msg->type, msg->value, all, len + 1) < 0)
		return send_error(err);
	return 0;
}

/* ----------------------------------------------------------------------- who hears */

/*
 * To names only that the kernel has made up for a socket, as it does for those of
 * connect_to(): nobody else's socket is to get a message of ours.
 */
static void answer_knock(int socket, const struct msg_sender *sender)
{
	static const size_t len = offsetof(struct sockaddr_un, sun_path) + 1 + 5;

	if (sender->addr_len == len && sender->addr.sun_path[0] == '\0')
		(void)msg_answer(socket, MSG_HERE, sender);
}

/*
 * Whether @pidfd is one, of the process that has sent the message, which is alive and in
 * our own user namespace.
 */
static bool is_of_our_userns(int pidfd, const struct ucred *sender)
{
	return sender->uid == getuid() && is_alive(pidfd) &&
	       proc_number(pidfd) == sender->pid && proc_same_userns(sender->pid) &&
	       is_alive(pidfd);
}

/* @fds are what came instead of an answer, or none. */
static int no_answer(int errors, const int *fds, size_t len, struct error *err)
{
	for (size_t i = 0; i < len; i++)
		(void)close(fds[i]);
	return error_recv(err, errors) ? -1 : error_set(err, "it has ended");
}

/* Sends it, with what the answer and an error come back by. */
static int send_question(int socket, enum msg_type question, int *ret_ours,
			 int *ret_errors, struct error *err)
{
	_cleanup_fd_ int ours = -1, theirs = -1, errors = -1, error = -1;
	const struct msg msg = { (int32_t)question, 0 };
	int pair[2], pipe[2], given[2];

	if (msg_pair(pair, err) < 0)
		return -1;
	ours = pair[0];
	theirs = pair[1];
	if (pipe2(pipe, O_CLOEXEC) < 0)
		return error_sys(err, "pipe");
	errors = pipe[0];
	error = pipe[1];
	given[EXEC_CTL] = theirs;
	given[EXEC_ERRORS] = error;
	if (request_send(socket, &msg, given, 2, err) < 0)
		return -1;
	*ret_ours = take_fd(&ours);
	*ret_errors = take_fd(&errors);
	return 0;
}

int request_ask(int socket, const struct request_kind *kind, int *ret_fds,
		struct error *err)
{
	_cleanup_fd_ int ours = -1, errors = -1;
	struct msg msg = { 0 };
	int fds[MSG_FDS_MAX];
	size_t len = 0;

	if (send_question(socket, kind->question, &ours, &errors, err) < 0)
		return -1;
	if (msg_recv_fds(ours, &msg, fds, &len, NULL) <= 0 ||
	    msg.type != (int32_t)kind->answer || len != kind->fds)
		return no_answer(errors, fds, len, err);
	memcpy(ret_fds, fds, len * sizeof *ret_fds);
	return 0;
}

int request_hear(int socket, struct msg *ret, int ret_fds[MSG_FDS_MAX], size_t *ret_len)
{
	struct msg_sender sender = { .addr_len = 0 };
	int fds[MSG_FDS_MAX];
	size_t len = 0;
	bool heard;

	if (msg_recv_fds(socket, ret, fds, &len, &sender) <= 0)
		return 0;
	if (len == 0) {
		if (ret->type == MSG_KNOCK && sender.ids.uid == getuid())
			answer_knock(socket, &sender);
		return 0;
	}
	heard = is_of_our_userns(fds[0], &sender.ids);
	(void)close(fds[0]);
	if (!heard)
		for (size_t i = 1; i < len; i++)
			(void)close(fds[i]);
	*ret_len = heard ? len - 1 : 0;
	memcpy(ret_fds, &fds[1], *ret_len * sizeof *fds);
	return heard;
}
