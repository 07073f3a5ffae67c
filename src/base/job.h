/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * job.h - a piece of work that is done with the ids of another user namespace
 *
 * Theory of operation
 *
 * Whoever has made a user namespace gets all capabilities over what its ids own as soon
 * as it enters (user_namespaces(7)). A process cannot come back from there, so the work
 * is done by a child, which is forked with all that its parent knows, enters, works,
 * writes an answer and is gone. It stays in the PID namespace, the mounts and the network
 * of its parent unless its work enters others: no process of the other user namespace can
 * name, signal or trace it, and it executes nothing.
 *
 * It dies with its parent, and when its time is over. What it answers is bytes of our own
 * code, which may have parts that somebody else has made: whoever reads them looks at
 * them as at any other input.
 */
#ifndef SBOX_JOB_H
#define SBOX_JOB_H

#include <stddef.h>

#include "base/error.h"
#include "base/strbuf.h"

struct job {
	const char *name; /* for people */
	int userns;       /* the user namespace that it enters */
	int time;         /* milliseconds, negative: as long as it takes */
	size_t answer_max;
	/* In the job's process: 0, or -1 with @err. @out takes the answer. */
	int (*work)(void *data, int out, struct error *err);
	void *data;
};

/*
 * Runs the job to its end. 0: it went well, and its answer is appended to @ret_answer (as
 * strbuf.h, which the caller owns). -1: @err says why; what it did by then has happened.
 * The caller must have one thread.
 */
_must_check_ int job_run(const struct job *job, struct strbuf *ret_answer,
			 struct error *err);

#endif
