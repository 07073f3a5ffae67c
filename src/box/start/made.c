/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * made.c - a sandbox that is there but for its command; see made.h
 *
 * Process: the supervisor
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "box/start/made.h"

void made_look(struct made *ret, pid_t init)
{
	static const char *const names[MADE_NAMESPACES] = { "user", "mnt", "pid",   "net",
							    "ipc",  "uts", "cgroup" };
	struct stat st;

	*ret = (struct made){ .init = init };
	for (size_t i = 0; i < MADE_NAMESPACES; i++) {
		char path[64];

		(void)snprintf(path, sizeof path, "/proc/%d/ns/%s", (int)init, names[i]);
		ret->ns[i].name = names[i];
		if (stat(path, &st) == 0)
			ret->ns[i].number = st.st_ino;
	}
}

void made_find_command(struct made *made)
{
	char path[64], text[32];
	_cleanup_fd_ int fd = -1;
	ssize_t n;

	/* its only child: nobody is inside who could have made another */
	(void)snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)made->init,
		       (int)made->init);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	if (n <= 0)
		return;
	text[n] = '\0';
	made->command = (pid_t)strtol(text, NULL, 10);
}
