/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hits.c - which bounds a command that failed may have run into; see hits.h
 *
 * Process: init
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "box/start/hits.h"

/*
 * Whether the kernel refuses one more process: there is no other way to ask. The threads
 * of the command have ended with it, so what only they have reached is not refused any
 * more. But a new process has the number behind that of the last one: where just as many
 * were made as RLIMIT_NPROC allows, with us, they may all have been there at once.
 */
static int look_at_processes(const struct plan *plan)
{
	const struct plan_limits *limits = &plan->limits;
	pid_t pid;

	if (limits->nproc == LIMIT_NONE && limits->cgroup.pids == LIMIT_NONE &&
	    limits->pid_max == LIMIT_NONE)
		return 0;
	pid = fork();
	if (pid == 0)
		_exit(0);
	/* it is not waited for: what the command has left may stop it for good. It is
	 * reaped or killed like any orphan */
	if (pid < 0)
		return errno == EAGAIN ? HIT_PIDS : 0;
	return pid - 1 == limits->nproc ? HIT_PIDS_MADE : 0;
}

/* What is full of the tmpfs at @path. The command may have put something else there. */
static int look_at_tmpfs(const char *path)
{
	struct statfs fs;

	if (statfs(path, &fs) < 0 || fs.f_type != TMPFS_MAGIC)
		return 0;
	return (fs.f_blocks > 0 && fs.f_bavail == 0 ? HIT_TMPFS : 0) |
	       (fs.f_files > 0 && fs.f_ffree == 0 ? HIT_INODES : 0);
}

/* How many datagrams found no receiver (RFC 4113, udpNoPorts), in the kernel's table. */
static unsigned long datagrams_lost(void)
{
	_cleanup_fd_ int fd =
		open("/proc/self/net/snmp", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char text[4096], *row;
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof text - 1);

	if (len <= 0)
		return 0;
	text[len] = '\0';
	/* a line of names, then one of numbers: InDatagrams NoPorts ... */
	row = strstr(text, "\nUdp: InDatagrams NoPorts ");
	row = row ? strstr(row + 1, "\nUdp: ") : NULL;
	row = row ? strchr(row + strlen("\nUdp: "), ' ') : NULL;
	return row ? strtoul(row, NULL, 10) : 0;
}

int hits_look(const struct plan *plan)
{
	const struct net_plan *net = &plan->net;
	int hits = look_at_processes(plan);

	/* a command that may mount could have put a file system there that never answers
	 */
	if (!plan->has_inner)
		return hits;
	for (size_t i = 0; i < plan->steps_len; i++)
		if (plan->steps[i].type == STEP_TMPFS)
			hits |= look_at_tmpfs(plan->steps[i].target);
	hits |= look_at_tmpfs("/dev/shm");
	if ((plan->clone_flags & CLONE_NEWNET) && !net->helper && !net->filtered &&
	    !net->join && datagrams_lost() > 0)
		hits |= HIT_NAMES;
	return hits;
}
