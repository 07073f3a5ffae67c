/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * request.h - who asks a named sandbox for something, and who hears it
 *
 * Theory of operation
 *
 *	sboxctl exec, sbox --net=join:NAME            the supervisor of NAME
 *	connects to NAME.sock
 *	MSG_KNOCK --------------------------------->  answers anybody
 *	looks who it is  <-------------------------  MSG_HERE
 *	the request, its own pidfd first ---------->  looks who it is
 *
 * The registry may lie in a directory that a sandbox may write: it was started with
 * another XDG_RUNTIME_DIR, or before this one was chosen. Then what is called NAME.sock
 * can be a socket of a command. So each side proves to the other which process it is, by
 * what the kernel says of it, and nothing that one can be given proves anything.
 *
 * Who asks has found the supervisor by the lock of this name, which no other process can
 * hold in its place (registry.h). A datagram socket that is connected hears its peer
 * alone, and SCM_CREDENTIALS tell which process the answer is of; so that process has
 * the socket that it is connected to. Before that, it sends eight bytes that say nothing.
 *
 * Who hears is given a pidfd by whoever asks. That it is of the process that has sent the
 * message, which SCM_CREDENTIALS tell by its number, and that this process is still there
 * when its user namespace has been looked at, makes the number its own all the while; a
 * number alone could be another's by now. What is inside of a sandbox has our uid as
 *well, but can neither send in the name of a process outside nor be in its user
 *namespace.
 */
#ifndef SBOX_DOOR_REQUEST_H
#define SBOX_DOOR_REQUEST_H

#include "box/door/registry.h"

/*
 * A socket whose other side is the supervisor of @entry, which is of the registry @dir.
 * Waits for it as long as it is stopped.
 */
_must_check_ int request_connect(int dir, const struct registry_entry *entry,
				 struct error *err);

/* Sends a request over it, with up to MSG_FDS_MAX - 1 descriptors. */
_must_check_ int request_send(int socket, const struct msg *msg, const int *fds,
			      size_t len, struct error *err);

/* A request that is answered by a message with descriptors. */
struct request_kind {
	enum msg_type question, answer;
	size_t fds; /* that come with the answer */
};

/*
 * Sends a request over @socket and waits for its answer. *ret_fds, kind->fds of them, are
 * the caller's.
 */
_must_check_ int request_ask(int socket, const struct request_kind *kind, int *ret_fds,
			     struct error *err);

/*
 * In the supervisor: 1 and the request, or 0 if there was none of a process of this user
 * and of our own user namespace. Who is refused is not answered: it has chosen the
 * descriptors, and one may let us wait.
 */
int request_hear(int socket, struct msg *ret, int ret_fds[MSG_FDS_MAX], size_t *ret_len);

#endif
