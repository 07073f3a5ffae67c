/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* doctor-kernel.c - what the kernel lets this user do; see doctor.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/utsname.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/mnt.h"
#include "base/strbuf.h"
#include "base/sys.h"
#include "box/fence/landlock.h"
#include "box/fence/seccomp.h"
#include "box/host/probe.h"
#include "box/mount/devproc.h"
#include "box/mount/mounts.h"
#include "box/mount/overlay.h"
#include "box/net/nft.h"
#include "ctl/doctor/doctor.h"

#define LANDLOCK_SCOPES 6 /* the first ABI that knows of signals and abstract sockets */
#define LSM_LIST_MAX 4096

static const struct mtree_size small = { 1 << 20, 256, 0700 };

void look_kernel(struct doctor *doctor, struct finding *ret)
{
	struct utsname name;
	struct error err = { 0 };

	if (cause_kernel(&err) < 0) {
		finding_missing(ret, doctor, &err);
		ret->mend = "a newer release of the distribution, or its newer kernel";
	} else if (uname(&name) == 0) {
		finding_works(doctor, ret, "%s %s on %s", name.sysname, name.release,
			      name.machine);
	} else {
		finding_works(doctor, ret, "of an unknown version: %s", strerror(errno));
	}
}

void look_modules(struct doctor *doctor, struct finding *ret)
{
	static const char *const apparmor[] = {
		[APPARMOR_NONE] = "AppArmor has no switch for user namespaces here",
		[APPARMOR_ALLOWS] = "AppArmor does not restrict user namespaces",
		[APPARMOR_PROFILED] =
			"AppArmor restricts user namespaces; sbox is exempt",
		[APPARMOR_RESTRICTS] = "",
	};
	enum apparmor found = cause_apparmor();

	if (found == APPARMOR_RESTRICTS) {
		finding_refused(ret, doctor, &(struct error){ 0 });
		ret->state = STATE_LIMITED;
		return;
	}
	finding_works(doctor, ret, "%s; SELinux %s", apparmor[found],
		      cause_selinux() ? "enforces its policy" : "enforces nothing");
}

/* AppArmor lets the namespace be made, and takes the worth of capabilities in it. */
static int use_capability(void *data, struct error *err)
{
	(void)data;
	if (prctl(PR_CAPBSET_DROP, CAP_SYS_BOOT, 0, 0, 0) < 0)
		return error_sys(err,
				 "capabilities in a user namespace are of no effect");
	return 0;
}

void look_userns(struct doctor *doctor, struct finding *ret)
{
	struct error err;

	if (try_inside(CLONE_NEWUSER, use_capability, NULL, &err) < 0)
		finding_refused(ret, doctor, &err);
	else
		finding_works(doctor, ret, "you are root of one");
}

static int nothing(void *data, struct error *err)
{
	(void)data;
	(void)err;
	return 0;
}

void look_namespaces(struct doctor *doctor, struct finding *ret)
{
	static const struct {
		const char *name;
		uint64_t flag;
	} kinds[] = {
		{ "mount", CLONE_NEWNS },      { "PID", CLONE_NEWPID },
		{ "network", CLONE_NEWNET },   { "IPC", CLONE_NEWIPC },
		{ "UTS", CLONE_NEWUTS },       { "time", CLONE_NEWTIME },
		{ "cgroup", CLONE_NEWCGROUP },
	};
	struct error err;

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		if (try_inside(CLONE_NEWUSER | kinds[i].flag, nothing, NULL, &err) == 0)
			continue;
		(void)error_wrap(&err, "%s namespace", kinds[i].name);
		finding_refused(ret, doctor, &err);
		return;
	}
	finding_works(doctor, ret, "mount, PID, network, IPC, UTS, time, cgroup");
}

/* Each call is made so that it fails; where it is let in, by its arguments. */
static int make_calls(void *data, struct error *err)
{
	const struct {
		const char *name;
		long number, args[4];
	} calls[] = {
		{ "open_tree", SYS_open_tree, { -1 } },
		{ "fsopen", SYS_fsopen, { 0 } },
		{ "fsconfig", SYS_fsconfig, { -1 } },
		{ "fsmount", SYS_fsmount, { -1 } },
		{ "move_mount", SYS_move_mount, { -1, 0, -1 } },
		{ "mount_setattr", SYS_mount_setattr, { -1 } },
		{ "pivot_root", SYS_pivot_root, { 0 } },
		{ "openat2", SYS_openat2, { -1 } },
		{ "close_range", SYS_close_range, { 1 } },
		{ "pidfd_open", SYS_pidfd_open, { -1 } },
		{ "pidfd_send_signal", SYS_pidfd_send_signal, { -1 } },
	};
	_cleanup_strbuf_ struct strbuf refused = { 0 };
	int errnum = 0;

	(void)data;
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
		const long *a = calls[i].args;

		if (syscall(calls[i].number, a[0], a[1], a[2], a[3], 0) >= 0 ||
		    (errno != ENOSYS && errno != EPERM && errno != EACCES))
			continue;
		errnum = errno;
		strbuf_printf(&refused, "%s%s", refused.len ? ", " : "", calls[i].name);
	}
	if (refused.len == 0)
		return 0;
	errno = errnum;
	(void)error_sys(err, "refused: %s", strbuf_str(&refused));
	return -1;
}

void look_calls(struct doctor *doctor, struct finding *ret)
{
	struct error err;

	if (try_inside(CLONE_NEWUSER | CLONE_NEWNS, make_calls, NULL, &err) == 0) {
		finding_works(doctor, ret, "those that build a sandbox are let in");
		return;
	}
	finding_missing(ret, doctor, &err);
	ret->mend = "whoever filters them, such as a container, has to let them in; else "
		    "this kernel is too old";
}

/* The root of a sandbox without anything in it. */
static int begin_root(struct mtree *tree, struct error *err)
{
	if (mounts_private(err) < 0 || mtree_scratch(tree, 0, err) < 0)
		return -1;
	return mounts_root(tree, -1, err);
}

static int new_proc(void *data, struct error *err)
{
	const struct step step = { .type = STEP_PROC, .target = "/proc" };
	struct mtree tree = MTREE_INIT;
	_cleanup_fd_ int proc = -1, sys = -1;
	int status = begin_root(&tree, err);

	(void)data;
	if (status == 0)
		status = devproc_proc(&tree, &step, &proc, &sys, err);
	mtree_done(&tree);
	return status;
}

static int only_mounts(void *data, struct error *err)
{
	(void)data;
	return mounts_private(err);
}

/* Whether it is /proc alone that cannot be mounted. */
static bool mounts_work(void)
{
	struct error err;

	return try_inside(CLONE_NEWUSER | CLONE_NEWNS, only_mounts, NULL, &err) == 0;
}

void look_proc(struct doctor *doctor, struct finding *ret)
{
	struct error err;

	if (try_inside(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID, new_proc, NULL,
		       &err) == 0) {
		finding_works(doctor, ret, "a new one can be mounted");
		return;
	}
	finding_missing(ret, doctor, &err);
	if (err.errnum == EPERM && mounts_work())
		ret->mend = "sbox --proc=none, or --proc=bind where its processes may be "
			    "seen; or a container that does not cover its /proc";
}

/* Over an empty file system, as what the host has may have mounts below it. */
static int new_overlay(void *data, struct error *err)
{
	const char *lowers[] = { "/tmp", NULL };
	const struct step step = { .type = STEP_OVERLAY,
				   .target = "/",
				   .lowers = lowers,
				   .size = small.size,
				   .inodes = small.inodes };
	struct mtree tree = MTREE_INIT;
	_cleanup_fd_ int lower = -1, at = -1, fd = -1, file = -1;

	(void)data;
	if (mounts_private(err) < 0)
		return -1;
	lower = mtree_tmpfs(&tree, &small, 0, err);
	at = lower < 0 ? -1 : open(lowers[0], O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (at < 0 || mnt_attach(lower, at) < 0)
		return error_sys(err, "cannot mount on %s", lowers[0]);
	if (mtree_scratch(&tree, 0, err) == 0)
		fd = overlay_new(&tree, &step, err);
	mtree_done(&tree);
	if (fd < 0)
		return -1;
	file = openat(fd, "file", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return file < 0 ? error_sys(err, "cannot write to an overlay") : 0;
}

void look_overlay(struct doctor *doctor, struct finding *ret)
{
	const char *kernel;
	struct error err;

	if (try_inside(CLONE_NEWUSER | CLONE_NEWNS, new_overlay, NULL, &err) == 0) {
		finding_works(doctor, ret, "can be mounted and written to");
		kernel = probe_bare_tmpfs(doctor->arena);
		if (!kernel)
			return;
		ret->state = STATE_LIMITED;
		ret->found = arena_printf(doctor->arena,
					  "can be mounted, but what is written cannot be "
					  "kept in memory: a tmpfs of %s takes no user.* "
					  "attributes",
					  kernel);
		ret->lost = "[[fs.mount]] of type \"overlay\" without upper and work, "
			    "unless it is read-only, and fs.root_mode = \"overlay\"";
		ret->mend = "Linux 6.6; or upper and work, directories on a disk, or "
			    "fs.write and --changes=NAME";
		return;
	}
	finding_missing(ret, doctor, &err);
	if (err.errnum == ENODEV) {
		ret->mend = "modprobe overlay";
		ret->command = true;
	}
}

/* The default filter, and a call that it answers before the kernel looks at it. */
static int use_filter(void *data, struct error *err)
{
	const struct filter_policy policy = { .base = FILTER_DEFAULT, .stock = true };
	struct filter_programs programs;

	(void)data;
	filter_stock(&policy, &programs);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_sys(err, "no_new_privs");
	if (filter_load(&programs, err) < 0)
		return -1;
	if (syscall(SYS_io_uring_setup, 0, NULL) >= 0 ||
	    (errno != EPERM && errno != ENOSYS))
		return error_set(err, "the filter was loaded and does not filter");
	return 0;
}

void look_seccomp(struct doctor *doctor, struct finding *ret)
{
	static const struct {
		const char *name;
		uint32_t action;
	} actions[] = {
		{ "ERRNO", SECCOMP_RET_ERRNO },
		{ "KILL_PROCESS", SECCOMP_RET_KILL_PROCESS },
		{ "LOG", SECCOMP_RET_LOG },
		{ "USER_NOTIF", SECCOMP_RET_USER_NOTIF },
	};
	_cleanup_strbuf_ struct strbuf text = { 0 };
	struct error err;

	if (try_inside(0, use_filter, NULL, &err) < 0) {
		finding_missing(ret, doctor, &err);
		ret->mend = "a kernel with CONFIG_SECCOMP_FILTER, and a container that "
			    "lets seccomp(2) in";
		return;
	}
	for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
		if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0,
			    &actions[i].action) == 0)
			strbuf_printf(&text, " %s", actions[i].name);
	finding_works(doctor, ret, "the default filter holds; answers:%s",
		      strbuf_str(&text));
}

/* A fence around /usr, and a step over it. */
static int use_landlock(void *data, struct error *err)
{
	static const struct landlock_path path = { "/usr", false };
	_cleanup_fd_ int root = -1;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_sys(err, "no_new_privs");
	if (landlock_fence(&path, 1, *(const int *)data, err) < 0)
		return -1;
	root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return root >= 0 ? error_set(err, "the rules were loaded and do not hold") : 0;
}

/* Where the kernel has it and boots without it, what it was told to boot with is kept. */
static void no_landlock(struct doctor *doctor, struct finding *ret)
{
	bool off = syscall(SYS_landlock_create_ruleset, NULL, 0,
			   LANDLOCK_CREATE_RULESET_VERSION) < 0 &&
		   errno == EOPNOTSUPP;
	char *list = NULL;

	ret->state = STATE_MISSING;
	ret->found = off ? "this kernel has it, and it is not enabled"
			 : "this kernel has it not, or it is kept from us";
	ret->mend = "a kernel with CONFIG_SECURITY_LANDLOCK and landlock in CONFIG_LSM";
	if (off && io_read_file(AT_FDCWD, "/sys/kernel/security/lsm", LSM_LIST_MAX,
				doctor->arena, &list) == 0)
		ret->mend = distro_boot(
			doctor, arena_printf(doctor->arena, "lsm=landlock,%s", list),
			&ret->command);
}

void look_landlock(struct doctor *doctor, struct finding *ret)
{
	int abi = landlock_abi();
	struct error err;

	if (abi == 0) {
		no_landlock(doctor, ret);
	} else if (try_inside(0, use_landlock, &abi, &err) < 0) {
		finding_missing(ret, doctor, &err);
	} else {
		finding_works(doctor, ret, "ABI %d", abi);
		if (abi >= LANDLOCK_SCOPES)
			return;
		ret->state = STATE_LIMITED;
		ret->lost =
			"its second fence around signals and abstract sockets (ABI 6)";
		ret->mend = "Linux 6.12 or newer";
	}
}

static int load_rules(void *data, struct error *err)
{
	struct net_rule rules[] = {
		{ .accept = true, .match = NET_MATCH_LOOPBACK },
		{ .addr.family = AF_INET6 },
	};
	const struct net_plan net = { .rules = rules,
				      .rules_len = sizeof rules / sizeof rules[0] };
	_cleanup_fd_ int socket = -1;

	(void)data;
	return nft_load(&net, &socket, err);
}

void look_nftables(struct doctor *doctor, struct finding *ret)
{
	struct error err;

	if (try_inside(CLONE_NEWUSER | CLONE_NEWNET, load_rules, NULL, &err) == 0) {
		finding_works(doctor, ret, "rules can be loaded");
		return;
	}
	finding_missing(ret, doctor, &err);
	ret->mend = "modprobe -a nf_tables nft_reject_inet nft_ct";
	ret->command = true;
}
