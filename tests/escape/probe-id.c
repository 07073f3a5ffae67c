/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * probe-id.c - attempts to become somebody else; see probe.h
 *
 * The harness is not root either. Files of other users, and groups, it gets from the
 * caller's subordinate ids: a child in a user namespace of its own, whose ids are mapped
 * by newuidmap and newgidmap to themselves, may chown to them and be a member of them.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

static void run_map(const char *helper, const char *pid, const char *mine,
		    const char *first)
{
	const char *args[] = { helper, pid, mine, mine, "1", first, first, "1", NULL };

	if (run_command((char **)args) == 0)
		return;
	errno = EPERM;
	cannot(helper);
}

/* A user namespace in which our own ids and the first subordinate ones are what they are.
 */
static void enter_subids(const char *subuid, const char *subgid)
{
	char pid[32], uid[32], gid[32], byte;
	int unshared[2], status;
	pid_t mapper;

	(void)snprintf(pid, sizeof pid, "%d", (int)getpid());
	(void)snprintf(uid, sizeof uid, "%u", (unsigned)getuid());
	(void)snprintf(gid, sizeof gid, "%u", (unsigned)getgid());
	if (pipe2(unshared, O_CLOEXEC) < 0)
		cannot("pipe");
	mapper = fork();
	if (mapper == 0) {
		(void)close(unshared[1]);
		(void)!read(unshared[0], &byte, 1);
		run_map("newuidmap", pid, uid, subuid);
		run_map("newgidmap", pid, gid, subgid);
		_exit(0);
	}
	if (unshare(CLONE_NEWUSER) < 0)
		cannot("unshare");
	(void)close(unshared[1]);
	(void)close(unshared[0]);
	if (waitpid(mapper, &status, 0) < 0 || status != 0)
		cannot("id maps");
}

/* SUBUID SUBGID FILE UID GID MODE */
static int give_away(int argc, char **argv)
{
	const char *file = text(argc, argv, 2);

	enter_subids(text(argc, argv, 0), text(argc, argv, 1));
	if (chown(file, (uid_t)number(argc, argv, 3), (gid_t)number(argc, argv, 4)) < 0 ||
	    chmod(file, (mode_t)number(argc, argv, 5)) < 0)
		cannot(file);
	return 0;
}

/* SUBUID SUBGID COMMAND...: as the caller, who is in group SUBGID as well. */
static int in_group(int argc, char **argv)
{
	const gid_t group = (gid_t)number(argc, argv, 1);

	enter_subids(text(argc, argv, 0), argv[1]);
	if (setgroups(1, &group) < 0)
		cannot("setgroups");
	(void)execvp(argv[2], argv + 2);
	cannot(argv[2]);
}

/* UID GID: a setuid program of somebody else, which this is a copy of. */
static int who(int argc, char **argv)
{
	uid_t r, e, s;
	gid_t rg, eg, sg;

	(void)getresuid(&r, &e, &s);
	(void)getresgid(&rg, &eg, &sg);
	note("uid %u %u %u, gid %u %u %u, ", r, e, s, rg, eg, sg);
	found("somebody else",
	      r != e || rg != eg || r != s || rg != sg ||
		      (argc == 2 && (e == (uid_t)number(argc, argv, 0) ||
				     eg == (gid_t)number(argc, argv, 1))));
	return verdict();
}

static int drop_groups(int argc, char **argv)
{
	(void)argc, (void)argv;
	tried("setgroups deny -> allow", write_file("/proc/self/setgroups", "allow"));
	tried("setgroups", setgroups(0, NULL));
	tried("setresgid", setresgid(1, 1, 1));
	tried("setresuid", setresuid(1, 1, 1));
	return verdict();
}

/* The same in a user namespace of its own. */
static int drop_groups_nested(int argc, char **argv)
{
	if (enter_namespaces(0) < 0) {
		tried("namespace", -1);
		return verdict();
	}
	return drop_groups(argc, argv);
}

/* SUBUID SUBGID: for the control: where the map does allow it. */
static int drop_groups_mapped(int argc, char **argv)
{
	enter_subids(text(argc, argv, 0), text(argc, argv, 1));
	tried("setgroups", setgroups(0, NULL));
	return verdict();
}

static void print_file(const char *path)
{
	char line[256];
	FILE *f = fopen(path, "re");

	while (f && fgets(line, sizeof line, f))
		note("%s:%s", strrchr(path, '/') + 1, line);
	if (f)
		(void)fclose(f);
}

/* All that says who we are and what we may, line by line. */
static int show_ids(int argc, char **argv)
{
	static const char *const fields[] = { "Uid",    "Gid",        "CapInh",
					      "CapPrm", "CapEff",     "CapBnd",
					      "CapAmb", "NoNewPrivs", "Seccomp" };
	FILE *f = fopen("/proc/self/status", "re");
	char line[256];

	(void)argc, (void)argv;
	if (!f)
		cannot("/proc/self/status");
	while (fgets(line, sizeof line, f))
		for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
			if (strncmp(line, fields[i], strlen(fields[i])) == 0)
				note("%s", line);
	(void)fclose(f);
	print_file("/proc/self/uid_map");
	print_file("/proc/self/gid_map");
	print_file("/proc/self/setgroups");
	note("securebits:%d\n", prctl(PR_GET_SECUREBITS));
	return 0;
}

const struct attempt id_attempts[] = {
	{ "give-away", give_away },
	{ "in-group", in_group },
	{ "who", who },
	{ "drop-groups", drop_groups },
	{ "drop-groups-nested", drop_groups_nested },
	{ "drop-groups-mapped", drop_groups_mapped },
	{ "show-ids", show_ids },
	{ 0 },
};
