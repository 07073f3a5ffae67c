/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* kill.c - sboxctl kill: a signal to the command of a sandbox, or its end */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/sys.h"
#include "ctl/running.h"
#include "run/say.h"

struct killing {
	int sig; /* 0: there is none that is called @signal */
	const char *signal;
	bool all;
	char **names; /* NULL-terminated */
};

/* "TERM", "SIGTERM" or "15"; 0: there is no such signal. */
static int signal_number(const char *text)
{
	char *end;
	long number = strtol(text, &end, 10);

	if (*text >= '0' && *text <= '9' && *end == '\0')
		return number > 0 && number <= SIGRTMAX ? (int)number : 0;
	if (strncmp(text, "SIG", 3) == 0)
		text += 3;
	for (int sig = 1; sig < NSIG; sig++) {
		const char *name = sigabbrev_np(sig);

		if (name && strcmp(name, text) == 0)
			return sig;
	}
	return 0;
}

/* The signals that the supervisor hands on; of all others only SIGKILL is of use. */
static bool is_relayed(int sig)
{
	return sig == SIGTERM || sig == SIGINT || sig == SIGHUP || sig == SIGQUIT ||
	       sig == SIGUSR1 || sig == SIGUSR2 || sig == SIGTSTP || sig == SIGCONT;
}

/*
 * SIGKILL goes to process 1, other signals to the supervisor, which hands them on:
 * queued, so that it does so with process.forward = "never" as well.
 */
static int send_signal(const struct registry_entry *entry, int sig)
{
	_cleanup_fd_ int fd = sig == SIGKILL ? proc_pidfd(entry->init, entry->init_start)
					     : proc_pidfd(entry->pid, entry->start);

	if (fd < 0) {
		errno = ESRCH;
		return -1;
	}
	return sig == SIGKILL ? sys_pidfd_send_signal(fd, sig)
			      : sys_pidfd_queue_signal(fd, sig);
}

/* How many were signalled; -1: it could not be done, and that was said. */
static int send_to(const struct killing *request, const struct registry_entries *list)
{
	struct error err = { .status = EXIT_SBOX };
	int done = 0;

	for (size_t i = 0; i < list->len; i++) {
		const struct registry_entry *entry = &list->list[i];

		if (send_signal(entry, request->sig) == 0) {
			done++;
		} else if (errno != ESRCH) { /* else it has ended meanwhile */
			(void)error_sys(&err, "%s: cannot send the signal",
					entry->name ? entry->name : "a sandbox");
			(void)say_error(&err);
			return -1;
		}
	}
	return done;
}

static int none(const char *name)
{
	struct error err = { .status = EXIT_SBOX };

	(void)error_set(&err, name ? "no sandbox called \"%s\" runs" : "no sandbox runs",
			name);
	err.status = CTL_NO;
	return say_error(&err);
}

static int kill_one(struct ctl *ctl, const struct killing *request, const char *name)
{
	struct error err = { .status = EXIT_SBOX };
	_cleanup_fd_ int dir = -1;
	struct registry_entry entry;
	int done = 0, found;

	if (caller_find_running(&ctl->caller, name, &entry, &dir, &err) < 0) {
		if (err.errnum == EXDEV) /* for us it does not run */
			err.status = CTL_NO;
		return say_error(&err);
	}
	found = dir >= 0 ? 1 : running_by_number(ctl, name, &entry, &err);
	if (found < 0)
		return say_error(&err);
	if (found > 0)
		done = send_to(request, &(struct registry_entries){ &entry, 1 });
	return done < 0 ? EXIT_SBOX : done == 0 ? none(name) : 0;
}

static int kill_all(struct ctl *ctl, const struct killing *request)
{
	struct error err = { .status = EXIT_SBOX };
	struct registry_entries list;
	struct procs procs;
	int status = 0, done;

	if (request->all) {
		if (running_list(ctl, &procs, &list, &err) < 0)
			return say_error(&err);
		done = send_to(request, &list);
		return done < 0 ? EXIT_SBOX : done == 0 ? none(NULL) : 0;
	}
	for (char **name = request->names; *name; name++) {
		int one = kill_one(ctl, request, *name);

		if (one == EXIT_SBOX || status == 0)
			status = one;
	}
	return status;
}

/* Parses the options before the names; the index of the first name, -1: a wrong one. */
static int parse_options(int argc, char **argv, struct killing *ret)
{
	int at = 1;

	for (; at < argc && argv[at][0] == '-'; at++) {
		const char *text = NULL;

		if (strcmp(argv[at], "--") == 0)
			return at + 1;
		if (strcmp(argv[at], "--all") == 0) {
			ret->all = true;
			continue;
		}
		if (strncmp(argv[at], "--signal=", 9) == 0)
			text = argv[at] + 9;
		else if (strcmp(argv[at], "--signal") == 0 || strcmp(argv[at], "-s") == 0)
			text = at + 1 < argc ? argv[++at] : "";
		if (!text)
			return -1;
		ret->signal = text;
		ret->sig = signal_number(text);
	}
	return at;
}

int ctl_kill(struct ctl *ctl, int argc, char **argv)
{
	struct killing request = { .sig = SIGTERM };
	int at = parse_options(argc, argv, &request);

	if (at < 0)
		return ctl_usage("kill", "say [--signal=SIG] and NAME... or --all");
	request.names = argv + at;
	if (request.all == (*request.names != NULL))
		return ctl_usage("kill", "say which: NAME... or --all");
	for (char **name = request.names; *name; name++)
		if (!sandbox_name_ok(*name))
			return ctl_usage(
				"kill", "\"%s\" is no name of a sandbox%s", *name,
				**name == '-' ? ": options stand before the names" : "");
	if (request.sig == 0)
		return ctl_usage("kill", "there is no signal \"%s\"", request.signal);
	if (request.sig != SIGKILL && !is_relayed(request.sig))
		return ctl_usage("kill",
				 "this signal is not handed on to the command: "
				 "TERM, INT, HUP, QUIT, USR1, USR2, TSTP and CONT "
				 "are, and KILL ends the sandbox");
	return kill_all(ctl, &request);
}
