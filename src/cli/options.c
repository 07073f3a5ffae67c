/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* options.c - read the command line by the key table; see options.h */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "cli/foreign.h"
#include "cli/options.h"
#include "policy/forms.h"
#include "policy/units.h"

#define ARGS_MAX ((size_t)2 * 1024 * 1024) /* as execve(2) has it by default */

const char options_source[] = "command line";

enum own {
	OWN_PROFILE,
	OWN_PROFILE_FD,
	OWN_ARGS_FD,
	OWN_PROJECT,
	OWN_SET,
	OWN_LIMIT,
	OWN_DRY_RUN,
	OWN_NAME,
	OWN_HOLD,
	OWN_REPORT,
	OWN_STATUS_FD,
	OWN_BLOCK_FD,
	OWN_QUIET,
	OWN_VERBOSE,
	OWN_HELP,
	OWN_VERSION,
	OWN_JSON,
	OWN_EFFECTIVE,
	OWN_DETECT
};

/* Options that are no setting of a profile. */
static const struct own_option {
	enum own id;
	char letter;
	const char *name, *arg; /* arg in brackets: may be left out, and only with "=" */
	const char *help;
	unsigned sets; /* OPTIONS_*; 0: part of each */
} own_options[] = {
	{ OWN_PROFILE, 'p', "profile", "NAME|PATH",
	  "use this profile (\"default\" if none is named); repeatable, in order",
	  OPTIONS_POLICY },
	{ OWN_PROFILE_FD, 0, "profile-fd", "N",
	  "use the profile that an open descriptor gives; repeatable, as --profile",
	  OPTIONS_POLICY },
	{ OWN_ARGS_FD, 0, "args-fd", "N",
	  "read arguments, each with a NUL byte behind it, from an open descriptor",
	  OPTIONS_RUN },
	{ OWN_PROJECT, 0, "project", "DIR",
	  "the directory that build and ci show, ${PROJECT}; else it is looked for",
	  OPTIONS_POLICY },
	{ OWN_SET, 0, "set", "KEY=VALUE", "any key of sbox.toml(5), the value in TOML",
	  OPTIONS_POLICY },
	{ OWN_LIMIT, 0, "limit", "NAME=VALUE", "limits.NAME", OPTIONS_POLICY },
	{ OWN_DRY_RUN, 0, "dry-run", "[full|json]",
	  "print what would be done, and do nothing", OPTIONS_RUN },
	{ OWN_NAME, 0, "name", "NAME", "call the sandbox so, for sboxctl and in reports",
	  OPTIONS_RUN },
	{ OWN_HOLD, 0, "hold", NULL,
	  "hold the sandbox without a command, for \"sboxctl exec\"", OPTIONS_RUN },
	{ OWN_REPORT, 0, "report", "FILE", "write how it ended, as JSON", OPTIONS_RUN },
	{ OWN_STATUS_FD, 0, "status-fd", "N",
	  "write start and end as lines of JSON to an open descriptor", OPTIONS_RUN },
	{ OWN_BLOCK_FD, 0, "block-fd", "N",
	  "run the command once a byte can be read from an open descriptor",
	  OPTIONS_RUN },
	{ OWN_QUIET, 'q', "quiet", NULL, "no warnings", OPTIONS_RUN },
	{ OWN_VERBOSE, 'v', "verbose", NULL, "say more about what is done", OPTIONS_RUN },
	{ OWN_HELP, 'h', "help", NULL, "this text", 0 },
	{ OWN_VERSION, 'V', "version", NULL, "the version", OPTIONS_RUN },
	{ OWN_JSON, 0, "json", NULL, "answer in JSON", OPTIONS_JSON },
	{ OWN_EFFECTIVE, 0, "effective", NULL, "as one profile", OPTIONS_EFFECTIVE },
	{ OWN_DETECT, 0, "detect", NULL, "by what the project is", OPTIONS_DETECT },
	{ .name = NULL },
};

struct parser {
	int argc;
	char **argv;
	int at;        /* the argument being read */
	unsigned sets; /* OPTIONS_* that are known here */
	struct diags *diags;
	struct request *options;
};

static struct srcpos position(const struct parser *p)
{
	return (struct srcpos){ options_source, (unsigned)p->at, 0 };
}

/* The arguments as the lines of a text, so that a mistake can be shown in its place. */
static void add_source(struct diags *diags, int argc, char **argv)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	for (int i = 1; i < argc; i++) {
		for (const char *s = argv[i]; *s; s++)
			strbuf_addn(&text, *s == '\n' ? " " : s, 1);
		strbuf_addc(&text, '\n');
	}
	diag_source(diags, options_source, arena_strdup(diags->arena, strbuf_str(&text)),
		    text.len);
}

static bool is_known(unsigned sets, const struct own_option *o)
{
	return o->sets == 0 || (o->sets & sets) != 0;
}

static const struct own_option *find_own(const struct parser *p, const char *name)
{
	for (const struct own_option *o = own_options; o->name; o++)
		if (strcmp(o->name, name) == 0 && is_known(p->sets, o))
			return o;
	return NULL;
}

static const struct key *find_key_option(const struct parser *p, const char *name)
{
	if (!(p->sets & OPTIONS_POLICY))
		return NULL;
	for (const struct key *key = key_table; key->name; key++)
		if (key->option && strcmp(key->option, name) == 0)
			return key;
	return NULL;
}

static int unknown_option(const struct parser *p, const char *name)
{
	const char *names[128] = { NULL }, *near;
	const char *here = p->sets & OPTIONS_POLICY ? foreign_option(name) : NULL;
	const struct srcpos pos = position(p);
	size_t n = 0;

	if (here)
		return diag_add(p->diags, &pos,
				"unknown option \"--%s\": in sbox it is %s", name, here);
	for (const struct key *key = key_table; key->name && n < 100; key++)
		if (key->option && (p->sets & OPTIONS_POLICY))
			names[n++] = key->option;
	for (const struct own_option *o = own_options; o->name; o++)
		if (is_known(p->sets, o))
			names[n++] = o->name;
	near = diag_nearest(name, names);
	if (near)
		return diag_add(p->diags, &pos,
				"unknown option \"--%s\": did you mean \"--%s\"?", name,
				near);
	return diag_add(p->diags, &pos,
			"unknown option \"--%s\" (--help lists them; write -- in front "
			"of %s that begins with a dash)",
			name, p->sets & OPTIONS_RUN ? "a command" : "a word");
}

static void add_setting(struct parser *p, const struct key *key, const char *text)
{
	struct profile_option *setting =
		arena_append(p->diags->arena, &p->options->settings,
			     &p->options->settings_len, sizeof *setting);

	*setting = (struct profile_option){ key, text, position(p) };
}

/* The nearest limit, or all of them. */
static int unknown_limit(const struct parser *p, const char *name)
{
	static const char table[] = "limits.";
	const struct srcpos pos = position(p);
	_cleanup_strbuf_ struct strbuf all = { 0 };
	const char *names[64] = { NULL }, *near;
	size_t n = 0;

	for (const struct key *key = key_table; key->name && n < 63; key++)
		if (strncmp(key->name, table, sizeof table - 1) == 0 &&
		    key->type != KEY_TEXTS)
			names[n++] = key->name + sizeof table - 1;
	near = diag_nearest(name, names);
	if (near)
		return diag_add(p->diags, &pos,
				"there is no limit called \"%s\": did you mean \"%s\"?",
				name, near);
	for (size_t i = 0; i < n; i++)
		strbuf_printf(&all, "%s%s", i ? ", " : "", names[i]);
	return diag_add(p->diags, &pos, "there is no limit called \"%s\", there are: %s",
			name, strbuf_str(&all));
}

static int add_limit(struct parser *p, const char *value)
{
	const struct srcpos pos = position(p);
	const char *eq = strchr(value, '=');
	const struct key *key;

	if (!eq)
		return diag_add(p->diags, &pos, "\"--limit=%s\" is not NAME=VALUE",
				value);
	key = key_find(key_table, arena_printf(p->diags->arena, "limits.%.*s",
					       (int)(eq - value), value));
	if (!key)
		return unknown_limit(
			p, arena_strndup(p->diags->arena, value, (size_t)(eq - value)));
	add_setting(p, key, eq + 1);
	return 0;
}

static int parse_fd(const struct parser *p, const char *option, const char *value,
		    int *ret)
{
	const struct srcpos pos = position(p);
	int64_t fd;

	if (!value || units_number(value, INT_MAX, &fd) < 0)
		return diag_add(p->diags, &pos, "\"--%s=%s\" is no descriptor", option,
				value ? value : "");
	*ret = (int)fd;
	return 0;
}

static void add_profile(struct parser *p, const char *name, int fd)
{
	struct profile_request *request =
		arena_append(p->diags->arena, &p->options->profiles,
			     &p->options->profiles_len, sizeof *request);

	*request = (struct profile_request){ name, fd, position(p) };
}

static int add_profile_fd(struct parser *p, const char *value)
{
	int fd;

	if (parse_fd(p, "profile-fd", value, &fd) < 0)
		return -1;
	add_profile(p, NULL, fd);
	return 0;
}

/* Puts the arguments in the @len bytes of @text behind the one that is being read. */
static void insert_arguments(struct parser *p, char *text, size_t len)
{
	char **argv = NULL;
	size_t n = 0;

	for (int i = 0; i <= p->at; i++)
		*(char **)arena_append(p->diags->arena, &argv, &n, sizeof *argv) =
			p->argv[i];
	for (size_t at = 0; at < len; at += strlen(text + at) + 1)
		*(char **)arena_append(p->diags->arena, &argv, &n, sizeof *argv) =
			text + at;
	for (int i = p->at + 1; i < p->argc; i++)
		*(char **)arena_append(p->diags->arena, &argv, &n, sizeof *argv) =
			p->argv[i];
	*(char **)arena_append(p->diags->arena, &argv, &n, sizeof *argv) = NULL;
	p->argv = argv;
	p->argc = (int)n - 1;
	add_source(p->diags, p->argc, p->argv);
}

static int add_arguments(struct parser *p, const char *value)
{
	const struct srcpos pos = position(p);
	char *text;
	size_t len;
	int fd;

	if (parse_fd(p, "args-fd", value, &fd) < 0)
		return -1;
	if (io_read_all(fd, ARGS_MAX, p->diags->arena, &text, &len) < 0)
		return diag_add(p->diags, &pos,
				"cannot read arguments from descriptor %d: %s", fd,
				errno == EFBIG   ? "they are more than 2 MiB"
				: errno == EBADF ? "it is not open"
						 : strerror(errno));
	if (len > 0 && text[len - 1] != '\0')
		return diag_add(
			p->diags, &pos,
			"the arguments of descriptor %d are cut off: each has a NUL "
			"byte behind it, the last one too",
			fd);
	insert_arguments(p, text, len);
	return 0;
}

static int set_dry_run(struct parser *p, const char *value)
{
	const struct srcpos pos = position(p);

	p->options->dry_run = !value                       ? DRY_RUN_SUMMARY
			      : strcmp(value, "full") == 0 ? DRY_RUN_FULL
							   : DRY_RUN_JSON;
	if (value && strcmp(value, "full") != 0 && strcmp(value, "json") != 0)
		return diag_add(
			p->diags, &pos,
			"\"--dry-run=%s\": \"full\" and \"json\" can be asked for",
			value);
	return 0;
}

static int set_name(struct parser *p, const char *value)
{
	const struct srcpos pos = position(p);

	if (!sandbox_name_ok(value))
		return diag_add(
			p->diags, &pos,
			"\"--name=%s\" is no name: up to %d letters, digits, \"_\", "
			"\"-\" and \".\", the first of them no \".\" or \"-\"",
			value, SANDBOX_NAME_MAX);
	p->options->name = value;
	return 0;
}

/* Like every path of the command line it may be relative. */
static int set_project(struct parser *p, const char *value)
{
	const struct srcpos pos = position(p);
	char real[PATH_MAX];
	struct stat st;

	if (!realpath(value, real) || stat(real, &st) < 0)
		return diag_add(p->diags, &pos, "\"--project=%s\": %s", value,
				strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return diag_add(p->diags, &pos, "\"--project=%s\" is no directory",
				value);
	p->options->project = arena_strdup(p->diags->arena, real);
	p->options->project_pos = pos;
	return 0;
}

static int take_own(struct parser *p, const struct own_option *o, const char *value)
{
	switch (o->id) {
	case OWN_PROFILE:
		add_profile(p, value, -1);
		break;
	case OWN_PROFILE_FD:
		return add_profile_fd(p, value);
	case OWN_ARGS_FD:
		return add_arguments(p, value);
	case OWN_PROJECT:
		return set_project(p, value);
	case OWN_SET:
		add_setting(p, NULL, value);
		break;
	case OWN_LIMIT:
		return value ? add_limit(p, value) : -1;
	case OWN_DRY_RUN:
		return set_dry_run(p, value);
	case OWN_NAME:
		return set_name(p, value);
	case OWN_HOLD:
		p->options->hold = true;
		break;
	case OWN_REPORT:
		p->options->report = value;
		break;
	case OWN_STATUS_FD:
		return parse_fd(p, "status-fd", value, &p->options->status_fd);
	case OWN_BLOCK_FD:
		return parse_fd(p, "block-fd", value, &p->options->block_fd);
	case OWN_QUIET:
		p->options->quiet = true;
		break;
	case OWN_VERBOSE:
		p->options->verbose = true;
		break;
	case OWN_HELP:
		p->options->ask = ASK_HELP;
		break;
	case OWN_VERSION:
		p->options->ask = ASK_VERSION;
		break;
	case OWN_JSON:
		p->options->json = true;
		break;
	case OWN_EFFECTIVE:
		p->options->effective = true;
		return 0;
	case OWN_DETECT:
		p->options->detect = true;
		break;
	}
	return 0;
}

/* The argument behind an option that wants a value and has no "="; NULL: a mistake. */
static const char *next_argument(struct parser *p, const char *name)
{
	const struct srcpos pos = position(p);

	if (p->at + 1 >= p->argc) {
		diag_add(p->diags, &pos, "option \"%s\" needs a value", name);
		return NULL;
	}
	if (p->at + 2 == p->argc)
		p->options->taker = name;
	return p->argv[++p->at];
}

/* "-profile=build" would be the profile called "rofile=build". */
static bool is_long(const struct parser *p, const char *letters)
{
	const char *name = arena_strndup(p->diags->arena, letters, strcspn(letters, "="));

	return name[0] && name[1] && (find_own(p, name) || find_key_option(p, name));
}

static int parse_long(struct parser *p, const char *arg)
{
	const struct srcpos pos = position(p);
	const char *eq = strchr(arg, '='), *value = eq ? eq + 1 : NULL;
	const char *name =
		eq ? arena_strndup(p->diags->arena, arg, (size_t)(eq - arg)) : arg;
	const struct own_option *own = find_own(p, name);
	const struct key *key = own ? NULL : find_key_option(p, name);
	bool wants = key || (own && own->arg && own->arg[0] != '[');

	if (!own && !key)
		return unknown_option(p, name);
	if (own && !own->arg && value)
		return diag_add(p->diags, &pos, "option \"--%s\" takes no value", name);
	if (wants && !value) {
		value = next_argument(p, p->argv[p->at]);
		if (!value)
			return -1;
	}
	if (own)
		return take_own(p, own, value);
	add_setting(p, key, value);
	return 0;
}

static int unknown_letter(const struct parser *p, char letter)
{
	const struct srcpos pos = position(p);
	const char name[] = { letter, '\0' };
	const char *here = p->sets & OPTIONS_POLICY ? foreign_option(name) : NULL;

	return diag_add(p->diags, &pos, "unknown option \"-%c\"%s%s", letter,
			here ? ": in sbox it is " : "", here ? here : "");
}

/* "-p NAME", "-pNAME", "-qv" */
static int parse_short(struct parser *p, const char *letters)
{
	const struct srcpos pos = position(p);

	if (is_long(p, letters))
		return diag_add(p->diags, &pos,
				"unknown option \"-%s\": did you mean \"--%s\"?", letters,
				letters);
	for (; *letters; letters++) {
		const struct own_option *o = own_options;
		const char *value = NULL;

		while (o->name && (o->letter != *letters || !is_known(p->sets, o)))
			o++;
		if (!o->name)
			return unknown_letter(p, *letters);
		if (o->arg) {
			value = letters[1] ? letters + 1 + (letters[1] == '=')
					   : next_argument(p, p->argv[p->at]);
			return value ? take_own(p, o, value) : -1;
		}
		if (take_own(p, o, NULL) < 0)
			return -1;
	}
	return 0;
}

static void read_option(struct parser *p)
{
	const char *arg = p->argv[p->at];

	if (arg[1] == '-')
		(void)parse_long(p, arg + 2);
	else
		(void)parse_short(p, arg + 1);
}

static bool is_option(const char *arg)
{
	return arg[0] == '-' && arg[1] != '\0';
}

int options_parse(int argc, char **argv, struct diags *diags, struct request *ret)
{
	struct parser p = { argc, argv, 1, OPTIONS_RUN | OPTIONS_POLICY, diags, ret };
	size_t before = diags->total;

	*ret = (struct request){ .status_fd = -1, .block_fd = -1 };
	add_source(diags, argc, argv);
	for (; p.at < p.argc; p.at++) {
		if (strcmp(p.argv[p.at], "--") == 0) {
			p.at++;
			break;
		}
		if (!is_option(p.argv[p.at]))
			break;
		read_option(&p);
	}
	ret->command = (const char *const *)p.argv + (p.at < p.argc ? p.at : p.argc);
	return diags->total == before ? 0 : -1;
}

int options_parse_words(int argc, char **argv, unsigned sets, struct diags *diags,
			struct request *ret)
{
	struct parser p = { argc, argv, 1, sets, diags, ret };
	const char **words =
		arena_alloc(diags->arena, (size_t)(argc + 1) * sizeof *words);
	size_t before = diags->total, n = 0;
	bool options = true;

	*ret = (struct request){ .status_fd = -1, .block_fd = -1, .command = words };
	add_source(diags, argc, argv);
	for (; p.at < argc; p.at++) {
		if (options && strcmp(argv[p.at], "--") == 0)
			options = false;
		else if (options && is_option(argv[p.at]))
			read_option(&p);
		else
			words[n++] = argv[p.at];
	}
	return diags->total == before ? 0 : -1;
}

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

void options_help(struct strbuf *out)
{
	strbuf_add(
		out,
		"Usage: sbox [OPTION...] [--] COMMAND [ARG...]\n"
		"Run COMMAND in a sandbox that shows it only what a profile lists.\n\n");
	for (const struct own_option *o = own_options; o->name; o++)
		if (is_known(OPTIONS_RUN | OPTIONS_POLICY, o))
			help_line(out, o->letter, o->name, o->arg, o->help);
	strbuf_add(out, "\nSettings, as in a profile (later ones win, lists grow):\n");
	for (const struct key *key = key_table; key->name; key++)
		if (key->option)
			help_line(out, 0, key->option, key->arg, key->help);
	strbuf_add(out,
		   "\nExit status: 123 the guard found something (COMMAND's was 0), "
		   "124 limits.wall was\nreached, 125 sbox failed, 126 COMMAND cannot "
		   "be run, 127 COMMAND was not found,\n128+N ended by signal N; else "
		   "COMMAND's own.\n"
		   "See sbox(1), sbox.toml(5).\n");
}
