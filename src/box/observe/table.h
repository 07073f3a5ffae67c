/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * table.h - what was observed: a bounded table in memory that two processes share
 *
 * The observer writes it, with texts that come from the command; the supervisor reads it
 * when all is over, and trusts nothing in it. What is the same but for its time is one
 * row; what does not fit any more is counted.
 */
#ifndef SBOX_OBSERVE_TABLE_H
#define SBOX_OBSERVE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

#define OBSERVE_MAGIC 0x73626f62u
#define OBSERVE_ROWS_MAX 16384
#define OBSERVE_TEXT_MAX (4 * 1024 * 1024)
#define OBSERVE_PROGRAM_MAX 32
#define OBSERVE_FAILED_MAX 256

struct observe_row {
	int64_t first;   /* milliseconds since 1970 */
	int32_t process; /* that was the first to do it, as the host calls it */
	int32_t error;   /* errno, or 0 */
	uint32_t times;
	uint32_t path; /* where it begins in the texts; "": there is none */
	uint16_t call; /* row of observe_calls */
	uint8_t access;
	char program[OBSERVE_PROGRAM_MAX]; /* the last part of its name; cut off */
};

/* A call that takes no path, and failed as what the filter refuses does. */
struct observe_failed {
	int64_t first;
	uint64_t args[6];
	int32_t process, error;
	uint32_t number, times;
	char program[OBSERVE_PROGRAM_MAX];
};

struct observe_table {
	uint32_t magic, size;
	uint32_t len, left_out;
	uint32_t unreadable; /* calls whose path could not be read */
	uint32_t text_len;
	uint32_t complete; /* the observer saw the end of the last process */
	uint32_t failed_len, failed_left_out;
	struct observe_failed failed[OBSERVE_FAILED_MAX];
	struct observe_row rows[OBSERVE_ROWS_MAX];
	char text[OBSERVE_TEXT_MAX];
};

/* A memory file for one, of one size for good. */
_must_check_ int observe_table_make(struct error *err);

/* Where rows are found again; private to the observer. */
#define OBSERVE_SLOTS (4 * OBSERVE_ROWS_MAX)
struct observe_index {
	uint16_t slots[OBSERVE_SLOTS]; /* row + 1; 0: free */
};

/* Counts @row, with the path @path; both are complete but for row->path and ->times. */
void observe_table_add(struct observe_table *table, struct observe_index *index,
		       struct observe_row *row, const char *path);

/* The same of a call without a path, complete but for ->times. */
void observe_table_add_failed(struct observe_table *table, struct observe_failed *row);

/*
 * Reads @fd into @arena: only rows that are well formed, each with an absolute path or
 * none. NULL: nothing can be read.
 */
const struct observe_table *observe_table_read(int fd, struct arena *arena);

#endif
