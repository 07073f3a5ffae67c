/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* help.c - what sbox --help says; see options.h */
#include "config.h"

#include <string.h>

#include "cli/options.h"
#include "cli/own.h"

#define LIMITS "limits."

static void help_line(struct strbuf *out, char letter, const char *name, const char *arg,
		      const char *help)
{
	_cleanup_strbuf_ struct strbuf left = { 0 };

	if (letter)
		strbuf_printf(&left, "-%c, ", letter);
	else
		strbuf_add(&left, "    ");
	strbuf_printf(&left, "--%s", name);
	if (arg && arg[0] == '[')
		strbuf_printf(&left, "[=%.*s]", (int)strlen(arg) - 2, arg + 1);
	else if (arg)
		strbuf_printf(&left, "=%s", arg);
	strbuf_printf(out, "  %-28s %s\n", strbuf_str(&left), help);
}

/* What a limit is set to; NULL: it is no limit. */
static const char *limit_arg(const struct key *key)
{
	if (strncmp(key->name, LIMITS, sizeof LIMITS - 1) != 0)
		return NULL;
	return key->type == KEY_SIZE      ? "SIZE"
	       : key->type == KEY_TIME    ? "TIME"
	       : key->type == KEY_PERCENT ? "PERCENT%"
	       : key->type == KEY_COUNT   ? "N"
					  : NULL;
}

static void limit_lines(struct strbuf *out)
{
	strbuf_add(
		out,
		"\nLimits, as --limit=NAME=VALUE (SIZE: 512M, 4G; TIME: 90s, 1h30m):\n");
	for (const struct key *key = key_table; key->name; key++) {
		_cleanup_strbuf_ struct strbuf left = { 0 };
		const char *arg = limit_arg(key);

		if (!arg)
			continue;
		strbuf_printf(&left, "%s=%s", key->name + sizeof LIMITS - 1, arg);
		strbuf_printf(out, "      %-24s %s\n", strbuf_str(&left), key->help);
	}
}

void options_help(struct strbuf *out)
{
	strbuf_add(
		out,
		"Usage: sbox [OPTION...] [--] COMMAND [ARG...]\n"
		"Run COMMAND in a sandbox that shows it only what a profile lists.\n\n");
	for (const struct own_option *o = own_options; o->name; o++)
		if (own_is_known(OPTIONS_RUN | OPTIONS_POLICY, o))
			help_line(out, o->letter, o->name, o->arg, o->help);
	strbuf_add(out, "\nSettings, as in a profile (later ones win, lists grow):\n");
	for (const struct key *key = key_table; key->name; key++)
		if (key->option)
			help_line(out, 0, key->option, key->arg, key->help);
	limit_lines(out);
	strbuf_add(out,
		   "\nExit status: 123 the guard found something (COMMAND's was 0), "
		   "124 limits.wall was\nreached, 125 sbox failed, 126 COMMAND cannot "
		   "be run, 127 COMMAND was not found,\n128+N ended by signal N; else "
		   "COMMAND's own.\n"
		   "See sbox(1), sbox.toml(5).\n");
}
