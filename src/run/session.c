/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* run.c - how the mistakes of a run are said; see run.h */
#include "config.h"

#include "cli/run.h"
#include "run/say.h"

void run_warn(const struct run *run, const char *what, const char *about)
{
	if (!run->options.quiet)
		say_warning(what, about);
}

int run_fail(struct run *run, const struct error *err)
{
	run->ending.why = err->status == EXIT_NOEXEC || err->status == EXIT_NOCMD
				  ? WHY_EXEC
			  : err->status > 128 ? WHY_KILLED_BY_CALLER
					      : WHY_SETUP;
	run->ending.error = arena_strdup(&run->arena, err->msg);
	return say_error(err);
}
