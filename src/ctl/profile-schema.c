/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * profile-schema.c - the JSON Schema of profiles, made of the key table; see profile.h
 *
 * Editors complete and check by it. Any string may hold variables, so what a string must
 * look like is asked only of strings without a dollar; what remains is for
 * "sboxctl profile check".
 */
#include "config.h"

#include <string.h>

#include "ctl/profile.h"
#include "policy/forms.h"

/* A string that is like @pattern, or has a variable in it. */
static void add_pattern(struct strbuf *out, const char *pattern)
{
	_cleanup_strbuf_ struct strbuf both = { 0 };

	strbuf_printf(&both, "%s|[$]", pattern);
	strbuf_add(out, "\"type\": \"string\", \"pattern\": ");
	strbuf_json(out, strbuf_str(&both));
}

/* By enum key_form; NULL: any string. Paths are absolute: the command line's are not
 * checked by this. */
static const char *const patterns[] = {
	[FORM_ANY] = NULL,
	[FORM_PATH] = "^/",
	[FORM_SPEC] = "^[?]?/",
	[FORM_CACHE] = ("^" SANDBOX_NAME_PATTERN "(:.+)?$"),
	[FORM_ENV_NAME] = NULL, /* of names, not of values */
	[FORM_ENV_PATTERN] = "^[^= \\t\\n]+$",
	[FORM_USER] = "^(root|caller|[0-9]+:[0-9]+)$",
	[FORM_HOSTNAME] = "^[A-Za-z0-9][A-Za-z0-9.-]{0,63}$",
	[FORM_MODE] = "^[0-7]+$",
	[FORM_FD] = "^[0-9]+$",
	[FORM_CAP] = "^[A-Za-z_]+$",
	[FORM_NAMESPACE] = "^(ipc|uts|cgroup|time)$",
	[FORM_LIMIT] = "^[a-z_]+$",
	[FORM_WORD] = NULL, /* see add_words() */
	[FORM_CALL] = NULL,
	[FORM_RULE] = NULL,
	[FORM_PUBLISH] = NULL,
};

static void add_text_type(struct strbuf *out, enum key_form form)
{
	if (patterns[form])
		add_pattern(out, patterns[form]);
	else
		strbuf_add(out, "\"type\": \"string\"");
}

static void add_words(struct strbuf *out, const struct key *key)
{
	_cleanup_strbuf_ struct strbuf named = { 0 };
	bool first = true;

	strbuf_add(out, "\"anyOf\": [{ \"enum\": [");
	for (size_t i = 0; key->words[i]; i++) {
		const char *word = key->words[i];

		if (word[strlen(word) - 1] == ':') {
			strbuf_printf(&named, "^%s" SANDBOX_NAME_PATTERN "$|", word);
			continue;
		}
		strbuf_add(out, first ? "" : ", ");
		strbuf_json(out, word);
		first = false;
	}
	strbuf_printf(out, "] }, { \"type\": \"string\", \"pattern\": \"%s[$]\" }]",
		      strbuf_str(&named));
}

static void add_table(struct strbuf *out, const struct key *keys, const char *prefix,
		      unsigned depth);

static void add_type(struct strbuf *out, const struct key *key, unsigned depth)
{
	switch (key->type) {
	case KEY_TEXT:
		add_text_type(out, key->form);
		break;
	case KEY_WORD:
		add_words(out, key);
		break;
	case KEY_BOOL:
		strbuf_add(out, "\"type\": \"boolean\"");
		break;
	case KEY_COUNT:
		strbuf_printf(out, "\"type\": \"integer\", \"minimum\": %lld",
			      (long long)key->min);
		break;
	case KEY_SIZE:
		strbuf_printf(
			out,
			"\"anyOf\": [{ \"type\": \"integer\", \"minimum\": %lld }, { ",
			(long long)key->min);
		add_pattern(out, "^[0-9]+([KMGT]?B?|[KMGT]iB)$");
		strbuf_add(out, " }]");
		break;
	case KEY_TIME:
		add_pattern(out, "^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$");
		break;
	case KEY_PERCENT:
		add_pattern(out, "^[0-9]+%$");
		break;
	case KEY_TEXTS:
		strbuf_add(out, "\"type\": \"array\", \"items\": { ");
		add_text_type(out, key->form);
		strbuf_add(out, " }");
		break;
	case KEY_PAIRS:
		strbuf_add(out, "\"type\": \"object\", \"additionalProperties\": { "
				"\"type\": \"string\" }");
		break;
	case KEY_MOUNTS:
		strbuf_add(out, "\"type\": \"array\", \"items\": {\n");
		add_table(out, mount_keys, "", depth + 1);
		strbuf_add(out, "}");
		break;
	}
}

static void indent(struct strbuf *out, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++)
		strbuf_add(out, "  ");
}

/*
 * Adds the inside of the braces behind "NAME":, an object that takes the keys of @keys
 * which begin with @prefix and nothing else.
 */
static void add_table(struct strbuf *out, const struct key *keys, const char *prefix,
		      unsigned depth)
{
	size_t len = strlen(prefix);
	const char *comma = "";

	indent(out, depth);
	strbuf_add(out, "\"type\": \"object\", \"additionalProperties\": false,\n");
	if (keys == mount_keys) {
		indent(out, depth);
		strbuf_add(out, "\"required\": [\"type\", \"target\"],\n");
	}
	indent(out, depth);
	strbuf_add(out, "\"properties\": {");
	for (const struct key *key = keys; key->name; key++) {
		if (strncmp(key->name, prefix, len) != 0)
			continue;
		strbuf_printf(out, "%s\n", comma);
		indent(out, depth + 1);
		strbuf_printf(out, "\"%s\": { \"description\": ", key->name + len);
		strbuf_json(out, key->help);
		strbuf_add(out, ", ");
		add_type(out, key, depth + 1);
		strbuf_add(out, " }");
		comma = ",";
	}
	strbuf_add(out, "\n");
	indent(out, depth);
	strbuf_add(out, "}\n");
	indent(out, depth - 1);
}

/* Keys and tables that "reset" takes. */
static void add_resets(struct strbuf *out)
{
	const char *table = "";
	size_t len = 0;

	strbuf_add(out,
		   "    \"reset\": { \"description\": \"keys or tables to set back to "
		   "their defaults first\", \"type\": \"array\", \"items\": { "
		   "\"enum\": [");
	for (const struct key *key = key_table; key->name; key++) {
		const char *dot = strchr(key->name, '.');

		strbuf_printf(out, "%s\"%s\"", key == key_table ? "" : ", ", key->name);
		if (!dot || ((size_t)(dot - key->name) == len &&
			     strncmp(table, key->name, len) == 0))
			continue;
		table = key->name;
		len = (size_t)(dot - key->name);
		strbuf_printf(out, ", \"%.*s\"", (int)len, table);
	}
	strbuf_add(out, "] } }");
}

static void add_tables(struct strbuf *out)
{
	const char *last = "";
	size_t len = 0;

	for (const struct key *key = key_table; key->name; key++) {
		const char *dot = strchr(key->name, '.');
		char prefix[32];

		if (!dot || ((size_t)(dot - key->name) + 1 == len &&
			     strncmp(last, key->name, len) == 0))
			continue;
		last = key->name;
		len = (size_t)(dot - key->name) + 1;
		if (len >= sizeof prefix)
			continue;
		memcpy(prefix, last, len);
		prefix[len] = '\0';
		strbuf_printf(out, ",\n    \"%.*s\": {\n", (int)len - 1, prefix);
		add_table(out, key_table, prefix, 3);
		strbuf_add(out, "}");
	}
}

void profile_schema(struct strbuf *out)
{
	strbuf_add(
		out,
		"{\n"
		"  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
		"  \"title\": \"profiles of sbox, sbox.toml(5)\",\n"
		"  \"description\": \"made by sboxctl profile schema: do not edit\",\n"
		"  \"type\": \"object\", \"additionalProperties\": false,\n"
		"  \"properties\": {\n"
		"    \"version\": { \"description\": \"of the format\", \"const\": 1 },\n"
		"    \"extends\": { \"description\": \"profiles to apply first: names, "
		"or "
		"paths with a slash\", \"type\": \"array\", \"items\": { \"type\": "
		"\"string\", \"pattern\": \".\" } },\n");
	add_resets(out);
	strbuf_add(out,
		   ",\n    \"vars\": { \"description\": \"variables of one's own, for "
		   "${NAME}\", \"type\": \"object\", \"additionalProperties\": { "
		   "\"type\": \"string\" } }");
	for (const struct key *key = key_table; key->name; key++) {
		if (strchr(key->name, '.'))
			continue;
		strbuf_printf(out, ",\n    \"%s\": { \"description\": ", key->name);
		strbuf_json(out, key->help);
		strbuf_add(out, ", ");
		add_type(out, key, 2);
		strbuf_add(out, " }");
	}
	add_tables(out);
	strbuf_add(out, "\n  }\n}\n");
}
