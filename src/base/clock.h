/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* clock.h - the time that only goes forward, in milliseconds; moments of files */
#ifndef SBOX_CLOCK_H
#define SBOX_CLOCK_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* CLOCK_MONOTONIC: it stands still while the machine is suspended. */
static inline int64_t clock_ms(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Whether moment @a, as stat(2) gives it, is after @b. */
static inline bool clock_later(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

/* Whether the two are the same moment. */
static inline bool clock_same(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* The sooner of two moments or times, of which a negative one never comes. */
static inline int64_t clock_sooner(int64_t a, int64_t b)
{
	return a >= 0 && (b < 0 || a < b) ? a : b;
}

/* For poll(2): what is left until @end, in steps that fit, and never too little. */
static inline int clock_left(int64_t end)
{
	int64_t left = end - clock_ms();

	return left <= 0 ? 0 : left < INT_MAX ? (int)left + 1 : INT_MAX;
}

#endif
