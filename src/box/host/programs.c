/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* programs.c - where programs of the host that sbox calls are; see probe.h */
#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "box/host/probe.h"

const char *probe_own_program(struct arena *arena, const char *name)
{
	const char *dir = getenv("SBOX_LIBEXECDIR");
	const char *path =
		arena_printf(arena, "%s/%s", dir && *dir ? dir : LIBEXECDIR, name);

	return *path == '/' && access(path, X_OK) == 0 ? path : NULL;
}

const char *probe_program(struct arena *arena, const char *name)
{
	static const char *const dirs[] = { "/usr/bin", "/bin", "/usr/sbin",
					    "/usr/local/bin", "/run/wrappers/bin" };

	for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++) {
		const char *path = arena_printf(arena, "%s/%s", dirs[i], name);

		if (access(path, X_OK) == 0)
			return path;
	}
	return NULL;
}
