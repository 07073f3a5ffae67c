/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* about.c - run.toml of a change set; see about.h */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "changes/about.h"
#include "changes/encode.h"
#include "toml/toml.h"

#define LAYOUT 1 /* of the layout: what another sbox has written is not guessed at */

/* ------------------------------------------------------------------------ writing */

static void add_encoded(struct strbuf *out, const char *key, const char *path)
{
	strbuf_printf(out, "%s = \"", key);
	encode_path(out, path);
	strbuf_add(out, "\"\n");
}

static void add_paths(struct strbuf *out, const char *key, const char *const *list)
{
	strbuf_printf(out, "%s = [", key);
	for (size_t i = 0; list && list[i]; i++) {
		strbuf_add(out, i ? ", \"" : "\"");
		encode_path(out, list[i]);
		strbuf_addc(out, '"');
	}
	strbuf_add(out, "]\n");
}

static void add_ids(struct strbuf *out, const char *key, const struct changes_ids *ids,
		    size_t len)
{
	strbuf_printf(out, "%s = [", key);
	for (size_t i = 0; i < len; i++)
		strbuf_printf(out, "%s[%lld, %lld, %lld]", i ? ", " : "",
			      (long long)ids[i].inside, (long long)ids[i].outside,
			      (long long)ids[i].count);
	strbuf_add(out, "]\n");
}

void about_write(struct strbuf *out, const struct changes_about *about)
{
	strbuf_printf(out, "version = %d\nsince = %lld\n", LAYOUT,
		      (long long)about->since);
	add_paths(out, "profiles", about->profiles);
	add_paths(out, "command", about->command);
	strbuf_printf(out, "protect = \"%s\"\nmax = %lld\n",
		      about->skip ? "skip" : "refuse", (long long)about->max);
	if (about->layers)
		add_encoded(out, "layers", about->layers);
	add_paths(out, "allowed", about->allowed);
	add_paths(out, "hidden", about->hidden);
	add_paths(out, "watched", about->watched);
	add_ids(out, "uids", about->uids, about->uids_len);
	add_ids(out, "gids", about->gids, about->gids_len);
	for (size_t i = 0; i < about->trees_len; i++) {
		const struct changes_tree *tree = &about->trees[i];

		strbuf_add(out, "\n[[tree]]\n");
		add_encoded(out, "lower", tree->lower);
		add_encoded(out, "target", tree->target);
		strbuf_printf(out,
			      "dev = %lld\nino = %lld\nborn = %lld\nborn_nsec = %lld\n",
			      (long long)tree->dev, (long long)tree->ino,
			      (long long)tree->born, (long long)tree->born_nsec);
	}
}

/* ------------------------------------------------------------------------ reading */

struct reading {
	struct arena *arena;
	const char *file;
	struct error *err;
};

static int bad_value(const struct reading *r, const struct toml_value *value,
		     const char *key, const char *wanted)
{
	return error_set(
		r->err, "%s:%u: \"%s\" is not %s: the file is not as sbox has written it",
		r->file, value ? value->pos.line : 1, key, wanted);
}

/* NULL: it is not there, or of another type. */
static const struct toml_value *get_typed(const struct reading *r,
					  const struct toml_value *table, const char *key,
					  enum toml_type type)
{
	const struct toml_value *value = toml_get(table, key);

	if (value && value->type == type)
		return value;
	(void)bad_value(r, value ? value : table, key, toml_type_name(type));
	return NULL;
}

static int get_integer(const struct reading *r, const struct toml_value *table,
		       const char *key, int64_t *ret)
{
	const struct toml_value *value = get_typed(r, table, key, TOML_INTEGER);

	if (!value)
		return -1;
	*ret = value->integer;
	return 0;
}

static const char *decoded(const struct reading *r, const struct toml_value *value)
{
	return value->type == TOML_STRING
		       ? encode_read_path(r->arena, value->string.s, value->string.len)
		       : NULL;
}

/* A clean, absolute path. */
static int get_path(const struct reading *r, const struct toml_value *table,
		    const char *key, const char **ret)
{
	const struct toml_value *value = get_typed(r, table, key, TOML_STRING);
	const char *path;

	if (!value)
		return -1;
	path = decoded(r, value);
	if (!path || !path_is_clean(path))
		return bad_value(r, value, key, "a path");
	*ret = path;
	return 0;
}

static int get_texts(const struct reading *r, const struct toml_value *table,
		     const char *key, const char *const **ret)
{
	const struct toml_value *list = get_typed(r, table, key, TOML_ARRAY);
	const char **texts = NULL;
	size_t len = 0;

	if (!list)
		return -1;
	for (const struct toml_value *v = list->first; v; v = v->next) {
		const char *text = decoded(r, v);

		if (!text)
			return bad_value(r, v, key, "a list of texts");
		*(const char **)arena_append(r->arena, &texts, &len, sizeof *texts) =
			text;
	}
	*(const char **)arena_append(r->arena, &texts, &len, sizeof *texts) = NULL;
	*ret = texts;
	return 0;
}

static int get_ids(const struct reading *r, const struct toml_value *table,
		   const char *key, struct changes_ids **ret, size_t *ret_len)
{
	const struct toml_value *list = get_typed(r, table, key, TOML_ARRAY);

	if (!list)
		return -1;
	for (const struct toml_value *v = list->first; v; v = v->next) {
		int64_t numbers[3], n = 0;

		if (v->type != TOML_ARRAY)
			return bad_value(r, v, key, "a list of ranges");
		for (const struct toml_value *w = v->first; w; w = w->next) {
			if (n == 3 || w->type != TOML_INTEGER || w->integer < 0)
				return bad_value(r, w, key, "a list of ranges");
			numbers[n++] = w->integer;
		}
		if (n != 3)
			return bad_value(r, v, key, "a list of ranges");
		*(struct changes_ids *)arena_append(r->arena, ret, ret_len,
						    sizeof **ret) =
			(struct changes_ids){ numbers[0], numbers[1], numbers[2] };
	}
	return 0;
}

static int get_trees(const struct reading *r, const struct toml_value *root,
		     struct changes_about *ret)
{
	const struct toml_value *list = get_typed(r, root, "tree", TOML_ARRAY);

	if (!list)
		return -1;
	for (const struct toml_value *v = list->first; v; v = v->next) {
		struct changes_tree tree = { 0 };
		int64_t dev, ino;

		if (v->type != TOML_TABLE)
			return bad_value(r, v, "tree", "a list of tables");
		if (get_path(r, v, "lower", &tree.lower) < 0 ||
		    get_path(r, v, "target", &tree.target) < 0 ||
		    get_integer(r, v, "dev", &dev) < 0 ||
		    get_integer(r, v, "ino", &ino) < 0 ||
		    get_integer(r, v, "born", &tree.born) < 0 ||
		    get_integer(r, v, "born_nsec", &tree.born_nsec) < 0)
			return -1;
		tree.dev = (dev_t)dev;
		tree.ino = (ino_t)ino;
		*(struct changes_tree *)arena_append(r->arena, &ret->trees,
						     &ret->trees_len, sizeof tree) = tree;
	}
	return 0;
}

static int get_protect(const struct reading *r, const struct toml_value *root,
		       struct changes_about *ret)
{
	const struct toml_value *value = get_typed(r, root, "protect", TOML_STRING);

	if (!value)
		return -1;
	ret->skip = strcmp(value->string.s, "skip") == 0;
	if (!ret->skip && strcmp(value->string.s, "refuse") != 0)
		return bad_value(r, value, "protect", "\"refuse\" or \"skip\"");
	return 0;
}

int about_read(struct arena *arena, const char *file, const char *text,
	       struct changes_about *ret, struct error *err)
{
	const struct reading r = { arena, file, err };
	struct diags diags = { .arena = arena };
	struct changes_about about = { 0 };
	const struct toml_value *root =
		toml_parse(arena, &diags, file, text, strlen(text));
	int64_t version;

	if (!root || diags.total > 0)
		return error_set(err,
				 "%s is no TOML: the file is not as sbox has "
				 "written it",
				 file);
	if (get_integer(&r, root, "version", &version) < 0)
		return -1;
	if (version != LAYOUT)
		return error_set(err,
				 "%s: version %lld of a change set; this sbox knows "
				 "version %d",
				 file, (long long)version, LAYOUT);
	if (get_integer(&r, root, "since", &about.since) < 0 ||
	    get_texts(&r, root, "profiles", &about.profiles) < 0 ||
	    get_texts(&r, root, "command", &about.command) < 0 ||
	    get_protect(&r, root, &about) < 0 ||
	    get_integer(&r, root, "max", &about.max) < 0 ||
	    (toml_get(root, "layers") &&
	     get_path(&r, root, "layers", &about.layers) < 0) ||
	    get_texts(&r, root, "allowed", &about.allowed) < 0 ||
	    get_texts(&r, root, "hidden", &about.hidden) < 0 ||
	    get_texts(&r, root, "watched", &about.watched) < 0 ||
	    get_ids(&r, root, "uids", &about.uids, &about.uids_len) < 0 ||
	    get_ids(&r, root, "gids", &about.gids, &about.gids_len) < 0 ||
	    get_trees(&r, root, &about) < 0)
		return -1;
	*ret = about;
	return 0;
}
