/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* forms.c - check and normalise the strings of a profile; see forms.h, keys.h */
#include "config.h"

#include <cap-ng.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "policy/forms.h"
#include "policy/units.h"

#define ID_MAX INT64_C(4294967294) /* 2^32 - 1 means "no id" to the kernel */

bool sandbox_name_ok(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
	size_t len = strlen(name);

	return len > 0 && len <= SANDBOX_NAME_MAX && strspn(name, allowed) == len &&
	       name[0] != '.' && name[0] != '-';
}

/*
 * A clean absolute path of @s: @s itself, if it is one. Where relative paths are allowed
 * (@cwd), ".." is resolved by the file system, as a shell's user means it; a profile's is
 * refused.
 */
static const char *normal_path(struct arena *arena, const char *s, const char *cwd)
{
	const char *path = s, *last;
	char real[PATH_MAX];

	if (path_is_clean(s)) /* as most are */
		return s;
	if (!cwd || !*s)
		return path_clean(arena, s);
	if (*s != '/')
		path = path_join(arena, cwd, s);
	if (strlen(path) >= PATH_MAX || path_clean(arena, path))
		return path_clean(arena, path);
	if (realpath(path, real))
		return arena_strdup(arena, real);
	/* not there: then at least where it would be */
	last = strrchr(path, '/');
	if (last == path ||
	    !realpath(arena_strndup(arena, path, (size_t)(last - path)), real))
		return NULL;
	return path_clean(arena, path_join(arena, real, last + 1));
}

/* Whether the backslash at @i escapes @c behind it; both are the profile's own. */
static bool escapes(const struct expanded *text, size_t i, char c)
{
	return expanded_is(text, i, '\\') && expanded_is(text, i + 1, c);
}

/*
 * @text from @i on without its escapes; parted at the first colon that has none. @text's
 * own where there is nothing to do, as in most.
 */
static const char *split_colon(struct arena *arena, const struct expanded *text, size_t i,
			       const char **ret_second)
{
	char *first, *out;

	*ret_second = NULL;
	if (!strpbrk(text->s + i, ":\\"))
		return text->s + i;
	first = out = arena_alloc(arena, strlen(text->s + i) + 1);
	for (; text->s[i]; i++) {
		if (escapes(text, i, ':') || escapes(text, i, '\\')) {
			*out++ = text->s[++i];
		} else if (!*ret_second && expanded_is(text, i, ':')) {
			*out++ = '\0';
			*ret_second = out;
		} else {
			*out++ = text->s[i];
		}
	}
	*out = '\0';
	return first;
}

/*
 * Whether a shell was to have made something else of @path: "--deny=~/x" and '$x' reach
 * us as they are written, and would be names in the current directory.
 */
static bool unexpanded(const struct layer *layer, const char *path,
		       const struct srcpos *pos, const char *whole)
{
	if (layer->vars || (*path != '~' && *path != '$'))
		return false;
	diag_add(layer->diags, pos,
		 "\"%s\": the shell did not expand this: write \"$HOME/...\", or "
		 "\"./%c...\" "
		 "if the file is called so",
		 whole, *path);
	return true;
}

static int parse_spec(struct arena *arena, const struct expanded *text, const char *cwd,
		      struct fsspec *ret)
{
	struct fsspec spec = { .optional = expanded_is(text, 0, '?') };
	const char *second, *first = split_colon(arena, text, spec.optional, &second);

	spec.source = normal_path(arena, first, cwd);
	spec.target = second ? path_clean(arena, second) : spec.source;
	if (!spec.source || !spec.target)
		return -1;
	*ret = spec;
	return 0;
}

int fsspec_parse(struct arena *arena, const char *s, const char *cwd, struct fsspec *ret)
{
	return parse_spec(arena, &(struct expanded){ .s = s }, cwd, ret);
}

/* Puts the colons' and backslashes' escapes back. */
static void add_escaped(struct strbuf *buf, const char *path)
{
	for (;;) {
		size_t n = strcspn(path, ":\\");

		strbuf_addn(buf, path, n);
		if (!path[n])
			return;
		strbuf_addc(buf, '\\');
		strbuf_addc(buf, path[n]);
		path += n + 1;
	}
}

/* Whether @len bytes of @name, as they are, are the path of something. */
static const char *there_as_it_is(const struct layer *layer, const char *name, size_t len)
{
	struct arena *arena = layer->diags->arena;
	const char *path = arena_strndup(arena, name, len);
	struct stat st;

	if (*path != '/')
		path = path_join(arena, layer->cwd ? layer->cwd : "/", path);
	return lstat(path, &st) == 0 ? path : NULL;
}

/*
 * Whether the shell may have brought a backslash or a "?" in: "--deny=$PWD/x" in a
 * directory called "a\:b" would mean one called "a:b", and "--read=?x" what is called
 * "x". So nothing that is there may be called so, nor a directory on the way.
 */
static bool has_shell_signs(const struct layer *layer, const char *s,
			    const struct srcpos *pos)
{
	const char *path = NULL, *name = s + (*s == '?');

	if (layer->vars)
		return false;
	if (*s == '?')
		path = there_as_it_is(layer, s, strcspn(s, ":"));
	for (const char *at = strchr(name, '\\'); at && !path; at = *at ? at + 1 : NULL) {
		at += strcspn(at, "/");
		path = there_as_it_is(layer, name, (size_t)(at - name));
	}
	if (!path)
		return false;
	diag_add(layer->diags, pos,
		 "\"%s\": there is \"%s\", and this means another path, in which a "
		 "backslash takes the meaning of what is behind it and \"?\" in front "
		 "says "
		 "that it may be missing: write \"\\\\\" for a backslash of a name, "
		 "\"./?\" for a question mark, \".\" for the current directory, or a "
		 "[[fs.mount]] with source and target",
		 s, path);
	return true;
}

/*
 * Whether the shell may have brought a colon in: "--write=$PWD" in a directory called
 * "x:/data" reaches us as SRC:DST, and "$PWD:/dst" as that with another DST. So nothing
 * that is there may be called like @s up to a later colon, or up to its end.
 */
static bool ambiguous(const struct layer *layer, const char *s, const struct fsspec *spec,
		      const struct srcpos *pos)
{
	struct arena *arena = layer->diags->arena;
	const char *name = s + (*s == '?');
	size_t len = strcspn(name, ":");
	struct stat st;

	if (layer->vars || spec->source == spec->target)
		return false;
	while (name[len]) {
		const char *path;

		len += 1 + strcspn(name + len + 1, ":");
		path = arena_strndup(arena, name, len);
		if (*path != '/')
			path = path_join(arena, layer->cwd ? layer->cwd : "/", path);
		if (lstat(path, &st) < 0)
			continue;
		diag_add(layer->diags, pos,
			 "\"%s\": there is a file \"%s\", so this can be meant as SRC or "
			 "as SRC:DST: write \"\\:\" for a colon of a name, \".\" for the "
			 "current directory, or a [[fs.mount]] with source and target",
			 s, path);
		return true;
	}
	return false;
}

const char *fsspec_text(struct arena *arena, const struct fsspec *spec)
{
	_cleanup_strbuf_ struct strbuf buf = { 0 };

	if (spec->optional)
		strbuf_addc(&buf, '?');
	add_escaped(&buf, spec->source);
	if (strcmp(spec->source, spec->target) != 0) {
		strbuf_addc(&buf, ':');
		add_escaped(&buf, spec->target);
	}
	return arena_strdup(arena, strbuf_str(&buf));
}

/* Whether there is a file that is called @s as it is, colons and all. */
static bool is_a_name(const struct layer *layer, const char *s)
{
	struct stat st;

	return !layer->vars && strchr(s, ':') && lstat(s + (*s == '?'), &st) == 0;
}

static const char *no_spec(const struct layer *layer, const char *s,
			   const struct srcpos *pos)
{
	if (is_a_name(layer, s))
		diag_add(layer->diags, pos,
			 "\"%s\": a colon ends SRC, and there is a file of this name: "
			 "write \"\\:\" for the colon of a name",
			 s);
	else
		diag_add(layer->diags, pos,
			 "\"%s\" is no path of the form [?]SRC[:DST]: %s", s,
			 layer->vars ? "paths are absolute and without \"..\"; ${HOME}, "
				       "${CWD} and ${PROFILE_DIR} help"
				     : "SRC is a name in a directory that is there, DST "
				       "is absolute and without \"..\"");
	return NULL;
}

static const char *check_spec(const struct layer *layer, const struct expanded *text,
			      const struct srcpos *pos)
{
	struct arena *arena = layer->diags->arena;
	const char *s = text->s;
	struct fsspec spec;

	if (unexpanded(layer, s + (*s == '?'), pos, s))
		return NULL;
	if (parse_spec(arena, text, layer->cwd, &spec) < 0)
		return no_spec(layer, s, pos);
	if (spec.source == spec.target && spec.source == s + spec.optional)
		return s; /* it was written so */
	return has_shell_signs(layer, s, pos) || ambiguous(layer, s, &spec, pos)
		       ? NULL
		       : fsspec_text(arena, &spec);
}

static const char *check_path(const struct layer *layer, const char *s,
			      const struct srcpos *pos)
{
	const char *path;

	if (unexpanded(layer, s, pos, s))
		return NULL;
	path = normal_path(layer->diags->arena, s, layer->cwd);
	if (!path)
		diag_add(layer->diags, pos,
			 "\"%s\" is not an absolute path without \"..\"", s);
	return path;
}

/* A clean path of @s, which may be relative; NULL: it leads up, or nowhere. */
static const char *inner_path(struct arena *arena, const char *s)
{
	const char *path;

	if (*s == '/')
		return path_clean(arena, s);
	path = path_clean(arena, path_join(arena, "/", s));
	return path && path[1] ? path + 1 : NULL;
}

/* @s, whose name is its first @len bytes. */
static int parse_cache(struct arena *arena, const char *s, size_t len,
		       struct cachespec *ret)
{
	struct cachespec spec = { .name = arena_strndup(arena, s, len) };

	if (!sandbox_name_ok(spec.name))
		return -1;
	spec.path = s[len] ? inner_path(arena, s + len + 1)
			   : path_join(arena, ".cache", spec.name);
	if (!spec.path || *spec.path == '~' || strcmp(spec.path, "/") == 0)
		return -1;
	*ret = spec;
	return 0;
}

int cachespec_parse(struct arena *arena, const char *s, struct cachespec *ret)
{
	return parse_cache(arena, s, strcspn(s, ":"), ret);
}

static const char *check_cache(const struct layer *layer, const struct expanded *text,
			       const struct srcpos *pos)
{
	struct arena *arena = layer->diags->arena;
	const char *s = text->s;
	struct cachespec spec;
	size_t len = 0;

	while (s[len] && !expanded_is(text, len, ':'))
		len++;
	if (parse_cache(arena, s, len, &spec) == 0)
		return s[len] ? arena_printf(arena, "%s:%s", spec.name, spec.path) : s;
	if (!sandbox_name_ok(arena_strndup(arena, s, len)))
		diag_add(layer->diags, pos,
			 "\"%s\" is no cache, NAME or NAME:PATH: a name has letters, "
			 "digits, \"_\", \"-\" and \".\", begins with none of the last "
			 "two, and is %d long at most",
			 s, SANDBOX_NAME_MAX);
	else
		diag_add(
			layer->diags, pos,
			"\"%s\" is no cache, NAME or NAME:PATH: PATH is a path inside, "
			"without \"..\", absolute or in the command's HOME: \"npm:.npm\"",
			s);
	return NULL;
}

/* A pattern in which each "*" that the profile did not say itself has a backslash. */
static const char *pattern_text(struct arena *arena, const struct expanded *text)
{
	_cleanup_strbuf_ struct strbuf buf = { 0 };

	for (size_t i = 0; text->s[i]; i++) {
		bool any = expanded_is(text, i, '*');

		if (escapes(text, i, '*') || escapes(text, i, '\\'))
			i++;
		if (!any && (text->s[i] == '*' || text->s[i] == '\\'))
			strbuf_addc(&buf, '\\');
		strbuf_addc(&buf, text->s[i]);
	}
	return arena_strdup(arena, strbuf_str(&buf));
}

/* The characters that have a meaning in the forms that know no escape for them. */
static const char *structure(enum key_form form)
{
	static const char *const chars[] = {
		[FORM_USER] = ":",       [FORM_WORD] = ":",        [FORM_CALL] = "@:",
		[FORM_RULE] = ":/-[],*", [FORM_PUBLISH] = ":/-[]",
	};

	return (size_t)form < sizeof chars / sizeof chars[0] && chars[form] ? chars[form]
									    : "";
}

/*
 * The first byte of @text that would have a meaning if a variable had not brought it in;
 * -1: there is none. An IPv6 address may come into the brackets that the profile wrote.
 */
static long foreign_structure(enum key_form form, const struct expanded *text)
{
	const char *chars = structure(form);
	bool inside = false;

	for (size_t i = 0; text->data && text->s[i]; i++) {
		if (expanded_is(text, i, '[') || expanded_is(text, i, ']'))
			inside = text->s[i] == '[';
		if (text->data[i] && strchr(chars, text->s[i]) &&
		    !(inside && text->s[i] == ':'))
			return (long)i;
	}
	return -1;
}

static bool env_name_ok(const char *s)
{
	return *s && !strpbrk(s, "= \t\n*");
}

static bool hostname_ok(const char *s)
{
	static const char chars[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
	size_t len = strlen(s);

	return len > 0 && len <= 64 && strspn(s, chars) == len && *s != '-' && *s != '.';
}

int user_parse(const char *s, bool *ret_caller, int64_t *ret_uid, int64_t *ret_gid)
{
	const char *colon = strchr(s, ':');
	int64_t uid = 0, gid = 0;
	char first[16];

	if (colon) {
		if ((size_t)(colon - s) >= sizeof first)
			return -1;
		memcpy(first, s, (size_t)(colon - s));
		first[colon - s] = '\0';
		if (units_number(first, ID_MAX, &uid) < 0 ||
		    units_number(colon + 1, ID_MAX, &gid) < 0)
			return -1;
	} else if (strcmp(s, "root") != 0 && strcmp(s, "caller") != 0) {
		return -1;
	}
	*ret_caller = strcmp(s, "caller") == 0;
	*ret_uid = uid;
	*ret_gid = gid;
	return 0;
}

static bool user_ok(const char *s)
{
	bool caller;
	int64_t uid, gid;

	return user_parse(s, &caller, &uid, &gid) == 0;
}

int cap_number(const char *name)
{
	const char *bare = strncasecmp(name, "CAP_", 4) == 0 ? name + 4 : name;

	if (strcasecmp(name, "all") == 0)
		return CAPS_ALL;
	return capng_name_to_capability(bare);
}

static bool name_in(const char *s, const char *const *names)
{
	while (*names && strcmp(*names, s) != 0)
		names++;
	return *names != NULL;
}

static bool fd_ok(const char *s)
{
	int64_t n;

	return units_number(s, INT_MAX, &n) == 0;
}

static bool mode_ok(const char *s)
{
	unsigned mode;

	return units_mode(s, &mode) == 0;
}

/* How long to be patient and the list itself are no limits. */
static bool limit_ok(const char *s)
{
	static const char table[] = "limits.";

	for (const struct key *key = key_table; key->name; key++)
		if (strncmp(key->name, table, sizeof table - 1) == 0 &&
		    strcmp(key->name + sizeof table - 1, s) == 0)
			return strcmp(s, "grace") != 0 && strcmp(s, "require") != 0;
	return false;
}

/* The mistake in @s, for forms that are only checked; NULL: none. */
static const char *complaint(enum key_form form, const char *s)
{
	switch (form) {
	case FORM_ENV_PATTERN:
		return *s && !strpbrk(s, "= \t\n") ? NULL : "is no pattern of names";
	case FORM_ENV_NAME:
		return env_name_ok(s) ? NULL : "is no name of an environment variable";
	case FORM_HOSTNAME:
		return hostname_ok(s) ? NULL
				      : "is no host name: letters, digits, \"-\" and "
					"\".\", 64 at most";
	case FORM_USER:
		return user_ok(s) ? NULL : "is no user: write root, caller or UID:GID";
	case FORM_CAP:
		return cap_number(s) != -1
			       ? NULL
			       : "is no capability: see capabilities(7), or write all";
	case FORM_NAMESPACE:
		return name_in(s, namespace_names)
			       ? NULL
			       : "is no namespace that can be shared: ipc, uts, cgroup "
				 "or time (net: see net.mode)";
	case FORM_FD:
		return fd_ok(s) ? NULL : "is no descriptor number";
	case FORM_LIMIT:
		return limit_ok(s) ? NULL : "is no limit that can be required";
	case FORM_MODE:
		return mode_ok(s) ? NULL : "is no octal mode such as \"0755\"";
	case FORM_ANY:
	case FORM_PATH:
	case FORM_SPEC:
	case FORM_CACHE:
	case FORM_WORD:
	case FORM_CALL:
	case FORM_RULE:
	case FORM_PUBLISH:
		break;
	}
	return NULL;
}

const char *form_check(const struct layer *layer, enum key_form form,
		       const struct expanded *text, const struct srcpos *pos)
{
	const char *bad, *s = text->s;
	long foreign;

	if (form == FORM_PATH)
		return check_path(layer, s, pos);
	if (form == FORM_SPEC)
		return check_spec(layer, text, pos);
	if (form == FORM_CACHE)
		return check_cache(layer, text, pos);
	foreign = foreign_structure(form, text);
	bad = complaint(form, s);
	if (foreign >= 0)
		diag_add(layer->diags, pos,
			 "\"%s\": a variable brings in the \"%c\", which has a meaning "
			 "only "
			 "where the profile itself says it",
			 s, s[foreign]);
	else if (bad)
		diag_add(layer->diags, pos, "\"%s\" %s", s, bad);
	else
		return form == FORM_ENV_PATTERN ? pattern_text(layer->diags->arena, text)
						: s;
	return NULL;
}
