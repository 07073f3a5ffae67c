/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* profile-list.c - sboxctl profile list: which there are, and which hide others */
#include "config.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/path.h"
#include "ctl/profile.h"
#include "run/say.h"

struct found {
	const char *name, *dir, *path;
	const char *description; /* NULL: it has none */
	bool wrong;              /* it cannot be read, or is no profile */
	const char *shadowed_by; /* a file of an earlier directory; NULL: none */
};

struct listing {
	struct ctl *ctl;
	struct found *list;
	size_t len;
	size_t width; /* of the longest name */
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct found *)a)->name, ((const struct found *)b)->name);
}

/* Takes the description of the file itself; its parents do not matter for that. */
static void take_description(struct listing *l, struct found *found)
{
	struct diags diags = { .arena = &l->ctl->arena };
	const struct toml_value *description;
	struct profile_set set;

	caller_profiles(&l->ctl->caller, &diags, &set);
	found->wrong = profile_load(&set, found->path, &(struct srcpos){ 0 }) < 0;
	if (set.len == 0 || !set.files[set.len - 1].root)
		return;
	description = toml_get(set.files[set.len - 1].root, "description");
	if (description && description->type == TOML_STRING)
		found->description = description->string.s;
}

static const char *earlier(const struct listing *l, const char *name)
{
	for (size_t i = 0; i < l->len; i++)
		if (strcmp(l->list[i].name, name) == 0)
			return l->list[i].path;
	return NULL;
}

static void read_dir(struct listing *l, const char *dir)
{
	struct arena *arena = &l->ctl->arena;
	DIR *stream = opendir(dir);
	size_t before = l->len;
	struct dirent *ent;

	while (stream && (ent = readdir(stream))) {
		size_t len = strlen(ent->d_name);
		struct found found = { .dir = dir };

		if (len <= 5 || ent->d_name[0] == '.' ||
		    strcmp(ent->d_name + len - 5, ".toml") != 0)
			continue;
		found.name = arena_strndup(arena, ent->d_name, len - 5);
		found.path = path_join(arena, dir, ent->d_name);
		found.shadowed_by = earlier(l, found.name);
		take_description(l, &found);
		if (len - 5 > l->width)
			l->width = len - 5;
		*(struct found *)arena_append(arena, &l->list, &l->len, sizeof found) =
			found;
	}
	if (stream)
		closedir(stream);
	if (l->len > before)
		qsort(l->list + before, l->len - before, sizeof *l->list, by_name);
}

static void print_found(const struct listing *l, const struct found *found,
			struct strbuf *out)
{
	strbuf_add(out, "  ");
	strbuf_escaped(out, found->name, strlen(found->name));
	for (size_t n = strlen(found->name); n < l->width + 2; n++)
		strbuf_addc(out, ' ');
	if (found->shadowed_by) {
		strbuf_add(out, "(hidden by ");
		strbuf_escaped(out, found->shadowed_by, strlen(found->shadowed_by));
		strbuf_add(out, ") ");
	}
	if (found->wrong)
		strbuf_add(out, "(has mistakes: sboxctl profile check) ");
	if (found->description)
		strbuf_escaped(out, found->description, strlen(found->description));
	while (out->s[out->len - 1] == ' ')
		out->s[--out->len] = '\0';
	strbuf_addc(out, '\n');
}

static void print(const struct listing *l, struct strbuf *out)
{
	const char *dir = NULL;

	for (size_t i = 0; i < l->len; i++) {
		if (dir != l->list[i].dir) {
			dir = l->list[i].dir;
			strbuf_escaped(out, dir, strlen(dir));
			strbuf_addc(out, '\n');
		}
		print_found(l, &l->list[i], out);
	}
}

static void print_list_json(const struct listing *l, struct strbuf *out)
{
	json_array(out, NULL);
	for (size_t i = 0; i < l->len; i++) {
		const struct found *found = &l->list[i];

		json_object(out, NULL);
		json_text(out, "name", found->name);
		json_text(out, "path", found->path);
		json_text(out, "description", found->description);
		json_bool(out, "ok", !found->wrong);
		json_text(out, "hidden_by", found->shadowed_by);
		json_object_end(out);
	}
	json_array_end(out);
	strbuf_addc(out, '\n');
}

int profile_list(struct ctl *ctl, bool json)
{
	_cleanup_strbuf_ struct strbuf out = { 0 };
	struct listing l = { .ctl = ctl };
	struct profile_set set;

	caller_profiles(&ctl->caller, &ctl->diags, &set);
	for (size_t i = 0; set.dirs[i]; i++)
		read_dir(&l, set.dirs[i]);
	if (json)
		print_list_json(&l, &out);
	else
		print(&l, &out);
	return say_answer(&out);
}
