/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* look-conf.c - where the settings of git and Mercurial lead; see look.h */
#include "config.h"

#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "box/guard/look-parts.h"

#define WORDS_MAX 64 /* of a setting */

static bool begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

static bool ends_in(const char *s, const char *with)
{
	size_t len = strlen(s), tail = strlen(with);

	return len >= tail && strcmp(s + len - tail, with) == 0;
}

/*
 * Notes a word that a shell or Mercurial may take for the name of a file. One without a
 * slash is looked for in PATH, or is an argument: it is noted only if the file exists.
 * "/name" is one of the worktree behind "$(git rev-parse --show-toplevel)".
 */
static void look_word(struct look *l, const struct look_conf *conf, const char *word)
{
	const char *path = look_path(l, conf->worktree, word);
	struct stat st;

	if (path && *word == '/' && conf->worktree && word[1] && !look_inside(l, path))
		path = look_path(l, conf->worktree, word + 1);
	if (!path || strchr(path, '$') || !look_inside(l, path))
		return;
	if (look_lstat(l, path, &st) < 0) {
		if (strchr(word, '/'))
			look_place(l, path, guard_named);
		return;
	}
	if (!S_ISDIR(st.st_mode))
		look_place(l, path, guard_named);
}

/*
 * An extension or a hook in Python: a file, of which Python keeps what it has compiled
 * beside it, or a directory.
 */
static void look_named_module(struct look *l, const struct look_conf *conf,
			      const char *word)
{
	const char *path = look_path(l, conf->worktree, word), *cache;
	struct stat st;

	if (!path || !strchr(word, '/') || !look_inside(l, path))
		return;
	if (look_stat(l, path, &st) < 0 || S_ISDIR(st.st_mode)) {
		look_place(l, path, guard_module);
		return;
	}
	cache = path_join(l->arena, path_parent(l->arena, path), "__pycache__");
	if (ends_in(path, ".py"))
		look_place(l, cache, guard_module);
}

static void look_words(struct look *l, const struct look_conf *conf, const char *value,
		       void (*look)(struct look *l, const struct look_conf *conf,
				    const char *word))
{
	static const char apart[] = " \t\n'\"`;|&()<>=,:!";

	for (unsigned n = 0; n < WORDS_MAX; n++) {
		size_t len;

		value += strspn(value, apart);
		len = strcspn(value, apart);
		if (len == 0)
			return;
		look(l, conf, arena_strndup(l->arena, value, len));
		value += len;
	}
}

static void look_included(struct look *l, const struct look_conf *conf, const char *value)
{
	const char *dir = path_parent(l->arena, conf->path);
	const char *path = look_path(l, dir, value);

	if (!path || conf->depth >= INCLUDES_MAX)
		return;
	if (look_inside(l, path) || look_exists(l, path_parent(l->arena, path), "."))
		look_place(l, path, guard_included);
	look_conf(l, &(struct look_conf){ conf->grammar, path, conf->worktree,
					  conf->depth + 1 });
}

/* Settings that name no program, though there are slashes in them. */
static bool names_none(const char *name)
{
	static const char *const harmless[] = { "core.worktree", "remote.", "branch.",
						"submodule.",    "user.",   "url.",
						"safe.directory" };

	if (ends_in(name, ".uploadpack") || ends_in(name, ".receivepack") ||
	    ends_in(name, ".vcs") || ends_in(name, ".update"))
		return false;
	for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++)
		if (begins(name, harmless[i]))
			return true;
	return false;
}

void look_git_setting(struct look *l, const struct look_conf *conf,
		      const struct conf_entry *entry)
{
	const char *name = entry->name, *path;

	if (strcmp(name, "include.path") == 0 ||
	    (begins(name, "includeif.") && ends_in(name, ".path"))) {
		look_included(l, conf, entry->value);
	} else if (strcmp(name, "core.hookspath") == 0) {
		path = look_path(l, conf->worktree, entry->value);
		if (path)
			look_place(l, path, guard_hooks_path);
	} else if (strcmp(name, "init.templatedir") == 0) {
		path = look_path(l, conf->worktree, entry->value);
		if (path)
			look_place(l, path, guard_module);
	} else if (begins(name, "alias.") && *entry->value != '!' &&
		   !strstr(entry->value, "-c")) {
		return; /* of git's own words, and it sets nothing */
	} else if (!names_none(name)) {
		look_words(l, conf, entry->value, look_word);
	}
}

static void hg_setting(struct look *l, const struct look_conf *conf,
		       const struct conf_entry *entry)
{
	if (strcmp(entry->name, "%include") == 0)
		look_included(l, conf, entry->value);
	/* before: what is missing is noted as what may come to be there */
	if (begins(entry->name, "extensions.") || begins(entry->name, "hooks."))
		look_words(l, conf, entry->value, look_named_module);
	if (strcmp(entry->name, "%include") != 0 && !begins(entry->name, "paths."))
		look_words(l, conf, entry->value, look_word);
}

/* Keeps the text of a settings file at the start, to be compared with that at the end. */
static void keep_settings(struct look *l, const char *path, const char *text)
{
	struct guard_places *lists[] = { &l->facts->protect, &l->facts->watch };

	for (size_t i = 0; i < 2; i++) {
		struct guard_place *place = strindex_find(
			&lists[i]->index, lists[i]->list, sizeof *place, path);

		if (place) {
			place->text = text;
			place->text_len = strlen(text);
		}
	}
}

void look_conf(struct look *l, const struct look_conf *conf)
{
	const char *text = look_text(l, conf->path, CONF_MAX);
	struct conf reader;
	struct conf_entry entry;

	if (!text)
		return;
	keep_settings(l, conf->path, text);
	conf_init(&reader, conf->grammar, text, strlen(text));
	while (conf_next(&reader, &entry)) {
		if (conf->grammar == CONF_GIT)
			look_git_setting(l, conf, &entry);
		else
			hg_setting(l, conf, &entry);
	}
}

void look_confs(struct look *l, struct look_conf *conf, const char *dir,
		const char *const *files)
{
	for (; *files; files++) {
		conf->path = dir ? path_join(l->arena, dir, *files) : *files;
		look_conf(l, conf);
	}
}

const char *look_setting(struct look *l, const char *path, const char *name)
{
	const char *text = look_text(l, path, CONF_MAX), *found = NULL;
	struct conf reader;
	struct conf_entry entry;

	if (!text)
		return NULL;
	conf_init(&reader, CONF_GIT, text, strlen(text));
	while (conf_next(&reader, &entry))
		if (strcmp(entry.name, name) == 0)
			found = arena_strdup(l->arena, entry.value);
	return found;
}
