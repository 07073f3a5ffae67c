/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * probe-mount.c - attempts on mounts, from namespaces that the attacker makes itself
 *
 * Where no namespace can be made, that is the refusal. "make" before the other arguments
 * is for the control outside: it prepares in the new namespaces what is then attacked.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

struct mounted {
	char path[PATH_MAX];
	bool readonly;
};

/* mountinfo writes space, tab, newline and backslash as an octal number. */
static void unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		unsigned c;

		if (*s == '\\' && sscanf(s, "\\%3o", &c) == 1) {
			*to++ = (char)c;
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

static size_t list_mounts(struct mounted *list, size_t max)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	static char line[PATH_MAX * 2];
	char flags[256];
	size_t n = 0;

	if (!f)
		cannot("mountinfo");
	while (n < max && fgets(line, sizeof line, f)) {
		if (sscanf(line, "%*d %*d %*s %*s %4095s %255s", list[n].path, flags) !=
		    2)
			continue;
		unescape(list[n].path);
		list[n].readonly = strncmp(flags, "ro", 2) == 0;
		n++;
	}
	(void)fclose(f);
	return n;
}

static bool make_first(int argc, char **argv)
{
	return argc > 0 && strcmp(argv[0], "make") == 0;
}

static bool enter(int flags)
{
	if (enter_namespaces(flags) == 0)
		return true;
	tried("namespaces", -1);
	return false;
}

static int clear_readonly(const char *path)
{
	/* mount_setattr(2); not all C libraries can have it beside sys/mount.h */
	const struct {
		uint64_t set, clear, propagation, userns;
	} attr = { .clear = 1 /* MOUNT_ATTR_RDONLY */ };

	return (int)syscall(SYS_mount_setattr, AT_FDCWD, path, 0, &attr, sizeof attr);
}

static struct mounted mounts[512];

/* [make DIR]: makes read-only mounts writable again. */
static int remount(int argc, char **argv)
{
	size_t n, worked = 0;

	if (!enter(CLONE_NEWNS))
		return verdict();
	if (make_first(argc, argv) &&
	    (mount(argv[1], argv[1], NULL, MS_BIND, NULL) < 0 ||
	     mount(NULL, argv[1], NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) < 0))
		cannot("bind");
	n = list_mounts(mounts, 512);
	for (size_t i = 0; i < n; i++) {
		const char *path = mounts[i].path;

		if (!mounts[i].readonly)
			continue;
		if (mount(NULL, path, NULL, MS_REMOUNT | MS_BIND, NULL) < 0 &&
		    clear_readonly(path) < 0)
			continue;
		note("%s ", path);
		worked++;
	}
	note("of %zu mounts: ", n);
	found("made writable", worked > 0);
	return verdict();
}

/* [make DIR]: takes away what covers or protects something. */
static int uncover(int argc, char **argv)
{
	size_t n, worked = 0;

	if (!enter(CLONE_NEWNS))
		return verdict();
	if (make_first(argc, argv) && mount("none", argv[1], "tmpfs", 0, NULL) < 0)
		cannot("tmpfs");
	n = list_mounts(mounts, 512);
	for (size_t i = n; i-- > 1;) {
		if (umount2(mounts[i].path, 0) < 0 &&
		    umount2(mounts[i].path, MNT_DETACH) < 0)
			continue;
		note("%s ", mounts[i].path);
		worked++;
	}
	note("of %zu mounts: ", n);
	found("taken away", worked > 0);
	return verdict();
}

/* DIR SOURCE...: shows each source at DIR, without what is mounted in it. */
static int bare_bind(int argc, char **argv)
{
	const char *dir = text(argc, argv, 0);

	if (!enter(CLONE_NEWNS))
		return verdict();
	for (int i = 1; i < argc; i++) {
		tried("bind", mount(argv[i], dir, NULL, MS_BIND, NULL));
		tried("open_tree",
		      syscall(SYS_open_tree, AT_FDCWD, argv[i], 1 /* clone */));
		note(" (%s)", argv[i]);
	}
	return verdict();
}

/* Process 1 of the new PID namespace has to be the one that mounts its procfs. */
static int in_child(int (*body)(const char *), const char *dir)
{
	int status;
	pid_t pid;

	(void)fflush(stdout);
	pid = fork();
	if (pid < 0) {
		tried("fork", -1);
		return verdict();
	}
	if (pid == 0)
		exit(body(dir));
	(void)waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : UNKNOWN;
}

static int mount_proc(const char *dir)
{
	tried("proc", mount("proc", dir, "proc", 0, NULL));
	tried("proc, subset=pid", mount("proc", dir, "proc", 0, "subset=pid"));
	tried("proc, read-only", mount("proc", dir, "proc", MS_RDONLY, "hidepid=2"));
	return verdict();
}

/* DIR */
static int fresh_proc(int argc, char **argv)
{
	const char *dir = text(argc, argv, 0);

	return enter(CLONE_NEWNS | CLONE_NEWPID) ? in_child(mount_proc, dir) : verdict();
}

/* DIR */
static int fresh_sysfs(int argc, char **argv)
{
	const char *dir = text(argc, argv, 0);

	if (enter(CLONE_NEWNS | CLONE_NEWNET))
		tried("sysfs", mount("sysfs", dir, "sysfs", 0, NULL));
	return verdict();
}

/* DIR */
static int fresh_cgroup(int argc, char **argv)
{
	const char *dir = text(argc, argv, 0);

	if (!enter(CLONE_NEWNS | CLONE_NEWCGROUP))
		return verdict();
	tried("cgroup2", mount("cgroup2", dir, "cgroup2", 0, NULL));
	tried("cgroup", mount("cgroup", dir, "cgroup", 0, "pids"));
	return verdict();
}

/* DIR */
static int fresh_overlay(int argc, char **argv)
{
	const char *dir = text(argc, argv, 0);

	if (!enter(CLONE_NEWNS))
		return verdict();
	tried("overlay", mount("overlay", dir, "overlay", 0, "lowerdir=/usr:/etc"));
	tried("ramfs", mount("ramfs", dir, "ramfs", 0, NULL));
	return verdict();
}

/* FILE...: for the control of what is read-only inside: written to as root of namespaces.
 */
static int write_as_root(int argc, char **argv)
{
	if (!enter(CLONE_NEWNET))
		return verdict();
	for (int i = 0; i < argc; i++)
		tried(argv[i], open(argv[i], O_WRONLY | O_CLOEXEC));
	return verdict();
}

/*
 * DIR COMMAND...: with a file system without any flag mounted at DIR, and others in it
 * below names that are hard to parse; then as the caller, without capabilities.
 */
static int with_mounts(int argc, char **argv)
{
	static const char *const names[] = { "a b", "new\nline", "back\\slash" };
	const char *dir = text(argc, argv, 0);
	const unsigned uid = getuid(), gid = getgid();
	char map[64], path[PATH_MAX];

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		cannot("unshare");
	(void)snprintf(map, sizeof map, "%u %u 1", uid, uid);
	if (write_file("/proc/self/uid_map", map) < 0)
		cannot("uid_map");
	(void)snprintf(map, sizeof map, "%u %u 1", gid, gid);
	if (write_file("/proc/self/setgroups", "deny") < 0 ||
	    write_file("/proc/self/gid_map", map) < 0)
		cannot("gid_map");
	if (mount("none", dir, "tmpfs", 0, "mode=755") < 0)
		cannot(dir);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", dir, names[i]);
		if (mkdir(path, 0755) < 0 ||
		    mount("none", path, "tmpfs", 0, "mode=755") < 0)
			cannot(path);
	}
	(void)execvp(argv[1], argv + 1);
	cannot(argv[1]);
}

const struct attempt mount_attempts[] = {
	{ "remount", remount },
	{ "uncover", uncover },
	{ "bare-bind", bare_bind },
	{ "fresh-proc", fresh_proc },
	{ "fresh-sysfs", fresh_sysfs },
	{ "fresh-cgroup", fresh_cgroup },
	{ "fresh-overlay", fresh_overlay },
	{ "write-as-root", write_as_root },
	{ "with-mounts", with_mounts },
	{ 0 },
};
