/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * watch.h - notice that a cover has fallen off
 *
 * Theory of operation
 *
 * What covers a denied or protected path is a mount on the file or directory that was
 * there at the start. When somebody outside puts another one in its place by rename(2),
 * as editors, mv, "sed -i" and "git config" do, the kernel takes the mount off with the
 * old one, in every mount namespace, and the new one lies bare in the sandbox. Nobody
 * inside can do that, a mount point being busy to them, and no flag keeps those outside
 * from it.
 *
 * So the supervisor watches the directories of the host from the mount's source down to
 * each covered path by inotify(7), compares device and inode when one of the names that
 * matter has changed, and has the cover put back (restore.h). The number of an inode is
 * used again at once by some file systems (ext4), and a file can be removed and linked
 * anew: so where the time of its last change (ctime) is another, it is looked inside
 * whether the cover is on. The mounts' sources are held open, as what is mounted is,
 * since somebody outside may give them other names. Between the rename and that the path
 * is open to the command, which may have been waiting for it; what it opened meanwhile
 * stays open. At the end all are compared once more.
 *
 * The watch begins some milliseconds after the command: a run that is as short has only
 * the comparison at the end. Without inotify (a user has 128 instances:
 * fs.inotify.max_user_instances) there is only that, too, and it is said.
 */
#ifndef SBOX_COVERS_WATCH_H
#define SBOX_COVERS_WATCH_H

#include <time.h>

#include "base/loop.h"
#include "plan/plan.h"

struct cover_name { /* a part of the way to a covered path */
	int wd;     /* of the directory that it stands in, for inotify(7); -1: of none */
	const char *name;
	size_t len;
};

/* The state of one of plan->covers. */
struct cover_state {
	dev_t dev; /* what is covered now */
	ino_t ino;
	struct timespec ctime;    /* zero: not known yet */
	size_t origin;            /* of cover_watch.origins */
	struct cover_name *names; /* from the origin down, once they are watched */
	size_t names_len;
	uint64_t way;  /* stands for the directories that lead there; 0: not known yet */
	bool replaced; /* at some time */
	bool restored; /* each time so far */
	bool at_end;   /* noticed only when the command had ended */
	const char *why_not; /* it was not put back; NULL: it was, or nobody tried */
};

struct cover_origin { /* what a mount with covers shows */
	const char *path;
	int fd; /* -1: it could not be opened, or was another already; tried again at the
		   end */
};

struct cover_watch {
	const struct plan *plan;
	struct timespec since; /* the host had not been looked at before */
	struct arena *arena;
	int mntns; /* of the sandbox, from outside; -1: nothing can be put back */
	/* Whether the command runs: before that init is still at work there. */
	bool (*started)(void *data);
	/* A cover has fallen off. Called each time, when it is put back already. */
	void (*replaced)(void *data, const struct covered *cover);
	void *data;

	struct cover_state *states; /* of plan->covers; NULL: there are none */
	const char *blind;          /* why nothing was noticed before the end, or NULL */

	/* watch.c's own */
	struct cover_origin *origins;
	size_t origins_len;
	struct loop_fd events;
	struct loop_timer soon;
	struct loop_hook end;
};

/* Registers with @loop; does nothing if nothing is covered. */
void cover_watch_join(struct cover_watch *w, struct loop *loop);
void cover_watch_done(struct cover_watch *w);

#endif
