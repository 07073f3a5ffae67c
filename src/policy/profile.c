/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* profile.c - merge profiles and the command line into the policy; see profile.h */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "policy/profile-parts.h"

static const char *const special_keys[] = { "version", "extends", "reset", "vars", NULL };

static int collect_vars(struct profile_set *set, const struct profile_file *file)
{
	const struct toml_value *vars = toml_get(file->root, "vars");
	int ret = 0;

	if (!vars)
		return 0;
	if (vars->type != TOML_TABLE)
		return diag_add(set->diags, &vars->pos,
				"\"vars\" takes a table of strings, not %s",
				toml_type_name(vars->type));
	for (const struct toml_value *v = vars->first; v; v = v->next) {
		struct pair pair = { .name = v->key, .pos = v->key_pos };

		if (v->type != TOML_STRING) {
			ret = diag_add(set->diags, &v->pos,
				       "\"vars.%s\" takes a string, not %s", v->key,
				       toml_type_name(v->type));
			continue;
		}
		if (pairs_get(&set->vars.builtin, v->key)) {
			ret = diag_add(set->diags, &v->key_pos,
				       "\"%s\" is a variable of sbox itself: choose "
				       "another name",
				       v->key);
			continue;
		}
		pair.value = v->string.s;
		pair.dir = file->dir;
		pairs_set(set->diags->arena, &set->vars.defined, &pair);
	}
	return ret;
}

/* Whether @what ("fs.write", or "fs" for a whole table) means row @key of the table. */
static bool names_key(const char *what, const char *key)
{
	size_t len = strlen(what);

	return strncmp(what, key, len) == 0 && (key[len] == '\0' || key[len] == '.');
}

static const char *nearest_setting(const char *name)
{
	const char *names[128] = { NULL };
	size_t n = 0;

	for (const struct key *key = key_table; key->name && n + 8 < 128; key++)
		names[n++] = key->name;
	for (size_t i = 0; special_keys[i]; i++)
		if (strcmp(special_keys[i], name) != 0)
			names[n++] = special_keys[i];
	return diag_nearest(name, names);
}

/* Keys whose name without their table is that of @name: "\"fs.deny\" or ..."; or NULL. */
static const char *namesakes(struct arena *arena, const char *name)
{
	const char *dot = strrchr(name, '.'), *last = dot ? dot + 1 : name, *found = NULL;

	for (const struct key *key = key_table; key->name; key++) {
		const char *part = strrchr(key->name, '.');

		if (part && strcmp(part + 1, last) == 0)
			found = arena_printf(arena, "%s%s%s", found ? found : "",
					     found ? "\" or \"" : "", key->name);
	}
	return found;
}

static int unknown_key(const struct layer *layer, const char *name,
		       const struct srcpos *pos)
{
	const char *near = nearest_setting(name);

	if (!near)
		near = namesakes(layer->diags->arena, name);

	if (near)
		return diag_add(layer->diags, pos,
				"unknown key \"%s\": did you mean \"%s\"?", name, near);
	return diag_add(layer->diags, pos, "unknown key \"%s\"", name);
}

static int reset_one(const struct layer *layer, const struct toml_value *name)
{
	size_t hits = 0;

	if (name->type != TOML_STRING)
		return diag_add(layer->diags, &name->pos,
				"\"reset\" takes key names, not %s",
				toml_type_name(name->type));
	for (const struct key *key = key_table; key->name; key++) {
		if (!names_key(name->string.s, key->name))
			continue;
		key_reset(key, layer->policy);
		hits++;
	}
	return hits ? 0 : unknown_key(layer, name->string.s, &name->pos);
}

static int apply_reset(const struct layer *layer, const struct toml_value *value)
{
	int ret = 0;

	if (value->type != TOML_ARRAY)
		return diag_add(layer->diags, &value->pos,
				"\"reset\" takes an array of key names, not %s",
				toml_type_name(value->type));
	for (const struct toml_value *v = value->first; v; v = v->next)
		if (reset_one(layer, v) < 0)
			ret = -1;
	return ret;
}

static bool is_table_name(const char *name)
{
	size_t len = strlen(name);

	for (const struct key *key = key_table; key->name; key++)
		if (strncmp(key->name, name, len) == 0 && key->name[len] == '.')
			return true;
	return false;
}

static bool is_special(const char *name)
{
	for (size_t i = 0; special_keys[i]; i++)
		if (strcmp(special_keys[i], name) == 0)
			return true;
	return false;
}

/* One setting by its full name; the way of files and of --set alike. */
static int apply_named(const struct layer *layer, const char *name,
		       const struct toml_value *v)
{
	const struct key *key = key_find(key_table, name);

	if (!key)
		return unknown_key(layer, name, &v->key_pos);
	return key_apply(layer, key, layer->policy, v);
}

static int apply_table(const struct layer *layer, const struct toml_value *table)
{
	struct arena *arena = layer->diags->arena;
	int ret = 0;

	for (const struct toml_value *v = table->first; v; v = v->next)
		if (apply_named(layer, arena_printf(arena, "%s.%s", table->key, v->key),
				v) < 0)
			ret = -1;
	return ret;
}

static int apply_top(const struct layer *layer, const struct toml_value *v)
{
	if (is_table_name(v->key)) {
		if (v->type == TOML_TABLE)
			return apply_table(layer, v);
		return diag_add(layer->diags, &v->pos, "\"%s\" is a table ([%s]), not %s",
				v->key, v->key, toml_type_name(v->type));
	}
	return apply_named(layer, v->key, v);
}

static int apply_file(struct profile_set *set, const struct profile_file *file,
		      struct layer *layer)
{
	const struct toml_value *reset = toml_get(file->root, "reset");
	int ret = 0;

	profile_set_dir(set, file->dir);
	if (reset && apply_reset(layer, reset) < 0)
		ret = -1;
	for (const struct toml_value *v = file->root->first; v; v = v->next)
		if (!is_special(v->key) && apply_top(layer, v) < 0)
			ret = -1;
	return ret;
}

/* Whether a bare word may stand for a string: --set=net.mode=none,
 * --set=limits.tmpfs=64M. */
static bool takes_word(const struct key *key, const char *text)
{
	return key && *text != '"' && *text != '\'' &&
	       (key->type == KEY_TEXT || key->type == KEY_WORD || key->type == KEY_SIZE);
}

/* --set=KEY=VALUE, VALUE in TOML; a bare word is taken as a string where one is wanted.
 */
static int apply_set(const struct layer *layer, const struct profile_option *option)
{
	const char *eq = strchr(option->text, '='), *start, *end, *text, *name;
	struct toml_value *value;
	const struct key *key;

	if (!eq || eq == option->text)
		return diag_add(layer->diags, &option->pos,
				"\"--set=%s\" is not KEY=VALUE", option->text);
	/* as a line of a profile has it, with blanks around the "=" */
	start = option->text + strspn(option->text, " \t");
	end = eq;
	while (end > start && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	name = arena_strndup(layer->diags->arena, start, (size_t)(end - start));
	text = eq + 1 + strspn(eq + 1, " \t");
	key = key_find(key_table, name);
	if (takes_word(key, text))
		return key_apply_text(layer, key, text, &option->pos);
	value = toml_parse_value(layer->diags->arena, layer->diags, &option->pos, text);
	if (!value)
		return -1;
	value->key_pos = option->pos;
	if (strcmp(name, "reset") == 0)
		return apply_reset(layer, value);
	if (strncmp(name, "env.set.", 8) == 0 && name[8] && value->type == TOML_STRING)
		return key_apply_text(layer, key_find(key_table, "env.set"),
				      arena_printf(layer->diags->arena, "%s=%s", name + 8,
						   value->string.s),
				      &option->pos);
	return apply_named(layer, name, value);
}

/*
 * A directory as the root stands in for the system that earlier layers showed:
 * what these had put into fs.read is dropped, else /usr of the host would cover it.
 */
static void root_replaces_reads(struct policy *policy, unsigned layer)
{
	struct texts *read = &policy->fs.read;
	size_t kept = 0;

	if (!policy->fs.root.s || policy->fs.root.layer != layer)
		return;
	for (size_t i = 0; i < read->len; i++)
		if (read->items[i].layer == layer)
			read->items[kept++] = read->items[i];
	read->len = kept;
}

int profile_merge(struct profile_set *set, const struct profile_option *options,
		  size_t len, struct policy *policy)
{
	struct layer layer = { policy, set->diags, &set->vars, NULL, 0 };
	int ret = 0;

	policy_init(policy);
	profile_set_dir(set, "/");
	for (size_t i = 0; i < set->len; i++)
		if (set->files[i].root && collect_vars(set, &set->files[i]) < 0)
			ret = -1;
	for (size_t i = 0; i < set->len; i++) {
		if (!set->files[i].root) /* its mistakes are told already */
			continue;
		layer.number = (unsigned)i + 1;
		if (apply_file(set, &set->files[i], &layer) < 0)
			ret = -1;
		root_replaces_reads(policy, layer.number);
	}
	layer.number++;
	layer.vars = NULL;
	layer.cwd = set->cwd;
	for (size_t i = 0; i < len; i++) {
		const struct profile_option *option = &options[i];

		if ((option->key ? key_apply_text(&layer, option->key, option->text,
						  &option->pos)
				 : apply_set(&layer, option)) < 0)
			ret = -1;
	}
	root_replaces_reads(policy, layer.number);
	return ret;
}
