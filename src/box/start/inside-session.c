/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * inside-session.c - the session of a command, and its terminal; see inside.h
 *
 * Process: init
 */
#include "config.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mnt.h"
#include "base/msg.h"
#include "box/start/inside.h"

/*
 * Of the sandbox's own /dev/pts. Who gives steps need not have one: then it is of a
 * devpts that is mounted nowhere.
 */
static int open_master(const struct plan *plan)
{
	static const struct mnt_option options[] = { { "ptmxmode", "0600" },
						     { "mode", "0620" },
						     { NULL, NULL } };
	const int flags = O_RDWR | O_NOCTTY | O_CLOEXEC;
	const int fd = open("/dev/pts/ptmx", flags);
	_cleanup_fd_ int hidden = -1;

	if (fd >= 0 || !plan->given)
		return fd;
	hidden = mnt_new("devpts", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	return hidden < 0 ? -1 : openat(hidden, "ptmx", flags);
}

/*
 * Session leader always: signals to a process group do not stop at PID namespaces.
 * The command becomes a process group of this session, so that it can be stopped.
 */
int inside_session(struct inside *in, struct error *err)
{
	_cleanup_fd_ int master = -1;
	struct statfs fs;
	int unlock = 0;

	if (setsid() < 0)
		return error_sys(err, "setsid");
	if (!in->tty[0] && !in->tty[1] && !in->tty[2])
		return 0;
	master = open_master(in->plan);
	/* where there is no /dev of ours, a command may have put something else there */
	if (master >= 0 && (fstatfs(master, &fs) < 0 || fs.f_type != DEVPTS_SUPER_MAGIC))
		return error_set(err, "/dev/pts/ptmx is no terminal");
	if (master < 0 || ioctl(master, TIOCSPTLCK, &unlock) < 0)
		return error_sys(err, "cannot open a terminal for the command (/dev/pts; "
				      "process.tty = \"never\" does without)");
	in->pty = ioctl(master, TIOCGPTPEER, O_RDWR | O_CLOEXEC);
	if (in->pty < 0 || ioctl(in->pty, TIOCSCTTY, 0) < 0)
		return error_sys(err, "cannot open a terminal for the command");
	if (terminal_dress(&in->look, in->pty, err) < 0)
		return -1;
	if (msg_send(in->ctl, MSG_TERMINAL, 0, master) < 0)
		return error_sys(err, "cannot hand the terminal over");
	return 0;
}
