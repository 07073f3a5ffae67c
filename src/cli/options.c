/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* options.c - read the command line by the key table; see options.h */
#include "config.h"

#include <string.h>

#include "cli/foreign.h"
#include "cli/options.h"
#include "cli/own.h"
#include "cli/parser.h"

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
	const struct srcpos pos = parser_position(p);
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
	struct srcpos pos = parser_position(p);
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
	const struct srcpos pos = parser_position(p);
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
	const struct srcpos pos = parser_position(p);

	if (wrong)
		return diag_add(p->diags, &pos, "\"%s\" %s", value, wrong);
	take_setting(p, key, value);
	return 0;
}

static int parse_long(struct parser *p, const char *arg)
{
	const struct srcpos pos = parser_position(p);
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
	const struct srcpos pos = parser_position(p);
	const char name[] = { letter, '\0' };
	const char *here = in_other_words(p, name, *rest ? rest : NULL);

	return diag_add(p->diags, &pos, "unknown option \"-%c\"%s%s", letter,
			here ? ": in sbox it is " : "", here ? here : "");
}

/* "-p NAME", "-pNAME", "-qv" */
static int parse_short(struct parser *p, const char *letters)
{
	const struct srcpos pos = parser_position(p);

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

/* The options in front of the command, those of --args-fd in its place. */
static const char *const *words_before(const struct parser *p)
{
	const char **words =
		arena_alloc(p->diags->arena, ((size_t)p->argc + 1) * sizeof *words);
	size_t len = 0;

	for (int i = 1; i < p->at && i < p->argc; i++)
		if (strncmp(p->argv[i], "--args-fd", 9) != 0)
			words[len++] = p->argv[i];
		else if (p->argv[i][9] == '\0')
			i++; /* its value */
	words[len] = NULL;
	return words;
}

int options_parse(int argc, char **argv, struct diags *diags, struct request *ret)
{
	struct parser p = { argc, argv, 1, OPTIONS_RUN | OPTIONS_POLICY, diags, ret };
	size_t before = diags->total;

	*ret = (struct request){ .status_fd = -1, .block_fd = -1, .on_success = -1 };
	parser_add_source(diags, argc, argv);
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
	ret->words = words_before(&p);
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
	parser_add_source(diags, argc, argv);
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
