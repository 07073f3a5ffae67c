/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filters.c - write the programs of the default policy to files, for bench.py
 *
 *     filters DIRECTORY
 *
 * So that another sandbox can be measured with the very rules that sbox loads.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "box/filter.h"

static int program_write(int dir, const struct filter_programs *programs, unsigned i)
{
	char name[32];
	_cleanup_fd_ int fd = -1;

	(void)snprintf(name, sizeof name, "sbox-%u.bpf", i);
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	return fd < 0 ? -1
		      : io_write_all(fd, programs->insns[i],
				     programs->len[i] * sizeof *programs->insns[i]);
}

int main(int argc, char **argv)
{
	struct filter_programs programs;
	_cleanup_fd_ int dir =
		argc == 2 ? open(argv[1], O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

	filter_stock(FILTER_DEFAULT, false, &programs);
	for (unsigned i = 0; i < FILTER_PROGRAMS; i++)
		if (dir < 0 || program_write(dir, &programs, i) < 0) {
			perror("filters DIRECTORY");
			return 1;
		}
	return 0;
}
