/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* options.c - read the command line by the key table; see options.h */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "cli/foreign.h"
#include "cli/options.h"
#include "cli/own.h"
#include "policy/forms.h"
#include "policy/units.h"

#define ARGS_MAX ((size_t)2 * 1024 * 1024) /* as execve(2) has it by default */

const char options_source[] = "command line";

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

static const struct own_option *find_own(const struct parser *p, const char *name)
{
	for (const struct own_option *o = own_options; o->name; o++)
		if (strcmp(o->name, name) == 0 && own_is_known(p->sets, o))
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

/* The argument @n places from here, which may be a value, or NULL. */
static const char *value_after(const struct parser *p, int n)
{
	const char *arg = p->at + n < p->argc ? p->argv[p->at + n] : NULL;

	return arg && *arg != '-' ? arg : NULL;
}

/*
 * What another program's option @name is here, or NULL. Its value is @value, or stands in
 * the next arguments, which are passed over then, so that what follows is read as well.
 */
static const char *in_other_words(struct parser *p, const char *name, const char *value)
{
	const char *next = value_after(p, 1), *behind = next ? value_after(p, 2) : NULL;
	const struct foreign f = { name, value ? value : next, value ? next : behind };
	const char *here;
	unsigned used;

	if (!(p->sets & OPTIONS_POLICY))
		return NULL;
	here = foreign_option(p->diags->arena, &f, &used);
	p->at += (int)used - (value && used > 0);
	return here;
}

static int unknown_option(struct parser *p, const char *name, const char *value)
{
	const char *names[128] = { NULL }, *near;
	const struct srcpos pos = position(p);
	const char *here = in_other_words(p, name, value);
	size_t n = 0;

	if (here)
		return diag_add(p->diags, &pos,
				"unknown option \"--%s\": in sbox it is %s", name, here);
	for (const struct key *key = key_table; key->name && n < 100; key++)
		if (key->option && (p->sets & OPTIONS_POLICY))
			names[n++] = key->option;
	for (const struct own_option *o = own_options; o->name; o++)
		if (own_is_known(p->sets, o))
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

static int take_mode(const struct parser *p, const struct own_option *o,
		     const char *value)
{
	const int word = own_word(o, value);

	if (word < 0)
		return diag_add(p->diags, (struct srcpos[]){ position(p) },
				"\"--%s=%s\" must be one of: %s", o->name, value, o->arg);
	if (o->id == OWN_DRY_RUN)
		p->options->dry_run = DRY_RUN_SUMMARY + word;
	else
		p->options->observe = OBSERVE_PLAIN + word;
	return 0;
}

/* The value of @option, which is the name of a sandbox or of a change set. */
static int set_name(const struct parser *p, const char *option, const char *value,
		    const char **ret)
{
	const struct srcpos pos = position(p);

	if (!value || !sandbox_name_ok(value))
		return diag_add(
			p->diags, &pos,
			"\"--%s=%s\" is no name: up to %d letters, digits, \"_\", "
			"\"-\" and \".\", the first of them no \".\" or \"-\"",
			option, value ? value : "", SANDBOX_NAME_MAX);
	*ret = value;
	return 0;
}

/* By the words of the key. */
static int set_on_success(struct parser *p, const char *value)
{
	const char *const *words = key_find(key_table, "changes.on_success")->words;
	int *which = &p->options->on_success;

	p->options->on_success_pos = position(p);
	for (*which = 0; value && words[*which]; (*which)++)
		if (strcmp(words[*which], value) == 0)
			return 0;
	return diag_add(p->diags, &p->options->on_success_pos,
			"\"--on-success=%s\" must be one of: keep, commit, discard, ask",
			value ? value : "");
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

/* The options that are said or not. */
static void take_switch(struct request *options, enum own id)
{
	static const struct {
		enum own id;
		size_t at; /* of a bool in struct request */
	} flags[] = {
		{ OWN_HOLD, offsetof(struct request, hold) },
		{ OWN_TRY, offsetof(struct request, try) },
		{ OWN_QUIET, offsetof(struct request, quiet) },
		{ OWN_VERBOSE, offsetof(struct request, verbose) },
		{ OWN_JSON, offsetof(struct request, json) },
		{ OWN_EFFECTIVE, offsetof(struct request, effective) },
		{ OWN_DETECT, offsetof(struct request, detect) },
	};

	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (flags[i].id == id)
			*(bool *)((char *)options + flags[i].at) = true;
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
	case OWN_OBSERVE:
		return take_mode(p, o, value);
	case OWN_NAME:
		return set_name(p, o->name, value, &p->options->name);
	case OWN_CHANGES:
		return set_name(p, o->name, value, &p->options->changes);
	case OWN_ON_SUCCESS:
		return set_on_success(p, value);
	case OWN_REPORT:
		p->options->report = value;
		break;
	case OWN_STATUS_FD:
		return parse_fd(p, "status-fd", value, &p->options->status_fd);
	case OWN_BLOCK_FD:
		return parse_fd(p, "block-fd", value, &p->options->block_fd);
	case OWN_HELP:
	case OWN_VERSION:
		p->options->ask = o->id == OWN_HELP ? ASK_HELP : ASK_VERSION;
		break;
	case OWN_WHY:
		p->options->ask = ASK_WHY;
		break;
	case OWN_HOLD:
	case OWN_TRY:
	case OWN_QUIET:
	case OWN_VERBOSE:
	case OWN_JSON:
	case OWN_EFFECTIVE:
	case OWN_DETECT:
		take_switch(p->options, o->id);
		break;
	}
	return 0;
}

static bool is_option(const char *arg)
{
	return arg[0] == '-' && arg[1] != '\0';
}

/* The option of letter @letter; its name is NULL: there is none. */
static const struct own_option *find_letter(const struct parser *p, char letter)
{
	const struct own_option *o = own_options;

	while (o->name && (o->letter != letter || !own_is_known(p->sets, o)))
		o++;
	return o;
}

/* Whether @arg, which begins with a dash, is an option of ours, or the end of them. */
static bool is_own_option(const struct parser *p, const char *arg)
{
	const char *name;

	if (arg[1] != '-')
		return find_letter(p, arg[1])->name != NULL;
	name = arena_strndup(p->diags->arena, arg + 2, strcspn(arg + 2, "="));
	return !*name || find_own(p, name) || find_key_option(p, name);
}

/*
 * @next stands where the value of option @typed, called @name in full, is to be, and
 * begins with a dash: more often than not the value was forgotten.
 */
static void refuse_value(struct parser *p, const char *typed, const char *name,
			 const char *arg, const char *next)
{
	struct srcpos pos = position(p);
	const char *how = "";

	pos.line++;
	if (strcmp(next, "--") != 0)
		how = arena_printf(p->diags->arena,
				   " (a value that begins with a dash is written "
				   "--%s=%s)",
				   name, next);
	diag_add(p->diags, &pos, "option \"%s\" needs a value, %s, in front of \"%s\"%s",
		 typed, arg, next, how);
	if (!is_own_option(p, next)) /* else it is read as what it is */
		p->at++;
}

/* The argument behind option @typed, which wants a value and has no "="; NULL: a mistake.
 */
static const char *next_argument(struct parser *p, const char *typed, const char *name,
				 const char *arg)
{
	const struct srcpos pos = position(p);
	const char *next = p->at + 1 < p->argc ? p->argv[p->at + 1] : NULL;

	if (!next)
		diag_add(p->diags, &pos, "option \"%s\" needs a value, %s", typed, arg);
	else if (is_option(next))
		refuse_value(p, typed, name, arg, next);
	if (!next || is_option(next))
		return NULL;
	if (p->at + 2 == p->argc)
		p->options->taker = typed;
	return p->argv[++p->at];
}

/* "-profile=build" would be the profile called "rofile=build". */
static bool is_long(const struct parser *p, const char *letters)
{
	const char *name = arena_strndup(p->diags->arena, letters, strcspn(letters, "="));

	return name[0] && name[1] && (find_own(p, name) || find_key_option(p, name));
}

/*
 * A value of an option that has the same name elsewhere and other values: bubblewrap's
 * "--setenv NAME VALUE", and docker's "--tmpfs DIR:size=64m". NULL: it is none.
 */
static const char *foreign_value(const struct parser *p, const struct key *key,
				 const char *value, bool apart)
{
	const char *size = strstr(value, ":size=");
	const char *next = apart ? value_after(p, 1) : NULL;

	if (key->type == KEY_PAIRS && !strchr(value, '='))
		return arena_printf(p->diags->arena,
				    "is not NAME=VALUE: write --%s=%s=%s", key->option,
				    value, next ? next : "VALUE");
	if (strcmp(key->option, "tmpfs") == 0 && size && size > value && size[-1] != '\\')
		return arena_printf(p->diags->arena,
				    "has a size: write --tmpfs=%.*s "
				    "--limit=tmpfs=SIZE (64M, 2G)",
				    (int)(size - value), value);
	return NULL;
}

static int add_key_option(struct parser *p, const struct key *key, const char *value,
			  bool apart)
{
	const char *wrong = foreign_value(p, key, value, apart);
	const struct srcpos pos = position(p);

	if (wrong)
		return diag_add(p->diags, &pos, "\"%s\" %s", value, wrong);
	add_setting(p, key, value);
	return 0;
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
		return unknown_option(p, name, value);
	if (own && !own->arg && value)
		return diag_add(p->diags, &pos, "option \"--%s\" takes no value", name);
	if (wants && !value) {
		value = next_argument(p, p->argv[p->at], name, own ? own->arg : key->arg);
		if (!value)
			return -1;
	}
	if (own)
		return take_own(p, own, value);
	return add_key_option(p, key, value, !eq);
}

/* @rest: what stands behind it. */
static int unknown_letter(struct parser *p, char letter, const char *rest)
{
	const struct srcpos pos = position(p);
	const char name[] = { letter, '\0' };
	const char *here = in_other_words(p, name, *rest ? rest : NULL);

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
		const struct own_option *o = find_letter(p, *letters);
		const char *value = NULL;

		if (!o->name)
			return unknown_letter(p, *letters, letters + 1);
		if (o->arg) {
			value = letters[1] ? letters + 1 + (letters[1] == '=')
					   : next_argument(p, p->argv[p->at], o->name,
							   o->arg);
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

int options_parse(int argc, char **argv, struct diags *diags, struct request *ret)
{
	struct parser p = { argc, argv, 1, OPTIONS_RUN | OPTIONS_POLICY, diags, ret };
	size_t before = diags->total;

	*ret = (struct request){ .status_fd = -1, .block_fd = -1, .on_success = -1 };
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

	*ret = (struct request){ .status_fd = -1, .block_fd = -1, .on_success = -1 };
	ret->command = words;
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
