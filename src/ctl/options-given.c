/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* options-given.c - what a command line gave, as a profile; see options-given.h */
#include "config.h"

#include <string.h>

#include "base/path.h"
#include "ctl/options-given.h"

/* Whether @text can stand between quotes as it is, and means the same there. */
static bool is_literal(const char *text)
{
	for (size_t len; *text; text += len) {
		len = utf8_length(text, strlen(text));
		if (len == 0 || (unsigned char)*text < ' ' || *text == 0x7f ||
		    strchr("\"\\$", *text))
			return false;
	}
	return true;
}

static bool is_path_of(const struct key *key)
{
	return key->form == FORM_PATH || key->form == FORM_SPEC;
}

/* What --set takes is a line of its own, and what ".." leads to is not known any more. */
static bool can_be_written(const struct profile_option *setting)
{
	return setting->key && setting->key->type != KEY_MOUNTS &&
	       is_literal(setting->text) &&
	       !(is_path_of(setting->key) && strstr(setting->text, ".."));
}

/* In a path of the command line the directory is no part of its form; in a profile it
 * would be. */
static bool can_be_in_front(const char *cwd)
{
	return is_literal(cwd) && !strpbrk(cwd, ":?*");
}

int given_check(const struct options_given *given, struct error *err)
{
	const struct request *request = given->request;

	if (!can_be_in_front(given->cwd))
		return error_set(err,
				 "the name of this directory cannot be written in a "
				 "profile: %s",
				 given->cwd);
	for (size_t i = 0; i < request->profiles_len; i++)
		if (!request->profiles[i].name || !is_literal(request->profiles[i].name))
			return error_set(err, "only a profile that has a name can be "
					      "extended by another one");
	for (size_t i = 0; i < request->settings_len; i++)
		if (!can_be_written(&request->settings[i]))
			return error_set(err,
					 "\"%s\" cannot be put into a new profile: write "
					 "it into one yourself, and extend that with -p",
					 request->settings[i].text);
	return 0;
}

void given_path(const struct options_given *given, const char *path, struct strbuf *out)
{
	const char *const dirs[] = { given->project, given->home };
	const char *const names[] = { "PROJECT", "HOME" };

	for (int i = 0; i < 2; i++) {
		if (!dirs[i] || !*dirs[i] || !path_within(path, dirs[i]))
			continue;
		strbuf_printf(out, "${%s}%s%s", names[i],
			      strcmp(path, dirs[i]) == 0 ? "" : "/",
			      path_below(path, dirs[i]));
		return;
	}
	strbuf_add(out, path);
}

static const char *absolute(const struct options_given *given, const char *path)
{
	const char *whole = path_join(given->arena, given->cwd, path);
	const char *clean = path_clean(given->arena, whole);

	return clean ? clean : whole;
}

void given_extends(const struct options_given *given, struct strbuf *out)
{
	const struct request *request = given->request;

	strbuf_add(out, "extends = [");
	for (size_t i = 0; i < request->profiles_len; i++) {
		const char *name = request->profiles[i].name;

		strbuf_printf(out, "%s\"%s\"", i ? ", " : "",
			      !strchr(name, '/') || *name == '/' ? name
								 : absolute(given, name));
	}
	strbuf_add(out, "]\n");
}

/* The value of an option as it is written in a profile, where no path is relative. */
static void add_given_value(const struct options_given *given,
			    const struct profile_option *setting, struct strbuf *out)
{
	const struct key *key = setting->key;
	const char *text = setting->text;
	const bool is_path = is_path_of(key);
	const bool maybe = is_path && *text == '?';

	if (key->type == KEY_BOOL || key->type == KEY_COUNT) {
		strbuf_add(out, text);
		return;
	}
	text += maybe;
	strbuf_printf(out, "\"%s", maybe ? "?" : "");
	if (is_path)
		given_path(given, *text == '/' ? text : absolute(given, text), out);
	else
		strbuf_add(out, text);
	strbuf_addc(out, '"');
}

static const char *name_in_table(const struct key *key)
{
	return strchr(key->name, '.') + 1;
}

static void add_given_list(const struct options_given *given, const struct key *key,
			   given_more *more, void *data, struct strbuf *out)
{
	const struct request *request = given->request;

	strbuf_printf(out, "%s = [\n", name_in_table(key));
	for (size_t i = 0; i < request->settings_len; i++) {
		if (request->settings[i].key != key)
			continue;
		strbuf_add(out, "    ");
		add_given_value(given, &request->settings[i], out);
		strbuf_add(out, ", # given\n");
	}
	if (more)
		(void)more(data, key, out);
	strbuf_add(out, "]\n");
}

/* The last one counts. */
static void add_given_single(const struct options_given *given, const struct key *key,
			     struct strbuf *out)
{
	const struct request *request = given->request;

	for (size_t i = request->settings_len; i > 0; i--) {
		if (request->settings[i - 1].key != key)
			continue;
		strbuf_printf(out, "%s = ", name_in_table(key));
		add_given_value(given, &request->settings[i - 1], out);
		strbuf_add(out, " # given\n");
		return;
	}
}

/* "NAME=VALUE" each; of the same name the last one counts. */
static void add_given_pairs(const struct options_given *given, const struct key *key,
			    struct strbuf *out)
{
	const struct request *request = given->request;
	bool first = true;

	strbuf_printf(out, "%s = { ", name_in_table(key));
	for (size_t i = 0; i < request->settings_len; i++) {
		const char *text = request->settings[i].text;
		const size_t name = strcspn(text, "=") + 1;
		bool last = request->settings[i].key == key;

		for (size_t k = i + 1; last && k < request->settings_len; k++)
			last = request->settings[k].key != key ||
			       strncmp(request->settings[k].text, text, name) != 0;
		if (!last)
			continue;
		strbuf_printf(out, "%s\"%.*s\" = \"%s\"", first ? "" : ", ",
			      (int)name - 1, text, text + name);
		first = false;
	}
	strbuf_add(out, " } # given\n");
}

static bool was_given(const struct options_given *given, const struct key *key)
{
	for (size_t i = 0; i < given->request->settings_len; i++)
		if (given->request->settings[i].key == key)
			return true;
	return false;
}

void given_tables(const struct options_given *given, given_more *more, void *data,
		  struct strbuf *out)
{
	const char *table = "";

	for (const struct key *key = key_table; key->name; key++) {
		const size_t len = strcspn(key->name, ".");

		if (!was_given(given, key) && !(more && more(data, key, NULL)))
			continue;
		if (strncmp(table, key->name, len + 1) != 0)
			strbuf_printf(out, "\n[%.*s]\n", (int)len, key->name);
		table = key->name;
		if (key->type == KEY_TEXTS)
			add_given_list(given, key, more, data, out);
		else if (key->type == KEY_PAIRS)
			add_given_pairs(given, key, out);
		else
			add_given_single(given, key, out);
	}
}
