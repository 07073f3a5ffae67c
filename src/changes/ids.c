/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ids.c - a user namespace for working on a change set; see ids.h */
#include "config.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "base/io.h"
#include "changes/ids.h"

void changes_enter_ids(void)
{
	const unsigned uid = getuid(), gid = getgid();
	char map[2][64];

	if (uid == 0 || unshare(CLONE_NEWUSER) < 0)
		return;
	(void)snprintf(map[0], sizeof map[0], "0 %u 1\n", uid);
	(void)snprintf(map[1], sizeof map[1], "0 %u 1\n", gid);
	/* without its maps it still is what it was to all of its own files */
	if (io_write_file(AT_FDCWD, "/proc/self/uid_map", map[0]) < 0 ||
	    io_write_file(AT_FDCWD, "/proc/self/setgroups", "deny") < 0)
		return;
	(void)io_write_file(AT_FDCWD, "/proc/self/gid_map", map[1]);
}

bool changes_has_ids(const struct changes_set *set)
{
	return set->about.uids_len > 0 || set->about.gids_len > 0;
}
