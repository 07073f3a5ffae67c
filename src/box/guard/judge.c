/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* judge.c - whether a text names a program; see judge.h */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "box/guard/conf.h"
#include "box/guard/judge.h"

/*
 * The settings of git that may be in a repository that the command made: those that git
 * writes by itself when it makes one, and what people set of them. "*" stands for any
 * subsection. What is not here may name a program now or in a later version.
 */
static const char *const git_harmless[] = {
	"core.repositoryformatversion",
	"core.filemode",
	"core.bare",
	"core.logallrefupdates",
	"core.ignorecase",
	"core.precomposeunicode",
	"core.symlinks",
	"core.autocrlf",
	"core.eol",
	"core.safecrlf",
	"core.abbrev",
	"core.compression",
	"core.quotepath",
	"core.sharedrepository",
	"core.untrackedcache",
	"core.preloadindex",
	"core.sparsecheckout",
	"core.sparsecheckoutcone",
	"index.version",
	"index.sparse",
	"extensions.objectformat",
	"extensions.compatobjectformat",
	"extensions.refstorage",
	"extensions.worktreeconfig",
	"extensions.relativeworktrees",
	"extensions.preciousobjects",
	"extensions.noop",
	"extensions.noop-v1",
	"remote.*.url",
	"remote.*.pushurl",
	"remote.*.fetch",
	"remote.*.push",
	"remote.*.tagopt",
	"remote.*.prune",
	"remote.*.mirror",
	"remote.pushdefault",
	"branch.*.remote",
	"branch.*.merge",
	"branch.*.rebase",
	"branch.*.pushremote",
	"branch.*.description",
	"branch.*.vscode-merge-base",
	"branch.*.gh-merge-base",
	"branch.autosetupmerge",
	"branch.autosetuprebase",
	"submodule.active",
	"submodule.recurse",
	"submodule.*.url",
	"submodule.*.active",
	"submodule.*.branch",
	"submodule.*.ignore",
	"user.name",
	"user.email",
	"author.name",
	"author.email",
	"committer.name",
	"committer.email",
	"commit.gpgsign",
	"tag.gpgsign",
	"init.defaultbranch",
	"pull.rebase",
	"pull.ff",
	"push.default",
	"push.autosetupremote",
	"fetch.prune",
	"merge.ff",
	"merge.conflictstyle",
	"rebase.autostash",
	"rebase.autosquash",
	"gc.auto",
	"gc.autodetach",
	"maintenance.auto",
	"advice.*",
	"http.postbuffer",
	"http.extraheader",
	"http.*.extraheader",
	"lfs.repositoryformatversion",
	"lfs.*.access",
	"lfs.locksverify",
	"lfs.*.locksverify",
	NULL,
};

/* The git_settings that take a URL, also in the place of a remote's name. */
static const char *const url_settings[] = {
	"remote.*.url",
	"remote.*.pushurl",
	"remote.pushdefault",
	"branch.*.remote",
	"branch.*.pushremote",
	"submodule.*.url",
	NULL,
};

static const char *const hg_harmless[] = { "paths.default", "paths.default-push",
					   "ui.username", NULL };

/* The section headings and keys that "jj git init" and "jj git clone" write. */
static const char *const jj_lines[] = { "[revset-aliases]", "[user]", "[git]", NULL };
static const char *const jj_keys[] = { "\"trunk()\"", "'trunk()'", "name",
				       "email",       "colocate",  NULL };

/* Words of "git rebase" that run nothing. */
static const char *const todo_words[] = {
	"pick",  "p", "reword", "r",     "edit",  "e", "squash",     "s",
	"fixup", "f", "drop",   "d",     "label", "l", "reset",      "t",
	"merge", "m", "noop",   "break", "b",     "u", "update-ref", NULL
};

/* One "*" in @pattern stands for anything, dots included. */
static bool fits(const char *name, const char *pattern)
{
	size_t head = strcspn(pattern, "*"), len = strlen(name), tail;

	if (pattern[head] == '\0')
		return strcmp(name, pattern) == 0;
	tail = strlen(pattern + head + 1);
	return len > head + tail && strncmp(name, pattern, head) == 0 &&
	       strcmp(name + len - tail, pattern + head + 1) == 0;
}

static bool listed(const char *name, const char *const *patterns)
{
	for (; *patterns; patterns++)
		if (fits(name, *patterns))
			return true;
	return false;
}

/* "ext::sh -c ..." and the like run a program; so does what looks like an option. */
static bool plain_url(const char *url)
{
	size_t scheme = strspn(url, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789+-.");

	return *url != '-' && strncmp(url + scheme, "::", 2) != 0 && !strchr(url, '\n');
}

/* "../../../name": not further up than the superproject. */
static bool stays_below(const char *path, unsigned up)
{
	unsigned n = 0;

	if (up == 0)
		return false;
	for (; strncmp(path, "../", 3) == 0; path += 3)
		n++;
	return n > 0 && n <= up && *path != '/' && strcmp(path, "..") != 0 &&
	       !strstr(path, "../") && !strstr(path, "/..");
}

static bool git_setting(const struct judge_case *c, const struct conf_entry *e)
{
	if (strcmp(e->name, "core.worktree") == 0)
		return stays_below(e->value, c->up);
	if (!listed(e->name, git_harmless))
		return false;
	return !listed(e->name, url_settings) || plain_url(e->value);
}

static bool hg_is_harmless(const struct conf_entry *e)
{
	return listed(e->name, hg_harmless) && plain_url(e->value);
}

static bool had(const struct judge_case *c, enum conf_grammar grammar,
		const struct conf_entry *entry)
{
	struct conf conf;
	struct conf_entry old;

	if (!c->before)
		return false;
	conf_init(&conf, grammar, c->before, c->before_len);
	while (conf_next(&conf, &old))
		if (strcmp(old.name, entry->name) == 0 &&
		    strcmp(old.value, entry->value) == 0)
			return true;
	return false;
}

/* Each may be looked for in the text before, which is as long. */
#define OLD_SETTINGS_MAX 256

static bool judge_settings(const struct judge_case *c, enum conf_grammar grammar,
			   char what[JUDGE_WHAT_MAX])
{
	struct conf conf;
	struct conf_entry entry;
	unsigned old = 0;

	conf_init(&conf, grammar, c->text, c->len);
	while (conf_next(&conf, &entry)) {
		if (grammar == CONF_GIT ? git_setting(c, &entry) : hg_is_harmless(&entry))
			continue;
		if (old++ < OLD_SETTINGS_MAX && had(c, grammar, &entry))
			continue;
		(void)snprintf(what, JUDGE_WHAT_MAX, "sets %.100s", entry.name);
		return false;
	}
	if (!conf.odd)
		return true;
	(void)snprintf(what, JUDGE_WHAT_MAX, "is not of the usual form");
	return false;
}

/* The next line of *text, its blanks at both ends cut; false: there is none. */
static bool next_trimmed(const char **text, const char *end, const char **ret,
			 size_t *ret_len)
{
	const char *newline;
	size_t len;

	if (*text >= end)
		return false;
	newline = memchr(*text, '\n', (size_t)(end - *text));
	len = (size_t)((newline ? newline : end) - *text);
	while (len && strchr(" \t\r", **text)) {
		(*text)++;
		len--;
	}
	while (len && strchr(" \t\r", (*text)[len - 1]))
		len--;
	*ret = *text;
	*ret_len = len;
	*text = newline ? newline + 1 : end;
	return true;
}

static bool todo_line(const char *line)
{
	size_t len = strcspn(line, " \t");

	if (*line == '\0' || *line == '#')
		return true;
	for (const char *const *word = todo_words; *word; word++)
		if (strlen(*word) == len && strncmp(line, *word, len) == 0)
			return true;
	return false;
}

/* git's own merge strategies: for any other name it runs the program git-merge-NAME. */
static bool strategy_line(const char *line)
{
	static const char *const own[] = { "ort",  "recursive", "resolve", "octopus",
					   "ours", "subtree",   "",        NULL };

	return listed(line, own);
}

static bool options_line(const char *line)
{
	static const char strategy[] = "\tstrategy = ";

	if (!strcasestr(line, "strategy") ||
	    strncmp(line, "\tstrategy-option = ", 19) == 0)
		return true;
	return strncmp(line, strategy, sizeof strategy - 1) == 0 &&
	       strategy_line(line + sizeof strategy - 1);
}

/* The length of one word as git quotes it, "'--option'", 0: it is none of these. */
static size_t apply_word(const char *s)
{
	static const char *const options[] = {
		"--whitespace=",        "--directory=", "--exclude=",
		"--include=",           "--reject'",    "--ignore-space-change'",
		"--ignore-whitespace'", "-C",           "-p",
	};
	const char *end = *s == '\'' ? strchr(s + 1, '\'') : NULL;

	for (size_t i = 0; end && i < sizeof options / sizeof options[0]; i++) {
		const char *option = options[i], *rest = s + 1 + strlen(option);

		if (strncmp(s + 1, option, strlen(option)) != 0)
			continue;
		/* "-C" and "-p" take a number; nothing else may begin so */
		if (option[1] != '-' && rest + strspn(rest, "0123456789") != end)
			return 0;
		return (size_t)(end - s) + 1;
	}
	return 0;
}

static bool apply_line(const char *line)
{
	while (*line) {
		size_t len;

		line += strspn(line, " ");
		len = *line ? apply_word(line) : 0;
		if (*line && (len == 0 || (line[len] && line[len] != ' ')))
			return false;
		line += len;
	}
	return true;
}

/* KEY = "VALUE" or KEY = true, the value without anything that TOML gives a meaning. */
static bool jj_pair(const char *line)
{
	size_t len = strcspn(line, "=");
	const char *value = line + len;
	char key[64];

	if (*value != '=' || len >= sizeof key)
		return false;
	memcpy(key, line, len);
	key[len] = '\0';
	for (char *end = key + len; end > key && end[-1] == ' '; end--)
		end[-1] = '\0';
	value += 1 + strspn(value + 1, " ");
	if (!listed(key, jj_keys))
		return false;
	if (strcmp(value, "true") == 0 || strcmp(value, "false") == 0)
		return true;
	len = strlen(value);
	return len >= 2 && *value == '"' && value[len - 1] == '"' &&
	       strcspn(value + 1, "\"\\") == len - 2;
}

static bool jj_line(const char *line)
{
	return *line == '\0' || *line == '#' || listed(line, jj_lines) || jj_pair(line);
}

static bool judge_lines(const struct judge_case *c, bool (*good)(const char *line),
			char what[JUDGE_WHAT_MAX])
{
	const char *at = c->text, *end = c->text + c->len, *from;
	char line[CONF_VALUE_MAX];
	size_t len;

	while (next_trimmed(&at, end, &from, &len)) {
		bool whole = len < sizeof line && !memchr(from, '\0', len);

		/* of one that is too long, or has NUL bytes, only the beginning is said
		 */
		(void)snprintf(line, sizeof line, "%.*s",
			       (int)(len < sizeof line ? len : sizeof line - 1), from);
		if (whole && good(line))
			continue;
		(void)snprintf(what, JUDGE_WHAT_MAX, "says \"%.100s\"", line);
		return false;
	}
	return true;
}

bool judge_text(const struct judge_case *c, char what[JUDGE_WHAT_MAX])
{
	switch (c->kind) {
	case GUARD_GIT_CONFIG:
		return judge_settings(c, CONF_GIT, what);
	case GUARD_HGRC:
		return judge_settings(c, CONF_HG, what);
	case GUARD_JJ_CONFIG:
		return judge_lines(c, jj_line, what);
	case GUARD_TODO:
		return judge_lines(c, todo_line, what);
	case GUARD_STRATEGY:
		return judge_lines(c, strategy_line, what);
	case GUARD_OPTIONS:
		return judge_lines(c, options_line, what);
	case GUARD_APPLY:
		return judge_lines(c, apply_line, what);
	case GUARD_EMPTY:
		if (c->len == 0)
			return true;
		(void)snprintf(what, JUDGE_WHAT_MAX, "names files");
		return false;
	case GUARD_HISTEDIT:
		if (c->len >= 3 && memcmp(c->text, "v1\n", 3) == 0)
			return true;
		(void)snprintf(what, JUDGE_WHAT_MAX, "is of the old form");
		return false;
	case GUARD_NOTHING:
	case GUARD_SAMPLES:
	case GUARD_ENTRIES:
	case GUARD_COMMONDIR:
	case GUARD_GITFILE:
	case GUARD_START:
		break; /* not by what is in it */
	}
	*what = '\0';
	return false;
}
