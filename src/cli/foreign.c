/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* foreign.c - what people type who come from another program; see foreign.h */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "cli/foreign.h"

static const struct {
	const char *name, *here;
} rows[] = {
	/* of containers */
	{ "e", "--setenv=NAME=VALUE, or --pass-env=NAME" },
	{ "env", "--setenv=NAME=VALUE, or --pass-env=NAME" },
	{ "env-file", "[env] set = { NAME = \"VALUE\" } in a profile" },
	{ "volume", "--read=DIR or --write=DIR, or with another name --read=DIR:INSIDE" },
	{ "mount", "--read=DIR or --write=DIR; sbox.toml(5), fs.mount, has all kinds" },
	{ "w", "--chdir=DIR" },
	{ "workdir", "--chdir=DIR" },
	{ "u", "--user=USER" },
	{ "m", "--limit=memory=SIZE" },
	{ "memory", "--limit=memory=SIZE" },
	{ "cpus", "--limit=cpu=PERCENT%, or --limit=cpus=N for the processors it sees" },
	{ "pids-limit", "--limit=pids=N" },
	{ "network", "--net=MODE: auto, none, host" },
	{ "rm", "not needed: nothing is left of a sandbox" },
	{ "i", "not needed: the command has your standard input" },
	{ "t", "not needed: on a terminal the command gets one" },
	{ "it", "not needed: on a terminal the command gets one" },
	{ "tty", "not needed: on a terminal the command gets one" },
	{ "interactive", "not needed: the command has your standard input" },
	{ "d", "--hold, with --name=NAME and \"sboxctl exec\"" },
	{ "detach", "--hold, with --name=NAME and \"sboxctl exec\"" },
	{ "privileged", "not to be had; --profile=container is root of its own system" },
	{ "cap-add", "--set='caps.keep=[\"NAME\"]'" },
	{ "cap-drop", "not needed: the command has no capability" },
	{ "security-opt", "--set='seccomp.base=\"strict\"' and the keys beside it" },
	{ "entrypoint", "the command itself, behind the options" },
	{ "read-only", "not needed: the root is read-only" },
	/* of timeout(1) and ulimit */
	{ "timeout", "--limit=wall=TIME" },
	{ "kill-after", "--limit=grace=TIME" },
	{ "k", "--limit=grace=TIME" },
	{ "preserve-status", "not to be had: what ran out of time gives 124" },
	{ "foreground", "not needed: the command is in the foreground of its terminal" },
	/* of bubblewrap */
	{ "bind", "--write=DIR[:INSIDE]" },
	{ "ro-bind", "--read=DIR[:INSIDE]" },
	{ "dev-bind", "a [[fs.mount]] of type \"device\" in a profile" },
	{ "unshare-net", "not needed: the network is off unless --net turns it on" },
	{ "unshare-all", "not needed: every namespace is the sandbox's own" },
	{ "unshare-user", "not needed: every namespace is the sandbox's own" },
	{ "unshare-pid", "not needed: every namespace is the sandbox's own" },
	{ "share-net", "--net=host" },
	{ "die-with-parent", "the default: process.die_with_parent" },
	{ "new-session", "not needed: the command is in a session of its own" },
	{ "clearenv", "not needed: the environment starts empty" },
	{ "info-fd", "--status-fd=N" },
	{ "json-status-fd", "--status-fd=N" },
	/* of firejail and nsjail */
	{ "private", "not needed: no home directory is shown; --write=DIR shows one" },
	{ "whitelist", "--read=DIR or --write=DIR" },
	{ "blacklist", "--deny=PATH" },
	{ "noprofile", "--profile=base" },
	{ "noroot", "--user=caller" },
	{ "seccomp", "the default: seccomp.base" },
	{ "caps.drop", "not needed: the command has no capability" },
	{ "rlimit-as", "--limit=memory=SIZE" },
	{ "rlimit-fsize", "--limit=fsize=SIZE" },
	{ "rlimit-nproc", "--limit=pids=N" },
	{ "rlimit-nofile", "--limit=nofile=N" },
	{ "bindmount", "--write=DIR[:INSIDE]" },
	{ "bindmount_ro", "--read=DIR[:INSIDE]" },
	{ "time_limit", "--limit=wall=TIME" },
	{ "cwd", "--chdir=DIR" },
};

const char *foreign_option(const char *name)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (strcmp(rows[i].name, name) == 0)
			return rows[i].here;
	return NULL;
}
