/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * signals.c - signals that are for the command; see signals.h
 *
 * Process: the supervisor
 */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "box/start/signals.h"

static const int relayed[] = { SIGTERM, SIGINT,  SIGHUP,  SIGQUIT, SIGUSR1,
			       SIGUSR2, SIGTSTP, SIGCONT, SIGWINCH };

int signals_open(struct error *err)
{
	sigset_t all, set;
	int fd;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < sizeof relayed / sizeof relayed[0]; i++)
		(void)sigaddset(&set, relayed[i]);
	(void)sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, NULL) < 0)
		return error_sys(err, "sigprocmask");
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? error_sys(err, "signalfd") : fd;
}

bool signals_ends(int sig)
{
	return sig == SIGTERM || sig == SIGINT || sig == SIGHUP || sig == SIGQUIT;
}

/*
 * A signal that the terminal's line discipline sends (SI_KERNEL: a key, a hang-up) was
 * meant for the whole foreground process group, and those of job control are. What a
 * process sends was meant for one process where somebody sits at a terminal; elsewhere it
 * was that of a service that ends a process group, of which the command is no member.
 */
enum forward signals_whom(enum forward asked, bool terminal,
			  const struct signalfd_siginfo *info)
{
	const int sig = (int)info->ssi_signo;

	if (info->ssi_code == SI_KERNEL || sig == SIGTSTP || sig == SIGCONT)
		return FORWARD_GROUP;
	/* of sboxctl kill, which has nobody else to ask */
	if (asked != FORWARD_AUTO &&
	    (asked != FORWARD_NEVER || info->ssi_code != SI_QUEUE))
		return asked;
	return signals_ends(sig) && !terminal ? FORWARD_GROUP : FORWARD_PROCESS;
}

bool signals_is_ignored(int sig)
{
	struct sigaction action;

	return sigaction(sig, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

bool signals_is_caught(pid_t pid, int sig)
{
	char path[40], *text = NULL;
	struct arena arena = { 0 };
	unsigned long long caught = ~0ULL;

	(void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	if (io_read_file(AT_FDCWD, path, 1 << 16, &arena, &text) == 0) {
		const char *line = strstr(text, "\nSigCgt:");

		caught = line ? strtoull(line + 8, NULL, 16) : caught;
	}
	arena_done(&arena);
	return caught >> (sig - 1) & 1;
}
