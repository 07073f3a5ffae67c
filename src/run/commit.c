/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* commit.c - puts what a run has written into its place; see changes.h */
#include "config.h"

#include "run/changes.h"
#include "run/say.h"

int run_commit(struct session *session, bool ask)
{
	struct error err = { .status = EXIT_SBOX };

	(void)error_set(&err, "this sbox cannot commit a change set%s: \"%s\" is kept",
			ask ? " at the end of a run" : "", session->changes.name);
	return say_error(&err);
}
