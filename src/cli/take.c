/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* take.c - the options that are no setting of a profile; see parser.h */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "cli/options.h"
#include "cli/parser.h"
#include "policy/forms.h"
#include "policy/units.h"

#define ARGS_MAX ((size_t)2 * 1024 * 1024) /* as execve(2) has it by default */

void take_setting(struct parser *p, const struct key *key, const char *text)
{
	struct profile_option *setting =
		arena_append(p->diags->arena, &p->options->settings,
			     &p->options->settings_len, sizeof *setting);

	*setting = (struct profile_option){ key, text, parser_position(p) };
}

/* The nearest limit, or all of them. */
static int unknown_limit(const struct parser *p, const char *name)
{
	static const char table[] = "limits.";
	const struct srcpos pos = parser_position(p);
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
	const struct srcpos pos = parser_position(p);
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
	take_setting(p, key, eq + 1);
	return 0;
}

static int parse_fd(const struct parser *p, const char *option, const char *value,
		    int *ret)
{
	const struct srcpos pos = parser_position(p);
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

	*request = (struct profile_request){ name, fd, parser_position(p) };
}

static int add_profile_fd(struct parser *p, const char *value)
{
	int fd = -1;

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
	parser_add_source(p->diags, p->argc, p->argv);
}

static int add_arguments(struct parser *p, const char *value)
{
	const struct srcpos pos = parser_position(p);
	char *text;
	size_t len;
	int fd = -1;

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
		return diag_add(p->diags, (struct srcpos[]){ parser_position(p) },
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
	const struct srcpos pos = parser_position(p);

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

	p->options->on_success_pos = parser_position(p);
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
	const struct srcpos pos = parser_position(p);
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

int take_own(struct parser *p, const struct own_option *o, const char *value)
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
		take_setting(p, NULL, value);
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
	case OWN_FROM_RUN:
		p->options->from_run = value;
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
