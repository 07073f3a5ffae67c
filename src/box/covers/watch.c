/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* watch.c - notice that a cover has fallen off; see watch.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/mnt.h"
#include "base/path.h"
#include "base/sys.h"
#include "box/covers/restore.h"
#include "box/covers/watch.h"

#define SOON_MS 20

#define EVENTS                                                                           \
	(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR |              \
	 IN_DONT_FOLLOW)

/* What is at a covered path now. */
enum look {
	LOOK_SAME,
	LOOK_NOTHING, /* it was moved, and its cover with it, or we are not let there */
	LOOK_OTHER
};

/* The directory that the covers of one mount lie in. */
struct origin {
	const char *path; /* NULL: none yet */
	int fd;           /* -1: it is not what the mount shows any more */
};

static void open_origin(struct origin *origin, const struct covered *cover)
{
	struct stat st;

	if (origin->path && strcmp(origin->path, cover->origin) == 0)
		return;
	fd_closep(&origin->fd);
	origin->path = cover->origin;
	origin->fd = sys_openat2(AT_FDCWD, cover->origin, O_PATH | O_CLOEXEC,
				 RESOLVE_NO_SYMLINKS);
	if (origin->fd >= 0 &&
	    (fstat(origin->fd, &st) < 0 || st.st_dev != cover->origin_dev ||
	     st.st_ino != cover->origin_ino))
		(void)close(take_fd(&origin->fd));
}

/*
 * Stands for the directories between the origin and the path @below it: if one is another
 * now, the cover is where that one has gone, though the file itself was put back.
 */
static uint64_t way_of(int origin, const char *below)
{
	uint64_t way = 1;
	char part[PATH_MAX];

	for (const char *end = strchr(below, '/'); end; end = strchr(end + 1, '/')) {
		_cleanup_fd_ int fd = -1;
		struct stat st;

		if ((size_t)(end - below) >= sizeof part)
			break;
		memcpy(part, below, (size_t)(end - below));
		part[end - below] = '\0';
		fd = mnt_open_below(origin, part, O_PATH | O_DIRECTORY);
		if (fd >= 0 && fstat(fd, &st) == 0)
			way = (way * 31 + st.st_ino) * 31 + st.st_dev;
	}
	return way ? way : 1;
}

static enum look look(struct origin *origin, const struct covered *cover,
		      struct cover_state *state, struct stat *ret)
{
	const char *below = path_below(cover->path, cover->origin);
	uint64_t way = state->way;
	_cleanup_fd_ int fd = -1;

	open_origin(origin, cover);
	if (origin->fd < 0)
		return LOOK_NOTHING;
	fd = mnt_open_below(origin->fd, below, O_PATH);
	if (fd < 0)
		return errno == ELOOP ? LOOK_OTHER : LOOK_NOTHING;
	if (fstat(fd, ret) < 0)
		return LOOK_NOTHING;
	state->way = way_of(origin->fd, below);
	return ret->st_dev == state->dev && ret->st_ino == state->ino &&
			       (way == 0 || way == state->way)
		       ? LOOK_SAME
		       : LOOK_OTHER;
}

static void put_back(struct cover_watch *w, const struct covered *cover,
		     struct cover_state *state, const struct stat *now)
{
	struct error err = { .status = EXIT_SBOX };

	if (w->mntns < 0)
		(void)error_set(&err, "its mounts cannot be reached from outside");
	else if (now->st_ino == 0)
		(void)error_set(&err, "a symbolic link is on the way there");
	else if (cover_restore(w->mntns, cover, now, &err) == 0)
		return;
	state->restored = false;
	if (!state->why_not)
		state->why_not = arena_strdup(w->arena, err.msg);
}

static void compare(struct cover_watch *w, bool at_end)
{
	struct origin origin = { .fd = -1 };

	for (size_t i = 0; i < w->plan->covers_len; i++) {
		const struct covered *cover = &w->plan->covers[i];
		struct cover_state *state = &w->states[i];
		struct stat now = { .st_ino = 0 };

		if (look(&origin, cover, state, &now) != LOOK_OTHER)
			continue;
		if (!state->replaced) {
			state->restored = true;
			state->at_end = at_end;
		}
		state->replaced = true;
		if (!at_end)
			put_back(w, cover, state, &now);
		state->dev = now.st_dev; /* a link: of none, so it is seen once more */
		state->ino = now.st_ino;
		w->replaced(w->data, cover);
	}
	fd_closep(&origin.fd);
}

/* Those that are watched already are not watched twice. -1: no more can be. */
static int watch_dir(const struct cover_watch *w, const char *dir)
{
	return inotify_add_watch(w->events.fd, dir, EVENTS) < 0 && errno == ENOSPC ? -1
										   : 0;
}

/*
 * Every directory from the mount's own down to the one that the path is in, from above:
 * one that is made while we are at it is either found, or its making is an event. -1 with
 * errno: not all could be.
 */
static int watch_dirs(const struct cover_watch *w, const struct covered *cover)
{
	const char *path = cover->path, *below = path_below(path, cover->origin);
	char part[PATH_MAX];

	if (watch_dir(w, *below ? cover->origin : path_parent(w->arena, path)) < 0)
		return -1;
	for (const char *end = strchr(below, '/'); end; end = strchr(end + 1, '/')) {
		if ((size_t)(end - path) >= sizeof part)
			return 0;
		memcpy(part, path, (size_t)(end - path));
		part[end - path] = '\0';
		if (watch_dir(w, part) < 0)
			return -1;
	}
	return 0;
}

static void watch_all(struct cover_watch *w)
{
	for (size_t i = 0; i < w->plan->covers_len; i++)
		if (watch_dirs(w, &w->plan->covers[i]) < 0)
			w->blind = "there are more directories to watch than "
				   "fs.inotify.max_user_watches has left";
}

/* Whether @name is a component of some covered path. */
static bool matters(const struct cover_watch *w, const char *name)
{
	const size_t len = strlen(name);

	for (size_t i = 0; i < w->plan->covers_len; i++) {
		const struct covered *cover = &w->plan->covers[i];
		const char *rest = path_below(cover->path, cover->origin);

		while (*rest) {
			size_t n = strcspn(rest, "/");

			if (n == len && memcmp(rest, name, n) == 0)
				return true;
			rest += n;
			rest += strspn(rest, "/");
		}
	}
	return false;
}

static bool any_matters(const struct cover_watch *w, const char *buf, size_t len)
{
	const struct inotify_event *event;

	for (size_t at = 0; at < len; at += sizeof *event + event->len) {
		event = (const struct inotify_event *)(const void *)(buf + at);
		if ((event->mask & IN_Q_OVERFLOW) ||
		    (event->len > 0 && matters(w, event->name)))
			return true;
	}
	return false;
}

static void on_events(void *data, short revents)
{
	struct cover_watch *w = data;
	_Alignas(struct inotify_event) char buf[4096];
	bool changed = false;
	ssize_t n;

	(void)revents;
	while ((n = read(w->events.fd, buf, sizeof buf)) > 0)
		changed = changed || any_matters(w, buf, (size_t)n);
	if (!changed)
		return;
	watch_all(w); /* directories, too, may be others now: what comes next is seen */
	compare(w, false);
}

static void begin(struct cover_watch *w)
{
	w->events.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (w->events.fd < 0) {
		w->blind = arena_printf(
			w->arena, "inotify: %s%s", strerror(errno),
			errno == EMFILE ? " (fs.inotify.max_user_instances)" : "");
		return;
	}
	watch_all(w);
	compare(w, false);
}

static void on_soon(void *data)
{
	struct cover_watch *w = data;

	if (w->started(w->data))
		begin(w);
	else
		w->soon.at = clock_ms() + SOON_MS;
}

static void on_end(void *data)
{
	struct cover_watch *w = data;

	w->events.events = 0;
	w->soon.at = -1;
	compare(w, true);
}

void cover_watch_join(struct cover_watch *w, struct loop *loop)
{
	const size_t len = w->plan->covers_len;

	w->events.fd = -1;
	if (len == 0)
		return;
	w->states = arena_alloc(w->arena, len * sizeof *w->states);
	for (size_t i = 0; i < len; i++) {
		w->states[i].dev = w->plan->covers[i].dev;
		w->states[i].ino = w->plan->covers[i].ino;
	}
	w->events = (struct loop_fd){
		.fd = -1, .events = POLLIN, .ready = on_events, .data = w
	};
	w->soon = (struct loop_timer){ .at = clock_ms() + SOON_MS,
				       .due = on_soon,
				       .data = w };
	w->end = (struct loop_hook){ .finish = on_end, .data = w };
	loop_add_fd(loop, &w->events);
	loop_add_timer(loop, &w->soon);
	loop_add_hook(loop, &w->end);
}

void cover_watch_done(struct cover_watch *w)
{
	fd_closep(&w->events.fd);
	w->events.fd = -1;
	fd_closep(&w->mntns);
	w->mntns = -1;
}
