/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* watch.c - notice that a cover has fallen off; see watch.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
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

/* The outcome of a look at a covered path. */
enum look {
	LOOK_SAME,
	LOOK_NOTHING, /* it was moved, and its cover with it, or we are not let there */
	LOOK_TOUCHED, /* the same number, but somebody has changed or made it since */
	LOOK_OTHER
};

static int open_origin(const struct covered *cover)
{
	_cleanup_fd_ int fd = sys_openat2(AT_FDCWD, cover->origin, O_PATH | O_CLOEXEC,
					  RESOLVE_NO_SYMLINKS);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (st.st_dev == cover->origin_dev && st.st_ino == cover->origin_ino)
		return take_fd(&fd);
	errno = ESTALE;
	return -1;
}

/* The number of @cover's origin, which is opened when it is the first one there. */
static size_t find_origin(struct cover_watch *w, const struct covered *cover)
{
	struct cover_origin *origin;
	size_t i = w->origins_len;

	while (i > 0 && strcmp(w->origins[i - 1].path, cover->origin) != 0)
		i--;
	if (i > 0)
		return i - 1;
	origin = arena_append(w->arena, &w->origins, &w->origins_len, sizeof *origin);
	*origin = (struct cover_origin){ cover->origin, open_origin(cover) };
	if (origin->fd < 0)
		w->blind =
			arena_printf(w->arena, "%s: %s", cover->origin, strerror(errno));
	return w->origins_len - 1;
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

/* Whether something of it was changed since it was looked at last. */
static bool is_touched(const struct cover_watch *w, const struct cover_state *state,
		       const struct stat *st)
{
	const struct timespec *last = &state->ctime;

	if (last->tv_sec == 0 &&
	    last->tv_nsec == 0) /* before the start counts for nothing */
		return st->st_ctim.tv_sec > w->since.tv_sec ||
		       (st->st_ctim.tv_sec == w->since.tv_sec &&
			st->st_ctim.tv_nsec >= w->since.tv_nsec);
	return st->st_ctim.tv_sec != last->tv_sec || st->st_ctim.tv_nsec != last->tv_nsec;
}

static enum look look_cover(const struct cover_watch *w, const struct covered *cover,
			    struct cover_state *state, struct stat *ret)
{
	const char *below = path_below(cover->path, cover->origin);
	const int origin = w->origins[state->origin].fd;
	uint64_t way = state->way;
	_cleanup_fd_ int fd = -1;
	bool touched;

	if (origin < 0)
		return LOOK_NOTHING;
	fd = mnt_open_below(origin, below, O_PATH);
	if (fd < 0)
		return errno == ELOOP ? LOOK_OTHER : LOOK_NOTHING;
	if (fstat(fd, ret) < 0)
		return LOOK_NOTHING;
	state->way = way_of(origin, below);
	touched = is_touched(w, state, ret);
	state->ctime = ret->st_ctim;
	if (ret->st_dev != state->dev || ret->st_ino != state->ino ||
	    (way != 0 && way != state->way))
		return LOOK_OTHER;
	return touched ? LOOK_TOUCHED : LOOK_SAME;
}

/* Notes how it went; false: the cover was on still. */
static bool put_back(struct cover_watch *w, const struct covered *cover,
		     struct cover_state *state, const struct stat *now)
{
	struct error err = { .status = EXIT_SBOX };
	int was = -1;

	if (w->mntns < 0)
		(void)error_set(&err, "its mounts cannot be reached from outside");
	else if (now->st_ino == 0)
		(void)error_set(&err, "a symbolic link is on the way there");
	else
		was = cover_restore(w->mntns, cover, now, &err);
	if (was >= 0)
		return was == 0;
	state->restored = false;
	if (!state->why_not)
		state->why_not = arena_strdup(w->arena, err.msg);
	return true;
}

static void compare_one(struct cover_watch *w, const struct covered *cover,
			struct cover_state *state, bool at_end)
{
	const bool first = !state->replaced;
	struct stat now = { .st_ino = 0 };
	enum look found = look_cover(w, cover, state, &now);

	if (found == LOOK_SAME || found == LOOK_NOTHING ||
	    (found == LOOK_TOUCHED && w->mntns < 0))
		return;
	if (first)
		state->restored = true;
	/* at the end nobody is left to be kept from it: it is only asked whether it is on
	 */
	if ((found == LOOK_TOUCHED || !at_end) && !put_back(w, cover, state, &now) &&
	    found == LOOK_TOUCHED)
		return;
	if (first)
		state->at_end = at_end;
	state->replaced = true;
	state->dev = now.st_dev; /* a link: of none, so it is seen once more */
	state->ino = now.st_ino;
	w->replaced(w->data, cover);
}

static void compare(struct cover_watch *w, bool at_end)
{
	for (size_t i = 0; i < w->plan->covers_len; i++)
		compare_one(w, &w->plan->covers[i], &w->states[i], at_end);
}

/* The parts of the way from the origin to the path, each of which stands in a directory.
 */
static void part_way(struct cover_watch *w, const struct covered *cover,
		     struct cover_state *state)
{
	const char *rest = path_below(cover->path, cover->origin);

	while (*rest) {
		struct cover_name *name = arena_append(w->arena, &state->names,
						       &state->names_len, sizeof *name);

		*name = (struct cover_name){ -1, rest, strcspn(rest, "/") };
		rest += name->len;
		rest += strspn(rest, "/");
	}
}

/*
 * Every directory from the mount's own down to the one that the path is in, from above:
 * one that is made while we are at it is either found, or its making is an event. Those
 * that are watched already are not watched twice. -1: no more can be watched.
 */
static int watch_way(const struct cover_watch *w, const struct covered *cover,
		     struct cover_state *state)
{
	const char *below = path_below(cover->path, cover->origin);
	const int origin = w->origins[state->origin].fd;

	for (size_t i = 0; origin >= 0 && i < state->names_len; i++) {
		struct cover_name *name = &state->names[i];
		const int len = i == 0 ? 0 : (int)(name->name - below) - 1;
		char path[PATH_MAX];

		/* the origin itself is not the link to it that /proc has */
		if (snprintf(path, sizeof path, "/proc/self/fd/%d/%.*s", origin,
			     len ? len : 1, len ? below : ".") >= (int)sizeof path)
			return 0;
		name->wd = inotify_add_watch(w->events.fd, path, EVENTS);
		if (name->wd < 0 && errno == ENOSPC)
			return -1;
	}
	return 0;
}

static void watch_all(struct cover_watch *w)
{
	for (size_t i = 0; i < w->plan->covers_len; i++)
		if (watch_way(w, &w->plan->covers[i], &w->states[i]) < 0)
			w->blind = "there are more directories to watch than "
				   "fs.inotify.max_user_watches has left";
}

/*
 * Whether it is about a name on the way to some covered path, in the directory where that
 * stands. Inside these are mount points, which nobody there can move, make or remove: a
 * command that stirs others of the same name elsewhere does not have us look.
 */
static bool matters(const struct cover_watch *w, const struct inotify_event *event)
{
	const size_t len = event->len > 0 ? strlen(event->name) : 0;

	if (event->mask & IN_Q_OVERFLOW)
		return true;
	for (size_t i = 0; len > 0 && i < w->plan->covers_len; i++)
		for (size_t n = 0; n < w->states[i].names_len; n++) {
			const struct cover_name *name = &w->states[i].names[n];

			if (name->wd == event->wd && name->len == len &&
			    memcmp(name->name, event->name, len) == 0)
				return true;
		}
	return false;
}

static bool any_matters(const struct cover_watch *w, const char *buf, size_t len)
{
	const struct inotify_event *event;

	for (size_t at = 0; at < len; at += sizeof *event + event->len) {
		event = (const struct inotify_event *)(const void *)(buf + at);
		if (matters(w, event))
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

static void begin_watch(struct cover_watch *w)
{
	w->events.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (w->events.fd < 0) {
		w->blind = arena_printf(
			w->arena, "inotify: %s%s", strerror(errno),
			errno == EMFILE ? " (fs.inotify.max_user_instances)" : "");
		return;
	}
	for (size_t i = 0; i < w->plan->covers_len; i++)
		part_way(w, &w->plan->covers[i], &w->states[i]);
	watch_all(w);
	compare(w, false);
}

static void on_soon(void *data)
{
	struct cover_watch *w = data;

	if (w->started(w->data))
		begin_watch(w);
	else
		w->soon.at = clock_ms() + SOON_MS;
}

static void on_end(void *data)
{
	struct cover_watch *w = data;

	w->events.events = 0;
	w->soon.at = -1;
	for (size_t i = 0; i < w->plan->covers_len; i++) {
		struct cover_origin *origin = &w->origins[w->states[i].origin];

		if (origin->fd < 0)
			origin->fd = open_origin(&w->plan->covers[i]);
	}
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
		w->states[i].origin = find_origin(w, &w->plan->covers[i]);
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
	for (size_t i = 0; i < w->origins_len; i++)
		fd_closep(&w->origins[i].fd);
	w->origins_len = 0;
	fd_drop(&w->events.fd);
	fd_drop(&w->mntns);
}
