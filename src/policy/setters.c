/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* setters.c - bring a value from a profile or an option into the policy; see keys.h */
#include "config.h"

#include <string.h>

#include "policy/forms.h"
#include "policy/keys.h"
#include "policy/units.h"

static const char *const type_wanted[] = {
	[KEY_TEXT] = "a string",
	[KEY_WORD] = "a string",
	[KEY_BOOL] = "true or false",
	[KEY_COUNT] = "a whole number",
	[KEY_SIZE] = "a size such as \"512M\"",
	[KEY_TIME] = "a time such as \"30s\" or \"1h30m\"",
	[KEY_PERCENT] = "a percentage such as \"200%\"",
	[KEY_TEXTS] = "an array of strings",
	[KEY_PAIRS] = "a table of strings",
	[KEY_MOUNTS] = "an array of tables ([[fs.mount]])",
};

static int wrong_type(const struct layer *layer, const struct key *key,
		      const struct toml_value *value)
{
	return diag_add(layer->diags, &value->pos, "\"%s\" takes %s, not %s", key->name,
			type_wanted[key->type], toml_type_name(value->type));
}

/* The text of a TOML string with its variables replaced and its form checked, or NULL. */
static const char *string_of(const struct layer *layer, enum key_form form,
			     const struct toml_value *value)
{
	struct expanded text = { .s = value->string.s };

	if (layer->vars &&
	    vars_expand(layer->vars, layer->diags, text.s, &value->pos, &text) < 0)
		return NULL;
	return form == FORM_ANY ? text.s : form_check(layer, form, &text, &value->pos);
}

static int set_text(const struct layer *layer, const struct key *key, struct text *text,
		    const struct toml_value *value)
{
	const char *s;

	if (value->type != TOML_STRING)
		return wrong_type(layer, key, value);
	s = string_of(layer, key->form, value);
	if (!s)
		return -1;
	*text = (struct text){ s, value->pos, layer->number };
	return 0;
}

/*
 * Whether @s is @word, or begins with it if @word ends with a colon; then *ret_arg is the
 * rest, which must be a name like that of --name.
 */
static bool is_word(const char *s, const char *word, const char **ret_arg)
{
	size_t len = strlen(word);
	bool takes = word[len - 1] == ':';

	*ret_arg = takes ? s + len : NULL;
	return takes ? strncmp(s, word, len) == 0 && sandbox_name_ok(s + len)
		     : strcmp(s, word) == 0;
}

static int set_word(const struct layer *layer, const struct key *key, struct word *word,
		    const struct toml_value *value)
{
	_cleanup_strbuf_ struct strbuf all = { 0 };
	const char *s, *arg;

	if (value->type != TOML_STRING)
		return wrong_type(layer, key, value);
	s = string_of(layer, FORM_WORD, value);
	if (!s)
		return -1;
	for (int i = 0; key->words[i]; i++) {
		if (!is_word(s, key->words[i], &arg))
			continue;
		*word = (struct word){ i, arg, value->pos };
		return 0;
	}
	for (int i = 0; key->words[i]; i++) {
		(void)is_word(s, key->words[i], &arg);
		strbuf_printf(&all, "%s%s%s", i ? ", " : "", key->words[i],
			      arg ? "NAME" : "");
	}
	return diag_add(layer->diags, &value->pos, "\"%s\" is \"%s\", must be one of: %s",
			key->name, s, strbuf_str(&all));
}

static int keep_number(const struct layer *layer, const struct key *key,
		       struct number *number, const struct number *value)
{
	if (value->value < key->min)
		return diag_add(layer->diags, &value->pos,
				"\"%s\" must be at least %lld%s", key->name,
				(long long)key->min,
				key->type == KEY_SIZE && key->min > 1
					? " bytes (a number without a unit is bytes)"
					: "");
	*number = *value;
	return 0;
}

/* Numbers that are written with a unit, as a string. */
static int set_measure(const struct layer *layer, const struct key *key,
		       struct number *number, const struct toml_value *value)
{
	const char *s = string_of(layer, FORM_ANY, value);
	int64_t n;
	int ret;

	if (!s)
		return -1;
	if (key->type == KEY_SIZE)
		ret = units_size(s, &n);
	else if (key->type == KEY_TIME)
		ret = units_duration(s, &n);
	else
		ret = units_percent(s, &n);
	if (ret < 0)
		return diag_add(layer->diags, &value->pos, "\"%s\" is no %s", s,
				key->type == KEY_SIZE
					? "size: write bytes, or 64K, 512M, 4G"
				: key->type == KEY_TIME
					? "time: write 500ms, 30s, 10m, 1h30m or 2d"
					: "percentage above 0: write 50% or 200%");
	return keep_number(layer, key, number, &(struct number){ n, value->pos });
}

static int set_number(const struct layer *layer, const struct key *key,
		      struct number *number, const struct toml_value *value)
{
	bool measure = key->type == KEY_SIZE || key->type == KEY_TIME ||
		       key->type == KEY_PERCENT;
	bool whole = key->type == KEY_SIZE || key->type == KEY_COUNT;

	if (measure && value->type == TOML_STRING)
		return set_measure(layer, key, number, value);
	if (key->type == KEY_BOOL && value->type == TOML_BOOL) {
		*number = (struct number){ value->boolean, value->pos };
		return 0;
	}
	if (!whole || value->type != TOML_INTEGER)
		return wrong_type(layer, key, value);
	if (value->integer < 0)
		return diag_add(layer->diags, &value->pos, "\"%s\" cannot be negative",
				key->name);
	return keep_number(layer, key, number,
			   &(struct number){ value->integer, value->pos });
	return 0;
}

static void keep_text(const struct layer *layer, struct texts *texts, const char *s,
		      const struct srcpos *pos)
{
	struct arena *arena = layer->diags->arena;
	const struct text text = { s, *pos, layer->number };
	struct text *said =
		strindex_find(&texts->index, texts->items, sizeof text, text.s);

	if (said) {
		*said = text; /* said again: the later place counts */
		return;
	}
	*(struct text *)arena_append(arena, &texts->items, &texts->len, sizeof text) =
		text;
	strindex_add(&texts->index, arena, texts->items, sizeof text);
}

/* @value for the home directory of the caller's account; NULL: it is of none. */
static const char *for_account(const struct layer *layer, const struct key *key,
			       const struct toml_value *value)
{
	struct vars vars;
	struct layer account = *layer;

	if (!key->homes || !layer->vars || !layer->vars->account ||
	    !strchr(value->string.s, '$'))
		return NULL;
	vars = *layer->vars;
	vars.over = vars.account(vars.account_data);
	account.vars = &vars;
	return vars.over ? string_of(&account, key->form, value) : NULL;
}

/*
 * Where ${HOME} is each home directory of the caller, that of the environment comes
 * first, if there is one; the other may lack what the profile demands of the first.
 */
static int add_text(const struct layer *layer, const struct key *key, struct texts *texts,
		    const struct toml_value *value)
{
	const struct pair *home;
	const char *s = NULL, *account;

	if (value->type != TOML_STRING)
		return diag_add(layer->diags, &value->pos, "\"%s\" takes strings, not %s",
				key->name, toml_type_name(value->type));
	account = for_account(layer, key, value);
	home = account ? pairs_get(&layer->vars->builtin, "HOME") : NULL;
	if (!account || (home && home->value)) {
		s = string_of(layer, key->form, value);
		if (!s)
			return -1;
		keep_text(layer, texts, s, &value->pos);
	}
	if (account && s && strcmp(s, account) == 0)
		return 0;
	if (account && s && *account != '?')
		account = arena_printf(layer->diags->arena, "?%s", account);
	if (account)
		keep_text(layer, texts, account, &value->pos);
	return 0;
}

static int add_texts(const struct layer *layer, const struct key *key,
		     struct texts *texts, const struct toml_value *value)
{
	int ret = 0;

	if (value->type != TOML_ARRAY)
		return wrong_type(layer, key, value);
	for (const struct toml_value *v = value->first; v; v = v->next)
		if (add_text(layer, key, texts, v) < 0)
			ret = -1;
	return ret;
}

static int merge_pairs(const struct layer *layer, const struct key *key,
		       struct pairs *pairs, const struct toml_value *value)
{
	int ret = 0;

	if (value->type != TOML_TABLE)
		return wrong_type(layer, key, value);
	for (const struct toml_value *v = value->first; v; v = v->next) {
		const char *s = NULL;

		if (v->type != TOML_STRING)
			diag_add(layer->diags, &v->pos,
				 "\"%s.%s\" takes a string, not %s", key->name, v->key,
				 toml_type_name(v->type));
		else if (form_check(layer, key->form, &(struct expanded){ .s = v->key },
				    &v->key_pos))
			s = string_of(layer, FORM_ANY, v);
		if (s)
			pairs_set(layer->diags->arena, pairs,
				  &(struct pair){ .name = v->key,
						  .value = s,
						  .pos = v->key_pos,
						  .layer = layer->number });
		else
			ret = -1;
	}
	return ret;
}

static const char *nearest_key(const struct key *table, const char *name)
{
	const char *names[64] = { NULL };

	for (size_t i = 0; i < 63 && table[i].name; i++)
		names[i] = table[i].name;
	return diag_nearest(name, names);
}

/* One [[fs.mount]]; what belongs to which type is judged by the plan. */
static int set_mount(const struct layer *layer, struct mounts *mounts,
		     const struct toml_value *table)
{
	struct mount mount = { .pos = table->pos, .layer = layer->number };
	struct mount *item;
	int ret = 0;

	for (const struct toml_value *v = table->first; v; v = v->next) {
		const struct key *key = key_find(mount_keys, v->key);
		const char *near = key ? NULL : nearest_key(mount_keys, v->key);

		if (!key)
			ret = diag_add(
				layer->diags, &v->key_pos,
				near ? "unknown key \"%s\" in [[fs.mount]]: did you mean "
				       "\"%s\"?"
				     : "unknown key \"%s\" in [[fs.mount]]",
				v->key, near);
		else if (key_apply(layer, key, &mount, v) < 0)
			ret = -1;
	}
	if (ret == 0 && (!mount.type.pos.file || !mount.target.s))
		ret = diag_add(layer->diags, &table->pos,
			       "a [[fs.mount]] needs \"type\" and \"target\"");
	if (ret < 0)
		return -1;
	item = arena_append(layer->diags->arena, &mounts->items, &mounts->len,
			    sizeof *item);
	*item = mount;
	return 0;
}

static int add_mounts(const struct layer *layer, const struct key *key,
		      struct mounts *mounts, const struct toml_value *value)
{
	int ret = 0;

	if (value->type != TOML_ARRAY)
		return wrong_type(layer, key, value);
	for (const struct toml_value *v = value->first; v; v = v->next)
		if (v->type != TOML_TABLE || set_mount(layer, mounts, v) < 0)
			ret = v->type != TOML_TABLE ? wrong_type(layer, key, v) : -1;
	return ret;
}

int key_apply(const struct layer *layer, const struct key *key, void *base,
	      const struct toml_value *value)
{
	void *member = (char *)base + key->offset;

	switch (key->type) {
	case KEY_TEXT:
		return set_text(layer, key, member, value);
	case KEY_WORD:
		return set_word(layer, key, member, value);
	case KEY_BOOL:
	case KEY_COUNT:
	case KEY_SIZE:
	case KEY_TIME:
	case KEY_PERCENT:
		return set_number(layer, key, member, value);
	case KEY_TEXTS:
		return add_texts(layer, key, member, value);
	case KEY_PAIRS:
		return merge_pairs(layer, key, member, value);
	case KEY_MOUNTS:
		return add_mounts(layer, key, member, value);
	}
	return -1;
}

static int not_a_value(const struct layer *layer, const struct key *key, const char *text,
		       const struct srcpos *pos)
{
	return diag_add(layer->diags, pos, "\"%s\" takes %s, not \"%s\"", key->name,
			type_wanted[key->type], text);
}

int key_apply_text(const struct layer *layer, const struct key *key, const char *text,
		   const struct srcpos *pos)
{
	struct toml_value value = { .type = TOML_STRING, .pos = *pos, .key_pos = *pos };
	struct toml_value outer = { .pos = *pos, .first = &value };
	const char *eq = strchr(text, '=');

	value.string.s = text;
	value.string.len = strlen(text);
	switch (key->type) {
	case KEY_BOOL:
		if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
			return not_a_value(layer, key, text, pos);
		value.type = TOML_BOOL;
		value.boolean = *text == 't';
		break;
	case KEY_COUNT:
		value.type = TOML_INTEGER;
		if (units_number(text, INT64_MAX, &value.integer) < 0)
			return not_a_value(layer, key, text, pos);
		break;
	case KEY_TEXTS:
		outer.type = TOML_ARRAY;
		return key_apply(layer, key, layer->policy, &outer);
	case KEY_PAIRS:
		if (!eq || eq == text)
			return diag_add(layer->diags, pos, "\"%s\" is not NAME=VALUE",
					text);
		value.key = arena_strndup(layer->diags->arena, text, (size_t)(eq - text));
		value.string.s = eq + 1;
		outer.type = TOML_TABLE;
		return key_apply(layer, key, layer->policy, &outer);
	case KEY_TEXT:
	case KEY_WORD:
	case KEY_SIZE:
	case KEY_TIME:
	case KEY_PERCENT:
	case KEY_MOUNTS:
		break;
	}
	return key_apply(layer, key, layer->policy, &value);
}
