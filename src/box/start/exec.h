/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * exec.h - more commands in a sandbox that runs already
 *
 * Theory of operation
 *
 *	sboxctl exec             supervisor           init              attendant
 *	MSG_EXEC --------------> looks who asks
 *	  (a datagram)           MSG_EXEC ----------> forks ----------> its session,
 *	                                                                its terminal
 *	   <------------------------------------------ MSG_TERMINAL --- forks the
 *	                                                                command
 *	   <---------------------- MSG_STOPPED, MSG_EXITED ------------ serves
 *	MSG_SIGNAL ... -------------------------------------------->
 *
 * Nobody enters the sandbox from outside: the plan, the filters and the rules are those
 * that init has in memory since the start, and the new command runs through the same
 * instructions as the first one. Only two things are its own: the inner user namespace is
 * there already and is entered, and what the rules of Landlock are about was opened
 * before the first command could move it (landlock_hold()).
 *
 * The attendant is to it what init is to the first command, and runs the same code: it
 * belongs to the outer user namespace, is not dumpable, and has no capability. It is no
 * process 1, so a command may kill it; then whoever asked is told that the command is
 * gone, and it is.
 *
 * Requests come over a socket of the caller's own directory, which its sandboxes are not
 * shown (plan_input.hidden_dirs), and from processes of the supervisor's own user
 * namespace only, which look whom they ask as well (request.h).
 */
#ifndef SBOX_START_EXEC_H
#define SBOX_START_EXEC_H

#include "base/msg.h"
#include "box/start/launch.h"
#include "box/start/network.h"

/*
 * In sboxctl, where the caller's files are: makes 0 to 2 what the command may have. *ret
 * is then for its supervision.
 */
_must_check_ int exec_hand_over(struct arena *arena, struct handovers *ret,
				struct error *err);

/* In the supervisor. */
struct exec_door {
	const struct launch *launch;
	const struct network *net;
	int ctl; /* to init */
};
/* Answers one message at the socket @requests: MSG_EXEC, MSG_JOIN of join.h, MSG_TALLY.
 */
void exec_request(const struct exec_door *door, int requests);

#endif
