/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * given.h - what a caller can have on a descriptor, and what becomes of each kind
 *
 * Theory of operation
 *
 * A descriptor is more than what it was opened for. By /proc/self/fd the file can be
 * opened once more as its permissions allow, on the mount that the caller opened it on;
 * its owner may change its mode, times and attributes; a directory has a way up; a socket
 * is in the network that it was made in. Nothing of the sandbox's mounts is asked there,
 * and Landlock, where there is one, not for all of it. So each kind is answered by
 * itself, in all profiles alike, and what is not known to be harmless is refused.
 *
 * Nothing of this is in the plan: it is about the descriptors of this run, and those of a
 * --dry-run are others.
 */
#ifndef SBOX_GIVEN_H
#define SBOX_GIVEN_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

enum given_as {
	GIVEN_ITSELF, /* the command gets the caller's own: it can do no more by it */
	GIVEN_KEPT,   /* the same; its flags are the caller's, who gets them back */
	GIVEN_PIPE,   /* a pipe without a name: opened anew, so that its flags are its own
		       */
	GIVEN_READONLY, /* a file that is open for reading only: see handover.h */
	GIVEN_NODE, /* a FIFO with a name, or a device of the caller's own: likewise */
};

struct given {
	int fd;
	enum given_as as;
	int flags; /* as of F_GETFL */
	mode_t mode;
	dev_t dev, rdev;
	ino_t ino;
};

/*
 * Finds out what @fd is, and as what the command gets it, into *ret. -1: it is refused,
 * and *err says what to do instead. @own_network: the command is in a network of its own,
 * where the host's sockets are relays_open()'s matter.
 */
_must_check_ int given_look(int fd, bool own_network, struct given *ret,
			    struct error *err);

/*
 * How a caller gives the command what is on @fd without @fd itself, as the end of a
 * message. The text is in @buf or static.
 */
#define GIVEN_CURE_MAX 160
const char *given_cure(int fd, char buf[GIVEN_CURE_MAX]);

/* A number that is an option of socket @fd itself (SOL_SOCKET); -1: it is no socket. */
int given_option(int fd, int name);

/*
 * Once more, of what the command really gets from somebody else: -1 unless it is as it
 * would be had we made it so.
 */
_must_check_ int given_verify(int fd, bool own_network, struct error *err);

#endif
