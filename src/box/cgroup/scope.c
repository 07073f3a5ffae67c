/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * scope.c - a scope of systemd's manager for us, by the helper program sbox-scope
 *
 * The helper speaks D-Bus by libsystemd, which is no library for sbox itself: it has no
 * archive to link statically, and would double the time of every start for something
 * that few of them need.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/sys.h"
#include "box/cgroup/cgroup.h"

#define ROOT "/sys/fs/cgroup"
#define SAID_MAX 512

/* The environment names another directory for an sbox that is not installed. */
static const char *scope_program(struct arena *arena)
{
	const char *dir = getenv("SBOX_LIBEXECDIR");

	return arena_printf(arena, "%s/sbox-scope", dir && *dir ? dir : LIBEXECDIR);
}

/* Where the caller's manager listens. */
static const char *bus_address(struct arena *arena)
{
	const char *address = getenv("DBUS_SESSION_BUS_ADDRESS");
	const char *dir = getenv("XDG_RUNTIME_DIR");
	const char *path;

	if (getuid() == 0) {
		path = "/run/dbus/system_bus_socket";
	} else {
		if (address && *address)
			return address;
		path = dir && *dir ? arena_printf(arena, "%s/bus", dir)
				   : arena_printf(arena, "/run/user/%u/bus",
						  (unsigned)getuid());
	}
	return access(path, F_OK) == 0 ? arena_printf(arena, "unix:path=%s", path) : NULL;
}

/* The cgroup that the manager has for all its units. */
static const char *manager_dir(struct arena *arena)
{
	unsigned uid = (unsigned)getuid();

	if (uid == 0)
		return ROOT;
	return arena_printf(arena, ROOT "/user.slice/user-%u.slice/user@%u.service", uid,
			    uid);
}

bool cgroup_scope_possible(struct arena *arena, struct host_cgroup *ret,
			   const char **ret_why)
{
	const char *dir = manager_dir(arena), *helper = scope_program(arena);
	char *names = NULL;

	*ret = (struct host_cgroup){ .scope = true, .move = true };
	ret->place = getuid() == 0 ? "a cgroup in a new scope of systemd"
				   : "a cgroup in a new scope of systemd's user manager";
	*ret_why = NULL;
	if (io_read_file(AT_FDCWD, arena_printf(arena, "%s/cgroup.controllers", dir),
			 4096, arena, &names) < 0 ||
	    (getuid() == 0 && access("/run/systemd/system", F_OK) < 0))
		*ret_why = "no systemd manages this user's processes";
	else if (!bus_address(arena))
		*ret_why = "systemd's user manager cannot be reached: there is no bus in "
			   "XDG_RUNTIME_DIR (loginctl enable-linger starts one)";
	else if (access(helper, X_OK) < 0)
		*ret_why = arena_printf(arena,
					"%s is not installed, which asks systemd's user "
					"manager for one",
					helper);
	if (*ret_why)
		return false;
	ret->controllers = cgroup_controllers(names);
	ret->swap = access(arena_printf(arena, "%s/memory.swap.max", dir), F_OK) == 0;
	return true;
}

/* sbox-scope must not be killed together with us: see src/scope/sbox-scope.c. */
static _Noreturn void exec_helper(char *const *argv, char *const *env, int said)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup3(null, STDIN_FILENO, 0) < 0 ||
	    dup3(null, STDOUT_FILENO, 0) < 0 || dup3(said, STDERR_FILENO, 0) < 0 ||
	    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0 || setsid() < 0)
		_exit(EXIT_NOEXEC);
	(void)execve(argv[0], argv, env);
	_exit(EXIT_NOCMD);
}

/* Runs the helper to its end; what it said, as one line, is the error's text. */
static int run_helper(char *const *argv, char *const *env, struct error *err)
{
	char said[SAID_MAX];
	size_t len = 0;
	ssize_t n;
	int fds[2], status = -1;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_sys(err, "pipe");
	pid = fork();
	if (pid == 0)
		exec_helper(argv, env, fds[1]);
	(void)close(fds[1]);
	while (pid > 0 && len < sizeof said - 1) {
		n = read(fds[0], said + len, sizeof said - 1 - len);
		if (n == 0 || (n < 0 && errno != EINTR))
			break;
		len += n > 0 ? (size_t)n : 0;
	}
	(void)close(fds[0]);
	if (pid < 0)
		return error_sys(err, "fork");
	said[len] = '\0';
	said[strcspn(said, "\n")] = '\0';
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status == 0)
		return 0;
	return error_set(err, "%s: %s", argv[0], *said ? said : "it could not be run");
}

int cgroup_scope_enter(struct arena *arena, const char *name, struct error *err)
{
	const char *dir = getenv("XDG_RUNTIME_DIR"), *own;
	char *unit = arena_printf(arena, "%s.scope", name);
	char *argv[] = { arena_strdup(arena, scope_program(arena)), unit,
			 arena_printf(arena, "%d", (int)getpid()), NULL };
	char *env[] = { arena_printf(arena, "DBUS_SESSION_BUS_ADDRESS=%s",
				     bus_address(arena)),
			arena_printf(arena, "XDG_RUNTIME_DIR=%s", dir ? dir : ""), NULL };

	if (run_helper(argv, env, err) < 0)
		return -1;
	own = cgroup_own_path(arena);
	own = own ? strrchr(own, '/') : NULL;
	if (!own || strcmp(own + 1, unit) != 0)
		return error_set(err, "systemd made %s, and sbox is not in it", unit);
	return 0;
}
