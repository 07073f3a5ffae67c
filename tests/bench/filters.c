/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filters.c - write the programs of the default policy to files, for bench.py
 *
 *     filters DIRECTORY
 *
 * So that another sandbox can be measured with the rules that sbox loads: sbox-N.bpf as
 * sbox has them, libseccomp-N.bpf as everyone gets them who asks libseccomp.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "scmp-oracle.h"
#include "seccomp/program.h"

static int program_write(int dir, const char *by, const struct filter_programs *programs,
			 unsigned i)
{
	char name[32];
	_cleanup_fd_ int fd = -1;

	(void)snprintf(name, sizeof name, "%s-%u.bpf", by, i);
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	return fd < 0 ? -1
		      : io_write_all(fd, programs->insns[i],
				     programs->len[i] * sizeof *programs->insns[i]);
}

int main(int argc, char **argv)
{
	const struct filter_spec spec = { .base = FILTER_DEFAULT };
	struct arena arena = { 0 };
	struct diags diags = { .arena = &arena };
	struct filter_programs ours, theirs;
	struct filter_policy policy;
	struct error err = { 0 };
	_cleanup_fd_ int dir =
		argc == 2 ? open(argv[1], O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

	if (filter_resolve(&arena, &spec, &diags, &policy) < 0 ||
	    filter_compile(&arena, &policy, &ours, &err) < 0 ||
	    scmp_compile(&arena, &policy, &theirs, &err) < 0)
		return 1;
	for (unsigned i = 0; i < FILTER_PROGRAMS; i++)
		if (dir < 0 || program_write(dir, "sbox", &ours, i) < 0 ||
		    program_write(dir, "libseccomp", &theirs, i) < 0) {
			perror("filters DIRECTORY");
			return 1;
		}
	arena_done(&arena);
	return 0;
}
