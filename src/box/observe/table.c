/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table.c - what was observed; see table.h */
#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "box/observe/calls.h"
#include "box/observe/table.h"

#define PROBES_MAX 64 /* of the index: paths that were chosen to collide cost no more */

int observe_table_make(struct error *err)
{
	_cleanup_fd_ int fd =
		memfd_create("sbox-observer", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || ftruncate(fd, sizeof(struct observe_table)) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) < 0)
		return error_sys(err, "--observe: cannot make a memory file");
	return take_fd(&fd);
}

/* ----------------------------------------------------------------- the observer */

static uint32_t mix(uint32_t hash, const void *data, size_t len)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ p[i]) * 16777619u; /* FNV-1a */
	return hash;
}

static uint32_t hash_row(const struct observe_row *row, const char *path)
{
	uint32_t hash = mix(2166136261u, path, strlen(path));

	hash = mix(hash, &row->error, sizeof row->error);
	hash = mix(hash, &row->access, sizeof row->access);
	return mix(hash, row->program, strlen(row->program));
}

static bool is_same_row(const struct observe_table *table, const struct observe_row *a,
			const struct observe_row *b, const char *path)
{
	return a->error == b->error && a->access == b->access &&
	       strcmp(a->program, b->program) == 0 &&
	       strcmp(table->text + a->path, path) == 0;
}

void observe_table_add(struct observe_table *table, struct observe_index *index,
		       struct observe_row *row, const char *path)
{
	const size_t size = strlen(path) + 1;
	const uint32_t hash = hash_row(row, path);
	uint16_t *slot = NULL;

	for (uint32_t i = 0; i < PROBES_MAX; i++) {
		struct observe_row *there;

		slot = &index->slots[(hash + i) % OBSERVE_SLOTS];
		if (*slot == 0)
			break;
		there = &table->rows[*slot - 1];
		if (is_same_row(table, there, row, path)) {
			there->times += there->times < UINT32_MAX;
			return;
		}
		slot = NULL;
	}
	if (!slot || table->len == OBSERVE_ROWS_MAX ||
	    size > OBSERVE_TEXT_MAX - table->text_len) {
		table->left_out += table->left_out < UINT32_MAX;
		return;
	}
	memcpy(table->text + table->text_len, path, size);
	row->path = table->text_len;
	row->times = 1;
	table->text_len += (uint32_t)size;
	table->rows[table->len++] = *row;
	*slot = (uint16_t)table->len;
}

/* What is a pointer differs from time to time, and says nothing. */
static uint64_t plain_argument(uint64_t arg)
{
	return arg > UINT32_MAX ? 0 : arg;
}

void observe_table_add_failed(struct observe_table *table, struct observe_failed *row)
{
	for (int i = 0; i < 6; i++)
		row->args[i] = plain_argument(row->args[i]);
	for (uint32_t i = 0; i < table->failed_len; i++) {
		struct observe_failed *there = &table->failed[i];

		if (there->number != row->number || there->error != row->error ||
		    memcmp(there->args, row->args, sizeof row->args) != 0)
			continue;
		there->times += there->times < UINT32_MAX;
		return;
	}
	if (table->failed_len == OBSERVE_FAILED_MAX) {
		table->failed_left_out += table->failed_left_out < UINT32_MAX;
		return;
	}
	row->times = 1;
	table->failed[table->failed_len++] = *row;
}

/* --------------------------------------------------------------- the supervisor */

static bool is_well_formed(const struct observe_table *table,
			   const struct observe_row *row)
{
	const char *path;

	if (row->call >= observe_calls_len || row->access >= OBSERVE_ACCESSES ||
	    row->error < 0 || row->error > 4095 || row->times == 0 || row->process <= 0 ||
	    row->path >= OBSERVE_TEXT_MAX ||
	    !memchr(row->program, '\0', sizeof row->program))
		return false;
	path = table->text + row->path;
	return (*path == '/' || *path == '\0') &&
	       memchr(path, '\0', OBSERVE_TEXT_MAX - row->path);
}

static void keep_failed(struct observe_table *table)
{
	uint32_t kept = 0;

	if (table->failed_len > OBSERVE_FAILED_MAX)
		table->failed_len = OBSERVE_FAILED_MAX;
	for (uint32_t i = 0; i < table->failed_len; i++) {
		const struct observe_failed *row = &table->failed[i];

		if (row->error > 0 && row->error <= 4095 && row->times > 0 &&
		    row->process > 0 && memchr(row->program, '\0', sizeof row->program))
			table->failed[kept++] = *row;
	}
	table->failed_left_out += table->failed_len - kept;
	table->failed_len = kept;
}

const struct observe_table *observe_table_read(int fd, struct arena *arena)
{
	struct observe_table *table = arena_alloc(arena, sizeof *table);
	uint32_t kept = 0;

	if (pread(fd, table, sizeof *table, 0) != (ssize_t)sizeof *table ||
	    table->magic != OBSERVE_MAGIC || table->size != sizeof *table)
		return NULL;
	if (table->len > OBSERVE_ROWS_MAX)
		table->len = OBSERVE_ROWS_MAX;
	for (uint32_t i = 0; i < table->len; i++)
		if (is_well_formed(table, &table->rows[i]))
			table->rows[kept++] = table->rows[i];
	table->left_out += table->len - kept;
	table->len = kept;
	keep_failed(table);
	return table;
}
