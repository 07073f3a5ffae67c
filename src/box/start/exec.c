/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* exec.c - more commands in a sandbox that runs already; see exec.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/sys.h"
#include "box/door/request.h"
#include "box/host/cause.h"
#include "box/start/exec.h"
#include "box/start/inside.h"
#include "box/start/join.h"

#define ARGV_MAX ((size_t)2 * 1024 * 1024) /* as execve(2) has it by default */

/* -------------------------------------------------------------------- sboxctl */

static _Noreturn void make_in_child(const struct handovers *handovers, int errors)
{
	struct error err = { .status = EXIT_SBOX };

	if (handovers_make(handovers, -1, &err) == 0)
		_exit(0);
	(void)error_send(&err, errors);
	_exit(EXIT_SBOX);
}

/*
 * A process of its own has a mount namespace of its own. The table of descriptors is its
 * and ours, so what it makes is here at once.
 */
static int make_apart(struct handovers *handovers, struct error *err)
{
	const struct clone3_args args = {
		.flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_FILES,
		.exit_signal = SIGCHLD,
	};
	_cleanup_fd_ int errors = -1, errors_in = -1;
	int pipe[2], status = 0;
	pid_t pid;

	if (pipe2(pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		return error_sys(err, "pipe");
	errors = pipe[0];
	errors_in = pipe[1];
	pid = sys_clone3(&args);
	if (pid < 0) {
		(void)error_sys(err, "cannot make a namespace to open files in");
		explain_userns(err);
		return -1;
	}
	if (pid == 0)
		make_in_child(handovers, errors_in);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status == 0)
		return 0;
	return error_recv(err, errors)
		       ? -1
		       : error_set(err, "the process that opens files for the command "
					"has been killed");
}

int exec_hand_over(struct arena *arena, struct handovers *ret, struct error *err)
{
	const struct handover_scope scope = { .own_terminal = true };

	/* what the sandbox's network makes of sockets is its to know */
	if (handovers_look(&scope, arena, ret, err) < 0)
		return -1;
	if (handovers_needed(ret)) {
		if (make_apart(ret, err) < 0)
			return -1;
		handovers_taken(ret);
	}
	handovers_pipes(ret, AT_FDCWD);
	return 0;
}

/* ----------------------------------------------------------------- supervisor */

static int pass_on(const struct exec_door *door, int ttys, const int fds[EXEC_FDS],
		   struct error *err)
{
	if (!door->launch->plan->has_inner)
		return error_set(err,
				 "the sandbox has no inner user namespace "
				 "(namespaces.inner = false), so nothing is left that "
				 "could start a command with the rights of its own");
	(void)msg_send_fds(door->ctl, MSG_EXEC, ttys, fds, EXEC_FDS);
	return 0;
}

void exec_request(const struct exec_door *door, int requests)
{
	struct error err = { .status = EXIT_SBOX };
	struct msg msg = { 0 };
	int fds[MSG_FDS_MAX];
	size_t len = 0;
	int ret = 0;

	if (!request_hear(requests, &msg, fds, &len))
		return;
	if (msg.type == MSG_EXEC && len == EXEC_FDS)
		ret = pass_on(door, msg.value, fds, &err);
	else if (msg.type == MSG_JOIN && len == EXEC_ERRORS + 1)
		ret = join_answer(door->launch, door->net->netns, fds[EXEC_CTL], &err);
	if (ret < 0)
		(void)error_send(&err, fds[EXEC_ERRORS]);
	for (size_t i = 0; i < len; i++)
		(void)close(fds[i]);
}

/* --------------------------------------------------------------------- keeper */

/* The words of the command; what was started first has no part in them. */
static int read_argv(struct arena *arena, int fd, struct plan *plan,
		     struct terminal_look *ret_look, struct error *err)
{
	const char **argv = NULL;
	size_t len = 0, words = 0;
	char *text;

	if (lseek(fd, 0, SEEK_SET) < 0 ||
	    io_read_all(fd, ARGV_MAX, arena, &text, &len) < 0)
		return error_sys(err, "cannot read the command");
	if (len <= sizeof *ret_look || text[len - 1] != '\0')
		return error_set(err, "the command is not complete");
	memcpy(ret_look, text, sizeof *ret_look);
	for (size_t at = sizeof *ret_look; at < len; at += strlen(text + at) + 1)
		*(const char **)arena_append(arena, &argv, &words, sizeof *argv) =
			text + at;
	*(const char **)arena_append(arena, &argv, &words, sizeof *argv) = NULL;
	plan->argv = argv;
	plan->argv0 = NULL;
	plan->keep_fds_len = 0;
	return 0;
}

/* Init has nothing open below 3, so what it receives may be there. */
static int move_up(int fds[EXEC_FDS], struct error *err)
{
	for (size_t i = 0; i < EXEC_FDS; i++) {
		if (fds[i] <= 2)
			fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 3);
		if (fds[i] < 0)
			return error_sys(err, "descriptor");
	}
	return 0;
}

static int take_stdio(const int fds[EXEC_FDS], struct error *err)
{
	for (int fd = 0; fd <= 2; fd++)
		if (dup3(fds[EXEC_STDIN + fd], fd, 0) < 0)
			return error_sys(err, "descriptor %d", fd);
	return 0;
}

static int clone_command(struct inside *in, pid_t *ret_pid, struct error *err)
{
	const struct clone3_args args = { .exit_signal = SIGCHLD };
	pid_t pid = sys_clone3(&args);

	if (pid < 0)
		return error_sys(err, "cannot start the command's process");
	if (pid == 0)
		inside_command(in);
	*ret_pid = pid;
	return 0;
}

/*
 * Nobody copies bytes for later commands, so a socket of the host's network among their
 * descriptors is refused: see relays_give().
 */
static const struct relays no_relays;
static const struct handovers no_handovers;

static _Noreturn void keep(const struct inside *init, int ttys, const int given[EXEC_FDS])
{
	struct error err = { .status = EXIT_SBOX };
	int fds[EXEC_FDS];
	struct plan plan = *init->plan;
	struct inside in = *init;
	struct arena arena = { 0 };
	pid_t command = -1;

	(void)close(in.ctl); /* it is between init and the supervisor alone */
	(void)prctl(PR_SET_NAME, "sbox-exec", 0, 0, 0);
	memcpy(fds, given, sizeof fds);
	if (move_up(fds, &err) < 0)
		_exit(EXIT_SBOX); /* whoever asked sees that we are gone */
	in.plan = &plan;
	in.ctl = fds[EXEC_CTL];
	in.errors = fds[EXEC_ERRORS];
	in.joins = true;
	in.go[0] = in.go[1] = -1;
	in.relays = &no_relays;
	in.handovers = &no_handovers;
	for (int fd = 0; fd <= 2; fd++)
		in.tty[fd] = ttys >> fd & 1;
	in.pty = -1;
	if (read_argv(&arena, fds[EXEC_ARGV], &plan, &in.look, &err) < 0 ||
	    take_stdio(fds, &err) < 0 || inside_session(&in, &err) < 0 ||
	    clone_command(&in, &command, &err) < 0) {
		(void)error_send(&err, in.errors);
		_exit(EXIT_SBOX);
	}
	inside_serve(&in, command, NULL);
}

void exec_inside(void *data, int ttys, const int fds[EXEC_FDS])
{
	const struct clone3_args args = { .exit_signal = SIGCHLD };
	struct error err = { .status = EXIT_SBOX };
	pid_t pid = sys_clone3(&args);

	if (pid == 0)
		keep(data, ttys, fds);
	if (pid > 0)
		return;
	(void)error_sys(&err, "the sandbox takes no more processes");
	(void)error_send(&err, fds[EXEC_ERRORS]);
}
