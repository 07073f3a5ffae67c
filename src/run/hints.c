/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hints.c - what a person could do about a failure; see hints.h */
#include "config.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "policy/forms.h"
#include "policy/units.h"
#include "run/hints.h"
#include "verdict/verdict.h"

#define SHELL_FD_MIN 10 /* shells give no lower descriptor a name by themselves */

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* Where a search along @dir (as PATH) finds @name on the host, into @path. */
static bool find_on_host(const char *name, const char *dir, char *path, size_t size)
{
	if (strchr(name, '/'))
		return (size_t)snprintf(path, size, "%s", name) < size &&
		       is_program(path);
	while (dir && *dir) {
		size_t len = strcspn(dir, ":");
		int n = snprintf(path, size, "%.*s/%s", (int)len, dir, name);

		if (len > 0 && n > 0 && (size_t)n < size && is_program(path))
			return true;
		dir += len + (dir[len] == ':');
	}
	return false;
}

/* The entry of fs.deny that @real is in, NULL if none is. */
static const struct text *denied(struct arena *arena, const struct texts *deny,
				 const char *real)
{
	struct fsspec spec;

	for (size_t i = 0; i < deny->len; i++)
		if (fsspec_parse(arena, deny->items[i].s, NULL, &spec) == 0 &&
		    path_within(real, spec.source))
			return &deny->items[i];
	return NULL;
}

/* What the sandbox has of @path, which is absolute; with ".." that is not known. */
static enum answer can_run(const struct plan *plan, const struct host *host,
			   const char *path)
{
	struct arena arena = { 0 };
	struct path_verdict verdict = { .may = { ANSWER_UNKNOWN, ANSWER_UNKNOWN,
						 ANSWER_UNKNOWN } };
	struct verdict says = { 0 };
	const char *clean = path_clean(&arena, path);
	struct view view;

	view_init(&view, plan, host, &arena);
	if (clean)
		verdict_path(&view, clean, &verdict, &says);
	arena_done(&arena);
	return verdict.may[PATH_READ] == ANSWER_NO ? ANSWER_NO : verdict.may[PATH_EXEC];
}

/*
 * @real is what the host has; @found, where a search along the caller's PATH has found
 * it, if the sandbox does not look there: NULL if it does.
 */
static void add_hint(const struct policy *policy, const char *real, const char *found,
		     struct error *err)
{
	const struct fsspec entry = { .source = real, .target = found ? found : real };
	size_t len = strnlen(err->msg, sizeof err->msg), room = sizeof err->msg - len;
	struct arena arena = { 0 };
	const struct text *deny = denied(&arena, &policy->fs.deny, real);

	if (deny)
		(void)snprintf(err->msg + len, room,
			       "; the host has it, and fs.deny hides it (%s:%u)",
			       deny->pos.file, deny->pos.line);
	else
		(void)snprintf(err->msg + len, room,
			       "; the host has it, but the profile does not show it: "
			       "--read=%.500s%s%.300s (fs.read%s)",
			       fsspec_text(&arena, &entry), found ? " --path=" : "",
			       found ? path_parent(&arena, found) : "",
			       found ? ", env.path" : "");
	arena_done(&arena);
}

/* It is shown, where nobody looks for it. */
static void add_path_hint(const char *path, struct error *err)
{
	size_t len = strnlen(err->msg, sizeof err->msg), room = sizeof err->msg - len;
	const char *name = strrchr(path, '/');

	(void)snprintf(err->msg + len, room,
		       "; %.500s is shown, but its directory is not in the sandbox's "
		       "PATH: --path=%.*s (env.path) puts it there",
		       path, (int)(name - path), path);
}

/* "-v SRC:DST" of containers is --verbose here, and a command. */
static void add_volume_hint(const char *name, struct error *err)
{
	size_t len = strnlen(err->msg, sizeof err->msg), room = sizeof err->msg - len;

	(void)snprintf(err->msg + len, room,
		       "; if it is to be shown inside: --read=%.200s or --write=%.200s",
		       name, name);
}

/* It is shown, but a relative name leads elsewhere. */
static void add_cwd_hint(const char *real, struct error *err)
{
	size_t len = strnlen(err->msg, sizeof err->msg), room = sizeof err->msg - len;

	(void)snprintf(
		err->msg + len, room,
		"; the command starts in / there, and the current directory is not "
		"shown: say %.500s, or show it (--read=.)",
		real);
}

/* "sbox doctor": a subcommand of the other program. */
static void add_ctl_hint(const char *name, struct error *err)
{
	static const char *const names[] = { "doctor",  "exec", "explain", "kill",
					     "profile", "list", "help",    "stop" };
	size_t len = strnlen(err->msg, sizeof err->msg), room = sizeof err->msg - len;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(name, names[i]) == 0)
			(void)snprintf(
				err->msg + len, room,
				"; sandboxes are managed by sboxctl (sboxctl --help)");
}

/* Whether the directory that one stands in brings a program @name, as those of node and
 * python do, which is shown. */
static bool find_in_project(const struct plan *plan, const struct host *host,
			    const char *name, char *path, size_t size)
{
	static const char *const dirs[] = { "node_modules/.bin", ".venv/bin", "venv/bin",
					    "vendor/bin" };

	for (size_t i = 0; !strchr(name, '/') && i < sizeof dirs / sizeof dirs[0]; i++) {
		int len = snprintf(path, size, "%s/%s/%s", plan->cwd, dirs[i], name);

		if (len > 0 && (size_t)len < size && access(path, X_OK) == 0 &&
		    can_run(plan, host, path) == ANSWER_YES)
			return true;
	}
	return false;
}

void hint_command(const struct plan *plan, const struct policy *policy,
		  const struct host *host, struct error *err)
{
	char path[PATH_MAX], real[PATH_MAX];
	const char *name = plan->argv[0];
	bool inside;

	if (err->status != EXIT_NOCMD || !name[0])
		return;
	/* the directories of the sandbox's PATH first: it may show a link but not its
	 * target */
	inside = find_on_host(name, plan->path, path, sizeof path);
	if (!inside && find_in_project(plan, host, name, path, sizeof path)) {
		add_path_hint(path, err);
		return;
	}
	if (!inside && !find_on_host(name, getenv("PATH"), path, sizeof path)) {
		if (name[0] == '/' && strchr(name, ':'))
			add_volume_hint(name, err);
		add_ctl_hint(name, err);
		return;
	}
	if (!strchr(name, '/') && path[0] == '/' &&
	    can_run(plan, host, path) == ANSWER_YES)
		add_path_hint(path, err);
	else if (!realpath(path, real))
		return;
	else if (strchr(name, '/') && name[0] != '/' && !policy->process.cwd.s &&
		 strcmp(plan->cwd, "/") == 0 && can_run(plan, host, real) == ANSWER_YES)
		add_cwd_hint(real, err);
	else
		add_hint(policy, real, inside || path[0] != '/' ? NULL : path, err);
}

/* The path of @name in directory @dir (of @len bytes) of the sandbox's PATH, if there may
 * be a program. */
static const char *program_in(const struct plan *plan, const struct host *host,
			      const char *dir, size_t len, struct arena *arena)
{
	const char *name = plan->argv[0];
	const bool absolute = len && *dir == '/';
	const char *path =
		*name == '/'
			? name
			: arena_printf(arena, "%s%s%.*s/%s", absolute ? "" : plan->cwd,
				       absolute ? "" : "/", (int)len, dir, name);

	return can_run(plan, host, path) == ANSWER_NO ? NULL : path;
}

const char *hint_program(const struct plan *plan, const struct host *host,
			 struct arena *arena)
{
	const char *name = plan->argv[0], *dir = plan->path, *found = NULL;

	if (strchr(name, '/'))
		return program_in(plan, host, "", 0, arena);
	for (; *name && !found && *dir; dir += strspn(dir, ":")) {
		size_t len = strcspn(dir, ":");

		found = program_in(plan, host, dir, len, arena);
		dir += len;
	}
	return found;
}

const char *hint_interpreter(struct arena *arena, const struct place *place)
{
	char line[256], *name;
	_cleanup_fd_ int fd = -1;
	ssize_t n;

	if (place->kind != PLACE_FILE || !place->source)
		return NULL;
	fd = open(place->source, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	n = fd < 0 ? -1 : read(fd, line, sizeof line - 1);
	if (n < 3 || line[0] != '#' || line[1] != '!')
		return NULL;
	line[n] = '\0';
	name = line + 2 + strspn(line + 2, " \t");
	name[strcspn(name, " \t\r\n")] = '\0';
	return *name == '/' ? path_clean(arena, name) : NULL;
}

/* Whether @path of the sandbox, which was asked for by name, can be executed. */
static int look_at_program(const struct plan *plan, const struct host *host,
			   struct arena *arena, const char *path, struct error *err)
{
	struct path_verdict verdict = { 0 };
	struct verdict says = { 0 };
	const char *interpreter;
	struct view view;
	struct stat st;

	view_init(&view, plan, host, arena);
	verdict_path(&view, path, &verdict, &says);
	if (!verdict.place.source || stat(verdict.place.source, &st) < 0)
		return 0;
	if (S_ISDIR(st.st_mode))
		return error_set(err, "%s is a directory", plan->argv[0]);
	if (S_ISREG(st.st_mode) && !(st.st_mode & 0111))
		return error_set(err, "%s is not executable (chmod +x)", plan->argv[0]);
	interpreter = hint_interpreter(arena, &verdict.place);
	if (interpreter && can_run(plan, host, interpreter) == ANSWER_NO)
		return error_set(err, "%s: its interpreter %s is not in the sandbox",
				 plan->argv[0], interpreter);
	return 0;
}

static int look_at_directory(const struct plan *plan, const struct host *host,
			     struct arena *arena, struct error *err)
{
	struct path_verdict verdict = { 0 };
	struct verdict says = { 0 };
	struct view view;

	view_init(&view, plan, host, arena);
	verdict_path(&view, plan->cwd, &verdict, &says);
	return verdict.place.kind == PLACE_ABSENT
		       ? error_set(err,
				   "cannot change to directory %s inside the sandbox: "
				   "nothing shows it",
				   plan->cwd)
		       : 0;
}

int hint_look_up(const struct plan *plan, const struct host *host, struct error *err)
{
	const char *name = plan->argv[0], *path;
	struct arena arena = { 0 };
	int ret = look_at_directory(plan, host, &arena, err);

	path = ret < 0 ? NULL : hint_program(plan, host, &arena);
	if (path && strchr(name, '/') && path_clean(&arena, path))
		ret = look_at_program(plan, host, &arena, path_clean(&arena, path), err);
	arena_done(&arena);
	if (ret < 0 && path)
		err->status = EXIT_NOEXEC;
	if (ret < 0 || path)
		return ret;
	if (strchr(name, '/'))
		(void)error_set(err, "%s: no such file in the sandbox", name);
	else
		(void)error_set(err, "%s: command not found in the sandbox (PATH=%s)",
				name, plan->path);
	err->status = EXIT_NOCMD;
	return -1;
}

/* Measured with bubblewrap 0.8.0, which flatpak runs as well. */
const char *hint_nested(const struct plan *plan)
{
	const char *command = plan->argv[0] ? plan->argv[0] : "";
	const char *slash = strrchr(command, '/'), *name = slash ? slash + 1 : command;

	if (strcmp(name, "bwrap") != 0 && strcmp(name, "flatpak") != 0)
		return NULL;
	if (!plan->nested)
		return "a sandbox inside this one needs --set=namespaces.nested=true";
	if (!plan->has_inner)
		return "a command that owns its mounts (namespaces.inner = false) can "
		       "change no flags of mounts, as a sandbox inside does: "
		       "--set=namespaces.inner=true lets it";
	if (plan->uid == 0 && !(plan->caps & (UINT64_C(1) << CAP_SYS_ADMIN)))
		return "as root bubblewrap makes no user namespace unless it is told to: "
		       "bwrap --unshare-user, or --user=caller of sbox";
	return NULL;
}

/* The descriptor that @word of a command names, or -1. */
static int named_fd(const char *word)
{
	static const char *const dirs[] = { "/dev/fd/", "/proc/self/fd/" };

	for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++) {
		const size_t len = strlen(dirs[i]);
		int64_t fd;

		if (strncmp(word, dirs[i], len) == 0 &&
		    units_number(word + len, INT_MAX, &fd) == 0)
			return (int)fd;
	}
	return -1;
}

/*
 * A shell writes "<(COMMAND)" as the name of a descriptor that it leaves open for whoever
 * it starts, which is sbox: from 63 down, or from 10 up, where nothing of ours is yet.
 */
int hint_descriptors(const char *const *command, const struct plan *plan,
		     struct error *err)
{
	for (size_t i = 1; command[0] && command[i]; i++) {
		const int fd = named_fd(command[i]);
		/* a later command may have some of its own by the numbers that people
		 * choose
		 */
		bool kept = fd < (plan ? 3 : SHELL_FD_MIN) || fcntl(fd, F_GETFD) < 0;

		for (size_t k = 0; !kept && plan && k < plan->keep_fds_len; k++)
			kept = plan->keep_fds[k] == fd;
		if (!kept && !plan)
			return error_set(
				err,
				"argument %zu of the command names descriptor %d, "
				"which is open here and which a later command does not "
				"get: give it a file that the sandbox shows, or its "
				"standard input",
				i, fd);
		if (!kept)
			return error_set(
				err,
				"argument %zu of the command names descriptor %d, "
				"which is open here and which the command does "
				"not get: --keep-fd=%d (process.keep_fds)",
				i, fd, fd);
	}
	return 0;
}
