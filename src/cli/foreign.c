/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* foreign.c - what people type who come from another program; see foreign.h */
#include "config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/strbuf.h"
#include "cli/foreign.h"

/* What no shell reads as anything but itself. */
#define PLAIN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=@%+,-"

/*
 * In the line "@1" and "@2" are the option's values, "@*" both, or one where they are
 * equal, "@f" a file, "@n" a number, "@s" a time, "@u" a size, "@%" CPUs as percent,
 * "@:" a user and the group, "@=" a variable with its value. Without a line, and where
 * the values do not fit, it is said what is here.
 */
static const struct row {
	const char *name;
	const char *value; /* the row is for this value alone; NULL: for all */
	const char *here, *line;
} rows[] = {
	/* of containers */
	{ "e", NULL, "--setenv=NAME=VALUE, or --pass-env=NAME", "--setenv=@=" },
	{ "env", NULL, "--setenv=NAME=VALUE, or --pass-env=NAME", "--setenv=@=" },
	{ "env-file", NULL, "[env] set = { NAME = \"VALUE\" } in a profile",
	  "--args-fd=9 9< <(sed -n '/^[^#].*=/s/^/--setenv=/p' @1 | tr '\\n' '\\0')" },
	{ "volume", NULL,
	  "--read=DIR or --write=DIR, or with another name --read=DIR:INSIDE", NULL },
	{ "mount", NULL,
	  "--read=DIR or --write=DIR; sbox.toml(5), fs.mount, has all kinds", NULL },
	{ "w", NULL, "--chdir=DIR", "--chdir=@1" },
	{ "workdir", NULL, "--chdir=DIR", "--chdir=@1" },
	{ "u", NULL, "--user=UID:GID, root or caller", "--user=@:" },
	{ "m", NULL, "--limit=memory=SIZE", "--limit=memory=@u" },
	{ "memory", NULL, "--limit=memory=SIZE", "--limit=memory=@u" },
	{ "cpus", NULL,
	  "--limit=cpu=PERCENT%, or --limit=cpus=N for the processors it sees",
	  "--limit=cpu=@%" },
	{ "pids-limit", NULL, "--limit=pids=N", "--limit=pids=@n" },
	{ "network", "host", NULL, "--net=host" },
	{ "network", "none", "not needed: the network is off unless --net turns it on",
	  NULL },
	{ "network", NULL, "--net=auto, a network of its own; --net=host is the host's",
	  NULL },
	{ "init", NULL, "not needed: process 1 is sbox's own, and reaps", NULL },
	{ "ipc", "host", "--set='namespaces.share=[\"ipc\"]'", NULL },
	{ "ipc", NULL, "not needed: every namespace is the sandbox's own", NULL },
	{ "pid", NULL, "not to be had: other processes are out of its sight", NULL },
	{ "shm-size", NULL, "--limit=tmpfs=SIZE", "--limit=tmpfs=@u" },
	{ "ulimit", NULL, "--limit=NAME=VALUE: nofile, core, fsize, stack, memlock, pids",
	  NULL },
	{ "device", NULL, "a [[fs.mount]] of type \"device\" in a profile",
	  "--set='fs.mount=[{type=\"device\",source=\"@f\",target=\"@f\"}]'" },
	{ "rm", NULL, "not needed: nothing is left of a sandbox", NULL },
	{ "i", NULL, "not needed: the command has your standard input", NULL },
	{ "t", NULL, "not needed: on a terminal the command gets one", NULL },
	{ "it", NULL, "not needed: on a terminal the command gets one", NULL },
	{ "tty", NULL, "not needed: on a terminal the command gets one", NULL },
	{ "interactive", NULL, "not needed: the command has your standard input", NULL },
	{ "d", NULL, "--hold, with --name=NAME and \"sboxctl exec\"", NULL },
	{ "detach", NULL, "--hold, with --name=NAME and \"sboxctl exec\"", NULL },
	{ "privileged", NULL,
	  "not to be had; --profile=container is root of its own system", NULL },
	{ "cap-add", NULL, "--set='caps.keep=[\"NAME\"]'", NULL },
	{ "cap-drop", NULL, "not needed: the command has no capability", NULL },
	{ "security-opt", "no-new-privileges", "not needed: no_new_privs is always set",
	  NULL },
	{ "security-opt", "seccomp=unconfined", NULL, "--set='seccomp.base=\"none\"'" },
	{ "security-opt", NULL, "--set='seccomp.base=\"strict\"' and the keys beside it",
	  NULL },
	{ "entrypoint", NULL, "the command itself, behind the options", NULL },
	{ "read-only", NULL,
	  "not needed: the root is read-only; in what is writable it is --protect=PATH",
	  NULL },
	/* of timeout(1) and ulimit */
	{ "timeout", NULL, "--limit=wall=TIME", "--limit=wall=@s" },
	{ "kill-after", NULL, "--limit=grace=TIME", "--limit=grace=@s" },
	{ "k", NULL, "--limit=grace=TIME", "--limit=grace=@s" },
	{ "s", NULL,
	  "not to be had: a limit sends SIGTERM, and SIGKILL after limits.grace", NULL },
	{ "signal", NULL,
	  "not to be had: a limit sends SIGTERM, and SIGKILL after limits.grace", NULL },
	{ "preserve-status", NULL, "not to be had: what ran out of time gives 124",
	  NULL },
	{ "foreground", NULL,
	  "not needed: the command is in the foreground of its terminal", NULL },
	/* of bubblewrap */
	{ "bind", NULL, "--write=DIR[:INSIDE]", "--write=@*" },
	{ "bind-try", NULL, "--write=?DIR[:INSIDE]", "--write=?@*" },
	{ "ro-bind", NULL, "--read=DIR[:INSIDE]", "--read=@*" },
	{ "ro-bind-try", NULL, "--read=?DIR[:INSIDE]", "--read=?@*" },
	{ "dev-bind", "/", "--read=DIR or --write=DIR of what it needs; a /dev is there",
	  NULL },
	{ "dev-bind", "/dev", "not needed: a /dev with what programs need is there",
	  NULL },
	{ "dev-bind", NULL, "a [[fs.mount]] of type \"device\" in a profile",
	  "--set='fs.mount=[{type=\"device\",source=\"@f\",target=\"@f\"}]'" },
	{ "unshare-net", NULL, "not needed: the network is off unless --net turns it on",
	  NULL },
	{ "unshare-all", NULL, "not needed: every namespace is the sandbox's own", NULL },
	{ "unshare-user", NULL, "not needed: every namespace is the sandbox's own",
	  NULL },
	{ "unshare-pid", NULL, "not needed: every namespace is the sandbox's own", NULL },
	{ "share-net", NULL, "--net=host", NULL },
	{ "uid", NULL, "--user=UID:GID, root or caller", "--user=@:" },
	{ "gid", NULL, "--user=UID:GID, root or caller", "--user=@:" },
	{ "symlink", NULL, "a [[fs.mount]] of type \"symlink\" in a profile",
	  "--set='fs.mount=[{type=\"symlink\",source=\"@1\",target=\"@2\"}]'" },
	{ "die-with-parent", NULL, "the default: process.die_with_parent", NULL },
	{ "new-session", NULL, "not needed: the command is in a session of its own",
	  NULL },
	{ "clearenv", NULL, "not needed: the environment starts empty", NULL },
	{ "info-fd", NULL, "--status-fd=N", NULL },
	{ "json-status-fd", NULL, "--status-fd=N", NULL },
	/* of firejail and nsjail */
	{ "private", NULL,
	  "not needed: no home directory is shown; --write=DIR shows one", NULL },
	{ "whitelist", NULL, "--read=DIR or --write=DIR", "--write=@1" },
	{ "noblacklist", NULL, "not needed: only what is listed is there", NULL },
	{ "blacklist", NULL, "--deny=PATH", "--deny=@1" },
	{ "noprofile", NULL, NULL, "--profile=base" },
	{ "nonewprivs", NULL, "not needed: no_new_privs is always set", NULL },
	{ "private-tmp", NULL, "not needed: /tmp is the sandbox's own", NULL },
	{ "private-dev", NULL, "not needed: /dev is the sandbox's own", NULL },
	{ "read-write", NULL, "--write=DIR", "--write=@1" },
	{ "noroot", NULL, NULL, "--user=caller" },
	{ "seccomp", NULL, "the default: seccomp.base", NULL },
	{ "caps.drop", NULL, "not needed: the command has no capability", NULL },
	{ "rlimit-as", NULL, "--limit=memory=SIZE", "--limit=memory=@u" },
	{ "rlimit-fsize", NULL, "--limit=fsize=SIZE", "--limit=fsize=@u" },
	{ "rlimit-nproc", NULL, "--limit=pids=N", "--limit=pids=@n" },
	{ "rlimit-nofile", NULL, "--limit=nofile=N", "--limit=nofile=@n" },
	{ "M", NULL, "not needed: a sandbox runs its command once", NULL },
	{ "chroot", NULL, "--root=DIR", "--root=@1" },
	{ "c", NULL, "--root=DIR", "--root=@1" },
	{ "R", NULL, "--read=DIR[:INSIDE]", "--read=@1" },
	{ "B", NULL, "--write=DIR[:INSIDE]", "--write=@1" },
	{ "T", NULL, "--tmpfs=DIR", "--tmpfs=@1" },
	{ "E", NULL, "--setenv=NAME=VALUE, or --pass-env=NAME", "--setenv=@=" },
	{ "D", NULL, "--chdir=DIR", "--chdir=@1" },
	{ "rlimit_nofile", NULL, "--limit=nofile=N", "--limit=nofile=@n" },
	{ "cgroup_mem_max", NULL, "--limit=memory=SIZE", "--limit=memory=@u" },
	{ "cgroup_pids_max", NULL, "--limit=pids=N", "--limit=pids=@n" },
	{ "bindmount", NULL, "--write=DIR[:INSIDE]", "--write=@1" },
	{ "bindmount_ro", NULL, "--read=DIR[:INSIDE]", "--read=@1" },
	{ "time_limit", NULL, "--limit=wall=TIME", "--limit=wall=@s" },
	{ "cwd", NULL, "--chdir=DIR", "--chdir=@1" },
};

/* Whether all of @text are of @chars, and there are some. */
static bool only(const char *text, const char *chars)
{
	return *text && text[strspn(text, chars)] == '\0';
}

/* "5" is "5s", "1d" is "24h", which is the largest unit that we have; fractions are not.
 */
static bool add_wall_time(struct strbuf *out, const char *value)
{
	const size_t digits = strspn(value, "0123456789");
	const char *unit = value + digits;

	if (digits == 0 || digits > 9 || !(*unit == '\0' || only(unit, "smhd")) ||
	    (*unit && unit[1]))
		return false;
	if (*unit == 'd')
		strbuf_printf(out, "%ldh", strtol(value, NULL, 10) * 24);
	else
		strbuf_printf(out, "%s%s", value, *unit ? "" : "s");
	return true;
}

/* "1g" and "1gb" are "1G". */
static bool add_size(struct strbuf *out, const char *value)
{
	const size_t digits = strspn(value, "0123456789");
	const char *unit = strchr("kKmMgGtT", value[digits]);

	if (digits == 0 || !unit ||
	    (value[digits] && value[digits + 1] &&
	     strcasecmp(value + digits + 1, "b") != 0))
		return false;
	strbuf_addn(out, value, digits);
	if (value[digits])
		strbuf_addc(out, (char)(value[digits] & ~0x20));
	return true;
}

/* "1.5" are "150%". */
static bool add_percent(struct strbuf *out, const char *value)
{
	const double cpus = only(value, "0123456789.") ? strtod(value, NULL) : 0;

	if (cpus < 0.01 || cpus > 10000)
		return false;
	strbuf_printf(out, "%.0f%%", cpus * 100);
	return true;
}

/* "5" is "5:5". */
static bool add_user(struct strbuf *out, const char *value)
{
	const size_t digits = strspn(value, "0123456789");

	if (digits == 0 || (value[digits] && !(value[digits] == ':' &&
					       only(value + digits + 1, "0123456789"))))
		return false;
	strbuf_printf(out, "%s%s%s", value, value[digits] ? "" : ":",
		      value[digits] ? "" : value);
	return true;
}

static bool add_both(struct strbuf *out, const char *first, const char *second)
{
	strbuf_add(out, first);
	if (second && strcmp(first, second) != 0)
		strbuf_printf(out, ":%s", second);
	return second != NULL;
}

/* What a line has for @slot; false: the values do not fit. */
static bool add_slot(struct strbuf *out, char slot, const struct foreign *f)
{
	switch (slot) {
	case '*':
		return add_both(out, f->first, f->second);
	case 'f':
		strbuf_add(out, f->first);
		return *f->first == '/' && !strchr(f->first, ':');
	case 's':
		return add_wall_time(out, f->first);
	case 'u':
		return add_size(out, f->first);
	case '%':
		return add_percent(out, f->first);
	case ':':
		return add_user(out, f->first);
	case '=':
		strbuf_add(out, f->first);
		return strchr(f->first, '=') != NULL;
	case 'n':
		strbuf_add(out, f->first);
		return only(f->first, "0123456789");
	case '2':
		strbuf_add(out, f->second ? f->second : "");
		return f->second != NULL;
	default:
		strbuf_add(out, f->first);
		return true;
	}
}

/* Whether values of other programs can be pasted into a shell as they are. */
static bool plain(const char *value)
{
	return !value || only(value, PLAIN);
}

/* @line with its values; NULL: they do not fit. *ret_used: how many of them are in it. */
static const char *fill_words(struct arena *arena, const char *line,
			      const struct foreign *f, unsigned *ret_used)
{
	_cleanup_strbuf_ struct strbuf out = { 0 };
	unsigned used = 0;

	for (const char *slot; (slot = strchr(line, '@')); line = slot + 2) {
		const unsigned n = slot[1] == '2' || slot[1] == '*' ? 2 : 1;

		if (!f->first || !plain(f->first) || (n == 2 && !plain(f->second)))
			return NULL;
		strbuf_addn(&out, line, (size_t)(slot - line));
		if (!add_slot(&out, slot[1], f))
			return NULL;
		used = n > used ? n : used;
	}
	strbuf_add(&out, line);
	*ret_used = used;
	return arena_strdup(arena, strbuf_str(&out));
}

const char *foreign_option(struct arena *arena, const struct foreign *f,
			   unsigned *ret_used)
{
	const struct row *row = rows, *end = rows + sizeof rows / sizeof rows[0];
	const char *line;

	*ret_used = 0;
	while (row < end &&
	       (strcmp(row->name, f->name) != 0 ||
		(row->value && (!f->first || strcmp(f->first, row->value) != 0))))
		row++;
	if (row == end)
		return NULL;
	line = row->line ? fill_words(arena, row->line, f, ret_used) : NULL;
	return line ? line : row->here;
}
