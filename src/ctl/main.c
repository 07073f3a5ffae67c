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
#include "run/say.h"

static const struct subcommand {
	const char *name, *args, *help;
	subcommand_fn *run;
} subcommands[] = {
	{ "doctor", "[--json]",
	  "what sbox can do on this machine, and what mends the rest", ctl_doctor },
	{ "exec", "NAME -- COMMAND [ARG...]", "one more command in a named sandbox",
	  ctl_exec },
	{ "explain", "path|net|syscall|env WHAT",
	  "would a profile allow it, and which line decides", ctl_explain },
	{ "kill", "[--signal=SIG] NAME...|--all",
	  "end sandboxes, or signal their commands", ctl_kill },
	{ "profile", "list|show|check|path|new|schema|guards",
	  "profiles: which there are, what they say, are they right", ctl_profile },
	{ "ps", "[--json]", "which sandboxes run, and what they use", ctl_ps },
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

	(void)umask(0077); /* as for sbox */
	ctl.parent = getppid();
	if (launch_sanitize(&err) < 0)
		return say_error(&err);
	if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return help();
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
		return version();
	ctl.diags.arena = &ctl.arena;
	ctl.help = help;
	caller_dirs(&ctl.arena, &ctl.caller);
	for (const struct subcommand *s = subcommands; s->name; s++)
		if (strcmp(argv[1], s->name) == 0)
			return s->run(&ctl, argc - 1, argv + 1);
	return unknown(argv[1]);
}
