/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wanted.h - what a bwrap command line wants, as a request
 *
 * What the arguments leave open is as sbox has it by default, as far as bubblewrap's
 * clients can live with it: a second user namespace, its own PID namespace and terminal,
 * the default filter, no keys, no core files. With SBOX_BWRAP=strict in the environment
 * the command may make no namespaces either, and Landlock repeats the mounts. Nothing is
 * ever looser than the arguments say; what cannot be done is an error.
 */
#ifndef SBOX_BWRAP_WANTED_H
#define SBOX_BWRAP_WANTED_H

#include "bwrap/options.h"
#include "run/request.h"

/* What a request_given points to. */
struct bwrap_wanted {
	struct policy policy;
	struct plan_given plan;
	struct request_given given;
};

/*
 * Fills *ret, which has to live as long as the session, and session's request. Reads the
 * filters. All in @b->arena. 0 or -1 with *err.
 */
_must_check_ int bwrap_want(const struct bwrap *b, struct bwrap_wanted *ret,
			    struct request *request, struct error *err);

#endif
