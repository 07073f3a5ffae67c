/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* session.c - how the mistakes of a run are said; see session.h */
#include "config.h"

#include <unistd.h>

#include "run/say.h"
#include "run/session.h"

void session_warn(const struct session *session, const char *what, const char *about)
{
	if (!session->request.quiet)
		say_warning(what, about);
}

int session_fail(struct session *session, const struct error *err)
{
	session->ending.why = err->status == EXIT_NOEXEC || err->status == EXIT_NOCMD
				      ? WHY_EXEC
			      : err->status > 128 ? WHY_KILLED_BY_CALLER
						  : WHY_SETUP;
	session->ending.error = arena_strdup(&session->arena, err->msg);
	return say_error_as(session->request.given ? session->request.given->prefix : "",
			    err);
}

bool session_watched(const struct session *session)
{
	return session->request.verbose ||
	       (!session->request.quiet && isatty(STDERR_FILENO));
}
