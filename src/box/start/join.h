/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * join.h - one network for two sandboxes (net.mode = "join:NAME")
 *
 * Theory of operation
 *
 *	supervisor of NAME       the new supervisor        joiner             init
 *	   <-------- MSG_JOIN --- asks
 *	looks who asks
 *	MSG_JOINED -------------> has its network, and
 *	                          a pidfd
 *	                          forks ----------------> enters NAME's outer user
 *	                                                  namespace, its network
 *	                                                  clones ------------> waits
 *	                                                  writes its id maps
 *	                          <------- MSG_JOINED --- ends
 *	                          MSG_GO ----------------------------------> builds on
 *
 * Only who is in the outer user namespace of NAME, or below it, has power over NAME's
 * network, and nobody gets out of a user namespace again. So the outer user namespace of
 * the new sandbox lies inside that of NAME, beside NAME's inner one, where NAME's command
 * is: neither command has any power over what is the other's. NAME's init, which belongs
 * to the one around both, has no capability and no program left that it could run.
 *
 * The limits that let a command make no namespaces would count the new sandbox as well.
 * So a sandbox whose network may be joined has them in its inner user namespace, which
 * the new one is not in, instead of the outer one (launch_is_joinable()).
 *
 * Nothing else is shared: the joiner stays in the host's other namespaces, and what it
 * clones makes its own of them, as always. The ids inside are those of NAME, of which the
 * new sandbox takes one, the caller's.
 */
#ifndef SBOX_START_JOIN_H
#define SBOX_START_JOIN_H

#include <stdbool.h>

#include "base/msg.h"
#include "base/sys.h"
#include "box/start/launch.h"

/* Another sandbox's network; both -1: none. */
struct joined {
	int netns;
	int supervisor; /* a pidfd: when it ends, the network's helper does */
};

/*
 * Asks the supervisor at @socket (request_connect()), which may take as long as its
 * command has not begun.
 */
_must_check_ int join_ask(int socket, struct joined *ret, struct error *err);

/* Answers who asked, over @reply. */
_must_check_ int join_answer(const struct launch *launch, int netns, int reply,
			     struct error *err);

/*
 * clone3(2) with @args in the outer user namespace and the network of @launch->joined.
 * The new process is a child of the caller, and has its id maps.
 */
_must_check_ pid_t join_clone(const struct launch *launch, struct clone3_args args,
			      int *ret_pidfd, struct error *err);

#endif
