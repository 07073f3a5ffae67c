/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* options.c - the command line of bubblewrap; see options.h */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/io.h"
#include "bwrap/option.h"
#include "plan/plan.h"
#include "policy/forms.h"

#define WORDS_MAX 9000 /* bubblewrap's own bound, for the words of files too */
#define ARGS_BYTES_MAX ((size_t)16 << 20)

#define AT(name) offsetof(struct bwrap, name)

static void *member(struct bwrap *b, const struct option *o)
{
	return (char *)b + o->member;
}

/* ------------------------------------------------------- what options do */

static int on_flag(struct bwrap *b, const struct option *o, char *const *words,
		   struct error *err)
{
	(void)words;
	(void)err;
	*(bool *)member(b, o) = true;
	return 0;
}

static int on_all(struct bwrap *b, const struct option *o, char *const *words,
		  struct error *err)
{
	(void)o;
	(void)words;
	(void)err;
	b->user_try = b->ipc = b->pid = b->net = b->uts = b->cgroup_try = true;
	return 0;
}

static int on_share_net(struct bwrap *b, const struct option *o, char *const *words,
			struct error *err)
{
	(void)o;
	(void)words;
	(void)err;
	b->net = false;
	return 0;
}

static int on_text(struct bwrap *b, const struct option *o, char *const *words,
		   struct error *err)
{
	(void)err;
	*(const char **)member(b, o) = words[0];
	return 0;
}

static int on_argv0(struct bwrap *b, const struct option *o, char *const *words,
		    struct error *err)
{
	if (b->argv0)
		return error_set(err, "--%s used multiple times", o->name);
	b->argv0 = words[0];
	return 0;
}

static int on_fd(struct bwrap *b, const struct option *o, char *const *words,
		 struct error *err)
{
	int fd = -1;

	if (option_fd(words[0], &fd, err) < 0)
		return -1;
	*(int *)member(b, o) = fd;
	option_spend(b, fd);
	return 0;
}

static int on_id(struct bwrap *b, const struct option *o, char *const *words,
		 struct error *err)
{
	char *end;
	long long id;

	errno = 0;
	id = strtoll(words[0], &end, 10);
	if (errno || end == words[0] || *end || id < 0 || id > UINT32_MAX - 1)
		return error_set(err, "Invalid %s: %s", o->name, words[0]);
	*(int64_t *)member(b, o) = id;
	return 0;
}

static int on_filter(struct bwrap *b, const struct option *o, char *const *words,
		     struct error *err)
{
	int fd = -1;

	*(bool *)member(b, o) = true;
	if (b->one_filter && b->more_filters)
		return error_set(err, "--%s cannot be combined with --%s", o->name,
				 o->value ? "seccomp" : "add-seccomp-fd");
	if (option_fd(words[0], &fd, err) < 0)
		return -1;
	if (b->one_filter)
		b->filters_len = 0;
	*(int *)arena_append(b->arena, &b->filters, &b->filters_len, sizeof fd) = fd;
	option_spend(b, fd);
	return 0;
}

static int on_setenv(struct bwrap *b, const struct option *o, char *const *words,
		     struct error *err)
{
	(void)b;
	if (setenv(words[0], words[1], 1) < 0)
		return error_sys(err, "--%s %s", o->name, words[0]);
	return 0;
}

static int on_unsetenv(struct bwrap *b, const struct option *o, char *const *words,
		       struct error *err)
{
	(void)b;
	if (unsetenv(words[0]) < 0)
		return error_sys(err, "--%s %s", o->name, words[0]);
	return 0;
}

static int on_clearenv(struct bwrap *b, const struct option *o, char *const *words,
		       struct error *err)
{
	(void)b;
	(void)o;
	(void)words;
	if (clearenv() != 0)
		return error_set(err, "the environment cannot be cleared");
	return 0;
}

static int on_cap(struct bwrap *b, const struct option *o, char *const *words,
		  struct error *err)
{
	const int number =
		strcasecmp(words[0], "all") == 0 ? CAPS_ALL : cap_number(words[0]);
	const uint64_t caps =
		number == CAPS_ALL ? UINT64_MAX : UINT64_C(1) << (number & 63);

	if (number == -1)
		return error_set(err, "unknown cap: %s", words[0]);
	b->caps = o->value ? b->caps | caps : b->caps & ~caps;
	return 0;
}

static int on_lock(struct bwrap *b, const struct option *o, char *const *words,
		   struct error *err)
{
	if (b->locks_len >= PLAN_LOCKS)
		return error_set(err, "--%s: more than %d files", o->name, PLAN_LOCKS);
	*(const char **)arena_append(b->arena, &b->locks, &b->locks_len,
				     sizeof *b->locks) = words[0];
	return 0;
}

static int parse_command_line(struct bwrap *b, char **words, struct error *err);

/* The words are separated by NULs, and the last of them may go without. */
static int on_args(struct bwrap *b, const struct option *o, char *const *words,
		   struct error *err)
{
	char **list = NULL, *text = NULL;
	size_t len = 0, n = 0;
	int fd = -1, ret;

	if (b->in_file)
		return error_set(err, "--%s not supported in arguments file", o->name);
	if (option_fd(words[0], &fd, err) < 0)
		return -1;
	if (io_read_all(fd, ARGS_BYTES_MAX, b->arena, &text, &len) < 0)
		return error_sys(err, "Can't read --%s data", o->name);
	option_spend(b, fd);
	(void)close(fd);
	for (const char *at = text; at < text + len; at += strlen(at) + 1)
		*(const char **)arena_append(b->arena, &list, &n, sizeof *list) = at;
	*(const char **)arena_append(b->arena, &list, &n, sizeof *list) = NULL;
	b->in_file = true;
	ret = parse_command_line(b, list, err);
	b->in_file = false;
	return ret;
}

/* --------------------------------------------------------------- the table */

static const struct option options[] = {
	{ "help", 0, on_flag, AT(help), .help = "print this help" },
	{ "version", 0, on_flag, AT(version), .help = "print the version" },
	{ "explain", 0, on_flag, AT(explain),
	  .help = "print a profile of sbox that means the same, and run nothing" },
	{ "args", 1, on_args, .arguments = "FD",
	  .help = "options from FD, each with a NUL behind it" },
	{ "argv0", 1, on_argv0, .arguments = "VALUE", .help = "argv[0] of the command" },
	{ "level-prefix", 0, on_flag, AT(level_prefix),
	  .help = "put levels as <3> in front of messages" },
	{ "unshare-all", 0, on_all, .help = "unshare every namespace there is" },
	{ "share-net", 0, on_share_net, .help = "keep the network, after --unshare-all" },
	{ "unshare-user", 0, on_flag, AT(user),
	  .help = "a user namespace (there always is one)" },
	{ "unshare-user-try", 0, on_flag, AT(user_try), .help = "the same" },
	{ "unshare-ipc", 0, on_flag, AT(ipc), .help = "an IPC namespace" },
	{ "unshare-pid", 0, on_flag, AT(pid),
	  .help = "a PID namespace (there always is one)" },
	{ "unshare-net", 0, on_flag, AT(net), .help = "a network namespace" },
	{ "unshare-uts", 0, on_flag, AT(uts), .help = "a UTS namespace" },
	{ "unshare-cgroup", 0, on_flag, AT(cgroup), .help = "a cgroup namespace" },
	{ "unshare-cgroup-try", 0, on_flag, AT(cgroup_try),
	  .help = "a cgroup namespace, if there can be one" },
	{ "userns", 1, on_fd, AT(userns_fd), .once = true, .arguments = "FD",
	  .help = "use this user namespace" },
	{ "userns2", 1, on_fd, AT(userns2_fd), .once = true, .arguments = "FD",
	  .help = "switch to this user namespace behind the set-up" },
	{ "disable-userns", 0, on_flag, AT(disable_userns),
	  .help = "no further user namespaces inside" },
	{ "assert-userns-disabled", 0, on_flag, AT(assert_userns),
	  .help = "fail unless there can be none" },
	{ "pidns", 1, on_fd, AT(pidns_fd), .once = true, .arguments = "FD",
	  .help = "use this PID namespace" },
	{ "uid", 1, on_id, AT(uid), .once = true, .arguments = "UID",
	  .help = "user id inside" },
	{ "gid", 1, on_id, AT(gid), .once = true, .arguments = "GID",
	  .help = "group id inside" },
	{ "hostname", 1, on_text, AT(hostname), .once = true, .arguments = "NAME",
	  .help = "host name inside (with --unshare-uts)" },
	{ "chdir", 1, on_text, AT(chdir), .once = true, .arguments = "DIR",
	  .help = "directory that the command starts in" },
	{ "clearenv", 0, on_clearenv, .help = "unset all variables" },
	{ "setenv", 2, on_setenv, .arguments = "VAR VALUE", .help = "set a variable" },
	{ "unsetenv", 1, on_unsetenv, .arguments = "VAR", .help = "unset a variable" },
	{ "lock-file", 1, on_lock, .arguments = "DEST",
	  .help = "hold a read lock on DEST while the sandbox runs" },
	{ "sync-fd", 1, on_fd, AT(sync_fd), .once = true, .arguments = "FD",
	  .help = "keep FD open while the sandbox runs" },
	{ "bind", 2, op_bind, .value = 0, .arguments = "SRC DEST",
	  .help = "show SRC of the host at DEST, writable" },
	{ "bind-try", 2, op_bind, .value = BWRAP_TRY, .arguments = "SRC DEST",
	  .help = "the same, unless SRC is missing" },
	{ "dev-bind", 2, op_bind, .value = BWRAP_DEVICES, .arguments = "SRC DEST",
	  .help = "the same, with devices" },
	{ "dev-bind-try", 2, op_bind, .value = BWRAP_DEVICES | BWRAP_TRY,
	  .arguments = "SRC DEST", .help = "the same, unless SRC is missing" },
	{ "ro-bind", 2, op_bind, .value = BWRAP_READONLY, .arguments = "SRC DEST",
	  .help = "show SRC of the host at DEST, read-only" },
	{ "ro-bind-try", 2, op_bind, .value = BWRAP_READONLY | BWRAP_TRY,
	  .arguments = "SRC DEST", .help = "the same, unless SRC is missing" },
	{ "bind-fd", 2, op_bind_fd, .value = 0, .arguments = "FD DEST",
	  .help = "show what FD is open on at DEST, writable" },
	{ "ro-bind-fd", 2, op_bind_fd, .value = BWRAP_READONLY, .arguments = "FD DEST",
	  .help = "the same, read-only" },
	{ "remount-ro", 1, op_place, .value = BWRAP_REMOUNT, .arguments = "DEST",
	  .help = "make the mount at DEST read-only" },
	{ "overlay-src", 1, op_overlay_src, .arguments = "SRC",
	  .help = "a lower directory of the overlay that follows" },
	{ "overlay", 3, op_overlay, .value = BWRAP_OVERLAY,
	  .arguments = "RWSRC WORKDIR DEST", .help = "an overlay, with writes to RWSRC" },
	{ "tmp-overlay", 1, op_overlay, .value = BWRAP_TMP_OVERLAY, .arguments = "DEST",
	  .help = "an overlay, with writes to memory" },
	{ "ro-overlay", 1, op_overlay, .value = BWRAP_RO_OVERLAY, .arguments = "DEST",
	  .help = "an overlay that cannot be written to" },
	{ "exec-label", 1, on_text, AT(exec_label), .once = true, .arguments = "LABEL",
	  .help = "SELinux label of the command" },
	{ "file-label", 1, on_text, AT(file_label), .once = true, .arguments = "LABEL",
	  .help = "SELinux label of files in memory" },
	{ "proc", 1, op_place, .value = BWRAP_PROC, .arguments = "DEST",
	  .help = "a new procfs" },
	{ "dev", 1, op_place, .value = BWRAP_DEV, .arguments = "DEST",
	  .help = "a new /dev" },
	{ "tmpfs", 1, op_place, .value = BWRAP_TMPFS, .arguments = "DEST",
	  .help = "an empty directory in memory" },
	{ "mqueue", 1, op_place, .value = BWRAP_MQUEUE, .arguments = "DEST",
	  .help = "POSIX message queues" },
	{ "dir", 1, op_place, .value = BWRAP_DIR, .arguments = "DEST",
	  .help = "make a directory" },
	{ "file", 2, op_data, .value = -1, .arguments = "FD DEST",
	  .help = "write what FD gives to a file" },
	{ "bind-data", 2, op_data, .value = 0, .arguments = "FD DEST",
	  .help = "show what FD gives at DEST" },
	{ "ro-bind-data", 2, op_data, .value = BWRAP_READONLY, .arguments = "FD DEST",
	  .help = "the same, read-only" },
	{ "symlink", 2, op_symlink, .arguments = "SRC DEST",
	  .help = "make DEST a symbolic link to SRC" },
	{ "seccomp", 1, on_filter, AT(one_filter), .value = 0, .once = true,
	  .arguments = "FD", .help = "load the compiled filter that FD gives" },
	{ "add-seccomp-fd", 1, on_filter, AT(more_filters), .value = 1, .arguments = "FD",
	  .help = "the same, and may be repeated" },
	{ "block-fd", 1, on_fd, AT(block_fd), .once = true, .arguments = "FD",
	  .help = "wait for FD before the command is run" },
	{ "userns-block-fd", 1, on_fd, AT(userns_block_fd), .once = true,
	  .arguments = "FD", .help = "wait for FD until the id maps are written" },
	{ "info-fd", 1, on_fd, AT(info_fd), .once = true, .arguments = "FD",
	  .help = "write the sandbox's process and namespaces to FD" },
	{ "json-status-fd", 1, on_fd, AT(json_fd), .once = true, .arguments = "FD",
	  .help = "write these and the exit code to FD, as lines of JSON" },
	{ "new-session", 0, on_flag, AT(new_session),
	  .help = "no controlling terminal of the caller's (there never is)" },
	{ "die-with-parent", 0, on_flag, AT(with_parent),
	  .help = "end when whoever started bwrap does" },
	{ "not-a-security-boundary", 0, on_flag, AT(not_a_boundary),
	  .help = "changes nothing: what cannot be set up is an error here" },
	{ "as-pid-1", 0, on_flag, AT(as_pid_1), .help = "the command is process 1" },
	{ "cap-add", 1, on_cap, .value = 1, .arguments = "CAP",
	  .help = "give the command a capability" },
	{ "cap-drop", 1, on_cap, .value = 0, .arguments = "CAP",
	  .help = "take a capability away" },
	{ "perms", 1, op_perms, .arguments = "OCTAL",
	  .help = "permissions of what the next option makes" },
	{ "size", 1, op_size, .arguments = "BYTES", .help = "size of the next --tmpfs" },
	{ "chmod", 2, op_chmod, .arguments = "OCTAL PATH",
	  .help = "change the permissions of PATH" },
};

#define OPTIONS (sizeof options / sizeof options[0])

/* ----------------------------------------------------------------- parsing */

static const struct option *find_option(const char *word)
{
	for (size_t i = 0; strncmp(word, "--", 2) == 0 && i < OPTIONS; i++)
		if (strcmp(word + 2, options[i].name) == 0)
			return &options[i];
	return NULL;
}

/* What --perms, --size and --overlay-src were for must come next. */
static int check_pending(const struct bwrap *b, struct error *err)
{
	if (b->lowers_len > 0)
		return error_set(
			err, "--overlay-src must be followed by another --overlay-src "
			     "or one of --overlay, --tmp-overlay, or --ro-overlay");
	if (b->perms >= 0)
		return error_set(err,
				 "--perms must be followed by an option that creates "
				 "a file");
	if (b->size > 0)
		return error_set(err, "--size must be followed by --tmpfs");
	return 0;
}

static int parse_option(struct bwrap *b, const struct option *o, char **words,
			struct error *err)
{
	static const char *const numbers[] = { "no", "one", "two", "three" };
	bool *before = &b->seen[o - options];

	for (int i = 0; i < o->words; i++)
		if (!words[i])
			return error_set(err, "--%s takes %s argument%s", o->name,
					 numbers[o->words], o->words == 1 ? "" : "s");
	if (o->once && *before)
		strbuf_printf(&b->warnings,
			      "Only the last --%s option will take effect\n", o->name);
	*before = true;
	if (o->take(b, o, words, err) < 0)
		return -1;
	/* --perms alone may still be waiting, and only for what it is for */
	return o->take == op_perms || o->take == op_size || o->take == op_overlay_src ||
			       o->take == on_args
		       ? 0
		       : check_pending(b, err);
}

/* Up to the command, which a file of words cannot name. */
static int parse_command_line(struct bwrap *b, char **words, struct error *err)
{
	for (; *words; words++) {
		const struct option *o = find_option(*words);

		if (++b->words > WORDS_MAX)
			return error_set(err, "Exceeded maximum number of arguments %d",
					 WORDS_MAX);
		if (strcmp(*words, "--") == 0 || (!o && **words != '-')) {
			if (!b->in_file)
				b->command =
					(const char *const *)(words + (**words == '-'));
			return 0;
		}
		if (!o)
			return error_set(err, "Unknown option %s", *words);
		if (parse_option(b, o, words + 1, err) < 0)
			return -1;
		if (b->help || b->version)
			return 0;
		words += o->words;
		b->words += (size_t)o->words;
	}
	return 0;
}

/* Options that make no sense together, or without each other. */
static int check_together(const struct bwrap *b, struct error *err)
{
	const struct {
		bool wrong;
		const char *why;
	} rules[] = {
		{ b->userns_fd >= 0 && b->user,
		  "--userns not compatible --unshare-user" },
		{ b->userns_fd >= 0 && b->user_try,
		  "--userns not compatible --unshare-user-try" },
		{ b->disable_userns && !b->user,
		  "--disable-userns requires --unshare-user" },
		{ b->disable_userns && b->userns_block_fd >= 0,
		  "--disable-userns is not compatible with --userns-block-fd" },
		{ b->userns_block_fd >= 0 && b->info_fd < 0,
		  "--userns-block-fd requires --info-fd" },
		{ b->userns_block_fd >= 0 && !b->user,
		  "--userns-block-fd requires --unshare-user" },
		{ b->hostname && !b->uts,
		  "Specifying --hostname requires --unshare-uts" },
		{ b->as_pid_1 && !b->pid,
		  "Specifying --as-pid-1 requires --unshare-pid" },
		{ b->as_pid_1 && b->locks_len > 0,
		  "Specifying --as-pid-1 and --lock-file is not permitted" },
	};

	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
		if (rules[i].wrong)
			return error_set(err, "%s", rules[i].why);
	return 0;
}

int bwrap_parse(char **argv, struct bwrap *ret, struct error *err)
{
	struct arena *arena = ret->arena;
	bool *seen = arena_alloc(arena, OPTIONS * sizeof *seen);

	*ret = (struct bwrap){ .arena = arena,
			       .mode = ret->mode,
			       .environ = ret->environ,
			       .inherited = ret->inherited,
			       .inherited_len = ret->inherited_len,
			       .uid = -1,
			       .gid = -1,
			       .sync_fd = -1,
			       .block_fd = -1,
			       .userns_block_fd = -1,
			       .info_fd = -1,
			       .json_fd = -1,
			       .userns_fd = -1,
			       .userns2_fd = -1,
			       .pidns_fd = -1,
			       .perms = -1,
			       .seen = seen };
	if (parse_command_line(ret, argv + 1, err) < 0)
		return -1;
	if (ret->help || ret->version)
		return 0;
	if (check_pending(ret, err) < 0 || check_together(ret, err) < 0)
		return -1;
	if (ret->locks)
		*(const char **)arena_append(arena, &ret->locks, &ret->locks_len,
					     sizeof *ret->locks) = NULL;
	return 0;
}

void bwrap_print_help(const char *program, struct strbuf *out)
{
	strbuf_printf(out, "usage: %s [OPTIONS...] [--] COMMAND [ARGS...]\n\n", program);
	for (size_t i = 0; i < OPTIONS; i++) {
		const struct option *o = &options[i];
		const size_t len =
			strlen(o->name) + (o->arguments ? strlen(o->arguments) + 1 : 0);

		strbuf_printf(out, "    --%s%s%s", o->name, o->arguments ? " " : "",
			      o->arguments ? o->arguments : "");
		strbuf_fill(out, ' ', len < 30 ? 30 - len : 1);
		strbuf_printf(out, "%s\n", o->help);
	}
}
