/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * handover.h - the caller's descriptors, as the command is to have them
 *
 * Theory of operation
 *
 * What kind each is, and what is refused, says given.h. A file that is open for reading
 * only is opened anew, on a copy of its mount that is read-only and attached nowhere: all
 * that changes a file asks the mount of the descriptor first, so neither its content nor
 * its mode, times or attributes can be changed by it, by whomever it is opened once more.
 * A mount can be copied by its path only, in a mount namespace of one's own; what is
 * found there is compared by device and inode with what the caller has opened. A file
 * that is not found, because it is deleted, of another mount namespace or not for the
 * caller to open any more, is copied, into memory that is sealed.
 *
 * So command and caller have two open files where they had one, and its offset is copied:
 * in when it is made, and back when the command has ended, if it has moved. Whoever else
 * reads by the caller's meanwhile does not see where the command is, and a lock on one is
 * none on the other.
 *
 * What the command gets as it is, it shares with the caller, and with it the flags of the
 * open file (O_NONBLOCK): these are put back. A pipe that has no name is opened anew
 * instead, because whoever holds it to put something back keeps its other end from
 * hearing that it is closed. Sockets cannot be opened anew.
 */
#ifndef SBOX_HANDOVER_H
#define SBOX_HANDOVER_H

#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "box/stdio/given.h"

struct handover {
	struct given given;
	size_t same; /* which of the list shares its open file: itself, or one before */
	off_t start; /* where the caller's was; -1: it has no offset */
	int caller;  /* a copy of the caller's, to give back by; -1: nothing is */
	int command; /* a copy of the command's, if that is another; -1 */
	int lease;   /* the caller's, as of F_GETLEASE */
};

struct handovers {
	struct handover *list; /* of those about which there is something to do */
	size_t len;
};

/* The choice of what the command gets of the caller's descriptors. */
struct handover_scope {
	const int *keep; /* besides 0 to 2 */
	size_t keep_len;
	bool as_they_are;  /* what would be refused is given as it is */
	bool own_network;  /* see given_look() */
	bool own_terminal; /* of 0 to 2 it does not get a terminal of the caller's */
};

/*
 * Looks at all of them, and refuses what is not to be given. *ret takes nothing over, can
 * always be given to handovers_done() and, in @arena, stays where it is.
 */
_must_check_ int handovers_look(const struct handover_scope *scope, struct arena *arena,
				struct handovers *ret, struct error *err);

/*
 * Puts files, FIFOs and devices in their places as the command is to have them. For a
 * process that has a mount namespace of its own, all capabilities there, the caller's
 * files still in it and a procfs in /proc. @ctl: copies of them are sent there, by
 * MSG_HANDED; -1: nobody is to get any.
 */
_must_check_ int handovers_make(const struct handovers *handovers, int ctl,
				struct error *err);

/* Whether it has anything to do. */
bool handovers_needed(const struct handovers *handovers);

/* For whoever shares its table of descriptors with the process that did so. */
void handovers_taken(struct handovers *handovers);

/*
 * Opens pipes anew. @proc: a procfs in which we are "self", or AT_FDCWD for /proc. One
 * that cannot be opened, another user's, stays as it is.
 */
void handovers_pipes(const struct handovers *handovers, int proc);

/* MSG_HANDED: @fd, which is taken over, is what the command has in the place @value. */
void handovers_take(struct handovers *handovers, int value, int fd);

/* When the command has ended: gives the caller back what is theirs, and closes all. */
void handovers_done(struct handovers *handovers);

#endif
