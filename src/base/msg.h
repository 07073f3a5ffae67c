/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* msg.h - small typed messages, with descriptors if need be, over Unix sockets */
#ifndef SBOX_MSG_H
#define SBOX_MSG_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/error.h"

enum msg_type {
	MSG_GO,     /* to init: the id maps are written */
	MSG_NET_FD, /* to the supervisor: enum net_fd @value of the network comes along */
	MSG_FENCED, /* to the supervisor: the rules of the network are in force */
	MSG_NETWORK,      /* to init: the network's device is there */
	MSG_MADE,         /* to the supervisor: but for the command all is there */
	MSG_RELEASE,      /* to init: then the command may be executed */
	MSG_SIGNAL,       /* to init: send signal @value to the command ... */
	MSG_SIGNAL_GROUP, /* ... or to its process group */
	MSG_HANDED,       /* to the supervisor: what the command has in place @value of
			     its handovers comes along */
	MSG_TERMINAL,     /* to the supervisor: the pty's master comes along */
	MSG_POINT,        /* to the supervisor: a mount point was made on the host, see
			     start/points.h */
	MSG_STOPPED, /* to the supervisor: the command was stopped by signal @value */
	MSG_EXPIRED, /* to the supervisor: it let the time run out, so init ended all */
	MSG_PORT, /* to the supervisor: the socket that listens inside for place @value of
		     net.reach comes along: see net/ports.h; to sbox-egress: some of enum
		     egress_socket @value, see net/egress.h */
	MSG_SOCKET, /* to init: make a stream socket of family @value; the answer, with it
		     */
	MSG_HITS,   /* to the supervisor: which bounds the command, which failed, may have
		       run into: a set of enum hit, start/hits.h */
	MSG_LEFT,   /* to the supervisor: likewise, and others live on in the sandbox */
	MSG_EXITED, /* to the supervisor: @value is its status as of waitpid(2) */
	MSG_EXEC,   /* to init: one more command, with the descriptors of msg_exec_fd;
		       bit N of @value: it gets a terminal in the place of descriptor N */
	MSG_JOIN,   /* to a supervisor: somebody would be in its network; with the first
		       two of msg_exec_fd, of which EXEC_CTL gets the answer */
	MSG_JOINED, /* the answer, with the descriptors of msg_join_fd; also to the
		       supervisor, of whoever has joined for it: see start/join.h */
	MSG_TALLY,  /* to a supervisor: what has its network let through? with the first
		       two  of msg_exec_fd, of which EXEC_CTL gets the answer; with it, the
		       memory file of egress_tally(), for reading */
	MSG_LEAF,   /* to a cgroup's keeper: enum cgroup_part @value comes along */
	MSG_KNOCK,  /* to whoever listens at NAME.sock: who is there? */
	MSG_HERE,   /* the answer, by which the kernel tells who has sent it */
};

struct msg {
	int32_t type; /* enum msg_type */
	int32_t value;
};

/* The sender of a message, in terms of our own namespaces. */
struct msg_sender {
	struct ucred ids; /* uid (uid_t)-1: the socket has no SO_PASSCRED */
	struct sockaddr_un addr;
	socklen_t addr_len; /* 0: its socket has no name */
};

/* As many descriptors as can come along with a message. */
#define MSG_FDS_MAX 7

/* The descriptors that come along with MSG_EXEC, in this order. */
enum msg_exec_fd {
	EXEC_CTL,    /* a socket on which whoever asks is the command's supervisor */
	EXEC_ERRORS, /* a pipe for a struct error */
	EXEC_ARGV, /* a file: a struct terminal_look, then the words of the command, a NUL
		      behind each */
	EXEC_STDIN, /* what is 0 to 2 for the command */
	EXEC_STDOUT,
	EXEC_STDERR,
	EXEC_FDS
};

/* The descriptors that come along with MSG_JOINED, in this order. */
enum msg_join_fd {
	JOIN_NETNS,
	JOIN_SUPERVISOR, /* a pidfd */
	JOIN_FDS
};

/* A connected pair of SOCK_SEQPACKET, close-on-exec. */
_must_check_ int msg_pair(int ret_fds[2], struct error *err);

/* @fd: a descriptor to send along, or -1. 0 or -1 with errno. */
int msg_send(int socket, enum msg_type type, int value, int fd);

/* 1: a message; 0: the other end is gone; -1: errno. *ret_fd: what came along, or -1. */
int msg_recv(int socket, struct msg *ret, int *ret_fd);

/*
 * As msg_send() and msg_recv(), with @len descriptors, at most MSG_FDS_MAX: to send more
 * is -1 with E2BIG; a message that brings more is -1 with EPROTO, and none stays open.
 * @ret_sender, or NULL: who has sent it. Empty datagrams cannot be told from the end of a
 * connection: 0, and none of their descriptors stays open.
 */
int msg_send_fds(int socket, enum msg_type type, int value, const int *fds, size_t len);
int msg_recv_fds(int socket, struct msg *ret, int ret_fds[MSG_FDS_MAX], size_t *ret_len,
		 struct msg_sender *ret_sender);

/* To the sender of a datagram, from the same socket; does not wait. 0 or -1 with errno.
 */
int msg_answer(int socket, enum msg_type type, const struct msg_sender *to);

#endif
