/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guard.c - from before the start of a command to after its end; see guard.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/job.h"
#include "base/sys.h"
#include "box/guard/aside.h"
#include "box/guard/findings.h"
#include "box/guard/guard.h"
#include "box/guard/sweep.h"

#define NS INT64_C(1000000000)

static int64_t nanoseconds(clockid_t clock)
{
	struct timespec time;

	(void)clock_gettime(clock, &time);
	return (int64_t)time.tv_sec * NS + time.tv_nsec;
}

static int64_t clock_ahead(void)
{
	return nanoseconds(CLOCK_REALTIME) - nanoseconds(CLOCK_BOOTTIME);
}

int guard_begin(const struct plan *plan, struct arena *arena, struct guard *ret,
		struct error *err)
{
	const struct plan_guard *what = &plan->guard;

	*ret = (struct guard){ .plan = plan, .arena = arena };
	if (what->dirs_len == 0)
		return 0;
	/* the clock that the kernel takes the times of files from, which runs behind */
	(void)clock_gettime(CLOCK_REALTIME_COARSE, &ret->since);
	ret->clock = clock_ahead();
	ret->dirs = arena_alloc(arena, what->dirs_len * sizeof *ret->dirs);
	for (; ret->len < what->dirs_len; ret->len++) {
		int fd = sys_openat2(AT_FDCWD, what->dirs[ret->len],
				     O_PATH | O_DIRECTORY | O_CLOEXEC,
				     RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);

		if (fd < 0)
			return error_sys(err, "guard: cannot open %s",
					 what->dirs[ret->len]);
		ret->dirs[ret->len] = fd;
	}
	return 0;
}

/* A clock that was set back lets times of the run look older than its start. */
static struct timespec since(const struct guard *guard)
{
	int64_t back = guard->clock - clock_ahead();
	int64_t start = (int64_t)guard->since.tv_sec * NS + guard->since.tv_nsec -
			(back > 0 ? back : 0);

	return (struct timespec){ start / NS, start % NS };
}

/* Paths that a profile protects in case they exist. */
static void look_at_watched(struct sweep *s)
{
	const struct plan *plan = s->guard->plan;

	for (size_t i = 0; i < plan->watch_len; i++) {
		_cleanup_fd_ int fd =
			plan->watch[i].denied
				? -1
				: sweep_open(s->guard, plan->watch[i].path, O_PATH);

		const char *link = fd < 0 && errno != ENOENT
					   ? sweep_link(s, plan->watch[i].path)
					   : NULL;

		if (fd >= 0 || link)
			sweep_found(s, link ? link : plan->watch[i].path, NULL,
				    link ? "is a link on the way there" : NULL);
	}
}

/* Looks, and moves; as whoever the calling process is. */
static void look(const struct guard *guard, const struct guard_end *end,
		 struct guard_findings *ret)
{
	const struct plan_guard *plan = &guard->plan->guard;
	struct sweep s = { .guard = guard,
			   .end = end,
			   .arena = guard->arena,
			   .found = ret,
			   .judge = JUDGE_NONE };

	s.since = since(guard);
	patience_begin(end->patience, "guard: looking for what other programs would run, "
				      "in all that the command could write to");
	sweep_all(&s);
	sweep_noted(&s, &plan->facts.watch);
	sweep_noted(&s, &plan->facts.protect);
	look_at_watched(&s);
	judge_end(&s.judge);
	if (plan->action == GUARD_MOVE) {
		patience_begin(end->patience,
			       "guard: moving aside what other programs would run");
		aside_move_all(guard, end, ret);
	}
	patience_end(end->patience);
}

struct work {
	const struct guard *guard;
	const struct guard_end *end;
};

static int look_as_job(void *data, int out, struct error *err)
{
	const struct work *w = data;
	struct guard_findings found = { 0 };

	look(w->guard, w->end, &found);
	return findings_write(&found, out) < 0 ? error_sys(err, "no answer") : 0;
}

/* If the job fails, each directory becomes a finding that could not be looked at. */
static void look_with_ids(const struct guard *guard, const struct guard_end *end,
			  struct guard_findings *ret)
{
	_cleanup_strbuf_ struct strbuf answer = { 0 };
	struct error err = { 0 };
	struct work w = { guard, end };
	const struct job job = { .name = "looking with the sandbox's ids",
				 .userns = end->ids,
				 .time = -1,
				 .answer_max = FINDINGS_BYTES_MAX,
				 .work = look_as_job,
				 .data = &w };

	if (job_run(&job, &answer, &err) == 0) {
		if (findings_read(strbuf_str(&answer), answer.len, guard->arena, ret) ==
		    0)
			return;
		(void)error_set(&err, "%s: its answer is damaged", job.name);
	}
	*ret = (struct guard_findings){ 0 };
	for (size_t i = 0; i < guard->len; i++)
		*(struct guard_finding *)arena_append(guard->arena, &ret->list, &ret->len,
						      sizeof *ret->list) =
			(struct guard_finding){ .path = guard->plan->guard.dirs[i],
						.program = "all",
						.why = "could not be looked at",
						.error = arena_strdup(guard->arena,
								      err.msg),
						.unseen = true };
}

void guard_end(struct guard *guard, const struct guard_end *end,
	       struct guard_findings *ret)
{
	*ret = (struct guard_findings){ 0 };
	if (guard->len == 0)
		return;
	if (end->ids >= 0)
		look_with_ids(guard, end, ret);
	else
		look(guard, end, ret);
	for (size_t i = 0; i < guard->len; i++)
		fd_closep(&guard->dirs[i]);
	guard->len = 0;
}
