/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* msg.c - small messages between our own processes; see msg.h */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/msg.h"

union control {
	char space[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

int msg_pair(int ret_fds[2], struct error *err)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret_fds) < 0)
		return error_sys(err, "socketpair");
	return 0;
}

int msg_send(int socket, enum msg_type type, int value, int fd)
{
	struct msg msg = { (int32_t)type, value };
	struct iovec iov = { &msg, sizeof msg };
	union control control = { { 0 } };
	struct msghdr hdr = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;
	ssize_t n;

	if (fd >= 0) {
		hdr.msg_control = control.space;
		hdr.msg_controllen = sizeof control.space;
		cmsg = CMSG_FIRSTHDR(&hdr);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof fd);
		memcpy(CMSG_DATA(cmsg), &fd, sizeof fd);
	}
	do
		n = sendmsg(socket, &hdr, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof msg ? 0 : -1;
}

int msg_recv(int socket, struct msg *ret, int *ret_fd)
{
	struct iovec iov = { ret, sizeof *ret };
	union control control = { { 0 } };
	struct msghdr hdr = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.space,
			      .msg_controllen = sizeof control.space };
	struct cmsghdr *cmsg;
	ssize_t n;

	*ret_fd = -1;
	do
		n = recvmsg(socket, &hdr, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n == 0 || errno == ECONNRESET ? 0 : -1;
	cmsg = CMSG_FIRSTHDR(&hdr);
	if (cmsg && cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type == SCM_RIGHTS)
		memcpy(ret_fd, CMSG_DATA(cmsg), sizeof *ret_fd);
	if (n == (ssize_t)sizeof *ret)
		return 1;
	errno = EPROTO;
	return -1;
}
