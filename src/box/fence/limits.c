/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* limits.c - resource limits, of init and of the command; see limits.h */
#include "config.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/resource.h>

#include "base/io.h"
#include "box/fence/limits.h"

static int set(int resource, uint64_t soft, uint64_t hard, struct error *err)
{
	const struct rlimit limit = { (rlim_t)soft, (rlim_t)hard };

	if (setrlimit((__rlimit_resource_t)resource, &limit) < 0)
		return error_sys(err, "cannot set resource limit %d to %llu", resource,
				 (unsigned long long)hard);
	return 0;
}

/*
 * Numbers up to 300 are handed out once only; we skip them, or they would come on top of
 * the limit.
 */
static int set_pid_max(int sys, int64_t max, struct error *err)
{
	char text[24];

	(void)snprintf(text, sizeof text, "%lld", (long long)max);
	if (io_write_file(sys, "kernel/pid_max", text) < 0)
		return error_sys(err, "limits.pids: cannot set kernel.pid_max to %s",
				 text);
	if (io_write_file(sys, "kernel/ns_last_pid", "300") < 0)
		return error_sys(err, "limits.pids: cannot set kernel.ns_last_pid");
	return 0;
}

/*
 * The first of our CPUs would be every sandbox's, so we begin with one by chance. More
 * than there are is no mistake: then it gets all.
 */
static int set_cpus(int64_t want, struct error *err)
{
	cpu_set_t ours, some;
	unsigned chance = 0, len;

	if (sched_getaffinity(0, sizeof ours, &ours) < 0)
		return errno == EINVAL ? 0 : error_sys(err, "sched_getaffinity");
	if (getrandom(&chance, sizeof chance, GRND_NONBLOCK) < 0)
		chance = 0;
	len = (unsigned)CPU_COUNT(&ours);
	/* the first @chance of ours come last */
	chance %= len;
	CPU_ZERO(&some);
	for (unsigned cpu = 0, nth = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &ours))
			continue;
		if ((nth + len - chance) % len < want)
			CPU_SET(cpu, &some);
		nth++;
	}
	if (sched_setaffinity(0, sizeof some, &some) < 0)
		return error_sys(err, "limits.cpus: sched_setaffinity");
	return 0;
}

/* Whether the profile says how much it is to be. */
static bool is_set(const struct plan_limits *limits, int resource)
{
	for (size_t i = 0; i < limits->rlimits_len; i++)
		if (limits->rlimits[i].resource == resource)
			return true;
	return false;
}

/*
 * Sets limits of what the kernel counts for each user, and reads when a user namespace is
 * made: then all that is in it has this share of the caller's together. Timers are
 * counted as pending signals.
 */
static int set_shares(const struct plan_limits *limits, struct error *err)
{
	static const struct {
		int resource;
		rlim_t shares;
	} shared[] = { { RLIMIT_SIGPENDING, 4 },
		       { RLIMIT_MSGQUEUE, 2 },
		       { RLIMIT_MEMLOCK, 2 } };

	for (size_t i = 0; i < sizeof shared / sizeof shared[0]; i++) {
		struct rlimit limit;
		rlim_t share;

		if (is_set(limits, shared[i].resource))
			continue;
		if (getrlimit((__rlimit_resource_t)shared[i].resource, &limit) < 0)
			return error_sys(err, "getrlimit");
		share = limit.rlim_max / shared[i].shares;
		if (limit.rlim_max != RLIM_INFINITY &&
		    set(shared[i].resource,
			share < limit.rlim_cur ? share : limit.rlim_cur, share, err) < 0)
			return -1;
	}
	return 0;
}

int limits_init(int sys, const struct plan *plan, struct error *err)
{
	const struct plan_limits *limits = &plan->limits;

	if (set_shares(limits, err) < 0)
		return -1;
	if (limits->pid_max != LIMIT_NONE && set_pid_max(sys, limits->pid_max, err) < 0)
		return -1;
	if (limits->cpus != LIMIT_NONE && set_cpus(limits->cpus, err) < 0)
		return -1;
	if (limits->nproc == LIMIT_NONE)
		return 0;
	return set(RLIMIT_NPROC, (uint64_t)limits->nproc, (uint64_t)limits->nproc, err);
}

/* Of so few descriptors nothing is kept back. */
#define FILES_FEW 4096
#define FILES_KEPT 1024

int limits_files(struct rlimit *ret_before, struct error *err)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		return error_sys(err, "getrlimit");
	if (ret_before)
		*ret_before = files;
	if (files.rlim_cur == files.rlim_max)
		return 0;
	return set(RLIMIT_NOFILE, files.rlim_max, files.rlim_max, err);
}

static int set_files(const struct rlimit *files, struct error *err)
{
	rlim_t hard = files->rlim_max;

	if (hard >= FILES_FEW)
		hard -= FILES_KEPT;
	return set(RLIMIT_NOFILE, files->rlim_cur < hard ? files->rlim_cur : hard, hard,
		   err);
}

int limits_command(const struct plan *plan, const struct rlimit *files, struct error *err)
{
	const struct plan_limits *limits = &plan->limits;
	bool listed = false;

	for (size_t i = 0; i < limits->rlimits_len; i++)
		listed |= limits->rlimits[i].resource == RLIMIT_NOFILE;
	if (!listed && set_files(files, err) < 0)
		return -1;

	/* init is not in the inner namespace, so there the number is exact */
	if (limits->nproc > 1 && plan->has_inner &&
	    set(RLIMIT_NPROC, (uint64_t)limits->nproc - 1, (uint64_t)limits->nproc - 1,
		err) < 0)
		return -1;
	for (size_t i = 0; i < limits->rlimits_len; i++)
		if (set(limits->rlimits[i].resource, limits->rlimits[i].soft,
			limits->rlimits[i].hard, err) < 0)
			return -1;
	return 0;
}

int64_t limits_last_moment(const struct plan *plan)
{
	const struct plan_limits *limits = &plan->limits;

	return limits->wall == LIMIT_NONE ? -1 : limits->wall + limits->grace + 1000;
}
