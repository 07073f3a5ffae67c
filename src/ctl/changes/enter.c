/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* enter.c - the ids that a change set is worked on with; see changes.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "box/fence/userns.h"
#include "box/host/probe.h"
#include "changes/ids.h"
#include "ctl/changes/changes.h"

/* 0, or -1: there are more lines than sbox writes. */
static int copy_map(const struct changes_ids *ids, size_t len, struct id_map *ret)
{
	*ret = (struct id_map){ .len = len };
	if (len == 0 || len > MAP_LINES_MAX)
		return -1;
	for (size_t i = 0; i < len; i++)
		ret->range[i] =
			(struct id_range){ ids[i].inside, ids[i].outside, ids[i].count };
	return 0;
}

/* A process in a new user namespace, which ends when @lifeline is closed. */
static pid_t begin_holder(int ready, int lifeline)
{
	pid_t pid = fork();
	char byte;

	if (pid != 0)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (unshare(CLONE_NEWUSER) < 0 || write(ready, "", 1) != 1)
		_exit(EXIT_SBOX);
	(void)!read(lifeline, &byte, 1);
	_exit(0);
}

static int enter_mapped(pid_t holder, int ready, const struct id_maps *maps,
			struct ctl *ctl, struct error *err)
{
	const struct host host = { .newuidmap = probe_program(&ctl->arena, "newuidmap"),
				   .newgidmap = probe_program(&ctl->arena, "newgidmap") };
	const struct userns_patience patience = { -1, -1, -1 };
	_cleanup_fd_ int userns = -1;
	char path[64], byte;

	if (!host.newuidmap || !host.newgidmap)
		return error_set(err, "newuidmap and newgidmap (package uidmap) are not "
				      "installed");
	if (read(ready, &byte, 1) != 1)
		return error_set(err, "a user namespace cannot be made");
	if (userns_map_helpers(holder, maps, &host, &patience, err) < 0)
		return -1;
	(void)snprintf(path, sizeof path, "/proc/%d/ns/user", (int)holder);
	userns = open(path, O_RDONLY | O_CLOEXEC);
	return userns < 0 || setns(userns, CLONE_NEWUSER) < 0
		       ? error_sys(err, "a user namespace cannot be entered")
		       : 0;
}

static int enter_subids(struct ctl *ctl, const struct changes_set *set, struct error *err)
{
	const struct changes_about *about = &set->about;
	struct id_maps maps = { 0 };
	int ready[2], lifeline[2], ret;
	pid_t holder;

	if (copy_map(about->uids, about->uids_len, &maps.uid) < 0 ||
	    copy_map(about->gids, about->gids_len, &maps.gid) < 0)
		return error_set(err, "its ids are not as sbox has written them");
	if (pipe2(ready, O_CLOEXEC) < 0)
		return error_sys(err, "pipe");
	if (pipe2(lifeline, O_CLOEXEC) < 0) {
		(void)error_sys(err, "pipe");
		(void)close(ready[0]);
		(void)close(ready[1]);
		return -1;
	}
	holder = begin_holder(ready[1], lifeline[0]);
	(void)close(ready[1]);
	(void)close(lifeline[0]);
	ret = holder < 0 ? error_sys(err, "fork")
			 : enter_mapped(holder, ready[0], &maps, ctl, err);
	(void)close(ready[0]);
	(void)close(lifeline[1]);
	if (holder > 0) {
		(void)kill(holder, SIGKILL);
		while (waitpid(holder, NULL, 0) < 0 && errno == EINTR)
			;
	}
	return ret;
}

int changes_enter(struct ctl *ctl, const struct changes_set *set, struct error *err)
{
	if (!changes_has_ids(set)) {
		changes_enter_ids();
		return 0;
	}
	if (enter_subids(ctl, set, err) < 0)
		return error_wrap(
			err,
			"the change set \"%s\", whose files may have subordinate "
			"ids",
			set->name);
	return 0;
}
