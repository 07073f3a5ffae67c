/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* explain.c - the cause behind a refusal; see explain.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/utsname.h>

#include "base/io.h"
#include "box/explain.h"

/* The number in a file of /proc, -1 if it cannot be read. */
static long read_number(const char *path)
{
	struct arena arena = { 0 };
	char *text = NULL;
	long n = -1;

	if (io_read_file(AT_FDCWD, path, 4096, &arena, &text) == 0)
		n = strtol(text, NULL, 10);
	arena_done(&arena);
	return n;
}

/* Whether an outer sandbox or container filters our system calls. */
static bool filtered(void)
{
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == SECCOMP_MODE_FILTER;
}

/* What the switch says when it has the value that forbids. */
static const struct {
	const char *path;
	long forbids;
	const char *cause;
} switches[] = {
	{ "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 1,
	  "AppArmor restricts user namespaces "
	  "(kernel.apparmor_restrict_unprivileged_userns=1) to programs with a profile "
	  "that "
	  "allows them: give sbox one (\"userns,\" in /etc/apparmor.d), or as root run "
	  "sysctl -w "
	  "kernel.apparmor_restrict_unprivileged_userns=0" },
	{ "/proc/sys/kernel/unprivileged_userns_clone", 0,
	  "user namespaces are switched off (kernel.unprivileged_userns_clone=0): as "
	  "root run "
	  "sysctl -w kernel.unprivileged_userns_clone=1" },
	{ "/proc/sys/user/max_user_namespaces", 0,
	  "user namespaces are limited to none (user.max_user_namespaces=0): as root run "
	  "sysctl -w user.max_user_namespaces=15000" },
	{ "/proc/sys/user/max_mnt_namespaces", 0,
	  "mount namespaces are limited to none (user.max_mnt_namespaces=0)" },
	{ "/proc/sys/user/max_pid_namespaces", 0,
	  "PID namespaces are limited to none (user.max_pid_namespaces=0)" },
	{ "/proc/sys/user/max_net_namespaces", 0,
	  "network namespaces are limited to none (user.max_net_namespaces=0)" },
	{ "/proc/sys/user/max_ipc_namespaces", 0,
	  "IPC namespaces are limited to none (user.max_ipc_namespaces=0)" },
	{ "/proc/sys/user/max_uts_namespaces", 0,
	  "UTS namespaces are limited to none (user.max_uts_namespaces=0)" },
	{ "/proc/sys/user/max_time_namespaces", 0,
	  "time namespaces are limited to none (user.max_time_namespaces=0)" },
	{ "/proc/sys/user/max_cgroup_namespaces", 0,
	  "cgroup namespaces are limited to none (user.max_cgroup_namespaces=0)" },
};

static void add_cause(struct error *err, const char *cause)
{
	size_t len = strnlen(err->msg, sizeof err->msg);

	(void)snprintf(err->msg + len, sizeof err->msg - len, ": %s", cause);
}

void explain_userns(struct error *err)
{
	for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++) {
		if (read_number(switches[i].path) == switches[i].forbids) {
			add_cause(err, switches[i].cause);
			return;
		}
	}
	if (filtered())
		add_cause(err, "an outer sandbox or container filters system calls "
			       "(seccomp) and "
			       "does not let namespaces be made");
	else if (err->errnum == ENOSPC)
		add_cause(err,
			  "the limit of nested namespaces or of their number is reached");
}

void explain_filter(struct error *err)
{
	if ((err->errnum == EPERM || err->errnum == ENOSYS) && filtered())
		add_cause(err,
			  "an outer sandbox or container filters system calls (seccomp)");
}

int explain_kernel(struct error *err)
{
	struct utsname name;
	long major, minor;
	char *end;

	if (uname(&name) < 0)
		return 0;
	major = strtol(name.release, &end, 10);
	minor = *end == '.' ? strtol(end + 1, NULL, 10) : 0;
	if (major > 5 || (major == 5 && minor >= 14))
		return 0;
	return error_set(err, "this kernel is %s, sbox needs 5.14 or newer",
			 name.release);
}
