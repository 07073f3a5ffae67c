/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* msg.c - small messages between our own processes; see msg.h */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/msg.h"

union control {
	char space[CMSG_SPACE(MSG_FDS_MAX * sizeof(int)) +
		   CMSG_SPACE(sizeof(struct ucred))];
	struct cmsghdr align;
};

/* Descriptors and sender of a message: the kernel fills all the room that there is. */
struct received {
	int fds[sizeof(union control) / sizeof(int)];
	size_t len;
	struct msg_sender sender;
};

int msg_pair(int ret_fds[2], struct error *err)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret_fds) < 0)
		return error_sys(err, "socketpair");
	return 0;
}

int msg_send_fds(int socket, enum msg_type type, int value, const int *fds, size_t len)
{
	struct msg msg = { (int32_t)type, value };
	struct iovec iov = { &msg, sizeof msg };
	union control control = { { 0 } };
	struct msghdr hdr = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;
	ssize_t n;

	if (len > MSG_FDS_MAX) {
		errno = E2BIG;
		return -1;
	}
	if (len > 0) {
		hdr.msg_control = control.space;
		hdr.msg_controllen = CMSG_SPACE(len * sizeof *fds);
		cmsg = &control.align;
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(len * sizeof *fds);
		memcpy(CMSG_DATA(cmsg), fds, len * sizeof *fds);
	}
	do
		n = sendmsg(socket, &hdr, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof msg ? 0 : -1;
}

int msg_send(int socket, enum msg_type type, int value, int fd)
{
	return msg_send_fds(socket, type, value, &fd, fd >= 0);
}

static void take_control(struct msghdr *hdr, struct received *ret)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(hdr); c; c = CMSG_NXTHDR(hdr, c)) {
		size_t len = c->cmsg_len - CMSG_LEN(0);

		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SCM_RIGHTS) {
			memcpy(ret->fds, CMSG_DATA(c), len);
			ret->len = len / sizeof ret->fds[0];
		}
		if (c->cmsg_type == SCM_CREDENTIALS)
			memcpy(&ret->sender.ids, CMSG_DATA(c), sizeof ret->sender.ids);
	}
}

/* @max: how many descriptors may come; with more of them none is kept. */
static int receive_fds(int socket, size_t max, struct msg *ret, struct received *ret_more)
{
	struct iovec iov = { ret, sizeof *ret };
	union control control = { { 0 } };
	struct msghdr hdr = { .msg_name = &ret_more->sender.addr,
			      .msg_namelen = sizeof ret_more->sender.addr,
			      .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.space,
			      .msg_controllen = sizeof control.space };
	ssize_t n;

	*ret_more = (struct received){ .sender.ids = { 0, (uid_t)-1, (gid_t)-1 } };
	/* ECONNRESET, once: the other end went away and had not read all of ours. What it
	 * sent before is still to come. */
	do
		n = recvmsg(socket, &hdr, MSG_CMSG_CLOEXEC);
	while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n < 0)
		return -1;
	take_control(&hdr, ret_more);
	ret_more->sender.addr_len = hdr.msg_namelen;
	if (n == (ssize_t)sizeof *ret && !(hdr.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) &&
	    ret_more->len <= max)
		return 1;
	for (size_t i = 0; i < ret_more->len; i++)
		(void)close(ret_more->fds[i]);
	errno = EPROTO;
	return n == 0 ? 0 : -1;
}

int msg_recv(int socket, struct msg *ret, int *ret_fd)
{
	struct received more;
	int status = receive_fds(socket, 1, ret, &more);

	*ret_fd = status > 0 && more.len == 1 ? more.fds[0] : -1;
	return status;
}

int msg_recv_fds(int socket, struct msg *ret, int ret_fds[MSG_FDS_MAX], size_t *ret_len,
		 struct msg_sender *ret_sender)
{
	struct received more;
	int status = receive_fds(socket, MSG_FDS_MAX, ret, &more);

	if (status <= 0)
		return status;
	memcpy(ret_fds, more.fds, more.len * sizeof more.fds[0]);
	*ret_len = more.len;
	if (ret_sender)
		*ret_sender = more.sender;
	return 1;
}

int msg_answer(int socket, enum msg_type type, const struct msg_sender *to)
{
	struct msg msg = { (int32_t)type, 0 };
	ssize_t n = sendto(socket, &msg, sizeof msg, MSG_DONTWAIT | MSG_NOSIGNAL,
			   (const struct sockaddr *)&to->addr, to->addr_len);

	return n == (ssize_t)sizeof msg ? 0 : -1;
}
