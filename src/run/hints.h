/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hints.h - what a person could do about a failure, by looking at the host */
#ifndef SBOX_HINTS_H
#define SBOX_HINTS_H

#include "base/error.h"
#include "plan/plan.h"
#include "verdict/view.h"

/*
 * If @err says that the command was not found inside (EXIT_NOCMD) and the host has it,
 * adds where it is and which key would show it.
 */
void hint_command(const struct plan *plan, const struct policy *policy,
		  const struct host *host, struct error *err);

/*
 * The path inside, in @arena, of what a run of @plan would execute, or may; NULL:
 * nothing.
 */
const char *hint_program(const struct plan *plan, const struct host *host,
			 struct arena *arena);

/* The interpreter of the script that @place shows, an absolute path; NULL: it is none. */
const char *hint_interpreter(struct arena *arena, const struct place *place);

/*
 * Whether a run of @plan would find its directory and its command, and could execute
 * that, as far as can be seen. -1: it would not; @err is what the run would say, and has
 * its status.
 */
_must_check_ int hint_look_up(const struct plan *plan, const struct host *host,
			      struct error *err);

/*
 * Looks that no word of @command but the first names a descriptor of ours ("/dev/fd/63",
 * as a shell writes it for "<(COMMAND)") that the command does not get: it gets those of
 * @plan, and with NULL, as a later command of a sandbox, none.
 */
_must_check_ int hint_descriptors(const char *const *command, const struct plan *plan,
				  struct error *err);

/*
 * What a sandbox inside this one, if the command is one that makes namespaces by itself,
 * needs and has not; NULL: nothing that is known.
 */
const char *hint_nested(const struct plan *plan);

#endif
