/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* doctor-host.c - what is installed and set up for sbox, and sbox itself; see doctor.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "box/host/probe.h"
#include "ctl/doctor/doctor.h"

#define TUN "/dev/net/tun"
#define WITHOUT_PROC "--proc=none" /* which is a question of its own */
#define SUBIDS 65536
#define SUBIDS_BEGIN 100000
#define SUBID_FILE_MAX ((size_t)1024 * 1024)

/* ------------------------------------------------------------ the profile */

/* With a mistake in the default profile, all attempts by way of sbox below would fail. */
void look_profile(struct doctor *doctor, struct finding *ret)
{
	static const char *const options[] = { "--dry-run", NULL };
	struct error err;

	if (try_sbox(doctor, options, &err) == 0) {
		finding_works(doctor, ret, "it is found and can be carried out");
		return;
	}
	finding_missing(ret, doctor, &err);
	ret->mend = "sboxctl profile check default";
}

/* ------------------------------------------------------------ subordinate ids */

/* The first id behind all that /etc/subuid and /etc/subgid give away. */
static long long free_subids(void)
{
	static const char *const files[] = { "/etc/subuid", "/etc/subgid" };
	struct arena arena = { 0 };
	long long top = SUBIDS_BEGIN;

	for (size_t i = 0; i < 2; i++) {
		char *text = NULL, *line;

		if (io_read_file(AT_FDCWD, files[i], SUBID_FILE_MAX, &arena, &text) < 0)
			continue;
		for (line = strchr(text, ':'); line; line = strchr(line, ':')) {
			long long first = strtoll(line + 1, &line, 10);
			long long count = *line == ':' ? strtoll(line + 1, &line, 10) : 0;

			if (first + count > top)
				top = first + count;
			line += strcspn(line, "\n");
		}
	}
	arena_done(&arena);
	return top;
}

static void mend_subids(struct doctor *doctor, struct finding *ret,
			const struct host *host)
{
	long long first = free_subids();
	const char *user = host->user ? host->user : "USER";

	ret->command = true;
	if (!host->newuidmap || !host->newgidmap)
		ret->mend = distro_install(doctor, "newuidmap", false, &ret->command);
	else if (host->subuid.count == 0 || host->subgid.count == 0)
		ret->mend = arena_printf(doctor->arena,
					 "usermod --add-subuids %lld-%lld "
					 "--add-subgids %lld-%lld %s",
					 first, first + SUBIDS - 1, first,
					 first + SUBIDS - 1, user);
	else if (strstr(ret->found, "newuidmap") || strstr(ret->found, "newgidmap"))
		/* without the privilege that its package gives it */
		ret->mend = distro_install(doctor, "newuidmap", true, &ret->command);
	else
		ret->command = false;
}

void look_subids(struct doctor *doctor, struct finding *ret)
{
	static const char *const options[] = { WITHOUT_PROC, "--map=subids", NULL };
	struct probe_account account = { .arena = doctor->arena };
	struct policy policy;
	struct host host;
	struct error err;

	policy_init(&policy);
	policy.identity.map.value = MAP_SUBIDS;
	probe_host(&account, &policy, 0, &host);
	if (try_sbox(doctor, options, &err) == 0) {
		finding_works(doctor, ret, "%lld user and %lld group ids, by %s",
			      (long long)host.subuid.count, (long long)host.subgid.count,
			      host.newuidmap);
		return;
	}
	finding_missing(ret, doctor, &err);
	mend_subids(doctor, ret, &host);
}

/* ------------------------------------------------------------ networks */

static int make_tap(void *data, struct error *err)
{
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	_cleanup_fd_ int fd = open(TUN, O_RDWR | O_CLOEXEC);

	(void)data;
	if (fd < 0)
		return error_sys(err, TUN " cannot be opened");
	if (ioctl(fd, TUNSETIFF, &request) < 0)
		return error_sys(err, TUN " makes no device");
	return 0;
}

void look_tun(struct doctor *doctor, struct finding *ret)
{
	struct error err;

	if (try_inside(CLONE_NEWUSER | CLONE_NEWNET, make_tap, NULL, &err) == 0) {
		finding_works(doctor, ret, TUN " makes devices");
		return;
	}
	finding_missing(ret, doctor, &err);
	ret->command = true;
	ret->mend = err.errnum == EACCES || err.errnum == EPERM ? "chmod 0666 " TUN
								: "modprobe tun";
}

/* A sandbox with this network is the only proof that helper, device and rules go
 * together. */
static void look_helper(struct doctor *doctor, const char *name, struct finding *ret)
{
	const char *options[] = { WITHOUT_PROC, "--dns=none",
				  arena_printf(doctor->arena, "--net=%s", name), NULL };
	const char *path = probe_program(doctor->arena, name), *line = "";
	struct error err;

	if (!path) {
		(void)error_set(&err, "%s is not installed", name);
		finding_missing(ret, doctor, &err);
		ret->mend = distro_install(doctor, name, false, &ret->command);
		return;
	}
	(void)try_program(doctor, (const char *const[]){ path, "--version", NULL },
			  &line);
	if (try_sbox(doctor, options, &err) == 0)
		finding_works(doctor, ret, "%s (\"%s\") connects a sandbox", path, line);
	else
		finding_missing(ret, doctor, &err);
}

void look_slirp4netns(struct doctor *doctor, struct finding *ret)
{
	look_helper(doctor, "slirp4netns", ret);
}

void look_pasta(struct doctor *doctor, struct finding *ret)
{
	look_helper(doctor, "pasta", ret);
}

/* ------------------------------------------------------------ limits */

static void mend_cgroup(struct doctor *doctor, struct finding *ret)
{
	struct statfs fs;

	if (statfs("/sys/fs/cgroup", &fs) == 0 && fs.f_type == TMPFS_MAGIC)
		ret->mend = distro_boot(doctor, "systemd.unified_cgroup_hierarchy=1",
					&ret->command);
	else
		ret->mend = "start sbox below systemd's user manager: log in, or see "
			    "loginctl enable-linger; then systemd-run --user --scope "
			    "-p Delegate=yes COMMAND";
}

static const char *behind(const char *text, const char *mark)
{
	const char *p = strstr(text, mark);

	return p ? p + strlen(mark) : text;
}

/* Which limits can be held for all processes of a sandbox together. */
void look_cgroup(struct doctor *doctor, struct finding *ret)
{
	static const struct {
		const char *name, *value;
	} limits[] = { { "memory", "256M" }, { "swap", "256M" }, { "cpu", "100%" } };
	const char *held = "", *lost = "";
	struct error err, first = { 0 };

	for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
		const char *name = limits[i].name;
		const char *options[] = { arena_printf(doctor->arena, "--limit=%s=%s",
						       name, limits[i].value),
					  arena_printf(doctor->arena,
						       "--set=limits.require=[\"%s\"]",
						       name),
					  NULL };
		bool works = try_sbox(doctor, options, &err) == 0;
		const char **list = works ? &held : &lost;

		*list = arena_printf(doctor->arena, "%s%slimits.%s", *list,
				     **list ? ", " : "", name);
		if (!works && !first.msg[0])
			(void)error_set(&first, "%s", behind(err.msg, "enforced: "));
	}
	if (!*lost) {
		finding_works(doctor, ret, "%s can be enforced", held);
		return;
	}
	finding_missing(ret, doctor, &first);
	ret->lost = arena_printf(doctor->arena, "%s: nothing holds them", lost);
	if (*held)
		ret->state = STATE_LIMITED;
	mend_cgroup(doctor, ret);
}

/* ------------------------------------------------------------ all of it */

void look_start(struct doctor *doctor, struct finding *ret)
{
	static const char *const options[] = { NULL };
	struct error err;

	if (try_sbox(doctor, options, &err) == 0)
		finding_works(doctor, ret, "sbox starts with the default profile");
	else
		finding_missing(ret, doctor, &err);
}
