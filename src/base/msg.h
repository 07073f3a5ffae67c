/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* msg.h - small typed messages, with a descriptor if need be, over a SOCK_SEQPACKET pair
 */
#ifndef SBOX_MSG_H
#define SBOX_MSG_H

#include <stdint.h>

#include "base/error.h"

enum msg_type {
	MSG_GO,     /* to init: the id maps are written */
	MSG_NET_FD, /* to the supervisor: enum net_fd @value of the network comes along */
	MSG_FENCED, /* to the supervisor: the rules of the network are in force */
	MSG_NETWORK,      /* to init: the network's device is there */
	MSG_SIGNAL,       /* to init: send signal @value to the command ... */
	MSG_SIGNAL_GROUP, /* ... or to its process group */
	MSG_TERMINAL,     /* to the supervisor: the pty's master comes along */
	MSG_STOPPED, /* to the supervisor: the command was stopped by signal @value */
	MSG_EXPIRED, /* to the supervisor: it let the time run out, so init ended all */
	MSG_EXITED,  /* to the supervisor: @value is its status as of waitpid(2) */
};

struct msg {
	int32_t type; /* enum msg_type */
	int32_t value;
};

/* A connected pair, close-on-exec. */
int msg_pair(int ret_fds[2], struct error *err);

/* @fd: a descriptor to send along, or -1. 0 or -1 with errno. */
int msg_send(int socket, enum msg_type type, int value, int fd);

/* 1: a message; 0: the other end is gone; -1: errno. *ret_fd: what came along, or -1. */
int msg_recv(int socket, struct msg *ret, int *ret_fd);

#endif
