/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* keeper.c - the process that puts the cgroup away after us; see cgroup.h */
#include "config.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/io.h"
#include "base/msg.h"
#include "base/sys.h"
#include "box/cgroup/leaf.h"

/* The keeper can be ended by SIGKILL only, and no terminal has a say. */
static _Noreturn void keeper_main(struct cgroup *c, int ctl)
{
	struct msg msg = { 0 };
	int fd = -1;

	(void)setsid();
	(void)!chdir("/"); /* it is in nobody's way there */
	(void)prctl(PR_SET_NAME, "sbox-keeper", 0, 0, 0);
	io_close_but(c->dir, ctl); /* nothing of our caller's */
	while (msg_recv(ctl, &msg, &fd) > 0)
		*(msg.value == CGROUP_SUPERVISOR ? &c->supervisor : &c->leaf) = fd;
	if (cgroup_take_leaves(c) == 0)
		cgroup_put_away(c);
	_exit(0);
}

int cgroup_start_keeper(struct cgroup *c, struct error *err)
{
	sigset_t all, before;
	int ctl[2];

	if (msg_pair(ctl, err) < 0)
		return -1;
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &before);
	c->keeper = fork();
	if (c->keeper == 0)
		keeper_main(c, ctl[1]);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	(void)close(ctl[1]);
	c->alive = ctl[0];
	if (c->keeper > 0)
		return 0;
	c->keeper = 0;
	return error_sys(err, "fork");
}
