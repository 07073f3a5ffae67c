/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* commit.c - puts what a run has written into its place, by sboxctl; see changes.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "changes/history.h"
#include "run/changes.h"
#include "run/say.h"

/*
 * "sboxctl changes WHAT NAME" with @terminal (-1: none) as 0 and 1. What it does takes a
 * process of its own anyway, with ids of its own (changes/ids.h), and sbox, which starts
 * many commands without a change set, needs none of its code.
 */
static _Noreturn void exec_sboxctl(const char *const *words, int terminal)
{
	char path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", path, sizeof path - 16);
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;

	if (len < 0)
		_exit(EXIT_SBOX);
	path[len] = '\0';
	memcpy(strrchr(path, '/') + 1, "sboxctl", sizeof "sboxctl");
	(void)dup3(terminal >= 0 ? terminal : null, STDIN_FILENO, 0);
	/* what it has to tell is no output of the command */
	(void)dup3(terminal >= 0 ? terminal : STDERR_FILENO, STDOUT_FILENO, 0);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)execv(path, (char *const *)words);
	_exit(EXIT_NOCMD);
}

/* Its exit status; EXIT_SBOX if it was ended otherwise. */
static int run_sboxctl(const char *const *words, int terminal)
{
	struct error err = { .status = EXIT_SBOX };
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		exec_sboxctl(words, terminal);
	if (pid < 0) {
		(void)error_sys(&err, "cannot start sboxctl");
		return say_error(&err);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) != EXIT_NOCMD)
		return WEXITSTATUS(status);
	(void)error_set(&err,
			"sboxctl, which is installed beside sbox, could not do it: "
			"\"sboxctl changes %s %s\" does it later",
			words[2], words[3]);
	return say_error(&err);
}

static void tell_refused(const struct session *session)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	const char *name = session->changes.name;

	if (session->request.quiet)
		return;
	strbuf_printf(&text,
		      "%s: so nothing was put into place, and the changes are kept: "
		      "\"sboxctl changes diff %s\" shows them, \"commit\" with a path "
		      "behind the name takes a part of them, \"discard\" removes them\n",
		      say_program, name);
	say(&text);
}

static int commit_set_of(const struct session *session, int terminal)
{
	const char *const words[] = { "sboxctl", "changes", "commit",
				      session->changes.name, NULL };
	int status = run_sboxctl(words, terminal);

	/* of sboxctl 1 says that it was refused */
	if (status != 1)
		return status;
	tell_refused(session);
	return EXIT_GUARD;
}

/* The first letter of a line; 0: there is none any more. */
static char read_answer(int terminal)
{
	char first = '\0', c;
	ssize_t n;

	while ((n = read(terminal, &c, 1)) > 0 || (n < 0 && errno == EINTR)) {
		if (n > 0 && c == '\n')
			break;
		if (n > 0 && first == '\0')
			first = c;
	}
	/* an empty line is no answer, the end is one */
	if (n > 0 && first == '\0')
		first = '?';
	return first;
}

static void prompt(const char *name)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	strbuf_printf(&text,
		      "%s: the changes are in \"%s\": d shows lines, "
		      "c commits, k keeps, x discards them: ",
		      say_program, name);
	say(&text);
}

/* 0: they are kept; or the status of what was done. */
static int ask_what(const struct session *session, int terminal)
{
	const char *name = session->changes.name;
	const char *const list[] = { "sboxctl", "changes", "diff", name, NULL };
	const char *const lines[] = { "sboxctl", "changes",   "diff",
				      name,      "--content", NULL };
	const char *const discard[] = { "sboxctl", "changes", "discard", name, NULL };

	if (run_sboxctl(list, terminal) == 0) {
		(void)run_sboxctl(discard, terminal);
		return 0; /* nothing was changed, as it has said by saying nothing */
	}
	for (;;) {
		prompt(name);
		switch (read_answer(terminal)) {
		case 'd':
			(void)run_sboxctl(lines, terminal);
			break;
		case 'c':
			return commit_set_of(session, terminal);
		case 'x':
			return run_sboxctl(discard, terminal);
		case 'k':
		case '\0':
			return 0;
		default:
			break;
		}
	}
}

static void note_state(struct session *session)
{
	struct change_run *run = &session->changes;
	const struct changes_home home = { run->dir, session->caller.state_dir,
					   &session->arena };
	struct error err = { .status = EXIT_SBOX };

	session->ending.changes_state = "discarded";
	if (!changes_exists(run->dir, run->name))
		return;
	session->ending.changes_state = "in use";
	if (changes_open(&home, run->name, &run->set, &err) == 0)
		session->ending.changes_state = changes_state_name(run->set.state);
	changes_close(&run->set);
}

/* Of what runs have committed themselves, the last ones stay, to be undone. */
static void forget_old(struct session *session)
{
	const struct change_run *run = &session->changes;
	const size_t keep = (size_t)session->policy.changes.history.value;
	struct error err = { .status = EXIT_SBOX };
	const char *const *old;
	const char **words;
	size_t len = 0;

	if (session->request.changes || session->request.try)
		return;
	if (history_old(run->dir, keep, &session->arena, &old, &err) < 0) {
		session_warn(session, "", err.msg);
		return;
	}
	while (old[len])
		len++;
	if (len == 0)
		return;
	words = arena_alloc(&session->arena, (len + 4) * sizeof *words);
	words[0] = "sboxctl";
	words[1] = "changes";
	words[2] = "discard";
	memcpy(words + 3, old, (len + 1) * sizeof *words);
	(void)run_sboxctl(words, -1);
}

int run_commit(struct session *session, bool ask)
{
	struct change_run *run = &session->changes;
	_cleanup_fd_ int terminal = -1;
	int status;

	/* its lock is for whoever works with it now */
	changes_close(&run->set);
	if (ask) {
		terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
		status = terminal < 0 ? 0 : ask_what(session, terminal);
	} else {
		status = commit_set_of(session, -1);
	}
	note_state(session);
	if (status == 0)
		forget_old(session);
	return status;
}
