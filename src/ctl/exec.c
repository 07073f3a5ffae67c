/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * exec.c - sboxctl exec: one more command in a sandbox that runs
 *
 * The command is not started by us: its sandbox does that, see box/start/exec.h. We are
 * its supervisor, and do for it what sbox does for the first one.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/msg.h"
#include "box/door/request.h"
#include "box/fence/limits.h"
#include "box/start/exec.h"
#include "box/start/signals.h"
#include "box/start/supervise.h"
#include "ctl/running.h"
#include "run/hints.h"
#include "run/say.h"

/* Our ends of what is between the command's keeper and us. */
struct line {
	int ctl, errors, sigfd, parent;
};

static void hang_up(struct line *line)
{
	fd_closep(&line->ctl);
	fd_closep(&line->errors);
	fd_closep(&line->sigfd);
	fd_closep(&line->parent);
}

static int write_argv(char **words, const struct terminal *terminal, struct error *err)
{
	_cleanup_fd_ int fd = memfd_create("sboxctl-exec", MFD_CLOEXEC);
	struct terminal_look look;

	if (fd < 0)
		return error_sys(err, "memfd_create");
	terminal_look(terminal, &look);
	if (io_write_all(fd, &look, sizeof look) < 0)
		return error_sys(err, "memfd");
	for (; *words; words++)
		if (io_write_all(fd, *words, strlen(*words) + 1) < 0)
			return error_sys(err, "memfd");
	return take_fd(&fd);
}

/*
 * Sends @given: the other ends, the command, and 0 to 2. A terminal of ours is not given
 * away: there will be another in its place.
 */
static int send_request(int socket, const int given[3], const struct terminal *terminal,
			struct error *err)
{
	_cleanup_fd_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int fds[EXEC_FDS] = { given[EXEC_CTL], given[EXEC_ERRORS], given[EXEC_ARGV] };
	int ttys = 0;

	if (null < 0)
		return error_sys(err, "/dev/null");
	for (int fd = 0; fd <= 2; fd++) {
		bool tty = terminal_wanted(terminal) && isatty(fd);

		fds[EXEC_STDIN + fd] = tty ? null : fd;
		ttys |= tty ? 1 << fd : 0;
	}
	if (limits_files(NULL, err) < 0)
		return -1;
	return request_send(socket, &(struct msg){ MSG_EXEC, ttys }, fds, EXEC_FDS, err);
}

static int ask(int socket, char **words, const struct terminal *terminal,
	       struct line *ret, struct error *err)
{
	_cleanup_fd_ int argv = -1, theirs = -1, error = -1;
	int pair[2], pipe[2];

	if (msg_pair(pair, err) < 0)
		return -1;
	ret->ctl = pair[0];
	theirs = pair[1];
	if (pipe2(pipe, O_CLOEXEC) < 0)
		return error_sys(err, "pipe");
	ret->errors = pipe[0];
	error = pipe[1];
	ret->sigfd = signals_open(err);
	if (ret->sigfd < 0)
		return -1;
	/* now: from here a terminal that changes its size tells us */
	argv = write_argv(words, terminal, err);
	if (argv < 0)
		return -1;
	return send_request(socket, (const int[]){ theirs, error, argv }, terminal, err);
}

static int exit_status(const struct outcome *outcome, const char *name)
{
	struct error err = { .status = EXIT_SBOX };

	if (outcome->failed)
		return say_error(&outcome->error);
	if (outcome->orphaned)
		return EXIT_SBOX;
	if (outcome->killed && !outcome->started && outcome->relayed)
		return 128 + outcome->relayed;
	if (outcome->killed) {
		(void)error_set(&err,
				"the sandbox \"%s\" has ended, and the command with "
				"it, or somebody has killed it inside",
				name);
		err.status = 128 + SIGKILL;
		return say_error(&err);
	}
	return WIFSIGNALED(outcome->status) ? 128 + WTERMSIG(outcome->status)
					    : WEXITSTATUS(outcome->status);
}

static int run(struct ctl *ctl, int socket, char **words, const char *name,
	       struct error *err)
{
	static struct terminal terminal; /* too large for the stack, and there is one */
	struct line line = { -1, -1, -1, -1 };
	struct loop loop = { 0 };
	struct handovers handovers = { .len = 0 };
	struct outcome outcome = { 0 };
	int status = -1;

	if (exec_hand_over(&ctl->arena, &handovers, err) == 0 &&
	    terminal_init(&terminal, err) == 0 &&
	    supervise_parent(ctl->parent, &line.parent, err) == 0 &&
	    ask(socket, words, &terminal, &line, err) == 0 &&
	    supervise_without_stdio(err) == 0) {
		struct supervision s = { .pidfd = -1,
					 .ctl = line.ctl,
					 .errors = line.errors,
					 .sigfd = line.sigfd,
					 .parent = line.parent,
					 .terminal = &terminal,
					 .handovers = &handovers,
					 .block = -1,
					 .wall = -1,
					 .loop = &loop,
					 .outcome = &outcome };

		terminal_join(&terminal, &loop);
		supervise_join(&s);
		supervise(&s);
		status = exit_status(&outcome, name);
	}
	handovers_done(&handovers);
	hang_up(&line);
	return status;
}

/* By its name, or by the number that ps prints. */
static int find_sandbox(struct ctl *ctl, const char **name, struct registry_entry *entry,
			int *ret_dir, struct error *err)
{
	int found;

	if (caller_find_running(&ctl->caller, *name, entry, ret_dir, err) < 0)
		return -1;
	if (*ret_dir >= 0)
		return 0;
	found = running_by_number(ctl, *name, entry, err);
	if (found < 0)
		return -1;
	if (found > 0 && !entry->name)
		return error_set(
			err,
			"the sandbox %s has no name, by which alone commands are "
			"asked for: --name=NAME, when it is started",
			*name);
	if (found > 0) {
		*name = entry->name;
		if (caller_find_running(&ctl->caller, *name, entry, ret_dir, err) < 0)
			return -1;
	}
	return *ret_dir >= 0 ? 0 : error_set(err, "no sandbox called \"%s\" runs", *name);
}

int ctl_exec(struct ctl *ctl, int argc, char **argv)
{
	struct error err = { .status = EXIT_SBOX };
	_cleanup_fd_ int dir = -1, socket = -1;
	struct registry_entry entry;
	const char *name;
	int status;

	if (argc > 1 && argv[1][0] == '-')
		return ctl_usage(
			"exec",
			"there is no option \"%s\": NAME comes first, then the "
			"command, which has the sandbox's terminal and directory",
			argv[1]);
	if (argc < 2)
		return ctl_usage("exec", "say NAME, -- and a command");
	name = *++argv;
	if (argv[1] && strcmp(argv[1], "--") == 0)
		argv++;
	if (!*++argv)
		return ctl_usage("exec", "no command is given");
	if (hint_descriptors((const char *const *)argv, NULL, &err) < 0 ||
	    find_sandbox(ctl, &name, &entry, &dir, &err) < 0)
		return say_error(&err);
	socket = request_connect(dir, &entry, &err);
	if (socket < 0)
		return say_error(&err);
	status = run(ctl, socket, argv, name, &err);
	return status < 0 ? say_error(&err) : status;
}
