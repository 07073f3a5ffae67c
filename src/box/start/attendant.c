/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * attendant.c - what init is to the first command, for one that comes later; see
 * attendant.h
 *
 * Process: init, and its child, the attendant
 */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/io.h"
#include "base/sys.h"
#include "box/start/attendant.h"
#include "box/start/command.h"
#include "box/start/inside.h"

#define ARGV_MAX ((size_t)2 * 1024 * 1024) /* as execve(2) has it by default */

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
		command_main(in);
	*ret_pid = pid;
	return 0;
}

/*
 * Nobody copies bytes for later commands, so a socket of the host's network among their
 * descriptors is refused: see relays_give().
 */
static const struct relays no_relays;
static const struct handovers no_handovers;

static _Noreturn void attend(const struct inside *init, int ttys,
			     const int given[EXEC_FDS])
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
	in.later = true;
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

void attendant_start(void *data, int ttys, const int fds[EXEC_FDS])
{
	const struct clone3_args args = { .exit_signal = SIGCHLD };
	struct error err = { .status = EXIT_SBOX };
	pid_t pid = sys_clone3(&args);

	if (pid == 0)
		attend(data, ttys, fds);
	if (pid > 0)
		return;
	(void)error_sys(&err, "the sandbox takes no more processes");
	(void)error_send(&err, fds[EXEC_ERRORS]);
}
