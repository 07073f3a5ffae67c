/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* keys.c - the key table; see keys.h */
#include "config.h"

#include <string.h>

#include "policy/keys.h"

static const char *const root_mode_words[] = { "ro", "overlay", "rw", NULL };
static const char *const proc_words[] = { "fresh", "bind", "none", NULL };
static const char *const dev_words[] = { "minimal", "none", NULL };
static const char *const replace_words[] = { "warn", "kill", NULL };
static const char *const map_words[] = { "auto", "subids", "single", NULL };
static const char *const net_words[] = { "none",     "host", "slirp4netns", "pasta",
					 "filtered", "auto", "join:",       NULL };
static const char *const scope_words[] = { "public", "lan", "any", NULL };
static const char *const tls_words[] = { "match", "any", NULL };
static const char *const exit_words[] = { "kill", "continue", NULL };
static const char *const inherited_words[] = { "refuse", "relay", NULL };
static const char *const filter_words[] = { "default", "strict", "none", NULL };
static const char *const landlock_words[] = { "auto", "off", NULL };
static const char *const tty_words[] = { "auto", "never", NULL };
static const char *const forward_words[] = { "auto", "process", "group", "never", NULL };
static const char *const guard_words[] = { "move", "fail", "warn", "off", NULL };
static const char *const success_words[] = { "keep", "commit", "discard", "ask", NULL };
static const char *const failure_words[] = { "keep", "commit", "discard", NULL };
static const char *const protect_words[] = { "refuse", "skip", NULL };
static const char *const mount_words[] = { "bind",    "tmpfs", "overlay", "file",
					   "symlink", "dir",   "mqueue",  "socket",
					   "device",  NULL };

const char *const namespace_names[] = { "ipc", "uts", "cgroup", "time", NULL };

#define AT(member) offsetof(struct policy, member)

const struct key key_table[] = {
	{ "description", KEY_TEXT, FORM_ANY, AT(description),
	  .help = "one line for people" },

	{ "fs.read", KEY_TEXTS, FORM_SPEC, AT(fs.read), .option = "read",
	  .arg = "SRC[:DST]", .help = "show a file or directory, read-only" },
	{ "fs.write", KEY_TEXTS, FORM_SPEC, AT(fs.write), .option = "write",
	  .arg = "SRC[:DST]", .help = "show a file or directory, writable" },
	{ "fs.tmpfs", KEY_TEXTS, FORM_SPEC, AT(fs.tmpfs), .option = "tmpfs",
	  .arg = "PATH", .help = "an empty, writable directory in memory" },
	{ "fs.deny", KEY_TEXTS, FORM_SPEC, AT(fs.deny), .option = "deny", .arg = "PATH",
	  .help = "hide a path of the host; wins over everything that shows it",
	  .homes = true },
	{ "fs.protect", KEY_TEXTS, FORM_SPEC, AT(fs.protect), .option = "protect",
	  .arg = "PATH",
	  .help = "keep a path inside a writable one read-only and in its place",
	  .homes = true },
	{ "fs.cache", KEY_TEXTS, FORM_CACHE, AT(fs.cache), .option = "cache",
	  .arg = "NAME[:PATH]",
	  .help = "a cache that is kept for later runs, and is theirs alone" },
	{ "fs.root", KEY_TEXT, FORM_PATH, AT(fs.root), .option = "root", .arg = "DIR",
	  .help = "a directory as the root, in place of what fs.read has so far" },
	{ "fs.root_mode", KEY_WORD, FORM_ANY, AT(fs.root_mode), root_mode_words, ROOT_RO,
	  .option = "root-mode", .arg = "MODE",
	  .help = "of fs.root: ro, overlay (writes are thrown away) or rw" },
	{ "fs.proc", KEY_WORD, FORM_ANY, AT(fs.proc), proc_words, PROC_FRESH,
	  .option = "proc", .arg = "MODE",
	  .help = "/proc: fresh, bind (the host's: shows its processes) or none" },
	{ "fs.dev", KEY_WORD, FORM_ANY, AT(fs.dev), dev_words, DEV_MINIMAL,
	  .option = "dev", .arg = "MODE",
	  .help = "/dev: minimal (null, zero, full, random, urandom, tty) or none" },
	{ "fs.on_replace", KEY_WORD, FORM_ANY, AT(fs.on_replace), replace_words,
	  REPLACE_WARN,
	  .help = "when another program replaces a hidden or protected path: warn or "
		  "kill" },
	{ "fs.mount", KEY_MOUNTS, FORM_ANY, AT(fs.mount),
	  .help = "all other mounts, an array of tables" },

	{ "guard.action", KEY_WORD, FORM_ANY, AT(guard.action), guard_words, GUARD_MOVE,
	  .option = "guard", .arg = "ACTION",
	  .help = "what others would run of it: move (aside), fail, warn or off" },
	{ "guard.allow", KEY_TEXTS, FORM_PATH, AT(guard.allow), .option = "guard-allow",
	  .arg = "PATH", .help = "let the command change a guarded path of the host" },

	{ "changes.enabled", KEY_BOOL, FORM_ANY, AT(changes.enabled),
	  .help = "keep what is written apart, in a change set, until it is committed" },
	{ "changes.on_success", KEY_WORD, FORM_ANY, AT(changes.on_success), success_words,
	  ON_SUCCESS_KEEP,
	  .help = "of changes.enabled: keep the set, commit, discard it, or ask" },
	{ "changes.on_failure", KEY_WORD, FORM_ANY, AT(changes.on_failure), failure_words,
	  ON_SUCCESS_KEEP,
	  .help = "the same, where the command failed: keep, commit or discard" },
	{ "changes.history", KEY_COUNT, FORM_ANY, AT(changes.history), NULL, 32, .min = 1,
	  .help = "how many of the sets that a run committed stay, to be undone" },
	{ "changes.protect", KEY_WORD, FORM_ANY, AT(changes.protect), protect_words,
	  CHANGES_REFUSE,
	  .help = "what the guard refuses in a commit: refuse all, or skip it" },
	{ "changes.max", KEY_SIZE, FORM_ANY, AT(changes.max), NULL, LIMIT_NONE, .min = 1,
	  .help = "bytes that a commit takes at most" },
	{ "changes.dir", KEY_TEXT, FORM_PATH, AT(changes.dir),
	  .help = "where change sets keep what is written, on the same file system" },

	{ "identity.user", KEY_TEXT, FORM_USER, AT(identity.user), .def_text = "root",
	  .option = "user", .arg = "USER", .help = "root, caller, or UID:GID inside" },
	{ "identity.map", KEY_WORD, FORM_ANY, AT(identity.map), map_words, MAP_AUTO,
	  .option = "map", .arg = "MODE",
	  .help = "ids inside: single, subids (newuidmap), or auto" },
	{ "identity.setgroups", KEY_BOOL, FORM_ANY, AT(identity.setgroups),
	  .help = "with subids: let the command choose its groups, and drop the "
		  "caller's" },
	{ "identity.hostname", KEY_TEXT, FORM_HOSTNAME, AT(identity.hostname),
	  .def_text = "sbox", .option = "hostname", .arg = "NAME",
	  .help = "the host name inside" },

	{ "env.pass", KEY_TEXTS, FORM_ENV_PATTERN, AT(env.pass), .option = "pass-env",
	  .arg = "PATTERN", .help = "let variables through, \"LC_*\"" },
	{ "env.set", KEY_PAIRS, FORM_ENV_NAME, AT(env.set), .option = "setenv",
	  .arg = "NAME=VALUE", .help = "set a variable inside" },
	{ "env.path", KEY_TEXTS, FORM_PATH, AT(env.path), .option = "path", .arg = "DIR",
	  .help = "put a directory in front of PATH" },

	{ "net.mode", KEY_WORD, FORM_ANY, AT(net.mode), net_words, NET_NONE,
	  .option = "net", .arg = "MODE",
	  .help = "none, filtered (what net.allow lists), auto, host, join:NAME" },
	{ "net.scope", KEY_WORD, FORM_ANY, AT(net.scope), scope_words, NET_SCOPE_PUBLIC,
	  .help = "what is reached: public, lan (private too) or any (the host too)" },
	{ "net.allow", KEY_TEXTS, FORM_RULE, AT(net.allow), .option = "net-allow",
	  .arg = "TARGET",
	  .help = "let through \"crates.io:443\", \"*.crates.io\", "
		  "\"10.1.0.0/16:443/tcp\"" },
	{ "net.deny", KEY_TEXTS, FORM_RULE, AT(net.deny), .option = "net-deny",
	  .arg = "TARGET", .help = "reject; wins over net.allow" },
	{ "net.dns", KEY_TEXTS, FORM_ANY, AT(net.dns), .option = "dns", .arg = "ADDRESS",
	  .help = "name servers, \"forward\" or \"none\"; else the host's" },
	{ "net.search", KEY_TEXTS, FORM_ANY, AT(net.search),
	  .help = "domains in which short names are looked for" },
	{ "net.ipv6", KEY_BOOL, FORM_ANY, AT(net.ipv6), .help = "IPv6 beside IPv4" },
	{ "net.publish", KEY_TEXTS, FORM_PUBLISH, AT(net.publish), .option = "publish",
	  .arg = "PORTS",
	  .help = "lead a port of the host inside: \"127.0.0.1:8080:80/tcp\"" },
	{ "net.reach", KEY_TEXTS, FORM_PUBLISH, AT(net.reach), .option = "reach",
	  .arg = "PORTS",
	  .help = "lead a port inside to the host's loopback: \"HOST_PORT:PORT\"" },
	{ "net.tls", KEY_WORD, FORM_ANY, AT(net.tls), tls_words, NET_TLS_MATCH,
	  .help = "filtered: the name in TLS is the one that was asked for: match, or "
		  "any" },
	{ "net.proxy", KEY_BOOL, FORM_ANY, AT(net.proxy),
	  .help = "filtered: a proxy (HTTP, SOCKS5) inside, and the variables for it" },
	{ "net.upstream", KEY_TEXT, FORM_ANY, AT(net.upstream),
	  .help = "filtered: the URL of the site's own proxy" },
	{ "net.on_helper_exit", KEY_WORD, FORM_ANY, AT(net.on_helper_exit), exit_words,
	  NET_EXIT_KILL, .help = "when the helper dies: kill or continue (offline)" },
	{ "net.inherited", KEY_WORD, FORM_ANY, AT(net.inherited), inherited_words,
	  NET_INHERITED_REFUSE,
	  .help = "sockets of the host's network in descriptors: refuse or relay" },

	{ "seccomp.base", KEY_WORD, FORM_ANY, AT(seccomp.base), filter_words, 0,
	  .help = "the system-call policy to start from: default, strict or none" },
	{ "seccomp.allow", KEY_TEXTS, FORM_CALL, AT(seccomp.allow),
	  .help = "system calls to allow in addition: name, number or @group" },
	{ "seccomp.deny", KEY_TEXTS, FORM_CALL, AT(seccomp.deny),
	  .help = "system calls to deny: name, number, @group or name:ERRNO; wins" },
	{ "seccomp.programs", KEY_TEXTS, FORM_PATH, AT(seccomp.programs),
	  .option = "seccomp-program", .arg = "FILE",
	  .help = "a compiled filter to load on top, as seccomp_export_bpf(3) writes "
		  "it" },

	{ "caps.keep", KEY_TEXTS, FORM_CAP, AT(caps.keep),
	  .help = "capabilities over its own namespaces that the command keeps, or "
		  "\"all\"" },

	{ "landlock.mode", KEY_WORD, FORM_ANY, AT(landlock.mode), landlock_words,
	  LANDLOCK_AUTO, .help = "auto (all that the kernel knows) or off" },
	{ "landlock.min_abi", KEY_COUNT, FORM_ANY, AT(landlock.min_abi),
	  .help = "refuse to start on a kernel with an older Landlock" },

	{ "process.cwd", KEY_TEXT, FORM_PATH, AT(process.cwd), .option = "chdir",
	  .arg = "DIR",
	  .help = "where the command starts; else the caller's directory if visible, "
		  "else /" },
	{ "process.argv0", KEY_TEXT, FORM_ANY, AT(process.argv0), .option = "argv0",
	  .arg = "NAME", .help = "the name that the command is called by" },
	{ "process.umask", KEY_TEXT, FORM_MODE, AT(process.umask),
	  .help = "file mode creation mask, octal; else the caller's" },
	{ "process.keep_fds", KEY_TEXTS, FORM_FD, AT(process.keep_fds),
	  .option = "keep-fd", .arg = "N",
	  .help = "hand an open descriptor to the command" },
	{ "process.jobserver", KEY_BOOL, FORM_ANY, AT(process.jobserver),
	  .help = "give the command the job slots of the make that started sbox" },
	{ "process.die_with_parent", KEY_BOOL, FORM_ANY, AT(process.die_with_parent),
	  NULL, 1, .help = "end the sandbox when the process that started sbox ends" },
	{ "process.linger", KEY_BOOL, FORM_ANY, AT(process.linger),
	  .help = "let the sandbox last until all of its processes have ended" },
	{ "process.tty", KEY_WORD, FORM_ANY, AT(process.tty), tty_words, TTY_AUTO,
	  .help = "a terminal of its own when sbox has one (auto), or never" },
	{ "process.forward", KEY_WORD, FORM_ANY, AT(process.forward), forward_words,
	  FORWARD_AUTO,
	  .help = "signals that sbox gets go to the command's process, its group, or "
		  "never" },
	{ "process.kill_after_grace", KEY_BOOL, FORM_ANY, AT(process.kill_after_grace),
	  .help = "limits.grace counts from a signal to end that was passed on as well" },

	{ "namespaces.share", KEY_TEXTS, FORM_NAMESPACE, AT(namespaces.share),
	  .help = "namespaces of the host to stay in: ipc, uts, cgroup, time" },
	{ "namespaces.nested", KEY_BOOL, FORM_ANY, AT(namespaces.nested),
	  .help = "let the command make namespaces itself (browsers, other sandboxes)" },
	{ "namespaces.inner", KEY_BOOL, FORM_ANY, AT(namespaces.inner), NULL, 1,
	  .help = "false: no second user namespace, the command owns its namespaces" },

	{ "limits.tmpfs", KEY_SIZE, FORM_ANY, AT(limits.tmpfs), NULL, INT64_C(2) << 30,
	  .min = 1, .help = "bytes in each file system in memory" },
	{ "limits.inodes", KEY_COUNT, FORM_ANY, AT(limits.inodes), NULL, 400000, .min = 1,
	  .help = "files in each file system in memory" },
	{ "limits.pids", KEY_COUNT, FORM_ANY, AT(limits.pids), NULL, LIMIT_NONE, .min = 1,
	  .help = "processes and threads inside, all together" },
	{ "limits.nofile", KEY_COUNT, FORM_ANY, AT(limits.nofile), NULL, LIMIT_NONE,
	  .min = 1, .help = "open files of each process" },
	{ "limits.fsize", KEY_SIZE, FORM_ANY, AT(limits.fsize), NULL, LIMIT_NONE,
	  .help = "bytes in each file that is written" },
	{ "limits.core", KEY_SIZE, FORM_ANY, AT(limits.core), NULL, 0,
	  .help = "bytes of a core dump; 0: none is made, and no handler started" },
	{ "limits.stack", KEY_SIZE, FORM_ANY, AT(limits.stack), NULL, LIMIT_NONE,
	  .min = 1, .help = "bytes of stack of each process" },
	{ "limits.memlock", KEY_SIZE, FORM_ANY, AT(limits.memlock), NULL, LIMIT_NONE,
	  .help = "bytes that each process can lock in memory" },
	{ "limits.cpu_time", KEY_TIME, FORM_ANY, AT(limits.cpu_time), NULL, LIMIT_NONE,
	  .min = 1, .help = "time on the CPU of each process" },
	{ "limits.wall", KEY_TIME, FORM_ANY, AT(limits.wall), NULL, LIMIT_NONE, .min = 1,
	  .help = "time from start to end; then SIGTERM, and status 124" },
	{ "limits.grace", KEY_TIME, FORM_ANY, AT(limits.grace), NULL, 5000,
	  .help = "from that SIGTERM to SIGKILL" },
	/* with less nothing runs at all: whoever writes 4 means 4G */
	{ "limits.memory", KEY_SIZE, FORM_ANY, AT(limits.memory), NULL, LIMIT_NONE,
	  .min = 1 << 20, .help = "bytes of memory, all processes together" },
	{ "limits.swap", KEY_SIZE, FORM_ANY, AT(limits.swap), NULL, LIMIT_NONE,
	  .help = "bytes of swap space, all processes together" },
	{ "limits.cpu", KEY_PERCENT, FORM_ANY, AT(limits.cpu), NULL, LIMIT_NONE,
	  .help = "CPU time of all processes in any time, 100% is one CPU" },
	{ "limits.cpus", KEY_COUNT, FORM_ANY, AT(limits.cpus), NULL, LIMIT_NONE, .min = 1,
	  .help = "CPUs that the command is started on; it can ask for others" },
	{ "limits.require", KEY_TEXTS, FORM_LIMIT, AT(limits.require),
	  .help = "limits without which nothing is started, by name" },
	{ 0 },
};

#undef AT
#define AT(member) offsetof(struct mount, member)

const struct key mount_keys[] = {
	{ "type", KEY_WORD, FORM_ANY, AT(type), mount_words, .help = "what to mount" },
	{ "target", KEY_TEXT, FORM_PATH, AT(target), .help = "where, inside" },
	{ "source", KEY_TEXT, FORM_ANY, AT(source),
	  .help = "bind, socket, device: path of the host; symlink: what it points to" },
	{ "content", KEY_TEXT, FORM_ANY, AT(content), .help = "file: what is in it" },
	{ "lower", KEY_TEXTS, FORM_PATH, AT(lower),
	  .help = "overlay: directories of the host, the topmost first" },
	{ "upper", KEY_TEXT, FORM_PATH, AT(upper),
	  .help = "overlay: directory that keeps the changes; else they are thrown "
		  "away" },
	{ "work", KEY_TEXT, FORM_PATH, AT(work),
	  .help = "overlay: empty directory beside upper" },
	{ "size", KEY_SIZE, FORM_ANY, AT(size), .min = 1,
	  .help = "tmpfs: bytes; else limits.tmpfs" },
	{ "inodes", KEY_COUNT, FORM_ANY, AT(inodes), .min = 1,
	  .help = "tmpfs: files; else limits.inodes" },
	{ "mode", KEY_TEXT, FORM_MODE, AT(mode),
	  .help = "tmpfs, dir, file: permissions, octal" },
	{ "readonly", KEY_BOOL, FORM_ANY, AT(readonly), NULL, 1,
	  .help = "bind: true if not said; others: false if not said" },
	{ "noexec", KEY_BOOL, FORM_ANY, AT(noexec), .help = "no program is run from it" },
	{ "optional", KEY_BOOL, FORM_ANY, AT(optional),
	  .help = "skip it if the source is missing" },
	{ 0 },
};

const struct key *key_find(const struct key *table, const char *name)
{
	for (; table->name; table++)
		if (strcmp(table->name, name) == 0)
			return table;
	return NULL;
}

static void set_default(const struct key *key, void *base)
{
	void *member = (char *)base + key->offset;
	struct text *text = member;
	struct word *word = member;
	struct number *number = member;

	switch (key->type) {
	case KEY_TEXT:
		*text = (struct text){ .s = key->def_text };
		break;
	case KEY_WORD:
		*word = (struct word){ .value = (int)key->def };
		break;
	case KEY_BOOL:
	case KEY_COUNT:
	case KEY_SIZE:
	case KEY_TIME:
	case KEY_PERCENT:
		*number = (struct number){ .value = key->def };
		break;
	case KEY_TEXTS:
		*(struct texts *)member = (struct texts){ 0 };
		break;
	case KEY_PAIRS:
		*(struct pairs *)member = (struct pairs){ 0 };
		break;
	case KEY_MOUNTS:
		*(struct mounts *)member = (struct mounts){ 0 };
		break;
	}
}

void key_reset(const struct key *key, struct policy *policy)
{
	set_default(key, policy);
}

void policy_init(struct policy *policy)
{
	*policy = (struct policy){ 0 };
	for (const struct key *key = key_table; key->name; key++)
		set_default(key, policy);
}
