/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* handover.c - the caller's descriptors, as the command is to have them; see handover.h
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/mnt.h"
#include "base/msg.h"
#include "base/sys.h"
#include "box/stdio/handover.h"

#ifndef F_DUPFD_QUERY /* Linux 6.10 */
#define F_DUPFD_QUERY 1027
#endif
#ifndef MFD_NOEXEC_SEAL /* Linux 6.3 */
#define MFD_NOEXEC_SEAL 8U
#endif

#define COPY_MAX ((off_t)64 * 1024 * 1024)

/* The flags of an open file that fcntl(2) can change. */
#define SETTABLE (O_APPEND | O_ASYNC | O_DIRECT | O_NOATIME | O_NONBLOCK)

/* ------------------------------------------------------------------ beforehand */

static bool is_replaced(const struct given *g)
{
	return g->as == GIVEN_READONLY || g->as == GIVEN_NODE;
}

/* false also where neither the kernel nor a filter around us lets it be told. */
static bool is_one_file(int one, int other)
{
	int same = fcntl(one, F_DUPFD_QUERY, other);

	if (same >= 0)
		return same == 1;
	return syscall(SYS_kcmp, getpid(), getpid(), KCMP_FILE, one, other) == 0;
}

/* The place of an earlier descriptor of the same open file; else the one @g will get. */
static size_t find_same(const struct handovers *h, const struct given *g)
{
	for (size_t i = 0; i < h->len; i++) {
		const struct given *other = &h->list[i].given;

		if (other->dev == g->dev && other->ino == g->ino &&
		    is_one_file(other->fd, g->fd))
			return h->list[i].same;
	}
	return h->len;
}

static int add_handover(struct handovers *h, const struct given *g, struct arena *arena,
			struct error *err)
{
	size_t same = find_same(h, g);
	struct handover *new = arena_append(arena, &h->list, &h->len, sizeof *new);

	*new = (struct handover){ .given = *g,
				  .same = same,
				  .start = -1,
				  .caller = -1,
				  .command = -1,
				  .lease = F_UNLCK };
	/* the end of a pipe must be heard, and one copy of each is enough */
	if (g->as == GIVEN_PIPE || S_ISFIFO(g->mode) || same != h->len - 1)
		return 0;
	new->caller = fcntl(g->fd, F_DUPFD_CLOEXEC, 3);
	if (new->caller < 0)
		return error_sys(err, "descriptor %d", g->fd);
	new->start = lseek(g->fd, 0, SEEK_CUR);
	if (new->start < 0 && errno != ESPIPE)
		return error_sys(err, "descriptor %d: cannot tell where it stands",
				 g->fd);
	/* EINVAL: a kernel without file locks */
	new->lease = S_ISREG(g->mode) && g->as == GIVEN_KEPT ? fcntl(g->fd, F_GETLEASE)
							     : F_UNLCK;
	if (new->lease < 0 && errno != EINVAL)
		return error_sys(err, "descriptor %d: cannot tell its lease", g->fd);
	return 0;
}

static int look_at_fd(const struct handover_scope *scope, int fd, struct arena *arena,
		      struct handovers *ret, struct error *err)
{
	struct given g;

	if (given_look(fd, scope->own_network, &g, err) < 0)
		return scope->as_they_are ? 0 : -1;
	if (g.as == GIVEN_ITSELF)
		return 0;
	if (scope->own_terminal && fd <= 2 && S_ISCHR(g.mode) && g.as == GIVEN_KEPT)
		return 0;
	return add_handover(ret, &g, arena, err);
}

int handovers_look(const struct handover_scope *scope, struct arena *arena,
		   struct handovers *ret, struct error *err)
{
	*ret = (struct handovers){ NULL, 0 };
	for (int fd = 0; fd <= 2; fd++)
		if (look_at_fd(scope, fd, arena, ret, err) < 0)
			return -1;
	for (size_t i = 0; i < scope->keep_len; i++)
		if (scope->keep[i] > 2 &&
		    look_at_fd(scope, scope->keep[i], arena, ret, err) < 0)
			return -1;
	return 0;
}

/* ------------------------------------------------------------------- made anew */

static int open_again(int fd, int flags)
{
	char path[32];

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return open(path, flags | O_NOCTTY | O_CLOEXEC);
}

/* A harmless device is the same by whatever node; all else is what it is. */
static bool is_same(const struct given *g, const struct stat *st)
{
	if (S_ISCHR(g->mode) && S_ISCHR(st->st_mode))
		return st->st_rdev == g->rdev;
	return st->st_dev == g->dev && st->st_ino == g->ino;
}

/* The place of @g on a read-only mount of its own; -1: it cannot be found. */
static int clone_place(const struct given *g)
{
	_cleanup_fd_ int fd = -1;
	uint64_t attrs = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC |
			 (S_ISCHR(g->mode) ? 0 : MOUNT_ATTR_NODEV);
	char link[32], path[PATH_MAX];
	struct stat st;
	ssize_t n;

	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", g->fd);
	n = readlink(link, path, sizeof path - 1);
	if (n <= 0 || path[0] != '/')
		return -1;
	path[n] = '\0';
	fd = mnt_clone(AT_FDCWD, path, false);
	if (fd < 0 || fstat(fd, &st) < 0 || !is_same(g, &st) ||
	    mnt_set(fd, attrs, false) < 0)
		return -1;
	return take_fd(&fd);
}

/*
 * Open at both ends for a moment, it neither waits for somebody at the other one nor
 * forgets that there was one; it must not be empty of holders meanwhile, which the
 * caller's descriptor sees to.
 */
static int open_fifo(int place, int flags)
{
	_cleanup_fd_ int both = open_again(place, O_RDWR | O_NONBLOCK);
	_cleanup_fd_ int fd = open_again(place, (flags & O_ACCMODE) | O_NONBLOCK);

	if (fd < 0 || fcntl(fd, F_SETFL, flags & SETTABLE) < 0)
		return -1;
	return take_fd(&fd);
}

static int open_clone(const struct given *g)
{
	const int kept = O_ACCMODE | O_DIRECT | O_NOATIME | O_NONBLOCK;
	_cleanup_fd_ int place = clone_place(g);

	if (place < 0)
		return -1;
	return S_ISFIFO(g->mode) ? open_fifo(place, g->flags)
				 : open_again(place, g->flags & kept);
}

static int new_memory(void)
{
	const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create("copy", flags | MFD_NOEXEC_SEAL);

	return fd >= 0 || errno != EINVAL ? fd : memfd_create("copy", flags);
}

static int no_copy(const struct given *g, struct error *err)
{
	char cure[GIVEN_CURE_MAX];

	return error_set(err,
			 "descriptor %d is a file that cannot be opened anew (it is "
			 "deleted, in another mount namespace or closed to you), and "
			 "only files of at most %d MiB are copied: %s",
			 g->fd, (int)(COPY_MAX >> 20), given_cure(g->fd, cure));
}

static int open_copy(const struct given *g, struct error *err)
{
	_cleanup_fd_ int memory = -1;
	off_t at = 0;
	ssize_t n;

	memory = new_memory();
	if (memory < 0)
		return error_sys(err, "descriptor %d: cannot copy it", g->fd);
	do
		n = sendfile(memory, g->fd, &at, 1 << 20);
	while (n > 0 && at <= COPY_MAX);
	if (n < 0 && errno != EINVAL)
		return error_sys(err, "descriptor %d: cannot copy it", g->fd);
	if (n != 0)
		return no_copy(g, err);
	if (fcntl(memory, F_ADD_SEALS,
		  F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return error_sys(err, "descriptor %d: cannot seal its copy", g->fd);
	return open_again(memory, g->flags & (O_ACCMODE | O_NONBLOCK));
}

static int make_one(const struct handover *h, struct error *err)
{
	const struct given *g = &h->given;
	_cleanup_fd_ int fd = open_clone(g);
	char cure[GIVEN_CURE_MAX];

	if (fd < 0 && g->as == GIVEN_NODE)
		return error_sys(err,
				 "descriptor %d cannot be opened anew by its name, so "
				 "it would be the host's to the command: %s",
				 g->fd, given_cure(g->fd, cure));
	if (fd < 0)
		fd = open_copy(g, err);
	if (fd < 0)
		return -1;
	if (h->start > 0 && lseek(fd, h->start, SEEK_SET) < 0)
		return error_sys(err, "descriptor %d: cannot seek in it", g->fd);
	return take_fd(&fd);
}

static int put_at(int fd, int at, struct error *err)
{
	if (dup3(fd, at, at > 2 ? O_CLOEXEC : 0) < 0)
		return error_sys(err, "descriptor %d", at);
	return 0;
}

int handovers_make(const struct handovers *handovers, int ctl, struct error *err)
{
	for (size_t i = 0; i < handovers->len; i++) {
		const struct handover *h = &handovers->list[i];
		_cleanup_fd_ int fd = -1;

		if (!is_replaced(&h->given) || h->same != i)
			continue;
		fd = make_one(h, err);
		if (fd < 0)
			return -1;
		for (size_t k = i; k < handovers->len; k++)
			if (handovers->list[k].same == i &&
			    put_at(fd, handovers->list[k].given.fd, err) < 0)
				return -1;
		if (ctl >= 0 && h->start >= 0 &&
		    msg_send(ctl, MSG_HANDED, (int)i, fd) < 0)
			return error_set(err, "the supervisor is gone");
	}
	return 0;
}

bool handovers_needed(const struct handovers *handovers)
{
	for (size_t i = 0; i < handovers->len; i++)
		if (is_replaced(&handovers->list[i].given))
			return true;
	return false;
}

void handovers_taken(struct handovers *handovers)
{
	for (size_t i = 0; i < handovers->len; i++) {
		struct handover *h = &handovers->list[i];

		if (is_replaced(&h->given))
			h->command = fcntl(h->given.fd, F_DUPFD_CLOEXEC, 3);
	}
}

void handovers_pipes(const struct handovers *handovers, int proc)
{
	for (size_t i = 0; i < handovers->len; i++) {
		const struct given *g = &handovers->list[i].given;
		_cleanup_fd_ int fd = -1;
		char path[32];

		if (g->as != GIVEN_PIPE)
			continue;
		(void)snprintf(path, sizeof path,
			       proc == AT_FDCWD ? "/proc/self/fd/%d" : "self/fd/%d",
			       g->fd);
		fd = openat(proc, path,
			    (g->flags & (O_ACCMODE | O_DIRECT | O_NONBLOCK)) | O_CLOEXEC);
		if (fd >= 0)
			(void)dup3(fd, g->fd, g->fd > 2 ? O_CLOEXEC : 0);
	}
}

/* ---------------------------------------------------------------- the end of it */

void handovers_take(struct handovers *handovers, int value, int fd)
{
	if (value >= 0 && (size_t)value < handovers->len &&
	    handovers->list[value].command < 0)
		handovers->list[value].command = fd;
	else
		fd_closep(&fd);
}

/* If the command has not moved it, somebody else may have moved the caller's. */
static void give_back_offset(const struct handover *h)
{
	off_t now = lseek(h->command, 0, SEEK_CUR);

	if (h->start >= 0 && now >= 0 && now != h->start)
		(void)lseek(h->caller, now, SEEK_SET);
}

static void give_back_flags(const struct handover *h)
{
	int now = fcntl(h->caller, F_GETFL);

	if (now >= 0 && (now ^ h->given.flags) & SETTABLE)
		(void)fcntl(h->caller, F_SETFL, h->given.flags);
	if (h->lease == F_UNLCK && S_ISREG(h->given.mode) &&
	    fcntl(h->caller, F_GETLEASE) != F_UNLCK)
		(void)fcntl(h->caller, F_SETLEASE, F_UNLCK);
}

void handovers_done(struct handovers *handovers)
{
	for (size_t i = 0; i < handovers->len; i++) {
		struct handover *h = &handovers->list[i];

		if (h->caller >= 0 && h->command >= 0)
			give_back_offset(h);
		else if (h->caller >= 0 && h->given.as == GIVEN_KEPT)
			give_back_flags(h);
		fd_closep(&h->caller);
		fd_closep(&h->command);
	}
	handovers->len = 0;
}
