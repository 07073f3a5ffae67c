/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fence.h - what the two processes of sbox-egress cannot do any more
 *
 * Both have no_new_privs from their start (box/companion), no capability, and the ids and
 * network of the caller.
 */
#ifndef SBOX_EGRESS_FENCE_H
#define SBOX_EGRESS_FENCE_H

#include "base/error.h"

/*
 * For whoever reads what comes from inside: no file can be opened (Landlock, where the
 * kernel has it), and of system calls those that copy bytes between sockets and make
 * sockets of IP; any other kills it, and with it the network. Memory has a bound.
 */
_must_check_ int fence_reader(struct error *err);

/*
 * For whoever looks names up, by modules of the host that nobody here knows: files can be
 * read below the system's directories (Landlock), and calls by which it could become or
 * touch another program fail.
 */
_must_check_ int fence_resolver(struct error *err);

#endif
