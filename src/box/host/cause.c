/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cause.c - the cause behind a refusal; see cause.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/io.h"
#include "box/host/cause.h"

#define APPARMOR_SWITCH "/proc/sys/kernel/apparmor_restrict_unprivileged_userns"
#define APPARMOR_PROFILE "/etc/apparmor.d/sbox"
#define APPARMOR_SHIPPED DATADIR "/sbox/apparmor/sbox"

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

/* The limits of user.max_*_namespaces, as what to say and as the command that lifts it.
 */
#define LIMITED(what, name)                                                              \
	{                                                                                \
		"/proc/sys/user/max_" name "_namespaces", 0,                             \
		{                                                                        \
			what " namespaces are limited to none (user.max_" name           \
			     "_namespaces=0)",                                           \
				"sysctl -w user.max_" name "_namespaces=15000", true     \
		}                                                                        \
	}

/* Kernel switches that forbid namespaces, the value that does, and the cause to tell. */
static const struct {
	const char *path;
	long forbids;
	struct cause cause;
} switches[] = {
	{ APPARMOR_SWITCH,
	  1,
	  { "AppArmor restricts user namespaces "
	    "(kernel.apparmor_restrict_unprivileged_userns=1) to programs with a profile "
	    "that allows them, and none for sbox is loaded",
	    "install -m 644 " APPARMOR_SHIPPED " " APPARMOR_PROFILE
	    " && apparmor_parser -r " APPARMOR_PROFILE,
	    true } },
	{ "/proc/sys/kernel/unprivileged_userns_clone",
	  0,
	  { "user namespaces are switched off (kernel.unprivileged_userns_clone=0)",
	    "sysctl -w kernel.unprivileged_userns_clone=1", true } },
	LIMITED("user", "user"),
	LIMITED("mount", "mnt"),
	LIMITED("PID", "pid"),
	LIMITED("network", "net"),
	LIMITED("IPC", "ipc"),
	LIMITED("UTS", "uts"),
	LIMITED("time", "time"),
	LIMITED("cgroup", "cgroup"),
};

/* The cause where AppArmor's profile for sbox is installed and only has to be loaded. */
static const struct cause not_loaded = { "AppArmor restricts user namespaces "
					 "(kernel.apparmor_restrict_unprivileged_userns="
					 "1) to programs with a profile that "
					 "allows them, and " APPARMOR_PROFILE
					 " is not loaded",
					 "apparmor_parser -r " APPARMOR_PROFILE, true };

static const struct cause selinux = {
	"SELinux, which is enforcing, refuses it",
	"ausearch -m avc -ts recent | audit2allow -M sbox && semodule -i sbox.pp", true
};

static const struct cause container = {
	"an outer sandbox or container filters system calls (seccomp) and does not let "
	"namespaces be made",
	"whoever starts it has to allow them (docker and podman: --security-opt "
	"seccomp=)",
	false
};

static const struct cause used_up = {
	"the limit of nested namespaces or of their number is reached",
	"end some of those sandboxes and containers, or raise user.max_*_namespaces",
	false
};

enum apparmor cause_apparmor(void)
{
	struct arena arena = { 0 };
	char *label = NULL;
	enum apparmor found = APPARMOR_RESTRICTS;
	long restricts = read_number(APPARMOR_SWITCH);

	if (restricts < 1)
		return restricts < 0 ? APPARMOR_NONE : APPARMOR_ALLOWS;
	if ((io_read_file(AT_FDCWD, "/proc/self/attr/apparmor/current", 4096, &arena,
			  &label) == 0 ||
	     io_read_file(AT_FDCWD, "/proc/self/attr/current", 4096, &arena, &label) ==
		     0) &&
	    strncmp(label, "sbox ", 5) == 0)
		found = APPARMOR_PROFILED;
	arena_done(&arena);
	return found;
}

const struct cause *cause_namespaces(int errnum)
{
	for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++) {
		if (read_number(switches[i].path) != switches[i].forbids)
			continue;
		if (strcmp(switches[i].path, APPARMOR_SWITCH) != 0)
			return &switches[i].cause;
		if (cause_apparmor() == APPARMOR_RESTRICTS)
			return access(APPARMOR_PROFILE, F_OK) == 0 ? &not_loaded
								   : &switches[i].cause;
	}
	if (errnum == EACCES && cause_selinux())
		return &selinux;
	if (filtered())
		return &container;
	return errnum == ENOSPC ? &used_up : NULL;
}

bool cause_selinux(void)
{
	return read_number("/sys/fs/selinux/enforce") == 1;
}

static void add_cause(struct error *err, const char *what, const char *joint,
		      const char *mend)
{
	size_t len = strnlen(err->msg, sizeof err->msg);

	(void)snprintf(err->msg + len, sizeof err->msg - len, ": %s%s%s", what, joint,
		       mend);
}

void cause_userns(struct error *err)
{
	const struct cause *cause = cause_namespaces(err->errnum);

	if (cause)
		add_cause(err, cause->what, cause->command ? ": as root run " : ": ",
			  cause->mend);
	else
		add_cause(err, "sboxctl doctor looks for the cause", "", "");
}

void cause_filter(struct error *err)
{
	if ((err->errnum == EPERM || err->errnum == ENOSYS) && filtered())
		add_cause(err,
			  "an outer sandbox or container filters system calls (seccomp)",
			  "", "");
}

int cause_kernel(struct error *err)
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
