/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* main.c - sboxctl: what runs, what may it do, why does it not start */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "box/start/launch.h"
#include "ctl/ctl.h"
#include "ctl/help.h"
#include "run/say.h"

static const struct subcommand {
	const char *name, *args, *help;
	subcommand_fn *run;
	const char *more; /* of its own --help: help.h */
} subcommands[] = {
	{ "cache", "list|clear",
	  "private caches of sandboxes: which there are, their end", ctl_cache,
	  help_cache },
	{ "changes", "list|diff|commit|undo|discard",
	  "what runs have written: looked at, put into place, taken back", ctl_changes,
	  help_changes },
	{ "doctor", "[--json]",
	  "what sbox can do on this machine, and what mends the rest", ctl_doctor,
	  help_doctor },
	{ "exec", "NAME -- COMMAND [ARG...]", "one more command in a named sandbox",
	  ctl_exec, help_exec },
	{ "explain", "path|net|syscall|env|command",
	  "would a profile allow it, and which line decides", ctl_explain, help_explain },
	{ "kill", "[--signal=SIG] NAME...|--all",
	  "end sandboxes, or signal their commands", ctl_kill, help_kill },
	{ "learn", "-o FILE [OPTION...] -- COMMAND",
	  "a profile of what a command needs, found out by trying", ctl_learn,
	  help_learn },
	{ "net", "[--json] NAME", "what a filtered network has let through and refused",
	  ctl_net, help_net },
	{ "profile", "list|show|check|path|new|schema|guards",
	  "profiles: which there are, what they say, are they right", ctl_profile,
	  help_profile },
	{ "ps", "[--json]", "which sandboxes run, and what they use", ctl_ps, help_ps },
	{ "runs", "[--json]", "the last runs that failed, for \"sboxctl explain last\"",
	  ctl_runs, help_runs },
	{ .name = NULL },
};

static int help(void)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	strbuf_add(&text, "Usage: sboxctl SUBCOMMAND [ARG...]\n"
			  "Manage and explain sandboxes of sbox.\n\n");
	for (const struct subcommand *s = subcommands; s->name; s++)
		strbuf_printf(&text, "  %-8s %-32s %s\n", s->name, s->args, s->help);
	strbuf_add(&text, "\n      --help       this text\n"
			  "      --version    the version\n\nSee sboxctl(1).\n");
	return say_answer(&text);
}

static bool asks_for_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* Of one subcommand. */
static int help_of(const struct subcommand *s)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	strbuf_printf(&text, "Usage: sboxctl %s %s\n%c%s.\n\n%s\nSee sboxctl(1).\n",
		      s->name, s->args, s->help[0] - 'a' + 'A', s->help + 1, s->more);
	return say_answer(&text);
}

static const struct subcommand *find_subcommand(const char *name)
{
	for (const struct subcommand *s = subcommands; s->name; s++)
		if (strcmp(name, s->name) == 0)
			return s;
	return NULL;
}

static int version(void)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	strbuf_printf(&text, "sboxctl (%s) %s\n", PACKAGE_NAME, PACKAGE_VERSION);
	return say_answer(&text);
}

static int unknown(const char *word)
{
	const char *names[sizeof subcommands / sizeof subcommands[0]], *near;
	struct error err = { .status = EXIT_SBOX };
	size_t n = 0;

	do
		names[n] = subcommands[n].name;
	while (names[n++]);
	near = diag_nearest(word, names);
	(void)error_set(&err, "there is no \"%s\"%s%s%s (see --help)", word,
			near ? ": did you mean \"" : "", near ? near : "",
			near ? "\"?" : "");
	return say_error(&err);
}

int main(int argc, char **argv)
{
	static struct ctl ctl;
	struct error err = { .status = EXIT_SBOX };
	const struct subcommand *s;
	int own_args = argc;

	ctl.umask = umask(0077); /* as for sbox */
	ctl.parent = getppid();
	if (launch_sanitize(&err) < 0)
		return say_error(&err);
	if (argc < 2 || asks_for_help(argv[1]))
		return help();
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
		return version();
	if (strcmp(argv[1], "help") == 0)
		return argc == 2                  ? help()
		       : find_subcommand(argv[2]) ? help_of(find_subcommand(argv[2]))
						  : unknown(argv[2]);
	s = find_subcommand(argv[1]);
	if (!s)
		return unknown(argv[1]);
	/* what stands behind the name of a sandbox is a command */
	if (s->run == ctl_exec && argc > 3)
		own_args = 3;
	for (int i = 2; i < own_args && strcmp(argv[i], "--") != 0; i++)
		if (asks_for_help(argv[i]))
			return help_of(s);
	ctl.diags.arena = &ctl.arena;
	ctl.help = help;
	caller_dirs(&ctl.arena, &ctl.caller);
	return s->run(&ctl, argc - 1, argv + 1);
}
