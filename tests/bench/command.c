/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * command.c - what bench.py runs inside: nearly nothing, or one thing to be measured
 *
 * Without arguments it ends at once, so that a start alone is measured. It is linked
 * statically where that is possible.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#ifdef __x86_64__
#include <cpuid.h>
#endif

#define BATCH 20000
#define CPUIDS 100
#define BLOCK ((size_t)64 * 1024)

static int64_t now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void call_allowed(void)
{
	(void)syscall(SYS_getppid);
}

/* Refused by the policy; outside, by the kernel, because the caller is nobody. */
static void call_denied(void)
{
	(void)syscall(SYS_swapoff, NULL);
}

/* Passes because of the value of its argument. */
static void call_checked(void)
{
	(void)syscall(SYS_personality, 0xffffffff);
}

static void call_open(void)
{
	(void)close(open("/", O_PATH | O_CLOEXEC));
}

static const struct {
	const char *name;
	void (*call)(void);
} calls[] = {
	{ "allowed", call_allowed },
	{ "denied", call_denied },
	{ "checked", call_checked },
	{ "open", call_open },
};

#define CALLS (sizeof calls / sizeof calls[0])

/* The lowest nanoseconds a call of @batches batches, each kind in turn. */
static int measure_calls(int batches)
{
	int64_t best[CALLS];

	memset(best, 0x7f, sizeof best);
	for (int batch = 0; batch < batches; batch++)
		for (size_t i = 0; i < CALLS; i++) {
			int64_t start = now(), took;

			for (int n = 0; n < BATCH; n++)
				calls[i].call();
			took = now() - start;
			if (took < best[i])
				best[i] = took;
		}
	for (size_t i = 0; i < CALLS; i++)
		printf("%s %.1f\n", calls[i].name, (double)best[i] / BATCH);
	return 0;
}

/*
 * The lowest microseconds of one CPUID, which traps in a virtual machine: the C library
 * asks it some 70 times before main(). Nothing where there is no such instruction.
 */
static int measure_cpuid(void)
{
#ifdef __x86_64__
	int64_t best = INT64_MAX;

	for (int batch = 0; batch < 20; batch++) {
		int64_t start = now(), took;
		unsigned a = 0, b, c = 0, d;

		for (int n = 0; n < CPUIDS; n++)
			__cpuid_count(4, c & 3, a, b, c, d);
		took = now() - start;
		best = took < best ? took : best;
	}
	printf("%.2f\n", (double)best / CPUIDS / 1000);
#endif
	return 0;
}

/* What shows that this is a sandbox: lines of /proc/self/status and the namespaces. */
static int show_state(void)
{
	static const char *const namespaces[] = { "user", "mnt", "pid",   "net",
						  "ipc",  "uts", "cgroup" };
	FILE *status = fopen("/proc/self/status", "re");
	char line[256], path[64];
	ssize_t n;

	while (status && fgets(line, sizeof line, status))
		if (!strncmp(line, "Seccomp", 7) || !strncmp(line, "CapEff", 6) ||
		    !strncmp(line, "NoNewPrivs", 10))
			printf("%s", line);
	if (status)
		(void)fclose(status);
	for (size_t i = 0; i < sizeof namespaces / sizeof namespaces[0]; i++) {
		(void)snprintf(path, sizeof path, "/proc/self/ns/%s", namespaces[i]);
		n = readlink(path, line, sizeof line);
		printf("ns-%s:\t%.*s\n", namespaces[i], n > 0 ? (int)n : 0, line);
	}
	return 0;
}

/* Each mount point, and whether it is read-only; see proc_pid_mountinfo(5). */
static int show_mounts(void)
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	char line[4096], point[4096], options[256];

	if (!mounts)
		return 1;
	while (fgets(line, sizeof line, mounts))
		if (sscanf(line, "%*s %*s %*s %*s %4095s %255s", point, options) == 2)
			printf("%s %.2s\n", point, options);
	(void)fclose(mounts);
	return 0;
}

static int write_blocks(long mebibytes)
{
	static char block[BLOCK];
	size_t left = (size_t)mebibytes << 20;

	memset(block, 'x', sizeof block);
	while (left > 0) {
		ssize_t n = write(STDOUT_FILENO, block,
				  left < sizeof block ? left : sizeof block);

		if (n < 0 && errno != EINTR)
			return 1;
		left -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	int number = argc > 2 ? atoi(argv[2]) : 1;

	if (!strcmp(what, "calls"))
		return measure_calls(number);
	if (!strcmp(what, "state"))
		return show_state();
	if (!strcmp(what, "mounts"))
		return show_mounts();
	if (!strcmp(what, "cpuid"))
		return measure_cpuid();
	if (!strcmp(what, "write"))
		return write_blocks(number);
	if (!strcmp(what, "tell"))
		return write(STDOUT_FILENO, "\n", 1) == 1 ? 0 : 1;
	if (!strcmp(what, "wait"))
		return write(STDOUT_FILENO, "\n", 1) == 1 ? pause() : 1;
	return 0;
}
