/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* undo-slots.c - undo/ of a change set; see undo-slots.h */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "changes/undo-slots.h"

struct slot_name undo_slot_name(uint64_t slot)
{
	struct slot_name name;

	(void)snprintf(name.s, sizeof name.s, "%" PRIu64, slot);
	return name;
}

static int open_undo(const struct changes_set *set)
{
	return openat(set->layers, "undo",
		      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int undo_slots_open(const struct changes_set *set, struct error *err)
{
	int fd;

	if (mkdirat(set->layers, "undo", 0700) < 0 && errno != EEXIST)
		return error_sys(err, "cannot make %s/undo", set->layers_path);
	fd = open_undo(set);
	return fd < 0 ? error_sys(err, "%s/undo", set->layers_path) : fd;
}

int undo_slots_free(const struct changes_set *set, uint64_t *ret, struct error *err)
{
	_cleanup_fd_ int fd = open_undo(set);
	const struct dirent *entry;
	uint64_t highest = 0;
	DIR *dir;

	if (fd < 0 && errno == ENOENT) {
		*ret = 1;
		return 0;
	}
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return error_sys(err, "%s/undo", set->layers_path);
	(void)take_fd(&fd);
	while ((entry = readdir(dir))) {
		const uint64_t number = strtoull(entry->d_name, NULL, 10);

		highest = number > highest ? number : highest;
	}
	(void)closedir(dir);
	*ret = highest + 1;
	return 0;
}
