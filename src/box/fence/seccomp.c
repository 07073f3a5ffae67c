/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seccomp.c - load seccomp programs; see seccomp.h */
#include "config.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "box/fence/seccomp.h"

int filter_load(const struct filter_programs *programs, struct error *err)
{
	for (unsigned i = 0; i < FILTER_PROGRAMS; i++) {
		struct sock_fprog program = {
			.len = programs->len[i],
			.filter = (struct sock_filter *)programs->insns[i],
		};

		if (program.len == 0)
			continue;
		if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0UL, &program))
			return error_sys(err, "cannot load the seccomp filter");
	}
	return 0;
}

int filter_load_imports(const struct plan *plan, struct error *err)
{
	for (size_t i = 0; i < plan->programs_len; i++) {
		const struct plan_program *one = &plan->programs[i];
		struct sock_fprog program = {
			.len = (unsigned short)one->program.len,
			.filter = (struct sock_filter *)one->program.insns,
		};

		if (one->by_prctl ? prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)
				  : syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0UL,
					    &program))
			return error_sys(err, "cannot load \"%s\" of seccomp.programs",
					 one->path);
	}
	return 0;
}
